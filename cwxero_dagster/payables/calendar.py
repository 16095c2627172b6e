"""Billing cycles and calendar days: which cycle a day belongs to, and which day a moment falls on.

What belongs here: cycles of a configurable first day, and the firm's calendar. What does not: which event makes a bill
due (bills), which zone is in force (settings).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cwxero_dagster.payables.time_zones import ZONES

LATEST_START_DAY = 28
"""The last day of the month that every month has."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_EARLIEST = date(2000, 1, 1)
_KEY = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class Cycle:
    """One billing cycle, both days included; ``key`` (``2026-05``) is the month in which it begins."""

    key: str
    first_day: date
    last_day: date

    def __contains__(self, day: date) -> bool:
        """Whether ``day`` lies in the cycle."""
        return self.first_day <= day <= self.last_day


def cycle_of(day: date, start_day: int = 1) -> str:
    """Key of the cycle that holds ``day``, where cycles begin on ``start_day`` (1 to 28) of a month."""
    _check(start_day)
    month = day if day.day >= start_day else day.replace(day=1) - timedelta(days=1)
    return f"{month.year:04d}-{month.month:02d}"


def cycle(key: str, start_day: int = 1) -> Cycle:
    """The cycle of a key such as ``2026-05``. Raises ``ValueError`` for anything that is not ``YYYY-MM``."""
    _check(start_day)
    found = _KEY.fullmatch(key)
    if not found or found[1] == "0000":
        message = f"{key!r} is no billing cycle; a cycle is written YYYY-MM, such as 2026-05"
        raise ValueError(message)
    first = date(int(found[1]), int(found[2]), start_day)
    following = (first.replace(day=1) + timedelta(days=32)).replace(day=start_day)
    return Cycle(key, first, following - timedelta(days=1))


def day_in(text: str) -> date | None:
    """The calendar day that ``text`` writes as YYYY-MM-DD, from the year 2000 on; None for anything else."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and day >= _EARLIEST else None


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in ``zone`` (an IANA name).

    An exact midnight Z is a calendar date that ConnectWise wrote as a moment, and stays that date in every zone.
    Raises ``ValueError`` for a moment without a time zone.
    """
    if moment.tzinfo is None:
        message = f"{moment} has no time zone, so nobody can tell its day"
        raise ValueError(message)
    universal = moment.astimezone(UTC)
    if universal.time() == time(0):
        return universal.date()
    return universal.astimezone(ZoneInfo(zone)).date()


def zone_of(xero_spelling: str) -> str:
    """The IANA name of a time zone as Xero spells it: ``AUSEASTERNSTANDARDTIME`` is ``Australia/Sydney``.

    Windows' own spelling ("AUS Eastern Standard Time", which ConnectWise servers report) is understood too. Raises
    ``ValueError`` for a spelling that is not known.
    """
    found = ZONES.get(re.sub(r"[\s.\-]", "", xero_spelling).upper())
    if found is None:
        message = (
            f"the time zone {xero_spelling!r} is not known; set CWXERO_TIMEZONE to an IANA name, such as Europe/London"
        )
        raise ValueError(message)
    return found


def _check(start_day: int) -> None:
    if not 1 <= start_day <= LATEST_START_DAY:
        message = f"a billing cycle begins on day 1 to {LATEST_START_DAY} of the month, not on {start_day}"
        raise ValueError(message)
