"""How amounts, quantities, days and moments are written for people.

What belongs here: single values to text. What does not: which value is shown where (templates).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from cwxero_dagster.sandbox.world.days import ZONE

MINUS = "\N{MINUS SIGN}"
_CENT = Decimal("0.01")


def money(value: object) -> str:
    """Two decimals, thousands separated: ``1,234.50``; blank for no amount."""
    if value is None or value == "":
        return ""
    return f"{_decimal(value).quantize(_CENT, ROUND_HALF_UP):,}".replace("-", MINUS)


def unit_price(value: object) -> str:
    """All decimals that mean something, at least two: ``0.1875``."""
    if value is None or value == "":
        return ""
    amount = _decimal(value)
    return money(amount) if amount == amount.quantize(_CENT) else quantity(amount)


def quantity(value: object) -> str:
    """Without trailing zeros: ``2.5``, ``1,200``."""
    if value is None or value == "":
        return ""
    text = f"{_decimal(value):,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)


def plain(value: object) -> str:
    """A number as it is typed into a form: no separators, no trailing zeros beyond two decimals."""
    if value is None or value == "":
        return ""
    text = f"{_decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: object) -> str:
    """``6 May 2026``; a moment falls on its day at the firm, an exact midnight Z is that calendar day."""
    found = _day(value)
    return "" if found is None else f"{found.day} {found:%b %Y}"


def iso_day(value: object) -> str:
    """``2026-05-06``, as date fields of forms take it."""
    found = _day(value)
    return "" if found is None else found.isoformat()


def moment(value: object) -> str:
    """``6 May 2026, 14:05`` on the firm's clock; a calendar day without a time."""
    if not isinstance(value, str) or len(value) <= 10 or value.endswith("T00:00:00Z"):
        return day(value)
    at = _moment(value)
    return f"{at.day} {at:%b %Y, %H:%M}"


def month(value: str) -> str:
    """``2026-05`` as ``May 2026``."""
    return f"{date.fromisoformat(f'{value}-01'):%B %Y}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 bill``, ``2 bills``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return (parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed).astimezone(ZONE)


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not value:
        return None
    midnight = len(value) <= 10 or value[10:].rstrip("Z") == "T00:00:00"
    return date.fromisoformat(value[:10]) if midnight else _moment(value).date()
