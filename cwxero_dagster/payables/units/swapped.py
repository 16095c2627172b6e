"""Goods that came on one line of a PO where those of another line, which a bill covers, are gone.

What belongs here: which lines may be others entered anew, the question, and what of it a person answered before. What
does not: what is gone (allocation, dealt_with), other questions (doubts).

A buyer who corrects a line deletes it and enters it anew: the goods are the same, and so is the bill. What a person
answered about the bill meanwhile is no answer about the goods that came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.keys import cause, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.allocation import Quantities
from cwxero_dagster.payables.units.doubt import Doubt
from cwxero_dagster.payables.units.past import Past

Gone = Mapping[str, Quantities]
"""How much is gone, by bill and line."""


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


def swapped(po_number: str, slices: Sequence[Slice], gone: Gone, *, answered: Decimal) -> Doubt | None:
    """The question, if goods are gone from other lines, and more than a person ``answered`` for."""
    missing = _missing(slices, gone)
    if missing <= answered or all(part.line_id == FREIGHT_LINE for part in slices):
        return None
    detail = (
        f"Goods of purchase order {po_number} that a bill covers, or that a person settled, are no longer "
        "received, and others are; they may be the same goods."
    )
    return Doubt(detail, missing - answered)


def answered(
    slices: Sequence[Slice],
    bills: Sequence[KnownBill],
    ledger: LedgerView,
    past: Past,
    gone_at: Callable[[datetime], Gone],
    *,
    anew: set[int],
) -> Decimal:
    """How many goods that are gone from other lines a person said of whether they are those on lines entered ``anew``.

    Of each earlier bill of those lines as many as were gone when she was asked about it, and nobody had been asked
    about before. A bill that nobody was asked about stands for none of them. Goods that came again since are no longer
    those: when they are gone once more, that is another question. ``gone_at``: what was gone at a moment.
    """
    asked = []
    for bill in bills:
        goods = sum((abs(part.quantity) for part in bill.slices if part.line_id in anew), ZERO)
        decided = [one.about for one in ledger.settlements if _let_go(one, bill)]
        if goods and decided and not is_credit(bill.key):
            asked.append((max(decided), goods))
    found = ZERO
    first = min((at for at, _ in asked), default=None)
    for at in sorted({*past.after(first), *(at for at, _ in asked)}):
        goods = sum((goods for when, goods in asked if when == at), ZERO)
        found = min(found + goods, _missing(slices, gone_at(at)))
    return found


def _missing(slices: Sequence[Slice], gone: Gone) -> Decimal:
    """How many goods are gone from other lines than those of ``slices``."""
    own = {part.line_id for part in slices} | {FREIGHT_LINE}
    return sum((amount for lines in gone.values() for line_id, amount in lines.items() if line_id not in own), ZERO)


def _let_go(decision: Settlement, bill: KnownBill) -> bool:
    """True for an answer after which a bill was issued: what is asked about it later is another question."""
    asked = decision.case_id == case_id("changed_after_authorised", cause(bill.key))
    return asked and (bill.issued_at is None or decision.at <= bill.issued_at)


def _alike(one: Line | None, other: Line | None) -> bool:
    if one is None or other is None:
        return False
    return (one.product_id is not None and one.product_id == other.product_id) or one.unit_cost == other.unit_cost
