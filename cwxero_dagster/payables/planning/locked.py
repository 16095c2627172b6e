"""Drafts that stand in a period which is locked in Xero: they are neither changed nor withdrawn.

What belongs here: the hold in place of such a write (DESIGN.md, "Field ownership": locked, never written), whatever the
decision says of new bills. What does not: new bills in a locked period (preflight), rounding lines (rounding_lines).
Source: xero_api section 10; whether Xero takes a change of such a draft is not known, so nobody finds out on a bill.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cwxero_dagster.payables.actions import Action, held, payload_digest
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.ledger_view import LedgerView

CAUSE = "drafts that stand in a locked period"
"""Not the lock date: it moves every month, and whoever let a draft stand is not asked again."""


def unless_locked(action: Action, books: Books, ledger: LedgerView) -> Action:
    """The action, or a hold where it would write to a draft in a locked period, or move one into it."""
    found = _hold(action, books)
    if found is None:
        return action
    stands = replace(
        action,
        action="exclude" if ledger.settled(action.key) else "unchanged",
        reason="A person let the draft stand in the locked period as it is.",
        meaning=None,
    )
    return held(stands, [found], ledger)


def _hold(action: Action, books: Books) -> Hold | None:
    locked = books.organisation.locked_until if books.organisation else None
    document = action.document
    if action.action not in {"update", "withdraw"} or locked is None or document is None:
        return None
    stands, moves = document.dated, action.meaning["date"] if action.meaning else None
    if stands is not None and stands <= locked:
        dated = f"is dated {stands}"
    elif moves is not None and date.fromisoformat(moves) <= locked:
        dated = f"would be dated {moves}"
    else:
        return None
    detail = (
        f"{action.reason} But the draft {dated}; Xero is locked up to and including {locked}, so nothing was written."
    )
    said = payload_digest(action.meaning) if action.meaning else action.known and action.known.facts
    return replace(hold("lock_date", CAUSE, detail, action.key, action.action, said), ways_out=("accept-theirs",))
