"""What a workbook's sheets and columns are called, and what people wrote into an earlier copy.

What belongs here: names that are read back, and what is carried from one copy into the next. What does not: the sheets
(the modules that end in _sheets), reading a person's words back (entries).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CASES, DECIDED, BILLS, GOODS = "Questions", "Decided", "Bills", "Received not billed"
ACCRUAL, DRAFTS = "Accrual", "Drafts"
CASE, DECISION, XERO_ID, NAME, REASON, NOTE, OUTCOME, SEEN = (
    "Case",
    "Decision",
    "Xero bill id",
    "Your name",
    "Your reason",
    "Note",
    "What became of it",
    "Seen",
)
"""Headings that are read back."""
BILL, ORDER = "Bill key", "Purchase order"
COMPARISON, DIFFERENCES, PATTERNS, BOOKED = "Comparison", "Differences", "Patterns", "Both sides"
ROW, PATTERN, VERDICT = "Row", "Pattern", "Verdict"
UNDO = "undo"


@dataclass(frozen=True)
class Written:
    """What people wrote into an earlier copy of the workbook, to be carried over."""

    notes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By sheet and case, bill key, purchase order, row or pattern."""
    answers: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Xero id, name and reason by case, row or pattern, of answers that could not be taken."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Why, in words, by case, row or pattern."""
