"""People remove credits and release cases: two documents may bill the same goods then, and somebody is asked."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from payables.lives.life import Life
from payables.lives.steps import Step
from payables.making import bounded

PEOPLE = st.one_of(
    st.tuples(st.just("receive"), st.just(11), st.integers(min_value=1, max_value=8)),
    st.tuples(st.just("take back"), st.just(11), st.integers(min_value=1, max_value=6)),
    st.tuples(st.just("approve")),
    st.tuples(st.just("remove a credit")),
    st.tuples(st.just("release")),
)
"""All of it concerns one line, so that its goods come and go often enough for credits."""


@settings(bounded, max_examples=80)
@example("whole", [("take back", 11, 4), ("receive", 11, 4), ("remove a credit",)])
@given(st.sampled_from(["whole", "deliveries"]), st.lists(PEOPLE, min_size=8, max_size=16))
def test_every_figure_leads_somewhere_whatever_people_remove_or_release(decision: str, happens: list[Step]) -> None:
    life = Life(decision)
    life.live([(step, "sync") for step in (("receive all",), ("look",), ("approve",), *happens)])
