"""A firm that goes over to keying by hand, and back: what people keyed and what the sync wrote is told once."""

from __future__ import annotations

from hypothesis import example, given, settings
from payables.lives import steps
from payables.lives.life import lived
from payables.making import bounded

CREDITED_BEFORE = [
    (("receive all",), "sync"),
    (("approve",), ""),
    (("take back", 12, 3), "sync"),
    (("key a bill", "PO-1001", 4), ""),
    (("decide", "all by hand"), "sync"),
]
"""Goods went back of an approved bill and the sync credited them before everything is keyed by hand."""


@settings(bounded, max_examples=80)
@example(CREDITED_BEFORE)
@given(steps.lives(steps.GOODS, steps.GOODS, steps.PRICES, steps.PEOPLE, steps.APPROVE, steps.BY_HAND))
def test_every_figure_is_told_whoever_keys_the_bills(happens: list[tuple[steps.Step, str]]) -> None:
    lived("whole", happens, nights=2)
