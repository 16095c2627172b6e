"""CSV files that are safe to open in a spreadsheet.

What belongs here: writing rows as CSV. What does not: choosing them. A cell that a spreadsheet would take for a formula
(it begins with =, +, -, @, tab or carriage return and is no number) gets an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    text = str(value)
    return f"'{text}" if not isinstance(value, int | float) and is_like_formula(text) else text


def is_like_formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula."""
    return text.startswith(_FORMULA)
