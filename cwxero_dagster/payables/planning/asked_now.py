"""What a question about goods that went back is about, where a part of them is dealt with or on a credit already, or
where none went back and another document bills them as well.

What belongs here: those sentences. What does not: what differs in all (changed_since), what was dealt with
(units/dealt_with).
"""

from __future__ import annotations

from collections.abc import Sequence

from cwxero_dagster.payables.ledger_view import LedgerView, Settlement
from cwxero_dagster.payables.money import money_text, plain
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice, overlap


def asked_now(last: Settlement | None, gone: Sequence[Slice] = (), currency_code: str = "") -> str:
    """The sentence, with a blank before it.

    ``last``: the last answer of a person; None where credits alone are beside the bill. ``gone``: what went back since;
    nothing where that is all of the rest.
    """
    goods = sum((abs(part.quantity) for part in gone if part.line_id != FREIGHT_LINE), ZERO)
    freight = sum((abs(part.quantity) for part in gone if part.line_id == FREIGHT_LINE), ZERO)
    found = [f"{plain(goods)} of them"] if goods else []
    found += [f"freight of {money_text(freight, currency_code)}"] if freight else []
    words = f"what is asked about now is {' and '.join(found)}" if found else "only the rest is asked about now"
    if last is None:
        return f" Supplier credits beside the bill give back a part of that already: {words}."
    return f" {last.by} dealt with a part of that before ({last.reason}): {words}."


def named_as_well(key: str, gone: Sequence[Slice], ledger: LedgerView) -> str:
    """The sentence, with a blank before it, where a document that a person named bills goods of a bill, too, by now.

    Blank where none does. ``gone``: what the bill of ``key`` has to give back.
    """
    others = {bill.key: bill for part in gone for bill in ledger.bills_of(part.po_id) if bill.key != key}
    for other in others.values():
        settled = ledger.settled(other.key)
        if settled and settled.verb == "billed-by" and any(overlap(one, part) for one in other.slices for part in gone):
            return (
                f" None need have gone back: the document that {settled.by} named for goods of this purchase order "
                "bills these as well, since it was changed in Xero. Correct one of the two there."
            )
    return ""
