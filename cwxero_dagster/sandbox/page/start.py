"""The start page: what the two workplaces are, and how things stand in both.

What belongs here: counts and amounts of everything. What does not: single documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.sandbox.page.bills import TABS, all_bills, sums
from cwxero_dagster.sandbox.page.orders import STATES, all_orders, order_sums
from cwxero_dagster.sandbox.page.site import Call, Page


@dataclass(frozen=True)
class Bar:
    """One bar: label, how many, money by currency, and its length of 100."""

    name: str
    label: str
    count: int
    amounts: list[tuple[str, Decimal]]
    length: int
    link: str


def start_page(call: Call) -> Page:
    """Both workplaces, drawn as bars."""
    base = call.systems.xero.books.base_currency
    orders, bills = all_orders(call.systems), all_bills(call.systems)
    by_state = {name: [order for order in orders if order.state == name] for name in STATES}
    by_status = {
        name: [bill for bill in bills if bill.status in statuses] for name, (_, statuses) in TABS.items() if statuses
    }
    most_orders = max((len(found) for found in by_state.values()), default=0)
    most_bills = max((len(found) for found in by_status.values()), default=0)
    order_bars = [
        Bar(name, STATES[name], len(found), order_sums(found, base), _length(len(found), most_orders),
            f"/page/orders?state={name}")
        for name, found in by_state.items()
    ]  # fmt: skip
    bill_bars = [
        Bar(name, TABS[name][0], len(found), sums(found, "total"), _length(len(found), most_bills),
            f"/page/bills?status={name}")
        for name, found in by_status.items()
    ]  # fmt: skip
    uninvoiced = [order for order in by_state["received"] if not order.get("vendorInvoiceNumber")]
    return Page(
        "start.html",
        {
            "desk": "", "organisation": call.systems.xero.books.organisation, "order_bars": order_bars,
            "bill_bars": bill_bars, "orders": len(orders), "bills": len(bills), "uninvoiced": len(uninvoiced),
            "waiting": sums((one for one in bills if one.status == "AUTHORISED"), "due"),
            "by_app": sum(bill.by_app for bill in bills), "base_currency": base,
        },
    )  # fmt: skip


def _length(count: int, most: int) -> int:
    """Of 100; whatever exists is visible."""
    return max(1, count * 100 // most) if count else 0
