"""What the digest tells finance, as values.

What belongs here: the figures and questions of one message. What does not: gathering them (pipeline/news), wording and
sending them (review/digest).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One open case in the message."""

    case_id: str
    title: str
    owner: str
    bills: int
    amount: str
    orders: str
    link: str | None
    counts: str = "bill"
    """What ``bills`` is a number of."""


@dataclass(frozen=True)
class News:
    """What finance is told: the same content is the same message."""

    organisation: str
    mode: str
    held: str
    """Money of everything that a person is asked about."""
    held_bills: int
    open_cases: int
    questions: tuple[Question, ...]
    drafts: str
    draft_bills: int
    in_xero: str
    """Money of every bill of ours that Xero holds."""
    bills_in_xero: int
    packs: tuple[str, ...]
    """Workbooks of the cycles that have a question."""
