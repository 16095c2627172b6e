"""Freight and landed costs on a bill of the carrier's own (``freight.bill: carrier``).

What belongs here: who carries, which quantity goes on which carrier's bill, and how a PO looks to its carrier. What
does not: when freight is due and under which key (order_carriers), what was billed already (allocation).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.records import Line, PurchaseOrder
from cwxero_dagster.payables.seeds import LandedCostRow
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice


class Carriers:
    """landed_costs.csv, indexed: which vendor carries what."""

    def __init__(self, rows: Iterable[LandedCostRow]) -> None:
        self._rows = {(row.match_on, folded(row.match_value)): int(row.carrier_vendor_id) for row in rows}

    def of_freight(self, po: PurchaseOrder) -> int | None:
        """The vendor that carries a PO: the row of its shipment method, then ``default``; None where neither is."""
        method = folded(po.shipment_method)
        return (self._rows.get(("shipment_method", method)) if method else None) or self._rows.get(("default", ""))

    def of_product(self, line: Line) -> int | None:
        """The vendor that a PO line (duty, brokerage) is owed to; None for goods, which their own vendor bills."""
        return self._rows.get(("product", folded(line.product_identifier))) if line.product_identifier else None


def shared_out(
    free: Sequence[Slice], po: PurchaseOrder, lines: Mapping[int, Line], carriers: Carriers
) -> tuple[tuple[Slice, ...], dict[int | None, list[Slice]]]:
    """Free quantity of a PO: what its own vendor bills, and what each carrier does. None: no row names the carrier."""
    goods: list[Slice] = []
    loads: dict[int | None, list[Slice]] = {}
    for part in free:
        if part.line_id == FREIGHT_LINE:
            loads.setdefault(carriers.of_freight(po), []).append(part)
        elif carrier := carriers.of_product(lines[part.line_id]):
            loads.setdefault(carrier, []).append(part)
        else:
            goods.append(part)
    return tuple(goods), loads


def carrier_of(slices: Iterable[Slice], po: PurchaseOrder, lines: Mapping[int, Line], carriers: Carriers) -> int | None:
    """The vendor of a carrier's bill, by its freight, else by its lines; follows landed_costs.csv as other mappings."""
    ids = {part.line_id for part in slices}
    if FREIGHT_LINE in ids:
        return carriers.of_freight(po)
    named = [carrier for one in sorted(ids) if one in lines and (carrier := carriers.of_product(lines[one]))]
    return named[0] if named else carriers.of_freight(po)


def seen_by_carrier(po: PurchaseOrder, carrier: int | None, names: Mapping[int, str]) -> PurchaseOrder:
    """The PO as its carrier bills it: owed to the carrier, without the goods vendor's invoice and payment terms."""
    return replace(
        po,
        vendor_id=carrier,
        vendor_name=names.get(carrier or 0) or (f"vendor {carrier}" if carrier else None),
        vendor_invoice_number=None,
        vendor_invoice_date=None,
        terms_id=None,
        terms_name=None,
    )


def unresolved(po: PurchaseOrder) -> Hold:
    """The hold on a carrier's bill whose carrier nothing names; the goods' bill is not concerned."""
    method = (po.shipment_method or "").strip()
    cause = f"shipment method {method}" if method else "no shipment method"
    how = f'shipment method "{method}"' if method else "purchase orders without a shipment method"
    detail = f"landed_costs.csv names no carrier for {how}, which purchase order {po.po_number} has, and no default."
    if not method:
        detail = f"landed_costs.csv names no carrier for {how}, such as {po.po_number}, and no default."
    return hold("freight_unresolved", cause, detail, po.po_id, method)
