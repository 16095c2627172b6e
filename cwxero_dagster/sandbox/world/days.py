"""The firm's calendar: working days, and moments within its working hours.

What belongs here: turning days into the date texts that both systems use. What does not: which event happens when.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Australia/Sydney")
"""Where the firm works; mornings there are still the day before in UTC."""

FIRST_DAY = date(2026, 4, 20)
GO_LIVE = date(2026, 5, 1)
LAST_DAY = date(2026, 9, 30)
"""Nothing in the world happens outside these days; ``GO_LIVE`` is the day that the sandbox's decision names."""

LAST_MOMENT = datetime.combine(LAST_DAY, time(16, 45), ZONE)


def working_day(day: date, *, after: int = 0) -> date:
    """The ``after``-th working day (Monday to Friday) after ``day``; with 0 ``day`` itself or the next working day."""
    while day.weekday() > 4:
        day += timedelta(days=1)
    for _ in range(after):
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    return day


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the firm's day, in UTC."""
    return datetime.combine(day, time(hour, minute, second), ZONE).astimezone(UTC)


def stamp(moment: datetime) -> str:
    """A moment as ConnectWise writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def midnight(day: date) -> str:
    """A calendar date as ConnectWise writes it: midnight Z."""
    return f"{day.isoformat()}T00:00:00Z"
