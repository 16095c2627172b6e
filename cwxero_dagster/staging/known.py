"""What the warehouse knows of POs and their lines when a run begins.

What belongs here: the few columns that a run compares with. What does not: the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from cwxero_dagster.frames import CatalogItems, PurchaseOrderLines, PurchaseOrders, Vendors
from cwxero_dagster.warehouse.database import Warehouse

WATCHED = timedelta(days=35)
"""How long after its last event a closed PO is still looked at: one billing cycle and a few days."""


@dataclass(frozen=True)
class KnownLine:
    """The latest observation of a PO line."""

    line_id: int
    po_id: int
    present: bool
    fingerprint: str
    received_quantity: Decimal
    unit_cost: Decimal
    received_at: datetime | None
    last_updated: datetime | None


@dataclass(frozen=True)
class KnownOrder:
    """The latest observation of a PO."""

    po_id: int
    present: bool
    fingerprint: str
    closed: bool
    closed_at: datetime | None
    last_updated: datetime | None


@dataclass(frozen=True)
class Known:
    """Everything that was observed before this run, gone records included."""

    orders: Mapping[int, KnownOrder]
    lines: Mapping[int, tuple[KnownLine, ...]]
    """PO id to its present lines."""
    products: frozenset[int]
    vendors: frozenset[int]

    def present(self) -> list[KnownOrder]:
        """POs that are there, by id."""
        return [order for order in self.orders.values() if order.present]

    def watched(self, now: datetime) -> list[KnownOrder]:
        """POs that are not finished: not closed, or with an event in the last five weeks."""
        return [order for order in self.present() if not order.closed or now - self._last_event(order) < WATCHED]

    def _last_event(self, order: KnownOrder) -> datetime:
        moments = [order.last_updated, order.closed_at]
        for line in self.lines.get(order.po_id, ()):
            moments += [line.last_updated, line.received_at]
        given = [moment for moment in moments if moment is not None]
        # A closed PO without any date cannot be placed in time: it stays on watch.
        return max(given) if given else datetime.max.replace(tzinfo=UTC)


def load_known(warehouse: Warehouse) -> Known:
    """The state before the run."""
    with warehouse.transaction():
        orders = warehouse.current_rows(PurchaseOrders, list(KnownOrder.__dataclass_fields__))
        lines = warehouse.current_rows(PurchaseOrderLines, list(KnownLine.__dataclass_fields__))
        products = warehouse.current_rows(CatalogItems, ["product_id"])
        vendors = warehouse.current_rows(Vendors, ["vendor_id"])
    by_order: dict[int, list[KnownLine]] = {}
    for row in lines:
        if row["present"]:
            by_order.setdefault(row["po_id"], []).append(KnownLine(**row))
    return Known(
        orders={row["po_id"]: KnownOrder(**row) for row in orders},
        lines={po_id: tuple(found) for po_id, found in by_order.items()},
        products=frozenset(row["product_id"] for row in products),
        vendors=frozenset(row["vendor_id"] for row in vendors),
    )
