"""Prices change, lines and orders are given up or deleted, in the middle of everything else."""

from __future__ import annotations

from hypothesis import example, given, settings
from payables.lives import steps, truth
from payables.lives.life import lived
from payables.making import bounded


@settings(bounded, max_examples=150)
@example(
    "deliveries",
    [(("receive", 11, 2), "sync"), (("receive all",), ""), (("approve",), ""), (("delete the line", 11), "")],
)
@given(
    steps.A_DECISION,
    steps.lives(steps.GOODS, steps.QUANTITIES, steps.PRICES, steps.CURRENCIES, steps.ENDS, steps.APPROVE),
)
def test_every_figure_is_told_whatever_is_repriced_given_up_or_deleted(
    decision: str, happens: list[tuple[steps.Step, str]]
) -> None:
    life = lived(decision, happens, nights=3)
    truth.is_at_rest(life)
