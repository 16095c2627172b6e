"""A freight amount under both decisions: billed to the cent, once, and nothing approved changes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from payables.lives import firm, truth
from payables.lives.connectwise import COST, ORDERED
from payables.lives.life import Life
from payables.making import bounded, d


@settings(bounded, max_examples=60)
@example([(1, False, "freight carrier"), (-1, False, "freight carrier")])
@given(
    st.lists(
        st.tuples(st.integers(min_value=-4000, max_value=4000), st.booleans(), st.sampled_from(sorted(firm.CARRIERS))),
        min_size=2,
        max_size=6,
    )
)
def test_whatever_freight_becomes_the_documents_in_xero_add_up_to_it(nights: list[tuple[int, bool, str]]) -> None:
    life = Life("freight with_goods", {11: 1})
    life.step("receive all")
    for cents, approves, way in nights:
        freight = Decimal(cents).scaleb(-2)
        life.step("freight", 1, freight)
        life.step("decide", way)
        for _ in range(3):  # a charge that became a refund leaves its bill in one night and is allocated in the next
            life.step("sync")
        assert {action.action for action in life.plans()} <= {"unchanged", "exclude"}
        assert truth.money(life) == ORDERED * COST + freight
        if approves:
            life.step("approve")


@pytest.mark.parametrize(("approved", "billed"), [(False, "0"), (True, "0.50")])
def test_freight_of_an_order_that_came_to_nothing_is_on_no_draft(approved: bool, billed: str) -> None:
    life = Life("when raised", {11: 1})
    life.live([(("delete the line", 11), ""), (("freight", 1, d("0.50")), "sync"), (("look",), "sync")])
    assert truth.money(life) == d("0.50")
    if approved:
        life.step("approve")
    life.live([(("close the order", 1), ""), (("freight", 1, d("12.34")), "sync")])
    assert truth.money(life) == d(billed)


@pytest.mark.parametrize("answered", [False, True])
def test_a_charge_is_billed_though_a_person_removed_the_credit_of_the_refund_that_it_was(answered: bool) -> None:
    life = Life("freight carrier")
    life.live([(("freight", 2, d("-3.00")), ""), (("receive all",), "sync"), (("remove a credit",), "sync")])
    if answered:
        life.step("answer", 0, 1)
        assert [one.verb for one in life.known.ledger.settlements] == ["not-owed"]
    life.live([(("freight", 2, d("20.01")), "sync"), (("look",), "sync")])
    assert truth.money(life) == 3 * ORDERED * COST + d("20.01")
    truth.is_at_rest(life)
