"""Periods are locked in Xero: nothing in them changes, and every figure is told."""

from __future__ import annotations

from hypothesis import given, settings
from payables.lives import steps, truth
from payables.lives.life import Life, lived
from payables.making import bounded, day


@settings(bounded, max_examples=80)
@given(
    steps.ANY_DECISION,
    steps.lives(steps.GOODS, steps.PRICES, steps.FREIGHT, steps.ENDS, steps.INVOICES, steps.LOCKS, steps.APPROVE),
)
def test_every_figure_is_told_whatever_is_locked(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    life = lived(decision, happens, nights=3)
    truth.is_at_rest(life)


def test_what_came_since_leads_to_the_draft_that_a_person_let_stand_in_a_locked_period() -> None:
    life = Life("from the first", {11: 1})
    life.live([(("receive", 11, 2), "sync"), (("lock", day(5, 8)), ""), (("receive all",), "sync")])
    life.step("answer", 0, 0)
    assert [one.verb for one in life.known.ledger.settlements] == ["accept-theirs"]
    life.step("sync")
    (covered,) = truth.coverage(life)
    waiting = (covered.whole.received_not_billed.quantity, covered.leads["received_not_billed"])
    words = "bill PO-1001 in Xero (draft): A person let the draft stand in the locked period as it is."
    assert waiting == (8, words)
    life.live([(("lock", None), "sync")])
    assert truth.quantities(life) == {(1, 11): 10}
