"""What a workbook's sheets and columns are called, and what people wrote into an earlier copy.

What belongs here: names that are read back, and what is carried from one copy into the next. What does not: the sheets
(the modules that end in _sheets), reading a person's words back (entries).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CASES, DECIDED, BILLS, GOODS = "Questions", "Decided", "Bills", "Received not billed"
ACCRUAL, DRAFTS, PAID = "Accrual", "Drafts", "Paid not received"
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
BILL, ORDER, WHAT, NUMBER = "Bill key", "Purchase order", "Goods", "Bill"
COMPARISON, DIFFERENCES, PATTERNS, BOOKED = "Comparison", "Differences", "Patterns", "Both sides"
ROW, PATTERN, VERDICT = "Row", "Pattern", "Verdict"
VENDOR, YOUR_BILL, THE_SYNCS_BILL, ALIKE = "Vendor", "Your bill", "The sync's bill", "What is alike"
"""Headings of what a row or pattern of the parallel run is called."""
UNDO = "undo"


def about(*parts: str) -> str:
    """What a row is about, where it takes several cells to say so."""
    return " / ".join(parts)


@dataclass(frozen=True)
class Written:
    """What people wrote into an earlier copy of the workbook, to be carried over."""

    notes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By sheet and what the row is about: case, bill key, order and goods or bill, row or pattern."""
    answers: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Xero id, name and reason by case, row or pattern, of answers that could not be taken or were only begun."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Why, in words, by case, row or pattern."""
