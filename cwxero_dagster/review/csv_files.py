"""CSV files that are safe to open in a spreadsheet.

What belongs here: writing rows as CSV. What does not: choosing them. Text that a spreadsheet would take for a formula
(it begins with =, +, -, @, tab or an end of line) gets an apostrophe in front; so does what follows a semicolon or tab
inside it, because spreadsheets of many countries begin a new cell there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from cwxero_dagster.payables.wording import unturned

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LATER_CELL = re.compile(r"([;\t])(?=\s*[=+\-@])")


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write ``rows`` to ``path``, UTF-8 with a byte order mark so that spreadsheets read it right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([cell(row[column]) for column in columns] for row in rows)


def cell(value: Any) -> str:
    """One cell; text can never become a formula."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | float):
        return str(value)
    text = _LATER_CELL.sub(r"\1'", unturned(str(value)))
    return f"'{text}" if is_like_formula(text) else text


def is_like_formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula."""
    return text.startswith(_FORMULA)
