"""Forming one unit of a PO from the quantity that it takes: its receipts and its day.

What belongs here: how slices of a PO become a unit, or more of one. What does not: which slices a unit takes, and under
which key (``order_units``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.records import PurchaseOrder, Receipt
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.states import PurchaseOrderState
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.deliveries import receipts_in
from cwxero_dagster.payables.units.order_due import OrderDue
from cwxero_dagster.payables.units.unit import Unit


class Forming:
    """Forms the units of one PO. ``receipts``: those that stand."""

    def __init__(
        self, po: PurchaseOrder, state: PurchaseOrderState, receipts: Sequence[Receipt], due: OrderDue
    ) -> None:
        self._po = po
        self._state = state
        self._receipts = receipts
        self._due = due

    def unit(
        self,
        key: str,
        slices: Sequence[Slice],
        cycle: str,
        *,
        due_on: date | None = None,
        unit_costs: Mapping[int, Decimal] | None = None,
    ) -> Unit:
        """A unit of these slices. ``due_on`` None: due when the PO was received in full, or last."""
        receipts = receipts_in(slices, self._receipts)
        last = max((receipt.received_on for receipt in receipts), default=None)
        day = due_on or self._state.fully_received_on or last or self._po.po_date or self._due.seen_on()
        return Unit(key, (self._po,), tuple(slices), day, cycle, tuple(receipts), dict(unit_costs or {}))

    def extended(self, unit: Unit, more: Sequence[Slice]) -> Unit:
        """The unit with more of the PO on it, its day and cycle as they were."""
        slices = tuple(allocation.adjoined([*unit.slices, *more]))
        return replace(unit, slices=slices, receipts=tuple(receipts_in(slices, self._receipts)))
