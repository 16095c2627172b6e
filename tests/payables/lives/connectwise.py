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
from cwxero_dagster.payables.money import line_tax, total
from cwxero_dagster.payables.records import Line, PurchaseOrder, Reference
from cwxero_dagster.payables.units.purchasing import Purchasing

ORDERED = 10
COST = 5
"""What a piece of every line costs at first."""
TAX = Decimal(10)
"""Percent."""
DRAFT, SENT = 1, 3
"""Status ids."""
_REFERENCE = Reference(draft_status_ids=frozenset({DRAFT}), terms_days={"net 14": 14})


class ConnectWise:
    """Purchase orders and their lines. Order 1 was seen to leave draft status; the others had been sent before."""

    def __init__(self, lines: Mapping[int, int], *, taxed: bool = False) -> None:
        """``lines``: line ids and the order that each is of. ``taxed``: lines and freight show tax, in cents."""
        self._taxed = taxed
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
        there = self.lines.get(one)
        if there is None or self._given_up(there):
            return
        now = min(max(there.received_quantity + quantity, Decimal(0)), there.quantity)
        if now == there.received_quantity:
            return
        self.change(one, received_quantity=now, received_at=moment, **({"packing_slip": slip} if slip else {}))

    def change(self, one: int, **changes: Any) -> None:
        """A line is edited."""
        if one in self.lines:
            self.lines[one] = dataclasses.replace(self.lines[one], **changes)

    def delete(self, one: int) -> None:
        """A line is deleted."""
        if one in self.lines:
            self.deleted_lines.add(one)

    def edit(self, po_id: int, **changes: Any) -> None:
        """A header is edited."""
        self.orders[po_id] = dataclasses.replace(self.orders[po_id], **changes)

    def clone_the_rest(self, one: int, quantity: int, moment: datetime, *, cut: bool) -> None:
        """Goods arrive, and what is open lives on as another line. ``cut``: the line then orders what arrived."""
        there = self.lines.get(one)
        if there is None or self._given_up(there) or there.received_quantity + quantity >= there.quantity:
            return
        now = there.received_quantity + quantity
        self._enter(one, there.quantity - now)
        self.change(one, received_quantity=now, received_at=moment, received_status="PartiallyReceiveCloneRest")
        self.change(one, quantity=now if cut else there.quantity)

    def split(self, one: int, quantity: int) -> None:
        """Some of what is open moves to another line."""
        there = self.lines.get(one)
        if there is None or self._given_up(there) or there.received_quantity + quantity >= there.quantity:
            return
        self._enter(one, Decimal(quantity))
        self.change(one, quantity=there.quantity - quantity)

    def enter_anew(self, one: int) -> None:
        """A line is deleted, and another one holds its goods."""
        if one in self.lines and one not in self.deleted_lines:
            there = self.lines[one]
            self._enter(
                one,
                there.quantity,
                received_quantity=there.received_quantity,
                received_at=there.received_at,
                packing_slip=there.packing_slip,
            )
            self.deleted_lines.add(one)

    def _enter(self, one: int, quantity: Decimal, **changes: Any) -> None:
        """A line of the same product."""
        there = self.lines[one]
        fresh = line(one * 10 + 1 + sum(other // 10 == one for other in self.lines), po_id=there.po_id)
        self.lines[fresh.line_id] = dataclasses.replace(
            fresh,
            description=there.description,
            product_identifier=there.product_identifier,
            unit_cost=there.unit_cost,
            quantity=quantity,
            **changes,
        )

    def _given_up(self, there: Line) -> bool:
        """Nothing more arrives on it, or goes back."""
        return there.closed or there.cancelled or there.was_cloned or there.line_id in self.deleted_lines

    def lines_of(self, po_id: int) -> list[Line]:
        """The lines of an order that are there in truth, whether or not anybody looked."""
        there = self.lines.values() if po_id not in self.deleted_orders else ()
        return [one for one in there if one.po_id == po_id and one.line_id not in self.deleted_lines]

    # --- what is observed -----------------------------------------------------------------------------------------

    def look(self, moment: datetime) -> None:
        """Observes what changed. What two looks in a row do not show is gone."""
        if self._taxed:
            self._show_tax()
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

    def _show_tax(self) -> None:
        for one, now in self.lines.items():
            self.lines[one] = dataclasses.replace(now, tax=line_tax(now.quantity * now.unit_cost, TAX))
        for po_id, order in self.orders.items():
            freight = line_tax(order.freight, TAX)
            of_lines = total(there.tax or Decimal(0) for there in self.lines_of(po_id))
            self.orders[po_id] = dataclasses.replace(order, freight_tax=freight, sales_tax=of_lines + freight)

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
