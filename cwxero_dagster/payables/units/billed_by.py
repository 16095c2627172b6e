"""Goods that a person settled as billed by a document in Xero (``billed-by``): how much of them that document bills.

What belongs here: the ledger in which such a bill holds what its document bills tonight and no more, and the question
about the rest. What does not: how a document's lines and money tell that (goods_told), taking the decision (the
warehouse), documents that nobody named (composing.twins).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.corrections import added_lines, corrections
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import line_net, money_text, total
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.told import net
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.doubt import Doubt, size
from cwxero_dagster.payables.units.goods_told import Goods, Room, Said, lay, parted
from cwxero_dagster.payables.units.purchasing import Purchasing


def as_billed_by(ledger: LedgerView, purchasing: Purchasing, books: Books, decision: Decision) -> LedgerView:
    """The ledger with bills that a person settled as billed by a document holding what that document bills tonight.

    The rest is ``KnownBill.unbilled``, and free for a bill of its own. A document that was named for the goods of
    several bills has those first that it was named for first. Goods of an order that was entered once more are told
    from the new one. Nothing is told where its currency is another one, and while Xero holds a live document of the
    bill itself. Once the document is gone, the bill holds what no bill that came after it was made for.
    """
    bills, rooms = dict(ledger.bills), dict[str, Room]()
    for settled in (one for one in ledger.settlements if one.verb == "billed-by"):
        for bill in (bills[key] for key in settled.bill_keys if key in bills):
            if bill.xero_id is None and not _is_live(books.by_id.get(settled.named_id)):
                bills[bill.key] = replace(bill, slices=allocation.beyond(bill.slices, _made_since(bill, ledger)))
    for settled, bill, document in _named(ledger, books):
        own = books.organisation.base_currency if books.organisation else ""
        orders = [purchasing.pos[po_id] for po_id in bill.po_ids if po_id in purchasing.pos]
        same_money = {po.currency_code or own for po in orders} == {document.currency_code}
        if not same_money or any(purchasing.entered_again(po_id) for po_id in bill.po_ids):
            continue
        room = rooms.get(settled.named_id) or _room(document, ledger, purchasing, settled.about)
        goods = [_goods(part, purchasing, settled.about) for part in bill.slices]
        taken, rooms[settled.named_id] = lay(goods, room, decision.match, decision.rounding.limit)
        billed, unbilled = parted(bill.slices, taken)
        bills[bill.key] = replace(bill, slices=billed, unbilled=unbilled)
    return replace(ledger, bills=bills)


def _named(ledger: LedgerView, books: Books) -> Iterator[tuple[Settlement, KnownBill, Document]]:
    """Each bill that is settled as billed by a live document, in the order of the decisions."""
    for settled in ledger.settlements:
        document = books.by_id.get(settled.named_id) if settled.verb == "billed-by" else None
        if document is None or not document.live:
            continue
        for bill in (ledger.bills[key] for key in settled.bill_keys if key in ledger.bills):
            ours = books.by_id.get((bill.xero_id or "").lower())
            stands = ours is not None and ours.live
            if ledger.settled(bill.key) is settled and not bill.reprices and not stands:
                yield settled, bill, document


def _is_live(document: Document | None) -> bool:
    return document is not None and document.live


def _made_since(bill: KnownBill, ledger: LedgerView) -> list[Slice]:
    """The goods of the bills that were made after one."""
    later = list(ledger.bills.values())[list(ledger.bills).index(bill.key) + 1 :]
    return [
        part
        for one in later
        if not is_credit(one.key) and one.state != "withdrawn" and not one.never_sent
        for part in one.slices
    ]


def _room(document: Document, ledger: LedgerView, purchasing: Purchasing, at: datetime) -> Room:
    """What a document bills; of one of ours what a person put on it, and what it was written for of orders that are
    there under a new one.
    """
    mine = [bill for bill in ledger.bills.values() if (bill.xero_id or "").lower() == document.document_id.lower()]
    if not mine:
        return Room(tuple(Said.of(held) for held in document.lines), document.net)
    (bill,) = mine[-1:]
    stays = [part for part in bill.slices if not purchasing.entered_again(part.po_id)]
    own = total(_goods(part, purchasing, at).worth for part in stays)
    more = [one.more_net for one in corrections(bill, document).values() if one.more_net > ZERO]
    put_on = total([*more, *(net(held) for held in added_lines(bill, document))])
    lines = added_lines(bill, document) if stays else document.lines
    return Room(tuple(Said.of(held) for held in lines), max(document.net - abs(own), put_on))


def _goods(part: Slice, purchasing: Purchasing, at: datetime) -> Goods:
    """Goods at what a piece of them cost when a person was asked: a price that changes afterwards bills no more."""
    po = purchasing.pos.get(part.po_id)
    if part.line_id == FREIGHT_LINE:
        return Goods(part, Decimal(1), None, po)
    line = purchasing.line_at(part.po_id, part.line_id, at)
    return Goods(part, line.unit_cost if line else ZERO, line, po)


def doubts_of_the_rest(
    slices: Sequence[Slice],
    po: PurchaseOrder,
    bills: Sequence[KnownBill],
    lines: Mapping[int, Line],
    ledger: LedgerView,
    books: Books,
) -> list[Doubt]:
    """Why goods may be on a bill that is not known: a person named one for them, and it does not bill them.

    Goods that came since are no part of the question. ``bills``: the PO's bills.
    """
    named: dict[str, list[KnownBill]] = {}
    for bill in bills:
        if (settled := ledger.settled(bill.key)) and settled.named_id in books.by_id:
            named.setdefault(settled.named_id, []).append(bill)
    doubts = []
    for document_id, settled_bills in named.items():
        document, settled = books.by_id[document_id], ledger.settled(settled_bills[-1].key)
        unbilled = [part for bill in settled_bills for part in bill.unbilled]
        rest = allocation.beyond(slices, allocation.beyond(slices, unbilled))
        if rest and settled:
            verb = "gives back" if is_credit(settled_bills[-1].key) else "bills"
            currency = document.currency_code
            billed = _net([part for bill in settled_bills for part in bill.slices], po, lines)
            whole = billed + _net(unbilled, po, lines)
            detail = (
                f"{settled.by} named {document.number or 'a document without a number'} of {document.contact_name} for "
                f"goods of purchase order {po.po_number}. It {verb} {money_text(billed, currency)} of the "
                f"{money_text(whole, currency)} that they come to before tax; these are the rest of them."
            )
            disputed = size(rest, of=slices)
            doubts.append(Doubt(detail, disputed, rest, kind="possible_duplicate", document_id=document_id))
    return doubts


def _net(slices: Sequence[Slice], po: PurchaseOrder, lines: Mapping[int, Line]) -> Decimal:
    costs = {line_id: line.unit_cost for line_id, line in lines.items()} | {FREIGHT_LINE: Decimal(1)}
    mine = [part for part in slices if part.po_id == po.po_id]
    return abs(total(line_net(part.quantity, costs.get(part.line_id, ZERO)) for part in mine))
