"""An action: what is to happen to one bill unit in Xero, why, and what holds it.

What belongs here: the values of a plan and counting them. What does not: choosing an action (planning, published).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.documents import Meaning
from cwxero_dagster.payables.holds import Hold, by_gravity, digest, hold
from cwxero_dagster.payables.keys import cause, is_credit, noun
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.ledger_view import CLOSING, STANDING, KnownBill, LedgerView
from cwxero_dagster.payables.lost_decisions import LostDecision

ORDER = ("create", "update", "unchanged", "hold", "refuse", "withdraw", "credit", "exclude")
WRITES = frozenset({"create", "update", "withdraw", "credit"})
RETRY_REFUSED_AFTER = timedelta(hours=20)


@dataclass(frozen=True)
class Action:
    """What is to happen to one bill unit."""

    key: str
    action: str
    reason: str
    holds: tuple[Hold, ...] = ()
    bill: Bill | None = None
    known: KnownBill | None = None
    document: Document | None = None
    meaning: Meaning | None = None
    """The document to send; None where nothing is to be sent."""
    po_numbers: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    """Keys of bills that must be confirmed first, in the same publish step."""
    closes: bool = False
    """A purchase order of which everything is billed: its status becomes BILLED, and nothing else of it is written."""
    confirmed: str | None = None
    """Id of the document that Xero confirmed for this action, once it was carried out."""
    confirmed_status: str | None = None

    @property
    def document_type(self) -> str:
        """ACCPAY, ACCPAYCREDIT or PURCHASEORDER: of the bill, else of what the ledger or Xero holds.

        A withdrawal is of the document that is there, whatever the purchase order comes to by now.
        """
        there = self.document if self.action == "withdraw" else None
        source = there or self.bill or self.known or self.document
        return source.document_type if source else "ACCPAY"

    @property
    def figures(self) -> Bill | Document | None:
        """Where number, currency and amounts of the action come from."""
        return self.bill or self.document


@dataclass(frozen=True)
class Guard:
    """What may be written at all in this run."""

    blocks: tuple[Hold, ...] = ()
    """Holds on everything: an unsigned decision, a wrong organisation."""
    now: datetime | None = None
    lost: tuple[LostDecision, ...] = ()
    """Decisions that a restored copy does not have and that wait for an answer."""

    def passed(self, action: Action) -> Action:
        """The action where nothing stands against its writing.

        Refused where something blocks everything; held where a decision about it was lost.
        """
        writes = action.action in WRITES
        if writes and self.blocks:
            reason = " ".join(block.detail for block in self.blocks)
            return replace(action, action="refuse", reason=reason, holds=(*self.blocks, *action.holds), meaning=None)
        bill, known = action.bill, action.known
        closed = action.action == "exclude" and known is not None and known.state == "settled"
        po_ids = [po.po_id for po in bill.pos] if bill else known.po_ids if known else ()
        slices = bill.slices if bill else known.slices if known else ()
        # What somebody took back would keep goods off every bill as quietly as it would bill them.
        asked = [one for one in self.lost if writes or (closed and one.taken_back and one.verb in CLOSING)]
        return _held(action, [one.asked for one in asked if one.concerns(po_ids, slices)])


def open_holds(holds: Iterable[Hold], ledger: LedgerView) -> tuple[Hold, ...]:
    """The holds that nobody has released, gravest first."""
    return tuple(by_gravity(item for item in holds if not ledger.released(item.case_id, item.facts)))


def held(action: Action, holds: Iterable[Hold], ledger: LedgerView) -> Action:
    """The action, or a hold in its place where one of ``holds`` is not released."""
    return _held(action, open_holds(holds, ledger))


def _held(action: Action, still: Sequence[Hold]) -> Action:
    if not still:
        return action
    reason = " ".join(one.detail for one in still)
    return replace(action, action="hold", reason=reason, holds=tuple(still), meaning=None)


def refused_before(key: str, known: KnownBill | None, meaning: Meaning, guard: Guard) -> list[Hold]:
    """A payload that Xero refused is not sent again the same night; its cause may be gone by the next."""
    if known is None or known.refused_payload != payload_digest(meaning):
        return []
    if guard.now and known.refused_at and guard.now - known.refused_at > RETRY_REFUSED_AFTER:
        return []
    return [refusal(key, known.refusal_kind, known.refusal or "", known.refused_payload)]


def sent_once_more(action: Action) -> bool:
    """True for a write of what Xero refused before and did not take yet: whether it does is not known."""
    return action.action in WRITES and bool(action.known and action.known.refused_payload) and not action.confirmed


def refusal(key: str, kind: str | None, words: str, payload: str) -> Hold:
    """The hold on a bill whose document Xero refused. ``payload``: digest of what was sent.

    What was refused differs from no document, so there is nothing of a person's that could be let stand.
    """
    what = "supplier credit" if is_credit(key) else noun(key)
    one = hold(kind or "rejected_by_xero", cause(key), f"Xero refused the {what}: {words}", payload)
    return replace(one, ways_out=tuple(verb for verb in KINDS[one.kind].ways_out if verb not in STANDING))


def payload_digest(meaning: Mapping[str, Any]) -> str:
    """Digest of what a document says."""
    return digest(json.dumps(meaning, sort_keys=True))


def counts(actions: Iterable[Action]) -> dict[str, int]:
    """How many units have each action, in the order of the contract; actions that do not occur are left out."""
    found = dict.fromkeys(ORDER, 0)
    for action in actions:
        found[action.action] += 1
    return {name: number for name, number in found.items() if number}
