"""What the ledger knows of a bill is what Xero's document tells of it once the ledger is lost."""

from dataclasses import replace

import pytest
from payables.making import after, d, known, line, po, purchasing, received, the_action

from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.planning.rebuilding import rebuilt


@pytest.mark.parametrize(
    ("cost", "freight"),
    [
        ("5.00", "12.50"),
        ("5.00", "-12.50"),  # a refund of freight beside goods
        ("5.00", "-80.00"),  # larger than the goods: a supplier credit
        ("-5.00", "12.50"),
        ("-5.00", "-12.50"),
    ],
)
def test_freight_comes_back_with_its_sign(cost: str, freight: str) -> None:
    made = known(purchasing(po(freight_cost=d(freight)), [received(line(cost=cost))]))
    billed = after(made, the_action(made))
    lost = replace(billed, ledger=LedgerView())
    (one,) = rebuilt(lost.purchasing, lost.agreement, lost.books)
    assert (one.known.slices, one.unclear) == (billed.ledger.bills["po:1"].slices, ())
    assert one.known.facts == billed.ledger.bills["po:1"].facts
