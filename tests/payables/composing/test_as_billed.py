"""A credit says what its bill in Xero says, whatever changed since that was approved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from payables.making import (
    OTHER_VENDOR,
    VENDOR,
    after,
    agreement,
    at,
    contact,
    deciding,
    in_xero,
    kinds,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    the_action,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.seeds import ExclusionRow
from cwxero_dagster.pipeline.working_out import Known

CAME = received(line(tax=Decimal(5)))
MERGED = {
    VENDOR: contact(status="ARCHIVED", merged_to=OTHER_VENDOR),
    OTHER_VENDOR: contact(OTHER_VENDOR, name="Meridian"),
}


def approved(line_amounts: str) -> Known:
    """An approved bill of ten, written as ``line_amounts`` says."""
    made = known(purchasing(po(), [CAME]), agreement=agreement(seeds(decision=returning(line_amounts))))
    return in_xero(after(made, the_action(made)), status="AUTHORISED")


def returning(line_amounts: str) -> Any:
    return deciding(
        events={"reversed": "draft_credit_note"}, bill={"line_amounts": line_amounts}, tax_difference={"limit": 10}
    )


def credit_of(made: Known) -> Action:
    """The credit of four that go back."""
    gone = night(made, purchasing(po(), [CAME, received(CAME, 6, on=at(5, 20))]))
    return next(one for one in plan_of(gone) if one.key == "po:1/c:1")


def bill_of(action: Action) -> Bill:
    assert action.bill is not None
    return action.bill


@pytest.mark.parametrize(
    ("then", "now", "tax"),
    [
        ("NoTax", "Exclusive", 0),
        ("NoTax", "Inclusive", 0),
        ("Exclusive", "NoTax", 2),
        ("Exclusive", "Inclusive", 2),
        ("Inclusive", "NoTax", 2),
        ("Exclusive", "Exclusive", 2),
    ],
)
def test_a_credit_carries_tax_as_its_bill_does_whatever_the_decision_says_now(then: str, now: str, tax: int) -> None:
    made = approved(then)
    decided = replace(made.agreement, seeds=replace(made.agreement.seeds, decision=returning(now)))
    bill = bill_of(credit_of(replace(made, agreement=decided)))
    assert (bill.line_amounts, bill.net, bill.tax) == (then, 20, tax)


@pytest.mark.parametrize(
    ("contacts", "owed_to", "held"),
    [
        ({VENDOR: contact()}, VENDOR, []),
        (MERGED, OTHER_VENDOR, []),
        ({VENDOR: contact(status="ARCHIVED")}, VENDOR, ["contact_archived"]),
    ],
)
def test_a_credit_goes_to_the_contact_into_which_xero_merged_that_of_its_bill(
    contacts: Any, owed_to: str, held: list[str]
) -> None:
    made = approved("Exclusive")
    action = credit_of(replace(made, books=replace(made.books, contacts=contacts)))
    assert (bill_of(action).contact_id, kinds(action)) == (owed_to, held)


def test_goods_that_go_back_are_credited_though_their_order_is_left_out_from_now_on() -> None:
    made = approved("Exclusive")
    card = ExclusionRow(line=2, match_on="po_number", match_value="PO-1001", reason="paid by card")
    left_out = replace(made.agreement, seeds=replace(made.agreement.seeds, exclusions=(card,)))
    action = credit_of(replace(made, agreement=left_out))
    assert (action.action, bill_of(action).net, bill_of(action).excluded) == ("credit", 20, None)


def test_what_goes_back_of_a_supplier_credit_has_a_number_of_its_own() -> None:
    few, many = received(line(quantity=4)), received(line(12, quantity=-10), -10)
    start = known(purchasing(po(), [few, many]), agreement=agreement(seeds(decision=returning("Exclusive"))))
    made = in_xero(after(start, the_action(start)), status="AUTHORISED")
    again = night(made, purchasing(po(), [few, many, received(few, 3, on=at(5, 20))]))
    assert [(one.key, one.bill.number, one.bill.net) for one in plan_of(again) if one.bill] == [
        ("po:1", "PO-1001/C1", Decimal(30)),
        ("po:1/c:1", "PO-1001/C2", Decimal(5)),
    ]
