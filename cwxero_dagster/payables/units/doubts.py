"""Why goods of a new bill may be on another one or not be owed, or goods that went back not be due a credit.

What belongs here: what a person looks at before such a bill, supplement or credit goes. What does not: making it
(``order_units``), asking her (``doubt``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.books import Books, Document, DocumentLine
from cwxero_dagster.payables.corrections import Correction, added_lines, corrections
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import line_net, rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.told import net, says
from cwxero_dagster.payables.units.deliveries import receipts_in
from cwxero_dagster.payables.units.doubt import Doubt, asked, size
from cwxero_dagster.payables.units.order_bills import OrderBills
from cwxero_dagster.payables.units.purchasing import Purchasing


def doubts_of_more(
    key: str,
    slices: Sequence[Slice],
    po: PurchaseOrder,
    known: OrderBills,
    *,
    receipts: Sequence[Receipt],
    purchasing: Purchasing,
) -> list[Doubt]:
    """Why goods beyond bill ``key`` may not be owed."""
    found = []
    if _may_be_rebuilt(key, slices, known.bills, receipts, purchasing):
        detail = (
            f"The ledger was rebuilt from Xero, where a bill of purchase order {po.po_number} covers less than had "
            "been received by then; the rest may have been taken off it on purpose."
        )
        found.append(Doubt(detail, size(slices)))
    if uncredited := _back_without_credit(key.split("/s:")[0], slices, known.bills):
        detail = (
            f"Goods of purchase order {po.po_number} went back, a person settled their credit, and goods came again; "
            "they may be a replacement for which nothing is owed."
        )
        found.append(Doubt(detail, uncredited))
    return found


def doubts_of_new(
    slices: Sequence[Slice],
    po: PurchaseOrder,
    known: Sequence[KnownBill],
    lines: Mapping[int, Line],
    ledger: LedgerView,
    books: Books,
) -> list[Doubt]:
    """Bills of the PO that Xero holds and that may bill the goods of a new one already.

    ``known``: the PO's bills in the order of issue. A person raised a quantity, or added a line with the words or the
    amount of these goods: correcting the bill first and ConnectWise afterwards is usual (DESIGN.md, "Field ownership").
    After a ledger was put back from a copy, our own later write looks the same. What she answered of a raised quantity
    when earlier goods came is not asked again.
    """
    doubts = []
    for index, bill in enumerate(known):
        document = books.by_id.get((bill.xero_id or "").lower())
        if document is None or not document.live:
            continue
        left = {
            line_id: one.more - _answered(line_id, one.more, bill, document, po, known[index + 1 :], lines, ledger)
            for line_id, one in corrections(bill, document).items()
            if one.more > ZERO
        }
        if doubt := _doubt_of_new(slices, po, bill, document, lines, left):
            doubts.append(doubt)
    return doubts


def _doubt_of_new(
    slices: Sequence[Slice],
    po: PurchaseOrder,
    bill: KnownBill,
    document: Document,
    lines: Mapping[int, Line],
    left: Mapping[int, Decimal],
) -> Doubt | None:
    """``left``: what of each line of which the bill has more is a question still."""
    changed = corrections(bill, document)
    raised = [
        part for part in slices if left.get(part.line_id) or _at_the_price(changed.get(part.line_id), part, lines)
    ]
    found = [changed[one].words(lines.get(one)) for one in sorted({part.line_id for part in raised})]
    disputed = [_as_far(part, left.get(part.line_id, abs(part.quantity))) for part in raised]
    for held in added_lines(bill, document):
        same = [part for part in slices if _is_of(held, part, po, lines)]
        found += [f'"{held.description}", which a person added'] if same else []
        disputed += same
    if not found:
        return None
    freight = all(part.line_id == FREIGHT_LINE for part in slices)
    came, they = ("Freight of {} came that is", "It") if freight else ("Goods of {} came that are", "They")
    detail = (
        f"{came.format(f'purchase order {po.po_number}')} on no bill of the sync, but "
        f"{document.number or 'one without a number'} in Xero was changed: it bills {', '.join(found)}. {they} "
        "may be on that bill already."
    )
    return Doubt(detail, size(disputed, of=slices))


def _at_the_price(one: Correction | None, part: Slice, lines: Mapping[int, Line]) -> bool:
    """True where a person raised a line by its price alone, and by what a part of it comes to."""
    line = lines.get(part.line_id)
    if one is None or one.more or line is None:
        return False
    return one.net[1] - one.net[0] == abs(line_net(part.quantity, line.unit_cost))


def _as_far(part: Slice, more: Decimal) -> Slice:
    """The part as far as ``more`` reaches."""
    return replace(part, end=part.start + min(more, abs(part.quantity)).copy_sign(part.quantity))


def _answered(
    line_id: int,
    raised: Decimal,
    bill: KnownBill,
    document: Document,
    po: PurchaseOrder,
    later: Sequence[KnownBill],
    lines: Mapping[int, Line],
    ledger: LedgerView,
) -> Decimal:
    """How much of a raised quantity a person has answered for with goods that came before.

    Goods that she settled are the raised ones. Where the question was about a part of a document, she released it and
    took that part off its draft. A document that was as a whole in question, and released, leaves the question open.
    """
    left = raised
    for one in later:
        goods = size(part for part in one.slices if part.line_id == line_id)
        doubt = _doubt_of_new(one.slices, po, bill, document, lines, {line_id: left}) if goods and left else None
        if doubt is None or keys.is_credit(one.key):
            continue
        question, closed = asked(one.key, [doubt], one.slices, one.facts), ledger.settled(one.key)
        if closed and closed.case_id == question.case_id and question.facts in closed.facts:
            left -= min(goods, left)
        elif doubt.disputed < size(one.slices) and ledger.released(question.case_id, question.facts):
            left = ZERO
    return raised - left


def _is_of(held: DocumentLine, part: Slice, po: PurchaseOrder, lines: Mapping[int, Line]) -> bool:
    """True where a line in Xero has the words of a PO line, or comes to the amount of a part of it."""
    line = lines.get(part.line_id)
    if line is not None and says(held, line, po):
        return True
    amount = part.quantity if line is None else line_net(part.quantity, line.unit_cost)
    return net(held) != ZERO and net(held) == rounded(amount)


def doubt_of_credit(
    bill: KnownBill, document: Document | None, slices: Sequence[Slice], lines: Mapping[int, Line]
) -> str:
    """Why an approved bill may not bill what a credit would give back of it; blank for no reason."""
    changed = corrections(bill, document)
    doubtful = {one for one, correction in changed.items() if correction.more < ZERO or correction.by_amount}
    mine = sorted({part.line_id for part in slices} & doubtful)
    if not mine:
        return ""
    words = ", ".join(changed[one].words(lines.get(one)) for one in mine)
    return (
        "Goods or freight of an approved bill became less, and a person had taken some of it off the bill, or changed "
        f"its amount: it bills {words}. The credit may be for what the vendor never billed. Compare it with the bill "
        "and release it where it is right, or settle it as not owed and enter in Xero what is."
    )


def _may_be_rebuilt(
    key: str, slices: Sequence[Slice], bills: Sequence[KnownBill], receipts: Sequence[Receipt], purchasing: Purchasing
) -> bool:
    """True for goods that were there when staging began, beside a bill that is known from Xero alone."""
    began = purchasing.first_staged_at
    rebuilt = any(bill.key == key and bill.rebuilt for bill in bills)
    early = [r for r in receipts_in(slices, receipts) if began is None or r.observed_at <= began]
    return rebuilt and bool(early)


def _back_without_credit(base: str, slices: Sequence[Slice], bills: Sequence[KnownBill]) -> Decimal:
    """Quantity of lines that went back, where a person said that no credit is made for them."""
    lines = {part.line_id for part in slices}
    settled = [bill for bill in bills if keys.is_credit(bill.key) and bill.state == "settled"]
    return size(
        part for bill in settled if bill.key.startswith(f"{base}/") for part in bill.slices if part.line_id in lines
    )
