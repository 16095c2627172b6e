from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cwxero_dagster.payables.calendar import cycle, cycle_of, day_in, day_of, zone_of
from cwxero_dagster.payables.time_zones import ZONES

XERO_SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "xero_accounting.yaml"
days = st.dates(min_value=date(2000, 2, 1), max_value=date(2099, 12, 31))
start_days = st.integers(min_value=1, max_value=28)


@pytest.mark.parametrize(
    ("day", "start_day", "key"),
    [
        (date(2026, 5, 1), 1, "2026-05"),
        (date(2026, 5, 31), 1, "2026-05"),
        (date(2026, 5, 15), 15, "2026-05"),
        (date(2026, 6, 14), 15, "2026-05"),
        (date(2026, 6, 15), 15, "2026-06"),
        (date(2026, 1, 14), 15, "2025-12"),
        (date(2028, 3, 27), 28, "2028-02"),
    ],
)
def test_a_day_belongs_to_the_cycle_that_began_last(day: date, start_day: int, key: str) -> None:
    assert cycle_of(day, start_day) == key


def test_a_cycle_from_the_15th_ends_on_the_14th_of_the_next_month() -> None:
    may = cycle("2026-05", 15)
    assert (may.first_day, may.last_day) == (date(2026, 5, 15), date(2026, 6, 14))
    assert cycle("2026-12", 28).last_day == date(2027, 1, 27)
    assert cycle("2028-02").last_day == date(2028, 2, 29)


@given(days, start_days)
def test_every_day_lies_in_its_own_cycle_and_in_no_neighbour(day: date, start_day: int) -> None:
    own = cycle(cycle_of(day, start_day), start_day)
    assert day in own
    assert cycle_of(own.first_day - timedelta(days=1), start_day) < own.key
    assert cycle_of(own.last_day + timedelta(days=1), start_day) > own.key
    assert own.first_day.day == start_day


@pytest.mark.parametrize("key", ["2026-5", "2026-13", "2026-00", "0000-05", "26-05", "2026-05-01", "", "2026-05 "])
def test_what_is_no_cycle_key_is_refused_with_an_example(key: str) -> None:
    with pytest.raises(ValueError, match="such as 2026-05"):
        cycle(key)


@pytest.mark.parametrize("start_day", [0, 29, 31, -1])
def test_a_cycle_begins_on_a_day_that_every_month_has(start_day: int) -> None:
    with pytest.raises(ValueError, match="day 1 to 28"):
        cycle_of(date(2026, 5, 1), start_day)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 5, 31, 14, 30, tzinfo=UTC), "Australia/Sydney", date(2026, 6, 1)),
        (datetime(2026, 5, 31, 13, 59, tzinfo=UTC), "Australia/Sydney", date(2026, 5, 31)),
        (datetime(2026, 6, 1, 3, 0, tzinfo=UTC), "America/Los_Angeles", date(2026, 5, 31)),
        (datetime(2026, 6, 1, 0, 0, tzinfo=UTC), "America/Los_Angeles", date(2026, 6, 1)),
        (datetime(2026, 6, 1, 0, 0, tzinfo=UTC), "Pacific/Auckland", date(2026, 6, 1)),
        (datetime(2026, 6, 1, 0, 0, 1, tzinfo=UTC), "America/Los_Angeles", date(2026, 5, 31)),
        (datetime(2026, 6, 1, 10, 0, tzinfo=timezone(timedelta(hours=10))), "America/Los_Angeles", date(2026, 6, 1)),
    ],
)
def test_a_moment_falls_on_its_day_in_the_zone_but_midnight_z_is_a_calendar_date(
    moment: datetime, zone: str, day: date
) -> None:
    assert day_of(moment, zone) == day


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        day_of(datetime(2026, 6, 1, 3, 0), "Australia/Sydney")  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    ("spelling", "zone"),
    [
        ("AUSEASTERNSTANDARDTIME", "Australia/Sydney"),
        ("CENAUSTRALIASTANDARDTIME", "Australia/Adelaide"),
        ("EAUSTRALIASTANDARDTIME", "Australia/Brisbane"),
        ("WAUSTRALIASTANDARDTIME", "Australia/Perth"),
        ("GMTSTANDARDTIME", "Europe/London"),
        ("NEWZEALANDSTANDARDTIME", "Pacific/Auckland"),
        ("PACIFICSTANDARDTIME", "America/Los_Angeles"),
        ("AUS Eastern Standard Time", "Australia/Sydney"),
        ("W. Australia Standard Time", "Australia/Perth"),
        ("UTC-08", "Etc/GMT+8"),
    ],
)
def test_xeros_and_windows_spellings_become_iana_names(spelling: str, zone: str) -> None:
    assert zone_of(spelling) == zone


def test_every_zone_of_the_table_exists() -> None:
    for name in ZONES.values():
        assert ZoneInfo(name).key == name


def test_the_hours_of_utc_spellings_have_the_right_sign() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert noon.astimezone(ZoneInfo(zone_of("UTC08"))).utcoffset() == timedelta(hours=-8)
    assert noon.astimezone(ZoneInfo(zone_of("UTC+13"))).utcoffset() == timedelta(hours=13)


def test_the_table_covers_every_spelling_of_the_specification() -> None:
    if not XERO_SPEC.exists():
        pytest.skip("the Xero specification is not beside the project")
    specification = yaml.load(XERO_SPEC.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert set(specification["components"]["schemas"]["TimeZone"]["enum"]) == set(ZONES)


def test_an_unknown_zone_says_what_to_set() -> None:
    with pytest.raises(ValueError, match="'MARSSTANDARDTIME' is not known; set CWXERO_TIMEZONE"):
        zone_of("MARSSTANDARDTIME")


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13-01", "01/05/2026", "20260501", "1999-12-31", "", "2026-05-01T00:00"]
)
def test_what_is_not_a_written_day_is_none(text: str) -> None:
    assert day_in(text) is None


def test_a_written_day_is_read() -> None:
    assert day_in("2028-02-29") == date(2028, 2, 29)
