"""Would-be bills x ledger x Xero as it stands -> one action a bill unit, each with a reason.

What belongs here: deciding between create, update, unchanged, hold, refuse, withdraw, credit and exclude. What does not:
composing bills, talking to Xero. The same function serves ``plan``, a shadow sync and the publisher's own guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.composing import Assessed
from cwxero_dagster.payables.documents import Meaning, meaning_of_bill, meaning_of_document
from cwxero_dagster.payables.holds import Hold, by_gravity, digest, hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.merging import merge, touched
from cwxero_dagster.payables.numbering import key_in

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


@dataclass(frozen=True)
class Guard:
    """What may be written at all in this run."""

    blocks: tuple[Hold, ...] = ()
    """Holds on everything: an unsigned decision, a wrong organisation."""
    now: datetime | None = None


def plan(
    assessed: Iterable[Assessed],
    *,
    cycle: str,
    books: Books,
    ledger: LedgerView,
    guard: Guard,
    po_states: Mapping[int, str],
) -> list[Action]:
    """Actions for every unit of the cycle, and for bills in the ledger whose unit is no longer due."""
    by_id = {document.document_id.lower(): document for document in books.documents}
    by_key: dict[str, list[Document]] = {}
    for document in books.documents:
        if key := key_in(document.url):
            by_key.setdefault(key, []).append(document)
    actions = []
    seen = set()
    for item in assessed:
        seen.add(item.bill.key)
        known = ledger.live(item.bill.key)
        if known and known.xero_id:
            action = _published(item, known, by_id.get(known.xero_id.lower()), by_key, ledger)
        else:
            action = _unpublished(item, known, by_key.get(item.bill.key, []), ledger, guard)
        actions.append(_guarded(action, guard))
    for known in sorted(ledger.bills.values(), key=lambda bill: bill.key):
        if known.cycle == cycle and known.key not in seen and known.state != "withdrawn":
            held = by_id.get(known.xero_id.lower()) if known.xero_id else None
            actions.append(_guarded(_no_longer_due(known, held, po_states, ledger), guard))
    return actions


def _guarded(action: Action, guard: Guard) -> Action:
    if action.action not in WRITES or not guard.blocks:
        return action
    reason = " ".join(block.detail for block in guard.blocks)
    return replace(action, action="refuse", reason=reason, holds=(*guard.blocks, *action.holds), meaning=None)


def _open_holds(holds: Sequence[Hold], ledger: LedgerView) -> tuple[Hold, ...]:
    return tuple(by_gravity(item for item in holds if not ledger.released(item.case_id, item.facts)))


def _held(item: Assessed, holds: Sequence[Hold], known: KnownBill | None, document: Document | None) -> Action:
    reason = " ".join(one.detail for one in holds)
    return Action(item.bill.key, "hold", reason, tuple(holds), item.bill, known, document)


def _unpublished(
    item: Assessed, known: KnownBill | None, documents: Sequence[Document], ledger: LedgerView, guard: Guard
) -> Action:
    bill = item.bill
    settled = ledger.settled(bill.key)
    if settled:
        words = {"not-owed": "not owed", "billed-by": f"billed by another document ({settled.xero_id})"}[settled.verb]
        return Action(bill.key, "exclude", f"{settled.by} settled it as {words}: {settled.reason}", (), bill, known)
    if bill.excluded:
        return Action(bill.key, "exclude", bill.excluded, (), bill, known)
    if known and known.state in {"planned", "sent", "unknown"}:
        detail = "Xero did not answer when this bill was sent; it is looked up before anything else is done."
        return _held(item, [hold("outcome_unknown", f"bill {bill.key}", detail, bill.key)], known, None)
    live = [document for document in documents if document.live]
    if len(live) == 1:
        reason = "Xero already holds the bill under its key; the ledger takes note of it."
        return Action(bill.key, "unchanged", reason, (), bill, known, live[0])
    holds = list(item.holds)
    if live:
        detail = f"{len(live)} documents in Xero carry the key of this bill, as a copy made in Xero does."
        holds.append(hold("possible_duplicate", f"bill {bill.key}", detail, *sorted(d.document_id for d in live)))
    elif documents:
        detail = "A document with the key of this bill was deleted or voided in Xero."
        holds.append(hold("removed_in_xero", f"bill {bill.key}", detail, documents[0].document_id))
    meaning = meaning_of_bill(bill)
    refused = _refused(bill, known, meaning, guard)
    held = _open_holds([*holds, *refused], ledger)
    if held:
        return _held(item, held, known, None)
    credit = bill.document_type == "ACCPAYCREDIT"
    reason = "Fully received and not billed yet."
    if bill.notes:
        reason = " ".join([reason, *bill.notes])
    return Action(bill.key, "credit" if credit else "create", reason, (), bill, known, None, meaning)


def _refused(bill: Bill, known: KnownBill | None, meaning: Meaning, guard: Guard) -> list[Hold]:
    """A payload that Xero refused is not sent again the same night; its cause may be gone by the next."""
    if known is None or known.refused_payload != payload_digest(meaning):
        return []
    if guard.now and known.refused_at and guard.now - known.refused_at > RETRY_REFUSED_AFTER:
        return []
    detail = f"Xero refused the bill: {known.refusal}"
    return [hold(known.refusal_kind or "rejected_by_xero", f"bill {bill.key}", detail, known.refused_payload)]


def payload_digest(meaning: Meaning) -> str:
    """Digest of what a document says."""
    return digest(repr(sorted(meaning.items(), key=lambda pair: pair[0])))


def _published(
    item: Assessed,
    known: KnownBill,
    document: Document | None,
    by_key: Mapping[str, Sequence[Document]],
    ledger: LedgerView,
) -> Action:
    bill = item.bill
    if document is None:
        reason = "Published; Xero's list of bills has not shown it yet."
        return Action(bill.key, "unchanged", reason, (), bill, known)
    if not document.live:
        return _removed(item, known, document, ledger)
    copies = [d for d in by_key.get(bill.key, []) if d.live and d.document_id.lower() != document.document_id.lower()]
    if copies:
        detail = "Another live document in Xero carries the key of this bill, as a copy made in Xero does."
        held = _open_holds([hold("possible_duplicate", f"bill {bill.key}", detail, copies[0].document_id)], ledger)
        if held:
            return _held(item, held, known, document)
    if document.status in FINAL:
        return _final(item, known, document, ledger)
    return _draft(item, known, document, ledger)


def _removed(item: Assessed, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    settled = ledger.settled(item.bill.key)
    if settled:
        return Action(
            item.bill.key, "exclude", f"{settled.by} settled it: {settled.reason}", (), item.bill, known, document
        )
    return _held(item, [_removal(item.bill.key, document)], known, document)


def _removal(key: str, document: Document) -> Hold:
    verb = "voided" if document.status == "VOIDED" else "deleted"
    detail = f"The bill was {verb} in Xero by a person; it is not created again unless you release this case."
    return hold("removed_in_xero", f"bill {key}", detail, document.document_id)


def without_removed(ledger: LedgerView, books: Books) -> LedgerView:
    """The ledger with those bills taken as withdrawn that a person removed in Xero and then released.

    The next bill for their goods gets a key of its own (``/g:{n}``).
    """
    by_id = {document.document_id.lower(): document for document in books.documents}
    bills = dict(ledger.bills)
    for known in ledger.bills.values():
        document = by_id.get(known.xero_id.lower()) if known.xero_id else None
        if document is None or document.live or known.state == "withdrawn":
            continue
        removal = _removal(known.key, document)
        if ledger.released(removal.case_id, removal.facts):
            bills[known.key] = replace(known, state="withdrawn")
    return replace(ledger, bills=bills)


def _final(item: Assessed, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    bill = item.bill
    status = document.status.lower()
    if known.base is None or bill.facts == known.facts:
        return Action(
            bill.key, "unchanged", f"Already {status} in Xero; ConnectWise agrees.", (), bill, known, document
        )
    held_quantity = sum(part.quantity for part in known.slices)
    less = sum(part.quantity for part in bill.slices) < held_quantity
    kind = "reversed_after_authorised" if less else "changed_after_authorised"
    detail = (
        f"Purchase order {', '.join(bill.po_numbers)} changed in ConnectWise after its bill was {status} in Xero. "
        f"The bill says {document.total} {document.currency_code}, ConnectWise now {bill.total} {bill.currency_code}."
    )
    held = _open_holds([hold(kind, f"bill {bill.key}", detail, bill.facts)], ledger)
    if held:
        return _held(item, held, known, document)
    return Action(
        bill.key, "unchanged", f"Already {status} in Xero; the difference was released.", (), bill, known, document
    )


def _draft(item: Assessed, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    bill = item.bill
    theirs, ours = meaning_of_document(document), meaning_of_bill(bill)
    if known.base is None or known.written is None:
        reason = "In Xero, but the ledger does not know what was last written; nothing is written over it."
        return Action(bill.key, "unchanged", reason, (), bill, known, document)
    merged = merge(meant=known.written, base=dict(known.base), theirs=theirs, ours=ours)
    if merged.conflicts:
        detail = f"Changed in Xero and in ConnectWise: {'; '.join(merged.conflicts)}."
        held = _open_holds([hold("edited_in_xero", f"bill {bill.key}", detail, *merged.conflicts)], ledger)
        if held:
            return _held(item, held, known, document)
    if not merged.written:
        kept = f" What was changed in Xero stays: {'; '.join(merged.kept)}." if merged.kept else ""
        return Action(bill.key, "unchanged", f"The draft in Xero is as it should be.{kept}", (), bill, known, document)
    held = _open_holds([*item.holds, *_refused(bill, known, merged.meaning, Guard())], ledger)
    if held:
        return _held(item, held, known, document)
    reason = f"ConnectWise changed: {'; '.join(merged.written)}."
    return Action(bill.key, "update", reason, (), bill, known, document, merged.meaning)


def _no_longer_due(
    known: KnownBill, document: Document | None, po_states: Mapping[int, str], ledger: LedgerView
) -> Action:
    states = ", ".join(sorted({po_states.get(po_id, "deleted").replace("_", " ") for po_id in known.po_ids}))
    if known.xero_id is None:
        reason = f"No longer due: the purchase order is {states}. Nothing was sent."
        return Action(known.key, "exclude", reason, (), None, known)
    if document is None or not document.live:
        reason = f"No longer due ({states}), and no longer live in Xero."
        return Action(known.key, "unchanged", reason, (), None, known, document)
    untouched = (
        document.status not in FINAL
        and known.base is not None
        and not touched(dict(known.base), meaning_of_document(document))
        and not document.has_attachments
    )
    if untouched:
        reason = f"The purchase order is {states} again, and nobody touched the draft: it is withdrawn."
        return Action(known.key, "withdraw", reason, (), None, known, document)
    kind = "reversed_after_authorised" if document.status in FINAL else "edited_in_xero"
    detail = (
        f"The purchase order is {states} in ConnectWise, but its bill for {document.total} {document.currency_code} "
        f"is {document.status.lower()} in Xero and was worked on by a person."
    )
    held = _open_holds([hold(kind, f"bill {known.key}", detail, states, document.status)], ledger)
    if held:
        return Action(known.key, "hold", detail, held, None, known, document)
    return Action(known.key, "unchanged", "The difference was released.", (), None, known, document)


def counts(actions: Iterable[Action]) -> dict[str, int]:
    """How many units have each action, in the order of the contract; actions that do not occur are left out."""
    order = ("create", "update", "unchanged", "hold", "refuse", "withdraw", "credit", "exclude")
    found: dict[str, Any] = dict.fromkeys(order, 0)
    for action in actions:
        found[action.action] += 1
    return {name: number for name, number in found.items() if number}
