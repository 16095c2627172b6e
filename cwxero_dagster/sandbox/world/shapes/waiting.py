"""Orders that are not due: drafts, orders on their way, partly delivered, cancelled, or delivered before go-live.

What belongs here: shapes that a sync leaves alone, and the ones around go-live. What does not: orders that a sync would
bill but for some obstacle (trouble.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from cwxero_dagster.sandbox.world import firm
from cwxero_dagster.sandbox.world.catalog import items_of
from cwxero_dagster.sandbox.world.companies import SERVICES, SERVICES_VENDOR
from cwxero_dagster.sandbox.world.days import FIRST_DAY, GO_LIVE, LAST_DAY, at, working_day
from cwxero_dagster.sandbox.world.desk import Desk
from cwxero_dagster.sandbox.world.order import CLONE_REST, FULLY, Line, Order
from cwxero_dagster.sandbox.world.shapes.shape import Shape, each


def _draft(desk: Desk, order: Order) -> None:
    desk.move(order, working_day(LAST_DAY - timedelta(days=3 + 4 * desk.turn("draft"))))
    desk.wait(order, firm.NEW)


def _raised(desk: Desk, order: Order) -> None:
    # Most are fresh; every fourth was ordered long ago and forgotten.
    age = 2 + desk.turn("raised")
    desk.move(order, working_day(LAST_DAY - timedelta(days=age * (7 if age % 4 == 0 else 1) + 1)))
    desk.wait(order, (firm.SENT, firm.ON_ORDER, firm.BACKORDERED)[age % 3])


def _cancelled(desk: Desk, order: Order) -> None:
    moment = desk.hour_of(desk.later(order.placed, 1, 5))
    for line in order.lines:
        line.cancelled_at, line.closed = moment, True
    order.close(moment, firm.CANCELLED)
    order.cancel_reason = "Customer changed their mind"
    order.outcome = "nothing"


def _closed_unreceived(desk: Desk, order: Order) -> None:
    for line in order.lines:
        line.closed = True
    order.close(desk.hour_of(order.arrival))
    order.outcome = "nothing"


def _services(desk: Desk, order: Order) -> None:
    desk.place_with(order, SERVICES_VENDOR)
    order.lines = [desk.line(item) for item in items_of(SERVICES)[:2]]
    _closed_unreceived(desk, order)


def _cumulative_open(desk: Desk, order: Order) -> None:
    desk.wait(order)
    moment = desk.hour_of(order.arrival)
    for line in order.lines:
        line.receive(moment, int(line.quantity) // 2)
    order.lines[0].receive(moment)


def _clone_open(desk: Desk, order: Order) -> None:
    desk.wait(order)
    moment = desk.hour_of(order.arrival)
    for line in list(order.lines):
        line.receive(moment)
    split(order, order.lines[0], keep_quantity=False)


def split(order: Order, line: Line, *, keep_quantity: bool) -> Line:
    """Receive a line in part the cloning way: the rest moves to a new line, which still waits."""
    first = int(line.quantity) // 2
    rest = Line(line.item, line.quantity - first, line.unit_cost, line.description, taxed=line.taxed, clone=True)
    line.received, line.received_status, line.closed = first, CLONE_REST, True
    if not keep_quantity:
        line.quantity, line.received_status = Decimal(first), FULLY
    order.lines.append(rest)
    return rest


def _before_go_live(desk: Desk, order: Order) -> None:
    desk.move(order, working_day(FIRST_DAY, after=desk.turn("before") % 4))
    order.arrival = working_day(order.placed, after=3)
    desk.deliver(order)
    order.outcome = "elsewhere"


def _straddles_go_live(desk: Desk, order: Order) -> None:
    desk.move(order, working_day(FIRST_DAY, after=desk.turn("straddles")), date(2026, 5, 6))
    desk.deliver(order)
    order.lines[0].receive(at(date(2026, 4, 29), 11, 5))
    order.outcome = "hold possible_duplicate"


def _undated(desk: Desk, order: Order) -> None:
    desk.deliver(order)
    for line in order.lines:
        line.received_at = None
    order.last_event = desk.hour_of(max(order.arrival, GO_LIVE))
    order.outcome = "bill when seen"


SHAPES = (
    Shape("draft", "still in the tenant's default (new) status", each(_draft), 6, alone=True),
    Shape("raised_not_received", "sent to the vendor, nothing received", each(_raised), 14, alone=True),
    Shape(
        "cancelled_order",
        "status Cancelled, which closes the PO, and all lines cancelled",
        each(_cancelled),
        5,
        alone=True,
    ),
    Shape("closed_unreceived", "closed by hand although nothing ever came", each(_closed_unreceived), 2, alone=True),
    Shape(
        "services_closed_without_receipt", "services only, closed and never received", each(_services), 3, alone=True
    ),
    Shape(
        "cumulative_receipt_open", "lines received in part on the same line id", each(_cumulative_open), 5, alone=True
    ),
    Shape(
        "clone_receipt_open", "a line received in part, the rest waits on a new line", each(_clone_open), 4, alone=True
    ),
    Shape("received_before_go_live", "received in full before go-live", each(_before_go_live), 8, alone=True),
    Shape(
        "straddles_go_live", "first goods before go-live, the rest after it", each(_straddles_go_live), 5, alone=True
    ),
    Shape("received_without_date", "received, but no line says when", each(_undated), 4, alone=True),
)
