"""People work on drafts, key bills by hand, answer cases and take answers back: every figure is told."""

from __future__ import annotations

from hypothesis import example, given, settings
from payables.lives import steps
from payables.lives.life import lived
from payables.making import bounded


@settings(bounded, max_examples=150)
@given(
    steps.ANY_DECISION,
    steps.lives(steps.GOODS, steps.PRICES, steps.INVOICES, steps.PEOPLE, steps.PEOPLE, steps.UNDO, steps.APPROVE),
)
def test_every_figure_is_told_whatever_people_answer(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    lived(decision, happens, nights=2)


NOT_OWED_AND_APPROVED = [
    (("receive all",), "sync"),
    (("order", 21, 3), "sync"),
    (("answer", 0, 4), ""),
    (("approve",), ""),
    (("answer", 1, 1), ""),
]
"""A person settles as not owed what the match holds, approves its draft all the same, and lets that stand."""


@settings(bounded, max_examples=80)
@example("matched", NOT_OWED_AND_APPROVED)
@given(
    steps.MATCHED,
    steps.lives(steps.GOODS, steps.QUANTITIES, steps.PRICES, steps.INVOICES, steps.PEOPLE, steps.UNDO, steps.APPROVE),
)
def test_every_figure_is_told_whatever_the_match_holds(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    lived(decision, happens, nights=2)
