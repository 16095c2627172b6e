"""Mapping seeds change under way: nothing is billed twice or lost, and no approved bill is asked about."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from payables.lives import firm, steps
from payables.lives.life import Life
from payables.making import bounded


@settings(bounded, max_examples=150)
@given(
    steps.ANY_DECISION,
    steps.lives(steps.GOODS, steps.MAPPINGS, steps.INVOICES, steps.PRICES, steps.APPROVE, steps.DECIDE),
)
def test_every_figure_is_told_whatever_is_mapped_otherwise(
    decision: str, happens: list[tuple[steps.Step, str]]
) -> None:
    life = Life(decision)
    life.live(happens)
    life.step("sync")


@settings(bounded, max_examples=30)
@given(steps.A_DECISION, st.lists(st.sampled_from(sorted(firm.MAPPINGS)), min_size=1, max_size=4))
def test_no_mapping_that_changes_asks_about_an_approved_bill(decision: str, mappings: list[str]) -> None:
    life = Life(decision)
    life.everything_is_invoiced()
    life.live([(("receive all", "Z"), "sync"), (("approve",), "sync")])
    approved = dict(life.approved)
    for mapping in mappings:
        life.step("map", mapping)
        life.step("sync")
        asked = [action for action in life.plans() if action.document and action.action not in {"unchanged", "exclude"}]
        assert not asked, asked[0].reason
    assert approved
    assert life.approved == approved
