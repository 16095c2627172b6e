"""At which prices the goods of a bill are billed, once changes of price were billed or credited beside it.

What belongs here: reading those prices from what was written and from what Xero holds. What does not: whether a change
of price becomes a document (adjusting), quantities (allocation).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from cwxero_dagster.payables import keys, told
from cwxero_dagster.payables.bills import Slice, price_difference
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.corrections import approved_costs
from cwxero_dagster.payables.documents import costs_before_of, unit_costs_of
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder

Prices = dict[int, Decimal]
"""Unit costs by PO line id."""


def changed_prices(
    bill: KnownBill, document: Document | None, lines: Iterable[tuple[Line, PurchaseOrder]]
) -> tuple[Prices, Prices]:
    """The prices before and after the change that a bill of a change of price bills."""
    if bill.meant is not None:
        return costs_before_of(bill.meant), unit_costs_of(bill.meant)
    known = list(lines)
    changes = [told.price_change(held, known) for held in document.lines] if document else []
    before = {change.line.line_id: change.before for change in changes if change}
    return before, {change.line.line_id: change.now for change in changes if change}


def as_left(bill: KnownBill, document: Document | None, before: Prices, now: Prices) -> Prices:
    """The prices after the change as far as the document in Xero bills it: an amount that a person changed counts.

    ``before`` and ``now``: the prices of the change as it was written.
    """
    if document is None or not document.live or bill.base is None:
        return now
    refs = {line[name]: str(line["ref"]) for line in bill.base["lines"] for name in ("description", "line_item_id")}
    sign = -1 if keys.is_credit(bill.key) else 1
    prices = dict(now)
    for part in bill.slices:
        mine = [
            held
            for held in document.lines
            if _bills(refs.get(held.line_item_id or "") or refs.get(held.description, ""), part)
        ]
        said = sign * sum((told.net(held) for held in mine), ZERO)
        was, meant = before.get(part.line_id, ZERO), now.get(part.line_id, ZERO)
        if part.end and said != price_difference(part.end, was, meant):
            prices[part.line_id] = was + rounded(said / part.end, told.PLACES)
    return prices


def _bills(ref: str, part: Slice) -> bool:
    """True for the ``ref`` of a line that bills a change of price of a PO line."""
    return ref.startswith(f"{part.po_id}:{part.line_id}:")


def written_prices(bill: KnownBill, document: Document | None, po: PurchaseOrder, lines: Mapping[int, Line]) -> Prices:
    """The prices at which a bill was written; of one whose last write is not known, those that its lines tell."""
    if bill.written is None:
        return told.unit_costs(document, po, bill.slices, lines)
    return unit_costs_of(bill.written)


def billed_prices(
    bill: KnownBill,
    document: Document | None,
    po: PurchaseOrder,
    lines: Mapping[int, Line],
    changes: Iterable[Prices],
) -> Prices:
    """The prices at which a bill's goods are billed now: the bill's own, as approved, then each change of them."""
    prices = written_prices(bill, document, po, lines)
    if bill.written is not None:
        prices = approved_costs(bill, document)
    for change in changes:
        prices |= change
    return prices


def prices_shown(
    written: Prices, billed: Prices, decided: Prices, changed: Iterable[int], lines: Mapping[int, Line]
) -> Prices:
    """The prices at which a bill is compared with its PO: its own ones while the present price is decided.

    A price that nobody decided shows as that much more or less than the bill's own price as is to be asked about.
    """
    return {
        line_id: written.get(line_id, ZERO) + difference(lines[line_id].unit_cost, billed[line_id], decided[line_id])
        for line_id in changed
        if line_id in lines and line_id in billed and line_id in decided
    }


def difference(now: Decimal, billed: Decimal, decided: Decimal) -> Decimal:
    """What is to be asked about a unit cost: how far it is from the one that documents bill.

    ``decided``: the one that was decided last. Where a person removed the document of that decision, or settled it as
    not owed, that step stays decided while the price stands there or moves on; one that turns back is a new question.
    """
    step = decided - billed
    return now - decided if (now - decided) * step > 0 or now == decided else now - billed


class OrderPrices:
    """The prices of the bills of one PO, changes of price that are billed beside them included."""

    def __init__(self, po: PurchaseOrder, lines: Mapping[int, Line], ledger: LedgerView, books: Books) -> None:
        self._po, self._lines = po, lines
        self._ledger, self._books = ledger, books

    def billed(self, bill: KnownBill) -> Prices:
        """The prices at which documents bill the goods of a bill now: those that a credit of them gives back."""
        prices = billed_prices(bill, self._document(bill), self._po, self._lines, ())
        for one in self._ledger.repricings(bill.key):
            before, now = self._change(one)
            now = as_left(one, self._document(one), before, now)
            for line_id in now if self._bills(one) else ():
                was = prices.get(line_id, before.get(line_id, ZERO))
                prices[line_id] = was + now[line_id] - before.get(line_id, ZERO)
        return prices

    def decided(self, bill: KnownBill) -> Prices:
        """The prices that were decided last: the bill's own, then each change of them.

        A change that a person removed in Xero or settled as not owed is decided, too, although nothing bills it.
        """
        return billed_prices(bill, self._document(bill), self._po, self._lines, self._changes(bill))

    def shown(self, bill: KnownBill) -> Prices:
        """Prices that stand in for the present ones on a bill whose changes of price are decided beside it."""
        changed = {line_id for change in self._changes(bill) for line_id in change}
        if not changed:
            return {}
        written = written_prices(bill, self._document(bill), self._po, self._lines)
        return prices_shown(written, self.billed(bill), self.decided(bill), changed, self._lines)

    def _changes(self, bill: KnownBill) -> list[Prices]:
        return [self._change(one)[1] for one in self._ledger.repricings(bill.key)]

    def _change(self, repricing: KnownBill) -> tuple[Prices, Prices]:
        lines = [(line, self._po) for line in self._lines.values()]
        return changed_prices(repricing, self._document(repricing), lines)

    def _bills(self, repricing: KnownBill) -> bool:
        """True where a document in Xero bills or credits a change of price: its own, or the one that a person named."""
        document, settled = self._document(repricing), self._ledger.settled(repricing.key)
        if document is not None and document.live:
            return True
        return settled.verb == "billed-by" if settled else document is None

    def _document(self, bill: KnownBill) -> Document | None:
        return self._books.by_id.get((bill.xero_id or "").lower())
