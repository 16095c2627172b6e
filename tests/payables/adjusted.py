"""An approved bill of one order, and what people have billed or credited beside it, night after night.

What belongs here: that world. What does not: what must come of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from payables.making import (
    NOW,
    after,
    agreement,
    at,
    d,
    deciding,
    deciding_on,
    in_xero,
    known,
    line,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    with_documents,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.pipeline.working_out import Known

CAME = received(line())
"""Ten came, at 5.00 each."""
BASE = "po:1"


def at_the_price(*costs: str, quantities: Sequence[int] = ()) -> list[Line]:
    """Ten came, then the price changed again and again, then these quantities are there, one after the other."""
    found = [CAME]
    for index, cost in enumerate(costs):
        found.append(replace(found[-1], unit_cost=d(cost), observed_at=at(5, 20 + index)))
    for index, left in enumerate(quantities):
        found.append(received(found[-1], left, on=at(5, 26 + index)))
    return found


def ordered(history: list[Line], **changes: Any) -> Purchasing:
    """The PO, which was sent at 5.00 each, and what was observed of its line."""
    return purchasing(po(**changes), history, ordered_costs={11: d("5.00")})


def approved(*, status: str = "AUTHORISED", **decision: Any) -> Known:
    made = known(purchasing(po(), [CAME]), agreement=agreement(seeds(decision=deciding(**decision))))
    (bill,) = plan_of(made)
    return in_xero(after(made, bill), status=status)


def planned(made: Known) -> dict[str, Action]:
    return {action.key: action for action in plan_of(made)}


def moment(made: Known) -> datetime:
    """After each decision an hour has passed."""
    return NOW + timedelta(hours=len(made.ledger.settlements))


def settled(made: Known, verb: str, key: str = BASE) -> Known:
    """A person chose the verb for what holds a bill."""
    decided = deciding_on(made, planned(made)[key], verb)
    *before, last = decided.ledger.settlements
    settlements = (*before, replace(last, at=moment(decided)))
    return replace(decided, ledger=replace(decided.ledger, settlements=settlements))


def written(made: Known, *, status: str = "DRAFT") -> Known:
    """What is planned to be created is in Xero, and people brought it into this status."""
    new = [action for action in plan_of(made) if action.action in {"create", "credit"}]
    made = after(made, *new)
    keys = {action.key for action in new}
    bills = {
        key: replace(bill, issued_at=moment(made)) if key in keys else bill for key, bill in made.ledger.bills.items()
    }
    ids = {made.ledger.bills[key].xero_id for key in keys}
    documents = [replace(one, status=status) for one in made.books.documents if one.document_id in ids]
    return with_documents(replace(made, ledger=replace(made.ledger, bills=bills)), *documents)


def nets(made: Known) -> dict[str, str]:
    """What Xero's live documents come to, credits below zero."""
    found = {}
    for key, bill in made.ledger.bills.items():
        document = made.books.by_id[str(bill.xero_id)]
        if document.live:
            found[key] = f"{(-1 if document.document_type == 'ACCPAYCREDIT' else 1) * document.net:f}"
    return found
