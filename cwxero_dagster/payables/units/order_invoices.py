"""The vendor invoices that one PO shows: on its header, on its packing slips, in the feed.

What belongs here: reading the three sources for one PO, and whether a number that changed was corrected or stands for
the next shipment. What does not: which goods an invoice covers (invoicing), what several POs show together
(invoice_bills).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cwxero_dagster.payables.keys import is_carrier, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.records import Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.units.deliveries import receipts_in
from cwxero_dagster.payables.units.invoices import (
    VendorInvoice,
    dated_by_header,
    on_header,
    rows_for,
    slips_behind,
    slips_of,
    written_invoice,
)


class OrderInvoices:
    """What one PO shows of its vendor's invoices."""

    def __init__(
        self,
        po: PurchaseOrder,
        lines: Sequence[Line],
        receipts: Sequence[Receipt],
        standing: Sequence[Receipt],
        feed: Sequence[VendorInvoiceRow],
    ) -> None:
        """``receipts`` are all events of the PO, ``standing`` those that still stand."""
        self._po = po
        self._standing = standing
        self.rows = rows_for(po, feed)
        self.slips = slips_behind(po, lines, receipts)

    def by_source(self, source: str) -> list[VendorInvoice]:
        """The invoices that the PO's goods are known to be on."""
        match source:
            case "feed":
                return [VendorInvoice(row.invoice_number, row.invoice_date) for row in self.rows]
            case "packing_slip":
                return self._on_slips(self._standing)
            case _:
                invoice = on_header(self._po)
                return [invoice] if invoice.number else []

    def shown(
        self, bill: KnownBill, others: Sequence[KnownBill], *, source: str, closed: Collection[str], waits: bool
    ) -> VendorInvoice:
        """The invoice that the PO shows now for its goods on a bill; what was written where it shows none.

        A number that another bill carries, or that came with goods which no bill holds yet (``waits``), is of those:
        ConnectWise has one field for it, which people overwrite for the next shipment. One that changes alone corrects
        the number that the field showed before, which is that of the bill issued last: ``others`` are in that order.
        ``closed`` bills take no new number while an open one of the same number is there.
        """
        was = written_invoice(bill.meant) or VendorInvoice("")
        now = self.by_source(source)
        if source == "packing_slip":
            mine = [part for part in bill.slices if part.po_id == self._po.po_id]
            now = self._on_slips(receipts_in(mine, self._standing))
        same = next((one for one in now if one.name == was.name), None)
        if same or not now:
            return same or was
        of_goods = [one for one in others if not (is_credit(one.key) or is_carrier(one.key) or one.reprices)]
        carried = {one.key: (written_invoice(one.meant) or VendorInvoice("")).name for one in of_goods}
        taken = {name for key, name in carried.items() if name and key != bill.key}
        corrected = [one for one in now if one.name not in taken]
        alike = [key for key, name in carried.items() if name == was.name and key != bill.key]
        open_one = bill.key in closed and any(key not in closed for key in alike)
        earlier = source == "header" and bool(of_goods) and carried[of_goods[-1].key] != was.name
        return was if waits or open_one or earlier or not corrected else corrected[0]

    def _on_slips(self, receipts: Sequence[Receipt]) -> list[VendorInvoice]:
        return [VendorInvoice(slip, dated_by_header(self._po, slip)) for slip in slips_of(receipts, self.slips)]
