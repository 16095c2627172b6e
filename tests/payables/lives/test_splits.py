"""Lines are split, cloned and entered anew: their goods are billed once, or a person is asked."""

from __future__ import annotations

from hypothesis import example, given, settings
from payables.lives import steps
from payables.lives.life import lived
from payables.making import bounded, d


@settings(bounded, max_examples=150)
@example("deliveries", [(("receive all",), "look"), (("enter the line anew", 11), "")])
@example("deliveries", [(("receive all",), "look"), (("delete the order", 1), "")])
@example(
    "whole",
    [
        (("receive all",), "look"),
        (("delete the line", 21), ""),
        (("freight", 2, d("0.50")), "sync"),
        (("freight", 2, d("12.34")), "sync"),
    ],
)
@given(
    steps.ANY_DECISION,
    steps.lives(steps.GOODS, steps.SPLITS, steps.PRICES, steps.ENDS, steps.INVOICES, steps.APPROVE),
)
def test_every_figure_is_told_whatever_becomes_of_a_line(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    lived(decision, happens, nights=3)
