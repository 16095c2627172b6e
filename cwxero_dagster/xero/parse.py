"""The spellings in which Xero sends dates and numbers.

What belongs here: reading one value. What does not: the meaning of a field.

Source: xero_api.md, section 2, "Reads": dates come as ``/Date(ms+0000)/``, some with a text field in ISO form beside
them; numbers come as JSON numbers or as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)


def moment(value: object) -> datetime | None:
    """A moment, UTC; None for a missing or blank value. Raises ``ValueError`` naming a value that is no date.

    The offset in ``/Date(ms+1300)/`` says how to show the moment, not when it was. A text without a zone is UTC.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if found := _MILLISECONDS.fullmatch(value.strip()):
            try:
                return _EPOCH + timedelta(milliseconds=int(found[1]))
            except OverflowError:
                pass
        else:
            try:
                read = datetime.fromisoformat(value.strip())
            except ValueError:
                pass
            else:
                return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    message = f"{value!r} is not a date of Xero"
    raise ValueError(message)


def day(value: object) -> date | None:
    """A calendar date. Xero sends them as midnight UTC, so the day is read as it stands and never shifted."""
    read = moment(value)
    return None if read is None else read.date()


def day_of(document: Mapping[str, Any], name: str) -> date | None:
    """The calendar date ``name`` of a document: its ``...String`` twin where there is one, else the field itself."""
    return day(document.get(f"{name}String") or document.get(name))


def number(value: object) -> Decimal | None:
    """A number, exact; None for a missing or blank value. Raises ``ValueError`` naming a value that is no number."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal | int | str) and not isinstance(value, bool):
        try:
            read = Decimal(value.strip() if isinstance(value, str) else value)
        except InvalidOperation:
            pass
        else:
            if read.is_finite():
                return read
    message = f"{value!r} is not a number of Xero"
    raise ValueError(message)
