"""The firm's purchase orders of a scenario, in the order in which they were placed.

What belongs here: how many orders of which shape a scenario has. What does not: what a shape is (shapes/), how orders
are written down (documents.py).
"""

from __future__ import annotations

from cwxero_dagster.sandbox.world.desk import Desk
from cwxero_dagster.sandbox.world.order import Order
from cwxero_dagster.sandbox.world.shapes import SHAPES, Shape

MSP, SMALL, EMPTY = "msp", "small", "empty"
_FULL_SIZE = 500
_SMALL_DELIVERED = 10


def orders_of(scenario: str) -> list[Order]:
    """All orders of a scenario, earliest first; each carries the names of its shapes in ``tags``."""
    if scenario == EMPTY:
        return []
    desk = Desk(scenario)
    orders = [order for shape in SHAPES if shape.alone for order in _told_alone(desk, shape, scenario)]
    delivered = []
    for _ in range(_FULL_SIZE - len(orders) if scenario == MSP else _SMALL_DELIVERED):
        order = desk.order()
        desk.deliver(order)
        delivered.append(order)
    for shape in SHAPES:
        if not shape.alone:
            _tell_among(desk, shape, _groups(shape, scenario), delivered, evenly=scenario == SMALL)
    return sorted(orders + delivered, key=lambda order: order.entered_at)


def _groups(shape: Shape, scenario: str) -> int:
    return shape.full if scenario == MSP else shape.small


def _told_alone(desk: Desk, shape: Shape, scenario: str) -> list[Order]:
    told = []
    for _ in range(_groups(shape, scenario)):
        group = [desk.order() for _ in range(shape.orders)]
        shape.tell(desk, group)
        told += group
    for order in told:
        order.tags.add(shape.name)
    return told


def _tell_among(desk: Desk, shape: Shape, groups: int, delivered: list[Order], *, evenly: bool) -> None:
    """Tell a shape with some of the delivered orders; ``evenly`` prefers those that show the fewest shapes so far."""
    for _ in range(groups):
        free = [order for order in delivered if not order.facets & shape.facets]
        desk.random.shuffle(free)
        if evenly:
            free.sort(key=lambda order: len(order.tags))
        group = free[: shape.orders]
        shape.tell(desk, group)
        for order in group:
            order.tags.add(shape.name)
            order.facets |= shape.facets
