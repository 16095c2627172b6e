"""People work on drafts, key bills by hand and answer cases: every figure is told, and nothing approved changes."""

from __future__ import annotations

from hypothesis import given, settings
from payables.lives import steps
from payables.lives.life import Life
from payables.making import bounded


@settings(bounded, max_examples=150)
@given(
    steps.ANY_DECISION,
    steps.lives(steps.GOODS, steps.PRICES, steps.INVOICES, steps.PEOPLE, steps.PEOPLE, steps.APPROVE),
)
def test_every_figure_is_told_whatever_people_answer(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    life = Life(decision)
    life.live(happens)
    for _ in range(2):
        life.step("sync")
