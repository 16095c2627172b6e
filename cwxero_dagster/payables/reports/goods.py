"""Goods that were received and are on no bill: line by line, as at a day.

What belongs here: what waits for a bill at the end of a day, since when, and how much that is without tax. What does
not: why it waits (the plan says), the journal that accrues it (accrual). As at today the sum of an order is the figure
"received not billed" of its coverage; as at an earlier day, what arrived or was billed later does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.money import line_net, rounded, total
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.states import cancelled_quantity, open_rest


@dataclass(frozen=True)
class Unbilled:
    """Goods (or freight) of one PO line that wait for a bill."""

    po: PurchaseOrder
    line: Line | None
    """None for the order's freight."""
    quantity: Decimal
    amount: Decimal
    """Without tax, in the order's currency."""
    since: date
    """Day on which the oldest part of it arrived."""

    @property
    def name(self) -> str:
        """The goods as people know them."""
        if self.line is None:
            return "Freight"
        return self.line.product_identifier or self.line.description or f"line {self.line.line_id}"

    @property
    def description(self) -> str:
        """The goods in words, where their name is a number."""
        return self.line.description or "" if self.line and self.line.product_identifier else ""


def unbilled(
    po: PurchaseOrder,
    lines: Iterable[Line],
    receipts: Sequence[Receipt],
    *,
    covered: Iterable[Slice],
    elsewhere: Mapping[int, Decimal],
    day: date,
) -> list[Unbilled]:
    """What of an order was received by the end of ``day`` and is on no bill of that day.

    ``covered``: the quantities of bills dated up to that day, and of what a person settled. ``elsewhere``: received
    quantity by line id that something else covers; line 0 is the freight, in money.
    """
    taken = dict(elsewhere)
    for part in covered:
        if part.po_id == po.po_id:
            taken[part.line_id] = taken.get(part.line_id, ZERO) + part.quantity
    there = [line for line in lines if line.present and po.present]
    found = [item for line in there if (item := _of_line(po, line, receipts, taken.get(line.line_id, ZERO), day))]
    freight = _freight(po, there, receipts, taken, day)
    return [*found, *([freight] if freight else [])]


def _of_line(po: PurchaseOrder, line: Line, receipts: Iterable[Receipt], taken: Decimal, day: date) -> Unbilled | None:
    mine = [receipt for receipt in standing(receipts) if receipt.line_id == line.line_id]
    later = total(receipt.quantity for receipt in mine if receipt.received_on > day)
    received = line.received - later
    quantity = received - taken
    if quantity * received <= 0 or not line.unit_cost:
        return None
    seen = ZERO
    since = day
    for receipt in mine:
        seen += receipt.quantity
        if abs(seen) > abs(taken):
            since = min(receipt.received_on, day)
            break
    return Unbilled(po, line, quantity, line_net(quantity, line.unit_cost), since)


def _freight(
    po: PurchaseOrder, lines: Sequence[Line], receipts: Sequence[Receipt], taken: Mapping[int, Decimal], day: date
) -> Unbilled | None:
    """The freight is owed once everything has arrived (coverage's rule)."""
    if not po.freight or not po.present:
        return None
    rest = rounded(po.freight) - taken.get(FREIGHT_LINE, ZERO)
    if rest * po.freight <= 0:
        return None
    days = [receipt.received_on for receipt in standing(receipts)]
    waits = any(open_rest(line) and not cancelled_quantity(po, line) for line in lines)
    if not days or waits or max(days) > day or not any(line.received for line in lines):
        return None
    return Unbilled(po, None, Decimal(1), rest, max(days))
