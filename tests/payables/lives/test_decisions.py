"""Whatever a firm decides, and decides otherwise under way: nothing is billed twice, and every figure is told."""

from __future__ import annotations

from hypothesis import example, given, settings
from payables.lives import steps
from payables.lives.life import lived
from payables.making import bounded


@settings(bounded, max_examples=200)
@example("when raised", [(("receive", 11, 1), "sync"), (("decide", "whole"), "sync")])
@given(
    steps.ANY_DECISION,
    steps.lives(
        steps.GOODS, steps.SPLITS, steps.PRICES, steps.FREIGHT, steps.ENDS, steps.APPROVE, steps.DECIDE_ANYTHING
    ),
)
def test_every_figure_is_told_whatever_is_decided(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    lived(decision, happens, nights=2)
