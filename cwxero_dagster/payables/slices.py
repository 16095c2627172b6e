"""The quantities of PO lines that bills take.

What belongs here: a part of a line, and what two parts share. What does not: which bill takes which (units), what a
part costs (bill_lines).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.records import ZERO

FREIGHT_LINE = 0
"""The line of a PO that its freight counts as."""


@dataclass(frozen=True)
class Slice:
    """A part of a PO line's received quantity: beyond ``start``, up to ``end``.

    Line 0 is the PO's freight, whose quantity is its money: what is billed of 25.00 is 0 to 25.

    On a line of negative quantity both count downwards from zero. A change of price holds nothing: its slice begins and
    ends at the quantity whose price changed.
    """

    po_id: int
    line_id: int
    start: Decimal
    end: Decimal

    @property
    def quantity(self) -> Decimal:
        """How much the slice holds."""
        return self.end - self.start


def overlap(one: Slice, other: Slice) -> Decimal:
    """How much two slices share, without sign."""
    if (one.po_id, one.line_id) != (other.po_id, other.line_id):
        return ZERO
    (low, high), (start, end) = (sorted((abs(part.start), abs(part.end))) for part in (one, other))
    return max(min(high, end) - max(low, start), ZERO)
