"""When one PO, or a part of it, is due to be billed, and in which cycle.

What belongs here: days and cycles under the decision (CONTRACT.md, "Cycle of a bill"). What does not: what is billed
then (``units``), days that a bill shows (``dating``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cwxero_dagster.payables.calendar import cycle_of, day_of
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.records import Receipt
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.states import RECEIVED
from cwxero_dagster.payables.units import cutover
from cwxero_dagster.payables.units.deliveries import freight_day, receipts_in
from cwxero_dagster.payables.units.invoices import VendorInvoice
from cwxero_dagster.payables.units.order_invoices import OrderInvoices
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import due_when_raised


class OrderDue:
    """When a PO is due. ``shows``: the vendor invoices that it shows.

    ``decision``: what the PO's first bill was made under. It governs the order as a whole while a bill of the whole
    stands (``billed_whole``); what deliveries and invoices left over is due under the decision in force.
    """

    def __init__(
        self,
        po_id: int,
        purchasing: Purchasing,
        agreement: Agreement,
        decision: Decision,
        shows: OrderInvoices,
        receipts: Sequence[Receipt],
        *,
        billed_whole: bool,
    ) -> None:
        self._po = purchasing.pos[po_id]
        self._state = purchasing.states[po_id]
        self._purchasing = purchasing
        self._agreement = agreement
        self._decision = decision
        self._governs = decision if billed_whole else agreement.decision
        self._shows = shows
        self._receipts = receipts
        self._billed_whole = billed_whole

    @property
    def as_a_whole(self) -> bool:
        """Whether what the PO has to bill is due at once, where a bill is a PO."""
        events = self._governs.events
        state = self._state.state
        if events.raised == "draft_bill":
            return due_when_raised(self._po, state, self._governs)
        if events.vendor_invoice_received == "draft_bill" and state in RECEIVED and self._numbers:
            return True
        if state == "partially_received":
            return events.partially_received == "draft_bill"
        due = events.fully_received == "draft_bill" or self._billed_whole
        return state == "fully_received" and due

    @property
    def _numbers(self) -> list[VendorInvoice]:
        return self._shows.by_source(self._governs.vendor_invoice_from)

    def cycle_of(self, day: date) -> str:
        """The cycle of a day; goods that came before go-live and were seen later belong to the first one."""
        return cycle_of(max(day, self._first_day()), self._agreement.cycle_start_day)

    def _first_day(self) -> date:
        if cutover.all_elsewhere(self._po, self._purchasing, self._decision.go_live):
            return date.min
        return self._decision.go_live

    def whole_on(self) -> date:
        """The day of the event that made the PO due as a whole."""
        events = self._governs.events
        if events.raised == "draft_bill":
            return self._po.po_date or self.seen_on()
        if events.vendor_invoice_received == "draft_bill" and events.fully_received == "nothing":
            return self.invoiced_on(
                self._receipts, max((one.dated for one in self._numbers if one.dated), default=None)
            )
        return self._state.fully_received_on or self._state.last_received_on or self.seen_on()

    def invoiced_on(self, receipts: Sequence[Receipt], dated: date | None) -> date:
        """The later of the last receipt and the vendor invoice date."""
        days = [receipt.received_on for receipt in receipts]
        return max([*days, dated] if dated else days, default=self.seen_on())

    def carried_on(self, part: Slice) -> date | None:
        """The day on which a carrier's part is due: freight when it would be due with the goods."""
        if self._agreement.decision.bill.one_per == "purchase_order":
            return self.whole_on() if self.as_a_whole else None
        if part.line_id == FREIGHT_LINE:
            return freight_day(self._receipts, self._po, complete=self._state.state == "fully_received")
        return max((receipt.received_on for receipt in receipts_in([part], self._receipts)), default=None)

    def seen_on(self) -> date:
        """The day on which the PO was last seen to change."""
        return day_of(self._po.observed_at, self._purchasing.zone)

    def reversed_on(self) -> date:
        """The day on which goods of the PO were last seen to go back."""
        reversals = [r for r in self._purchasing.receipts.get(self._po.po_id, ()) if r.reversal]
        days = [day_of(receipt.observed_at, self._purchasing.zone) for receipt in reversals]
        return max(days, default=self.seen_on())
