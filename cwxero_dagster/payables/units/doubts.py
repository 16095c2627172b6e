"""Why goods of a new bill may be on another one or not be owed, or goods that went back not be due a credit.

What belongs here: what a person looks at before such a bill, supplement or credit goes. What does not: making it
(``order_units``), asking her (``doubt``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import Books, Document, DocumentLine
from cwxero_dagster.payables.corrections import Correction, corrections, lines_of_her_own
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import line_net, plain, rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.told import named, net, quantity, says
from cwxero_dagster.payables.units import allocation
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
        found.append(Doubt(detail, size(slices), tuple(slices)))
    if again := _back_without_credit(key.split("/s:")[0], slices, known.bills):
        detail = (
            f"Goods of purchase order {po.po_number} went back, a person settled their credit, and goods came again; "
            "they may be a replacement for which nothing is owed."
        )
        found.append(Doubt(detail, size(again, of=slices), again))
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
        claims = claims_of(slices, po, bill, document, lines)
        answered = _answered(claims, bill, document, po, known[index + 1 :], lines, ledger)
        if doubt := _doubt_of_new(slices, po, bill, document, claims, answered):
            doubts.append(doubt)
    return doubts


def on_another(
    bill: KnownBill, po: PurchaseOrder, known: Sequence[KnownBill], lines: Mapping[int, Line], books: Books
) -> bool:
    """True where another document in Xero may bill the goods of ``bill``, as a person left it."""
    others = (
        (one, books.by_id.get((one.xero_id or "").lower())) for one in known if one.key != bill.key and not one.reprices
    )
    return any(
        document is not None and document.live and claims_of(bill.slices, po, one, document, lines)
        for one, document in others
    )


@dataclass(frozen=True)
class Claim:
    """What of a PO line a document in Xero may bill beyond what was written to it."""

    more: Decimal
    words: tuple[str, ...]


def claims_of(
    slices: Sequence[Slice], po: PurchaseOrder, bill: KnownBill, document: Document, lines: Mapping[int, Line]
) -> dict[int, Claim]:
    """What of the lines of ``slices`` a person put on a document, or took off a credit."""
    changed, claims = corrections(bill, document), {}
    for line_id in sorted({part.line_id for part in slices}):
        one, parts = changed.get(line_id), [part for part in slices if part.line_id == line_id]
        if one is not None and one.more > ZERO:
            claims[line_id] = Claim(one.more, (one.words(lines.get(line_id)),))
        elif one is not None and any(_at_the_price(one, part, lines) for part in parts):
            claims[line_id] = Claim(sum((abs(part.quantity) for part in parts), ZERO), (one.words(lines[line_id]),))
    for held in () if keys.is_credit(bill.key) else lines_of_her_own(bill, document):
        for part in slices:
            more = _of_added(held, part, po, lines)
            before = claims.get(part.line_id, Claim(ZERO, ()))
            words = (f'"{held.description}", which a person added',)
            if more > ZERO and words[0] not in before.words:
                claims[part.line_id] = Claim(before.more + more, before.words + words)
    return claims


def _doubt_of_new(
    slices: Sequence[Slice],
    po: PurchaseOrder,
    bill: KnownBill,
    document: Document,
    claims: Mapping[int, Claim],
    answered: Mapping[int, Decimal],
) -> Doubt | None:
    """``answered``: what of each line that the document claims is no question any more."""
    left = {line_id: one.more - answered.get(line_id, ZERO) for line_id, one in claims.items()}
    disputed = [_as_far(part, left[part.line_id]) for part in slices if left.get(part.line_id, ZERO) > ZERO]
    if not disputed:
        return None
    found = dict.fromkeys(words for one in sorted({part.line_id for part in disputed}) for words in claims[one].words)
    freight = all(part.line_id == FREIGHT_LINE for part in slices)
    came, they = ("Freight of {} came that is", "It") if freight else ("Goods of {} came that are", "They")
    verb, end = "bills", f"{they} may be on that bill already."
    if keys.is_credit(bill.key):
        verb, end = "gives back", f"{they} may be what the vendor gave no credit for, and be billed already."
    detail = (
        f"{came.format(f'purchase order {po.po_number}')} on no bill of the sync, but "
        f"{document.number or 'one without a number'} in Xero was changed: it {verb} {', '.join(found)}. {end}"
    )
    return Doubt(detail, size(disputed, of=slices), tuple(disputed), on_bills=(bill.key,))


def _at_the_price(one: Correction, part: Slice, lines: Mapping[int, Line]) -> bool:
    """True where a person raised a line by its price alone, and by what a part of it comes to."""
    line = lines.get(part.line_id)
    return not one.more and line is not None and one.more_net == abs(line_net(part.quantity, line.unit_cost))


def _as_far(part: Slice, more: Decimal) -> Slice:
    """The part as far as ``more`` reaches."""
    return replace(part, end=part.start + min(more, abs(part.quantity)).copy_sign(part.quantity))


def _answered(
    claims: Mapping[int, Claim],
    bill: KnownBill,
    document: Document,
    po: PurchaseOrder,
    later: Sequence[KnownBill],
    lines: Mapping[int, Line],
    ledger: LedgerView,
) -> dict[int, Decimal]:
    """How much of what a document claims a person has answered for with goods that came before, by line.

    Goods that she settled are the claimed ones. Where the question was about a part of a document, she released it and
    took that part off its draft. A document that was as a whole in question, and released, leaves the question open.
    """
    answered: dict[int, Decimal] = {}
    for one in later:
        if keys.is_credit(one.key) or not claims:
            continue
        then = claims_of(one.slices, po, bill, document, lines)
        doubt = _doubt_of_new(one.slices, po, bill, document, then, answered)
        if doubt is None:
            continue
        question, closed = asked(one.key, [doubt], one.slices, one.facts), ledger.settled(one.key)
        as_settled = closed and closed.case_id == question.case_id and question.facts in closed.facts
        if as_settled or (doubt.disputed < size(one.slices) and ledger.released(question.case_id, question.facts)):
            for line_id, claim in then.items():
                left = claim.more - answered.get(line_id, ZERO)
                goods = size(part for part in one.slices if part.line_id == line_id)
                answered[line_id] = answered.get(line_id, ZERO) + (min(goods, left) if as_settled else left)
    return answered


def _of_added(held: DocumentLine, part: Slice, po: PurchaseOrder, lines: Mapping[int, Line]) -> Decimal:
    """How much of a part a line in Xero that a person added may bill.

    As much as it says where it has the words of the PO line; the whole part where it comes to its amount.
    """
    line = lines.get(part.line_id)
    amount = part.quantity if line is None else line_net(part.quantity, line.unit_cost)
    if net(held) != ZERO and net(held) == rounded(amount):
        return abs(part.quantity)
    return quantity(held, line) if line is not None and says(held, line, po) else ZERO


def doubt_of_credit(
    bill: KnownBill,
    slices: Sequence[Slice],
    known: OrderBills,
    lines: Mapping[int, Line],
    books: Books,
    *,
    followed: Mapping[int, Decimal],
) -> str:
    """Why the vendor may not owe what a credit would give back of an approved bill; blank for no reason.

    A person took some of it off the bill, and it did not go back (``followed``, by line), or an earlier credit of it
    gives back more than was written to it, and no credit was settled for that since; or she put more on it, of which
    the credit gives back nothing, and no goods that she settled came for it.
    """
    found = []
    mine = sorted({part.line_id for part in slices})
    hers: dict[int, Decimal] = {}
    for index, one in enumerate(known.bills):
        document = books.by_id.get((one.xero_id or "").lower())
        dealt: tuple[Slice, ...] = ()
        if keys.is_credit(one.key) and keys.credited_key(one.key) == bill.key and document and document.live:
            later = [other for other in known.bills[index + 1 :] if keys.is_credit(other.key)]
            dealt = tuple(part for other in later if other.key in known.settled for part in other.slices)
        elif one.key != bill.key:
            continue
        changed = {line_id: each for line_id, each in corrections(one, document).items() if line_id in mine}
        hers |= {line_id: hers.get(line_id, ZERO) + each.more for line_id, each in changed.items()}
        gone = followed if one.key == bill.key else {}
        doubtful = [each for each in changed.values() if _less(each, dealt, gone.get(each.line_id, ZERO))]
        if doubtful:
            what = "it" if one.key == bill.key else f"its credit {document.number if document else ''}"
            words = ", ".join(each.words(lines.get(each.line_id)) for each in doubtful)
            found.append(f"{what} {doubtful[0].verb} {words}")
    if found:
        return (
            "Goods or freight of an approved bill became less, and a person had changed what Xero says of it: "
            f"{'; '.join(found)}. The credit may be for what the vendor never billed, or gave back before. Compare it "
            "with them and release it where it is right, or settle it as not owed and enter in Xero what is."
        )
    came = [
        part for one in known.bills if one.key in known.settled and not keys.is_credit(one.key) for part in one.slices
    ]
    left = {line_id: more - size(part for part in came if part.line_id == line_id) for line_id, more in hers.items()}
    stay = {line_id: more for line_id, more in left.items() if more > ZERO and line_id != FREIGHT_LINE}
    return _stay_billed(bill, slices, stay, lines) if stay else ""


def _stay_billed(
    bill: KnownBill, slices: Sequence[Slice], stay: Mapping[int, Decimal], lines: Mapping[int, Line]
) -> str:
    """The question about goods that a person put on a bill beyond those of ConnectWise, where others of it go back."""
    words = []
    for line_id, more in stay.items():
        back, written = (size(part for part in parts if part.line_id == line_id) for parts in (slices, bill.slices))
        name = named(lines.get(line_id))
        words.append(f"{plain(back)} of the {plain(written)} of {name} that came with it, not the {plain(more)}")
    return (
        f"Goods of an approved bill went back, and a person had put more on it than came. This credit gives back "
        f"{'; '.join(words)} that she put on it: those stay billed. Release it where that is right; where the vendor "
        "takes those back, too, release it and raise the quantity on its draft in Xero."
    )


def _less(one: Correction, dealt: Sequence[Slice], followed: Decimal) -> bool:
    """True where less is billed than was written, beyond what a person answered since, or where it cannot be told.

    ``followed``: what went back as she took it off.
    """
    gone = size(part for part in dealt if part.line_id == one.line_id) + followed
    return (one.by_amount and not one.gives_back) or one.more + gone < ZERO


def _may_be_rebuilt(
    key: str, slices: Sequence[Slice], bills: Sequence[KnownBill], receipts: Sequence[Receipt], purchasing: Purchasing
) -> bool:
    """True for goods that were there when staging began, beside a bill that is known from Xero alone."""
    began = purchasing.first_staged_at
    rebuilt = any(bill.key == key and bill.rebuilt for bill in bills)
    early = [r for r in receipts_in(slices, receipts) if began is None or r.observed_at <= began]
    return rebuilt and bool(early)


def _back_without_credit(base: str, slices: Sequence[Slice], bills: Sequence[KnownBill]) -> tuple[Slice, ...]:
    """What of ``slices`` is in the place of goods that went back, where a person said that no credit is made for them.

    A place that another bill took since is answered for.
    """
    places: dict[int, list[allocation.Stretch]] = {}
    for bill in bills:
        settled = keys.is_credit(bill.key) and bill.state == "settled" and bill.key.startswith(f"{base}/")
        for part in bill.slices:
            held = places.get(part.line_id, [])
            if settled:
                places[part.line_id] = allocation.joined(held, allocation.stretch(part))
            elif not keys.is_credit(bill.key):
                places[part.line_id] = allocation.without(held, allocation.stretch(part))
    return tuple(
        piece
        for part in slices
        for piece in allocation.beyond(
            [part], allocation.beyond([part], _as_slices(part, places.get(part.line_id, [])))
        )
    )


def _as_slices(part: Slice, stretches: Sequence[allocation.Stretch]) -> list[Slice]:
    """Stretches of the line of a slice."""
    return [replace(part, start=low, end=high) for low, high in stretches]
