"""The shapes that purchase orders take in the field, each told by a few orders of the world.

What belongs here: the register of shapes, what each means, how many orders tell it, and what an honest sync does with
such an order under the sandbox's decision. What does not: ordinary orders (desk.py).
"""

from __future__ import annotations

from cwxero_dagster.sandbox.world.shapes import money, paperwork, receiving, trouble, waiting
from cwxero_dagster.sandbox.world.shapes.shape import Shape

SHAPES: tuple[Shape, ...] = (
    *waiting.SHAPES,
    *trouble.SHAPES,
    # These build on one another's orders: whoever changes the vendor comes before whoever changes a line,
    # and whoever tells of the totals keeps those away who change what is received.
    *paperwork.FIRST_SHAPES,
    *money.SHAPES,
    *receiving.SHAPES,
    *paperwork.SHAPES,
)
"""All shapes, in the order in which they are told."""

__all__ = ["SHAPES", "Shape"]
