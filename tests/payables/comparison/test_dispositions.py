"""Verdicts as people wrote them: taken once, on what was shown, and refused in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cwxero_dagster.payables.comparison.dispositions import Answer, cleared_by, taken, verdict_words
from cwxero_dagster.payables.comparison.result import VERDICTS, Difference, Row, facts_digest

SHOWN = {"R1": {"a", "b"}}
SEEN = datetime(2026, 6, 1, tzinfo=UTC)
LATER = SEEN + timedelta(hours=1)


def answer(**changes: Any) -> Answer:
    made: dict[str, Any] = {
        "subject": "R1", "shown": facts_digest("ab"), "shown_at": SEEN, "verdict": "accepted", "note": "", "by": "Ann"
    }  # fmt: skip
    return Answer(**{**made, **changes})


def test_a_verdict_counts_for_what_was_shown() -> None:
    (made,), refused = taken([answer()], SHOWN, at=LATER)
    assert (made.subject, made.facts, made.verdict, made.by, made.at) == ("R1", {"a", "b"}, "accepted", "Ann", LATER)
    assert refused == {}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_understood_as_people_write_it(verdict: str) -> None:
    words = verdict_words(verdict).title()
    for typed in (words, words.replace("'", "\u2019")):
        (made,), _ = taken([answer(verdict=typed)], SHOWN, at=LATER)
        assert made.verdict == verdict


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "whatever"}, "is none of accepted, bookkeeper's error, mapping to fix, open"),
        ({"by": "  "}, "needs your name"),
        ({"shown_at": None}, "hidden column Seen was lost"),
        ({"shown": facts_digest("abc")}, "have changed since you saw them"),
        ({"subject": "R2"}, "have changed since you saw them"),
        ({"subject": "R2", "shown": facts_digest(())}, "nothing differs"),
    ],
)
def test_what_cannot_be_taken_says_why(changes: dict[str, Any], words: str) -> None:
    made, refused = taken([answer(**changes)], SHOWN, at=LATER)
    assert made == []
    assert words in refused[changes.get("subject", "R1")]


def test_a_file_that_still_says_so_does_not_overrule_what_was_said_since() -> None:
    kept, _ = taken([answer()], SHOWN, at=LATER)
    back, _ = taken([answer(verdict="open", shown_at=LATER)], SHOWN, kept=kept, at=LATER + timedelta(hours=1))
    assert [one.verdict for one in back] == ["open"]
    again = taken([answer()], SHOWN, kept=[*kept, *back], at=LATER + timedelta(hours=2))
    assert again == ([], {}), "the old file"
    fresh = answer(shown_at=LATER + timedelta(hours=2))
    assert taken([fresh], SHOWN, kept=[*kept, *back], at=LATER + timedelta(hours=3))[0], "a fresh copy"


def test_an_older_copy_does_not_overrule_what_another_person_decided_since() -> None:
    kept, _ = taken([answer(by="Bob", verdict="mapping to fix")], SHOWN, at=LATER)
    made, refused = taken([answer()], SHOWN, kept=kept, at=LATER + timedelta(hours=1))
    assert made == []
    assert refused["R1"].startswith('Bob decided "mapping to fix" after your copy was written.')
    fresh = answer(shown_at=LATER + timedelta(hours=1))
    assert taken([fresh], SHOWN, kept=kept, at=LATER + timedelta(hours=2))[0], "a fresh copy"


@pytest.mark.parametrize("order", [1, -1])
def test_a_verdict_on_a_row_outweighs_one_on_its_pattern_that_was_saved_with_it(order: int) -> None:
    row = answer(verdict="mapping to fix", shown=facts_digest("a"))
    pattern = answer(subject="P1")
    made, _ = taken([row, pattern][::order], {"R1": {"a"}, "P1": {"a", "b"}}, at=LATER)
    differing = tuple(
        Difference(field="price", kind="price", sync="1", keyed="2", reason="", facts=facts) for facts in "ab"
    )
    (cleared,) = cleared_by([Row(match="number", sync=(), keyed=(), differences=differing)], made)
    said = [one.disposition.verdict for one in cleared.differences if one.disposition]
    assert said == ["mapping_to_fix", "accepted"]


def test_an_old_file_is_not_complained_of_when_its_bills_have_changed() -> None:
    kept, _ = taken([answer()], SHOWN, at=LATER)
    assert taken([answer()], {"R1": {"c"}}, kept=kept, at=LATER) == ([], {})
