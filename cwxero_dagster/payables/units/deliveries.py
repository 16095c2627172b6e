"""Deliveries: the receipts of one PO that share a packing slip and a day of arrival.

What belongs here: which receipts stand behind which quantity, and grouping free quantity into deliveries. What does
not: which bill a delivery becomes (order_units).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.records import ZERO, PurchaseOrder, Receipt
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation


@dataclass(frozen=True)
class Delivery:
    """Free quantity of one delivery; without a day it is freight that no free goods go with."""

    day: date | None
    slip: str
    slices: tuple[Slice, ...]

    def holds(self, receipt: Receipt) -> bool:
        """True for a receipt of this delivery."""
        return (receipt.received_on, folded(receipt.packing_slip)) == (self.day, self.slip)


def receipts_in(slices: Iterable[Slice], receipts: Sequence[Receipt]) -> list[Receipt]:
    """The standing receipts that the slices bill."""
    found = [receipt for part in slices for receipt, _ in behind(part, receipts)]
    return list(dict.fromkeys(found))


def deliveries_of(
    free: Sequence[Slice],
    receipts: Sequence[Receipt],
    po: PurchaseOrder,
    there: Mapping[int, Decimal],
    *,
    complete: bool,
) -> list[Delivery]:
    """Free quantity by delivery, in order of arrival. ``there``: see ``arrived``.

    Freight goes with the delivery of its packing slip, else with the one that completes the PO (DESIGN.md, "Billed
    quantity"); it waits while neither is there.
    """
    groups: dict[tuple[date, str], list[Slice]] = {}
    freight = [part for part in free if part.line_id == FREIGHT_LINE]
    for part in free:
        for receipt, piece in arrived(part, receipts, there) if part.line_id != FREIGHT_LINE else ():
            groups.setdefault((receipt.received_on, folded(receipt.packing_slip)), []).append(piece)
    ordered = sorted(groups)
    home = _freight_with(ordered, receipts, po, complete=complete) if freight else None
    found = [
        Delivery(day, slip, (*groups[day, slip], *(freight if (day, slip) == home else ()))) for day, slip in ordered
    ]
    if freight and home is not None and home not in groups:
        found.append(Delivery(None, home[1], tuple(freight)))
    return found


def came_again(
    slices: Sequence[Slice], bills: Sequence[KnownBill]
) -> tuple[dict[str, tuple[Slice, ...]], tuple[Slice, ...]]:
    """What of a delivery is in the place of goods that went back, by the key of the bill that held them; and the rest.

    Freight goes with the rest where there is one.
    """
    left = tuple(part for part in slices if part.line_id != FREIGHT_LINE)
    freight = tuple(part for part in slices if part.line_id == FREIGHT_LINE)
    again: dict[str, tuple[Slice, ...]] = {}
    for bill in bills:
        rest = allocation.beyond(left, bill.slices)
        if place := allocation.beyond(left, rest):
            again[bill.key] = place
        left = rest
    if not left and again:
        key = next(reversed(again))
        return {**again, key: (*again[key], *freight)}, ()
    return again, (*left, *freight)


def freight_day(receipts: Sequence[Receipt], po: PurchaseOrder, *, complete: bool) -> date | None:
    """The day on which freight is due by itself: its packing slip's delivery, else the one that completes the PO."""
    home = _freight_with((), receipts, po, complete=complete)
    return home[0] if home else None


def _freight_with(
    ordered: Sequence[tuple[date, str]], receipts: Sequence[Receipt], po: PurchaseOrder, *, complete: bool
) -> tuple[date, str] | None:
    slip = folded(po.freight_packing_slip)
    named = [key for key in ordered if slip and key[1] == slip]
    if named:
        return named[0]
    billed = sorted((r.received_on, slip) for r in receipts if slip and folded(r.packing_slip) == slip)
    if billed:
        return billed[0]
    if not complete:
        return None
    last = max(receipts, key=lambda receipt: receipt.received_on, default=None)
    return ordered[-1] if ordered else ((last.received_on, folded(last.packing_slip)) if last else None)


def arrived(part: Slice, receipts: Sequence[Receipt], there: Mapping[int, Decimal]) -> Iterator[tuple[Receipt, Slice]]:
    """The receipts behind free goods, each with its piece of them.

    More than is there by line (``there``) is free where a credit stands whose bill was removed: the next bill makes up
    for it, on the delivery that came last (``allocation.free``).
    """
    yield from behind(part, receipts)
    last = max((r for r in receipts if r.line_id == part.line_id), key=lambda item: item.sequence, default=None)
    sign = -1 if part.quantity < 0 else 1
    first, end = max(abs(part.start), abs(there.get(part.line_id, part.end))), abs(part.end)
    if last is not None and first < end:
        yield last, Slice(part.po_id, part.line_id, sign * first, sign * end)


def behind(part: Slice, receipts: Sequence[Receipt]) -> Iterator[tuple[Receipt, Slice]]:
    """The receipts behind a slice, each with its piece of it; receipts of a line are stacked in order of arrival."""
    low, high = sorted((abs(part.start), abs(part.end)))
    sign = -1 if min(part.start, part.end) < 0 else 1
    position = ZERO
    for receipt in sorted((r for r in receipts if r.line_id == part.line_id), key=lambda item: item.sequence):
        top = position + abs(receipt.quantity)
        start, end = max(low, position), min(high, top)
        if start < end:
            yield receipt, Slice(part.po_id, part.line_id, sign * start, sign * end)
        position = top
