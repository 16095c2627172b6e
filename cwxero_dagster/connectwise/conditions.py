"""Filters in ConnectWise's condition language, built so that no value can break out of its place.

What belongs here: writing a condition. What does not: sending it (``client``), and deciding what to ask for (staging).

Source of the grammar: connectwise_api.md, section 6. Text stands in double quotes. How ConnectWise escapes a quote is
documented nowhere: text with double quotes is put into single ones, and only text with both kinds, or with a
backslash, relies on a backslash escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

Value = str | bool | int | Decimal | date | datetime | None

ROOM = 1_400
"""Encoded characters that a condition may take: an address of 2,000 less its host, path and other parameters."""

_FIELD = re.compile(r"[A-Za-z_]\w*(/[A-Za-z_]\w*)*", re.ASCII)
_OR = re.compile(r"\bor\b", re.IGNORECASE)


def literal(value: Value) -> str:
    """A value as the condition language writes it. Raises ``ValueError`` for control characters and naive moments."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            message = f"{value} cannot stand in a condition"
            raise ValueError(message)
        return format(value, "f")
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return f"[{value.isoformat()}]"
    return _text(value)


def equals(field: str, value: Value) -> str:
    """``field`` is exactly ``value``; ``None`` asks for records without it."""
    return f"{_checked(field)} = {literal(value)}"


def any_of(field: str, values: Iterable[Value]) -> str:
    """``field`` is one of ``values``. Raises ``ValueError`` for none: an empty filter would ask for every record."""
    written = list(dict.fromkeys(literal(value) for value in values))
    if not written:
        message = f"no values to look for in {field}"
        raise ValueError(message)
    if len(written) == 1:
        return f"{_checked(field)} = {written[0]}"
    return f"{_checked(field)} in ({','.join(written)})"


def changed_between(after: datetime | None, upto: datetime, *, whole_days: bool = False) -> str:
    """Records last changed from ``after`` (None: ever) up to ``upto``, both included, to the second.

    ConnectWise keeps seconds, so both ends are cut to the second: what changes later within ``upto``'s second belongs
    to the next window, which therefore has to begin at ``upto`` or before. ``whole_days`` writes days without a time,
    for self-hosted servers that refuse the time part; the window then reaches from the day of ``after`` through the
    day of ``upto``, and so holds more than was asked for.
    """
    first = None if after is None else _utc(after)
    last = _utc(upto)
    if whole_days:
        parts = [] if first is None else [f"lastUpdated >= {literal(first.date())}"]
        return " and ".join([*parts, f"lastUpdated < {literal(last.date() + timedelta(days=1))}"])
    parts = [] if first is None else [f"lastUpdated >= {literal(first)}"]
    return " and ".join([*parts, f"lastUpdated <= {literal(last)}"])


def all_of(*conditions: str | None) -> str | None:
    """Every one of ``conditions``; those that are None or empty do not count. None when none is left."""
    given = [condition for condition in conditions if condition]
    if len(given) < 2:
        return given[0] if given else None
    return " and ".join(f"({condition})" if _OR.search(condition) else condition for condition in given)


def chunks(field: str, values: Iterable[Value], *, also: str | None = None, room: int = ROOM) -> Iterator[str]:
    """Conditions that together ask for all ``values`` (each once, in order), none longer than ``room`` when encoded.

    ``also`` is asked for in each of them. Raises ``ValueError`` where one value alone does not fit.
    """
    waiting: list[Value] = []
    fitting: str | None = None
    for value in dict.fromkeys(values):
        tried = all_of(also, any_of(field, [*waiting, value]))
        if tried is not None and len(quote(tried, safe="")) <= room:
            waiting.append(value)
            fitting = tried
            continue
        if fitting is None:
            message = f"a condition on {field} does not fit into {room} characters"
            raise ValueError(message)
        yield fitting
        waiting, fitting = [value], all_of(also, any_of(field, [value]))
        if fitting is None or len(quote(fitting, safe="")) > room:
            message = f"a condition on {field} does not fit into {room} characters"
            raise ValueError(message)
    if fitting is not None:
        yield fitting


def _checked(field: str) -> str:
    if not _FIELD.fullmatch(field):
        message = f"{field!r} is not the name of a ConnectWise field"
        raise ValueError(message)
    return field


def _text(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        message = "text with control characters cannot stand in a condition"
        raise ValueError(message)
    mark = "'" if '"' in text and "'" not in text else '"'
    return mark + re.sub(rf"[\\{mark}]", lambda found: "\\" + found.group(), text) + mark


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = "a moment without a time zone cannot stand in a condition"
        raise ValueError(message)
    return moment.astimezone(UTC)


def _moment(moment: datetime) -> str:
    return f"[{_utc(moment):%Y-%m-%dT%H:%M:%SZ}]"
