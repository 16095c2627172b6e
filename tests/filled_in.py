"""A workbook as a person works in it: rows read by heading, cells written, the file saved.

What belongs here: that. What does not: what is written, and assertions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell


def rows_of(sheet: Any, heading: str) -> Iterator[dict[str, Cell]]:
    """The cells of each row of a sheet's table by heading; ``heading``: one that its header has."""
    names: list[Any] = []
    for cells in sheet.iter_rows():
        if names:
            yield dict(zip(names, cells, strict=True))
        elif heading in {cell.value for cell in cells}:
            names = [cell.value for cell in cells]


def read(path: Path, sheet: str, heading: str) -> list[dict[str, Any]]:
    """The values of each row of a sheet's table."""
    book = openpyxl.load_workbook(path)
    return [{name: cell.value for name, cell in row.items()} for row in rows_of(book[sheet], heading)]


def write(path: Path, sheet: str, heading: str, cells: Mapping[str, str], *, about: str | None = None) -> int:
    """Write into the row that is about ``about`` (every row where None), save, and say how many rows were written."""
    book = openpyxl.load_workbook(path)
    found = [row for row in rows_of(book[sheet], heading) if about in (None, row[heading].value)]
    for row in found:
        for name, text in cells.items():
            row[name].value = text
    book.save(path)
    return len(found)
