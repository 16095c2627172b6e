"""Purchase orders as the buyer sees them: the list and one PO with its lines.

What belongs here: reading, and where a PO stands in words that follow from its quantities and flags. What does not:
changing (order_actions.py, line_actions.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.connectwise import receiving
from cwxero_dagster.sandbox.connectwise.order_records import CANCEL_REST
from cwxero_dagster.sandbox.page.bills import all_bills, names_order
from cwxero_dagster.sandbox.page.formats import month
from cwxero_dagster.sandbox.page.listing import listing
from cwxero_dagster.sandbox.page.site import Call, MissingError, Page
from cwxero_dagster.sandbox.serving.systems import Systems
from cwxero_dagster.sandbox.store import Document

STATES = {
    "draft": "Draft",
    "raised": "On order",
    "part": "Partly received",
    "received": "Received",
    "closed": "Closed unreceived",
}
"""Where a PO stands, in the order of its life."""

_INVOICED = {"yes": True, "no": False}
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """A PO line."""

    document: Document

    def get(self, name: str) -> Any:
        """A field by its API name; blank where it is absent."""
        return self.document.get(name, "")

    @property
    def id(self) -> int:
        """Its id."""
        return int(self.document["id"])

    @property
    def product(self) -> str:
        """The catalog item's identifier."""
        return str((self.document.get("product") or {}).get("identifier") or "")

    @property
    def ordered(self) -> Decimal:
        """Quantity as ConnectWise holds it."""
        return Decimal(self.document.get("quantity") or 0)

    @property
    def received(self) -> Decimal:
        """Quantity that arrived so far."""
        return Decimal(self.document.get("receivedQuantity") or 0)

    @property
    def rest(self) -> Decimal:
        """What did not arrive, whether it still may or not. A part of a unit counts as arrived with the line."""
        complete = self.document.get("receivedStatus") in (receiving.FULL, receiving.CLONE_REST)
        return _ZERO if complete else max(self.ordered - self.received, _ZERO)

    @property
    def cancelled(self) -> Decimal:
        """What will not arrive, because somebody cancelled it."""
        dropped = self.document.get("canceledFlag") or self.document.get("receivedStatus") == CANCEL_REST
        return self.rest if dropped else _ZERO

    @property
    def open(self) -> Decimal:
        """What may still arrive."""
        return _ZERO if self.cancelled or self.document.get("closedFlag") else self.rest

    @property
    def state(self) -> str:
        """Where the line stands, in words."""
        if self.document.get("canceledFlag"):
            return "Cancelled"
        if not self.ordered:
            return "Nothing ordered"
        if self.cancelled:
            return "Rest cancelled"
        if self.open:
            return "Partly received" if self.received else "Open"
        return "Received" if self.received else "Closed unreceived"

    @property
    def badge(self) -> str:
        """The state's colour."""
        colours = {"Received": "good", "Partly received": "part", "Open": "open", "Rest cancelled": "part"}
        return colours.get(self.state, "quiet")

    @property
    def amount(self) -> Decimal:
        """Quantity times unit cost, without tax."""
        return Decimal(self.document.get("extCost") or 0)


@dataclass(frozen=True)
class Order:
    """A PO with its lines."""

    document: Document
    lines: tuple[Line, ...]
    draft_statuses: frozenset[int]

    def get(self, name: str) -> Any:
        """A field by its API name; blank where it is absent."""
        return self.document.get(name, "")

    def named(self, name: str) -> str:
        """The name in a reference; blank where it is absent."""
        return str((self.document.get(name) or {}).get("name") or "")

    @property
    def id(self) -> int:
        """Its id."""
        return int(self.document["id"])

    @property
    def number(self) -> str:
        """Its number; two POs may share one."""
        return str(self.document.get("poNumber") or f"#{self.id}")

    @property
    def vendor(self) -> str:
        """Name of the vendor."""
        return self.named("vendorCompany")

    @property
    def closed(self) -> bool:
        """Whether its status is a closed one."""
        return bool(self.document.get("closedFlag"))

    @property
    def batched(self) -> bool:
        """Whether a line was posted to accounting by another tool."""
        return any(line.get("batchedFlag") for line in self.lines)

    @property
    def currency(self) -> str:
        """Currency code; blank is the firm's own."""
        return str((self.document.get("currency") or {}).get("currencyCode") or "")

    @property
    def total(self) -> Decimal:
        """With tax and freight."""
        return Decimal(self.document.get("total") or 0)

    @property
    def open_lines(self) -> list[Line]:
        """Lines on which something may still arrive."""
        return [line for line in self.lines if line.open > 0]

    @property
    def percent(self) -> int:
        """Share of the units that arrived of those that arrived or still may, 0 to 100."""
        arrived = sum((line.ordered - line.rest for line in self.lines), _ZERO)
        still = sum((line.open for line in self.lines), _ZERO)
        return int(arrived * 100 / (arrived + still)) if arrived else 0

    @property
    def state(self) -> str:
        """One of ``STATES``: from quantities and flags, whatever the tenant calls its statuses."""
        if any(line.received for line in self.lines):
            return "part" if self.open_lines else "received"
        if (self.document.get("status") or {}).get("id") in self.draft_statuses:
            return "draft"
        return "closed" if self.closed or not self.open_lines else "raised"


def all_orders(systems: Systems) -> list[Order]:
    """Every PO."""
    lines: dict[int, list[Line]] = {}
    for one in systems.store.all("cw.lineitems"):
        lines.setdefault(one["purchaseOrderId"], []).append(Line(one))
    drafts = _draft_statuses(systems)
    return [
        Order(one, tuple(_in_order(lines.get(one["id"], []))), drafts) for one in systems.store.all("cw.purchaseorders")
    ]


def the_order(call: Call) -> Order:
    """The PO of the address. Raises ``MissingError``."""
    found = call.systems.store.get("cw.purchaseorders", call.params["id"])
    if found is None:
        message = f"There is no purchase order with id {call.params['id']} in this ConnectWise."
        raise MissingError(message)
    lines = [Line(one) for one in call.systems.connectwise.orders.lines(found["id"])]
    return Order(found, tuple(_in_order(lines)), _draft_statuses(call.systems))


def _in_order(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.get("lineNumber") or 0, line.id))


def _draft_statuses(systems: Systems) -> frozenset[int]:
    return frozenset(one["id"] for one in systems.store.all("cw.purchaseorderstatuses") if one.get("defaultFlag"))


def order_sums(orders: Iterable[Order], base: str) -> list[tuple[str, Decimal]]:
    """Totals by currency, the largest first."""
    found: dict[str, Decimal] = {}
    for order in orders:
        code = order.currency or base
        found[code] = found.get(code, _ZERO) + order.total
    return sorted(found.items(), key=lambda item: -abs(item[1]))


def order_list(call: Call) -> Page:
    """The list: tabs by state, search, location, vendor invoice and month."""
    query = dict(call.query)
    everything = all_orders(call.systems)
    orders = [order for order in everything if _matches(order, query)]
    counts = Counter(order.state for order in orders)
    counts["all"] = len(orders)
    tab = query["state"] if query.get("state") in STATES else "all"
    orders = [order for order in orders if tab in ("all", order.state)]
    found = listing(
        orders,
        path=call.path,
        query=query,
        columns={
            "date": lambda order: (order.get("poDate"), order.id),
            "number": lambda order: order.number.lower(),
            "vendor": lambda order: (order.vendor.lower(), order.id),
            "received": lambda order: (order.percent, order.id),
            "total": lambda order: order.total,
        },
        default_sort="-date",
    )
    base = call.systems.xero.books.base_currency
    months = sorted({str(order.get("poDate"))[:7] for order in everything if order.get("poDate")}, reverse=True)
    return Page(
        "orders.html",
        {
            "desk": "buyer", "list": found, "states": STATES, "tab": tab, "counts": counts, "base_currency": base,
            "totals": order_sums(orders, base), "months": {one: month(one) for one in months},
            "locations": sorted({order.named("location") for order in everything if order.named("location")}),
        },
    )  # fmt: skip


def _matches(order: Order, query: dict[str, str]) -> bool:
    searched = query.get("q", "").lower().strip()
    inside = f"{order.number}\n#{order.id}\n{order.vendor}\n{order.get('vendorInvoiceNumber')}\n{order.total:.2f}"
    inside += "\n" + "\n".join(f"{line.product}\n{line.get('description')}" for line in order.lines)
    invoiced = _INVOICED.get(query.get("invoice", ""))
    return (
        searched in inside.lower()
        and (not query.get("month") or str(order.get("poDate")).startswith(query["month"]))
        and (not query.get("location") or order.named("location") == query["location"])
        and (invoiced is None or bool(order.get("vendorInvoiceNumber")) == invoiced)
    )


def order_page(call: Call) -> Page:
    """One PO: header, lines, the bills that name it, and what can be done with it."""
    order = the_order(call)
    base = call.systems.xero.books.base_currency
    bills = [bill for bill in all_bills(call.systems) if names_order(bill, order.number)]
    statuses = [one for one in call.systems.store.all("cw.purchaseorderstatuses") if not one.get("inactiveFlag")]
    catalog = sorted(call.systems.store.all("cw.catalog"), key=lambda one: str(one["identifier"]))
    return Page(
        "order.html",
        {
            "desk": "buyer", "order": order, "states": STATES, "bills": bills, "statuses": statuses,
            "base_currency": base, "catalog": [one for one in catalog if not one.get("inactiveFlag")],
            "today": call.systems.xero.books.today(),
        },
    )  # fmt: skip
