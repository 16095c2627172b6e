"""Conditions: readable for plain values, unbreakable for hostile ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cwxero_dagster.connectwise.conditions import all_of, any_of, changed_between, chunks, equals, literal


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (7, "7"),
        (-7, "-7"),
        (True, "True"),
        (False, "False"),
        (None, "null"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        ("PO-1001", '"PO-1001"'),
        ("", '""'),
        ("O'Brien", '"O\'Brien"'),
        ('19" rack', "'19\" rack'"),
        ("19\" O'Brien", '"19\\" O\'Brien"'),
        ("C:\\", '"C:\\\\"'),
        ("[2026-01-01]", '"[2026-01-01]"'),
        ('" or id > 0 or x = "', "'\" or id > 0 or x = \"'"),
        ("naïve ✓", '"naïve ✓"'),
        (datetime(2026, 5, 1, 10, 0, 0, 999_999, tzinfo=UTC), "[2026-05-01T10:00:00Z]"),
        (datetime(2026, 5, 1, 10, tzinfo=timezone(timedelta(hours=10))), "[2026-05-01T00:00:00Z]"),
        (date(2026, 5, 1), "[2026-05-01]"),
    ],
)
def test_values_are_written_so_that_they_stay_values(value, written):
    assert literal(value) == written


@pytest.mark.parametrize("value", ["a\nb", "\x00", "\x7f", Decimal("NaN"), datetime(2026, 5, 1)])  # noqa: DTZ001
def test_values_without_a_safe_spelling_are_refused(value):
    with pytest.raises(ValueError, match="cannot stand in a condition"):
        literal(value)


@pytest.mark.parametrize("field", ["", "a b", "id=1 or id", "vendor/", "/id", 'x"', "näme"])
def test_a_field_is_a_name(field):
    with pytest.raises(ValueError, match="not the name of a ConnectWise field"):
        equals(field, 1)


def test_several_values_become_a_list_without_repeats():
    assert any_of("id", [3, 1, 3]) == "id in (3,1)"
    assert any_of("vendorCompany/id", [5]) == "vendorCompany/id = 5"
    assert any_of("poNumber", ["a,b", "c"]) == 'poNumber in ("a,b","c")'


def test_an_empty_list_is_refused_because_it_would_ask_for_everything():
    with pytest.raises(ValueError, match="no values"):
        any_of("id", [])


def test_a_window_includes_both_ends_to_the_second():
    after = datetime(2026, 5, 1, 9, 59, 59, 900_000, tzinfo=UTC)
    upto = datetime(2026, 5, 2, 10, 0, 0, 100_000, tzinfo=UTC)
    assert changed_between(after, upto) == (
        "lastUpdated >= [2026-05-01T09:59:59Z] and lastUpdated <= [2026-05-02T10:00:00Z]"
    )
    assert changed_between(None, upto) == "lastUpdated <= [2026-05-02T10:00:00Z]"


def test_a_window_of_whole_days_holds_the_exact_window():
    after = datetime(2026, 5, 1, 23, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert changed_between(after, datetime(2026, 5, 3, 10, tzinfo=UTC), whole_days=True) == (
        "lastUpdated >= [2026-05-02] and lastUpdated < [2026-05-04]"
    )


def test_all_of_leaves_out_what_is_missing_and_keeps_alternatives_together():
    assert all_of(None, "") is None
    assert all_of(None, "a = 1") == "a = 1"
    assert all_of("a = 1 or a = 2", "b = 3") == "(a = 1 or a = 2) and b = 3"


@given(some.lists(some.integers(1, 10**9), min_size=1, max_size=400), some.integers(120, 2000))
def test_chunks_fit_and_lose_nothing(ids, room):
    written = list(chunks("id", ids, also="closedFlag = False", room=room))
    assert all(len(quote(condition, safe="")) <= room for condition in written)
    asked = []
    for condition in written:
        listed = condition.removeprefix("closedFlag = False and id ").removeprefix("in (").removeprefix("= ")
        asked += [int(number) for number in listed.rstrip(")").split(",")]
    assert asked == list(dict.fromkeys(ids))


def test_no_values_make_no_chunk():
    assert list(chunks("id", [])) == []


@pytest.mark.parametrize("values", [["x" * 200], ["a", "x" * 200]])
def test_a_value_that_fits_nowhere_is_refused(values):
    with pytest.raises(ValueError, match="does not fit"):
        list(chunks("poNumber", values, room=100))
