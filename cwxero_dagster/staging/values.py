"""One value of a record, read tolerantly: a missing value is null, a missing flag is false, text is kept as it came.

What belongs here: values as ConnectWise sends them. What does not: Xero's spellings (``xero.parse``), and which field
becomes which column (the row modules).

Source: connectwise_api.md, sections 1 and 2: null fields are left out, blank text occurs, dates of documents come as
midnight Z of a calendar date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from cwxero_dagster.payables.money import decimal, rounded
from cwxero_dagster.staging.refusal import StagingRefused

Record = Mapping[str, Any]
T = TypeVar("T")

AMOUNT_PLACES, AMOUNT_DIGITS = 4, 18
QUANTITY_PLACES, QUANTITY_DIGITS = 10, 28


def field(record: Record, path: str) -> Any:
    """The value at ``path`` (``vendorCompany/id``), None where any step is missing."""
    value: Any = record
    for step in path.split("/"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def text(value: Any) -> str | None:
    """Text as it came; None for missing and blank. Half a character, which no table can hold, is replaced."""
    if value is None or not str(value).strip():
        return None
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def whole(value: Any) -> int | None:
    """A whole number such as an id."""
    if value is None or value == "":
        return None
    number = Decimal(str(value))
    if number != number.to_integral_value():
        message = f"{value!r} is no whole number"
        raise ValueError(message)
    return int(number)


def flag(value: Any) -> bool:
    """A flag; a missing one is false."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def amount(value: Any) -> Decimal | None:
    """An amount of money at four decimals."""
    return _exact(value, AMOUNT_PLACES, AMOUNT_DIGITS)


def quantity(value: Any) -> Decimal | None:
    """A quantity or unit cost at ten decimals: ConnectWise's numbers are doubles, which may end in noise."""
    return _exact(value, QUANTITY_PLACES, QUANTITY_DIGITS)


def day(value: Any) -> date | None:
    """A calendar date, read as it stands: never shifted to another time zone."""
    return None if text(value) is None else date.fromisoformat(str(value).strip()[:10])


def moment(value: Any) -> datetime | None:
    """A moment, UTC; ConnectWise writes UTC where it names no zone."""
    if text(value) is None:
        return None
    read = datetime.fromisoformat(str(value).strip())
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def reading(system: str, what: str, fields: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Column to value. Raises ``StagingRefused`` naming the record (``what``) and column that cannot be read."""
    row: dict[str, Any] = {}
    for column, read in fields.items():
        try:
            row[column] = read()
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            message = (
                f"{system} sent a {what} whose {column.replace('_', ' ')} cannot be read ({error}). Nothing was "
                f"staged. Correct the value in {system}, or pass this sentence on to whoever looks after the sync."
            )
            raise StagingRefused(message) from error
    return row


def _exact(value: Any, places: int, digits: int) -> Decimal | None:
    if value is None or value == "":
        return None
    number = rounded(decimal(value), places)
    if number and number.adjusted() >= digits - places:
        message = f"{value} has more than {digits - places} digits before the point"
        raise ValueError(message)
    return number
