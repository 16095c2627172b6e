from decimal import Decimal

import pytest

from cwxero_dagster.payables.actions import refusal
from cwxero_dagster.payables.holds import GRAVITY, by_gravity, case_id, digest, hold
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.kinds import KINDS


def test_holds_with_one_cause_are_one_case_and_keep_their_own_facts() -> None:
    first, second = (hold("unmapped_vendor", "vendor 801", "No contact.", key) for key in ("po:1", "po:2"))
    assert first.case_id == second.case_id == case_id("unmapped_vendor", "vendor 801")
    assert first.facts != second.facts


def test_the_same_facts_give_the_same_digest_however_a_figure_is_written() -> None:
    assert digest("x", Decimal("5")) == digest("x", Decimal("5.0000")) != digest("x", Decimal("5.01"))


def test_parts_do_not_run_into_one_another() -> None:
    assert digest("ab", "c") != digest("a", "bc")


def test_the_gravest_hold_comes_first() -> None:
    holds = [hold(kind, "x", "x") for kind in reversed(GRAVITY)]
    assert [one.kind for one in by_gravity(holds)] == list(GRAVITY)


@pytest.mark.parametrize("kind", GRAVITY)
def test_every_kind_has_an_owner_words_and_a_way_out(kind: str) -> None:
    found = KINDS[kind]
    assert found.owner
    assert found.title
    assert found.what_to_do.endswith(".")
    # What closes by itself, or with a signature or a setting, asks for no decision.
    assert bool(found.ways_out) == (kind not in {"outcome_unknown", "unsigned_lifecycle", "wrong_organisation"})


def test_no_kind_is_known_without_a_place_in_the_order() -> None:
    assert set(KINDS) == set(GRAVITY)


@pytest.mark.parametrize(
    ("key", "what"), [("po:1", "bill"), ("po:1/c:1", "supplier credit"), ("po:1/o:1", "purchase order")]
)
def test_what_xero_refused_is_called_what_it_is(key: str, what: str) -> None:
    one = refusal(key, None, "no such account", "digest")
    assert one.detail == f"Xero refused the {what}: no such account"
    assert one.cause == cause(key)
