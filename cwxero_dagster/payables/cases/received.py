"""How much of a bill's goods is there, as far as notices ask.

What belongs here: quantities and parts. What does not: what is asked about them (the neighbours of this module).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.money import line_net
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.purchasing import Purchasing


def lines_of(known: KnownBill, purchasing: Purchasing) -> list[Sequence[Line]]:
    """The lines of the orders of a bill, order by order, as they stand."""
    return [purchasing.lines.get(po_id, ()) for po_id in known.po_ids if po_id in purchasing.pos]


def quantity_of(slices: Sequence[Slice]) -> Decimal:
    """How many goods there are in parts of lines; freight is none."""
    return sum((abs(part.quantity) for part in slices if part.line_id != FREIGHT_LINE), ZERO)


def within(part: Slice, there: Decimal) -> list[Slice]:
    """What of a slice of goods is there."""
    if part.line_id == FREIGHT_LINE:
        return [part]
    sign = -1 if part.quantity < 0 else 1
    end = min(abs(part.end), max(there, abs(part.start)))
    return [replace(part, end=sign * end)] if end != abs(part.start) else []


def worth_before_tax(parts: Sequence[Slice], known: KnownBill, purchasing: Purchasing) -> Decimal:
    """What goods come to at the unit costs that ConnectWise shows now."""
    costs = {line.line_id: line.unit_cost for lines in lines_of(known, purchasing) for line in lines}
    goods = (part for part in parts if part.line_id != FREIGHT_LINE)
    return sum((line_net(part.quantity, costs.get(part.line_id, ZERO)) for part in goods), ZERO)
