"""One proposed row of a seed file.

What belongs here: the value and its confidence. What does not: finding it (the neighbours of this module).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

CONFIDENCE = ("high", "medium", "low", "none")
"""``none``: nothing speaks for any answer; a person has to know it."""


@dataclass(frozen=True)
class Suggestion:
    """A row that a person may take over."""

    file: str
    row: Mapping[str, str]
    """Every column of the file that the proposal fills, in the file's own words."""
    confidence: str
    """One of ``CONFIDENCE``."""
    reason: str
    """A sentence: what speaks for it, or what to look at."""


def confidence_of(votes: Counter[str], winner: str, *, enough: int) -> str:
    """How sure so many votes of one kind make: high for ``enough`` that nearly all agree, low for a bare majority."""
    share = votes[winner] * 10
    if votes[winner] >= enough and share >= votes.total() * 9:
        return "high"
    return "medium" if share >= votes.total() * 7 else "low"
