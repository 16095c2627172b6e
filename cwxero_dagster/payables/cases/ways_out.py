"""Which ways out of a case fit a bill: what its kind allows, as far as the bill's state in Xero permits it.

What belongs here: leaving out verbs that would do nothing, or touch an approved bill or a person's work. What does not:
what a kind allows at all (kinds), what a decision does (planning, published).
"""

from __future__ import annotations

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.keys import is_order
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.ledger_view import CLOSING, STANDING
from cwxero_dagster.payables.merging import untouched


def fitting(one: Hold, action: Action) -> tuple[str, ...]:
    """The verbs that fit a hold of ``action``: those that it names itself, else those of its kind in their order."""
    permitted = {*_permitted(action), one.adjusts}
    verbs = KINDS[one.kind].ways_out if one.ways_out is None else one.ways_out
    return tuple(verb for verb in verbs if verb in permitted)


def _permitted(action: Action) -> set[str]:
    document = action.document
    if is_order(action.key):
        return _of_order(action)
    if document is None or not document.live:
        return {"release", *CLOSING}
    if action.known is not None and untouched(action.known, document):
        return {"release", *STANDING, *CLOSING}
    if action.known is None or action.known.xero_id is None:
        # Somebody else's document, or one of which the ledger knows nothing: the bill itself is not in Xero.
        return {"release", *CLOSING}
    return {"release", *STANDING}


def _of_order(action: Action) -> set[str]:
    """No document is the bill of an order; it is done without where there is none."""
    document = action.document
    return {"release", "not-owed"} if document is None or not document.live else {"release", "accept-theirs"}
