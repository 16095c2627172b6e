"""Purchase orders of the cycles: how far they have come, how many there are, and cycles side by side.

What belongs here: which orders count in which cycle. What does not: the counts (payables/reports).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from cwxero_dagster.payables.calendar import cycle as cycle_named
from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.money import line_net, total
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.reports.bills import CycleFigures, cycle_figures
from cwxero_dagster.payables.reports.funnel import Passed, Step, funnel, steps_passed
from cwxero_dagster.payables.reports.volume import Volume, volume
from cwxero_dagster.pipeline.packing.gathering import Gathered

_NOT_SENT = frozenset({"draft", "deleted"})


@dataclass
class Orders:
    """Purchase orders of every cycle."""

    gathered: Gathered

    @cached_property
    def _by_cycle(self) -> Mapping[str, Sequence[PurchaseOrder]]:
        """Purchase orders that were sent to a vendor, by the cycle of their date."""
        found: dict[str, list[PurchaseOrder]] = {}
        for po in self.gathered.known.purchasing.pos.values():
            if po.po_date and self.gathered.known.purchasing.states[po.po_id].state not in _NOT_SENT:
                found.setdefault(cycle_of(po.po_date, self.gathered.session.settings.cycle_start_day), []).append(po)
        return found

    def funnel(self) -> tuple[Step, ...]:
        """How far the orders of the cycle have come."""
        statuses: dict[int, list[str]] = {}
        for bill in self.gathered.known.ledger.bills.values():
            document = self.gathered.document(bill.xero_id)
            if bill.document_type == "ACCPAY" and document and document.live:
                for po_id in bill.po_ids:
                    statuses.setdefault(po_id, []).append(document.status)
        return funnel(
            Passed(
                steps_passed(self.gathered.known.purchasing.states[po.po_id].state, statuses.get(po.po_id, ())),
                po.currency_code or self.gathered.base_currency,
                self._amount(po),
            )
            for po in self._by_cycle.get(self.gathered.key, ())
        )

    def _amount(self, po: PurchaseOrder) -> Decimal:
        if po.total is not None:
            return po.total
        lines = self.gathered.known.purchasing.lines.get(po.po_id, ())
        return total(line_net(line.quantity, line.unit_cost) for line in lines if line.present)

    def trend(self) -> list[CycleFigures]:
        """Cycles up to this one, oldest first."""
        before = sorted(cycle for cycle in self.gathered.bills if cycle < self.gathered.key)
        return [
            cycle_figures(cycle, self.gathered.bills.get(cycle, ()), orders=len(self._by_cycle.get(cycle, ())))
            for cycle in [*before, self.gathered.key]
        ]

    def volume(self) -> Volume | None:
        """From complete cycles up to this one, quiet ones included; the first orders begin the count."""
        start_day = self.gathered.session.settings.cycle_start_day
        counts = []
        one = cycle_named(min(self._by_cycle, default=self.gathered.key), start_day)
        while one <= self.gathered.cycle and one.last_day < self.gathered.today:
            counts.append(len(self._by_cycle.get(one.key, ())))
            one = cycle_named(cycle_of(one.last_day + timedelta(days=1), start_day), start_day)
        return volume(counts)
