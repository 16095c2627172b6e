"""The bills of one PO that are owed to its carriers.

What belongs here: when a carrier's load of a PO is due, and on which bill it goes. What does not: who carries what
(``carrying``), the bills of the goods' own vendor (``order_units``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.records import Line, PurchaseOrder
from cwxero_dagster.payables.seeds import LandedCostRow
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units import carrying
from cwxero_dagster.payables.units.forming import Forming
from cwxero_dagster.payables.units.order_bills import OrderBills
from cwxero_dagster.payables.units.order_due import OrderDue
from cwxero_dagster.payables.units.unit import Unit


class OrderCarriers:
    """What the carriers of one PO bill. ``rows``: landed_costs.csv."""

    def __init__(
        self,
        po: PurchaseOrder,
        lines: Mapping[int, Line],
        rows: Sequence[LandedCostRow],
        known: OrderBills,
        due: OrderDue,
        forming: Forming,
    ) -> None:
        self._po = po
        self._lines = lines
        self._carriers = carrying.Carriers(rows)
        self._known = known
        self._due = due
        self._form = forming

    def shared_out(self, free: Sequence[Slice]) -> tuple[tuple[Slice, ...], dict[int | None, list[Slice]]]:
        """What the PO's own vendor bills of free quantity, and what each carrier does."""
        return carrying.shared_out(free, self._po, self._lines, self._carriers)

    def standing(self, bill: KnownBill, slices: Sequence[Slice], costs: Mapping[int, Decimal]) -> Unit | None:
        """The unit of a known carrier's bill at ``costs`` by line; a draft loses what is no longer due."""
        days = {part: self._due.carried_on(part) for part in slices}
        stays = bill.key in self._known.closed or keys.is_supplement(bill.key)
        kept = [part for part in slices if stays or days[part]]
        if not kept:
            return None
        day = max((day for part in kept if (day := days[part])), default=None)
        due_on = None if keys.is_supplement(bill.key) else day
        return self._form.unit(bill.key, kept, bill.cycle, due_on=due_on, unit_costs=costs)

    def bill(
        self,
        carrier: int | None,
        load: Sequence[Slice],
        carried: dict[str, Unit],
        fresh: list[Unit],
        supplement: Callable[[str, Sequence[Slice]], Unit],
        in_doubt: Callable[[str, Sequence[Slice]], bool],
    ) -> None:
        """Put what is due of a carrier's load on the carrier's bill, or supplement it.

        What a person has to look at first (``in_doubt``) does not go on a draft.

        ``carried``: the units of carriers' known bills; new ones go to ``fresh``, under keys that no other has.
        """
        due = [part for part in load if self._due.carried_on(part) is not None]
        if not due:
            return
        bases = [
            key
            for key, unit in carried.items()
            if not (keys.is_credit(key) or keys.is_supplement(key)) and self._carrier_of(unit.slices) == carrier
        ]
        growing = [key for key in bases if self._known.may_grow(key)]
        if growing and not in_doubt(growing[-1], due):
            carried[growing[-1]] = self._form.extended(carried[growing[-1]], due)
        elif bases:
            fresh.append(supplement((growing or bases)[-1], due))
        else:
            day = max(day for part in due if (day := self._due.carried_on(part)))
            live = [*carried, *(unit.key for unit in fresh)]
            key = self._known.issued(keys.next_carrier(self._po.po_id, live, self._known.used))
            fresh.append(self._form.unit(key, due, self._due.cycle_of(day), due_on=day))

    def _carrier_of(self, slices: Sequence[Slice]) -> int | None:
        return carrying.carrier_of(slices, self._po, self._lines, self._carriers)
