"""Goods that a person took off a bill of the sync in Xero: on no bill, until somebody answers that this is right.

What belongs here: the value, its words, and how coverage counts such goods once they are answered for. What does not:
telling them from the document (corrections), the other figures (equation).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.ledger_view import Settlement
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice


@dataclass(frozen=True)
class Lowered:
    """A bill in Xero of which a person took goods off."""

    key: str
    number: str
    quantities: Mapping[int, Decimal]
    """How much of each PO line she took off; of line 0, the freight, its money."""
    case_id: str = ""
    """The open case that asks about it; blank for none."""
    let_stand: Settlement | None = None
    """Who answered that the bill is right as she left it; None while nobody did."""

    @property
    def words(self) -> str:
        """What became of the goods."""
        taken = f"a person took them off bill {self.number} in Xero"
        if self.let_stand:
            return f"{taken}, and {self.let_stand.by} let that stand: {self.let_stand.reason}"
        return (
            f"{taken} (case {self.case_id})" if self.case_id else f"{taken}, which comes to what was sent all the same"
        )


def with_let_stand(
    elsewhere: Mapping[int, Decimal],
    let_stand: Iterable[Lowered],
    billed: Iterable[Slice],
    there: Mapping[int, Decimal],
) -> dict[int, Decimal]:
    """What something else than a bill covers, with goods that a person took off a bill and another let be.

    As many of them as are there still: ConnectWise may have followed her. ``billed``: what the order's bills hold
    without them. By line id: ``elsewhere`` what else covers, ``there`` what is received; of line 0, the freight, its
    money.
    """
    found = dict(elsewhere)
    taken: dict[int, Decimal] = {}
    for part in billed:
        taken[part.line_id] = taken.get(part.line_id, ZERO) + part.quantity
    for one in let_stand:
        for line_id, quantity in one.quantities.items():
            received, kept = there.get(line_id, ZERO), found.get(line_id, ZERO)
            unbilled = max(abs(received) - abs(taken.get(line_id, ZERO)) - abs(kept), ZERO)
            found[line_id] = kept + min(quantity, unbilled).copy_sign(received)
    return found
