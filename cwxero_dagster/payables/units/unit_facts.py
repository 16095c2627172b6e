"""What ConnectWise says of a bill unit: the values that its bill rests on, and their digest.

What belongs here: values of ConnectWise alone, so that editing a mapping changes none of them. What does not: what a
mapping makes of them (``coded_lines``, ``composing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import facts_of
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import plain
from cwxero_dagster.payables.records import Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.units.unit import Unit


def unit_facts(unit: Unit, purchasing: Purchasing, books: Books) -> str:
    """Digest of what ConnectWise says of a unit: who is owed, currency, quantities, unit costs, freight."""
    costs: dict[tuple[int, int], Decimal] = {}
    for po in unit.pos:
        costs |= {(po.po_id, key): line.unit_cost for key, line in lines_of(unit, po, purchasing).items()}
    goods = [part for part in unit.slices if part.line_id != FREIGHT_LINE]
    priced = [(part, costs[part.po_id, part.line_id]) for part in goods]
    priced += [_freight_facts(part) for part in unit.slices if part.line_id == FREIGHT_LINE]
    carried = keys.is_carrier(unit.key)
    owed_to = [folded(po.shipment_method) if carried else po.vendor_id for po in unit.pos]
    currencies = dict.fromkeys(currency_of(po, books) for po in unit.pos)
    return facts_of(owed_to, priced, "+".join(currencies))


def _freight_facts(part: Slice) -> tuple[Slice, Decimal]:
    """Freight is one piece at its price; only what changes after an approval begins elsewhere than at zero."""
    return (part, Decimal(1)) if part.start else (replace(part, end=Decimal(1)), part.end)


def lines_of(unit: Unit, po: PurchaseOrder, purchasing: Purchasing) -> dict[int, Line]:
    """A PO's lines, gone ones included, at the unit costs that the unit goes by."""
    found = {line.line_id: line for line in purchasing.lines.get(po.po_id, ())}
    for line_id in found.keys() & unit.unit_costs.keys():
        found[line_id] = replace(found[line_id], unit_cost=unit.unit_costs[line_id])
    return found


def currency_of(po: PurchaseOrder, books: Books) -> str:
    """A PO without a currency is in the organisation's own."""
    return po.currency_code or (books.organisation.base_currency if books.organisation else "")


def gone_facts(gone: Sequence[Slice]) -> tuple[str, ...]:
    """Facts of a question about goods that went back: which ones, as others may have been answered for before."""
    return tuple(f"{part.po_id}:{part.line_id}:{plain(part.start)}:{plain(part.end)}" for part in gone)
