"""People work on purchase orders in Xero: what they approved or removed stays, and none is kept twice or left empty."""

from __future__ import annotations

from hypothesis import example, given, settings
from payables.lives import steps, truth
from payables.lives.life import lived
from payables.making import bounded


@settings(bounded, max_examples=80)
@example([(("delete the line", 21), "sync"), (("receive", 11, 1), "sync")])
@given(steps.lives(steps.GOODS, steps.PRICES, steps.ENDS, steps.SPLITS, steps.ORDERS, steps.ORDERS, steps.APPROVE))
def test_purchase_orders_in_xero_follow_and_what_people_did_stays(happens: list[tuple[steps.Step, str]]) -> None:
    life = lived("a purchase order first", happens, nights=3)
    truth.is_at_rest(life)
