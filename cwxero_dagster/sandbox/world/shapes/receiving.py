"""Shapes of receiving: clones, cancelled rests, ghosts, odd quantities, odd closings.

What belongs here: ways in which a PO comes to be fully received. What does not: POs that are not (waiting.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from cwxero_dagster.sandbox.world import firm
from cwxero_dagster.sandbox.world.catalog import items_in
from cwxero_dagster.sandbox.world.days import LAST_MOMENT, at
from cwxero_dagster.sandbox.world.desk import Desk
from cwxero_dagster.sandbox.world.order import CANCEL_REST, WAITING, Line, Order
from cwxero_dagster.sandbox.world.shapes.shape import Shape, each
from cwxero_dagster.sandbox.world.shapes.waiting import split

RECEIVING, STATUS, DAYS, LINES = (frozenset({name}) for name in ("receiving", "status", "days", "lines"))
_FIRSTS_OF_A_CYCLE = (date(2026, 6, 1), date(2026, 7, 1), date(2026, 9, 1))


def _splittable(desk: Desk, order: Order) -> Line:
    """A line of two or more; an order without one gets it."""
    line = next((line for line in order.lines if line.quantity >= 2), None)
    return line or desk.add(order, desk.line(order.lines[0].item, 4))


def _finish_later(desk: Desk, order: Order, line: Line) -> None:
    day = desk.later(order.arrival, 1, 6)
    line.receive(desk.hour_of(day), slip=f"DN-{desk.random.randint(10000, 99999)}")
    order.close(min(desk.hour_of(day) + timedelta(hours=1), LAST_MOMENT))


def _clone(desk: Desk, order: Order) -> None:
    _finish_later(desk, order, split(order, _splittable(desk, order), keep_quantity=False))


def _clone_keeps_quantity(desk: Desk, order: Order) -> None:
    _finish_later(desk, order, split(order, _splittable(desk, order), keep_quantity=True))


def _cumulative(desk: Desk, order: Order) -> None:
    _finish_later(desk, order, order.lines[-1])


def _cancel_rest(desk: Desk, order: Order) -> None:
    line = _splittable(desk, order)
    line.received = int(line.quantity) // 2
    line.received_status = CANCEL_REST
    if desk.turn("cancel rest") % 2:
        line.quantity = Decimal(line.received)


def _cancelled_line(desk: Desk, order: Order) -> None:
    line = desk.line(order.lines[0].item)
    line.taxed = order.lines[0].taxed
    line.cancelled_at, line.closed = desk.hour_of(order.arrival), True
    order.lines.append(line)


def _ghost(_: Desk, order: Order) -> None:
    like = order.lines[0]
    order.lines.append(Line(like.item, Decimal(0), like.unit_cost, like.description, taxed=like.taxed, clone=True))


def _fractional(desk: Desk, order: Order) -> None:
    line = desk.line(desk.random.choice(items_in("Bulk cable")), Decimal(("37.5", "120.25")[desk.turn("metres") % 2]))
    desk.add(order, line)
    # ConnectWise keeps a whole number as received: sometimes the one below, sometimes the one above.
    line.received += desk.turn("whole number") % 2


def _serials(desk: Desk, order: Order) -> None:
    line = desk.line(desk.random.choice(items_in("Laptops")), 3)
    desk.add(order, line)
    line.serial_numbers = ", ".join(f"SN{desk.random.randint(10**7, 10**8 - 1)}" for _ in range(3))


def _never_closed(_: Desk, order: Order) -> None:
    order.reopen()
    for line in order.lines:
        line.closed = False


def _closed_short(desk: Desk, order: Order) -> None:
    line = desk.line(order.lines[0].item, 6)
    line.taxed = order.lines[0].taxed
    order.lines.append(line)
    if desk.turn("short") % 2:
        line.receive(desk.hour_of(order.arrival), 2)
        line.received_status = WAITING
    line.closed = True


def _service_beside_goods(desk: Desk, order: Order) -> None:
    line = desk.line(desk.random.choice(items_in("Installation")))
    line.closed = True
    order.lines.append(line)


def _odd_status(desk: Desk, order: Order) -> None:
    if desk.turn("odd status") % 2:
        order.close(order.last_moment, firm.SHELVED)
    else:
        order.reopen(firm.AWAITING_INVOICE)


def _first_morning_of_a_cycle(desk: Desk, order: Order) -> None:
    day = _FIRSTS_OF_A_CYCLE[desk.turn("first morning") % 3]
    desk.move(order, day - timedelta(days=7), day)
    for line in order.lines:
        line.received_at = at(day, 8, 12)
    order.close(at(day, 9, 30))
    if order.invoice_number:
        desk.invoice(order, order.invoice_number, day)


def _sparse(_: Desk, order: Order) -> None:
    order.reopen()
    for line in order.lines:
        line.closed = False
        line.sparse = True


SHAPES = (
    Shape(
        "first_morning_of_a_cycle",
        "received early on the first of a month: in UTC it is still the month before",
        each(_first_morning_of_a_cycle),
        6,
        facets=DAYS | RECEIVING | STATUS | frozenset({"invoice"}),
    ),
    Shape(
        "clone_receipt",
        "received in part, the rest later on a new line id",
        each(_clone),
        14,
        facets=RECEIVING | STATUS,
    ),
    Shape(
        "clone_keeps_quantity",
        "cloned, and the first line still shows the whole quantity",
        each(_clone_keeps_quantity),
        4,
        facets=RECEIVING | STATUS,
    ),
    Shape("cumulative_receipts", "lines arrived on different days", each(_cumulative), 8, facets=RECEIVING | STATUS),
    Shape(
        "cancelled_rest", "received in part, the rest cancelled on the line", each(_cancel_rest), 8, facets=RECEIVING
    ),
    Shape(
        "closed_short",
        "closed although a line is not received in full",
        each(_closed_short),
        6,
        facets=RECEIVING | STATUS,
    ),
    Shape(
        "service_line_closed_without_receipt",
        "a service line beside goods, closed and never received",
        each(_service_beside_goods),
        4,
        facets=RECEIVING | STATUS,
    ),
    Shape(
        "received_never_closed", "received in full, and nobody closed the PO", each(_never_closed), 20, facets=STATUS
    ),
    Shape(
        "flags_absent",
        "flags that are not set, and the receiving status, are missing from the answer",
        each(_sparse),
        6,
        facets=RECEIVING | STATUS | LINES,
    ),
    Shape("odd_status_name", "a status whose name says the opposite of its flag", each(_odd_status), 8, facets=STATUS),
    Shape("cancelled_line", "one line cancelled, the others received", each(_cancelled_line), 8, facets=LINES),
    Shape("ghost_line", "a line of quantity zero that receiving left behind", each(_ghost), 6, facets=LINES),
    Shape(
        "fractional_quantity",
        "metres: the quantity is no whole number",
        each(_fractional),
        5,
        facets=frozenset({"metres"}),
    ),
    Shape("serial_numbers", "serial numbers on a line", each(_serials), 15, facets=frozenset({"serials"})),
)
