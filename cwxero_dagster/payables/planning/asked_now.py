"""What a question about goods that went back is about, where a part of them is dealt with or on a credit already.

What belongs here: that sentence. What does not: what differs in all (changed_since), what was dealt with
(units/dealt_with).
"""

from __future__ import annotations

from collections.abc import Sequence

from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice, plain
from cwxero_dagster.payables.ledger_view import Settlement
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.records import ZERO


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
