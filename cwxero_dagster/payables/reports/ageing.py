"""Ageing: how long things wait, in the buckets that finance reads.

What belongs here: the buckets and counting into them. What does not: what waits, and since when. Questions to a person
age in days, goods without a bill in months (field.md, section 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.money import by_currency

QUESTION_DAYS = (0, 3, 8, 15, 31)
"""First day of each bucket for what a person is asked."""
GOODS_DAYS = (0, 31, 61, 91, 366)
"""First day of each bucket for goods that were received and not billed."""


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: for how many days, and for how much money."""

    days: int
    currency_code: str
    amount: Decimal


@dataclass(frozen=True)
class Bucket:
    """What waits for a span of days; ``last`` None is without end."""

    first: int
    last: int | None
    count: int
    money: Mapping[str, Decimal]
    """Amount by currency."""

    @property
    def label(self) -> str:
        """``3 to 7 days``, ``over 365 days``."""
        return f"over {self.first - 1} days" if self.last is None else f"{self.first} to {self.last} days"


def aged(items: Iterable[Waiting], starts: Sequence[int]) -> tuple[Bucket, ...]:
    """Everything in its bucket; ``starts`` are their first days, from 0 up. A day in the future counts as today."""
    groups: dict[int, list[Waiting]] = {start: [] for start in starts}
    for item in items:
        groups[max(start for start in starts if start <= max(item.days, 0))].append(item)
    ends = [*(start - 1 for start in starts[1:]), None]
    return tuple(
        Bucket(start, end, len(groups[start]), by_currency((one.currency_code, one.amount) for one in groups[start]))
        for start, end in zip(starts, ends, strict=True)
    )
