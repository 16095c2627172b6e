"""What is to happen to Xero's purchase orders: create, update, close, withdraw, leave, or ask a person.

What belongs here: one action an order, each with a reason. What does not: what an order says (orders), bills (planning,
published). Drafts are merged as bills are. An approved order is not changed; once everything on it is billed it becomes
BILLED where the decision says so, which sends its status alone, so nothing that a person wrote on it can be lost. An
order that cannot go, or cannot be closed, is a case and never holds a bill.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.actions import Action, Guard, held, open_holds, refused_before
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.documents import meaning_of_bill
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.keys import cause, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.planning.changed_since import differing_order
from cwxero_dagster.payables.planning.drafts import draft_action, without_base
from cwxero_dagster.payables.planning.in_xero import removal, unanswered
from cwxero_dagster.payables.planning.no_longer_due import worked_on
from cwxero_dagster.payables.planning.orders import OVER
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.units.unit import Unit
from cwxero_dagster.payables.wording import as_it_is

CLOSED = "BILLED"
BILLED_OR_BEING = frozenset({"create", "credit", "unchanged", "update"})
"""Actions after which a bill stands in Xero."""


@dataclass(frozen=True)
class Billing:
    """How far a PO is billed."""

    complete: bool
    """Everything arrived, and every bill that comes of it stands in Xero or is created first (``waits_for``)."""
    waits_for: tuple[str, ...] = ()


def billing_of(
    bill_keys: Collection[str], ledger: LedgerView, books: Books, planned: Mapping[str, Action], state: str
) -> Billing:
    """How far a PO in ``state`` is billed whose due bills have ``bill_keys``; ``planned``: this cycle's bills."""
    if state != "fully_received" or not bill_keys:
        return Billing(complete=False)
    waits_for = []
    for key in bill_keys:
        action = planned.get(key)
        if action is not None and action.action not in {*BILLED_OR_BEING, "exclude"}:
            return Billing(complete=False)
        if _stands(ledger.live(key), books):
            continue
        if action is None:
            return Billing(complete=False)
        if action.action in {"create", "credit"}:
            waits_for.append(key)
    return Billing(complete=True, waits_for=tuple(waits_for))


def on_bills(po_id: int, lines: Iterable[Line], units: Sequence[Unit]) -> bool:
    """True where bill units take everything that was received of a PO: goods may still wait for their invoice."""
    taken: dict[int, Decimal] = {}
    for unit in units:
        for part in unit.slices if not is_credit(unit.key) else ():
            if part.po_id == po_id:
                taken[part.line_id] = taken.get(part.line_id, ZERO) + abs(part.quantity)
    return all(taken.get(line.line_id, ZERO) >= abs(line.received) for line in lines if line.present)


def _stands(known: KnownBill | None, books: Books) -> bool:
    if known is None or known.state not in {"confirmed", "settled"}:
        return False
    document = books.by_id.get((known.xero_id or "").lower())
    return document is None or document.live


def plan_orders(
    assessed: Iterable[Assessed],
    *,
    cycle: str,
    books: Books,
    ledger: LedgerView,
    guard: Guard,
    billing: Callable[[int], Billing],
    marks_billed: Callable[[KnownBill], bool],
    po_states: Mapping[int, str],
    po_numbers: Mapping[int, str],
) -> list[Action]:
    """Actions for the purchase orders of a cycle, those of POs that need theirs no more included.

    ``billing`` tells how far a PO is billed, ``marks_billed`` whether an order's decision closes it with its last bill.
    """
    actions = []
    seen = set()
    for item in assessed:
        bill = item.bill
        seen.add(bill.key)
        known = ledger.orders.get(bill.key)
        if known and known.xero_id:
            document = books.orders_by_id.get(known.xero_id.lower())
            done = billing(bill.pos[0].po_id) if marks_billed(known) else Billing(complete=False)
            action = _in_xero(item, known, document, ledger, guard, done)
        else:
            action = _not_in_xero(item, known, books.orders, ledger, guard)
        actions.append(guard.passed(replace(action, po_numbers=bill.po_numbers)))
    for known in sorted(ledger.orders.values(), key=lambda order: order.key):
        if known.cycle == cycle and known.key not in seen and known.state != "withdrawn":
            (po_id,) = known.po_ids
            document = books.orders_by_id.get((known.xero_id or "").lower())
            action = _no_longer_needed(known, document, po_states.get(po_id, "deleted"), ledger)
            actions.append(guard.passed(replace(action, po_numbers=(po_numbers.get(po_id, f"#{po_id}"),))))
    return actions


def _not_in_xero(
    item: Assessed, known: KnownBill | None, orders: Sequence[Document], ledger: LedgerView, guard: Guard
) -> Action:
    bill = item.bill
    action = Action(bill.key, "exclude", "", (), bill, known)
    if known and known.unanswered:
        return held(action, [unanswered(known)], ledger)
    mine = [order for order in orders if order.key == bill.key]
    live = [order for order in mine if order.live]
    if len(live) == 1:
        reason = "Xero already holds the purchase order under its key; the ledger takes note of it."
        return replace(action, action="unchanged", reason=reason, document=live[0])
    settled = ledger.settled(bill.key)
    if settled:
        return replace(action, reason=f"{settled.by} settled it: {settled.reason}")
    if bill.excluded:
        return replace(action, reason=bill.excluded)
    meaning = meaning_of_bill(bill)
    create = replace(action, action="create", reason="Raised and not in Xero's purchase orders yet.", meaning=meaning)
    holds = [*item.holds, *_taken(bill, mine, live, orders), *refused_before(bill.key, known, meaning, guard)]
    return held(create, holds, ledger)


def _taken(bill: Bill, mine: Sequence[Document], live: Sequence[Document], orders: Sequence[Document]) -> list[Hold]:
    """Holds for purchase orders in Xero that carry this key or this number."""
    if live:
        detail = f"{len(live)} purchase orders in Xero carry the key of this one, as a copy made in Xero does."
        return [hold("possible_duplicate", cause(bill.key), detail, *sorted(one.document_id for one in live))]
    if mine:
        return [removal(bill.key, mine[-1])]
    keyed = [order for order in orders if order.live and folded(order.number) == folded(bill.number)]
    detail = f"Xero already has a purchase order {bill.number}, which the sync did not make, and takes a number once."
    taken = [hold("possible_duplicate", cause(bill.key), detail, order.document_id) for order in keyed]
    return [replace(one, ways_out=("not-owed",)) for one in taken]


def _in_xero(
    item: Assessed, known: KnownBill, document: Document | None, ledger: LedgerView, guard: Guard, billing: Billing
) -> Action:
    bill = item.bill
    action = Action(bill.key, "unchanged", "", (), bill, known, document)
    if known.unanswered:
        return held(action, [unanswered(known)], ledger)
    if document is None:
        return replace(action, reason="Created; Xero's list of purchase orders has not shown it yet.")
    if not document.live:
        settled = ledger.settled(bill.key)
        if settled:
            return replace(action, action="exclude", reason=f"{settled.by} settled it: {settled.reason}")
        removed = replace(action, reason="Removed in Xero by a person and released: it is created anew.")
        return held(removed, [removal(bill.key, document, in_doubt=known.in_doubt)], ledger)
    if document.status == CLOSED:
        return replace(action, reason="Marked as billed in Xero.")
    if document.status == "AUTHORISED":
        if billing.complete:
            return _closing(action, known, ledger, guard, billing)
        return _approved(action, bill, known, document, ledger)
    if known.base is None or known.written is None:
        return without_base(action, item, document, ledger)
    drafted = draft_action(action, item, known, document, ledger, guard)
    if not billing.complete or drafted.action != "unchanged":
        return drafted
    if untouched(known, document):
        return _closing(action, known, ledger, guard, billing)
    detail = (
        f"Everything on purchase order {document.number} is billed, but a person worked on its draft in Xero, so it "
        "was not marked as billed."
    )
    released = replace(action, reason="A person let the draft in Xero stand.")
    return held(released, [hold("edited_in_xero", cause(bill.key), detail, document.status, CLOSED)], ledger)


def _closing(action: Action, known: KnownBill, ledger: LedgerView, guard: Guard, billing: Billing) -> Action:
    meaning = {"status": CLOSED}
    when = " once its last bill is in Xero" if billing.waits_for else ""
    closing = replace(
        action,
        action="update",
        reason=f"Everything on it was received: it is marked as billed{when}.",
        meaning=meaning,
        waits_for=billing.waits_for,
        closes=True,
    )
    ever_refused = refused_before(action.key, known, meaning, Guard())
    if ever_refused and not open_holds(ever_refused, ledger):
        return replace(action, reason="Xero does not mark it as billed; a person let it stand as it is.")
    return held(closing, refused_before(action.key, known, meaning, guard), ledger)


def _approved(action: Action, bill: Bill, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """Approving is a person's work: what ConnectWise says otherwise is a case."""
    if bill.facts == known.facts:
        return replace(action, reason="Approved in Xero; ConnectWise agrees.")
    detail = (
        f"Purchase order {document.number} is approved in Xero, and ConnectWise has changed what it orders since then: "
        f"{differing_order(bill, known, document)} The one in Xero stays as it was approved."
    )
    released = replace(action, reason="Approved in Xero; a person let the difference stand.")
    return held(released, [hold("changed_after_authorised", cause(bill.key), detail, bill.facts)], ledger)


def _no_longer_needed(known: KnownBill, document: Document | None, state: str, ledger: LedgerView) -> Action:
    """The action for the purchase order of a PO that was cancelled or deleted, or received before it was created.

    Any other PO has nothing on it any more: its lines were deleted.
    """
    where = state.replace("_", " ")
    is_so, was_so = (f"is {where}", f"was {where}") if state in OVER else ("has no lines any more",) * 2
    action = Action(known.key, "unchanged", "", (), None, known, document)
    if known.unanswered:
        return held(action, [unanswered(known)], ledger)
    if known.xero_id is None:
        reason = f"No longer needed: the purchase order is {where} in ConnectWise. Nothing was sent."
        return replace(action, action="exclude", reason=reason)
    if document is None or not document.live:
        return replace(action, reason=f"No longer needed ({where}), and Xero shows no live purchase order.")
    if document.status == CLOSED:
        return replace(action, reason="Marked as billed in Xero.")
    if untouched(known, document):
        settled = ledger.settled(known.key)
        agreed = f", {settled.by} settled it ({settled.reason})" if settled else ""
        reason = (
            f"The purchase order {is_so} in ConnectWise{agreed}, and nobody touched the draft: it is to be withdrawn."
        )
        return replace(action, action="withdraw", reason=reason)
    released = replace(action, reason=f"The purchase order {is_so}; a person let the one in Xero stand.")
    detail = (
        f"Purchase order {document.number} {was_so} in ConnectWise; in Xero it is {as_it_is(document.status)}, and "
        f"{worked_on(known)}. Nothing was removed."
    )
    return held(released, [hold("reversed_after_authorised", cause(known.key), detail, where, document.status)], ledger)
