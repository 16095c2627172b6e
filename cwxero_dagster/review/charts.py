"""Charts as numbers for inline SVG: shares of a width, in percent.

What belongs here: geometry. What does not: colours and words (the template). A bar's length shows an amount or a count;
the figure itself always stands beside it as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.money import rounded

_HUNDRED = Decimal(100)
_VISIBLE = Decimal("0.8")


@dataclass(frozen=True)
class Piece:
    """A part of a stacked bar: where it begins and how long it is, in percent."""

    start: Decimal
    length: Decimal


def lengths(values: Sequence[Decimal | int]) -> list[Decimal]:
    """Bar lengths in percent of the largest; what is not zero stays visible. Negative amounts have no bar."""
    largest = max([Decimal(value) for value in values], default=Decimal(0))
    return [_share(Decimal(value), largest) for value in values]


def stacked(values: Sequence[Decimal | int], whole: Decimal | int | None = None) -> list[Piece]:
    """Parts of one bar, in order, in percent of ``whole`` (their sum where it is not given)."""
    parts = [max(Decimal(value), Decimal(0)) for value in values]
    size = Decimal(whole) if whole is not None else sum(parts, Decimal(0))
    pieces: list[Piece] = []
    start = Decimal(0)
    for part in parts:
        length = rounded(_HUNDRED * part / size) if size > 0 else Decimal(0)
        pieces.append(Piece(start, length))
        start += length
    return pieces


def bridge(steps: Sequence[tuple[Decimal, Decimal]]) -> list[Piece]:
    """Steps from one level to the next, drawn from zero, on one scale; what is not zero stays visible."""
    levels = [Decimal(0), *(level for step in steps for level in step)]
    low, high = min(levels), max(levels)
    span = high - low
    if span == 0:
        return [Piece(Decimal(0), Decimal(0)) for _ in steps]
    pieces = []
    for begins, ends in steps:
        length = max(rounded(_HUNDRED * abs(ends - begins) / span), _VISIBLE if begins != ends else Decimal(0))
        start = rounded(_HUNDRED * (min(begins, ends) - low) / span)
        pieces.append(Piece(min(start, _HUNDRED - length), length))
    return pieces


def _share(value: Decimal, largest: Decimal) -> Decimal:
    if value <= 0 or largest <= 0:
        return Decimal(0)
    return max(rounded(_HUNDRED * value / largest), Decimal(1))
