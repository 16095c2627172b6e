"""Amounts, dates and moments as Xero reads and writes them.

What belongs here: conversion of single values in both directions. What does not: which field holds what.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T00:00:00(?:\.0+)?Z?)?")


_MAGNITUDE, _DIGITS = 18, 24


def half_up(value: Decimal, places: int) -> Decimal:
    """Rounded half away from zero to ``places`` decimals."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def amount(value: Any) -> Decimal:
    """A JSON number, or text that holds one, exactly. Raises ``ValueError``."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        message = f"{value!r} is not a number"
        raise ValueError(message)  # noqa: TRY004  (one kind of error for callers)
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > _MAGNITUDE or len(number.as_tuple().digits) > _DIGITS:
        message = f"{value!r} is not a number"
        raise ValueError(message)
    return number


def day(value: Any) -> str:
    """A calendar date as ``YYYY-MM-DD`` from that form, from midnight, from ``/Date(ms)/``. Raises ``ValueError``."""
    text = str(value)
    if match := _MS_DATE.fullmatch(text):
        try:
            return (_EPOCH + timedelta(milliseconds=int(match[1]))).date().isoformat()
        except OverflowError:
            raise ValueError(text) from None
    if match := _DAY.fullmatch(text):
        return date.fromisoformat(match[1]).isoformat()
    message = f"{value!r} is not a date"
    raise ValueError(message)


def moment(value: str) -> datetime:
    """A stored moment (ISO 8601) in UTC; without a zone it is UTC. Raises ``ValueError``."""
    parsed = datetime.fromisoformat(value)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def iso(value: datetime) -> str:
    """A moment as it is stored: ISO 8601, UTC, milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms_date(value: datetime | str) -> str:
    """A moment, or a calendar date at midnight, in the form of Xero's JSON."""
    parsed = moment(value) if isinstance(value, str) else value
    return f"/Date({(parsed - _EPOCH) // timedelta(milliseconds=1)}+0000)/"
