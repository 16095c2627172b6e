"""Periods are locked in Xero: nothing in them changes, and every figure is told."""

from __future__ import annotations

from hypothesis import given, settings
from payables.lives import steps, truth
from payables.lives.life import lived
from payables.making import bounded


@settings(bounded, max_examples=80)
@given(
    steps.ANY_DECISION,
    steps.lives(steps.GOODS, steps.PRICES, steps.FREIGHT, steps.ENDS, steps.INVOICES, steps.LOCKS, steps.APPROVE),
)
def test_every_figure_is_told_whatever_is_locked(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    life = lived(decision, happens, nights=3)
    truth.is_at_rest(life)
