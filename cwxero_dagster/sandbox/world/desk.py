"""The buyer's desk: ordinary purchase orders, raised, delivered and closed as on most days.

What belongs here: how the firm orders when nothing is odd, and the few moves out of which odd orders are made. What
does not: the odd orders themselves (shapes/).
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from cwxero_dagster.sandbox.world import firm
from cwxero_dagster.sandbox.world.catalog import GOODS, ITEMS, LICENCE, Item, items_of
from cwxero_dagster.sandbox.world.companies import CABLES, CUSTOMERS, ORDINARY, SOFTWARE, Vendor
from cwxero_dagster.sandbox.world.days import GO_LIVE, LAST_DAY, LAST_MOMENT, at, working_day
from cwxero_dagster.sandbox.world.order import Line, Order, cents

_FIRST_PLACED, _LAST_PLACED = date(2026, 4, 27), date(2026, 9, 11)


class Desk:
    """Makes orders up. Everything is drawn from one seeded generator, so that two desks of one seed agree."""

    def __init__(self, seed: str) -> None:
        # Nothing secret is drawn here; the world has to come out the same every time.
        self.random = Random(seed)  # noqa: S311
        self._turns: Counter[str] = Counter()
        self._invoices = 70000

    def turn(self, what: str) -> int:
        """0, 1, 2 ...: how often this was asked; shapes alternate their variants by it."""
        self._turns[what] += 1
        return self._turns[what] - 1

    def order(self) -> Order:
        """An ordinary order as raised: placed with a vendor, nothing received yet."""
        draw = self.random
        days = (_LAST_PLACED - _FIRST_PLACED).days
        placed = working_day(_FIRST_PLACED + timedelta(days=draw.randint(0, days)))
        vendor = draw.choice(ORDINARY)
        order = Order(
            vendor=vendor,
            placed=placed,
            arrival=placed,
            entered_at=at(placed, draw.randint(9, 15), draw.randint(0, 59), draw.randint(0, 59)),
            location=2 if draw.random() < 0.7 else 3,
            department=13 if SOFTWARE in vendor.sells else draw.choice((10, 11, 12)),
            lines=self.lines(vendor),
        )
        order.arrival = max(self.later(placed, 2, 12), working_day(GO_LIVE))
        return order

    def lines(self, vendor: Vendor) -> list[Line]:
        """Two to five things that the vendor sells."""
        choice = items_of(*vendor.sells)
        picked = self.random.sample(choice, min(len(choice), self.random.choice((2, 3, 3, 4, 4, 5))))
        return [self.line(item) for item in picked]

    def line(self, item: Item, quantity: Decimal | int | None = None, *, unit_cost: Decimal | None = None) -> Line:
        """A line of an item at about its list cost, in a quantity as firms buy it."""
        if quantity is None:
            quantity = self._usual_quantity(item)
        if unit_cost is None:
            unit_cost = cents(item.cost * self.random.randint(96, 104) / 100)
        return Line(item, Decimal(quantity), max(unit_cost, Decimal("0.01")), item.description, taxed=item.taxable)

    def _usual_quantity(self, item: Item) -> int:
        if item.type == LICENCE:
            return self.random.choice((5, 10, 12, 25, 40, 60))
        if item.category == CABLES and item.cost < 20:
            return self.random.choice((5, 10, 20, 24, 50))
        return self.random.randint(2, 8) if item.type == GOODS else self.random.randint(1, 6)

    def later(self, day: date, least: int, most: int) -> date:
        """A working day between ``least`` and ``most`` working days after ``day``, and within the world."""
        return min(working_day(day, after=self.random.randint(least, most)), LAST_DAY)

    def hour_of(self, day: date) -> datetime:
        """Some moment of a working day."""
        return min(
            at(day, self.random.randint(9, 16), self.random.randint(0, 44), self.random.randint(0, 59)), LAST_MOMENT
        )

    def invoice_number(self, vendor: Vendor) -> str:
        """A number in the vendor's own style that no other invoice has."""
        self._invoices += self.random.randint(1, 9)
        return (f"INV-{self._invoices}", f"{self._invoices}", f"SI{self._invoices}", f"T/{self._invoices}")[
            vendor.id % 4
        ]

    def move(self, order: Order, placed: date, arrival: date | None = None) -> None:
        """The same order on another day."""
        order.placed = placed
        order.entered_at = at(placed, 10, self.random.randint(0, 59), self.random.randint(0, 59))
        order.arrival = arrival or max(self.later(placed, 2, 12), working_day(GO_LIVE))

    def place_with(self, order: Order, vendor: Vendor) -> None:
        """The same order with another vendor: other goods, the vendor's terms, currency and tax code."""
        order.vendor, order.terms, order.tax_code = vendor, vendor.terms, vendor.tax_code
        order.lines = self.lines(vendor)
        if vendor.tax_code != "GST":
            for line in order.lines:
                line.taxed = False

    def add(self, order: Order, line: Line) -> Line:
        """One more line, received with the others."""
        if not order.tax_percent:
            line.taxed = False
        order.lines.append(line)
        line.receive(self.hour_of(order.arrival))
        return line

    def deliver(self, order: Order, *, invoiced: bool = True) -> None:
        """Everything arrives on one day, the vendor's invoice comes, and the buyer closes the PO."""
        moment = self.hour_of(order.arrival)
        for line in order.lines:
            line.receive(moment)
        if invoiced:
            self.invoice(order)
        order.close(min(moment + timedelta(minutes=20), LAST_MOMENT))

    def invoice(self, order: Order, number: str | None = None, day: date | None = None) -> None:
        """The vendor's invoice is written on the PO's header."""
        order.invoice_number = number or self.invoice_number(order.vendor)
        order.invoice_date = day or min(
            max(order.placed, order.arrival - timedelta(days=self.random.randint(0, 3))), LAST_DAY
        )

    def charge(self, identifier: int, unit_cost: Decimal, description: str) -> Line:
        """One of the catalog's adjustment items (credits, rebates, text) at any cost, zero and less included."""
        return Line(ITEMS[identifier], Decimal(1), unit_cost, description)

    def customer(self) -> int:
        """Some customer's id."""
        return self.random.choice(list(CUSTOMERS))

    def wait(self, order: Order, status: int = firm.ON_ORDER) -> None:
        """Nothing is due yet."""
        order.status = status
        order.outcome = "wait"
