"""Dates and numbers in every spelling that Xero uses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cwxero_dagster.xero.parse import day, day_of, moment, number


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("/Date(1518685950940+0000)/", datetime(2018, 2, 15, 9, 12, 30, 940_000, tzinfo=UTC)),
        ("/Date(1518685950940+1300)/", datetime(2018, 2, 15, 9, 12, 30, 940_000, tzinfo=UTC)),
        ("/Date(1555085855047)/", datetime(2019, 4, 12, 16, 17, 35, 47_000, tzinfo=UTC)),
        ("/Date(-86400000+0000)/", datetime(1969, 12, 31, tzinfo=UTC)),
        ("2026-05-01T10:00:00", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T10:00:00.123Z", datetime(2026, 5, 1, 10, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-05-01T10:00:00+10:00", datetime(2026, 5, 1, 0, tzinfo=UTC)),
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_moments(value, read):
    assert moment(value) == read


def test_calendar_dates_are_not_shifted():
    assert day("/Date(1777593600000+1200)/") == date(2026, 5, 1)
    assert day("2026-05-01T00:00:00") == date(2026, 5, 1)
    assert day(None) is None


def test_the_text_form_of_a_date_goes_first():
    assert day_of({"Date": "/Date(0+0000)/", "DateString": "2026-05-01T00:00:00"}, "Date") == date(2026, 5, 1)
    assert day_of({"Date": "/Date(0+0000)/"}, "Date") == date(1970, 1, 1)
    assert day_of({}, "Date") is None


@pytest.mark.parametrize("value", ["yesterday", "/Date(x)/", "/Date(999999999999999)/", 5, "2026-13-01", []])
def test_what_is_no_date_is_named(value):
    with pytest.raises(ValueError, match="is not a date of Xero"):
        moment(value)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Decimal("1025.00"), Decimal("1025.00")),
        ("1025.00", Decimal("1025.00")),
        (" -3 ", Decimal(-3)),
        (7, Decimal(7)),
        ("", None),
        (None, None),
    ],
)
def test_numbers(value, read):
    assert number(value) == read


@pytest.mark.parametrize("value", ["1,025.00", "NaN", "Infinity", True, 1.5, "twelve", {}])
def test_what_is_no_number_is_named(value):
    with pytest.raises(ValueError, match="is not a number of Xero"):
        number(value)
