"""Formulas of the workbook together with what they come to.

What belongs here: formulas over a sheet's table, working them out as a spreadsheet program does, and storing the
results in the file. What does not: how a sheet is laid out (sheets), which formulas there are (the modules that end in
_sheets).

A program that computes works all of them out again when it opens the file. Previews, phones and whatever only reads the
file show what is stored, and would show nothing without it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from cwxero_dagster.payables.money import rounded, total

_UNWORKED = re.compile(r'(<c r="([A-Z]+[0-9]+)"[^>]*><f>[^<]*</f>)<v ?(?:/>|></v>)')
"""A formula's cell as openpyxl writes it: without a result, of which it knows none."""


@dataclass(frozen=True)
class Formula:
    """A formula without its equals sign, and what it comes to."""

    text: str
    result: Decimal

    def __add__(self, other: Formula) -> Formula:
        return Formula(f"{self.text}+{other.text}", self.result + other.result)


@dataclass(frozen=True)
class Table:
    """Where a sheet's table lies, and what stands in it, for formulas above it and on other sheets."""

    title: str
    first: int
    last: int
    letters: Mapping[str, str]
    values: Mapping[str, Sequence[Any]]
    """What stands below each heading."""

    def column(self, heading: str) -> str:
        """The absolute range of a column."""
        letter = self.letters[heading]
        return f"'{self.title}'!${letter}${self.first}:${letter}${self.last}"

    def sum_where(self, heading: str, *conditions: tuple[str, Cell | str]) -> Formula:
        """The sum of a column where other columns equal what stands in these cells, or these texts."""
        asked = "".join(f",{self.column(name)},{_quoted(wanted)}" for name, wanted in conditions)
        found = [value for value in self._of(heading, conditions) if isinstance(value, Decimal)]
        return Formula(f"SUMIFS({self.column(heading)}{asked})", total(found))

    def count_where(self, *conditions: tuple[str, Cell | str]) -> Formula:
        """How many rows have these values."""
        asked = ",".join(f"{self.column(name)},{_quoted(wanted)}" for name, wanted in conditions)
        return Formula(f"COUNTIFS({asked})", Decimal(len(self._of(conditions[0][0], conditions))))

    def _of(self, heading: str, conditions: Sequence[tuple[str, Cell | str]]) -> list[Any]:
        """What stands below a heading in the rows that meet every condition."""
        rows = zip(self.values[heading], *(self.values[name] for name, _ in conditions), strict=True)
        wanted = [_folded(one.value if isinstance(one, Cell) else one) for _, one in conditions]
        return [value for value, *found in rows if list(map(_folded, found)) == wanted]


class Book(Workbook):  # type: ignore[misc] # openpyxl says no types
    """A workbook whose formulas keep what they come to."""

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[tuple[str, str], Decimal] = {}
        """By sheet and cell."""

    def save(self, filename: Path | str) -> None:
        """Write the file, each formula with its result."""
        unworked = BytesIO()
        super().save(unworked)
        sheets = {f"xl/worksheets/sheet{number}.xml": one for number, one in enumerate(self.worksheets, start=1)}
        with zipfile.ZipFile(unworked) as source, zipfile.ZipFile(filename, "w", zipfile.ZIP_DEFLATED) as made:
            for part in source.infolist():
                content = source.read(part)
                if sheet := sheets.get(part.filename):
                    content = _UNWORKED.sub(self._worked(sheet), content.decode()).encode()
                made.writestr(part, content)

    def _worked(self, sheet: Worksheet) -> Callable[[re.Match[str]], str]:
        return lambda found: f"{found[1]}<v>{self.results[sheet.title, found[2]]:f}</v>"


def put_formula(cell: Cell, made: Formula, form: str) -> Cell:
    """Put a formula of ours into a cell of a ``Book``."""
    book = cell.parent.parent
    cell.value, cell.number_format = f"={made.text}", form
    book.results[cell.parent.title, cell.coordinate] = made.result
    return cell


def less(first: Cell, second: Cell, by: Decimal) -> Formula:
    """One cell less another, to the cent; ``by``: what that comes to."""
    return Formula(f"ROUND({first.coordinate}-{second.coordinate},2)", rounded(by))


def _quoted(wanted: Cell | str) -> str:
    """A condition as a formula says it."""
    if isinstance(wanted, Cell):
        return f"${wanted.coordinate}"
    return '"' + wanted.replace('"', '""') + '"'


def _folded(value: Any) -> str:
    """A value as conditions compare it, without regard to case."""
    return str(value or "").casefold()
