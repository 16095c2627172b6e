"""Goods that a person settled as not owed because they were on another bill, and that are not on it any more.

What belongs here: how many those are, and the question about them. What does not: what a bill in Xero claims (doubts),
goods for which she named a document (billed_by).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import money_text, plain
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.doubt import Doubt, size
from cwxero_dagster.payables.units.doubts import claims_of


def off_again(
    po: PurchaseOrder,
    left: Mapping[str, Sequence[Slice]],
    known: Sequence[KnownBill],
    lines: Mapping[int, Line],
    ledger: LedgerView,
    books: Books,
) -> dict[str, Doubt]:
    """The question about each bill that was settled on what a person had put on others, by its key.

    ``known``: the PO's bills in the order of issue; ``left``: what is there of their goods, by key. A bill that is gone
    from Xero has none of them. What one bill claims covers the goods that were settled first.
    """
    found: dict[str, Doubt] = {}
    taken: dict[tuple[str, int], Decimal] = {}
    for bill in known:
        settled = ledger.settled(bill.key)
        on_bills = settled.on_bills.get(bill.key, ()) if settled and settled.verb == "not-owed" else ()
        if settled is None or not on_bills or bill.xero_id is not None:
            continue
        uncovered = list(left.get(bill.key, ()))
        numbers = []
        for other in (one for one in known if one.key in on_bills):
            document = books.by_id.get((other.xero_id or "").lower())
            numbers.append(document.number if document else other.key)
            claims = claims_of(bill.slices, po, other, document, lines) if document and document.live else {}
            for index, part in enumerate(uncovered):
                place = other.key, part.line_id
                claim = claims[part.line_id].more - taken.get(place, ZERO) if part.line_id in claims else ZERO
                covers = min(max(claim, ZERO), abs(part.quantity))
                taken[place] = taken.get(place, ZERO) + covers
                uncovered[index] = replace(part, start=part.start + covers.copy_sign(part.quantity))
        places = tuple(part for part in uncovered if part.quantity)
        if places:
            what = _words(places)
            detail = (
                f"{settled.by} settled goods or freight of purchase order {po.po_number} as not owed when "
                f"{' and '.join(numbers)} in Xero had been changed to bill them ({settled.reason}). Now {what} of them "
                f"{'is' if what == '1' else 'are'} on no bill. Release this case to have them billed."
            )
            found[bill.key] = Doubt(detail, size(places, of=bill.slices), places, on_bills=on_bills)
    return found


def _words(places: Sequence[Slice]) -> str:
    goods = size(part for part in places if part.line_id != FREIGHT_LINE)
    freight = sum((abs(part.quantity) for part in places if part.line_id == FREIGHT_LINE), ZERO)
    words = [plain(goods)] if goods else []
    words += [f"freight of {money_text(freight)}"] if freight else []
    return " and ".join(words)
