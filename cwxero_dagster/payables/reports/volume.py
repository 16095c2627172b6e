"""How many purchase orders a month, and which of the three patterns that suggests.

What belongs here: the count and the suggestion. What does not: choosing; the lifecycle decision does, and two people
sign it. The bounds are those of the text that the product starts from: under 20 a month key by hand, up to 100 run a
batch, beyond that go real-time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.money import plain, rounded

BATCH_FROM, REAL_TIME_ABOVE = 20, 100
MONTHS = 3
"""How many complete cycles the average is taken over."""
_WORDS = {
    "manual": "Keying bills by hand is enough: under 20 purchase orders a month.",
    "scheduled_batch": "A nightly batch fits: 20 to 100 purchase orders a month.",
    "real_time": "A real-time sync pays off: over 100 purchase orders a month.",
}


@dataclass(frozen=True)
class Volume:
    """The suggestion and what it rests on."""

    orders_a_month: Decimal
    months: int
    pattern: str
    """``manual``, ``scheduled_batch`` or ``real_time``: the presets of the lifecycle decision."""

    @property
    def shown(self) -> str:
        """The average for people."""
        return plain(self.orders_a_month, most=1)

    @property
    def words(self) -> str:
        """The suggestion as a sentence."""
        span = "the last cycle" if self.months == 1 else f"the last {self.months} cycles"
        return f"{_WORDS[self.pattern]} On average of {span}: {self.shown}."


def volume(orders_by_cycle: Sequence[int]) -> Volume | None:
    """The suggestion from purchase orders raised in each complete cycle, oldest first; None before the first one."""
    recent = orders_by_cycle[-MONTHS:]
    if not recent:
        return None
    average = rounded(Decimal(sum(recent)) / len(recent), 1)
    above_batch = "real_time" if average > REAL_TIME_ABOVE else "scheduled_batch"
    return Volume(average, len(recent), "manual" if average < BATCH_FROM else above_batch)
