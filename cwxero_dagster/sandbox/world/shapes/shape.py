"""What a shape is.

What belongs here: the value that describes one shape. What does not: any particular shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cwxero_dagster.sandbox.world.desk import Desk
from cwxero_dagster.sandbox.world.order import Order


@dataclass(frozen=True)
class Shape:
    """One shape: ``tell`` turns ``orders`` orders into it; ``full`` such groups are in the scenario "msp".

    A shape that is ``alone`` takes orders as raised and decides everything about them. Any other takes orders that were
    delivered and closed, and changes one facet of them; an order may show several such shapes as long as their facets
    differ. ``small`` is the number of groups in the scenario "small".
    """

    name: str
    meaning: str
    tell: Callable[[Desk, list[Order]], None]
    full: int
    alone: bool = False
    orders: int = 1
    facets: frozenset[str] = frozenset()
    small: int = 1


def each(tell: Callable[[Desk, Order], None]) -> Callable[[Desk, list[Order]], None]:
    """Tell a shape of a single order."""

    def tell_each(desk: Desk, orders: list[Order]) -> None:
        for order in orders:
            tell(desk, order)

    return tell_each
