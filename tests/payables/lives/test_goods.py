"""Goods come and go while decisions, numbers, slips and vendors change: nothing is billed twice, nothing is lost."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from payables.lives import steps, truth
from payables.lives.connectwise import COST, ORDERED
from payables.lives.life import LINES, Life
from payables.making import bounded


@settings(bounded, max_examples=200)
@given(
    steps.A_DECISION,
    steps.lives(steps.GOODS, steps.INVOICES, steps.APPROVE, steps.DECIDE, least=8, most=20),
)
def test_no_life_bills_a_quantity_twice_or_touches_what_is_approved(
    decision: str, happens: list[tuple[steps.Step, str]]
) -> None:
    life = Life(decision)
    life.live(happens)
    for one in LINES:
        life.step("receive", one, ORDERED)
    for _ in range(2):
        life.step("sync")
    # What no invoice covers, or two bills with one number hold, is billed by the order once there are no numbers.
    for po_id in life.connectwise.orders:
        life.step("type the invoice", po_id, None)
    life.step("decide", "whole")
    for _ in range(3):
        life.step("sync")
    received = {one: seen.received_quantity for one, seen in life.connectwise.lines.items() if seen.received_quantity}
    billed = {line_id: quantity for (_, line_id), quantity in truth.quantities(life).items() if quantity}
    assert billed == received
    assert truth.money(life) == sum(received.values(), Decimal(0)) * COST
