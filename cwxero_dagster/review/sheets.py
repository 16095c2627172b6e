"""Sheets of a workbook that a person can sort, filter, sum and write into.

What belongs here: one table a sheet, with typed cells, frozen and filtered headers, totals as formulas, links and
columns to write in. What does not: formulas (formulas), which tables there are (workbook), reading a person's words
back (entries).

Text is text: it is stored as such whatever it begins with, so that nobody's vendor name becomes a formula. Amounts are
numbers with two decimals; a spreadsheet holds them exactly to the cent up to thirteen digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from cwxero_dagster.payables.wording import INSTEAD, SEVERAL, unturned
from cwxero_dagster.review.csv_files import is_like_formula
from cwxero_dagster.review.formulas import Table, put_formula

FACE, SIZE = "Calibri", 11
"""Every cell says its font, as a spreadsheet program that is told of none takes another for bold text."""
MONEY, QUANTITY, DAY = "#,##0.00;[Red]-#,##0.00", "#,##0.####", "yyyy-mm-dd"
LONGEST = 32_000
"""Characters that a cell takes (the format's limit is 32,767)."""
LONGEST_LINK = 2_000
_WRAPS_FROM = 20
"""Columns of text that are at least this wide break their lines; narrower ones hold ids and dates."""
_LINE_HEIGHT, _MOST_LINES = 15, 12
_HEADER = PatternFill("solid", fgColor="1F3A5F")
_ENTRY = PatternFill("solid", fgColor="FFF8E1")
_LINE = Border(bottom=Side(style="thin", color="D5DBE3"))
_WEB = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """One column: its heading, what a row shows there, and how."""

    heading: str
    value: Callable[[Any], Any] = lambda _: None
    width: int = 16
    form: str | None = None
    """Number format; None for text."""
    link: Callable[[Any], str | None] | None = None
    choices: Callable[[Any], Sequence[str]] | None = None
    """What a person may choose here."""
    entry: bool = False
    """A person writes here."""
    hidden: bool = False
    summed: bool = False


def write_table(
    sheet: Worksheet, heading: str, about: str, columns: Sequence[Column], rows: Sequence[Any], *, currency: str = ""
) -> Table:
    """Fill a sheet: heading, a sentence, a total a currency, then the table. ``currency`` names the column of it.

    A row in several currencies is in no total.
    """
    title(sheet, heading, about if rows else f"{about} There is none.")
    letters = {column.heading: get_column_letter(index) for index, column in enumerate(columns, start=1)}
    which = next((column.value for column in columns if column.heading == currency), None)
    currencies = sorted({which(row) for row in rows} - {SEVERAL}) if which else []
    header = 4 + len(currencies)
    values = {column.heading: [shown(column.value(row)) for row in rows] for column in columns}
    table = Table(sheet.title, header + 1, header + max(len(rows), 1), letters, values)
    for offset, code in enumerate(currencies):
        _totals(sheet, 3 + offset, code, columns, table, currency)
    for index, column in enumerate(columns, start=1):
        _header(sheet, header, index, column)
    for number, row in enumerate(rows, start=header + 1):
        for index, column in enumerate(columns, start=1):
            _fill(sheet, sheet.cell(number, index), column, row)
        sheet.row_dimensions[number].height = _height(columns, row)
    sheet.freeze_panes = sheet.cell(header + 1, 2)
    sheet.auto_filter.ref = f"A{header}:{get_column_letter(len(columns))}{table.last}"
    on_paper(sheet)
    sheet.print_title_rows = f"{header}:{header}"
    printed = next((index for index, column in enumerate(columns) if column.entry), len(columns))
    sheet.print_area = f"A1:{get_column_letter(printed)}{table.last}"
    return table


def title(sheet: Worksheet, heading: str, about: str) -> None:
    """The first two rows of a sheet: its heading, and a sentence about it."""
    put(sheet.cell(1, 1), heading).font = font(bold=True, size=14)
    put(sheet.cell(2, 1), about).font = font(italic=True, color="5B6878")


def font(**look: Any) -> Font:
    """The workbook's font."""
    return Font(**{"name": FACE, "size": SIZE, **look})


def header_cell(cell: Cell, heading: str, *, right: bool = False) -> None:
    """A heading above a column; ``right``: of numbers, which stand to the right."""
    put(cell, heading).font = font(bold=True, color="FFFFFF")
    cell.fill = _HEADER
    cell.alignment = Alignment(
        vertical="center", wrap_text=True, horizontal="right" if right else "left", indent=0 if right else 1
    )


def on_paper(sheet: Worksheet) -> None:
    """A4, landscape, as wide as the paper."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4


def lines_in(text: str, width: int) -> int:
    """Lines that a text takes in a column of so many characters."""
    return sum(max(1, math.ceil(len(part) * 1.1 / width)) for part in text.splitlines() or [""])


def shown(value: Any) -> Any:
    """A value as a cell holds it: text without what no cell takes, and not longer than one."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub(INSTEAD, unturned(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def put(cell: Cell, value: Any, form: str | None = None) -> Cell:
    """Put a value into a cell by its type; text never becomes a formula."""
    if value is not None:
        cell.value = shown(value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = is_like_formula(cell.value)
    if form:
        cell.number_format = form
    return cell


def link_to(cell: Cell, address: str | None) -> None:
    """Make a cell a link, where the address is one of the web."""
    if address and _WEB.match(address) and len(address) <= LONGEST_LINK:
        cell.hyperlink = address
        cell.font = font(color="1A5FB4", underline="single")


def _totals(sheet: Worksheet, number: int, code: str, columns: Sequence[Column], table: Table, currency: str) -> None:
    put(sheet.cell(number, 1), f"Total {code}".strip()).font = font(bold=True)
    for index, column in enumerate(columns, start=1):
        if column.summed:
            made = table.sum_where(column.heading, (currency, code))
            put_formula(sheet.cell(number, index), made, MONEY).font = font(bold=True)


def _header(sheet: Worksheet, number: int, index: int, column: Column) -> None:
    header_cell(sheet.cell(number, index), column.heading, right=_is_number(column))
    sheet.row_dimensions[number].height = max(
        sheet.row_dimensions[number].height or 0, _LINE_HEIGHT * lines_in(column.heading, column.width) + 3
    )
    dimension = sheet.column_dimensions[get_column_letter(index)]
    dimension.width = column.width
    dimension.hidden = column.hidden


def _fill(sheet: Worksheet, cell: Cell, column: Column, row: Any) -> None:
    value = column.value(row)
    put(cell, value, column.form if isinstance(value, Decimal | int | date) else None)
    cell.font = font()
    cell.border = _LINE
    cell.alignment = Alignment(
        vertical="top",
        wrap_text=_wraps(column),
        horizontal="right" if _is_number(column) else "left",
        indent=0 if _is_number(column) else 1,
    )
    if column.link:
        link_to(cell, column.link(row))
    if column.entry:
        cell.fill = _ENTRY
    if column.choices and (choices := column.choices(row)):
        allowed = DataValidation(type="list", formula1='"' + ",".join(choices) + '"', allow_blank=True)
        allowed.error = "Choose one of: " + ", ".join(choices)
        sheet.add_data_validation(allowed)
        allowed.add(cell)


def _is_number(column: Column) -> bool:
    return column.form not in {None, DAY}


def _wraps(column: Column) -> bool:
    return column.width >= _WRAPS_FROM


def _height(columns: Sequence[Column], row: Any) -> int:
    """Height in points that shows the longest text of a row, up to a limit."""
    texts = [(column.value(row), column.width) for column in columns if _wraps(column) and not column.hidden]
    lines = max((lines_in(value, width) for value, width in texts if isinstance(value, str)), default=1)
    return _LINE_HEIGHT * min(lines, _MOST_LINES)
