"""What money a question is about: what is at stake, and not what a bill comes to.

What belongs here: the amount of a question about a bill, by its kind and by what Xero holds of the bill. What does not:
adding amounts up (grouping), and what a rule knows better itself, which it says on its hold.

A bill that is not in Xero is all that waits for the answer. One that stands there is not: what is asked is what Xero
holds too little of it, or (below zero) too much. Where nobody can tell by how much, it is the bill as Xero holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.bills import CREDIT, Bill, owed
from cwxero_dagster.payables.books import PURCHASE_ORDER, Books, Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.documents import place_of
from cwxero_dagster.payables.holds import Hold, Money, case_id
from cwxero_dagster.payables.keys import adjusted_key, cause
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import product, rounded
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice

_WENT_BACK = "reversed_after_authorised"
_DIFFERENCE = frozenset(
    {
        "wrong_organisation",
        "unsigned_lifecycle",
        "outcome_unknown",
        "possible_duplicate",
        "changed_after_authorised",
        _WENT_BACK,
        "edited_in_xero",
        "price_mismatch",
        "quantity_mismatch",
        "total_mismatch",
        "rejected_by_xero",
    }
)
"""Kinds that ask about what a bill in Xero would become; the others, such as an account that is missing, are about it
as it stands, and what it would become is often not known to the cent while they are open.
"""


def at_stake(
    one: Hold, bill: Bill | None, document: Document | None, known: KnownBill | None, ledger: LedgerView, books: Books
) -> Money:
    """Currency and amount of a question; what Xero holds too much of is negative, as is all of a supplier credit.

    ``document``: what Xero holds of the bill. Nobody is owed a purchase order.
    """
    if document is None or not document.live:
        source = bill or document
        return _whole(source) if source else ("", ZERO)
    whole = _whole(document)
    if one.stake or document.document_type == PURCHASE_ORDER:
        return one.stake or whole
    if one.kind not in _DIFFERENCE or one.beside or (known and ledger.settled(known.key)):
        return whole
    if bill is None:
        gone = one.kind == _WENT_BACK
        return (whole[0], -whole[1] - _beside(known, document, ledger, books)) if gone else whole
    if bill.excluded or bill.currency_code != document.currency_code:
        return whole
    return whole[0], _difference(bill, document, known, ledger, books) or whole[1]


def with_stakes(actions: Iterable[Action], ledger: LedgerView, books: Books) -> list[Action]:
    """The actions, each hold with what is at stake."""
    return [
        replace(
            action,
            holds=tuple(
                replace(one, stake=at_stake(one, action.bill, action.document, action.known, ledger, books))
                for one in action.holds
            ),
        )
        for action in actions
    ]


def staked(item: Assessed, ledger: LedgerView, books: Books) -> Assessed:
    """A would-be bill, each hold that keeps it back with what is at stake."""
    known = ledger.live(item.bill.key)
    document = books.by_id.get((known.xero_id or "").lower()) if known else None
    holds = (replace(one, stake=at_stake(one, item.bill, document, known, ledger, books)) for one in item.holds)
    return replace(item, holds=tuple(holds))


def worth(parts: Iterable[Slice], known: KnownBill, document: Document) -> Decimal | None:
    """What Xero's document bills for parts of a bill, tax included; None where its lines do not tell."""
    refs = {line["line_item_id"]: line["ref"] for line in (known.base or {}).get("lines", ())}
    billed: dict[tuple[int, int], Decimal] = {}
    for line in document.lines:
        place = place_of(refs.get(line.line_item_id or "", ""))
        if place is not None and line.net is not None and line.tax is not None:
            billed[place] = billed.get(place, ZERO) + line.net + line.tax
    written: dict[tuple[int, int], Decimal] = {}
    for part in known.slices:
        place = part.po_id, part.line_id
        # What bills a change of price holds no goods; its slice ends at the quantity that it is about.
        written[place] = written.get(place, ZERO) + (part.quantity or part.end)
    found = ZERO
    for part in parts:
        place = part.po_id, part.line_id
        if place not in billed or not written.get(place):
            return None
        found += rounded(product(billed[place], part.quantity) / written[place])
    return found


def _whole(source: Bill | Document) -> Money:
    """What a document comes to; nobody is owed a purchase order."""
    if source.document_type == PURCHASE_ORDER:
        return source.currency_code, ZERO
    return source.currency_code, owed(source.document_type, source.total)


def _difference(bill: Bill, document: Document, known: KnownBill | None, ledger: LedgerView, books: Books) -> Decimal:
    """What ConnectWise now says more than Xero holds, as far as no person and no document dealt with it."""
    beside = ledger.repricings(bill.key)
    dealt = beside or ledger.credited(bill.key) or ledger.let_stand(case_id(_WENT_BACK, cause(bill.key)))
    if bill.gone and known and dealt:
        changes = [(one, books.by_id.get((one.xero_id or "").lower())) for one in beside]
        there = [(known, document), *((one, held) for one, held in changes if held and held.live)]
        gone = [_billed(bill.gone, one, held) for one, held in there]
        if gone[0] is not None:
            return _with_tax(bill.repriced, bill) - sum((amount for amount in gone if amount is not None), ZERO)
    elif bill.repriced and bill.repriced != bill.net - document.net:
        return _with_tax(bill.repriced, bill)
    return owed(bill.document_type, bill.total) - owed(document.document_type, document.total)


def _billed(parts: Iterable[Slice], known: KnownBill, document: Document) -> Decimal | None:
    found = worth(parts, known, document)
    return None if found is None else owed(document.document_type, found)


def _with_tax(net: Decimal, bill: Bill) -> Decimal:
    """An amount before tax with tax as the whole bill has it."""
    return rounded(product(net, bill.total) / bill.net) if bill.net else net


def _beside(known: KnownBill | None, document: Document, ledger: LedgerView, books: Books) -> Decimal:
    """What credits and changes of price beside a bill come to in Xero, in its currency."""
    if known is None:
        return ZERO
    others = [
        books.by_id.get((one.xero_id or "").lower())
        for one in ledger.bills.values()
        if one.key != known.key and (one.document_type == CREDIT or one.reprices) and adjusted_key(one.key) == known.key
    ]
    return _sum([one for one in others if one and one.live and one.currency_code == document.currency_code])


def _sum(documents: Sequence[Document]) -> Decimal:
    return sum((owed(one.document_type, one.total) for one in documents), ZERO)
