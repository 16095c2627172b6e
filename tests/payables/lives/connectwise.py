"""ConnectWise in a life: what happens to its purchase orders, and what each look at them observes.

What belongs here: orders and lines as they are, and as they were observed. What does not: what people do in Xero or in
the firm (life), what has to hold (truth).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from payables.making import at, d, line, po, purchasing

from cwxero_dagster.payables.composing.matching import costs_when_ordered
from cwxero_dagster.payables.records import Line, PurchaseOrder, Reference
from cwxero_dagster.payables.units.purchasing import Purchasing

ORDERED = 10
COST = 5
"""What a piece of every line costs at first."""
DRAFT, SENT = 1, 3
"""Status ids."""
_REFERENCE = Reference(draft_status_ids=frozenset({DRAFT}), terms_days={"net 14": 14})


class ConnectWise:
    """Purchase orders and their lines. Order 1 was seen to leave draft status; the others had been sent before."""

    def __init__(self, lines: Mapping[int, int]) -> None:
        """``lines``: line ids and the order that each is of."""
        self.orders = {po_id: po(po_id) for po_id in sorted(set(lines.values()))}
        self.lines = {one: line(one, po_id=po_id, quantity=d(ORDERED)) for one, po_id in lines.items()}
        self.deleted_orders: set[int] = set()
        self.deleted_lines: set[int] = set()
        self._headers: list[PurchaseOrder] = []
        self._history: list[Line] = []
        self._missing_orders: set[int] = set()
        self._missing_lines: set[int] = set()
        self.edit(1, status_id=DRAFT)
        self.look(at(5, 2))
        self.edit(1, status_id=SENT)
        self.look(at(5, 2, 21))

    # --- what happens ---------------------------------------------------------------------------------------------

    def receive(self, one: int, quantity: int, moment: datetime, slip: str | None = None) -> None:
        """Goods arrive, or go back where ``quantity`` is below zero; nothing arrives on a line that was given up."""
        there = self.lines[one]
        now = min(max(there.received_quantity + quantity, Decimal(0)), there.quantity)
        if there.closed or there.cancelled or one in self.deleted_lines or now == there.received_quantity:
            return
        self.change(one, received_quantity=now, received_at=moment, **({"packing_slip": slip} if slip else {}))

    def change(self, one: int, **changes: Any) -> None:
        """A line is edited."""
        self.lines[one] = dataclasses.replace(self.lines[one], **changes)

    def edit(self, po_id: int, **changes: Any) -> None:
        """A header is edited."""
        self.orders[po_id] = dataclasses.replace(self.orders[po_id], **changes)

    # --- what is observed -----------------------------------------------------------------------------------------

    def look(self, moment: datetime) -> None:
        """Observes what changed. What two looks in a row do not show is gone."""
        for po_id, order in self.orders.items():
            seen = self._seen_order(po_id)
            if po_id not in self.deleted_orders:
                if seen is None or dataclasses.replace(seen, observed_at=order.observed_at) != order:
                    self._headers.append(dataclasses.replace(order, observed_at=moment))
            elif po_id in self._missing_orders:
                self._missing_orders.discard(po_id)
                self._headers.append(dataclasses.replace(seen or order, present=False, observed_at=moment))
                self._history += [
                    dataclasses.replace(last, present=False, observed_at=moment) for last in self._seen_lines(po_id)
                ]
            elif seen is not None and seen.present:
                self._missing_orders.add(po_id)
        for one, now in self.lines.items():
            if now.po_id not in self.deleted_orders:
                self._look_at(one, now, moment)

    def _look_at(self, one: int, now: Line, moment: datetime) -> None:
        seen = next((last for last in self._seen_lines(now.po_id) if last.line_id == one), None)
        if one not in self.deleted_lines:
            if seen is None or dataclasses.replace(seen, observed_at=now.observed_at) != now:
                self._history.append(dataclasses.replace(now, observed_at=moment))
        elif one in self._missing_lines:
            self._missing_lines.discard(one)
            self._history.append(dataclasses.replace(seen or now, present=False, observed_at=moment))
        elif seen is not None and seen.present:
            self._missing_lines.add(one)

    def purchasing(self) -> Purchasing:
        """Everything as it was observed."""
        current = {header.po_id: header for header in self._headers}
        return purchasing(
            list(current.values()),
            self._history,
            reference=_REFERENCE,
            ordered_costs=costs_when_ordered(
                self._headers, self._history, draft_status_ids=_REFERENCE.draft_status_ids
            ),
            headers_seen={po_id: [head for head in self._headers if head.po_id == po_id] for po_id in current},
            missing_lines=dict.fromkeys(self._missing_lines, 1),
            missing_orders=frozenset(self._missing_orders),
        )

    def _seen_order(self, po_id: int) -> PurchaseOrder | None:
        return next((head for head in reversed(self._headers) if head.po_id == po_id), None)

    def _seen_lines(self, po_id: int) -> list[Line]:
        return list({seen.line_id: seen for seen in self._history if seen.po_id == po_id}.values())
