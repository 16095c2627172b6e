"""Tax through a life: what an order's bills carry together is ConnectWise's within the limit, or somebody is asked."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from payables.lives import steps, truth
from payables.lives.connectwise import TAX
from payables.lives.life import Life
from payables.making import bounded, d

from cwxero_dagster.payables.bills import owed
from cwxero_dagster.payables.money import line_tax
from cwxero_dagster.payables.slices import FREIGHT_LINE


@settings(bounded, max_examples=40)
@given(
    steps.TAXED,
    steps.lives(steps.GOODS, steps.GOODS, steps.CENTS, steps.FREIGHT, steps.SPLITS, steps.ENDS, steps.APPROVE),
)
def test_tax_is_connectwises_within_the_limit_or_somebody_is_asked(
    decision: str, happens: list[tuple[steps.Step, str]]
) -> None:
    life = Life(decision, taxed=True)
    life.live(happens)
    for _ in range(3):
        life.step("sync")
    truth.is_at_rest(life)
    tax_is_within_the_limit(life)


def test_a_line_of_odd_cents_is_delivered_piece_by_piece_until_somebody_is_asked() -> None:
    life = Life("taxed deliveries", {11: 1}, taxed=True)
    life.step("re-price", 11, d("0.35"))
    for number in range(6):
        life.live([(("receive", 11, 1, f"S{number}"), "sync"), (("approve",), "sync")])
    tax_is_within_the_limit(life)
    assert len(life.approved) == 2
    assert {held.kind for action in life.plans() for held in action.holds} == {"rounding"}


def tax_is_within_the_limit(life: Life) -> None:
    """Of every order about which nobody is asked anything."""
    asked = {po_id for action in life.plans() if action.action == "hold" for po_id in truth.orders_of(action)}
    asked |= {po_id for one in truth.noticed(life.known, today=life.moment.date()) for po_id in one.po_ids}
    limit = life.known.agreement.decision.tax_difference.limit
    billed = truth.quantities(life)
    for po_id in life.known.purchasing.pos.keys() - asked:
        there = {line.line_id: line for line in life.known.purchasing.lines[po_id]}
        shown = sum(
            (
                (there[line_id].tax or Decimal(0)) * quantity / there[line_id].quantity
                for (of, line_id), quantity in billed.items()
                if of == po_id and line_id != FREIGHT_LINE and there[line_id].quantity
            ),
            Decimal(0),
        )
        mine = [(bill, document) for bill, document in truth.live(life) if po_id in bill.po_ids]
        parts = [part for bill, _ in mine for part in bill.slices if part.line_id == FREIGHT_LINE]
        shown += line_tax(sum((part.quantity for part in parts), Decimal(0)), TAX)
        carried = sum((owed(document.document_type, document.tax) for _, document in mine), Decimal(0))
        assert abs(carried - shown) < limit + Decimal("0.01"), (po_id, carried, shown)
