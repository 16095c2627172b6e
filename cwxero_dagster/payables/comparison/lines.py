"""Which line of a keyed bill is which of the sync's, so that a difference can be named where it arises.

What belongs here: pairing lines. What does not: comparing them (differences). Every line ends in exactly one pair, so
that the differences of the pairs add up to the difference of the bills. A bookkeeper often keys one line for a whole
invoice: lines that nothing tells apart are compared as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.comparison.sides import LineSide
from cwxero_dagster.payables.composing.twins import words_in
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import total

ALIKE = Decimal("0.5")
"""Share of common words from which two descriptions mean the same goods."""


@dataclass(frozen=True)
class LinePair:
    """A line of each side; None where only the other side has it."""

    sync: LineSide | None
    keyed: LineSide | None


def pair_lines(sync: Iterable[LineSide], keyed: Iterable[LineSide]) -> list[LinePair]:
    """All lines of both sides, in pairs, by falling certainty."""
    left, right = list(sync), list(keyed)
    accounts = {line.account for line in left if line.freight and line.account} - {
        line.account for line in left if not line.freight
    }
    right = [replace(line, freight=line.freight or line.account in accounts) for line in right]
    found: list[LinePair] = []
    for freight in (False, True):
        for alike in (_same_goods, _same_words, _same_count, _same_net):
            found += _taken(left, right, alike, freight=freight)
    found += _taken(left, right, _any, freight=True)
    found += _taken(left, right, _same_net)
    found += _taken(left, right, _similar, freight=False)
    for freight in (False, True):
        ours = [line for line in left if line.freight is freight]
        theirs = [line for line in right if line.freight is freight]
        if ours and theirs:
            found.append(LinePair(as_one(ours), as_one(theirs)))
        else:
            found += [LinePair(line, None) for line in ours] + [LinePair(None, line) for line in theirs]
    return found


def _taken(
    left: list[LineSide],
    right: list[LineSide],
    alike: Callable[[LineSide, LineSide], bool],
    *,
    freight: bool | None = None,
) -> list[LinePair]:
    """Take the lines that are alike out of both lists, in order, and pair them; ``freight``: only such, or no such."""
    found = []
    for line in [line for line in left if freight in {None, line.freight}]:
        place = next(
            (index for index, other in enumerate(right) if freight in {None, other.freight} and alike(line, other)),
            None,
        )
        if place is not None:
            found.append(LinePair(line, right.pop(place)))
            left.remove(line)
    return found


def _any(_one: LineSide, _other: LineSide) -> bool:
    return True


def _same_goods(one: LineSide, other: LineSide) -> bool:
    return one.net == other.net and _same_words(one, other)


def _same_words(one: LineSide, other: LineSide) -> bool:
    return folded(one.description) == folded(other.description)


def _same_count(one: LineSide, other: LineSide) -> bool:
    return one.quantity is not None and (one.quantity, one.unit_amount) == (other.quantity, other.unit_amount)


def _same_net(one: LineSide, other: LineSide) -> bool:
    return one.net == other.net


def _similar(one: LineSide, other: LineSide) -> bool:
    ours, theirs = words_in(one.description), words_in(other.description)
    return bool(ours | theirs) and len(ours & theirs) >= ALIKE * len(ours | theirs)


def as_one(lines: Sequence[LineSide]) -> LineSide:
    """Several lines as one: their sums, and every coding that occurs among them."""
    if len(lines) == 1:
        return lines[0]
    trackings = [line.tracking for line in lines]
    return LineSide(
        description=f"{len(lines)} lines together",
        net=total(line.net for line in lines),
        tax=total(line.tax for line in lines),
        account=_joined(line.account for line in lines),
        tax_type=_joined(line.tax_type for line in lines),
        tracking=None if None in trackings else tuple(sorted({pair for each in trackings for pair in each or ()})),
        freight=all(line.freight for line in lines),
        total_only=any(line.total_only for line in lines),
        parts=tuple(part for line in lines for part in line.parts),
    )


def _joined(codes: Iterable[str | None]) -> str | None:
    found = set(codes)
    return None if None in found else ", ".join(sorted(code or "none" for code in found))
