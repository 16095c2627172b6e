"""What a person typed: reading the fields of a form, with a sentence for each value that cannot be used.

What belongs here: texts to values. What does not: what is done with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qs

from cwxero_dagster.sandbox.page.formats import MINUS

LONGEST_BODY = 1_000_000
_LARGEST = Decimal(10) ** 10


class RefusedError(ValueError):
    """What was asked for is not done. The message is for the person who asked."""


class Form:
    """The fields of a form; a name may occur once a line."""

    def __init__(self, fields: Mapping[str, list[str]] | None = None) -> None:
        self._fields = dict(fields or {})

    @classmethod
    def read(cls, body: bytes) -> Form:
        """A form as browsers send it. Raises ``RefusedError``."""
        try:
            return cls(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20_000))
        except ValueError:
            raise RefusedError("The form could not be read. Nothing was changed.") from None

    def all(self, name: str) -> list[str]:
        """Every value of a name, outer spaces removed."""
        return [value.strip() for value in self._fields.get(name, [])]

    def text(self, name: str) -> str:
        """The value; blank where there is none."""
        return next(iter(self.all(name)), "")

    def needed(self, name: str, label: str) -> str:
        """The value. Raises ``RefusedError`` where it is blank."""
        if not (value := self.text(name)):
            message = f"{label} is blank. Fill it in."
            raise RefusedError(message)
        return value

    def chosen(self, name: str, label: str, allowed: Mapping[str, object] | tuple[str, ...]) -> str:
        """One of the values on offer. Raises ``RefusedError``."""
        if (value := self.text(name)) not in allowed:
            message = f"{label}: {value!r} is not on offer. Choose one of the list."
            raise RefusedError(message)
        return value

    def whole(self, name: str, label: str) -> int:
        """An identifier or count. Raises ``RefusedError``."""
        value = self.needed(name, label)
        if not (value.isascii() and value.isdecimal() and len(value) <= 12):
            message = f"{label}: {value!r} is not a whole number."
            raise RefusedError(message)
        return int(value)

    def day(self, name: str, label: str) -> date | None:
        """A calendar day; None where it is blank. Raises ``RefusedError``."""
        return day(self.text(name), label)

    def amount(self, name: str, label: str) -> Decimal | None:
        """A number; None where it is blank. Raises ``RefusedError``."""
        return amount(self.text(name), label)


def day(text: str, label: str) -> date | None:
    """A day as date fields send it; None for a blank one. Raises ``RefusedError``."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        message = f"{label}: {text!r} is not a date. Write it like 2026-05-31."
        raise RefusedError(message) from None


def amount(text: str, label: str) -> Decimal | None:
    """A number as people write it; None for a blank one. Raises ``RefusedError``."""
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", "").replace(MINUS, "-"))
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number) >= _LARGEST or exponent < -10:
        message = f"{label}: {text!r} is not a number that fits. Write it like 1234.50."
        raise RefusedError(message)
    return number
