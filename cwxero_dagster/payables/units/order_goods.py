"""What there is of one PO, what its bills hold of it or have to give back, and what is free.

What belongs here: the quantities of one PO, now and at an earlier moment. What does not: their arithmetic (allocation),
what a person dealt with (dealt_with), which bill takes what is free (order_units), what is asked about it
(order_doubts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation, cutover, dealt_with
from cwxero_dagster.payables.units.doubt import size
from cwxero_dagster.payables.units.doubts import on_another
from cwxero_dagster.payables.units.order_bills import OrderBills
from cwxero_dagster.payables.units.order_credits import OrderCredits
from cwxero_dagster.payables.units.past import Past
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.units.unit import billable


class OrderGoods:
    """The quantities of one PO. ``decision``: the one that its bills go by."""

    def __init__(
        self,
        po_id: int,
        purchasing: Purchasing,
        decision: Decision,
        ledger: LedgerView,
        books: Books,
        known: OrderBills,
        credits_: OrderCredits,
    ) -> None:
        self._po = purchasing.pos[po_id]
        self._purchasing, self._decision = purchasing, decision
        self._ledger, self._books = ledger, books
        self._known, self._credits = known, credits_
        lines = purchasing.lines.get(po_id, ())
        self._by_id: Mapping[int, Line] = {line.line_id: line for line in lines}
        self._lines = [line for line in lines if line.present]
        self.there = {line.line_id: billable(self._po, line, decision) for line in self._lines}
        """How much of each line may be billed; of the freight, its amount."""
        self.there[FREIGHT_LINE] = rounded(self._po.freight) if self._po.present else ZERO
        self._elsewhere = self._billed_before()
        self.bills = self.without(self.dealt())
        """The PO's bills without what a person dealt with."""
        self.back = self._given_back(self.bills)
        """What each bill has to give back, by line."""

    @cached_property
    def past(self) -> Past:
        """Its history."""
        po_id = self._po.po_id
        headers, lines = self._purchasing.headers_seen.get(po_id, ()), self._purchasing.lines_seen.get(po_id, ())
        return Past(headers, lines, self._decision)

    def free(self) -> tuple[Slice, ...]:
        """What may be billed and no bill holds, freight included.

        Of an order that the last look did not show, nothing: the next look tells whether it was deleted.
        """
        if self._po.po_id in self._purchasing.missing_orders:
            return ()
        slices: list[Slice] = []
        for line in sorted(self._lines, key=lambda item: (item.line_number or 0, item.line_id)):
            slices += self._free_of(line.line_id)
        return (*slices, *self._free_of(FREIGHT_LINE))

    def _free_of(self, line_id: int) -> tuple[Slice, ...]:
        """What of a line is free; of a charge that became a refund, nothing before the charge is given back.

        What came on a line beside one which is billed and was missing from the last look may be the same goods, entered
        anew or put together with others: it waits for the look that tells. So does what was on the missing line itself,
        and the freight of its order.
        """
        unsure = {one for one, looks in self._purchasing.missing_lines.items() if looks == 1}
        if line_id in unsure or 1 in self.looks_without(line_id, self.bills):
            return ()
        if line_id == FREIGHT_LINE and not unsure.isdisjoint(line.line_id for line in self._lines):
            return ()
        if allocation.opposed(self._po.po_id, line_id, self.bills, self.there[line_id]):
            return ()
        elsewhere = self._elsewhere.get(line_id, ZERO)
        return allocation.free(self._po.po_id, line_id, self.bills, self.there[line_id], elsewhere=elsewhere)

    def looks_without(self, line_id: int, bills: Sequence[KnownBill]) -> set[int]:
        """How many looks in a row did not show other lines of these bills, as far as goods of them still stand."""
        stands = {bill.key for bill in bills}
        billed = {part.line_id for bill in self.bills if bill.key in stands for part in bill.slices} - {line_id}
        missing = self._purchasing.missing_lines
        return set() if line_id == FREIGHT_LINE else {missing[one] for one in billed if one in missing}

    def as_left(self, bill: KnownBill, dealt: KnownBill, stands: Sequence[Slice]) -> tuple[Slice, ...]:
        """What stands of a bill with what a person put on it, and without what she took off it and is there still.

        ``dealt``: the bill without what a person dealt with.
        """
        found = tuple(stands)
        for line_id, more in self._known.more.get(bill.key, {}).items():
            gone = size(part for part in allocation.beyond(bill.slices, dealt.slices) if part.line_id == line_id)
            if more < ZERO:
                found = allocation.shortened(found, {line_id: max(-more - gone, ZERO)})
            else:
                found = allocation.lengthened(found, line_id, more)
        return found

    @cached_property
    def followed(self) -> Mapping[str, allocation.Quantities]:
        """How much of what she took off a bill went back, by key and line."""
        if not self._known.taken_off:
            return {}
        alone, found = self.without(self.dealt(taken_off={})), {}
        for bill, left in zip(alone, self.bills, strict=True):
            parts = allocation.beyond(bill.slices, left.slices)
            found[bill.key] = {
                line_id: size(part for part in parts if part.line_id == line_id)
                for line_id in {part.line_id for part in parts}
            }
        return found

    def without(self, dealt: dealt_with.Dealt) -> list[KnownBill]:
        """The PO's bills without what a person dealt with."""
        return [dealt_with.without(bill, dealt.get(bill.key, ())) for bill in self._known.bills]

    def gone_for_good(
        self, at: datetime | None = None, *, bills: Sequence[KnownBill] | None = None
    ) -> dict[str, allocation.Quantities]:
        """What is missing (or was, ``at`` a moment) of bills that stay as they are, and no credit gives back."""
        known = self._known.bills if bills is None else bills
        credited = {bill.key for bill in known if self._credits.covers(bill)}
        firm = (self._known.final | self._known.settled) - credited
        return {key: lines for key, lines in self._given_back(known, at).items() if key in firm}

    def dealt(
        self, *, before: datetime | None = None, taken_off: dealt_with.TakenOff | None = None
    ) -> dealt_with.Dealt:
        """What of each bill went back and a person dealt with (``before`` a moment).

        ``taken_off``: what she took off bills; None: what is known of that.
        """
        known, po_id = self._known, self._po.po_id
        return dealt_with.dealt_with(
            po_id,
            known.bills,
            self.past,
            self._ledger,
            elsewhere=self._elsewhere,
            final=known.final | known.settled,
            touched=known.touched,
            removed=[bill for bill in known.pending if bill.state == "confirmed"],
            before=before,
            by_hand={
                one.key
                for one in known.bills
                if one.key in known.settled
                and (self._ledger.asked_of_new(one) or on_another(one, self._po, known.bills, self._by_id, self._books))
            },
            taken_off=known.taken_off if taken_off is None else taken_off,
            taken_off_since=known.taken_off_since,
        )

    def _given_back(self, bills: Sequence[KnownBill], at: datetime | None = None) -> dict[str, allocation.Quantities]:
        """What each bill has to give back (or had to, ``at`` a moment), by line."""
        there = self.there
        if at is not None:
            bills = [bill for bill in bills if bill.issued_at is None or bill.issued_at <= at]
            there = {part.line_id: self.past.there(part.line_id, at) for bill in bills for part in bill.slices}
        return allocation.given_back(
            self._po.po_id,
            bills,
            there,
            self._elsewhere,
            final=self._known.final | self._known.settled,
            touched=self._known.touched,
            uncredited=self._known.uncredited,
        )

    def _billed_before(self) -> dict[int, Decimal]:
        go_live = self._decision.go_live
        # Where the sync billed nothing of it, an order that is history is one bill that is kept out.
        if not self._known.bills and cutover.all_elsewhere(self._po, self._purchasing, go_live):
            return {}
        return cutover.elsewhere(self._po, self._purchasing, go_live)
