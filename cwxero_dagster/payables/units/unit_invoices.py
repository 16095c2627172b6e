"""Which vendor invoice the bill of a unit stands for.

What belongs here: choosing among what the PO, its packing slips and the feed show. What does not: reading invoices from
them (``invoices``), sharing goods out among invoices (``invoice_bills``).
"""

from __future__ import annotations

from dataclasses import replace

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.units import carrying, invoices
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit


def with_invoices(
    unit: Unit, purchasing: Purchasing, agreement: Agreement, decision: Decision
) -> tuple[PurchaseOrder, ...]:
    """The unit's POs, with the vendor invoice that its bill stands for."""
    return tuple(_with_invoice(unit, po, purchasing, agreement, decision) for po in unit.pos)


def _with_invoice(
    unit: Unit, po: PurchaseOrder, purchasing: Purchasing, agreement: Agreement, decision: Decision
) -> PurchaseOrder:
    """The PO with the vendor invoice that the unit stands for, else the one that the decision's source shows.

    A carrier's bill stands for the carrier's own invoice, which only the feed can tell.
    """
    if keys.is_carrier(unit.key):
        carriers = carrying.Carriers(agreement.seeds.landed_costs)
        lines_by_id = {line.line_id: line for line in purchasing.lines.get(po.po_id, ())}
        carrier = carrying.carrier_of(unit.slices, po, lines_by_id, carriers)
        seen = carrying.seen_by_carrier(po, carrier, purchasing.vendors)
        feed = decision.vendor_invoice_from == "feed"
        return invoices.with_invoice(seen, decision, agreement.seeds.vendor_invoices) if feed else seen
    if unit.invoice:
        return replace(po, vendor_invoice_number=unit.invoice.number or None, vendor_invoice_date=unit.invoice.dated)
    slips: list[str] = []
    if decision.vendor_invoice_from == "packing_slip":
        lines, receipts = purchasing.lines.get(po.po_id, ()), purchasing.receipts.get(po.po_id, ())
        slips = invoices.slips_of(unit.receipts, invoices.slips_behind(po, lines, receipts))
    return invoices.with_invoice(po, decision, agreement.seeds.vendor_invoices, slips)
