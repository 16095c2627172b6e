"""Deletion is the last explanation: when a record that was known is not there.

What belongs here: how often a record has to be missing, and how many may be missing at once. What does not: asking for
a record by its id, which only its own module can.

A record counts as gone after two complete reads without it (DESIGN.md, "Deletion is the last explanation"). More than
``max(3, 1 %)`` missing at once, or an empty list where records were known, is a fault of the reading: the run stops.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cwxero_dagster.staging.refusal import StagingRefused

TWICE = 2
FEW = 3


@dataclass(frozen=True)
class Absent:
    """Records that a complete read did not show: how often in a row by now, and which were noted and are back."""

    times: Mapping[str, int]
    back: frozenset[str]

    @property
    def twice(self) -> list[str]:
        """Those that were missing often enough to count as gone."""
        return [record for record, times in self.times.items() if times >= TWICE]


def absent(known: Collection[str], read: Collection[str], before: Mapping[str, int]) -> Absent:
    """Compare a complete read with what was known; ``before`` is what earlier reads did not show."""
    shown = set(read)
    times = {record: before.get(record, 0) + 1 for record in known if record not in shown}
    return Absent(times, frozenset(shown & before.keys()))


def refuse_many(system: str, noun: str, missing: Collection[str], *, known: int, read: int | None) -> None:
    """Raises ``StagingRefused`` where so much is missing that the reading, not the records, must be at fault.

    ``known`` is the number of records that were expected, ``read`` the number that came (None: not a list).
    """
    limit = max(FEW, known // 100)
    if known and read == 0:
        what = f"{system} answered with an empty list of {noun}, where {known} were known"
    elif len(missing) > limit:
        what = (
            f"{system} no longer shows {len(missing)} of {known} known {noun} ({_some(missing)}; the limit is {limit})"
        )
    else:
        return
    message = (
        f"{what}. That is more likely a fault, or a right that was withdrawn, than so many deletions, so nothing was "
        f"staged and nothing counts as deleted. Look in {system} whether they are there and whether the sync's user "
        "may see them, then run again. If they were deleted on purpose, run once with --accept-deletions (in the "
        "Dagster UI: the option accept_deletions of the resource firm)."
    )
    raise StagingRefused(message)


def _some(records: Collection[str]) -> str:
    first = list(records)[:5]
    return ", ".join(first) + (", ..." if len(records) > len(first) else "")
