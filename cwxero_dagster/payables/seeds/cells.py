"""What a single cell of a seed file may hold: text to typed values, each refusal with what is allowed instead.

What belongs here: one small reader a kind of cell. What does not: which column has which kind (tables).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.calendar import day_in
from cwxero_dagster.payables.money import decimal, fits
from cwxero_dagster.payables.problems import hint, quoted

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ID = re.compile(r"0*([1-9][0-9]{0,17})", re.ASCII)
_TAX_TYPE = re.compile(r"[A-Z0-9_]{1,50}", re.ASCII)
_LARGEST = Decimal(10) ** 14


class Refused(ValueError):  # noqa: N818 - what the cell was, not an error of the program
    """A cell that cannot stand; carries what was found and what is allowed."""

    def __init__(self, cell: str, finding: str, allowed: str) -> None:
        self.found = f"{quoted(cell)} {finding}"
        self.allowed = allowed
        super().__init__(self.found)


def text(cell: str) -> str:
    """Any text, as it stands."""
    return cell


def vendor_id(cell: str) -> str:
    """The id of a ConnectWise company, leading zeros cut."""
    found = _ID.fullmatch(cell)
    if not found:
        raise Refused(cell, "is not a ConnectWise vendor id", "the company's id, a whole number such as 815")
    return found[1]


def contact_id(cell: str) -> str:
    """The id of a Xero contact, in small letters."""
    lowered = cell.lower()
    if not _GUID.fullmatch(lowered):
        allowed = "36 characters such as 3f8c2a6e-1b7d-4c55-9a0e-0d5b1c2e7f44, or blank"
        raise Refused(cell, "is not a Xero contact id", allowed)
    return lowered


def account_code(cell: str) -> str:
    """The code of a Xero account (at most 10 characters)."""
    if len(cell) > 10:
        raise Refused(cell, "is too long for a Xero account code", "1 to 10 characters, such as 310")
    return cell


def tax_type(cell: str) -> str:
    """A Xero tax type in capitals; the display name ("GST on Expenses") is something else."""
    raised = cell.upper()
    if not _TAX_TYPE.fullmatch(raised):
        allowed = "the TaxType of a Xero tax rate, such as INPUT, EXEMPTEXPENSES or TAX001, not its display name"
        raise Refused(cell, "is not a Xero tax type", allowed)
    return raised


def item_code(cell: str) -> str:
    """The code of a Xero item (at most 30 characters)."""
    if len(cell) > 30:
        raise Refused(cell, "is too long for a Xero item code", "1 to 30 characters")
    return cell


def tracking_name(cell: str) -> str:
    """The name of a Xero tracking category or option (at most 100 characters)."""
    if len(cell) > 100:
        raise Refused(cell, "is too long for a tracking name in Xero", "1 to 100 characters")
    return cell


def yes_or_no(cell: str) -> bool:
    """``yes`` or ``no``."""
    answer = {"yes": True, "no": False}.get(cell.lower())
    if answer is None:
        raise Refused(cell, "is neither yes nor no", "yes, no")
    return answer


def days(cell: str) -> int:
    """A number of days from 0 to 365."""
    if not re.fullmatch(r"[0-9]{1,3}", cell, re.ASCII) or int(cell) > 365:
        raise Refused(cell, "is not a number of days", "a whole number from 0 to 365")
    return int(cell)


def day(cell: str) -> date:
    """A calendar day."""
    found = day_in(cell)
    if found is None:
        raise Refused(cell, "is not a day", "a day that exists, written YYYY-MM-DD, such as 2026-05-01")
    return found


def amount(cell: str) -> Decimal:
    """An amount of money with at most four decimals; credits are negative."""
    return _number(cell, 4, "a plain number such as 1234.50, at most 4 decimals, no currency sign or thousands mark")


def quantity(cell: str) -> Decimal:
    """A quantity or unit cost with at most ten decimals."""
    return _number(cell, 10, "a plain number such as 2 or 0.125, at most 10 decimals")


def one_of(*words: str) -> Callable[[str], str]:
    """A reader that takes one of ``words``, in any case."""

    def read(cell: str) -> str:
        if cell.lower() not in words:
            raise Refused(cell, "cannot stand here" + hint(cell, words), ", ".join(words))
        return cell.lower()

    return read


def _number(cell: str, places: int, allowed: str) -> Decimal:
    try:
        value = decimal(cell)
    except ValueError:
        value = None
    if value is None or abs(value) >= _LARGEST or not fits(value, places):
        raise Refused(cell, "is not a number that fits", allowed)
    return value
