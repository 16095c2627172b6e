"""That every open fact has a switch that stories can turn over, and how that is asked for."""

from __future__ import annotations

from dataclasses import fields

import pytest
from flipped import NOT_OPEN, flipped, positions

from cwxero_dagster.sandbox.connectwise import ConnectWiseSwitches
from cwxero_dagster.sandbox.xero import XeroSwitches

STORY = "tests/scenarios/test_freight.py::test_a_story (call)"


def test_every_switch_has_another_position_or_is_no_open_fact() -> None:
    switches = [field for kind in (ConnectWiseSwitches, XeroSwitches) for field in fields(kind)]
    names = [field.name for field in switches]
    assert len(set(names)) == len(names), "a name says which system is meant"
    assert {*positions(), *NOT_OPEN} == set(names)
    for field in switches:
        if field.name not in NOT_OPEN:
            assert positions()[field.name]
            assert field.default not in positions()[field.name]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", {}),
        ("clone_tax", {"clone_tax": "kept"}),
        ("clone_tax=repeated, negative_bills", {"clone_tax": "repeated", "negative_bills": "accepted"}),
        ("idempotency_seconds=420", {"idempotency_seconds": 420}),
        ("tax_is_per_unit=true", {"tax_is_per_unit": True}),
    ],
)
def test_switches_are_turned_over_by_name(asked: str, expected: dict[str, object]) -> None:
    assert flipped({"CWXERO_FLIPPED": asked}) == expected


def test_all_turns_every_switch_over() -> None:
    assert flipped({"CWXERO_FLIPPED": "all"}).keys() == positions().keys()


@pytest.mark.parametrize("asked", ["clone_taxes", "clone_tax=doubled"])
def test_a_switch_or_position_that_does_not_exist_is_an_error(asked: str) -> None:
    with pytest.raises((KeyError, IndexError)):
        flipped({"CWXERO_FLIPPED": asked})


def test_a_storys_own_choice_can_be_repeated_and_differs_from_the_next_ones() -> None:
    asked = {"CWXERO_FLIPPED": "chosen", "PYTEST_CURRENT_TEST": STORY}
    assert flipped(asked) == flipped(asked) != {}
    assert flipped(asked) != flipped({**asked, "PYTEST_CURRENT_TEST": STORY.replace("a_story", "another")})
    assert flipped(asked) != flipped({**asked, "CWXERO_FLIPPED_SEED": "1"})
