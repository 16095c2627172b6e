"""CSV that people edit in a spreadsheet or by hand: text to cells that know their line, every problem collected.

What belongs here: encoding, comments, quotation marks, headers, ragged rows. What does not: what a cell may hold
(cells, tables).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cwxero_dagster.payables.problems import Problem, hint, quoted


@dataclass(frozen=True)
class Record:
    """One row: the line on which it begins and its cells by column; a blank cell is None, outer spaces are cut."""

    line: int
    cells: dict[str, str | None]


def text_of(file: str, content: bytes) -> tuple[str | None, list[Problem]]:
    """The file's text (UTF-8, with or without a BOM), or None and the problem."""
    allowed = 'UTF-8 text (in Excel: "CSV UTF-8")'
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content:
        message = "the file is not saved as UTF-8 but as something with NUL bytes, such as UTF-16 or a workbook"
        return None, [Problem(file=file, message=message, line=1, allowed=allowed)]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as broken:
        start = content.rfind(b"\n", 0, broken.start) + 1
        line = content.count(b"\n", 0, broken.start) + 1
        before = content[start : broken.start].decode("utf-8", errors="replace")
        found = f"byte 0x{content[broken.start]:02x}"
        message = f"{found} after {quoted(before[-20:])} is not UTF-8; the file was saved in another encoding"
        return None, [Problem(file=file, message=message, line=line, value=found, allowed=allowed)]


def records(file: str, text: str, columns: Sequence[str]) -> tuple[list[Record], list[Problem]]:
    """The rows below the header, and everything that is wrong with their shape.

    Lines that begin with ``#`` are comments, also when a spreadsheet has put them in quotation marks; rows without any
    cell filled are skipped. Where the header is wrong the rows are not read: their cells could not be told apart.
    """
    problems: list[Problem] = []
    rows = _rows(file, text, problems)
    line, header = next(rows, (1, None))
    if header is None:
        if not problems:
            message = "the file has no header row"
            problems.append(Problem(file=file, message=message, line=line, allowed=",".join(columns)))
        return [], problems
    names = [name.strip().lower() for name in header]
    problems += _header_problems(file, line, names, columns)
    if problems:
        return [], problems

    found = []
    for line, cells in rows:
        if len(cells) != len(names):
            message = (
                f"the row has {len(cells)} cells where the header has {len(names)} columns; "
                "a comma inside a text needs quotation marks around the text"
            )
            problems.append(Problem(file=file, message=message, line=line, allowed=",".join(names)))
        else:
            found.append(Record(line, {name: cell.strip() or None for name, cell in zip(names, cells, strict=True)}))
    return found, problems


def _rows(file: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of every row that is neither blank nor a comment."""
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    while True:
        lines.between_rows = True
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            message = f"the quotation marks do not pair up ({broken}); a mark inside a text is written twice"
            problems.append(Problem(file=file, message=message, line=lines.row_line))
            continue
        first = cells[0].strip() if cells else ""
        comment = first.startswith("#") and not any(cell.strip() for cell in cells[1:])
        if not comment and any(cell.strip() for cell in cells):
            yield lines.row_line, cells


class _Lines:
    """Feeds the CSV reader line by line; between rows it skips comments and notes where the next row begins."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._number = 0
        self.between_rows = True
        self.row_line = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        for line in self._lines:
            self._number += 1
            if not self.between_rows:
                return line
            if not line.lstrip().startswith("#"):
                self.between_rows = False
                self.row_line = self._number
                return line
        raise StopIteration


def _header_problems(file: str, line: int, names: Sequence[str], columns: Sequence[str]) -> Iterator[Problem]:
    allowed = ",".join(columns)
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        message = f"the columns are not separated by commas: {quoted(names[0])}"
        yield Problem(file=file, message=message, line=line, value=names[0], allowed=allowed)
        return
    for position, name in enumerate(names):
        if name in names[:position]:
            message = f"the column {quoted(name)} stands twice"
            yield Problem(file=file, message=message, line=line, column=name, value=name, allowed=allowed)
        elif name not in columns:
            missing = [each for each in columns if each not in names]
            message = f"the column {quoted(name)} is not known{hint(name, missing)}"
            yield Problem(file=file, message=message, line=line, column=name, value=name, allowed=allowed)
    for name in columns:
        if name not in names:
            message = "the column is missing from the header"
            yield Problem(file=file, message=message, line=line, column=name, allowed=allowed)
