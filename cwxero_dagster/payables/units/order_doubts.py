"""Which questions a person is asked about goods of one PO before they go on a document.

What belongs here: putting the questions together, with what of the PO each needs. What does not: the questions
themselves (doubts, dealt_with, swapped, billed_by), asking them (doubt), where the goods go (order_units).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units import dealt_with, swapped
from cwxero_dagster.payables.units.billed_by import doubts_of_the_rest
from cwxero_dagster.payables.units.deliveries import receipts_in
from cwxero_dagster.payables.units.doubt import Doubt, size
from cwxero_dagster.payables.units.doubts import doubts_of_more, doubts_of_new
from cwxero_dagster.payables.units.off_again import off_again
from cwxero_dagster.payables.units.order_bills import OrderBills
from cwxero_dagster.payables.units.order_goods import OrderGoods
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.units.unit import Unit


class OrderDoubts:
    """The questions about goods of one PO."""

    def __init__(
        self, po_id: int, purchasing: Purchasing, ledger: LedgerView, books: Books, known: OrderBills, goods: OrderGoods
    ) -> None:
        self._po = purchasing.pos[po_id]
        self._purchasing = purchasing
        self._ledger, self._books = ledger, books
        self._known, self._goods = known, goods
        self._by_id = {line.line_id: line for line in purchasing.lines.get(po_id, ())}
        self._receipts = standing(purchasing.receipts.get(po_id, ()))

    def in_doubt(self, key: str, slices: Sequence[Slice]) -> bool:
        """True for goods that a person has to look at before they may go on a draft."""
        return bool(self.beside(slices, [bill for bill in self._known.bills if bill.key != key]))

    def beside(self, slices: Sequence[Slice], bills: Sequence[KnownBill]) -> list[Doubt]:
        """Why goods may not be owed, or be on one of these bills already."""
        found = []
        anew = [part for part in slices if self._goods.looks_without(part.line_id, bills)]
        if anew:
            detail = (
                f"ConnectWise no longer lists a billed line of purchase order {self._po.po_number}, and other goods "
                "came beside it; they may be the same goods, entered anew."
            )
            found.append(Doubt(detail, size(anew), tuple(anew)))
        found += self._swapped(slices, self._anew(slices))
        found += dealt_with.goods_again(self._po.po_number, slices, self._goods.bills, self._known.bills)
        found += self.of_the_rest(slices)
        return found + doubts_of_new(slices, self._po, bills, self._by_id, self._ledger, self._books)

    def of_more(self, key: str, slices: Sequence[Slice]) -> list[Doubt]:
        """Why goods beyond a bill may not be owed."""
        return doubts_of_more(key, slices, self._po, self._known, receipts=self._receipts, purchasing=self._purchasing)

    def off_again(self, units: Sequence[Unit]) -> list[Unit]:
        """The units of known bills, those with their question that were settled on what another bill has no more."""
        left = {unit.key: unit.slices for unit in units}
        found = off_again(self._po, left, self._known.bills, self._by_id, self._ledger, self._books)
        return [replace(unit, doubts=(found[unit.key],)) if unit.key in found else unit for unit in units]

    def of_the_rest(self, slices: Sequence[Slice]) -> list[Doubt]:
        """Why goods may be on a bill that is not known, where a person named one that does not bill them."""
        return doubts_of_the_rest(slices, self._po, self._known.bills, self._by_id, self._ledger, self._books)

    def _swapped(self, slices: Sequence[Slice], anew: set[int]) -> list[Doubt]:
        """The question whether goods are those of another line; ``anew``: lines that may be others entered anew.

        What a person answered about the bill once they were there is no answer about them, nor is anything that she
        answered where their line may be another one entered anew.
        """
        came = [receipt.observed_at for receipt in receipts_in(slices, self._receipts)]
        dealt = {} if anew else self._goods.dealt(before=min(came, default=None))
        bills = self._goods.without(dealt)
        answered = swapped.answered(
            slices, self._known.bills, self._ledger, self._goods.past, self._goods.gone_for_good, anew=anew
        )
        doubt = swapped.swapped(self._po.po_number, slices, self._goods.gone_for_good(bills=bills), answered=answered)
        return [doubt] if doubt else []

    def _anew(self, slices: Sequence[Slice]) -> set[int]:
        """Lines that may be others entered anew."""
        seen = self._purchasing.lines_seen.get(self._po.po_id, ())
        return swapped.entered_anew(slices, self._known.bills, self._by_id, seen)
