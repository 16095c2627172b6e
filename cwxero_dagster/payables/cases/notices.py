"""Notices: what people should look at although it holds no bill back.

What belongs here: drafts that wait too long, goods that wait for a bill, goods that are paid for or billed elsewhere
and not there, and what a person changed on a bill of the sync or keyed beside it. What does not: holds (composing,
planning, published), which document may be a bill's twin (composing/keyed_beside), grouping and the words of a kind
(cases, kinds). A notice is a case like any other: the same facts, once released, are not shown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice, plain
from cwxero_dagster.payables.books import PURCHASE_ORDER, Books, Document
from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.documents import meaning_of_document
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import amount_text, decimal, line_net, money_text
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.states import PurchaseOrderState
from cwxero_dagster.payables.units import allocation, cutover
from cwxero_dagster.payables.units.doubts import on_another
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit, billable
from cwxero_dagster.payables.wording import status_words

WAITING = frozenset({"DRAFT", "SUBMITTED"})
PATIENCE = 30
"""Days after the last receipt before goods without a bill are named."""


def notices(
    units: Sequence[Unit],
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    resolver: Resolver,
    ledger: LedgerView,
    *,
    beside: Mapping[str, Sequence[Hold]],
    today: date,
) -> list[HeldBill]:
    """Everything to look at in all cycles, less what people released.

    ``beside``: questions about documents beside a bill in Xero, by its key.
    """
    found: list[HeldBill] = []
    by_key = {unit.key: unit for unit in units}
    for known in (bill for bill in ledger.bills.values() if bill.document_type != PURCHASE_ORDER):
        twice = beside.get(known.key, ())
        found += _of_bill(known, by_key.get(known.key), purchasing, agreement, books, ledger, today, twice)
    covered = _covered(units)
    for po_id, state in purchasing.states.items():
        found += _unbilled(po_id, state, covered, purchasing, agreement, resolver, ledger, today)
    open_ones = (_without_released(bill, ledger) for bill in found)
    return [bill for bill in open_ones if bill.holds]


def _without_released(bill: HeldBill, ledger: LedgerView) -> HeldBill:
    return replace(bill, holds=tuple(one for one in bill.holds if not ledger.released(one.case_id, one.facts)))


# --- bills of the sync ------------------------------------------------------------------------------------------------


def _of_bill(
    known: KnownBill,
    unit: Unit | None,
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    ledger: LedgerView,
    today: date,
    twice: Sequence[Hold],
) -> Iterator[HeldBill]:
    document = books.by_id.get((known.xero_id or "").lower())
    holds = _without_its_bill(known, document, books, ledger)
    settled = ledger.settled(known.key)
    named = books.by_id.get(settled.named_id) if settled else None
    gone: tuple[Slice, ...] = ()
    by_another = settled is not None and settled.verb == "billed-by" and (named is None or named.live)
    if settled and (by_another or _is_on_another(known, settled, purchasing, ledger, books)):
        left = _left(known, unit, purchasing, agreement, ledger, settled)
        gone = allocation.beyond(unit.stands if unit else known.slices, left)
        holds += _gone_back(known, left, settled, of_new=ledger.asked_of_new(known))
    elif document is not None and document.live and not settled:
        patience = agreement.decision_for(known).stale_draft_days
        holds += [*twice, *_stale(known, document, patience, today), *_drift(known, document)]
        holds += _not_received(known, document, purchasing) if document.status == "PAID" else []
    if holds:
        yield HeldBill(
            known.key,
            known.cycle,
            tuple(purchasing.pos[po_id].po_number for po_id in known.po_ids if po_id in purchasing.pos),
            document.total if document else ZERO,
            document.currency_code if document else "",
            tuple(holds),
            known.facts,
            known.document_type,
            known.po_ids,
            known.slices,
            gone,
            known.xero_id,
            notice=True,
        )


def _without_its_bill(known: KnownBill, document: Document | None, books: Books, ledger: LedgerView) -> list[Hold]:
    """A credit that stands although its bill was removed, until another bill is there for its goods."""
    bill = ledger.bills.get(keys.credited_key(known.key)) if keys.is_credit(known.key) else None
    removed = books.by_id.get((bill.xero_id or "").lower()) if bill else None
    if bill is None or removed is None or removed.live or known.reprices or ledger.settled(known.key):
        return []
    if document is None or not document.live or (bill.state == "withdrawn" and _replaced(known, ledger)):
        return []
    verb = "voided" if removed.status == "VOIDED" else "deleted"
    what = "Remove the credit in Xero, too, where the vendor gives nothing back."
    if not ledger.settled(bill.key):
        what += " While it stands, a new bill for the goods bills what it gives back as well."
    detail = (
        f"{removed.number or 'A bill'} was {verb} in Xero by a person, and {document.number}, the supplier credit for "
        f"goods of it, stands ({status_words(document.status)}) for "
        f"{money_text(document.total, document.currency_code)}. {what}"
    )
    one = hold("edited_in_xero", f"credit {known.key} without its bill", detail, removed.document_id, document.total)
    return [replace(one, ways_out=("release", "accept-theirs"))]


def _replaced(credit: KnownBill, ledger: LedgerView) -> bool:
    """True where a bill that came after a credit holds goods of its lines: the credit gives back of that one then."""
    bills = list(ledger.bills.values())
    later = bills[bills.index(credit) + 1 :]
    lines = {(part.po_id, part.line_id) for part in credit.slices}
    return any(
        (part.po_id, part.line_id) in lines
        for bill in later
        if bill.state != "withdrawn" and not keys.is_credit(bill.key)
        for part in bill.slices
    )


def _stale(known: KnownBill, document: Document, patience: int, today: date) -> Iterator[Hold]:
    if document.status not in WAITING or known.issued_at is None:
        return
    since, words = known.issued_at.date(), "since"
    if known.rebuilt and document.updated_at is not None:
        # When it was drafted was lost with the ledger; it has waited at least as long as nobody changed it.
        since, words = max(since, document.updated_at.date()), "at least since"
    days = (today - since).days
    if days < patience:
        return
    detail = (
        f"{document.number} of {document.contact_name} for {money_text(document.total, document.currency_code)} has "
        f"waited for approval {words} {since}."
    )
    times = days // max(patience, 1)
    yield hold("stale_draft", "drafts that wait for approval", detail, known.key, document.document_id, times)


def _drift(known: KnownBill, document: Document) -> Iterator[Hold]:
    """What a person changed of who is owed, how much and when, since the sync last wrote the bill."""
    base = known.base
    if base is None:
        return
    theirs = meaning_of_document(document)
    words = []
    if theirs["contact_id"] != base["contact_id"]:
        words.append(f"moved to the contact {document.contact_name}")
    for field, name in (("date", "re-dated"), ("currency_code", "put into another currency")):
        if theirs[field] != base[field]:
            words.append(f"{name} from {base[field] or 'none'} to {theirs[field] or 'none'}")
    if base.get("total") not in {None, amount_text(document.total)}:
        words.append(f"changed in total from {money_text(decimal(base['total']))} to {money_text(document.total)}")
    if words:
        detail = (
            f"{document.number} ({status_words(document.status)}) was {', '.join(words)} in Xero by a person. It stays "
            "as she left it."
        )
        one = hold("edited_in_xero", keys.cause(known.key), detail, *words)
        yield replace(one, ways_out=("release", "accept-theirs"))


def _not_received(known: KnownBill, document: Document, purchasing: Purchasing) -> Iterator[Hold]:
    """A paid bill of goods that were never received: possible where bills are made before receipt."""
    received = {line.line_id: abs(line.received) for lines in _lines(known, purchasing) for line in lines}
    there = [part for one in known.slices for part in _within(one, received.get(one.line_id, ZERO))]
    missing = _quantity(known.slices) - _quantity(there)
    if missing and not any(r.reversal for po_id in known.po_ids for r in purchasing.receipts.get(po_id, ())):
        detail = (
            f"{document.number} of {document.contact_name} for {money_text(document.total, document.currency_code)} "
            f"is paid in Xero, and {plain(missing)} of its goods are not received in ConnectWise."
        )
        yield hold("paid_not_received", f"bill {known.key}", detail, document.document_id, missing)


def _gone_back(known: KnownBill, left: Sequence[Slice], settled: Settlement, *, of_new: bool) -> Iterator[Hold]:
    """Goods that another document billed, and that are no longer received: the vendor owes a credit on it.

    ``of_new``: a person said so when goods came that may be on another bill.
    """
    missing = _quantity(known.slices) - _quantity(left)
    if missing:
        what = f"the bill that {settled.by} named covers"
        if settled.verb == "not-owed":
            what = f"{settled.by} settled as not owed, because another bill was changed to cover them,"
            if of_new:
                what = f"{settled.by} settled as not owed when they came, as an earlier bill may cover them,"
        detail = f"{plain(missing)} of the goods that {what} are no longer received in ConnectWise."
        yield hold("credit_needed", f"bill {known.key}", detail, missing)


def _is_on_another(
    known: KnownBill, settled: Settlement, purchasing: Purchasing, ledger: LedgerView, books: Books
) -> bool:
    """True for goods that are not owed because another bill of the sync has them, as a person changed it or said."""
    if settled.verb != "not-owed" or keys.is_credit(known.key) or known.reprices:
        return False
    return ledger.asked_of_new(known) or any(
        on_another(known, po, ledger.bills_of(po.po_id), _by_id(po.po_id, purchasing), books)
        for po in (purchasing.pos[po_id] for po_id in known.po_ids if po_id in purchasing.pos)
    )


def _by_id(po_id: int, purchasing: Purchasing) -> dict[int, Line]:
    return {line.line_id: line for line in purchasing.lines.get(po_id, ())}


def _left(
    known: KnownBill,
    unit: Unit | None,
    purchasing: Purchasing,
    agreement: Agreement,
    ledger: LedgerView,
    settled: Settlement,
) -> tuple[Slice, ...]:
    """What is there of the goods that another document billed.

    The unit tells which bill gives back, where some goods are on a bill of the sync. Goods of an order that was entered
    once more are there under the new one.
    """
    if unit:
        return unit.slices
    decision = agreement.decision_for(known)
    there = {
        line.line_id: abs(billable(purchasing.pos[line.po_id], line, decision))
        for lines in _lines(known, purchasing)
        for line in lines
    }
    again = {po_id for po_id in known.po_ids if _under_a_new_order(po_id, settled, purchasing, ledger)}
    return tuple(
        part
        for one in known.slices
        for part in ([one] if one.po_id in again else _within(one, there.get(one.line_id, ZERO)))
    )


def _under_a_new_order(po_id: int, settled: Settlement, purchasing: Purchasing, ledger: LedgerView) -> bool:
    """True where an order was entered once more, and its bill waits for an answer or is the document that was named."""
    again = purchasing.entered_again(po_id)
    answers = [ledger.settled(bill.key) for po in again for bill in ledger.bills_of(po.po_id)]
    return bool(again) and (not answers or any(one and one.named_id == settled.named_id for one in answers))


def _lines(known: KnownBill, purchasing: Purchasing) -> list[Sequence[Line]]:
    return [purchasing.lines.get(po_id, ()) for po_id in known.po_ids if po_id in purchasing.pos]


def _quantity(slices: Sequence[Slice]) -> Decimal:
    return sum((abs(part.quantity) for part in slices if part.line_id != FREIGHT_LINE), ZERO)


def _within(part: Slice, there: Decimal) -> list[Slice]:
    """What of a slice of goods is there."""
    if part.line_id == FREIGHT_LINE:
        return [part]
    sign = -1 if part.quantity < 0 else 1
    end = min(abs(part.end), max(there, abs(part.start)))
    return [replace(part, end=sign * end)] if end != abs(part.start) else []


# --- goods without a bill ---------------------------------------------------------------------------------------------


def _covered(units: Iterable[Unit]) -> dict[tuple[int, int], list[allocation.Stretch]]:
    """What bills, known or due, take of each PO line."""
    taken: dict[tuple[int, int], list[allocation.Stretch]] = {}
    for unit in units:
        for part in () if keys.is_credit(unit.key) else unit.slices:
            low, high = sorted((abs(part.start), abs(part.end)))
            place = part.po_id, part.line_id
            taken[place] = allocation.joined(taken.get(place, []), (low, high))
    return taken


def _unbilled(
    po_id: int,
    state: PurchaseOrderState,
    covered: Mapping[tuple[int, int], list[allocation.Stretch]],
    purchasing: Purchasing,
    agreement: Agreement,
    resolver: Resolver,
    ledger: LedgerView,
    today: date,
) -> Iterator[HeldBill]:
    """Goods of a PO for which nothing has come for long, and which no bill, case or older system covers."""
    decision, po, last = agreement.decision, purchasing.pos[po_id], state.last_received_on
    if last is None or (today - last).days < PATIENCE or not decision.events.creates_bills or resolver.exclusion(po):
        return
    if cutover.all_elsewhere(po, purchasing, decision.go_live):
        return
    elsewhere = cutover.elsewhere(po, purchasing, decision.go_live)
    free: list[Slice] = []
    worth = ZERO
    for line in purchasing.lines.get(po_id, ()):
        held = covered.get((po_id, line.line_id), [])
        before = abs(elsewhere.get(line.line_id, ZERO))
        held = allocation.joined(held, (ZERO, before)) if before else held
        parts = allocation.free_slices(po_id, line.line_id, held, line.received) if line.unit_cost else ()
        free += parts
        worth += sum((line_net(part.quantity, line.unit_cost) for part in parts), ZERO)
    if not free:
        return
    stem = keys.po_key(po_id)
    used = ledger.keys_of(po_id)
    detail = (
        f"{plain(state.received)} of {plain(state.ordered)} of purchase order {po.po_number} arrived, the last on "
        f"{last}; goods for {money_text(worth, po.currency_code or '')} are on no bill, and nothing has come since."
    )
    facts = [f"{part.line_id}:{plain(part.start)}:{plain(part.end)}" for part in free]
    yield HeldBill(
        keys.next_supplement(stem, used) if stem in used else stem,
        cycle_of(max(last, decision.go_live), agreement.cycle_start_day),
        (po.po_number,),
        worth,
        po.currency_code or "",
        (hold("received_not_billed", f"purchase order {po_id}", detail, *facts),),
        po_ids=(po_id,),
        slices=tuple(free),
        notice=True,
    )
