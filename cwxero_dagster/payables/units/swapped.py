"""Goods that came on one line of a PO where those of another line, which a bill covers, are gone.

What belongs here: which lines may be others entered anew, and the question. What does not: what is gone (allocation,
dealt_with), other questions (doubts).

A buyer who corrects a line deletes it and enters it anew: the goods are the same, and so is the bill. What a person
answered about the bill meanwhile is no answer about the goods that came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.units.allocation import Quantities
from cwxero_dagster.payables.units.doubt import Doubt


def entered_anew(
    slices: Iterable[Slice], bills: Sequence[KnownBill], lines: Mapping[int, Line], seen: Sequence[Line]
) -> set[int]:
    """Lines of ``slices`` that came after a bill of the same product, or of the same price, on another line.

    ``lines``: every line of the PO as it was seen last, also deleted ones; ``seen``: each observation, in order.
    """
    first = {line.line_id: line.observed_at for line in reversed(seen)}
    found = set()
    for line_id in {part.line_id for part in slices} - {FREIGHT_LINE}:
        for bill in bills:
            before = line_id in first and (bill.issued_at is None or bill.issued_at < first[line_id])
            others = {part.line_id for part in bill.slices} - {line_id, FREIGHT_LINE}
            if before and any(_alike(lines.get(line_id), lines.get(other)) for other in others):
                found.add(line_id)
    return found


def swapped(
    po_number: str,
    slices: Sequence[Slice],
    gone: Mapping[str, Quantities],
    bills: Sequence[KnownBill],
    *,
    anew: set[int],
) -> Doubt | None:
    """The question, if goods are gone from other lines. ``gone``: how much, by bill and line.

    What earlier bills took of lines that were entered ``anew`` has been asked about.
    """
    own = {part.line_id for part in slices} | {FREIGHT_LINE}
    missing = sum((amount for lines in gone.values() for line_id, amount in lines.items() if line_id not in own), ZERO)
    replaced = sum((abs(part.quantity) for bill in bills for part in bill.slices if part.line_id in anew), ZERO)
    if missing <= replaced or own == {FREIGHT_LINE}:
        return None
    detail = (
        f"Goods of purchase order {po_number} that a bill covers, or that a person settled, are no longer "
        "received, and others are; they may be the same goods."
    )
    return Doubt(detail, missing - replaced)


def _alike(one: Line | None, other: Line | None) -> bool:
    if one is None or other is None:
        return False
    return (one.product_id is not None and one.product_id == other.product_id) or one.unit_cost == other.unit_cost
