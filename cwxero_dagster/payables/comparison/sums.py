"""Which of several amounts add up to one: a bounded search that answers only where there is one way.

What belongs here: arithmetic on amounts. What does not: which bills may stand together (pairing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.money import total

MOST_PARTS = 8
"""Parts that are looked for among many; all of them together may be more."""
EFFORT = 20_000
"""Steps that one search may take before it gives up."""


@dataclass
class Budget:
    """Steps that all searches together may still take, so that a large cycle ends in seconds."""

    steps: int = 1_000_000


@dataclass(frozen=True)
class Found:
    """What a search found: the only way (positions), or that there are several; neither when there is none."""

    only: tuple[int, ...] = ()
    several: bool = False


NOTHING = Found()


def parts_of(whole: Decimal, amounts: Sequence[Decimal], budget: Budget) -> Found:
    """Positions of two or more of ``amounts`` (all of the sign of ``whole``) that add up to it exactly.

    All amounts together come first: a statement bill. Then up to ``MOST_PARTS`` of them. A search that runs out of
    steps found nothing: half a search cannot know that there is only one way.
    """
    least = 2
    if len(amounts) < least:
        return NOTHING
    target = abs(whole)
    order = sorted(range(len(amounts)), key=lambda place: -abs(amounts[place]))
    sizes = [abs(amounts[place]) for place in order]
    rest = [total(sizes[start:]) for start in range(len(sizes) + 1)]
    if rest[0] == target:
        return Found(tuple(sorted(order)))
    ways: list[tuple[int, ...]] = []
    effort = min(EFFORT, budget.steps)
    steps = 0

    def search(start: int, left: Decimal, chosen: tuple[int, ...]) -> bool:
        """False once the search has to end."""
        nonlocal steps
        for place in range(start, len(sizes)):
            steps += 1
            if steps > effort:
                return False
            if rest[place] < left:
                return True
            if sizes[place] == left and chosen:
                ways.append((*chosen, order[place]))
                if len(ways) > 1:
                    return False
            elif (
                sizes[place] < left
                and len(chosen) + 1 < MOST_PARTS
                and not search(place + 1, left - sizes[place], (*chosen, order[place]))
            ):
                return False
        return True

    whole_search = search(0, target, ())
    budget.steps -= steps
    if len(ways) > 1:
        return Found(several=True)
    return Found(tuple(sorted(ways[0]))) if ways and whole_search else NOTHING
