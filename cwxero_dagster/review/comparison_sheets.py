"""The sheets of the parallel run: bills side by side, every difference, patterns, and what both sides book on.

What belongs here: their columns. What does not: the figures (payables/reports/parallel), taking the verdicts
(pipeline/answering). A cycle that was never compared has none of these sheets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook

from cwxero_dagster.payables.comparison.dispositions import verdict_words
from cwxero_dagster.payables.comparison.result import KINDS, VERDICTS, TieOut
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.payables.reports.parallel import STATUS, ComparedRow, ParallelRun
from cwxero_dagster.review.formulas import Table
from cwxero_dagster.review.headings import (
    ALIKE,
    BOOKED,
    COMPARISON,
    DIFFERENCES,
    NAME,
    NOTE,
    OUTCOME,
    PATTERN,
    PATTERNS,
    ROW,
    SEEN,
    THE_SYNCS_BILL,
    VENDOR,
    VERDICT,
    YOUR_BILL,
    Written,
)
from cwxero_dagster.review.sheets import DAY, MONEY, Column, write_table

SIDES = {
    "keyed": "Yours",
    "only_keyed": "Only yours",
    "only_sync": "Only the sync's",
    "differences": "Differences",
    "sync": "The sync's",
    "unexplained": "Unexplained",
}
"""Headings of the tie-out's parts."""
BOOKED_BY = {
    "vendor": "Vendor (gross)",
    "account": "Account (net)",
    "tax_type": "Tax type (tax)",
    "tracking": "Tracking (net)",
}


@dataclass(frozen=True)
class _Line:
    """A row of the comparison in one currency; a row whose bills are in two has two lines."""

    row: ComparedRow
    currency_code: str
    share: TieOut | None


def comparison_sheets(book: Workbook, run: ParallelRun, kept: Written, *, made_at: datetime) -> Table:
    """All of them; the table of the first is given back. ``made_at``: when this copy is written."""
    moment = made_at.astimezone(UTC).isoformat(timespec="microseconds")
    table = _comparison(book, run, kept, moment)
    _differences(book, run)
    _patterns(book, run, kept, moment)
    _booked(book, run)
    return table


def _comparison(book: Workbook, run: ParallelRun, kept: Written, moment: str) -> Table:
    columns = [
        Column(VENDOR, lambda line: line.row.vendor, 28),
        Column(
            "Purchase orders", lambda line: ", ".join(line.row.po_numbers), 20, link=lambda line: line.row.po_link
        ),
        Column("Who has it", lambda line: STATUS[line.row.status], 26),
        Column("What differs", lambda line: ", ".join(KINDS[kind] for kind in line.row.kinds), 24),
        Column(YOUR_BILL, lambda line: line.row.keyed_number, 24, link=lambda line: line.row.keyed_link),
        Column("Your date", lambda line: line.row.keyed_date, 12, DAY),
        Column(THE_SYNCS_BILL, lambda line: line.row.sync_number, 24),
        Column("Its date", lambda line: line.row.sync_date, 12, DAY),
        Column("Currency", lambda line: line.currency_code, 10),
        *[Column(heading, _share(side), 15, MONEY, summed=True) for side, heading in SIDES.items()],
        Column("Set aside", lambda line: line.row.set_aside.get(line.currency_code), 15, MONEY, summed=True),
        Column("Without a verdict", lambda line: line.row.open, 10, "0"),
        Column("Why", lambda line: line.row.reason, 60),
        Column("What else there is to know", lambda line: line.row.remark, 36),
        *_entries(
            kept, moment, COMPARISON, subject=lambda line: line.row.row_id, shown=lambda line: line.row.shown,
            decidable=lambda line: bool(line.row.kinds), decided=lambda line: line.row.decided,
        ),
        Column("Paired by", lambda line: line.row.match, 20),
        Column("Where yours stands", lambda line: line.row.keyed_where, 18),
        Column(ROW, lambda line: line.row.row_id, 20),
    ]  # fmt: skip
    about = (
        "Your bills and what the sync would have billed, worst first. A verdict decides every difference of its row: "
        "choose it, write your name, save the file here; the next comparison takes it. Nothing was written to Xero."
    )
    lines = list(_lines(run))
    return write_table(book.create_sheet(COMPARISON), "Parallel run", about, columns, lines, currency="Currency")


def _lines(run: ParallelRun) -> Iterator[_Line]:
    for row in run.rows:
        for currency in row.sums or row.set_aside:
            yield _Line(row, currency, row.sums.get(currency))


def _share(side: str) -> Callable[[_Line], Decimal | None]:
    return lambda line: getattr(line.share, side) if line.share else None


def _differences(book: Workbook, run: ParallelRun) -> Table:
    columns = [
        Column(VENDOR, lambda one: one.row.vendor, 28),
        Column("Purchase orders", lambda one: ", ".join(one.row.po_numbers), 20, link=lambda one: one.row.po_link),
        Column(YOUR_BILL, lambda one: one.row.keyed_number, 24, link=lambda one: one.row.keyed_link),
        Column("What differs", lambda one: KINDS[one.kind], 24),
        Column("Field", lambda one: one.field, 16),
        Column("Line", lambda one: one.line, 30),
        Column("Yours", lambda one: one.keyed, 24),
        Column("The sync's", lambda one: one.sync, 24),
        Column("Currency", lambda one: one.currency_code, 10),
        Column("Amount", lambda one: one.amount, 15, MONEY, summed=True),
        Column("Explained", lambda one: "yes" if one.explained else "no", 10),
        Column("Why", lambda one: one.reason, 60),
        Column("One of many alike", lambda one: one.pattern, 40),
        Column("Decided", lambda one: one.decided, 40),
        Column(ROW, lambda one: one.row.row_id, 20),
    ]
    about = "Every difference, one a row; the amount is the sync's less yours. Decide in Comparison or Patterns."
    sheet = book.create_sheet(DIFFERENCES)
    return write_table(sheet, "Differences, field by field", about, columns, run.differences, currency="Currency")


def _patterns(book: Workbook, run: ParallelRun, kept: Written, moment: str) -> Table:
    columns = [
        Column(ALIKE, lambda one: one.words, 60),
        Column("What differs", lambda one: KINDS[one.kind], 24),
        Column("Differences", lambda one: one.differences, 12, "0"),
        Column("Without a verdict", lambda one: one.open, 10, "0"),
        Column("Net effect", lambda one: moneys_text(one.amounts, run.base_currency), 30),
        *_entries(
            kept, moment, PATTERNS, subject=lambda one: one.pattern_id, shown=lambda one: one.shown,
            decidable=lambda _: True, decided=lambda one: one.decided,
        ),
        Column(PATTERN, lambda one: one.pattern_id, 20),
    ]  # fmt: skip
    about = "Differences that are alike on several bills: one verdict decides all of them."
    return write_table(book.create_sheet(PATTERNS), "Patterns", about, columns, run.patterns)


def _booked(book: Workbook, run: ParallelRun) -> Table:
    columns = [
        Column("By", lambda one: BOOKED_BY[one.by], 18),
        Column("Value", lambda one: one.value, 36),
        Column("Currency", lambda one: one.currency, 10),
        Column("Yours", lambda one: one.keyed, 15, MONEY),
        Column("The sync's", lambda one: one.sync, 15, MONEY),
        Column("Difference", lambda one: one.difference, 15, MONEY),
    ]
    about = (
        "What both sides book on each vendor, account, tax type and tracking option; what was set aside is left out."
    )
    return write_table(book.create_sheet(BOOKED), "Both sides, added up", about, columns, run.totals)


def _entries(
    kept: Written,
    moment: str,
    sheet: str,
    *,
    subject: Callable[[Any], str],
    shown: Callable[[Any], str],
    decidable: Callable[[Any], bool],
    decided: Callable[[Any], str],
) -> list[Column]:
    """The columns to decide in, and what was decided."""
    choices = tuple(verdict_words(verdict) for verdict in VERDICTS)
    return [
        Column(VERDICT, width=18, choices=lambda one: choices if decidable(one) else (), entry=True),
        Column(NAME, lambda one: kept.answers.get(subject(one), ("", "", ""))[1] or None, 16, entry=True),
        Column(NOTE, lambda one: kept.notes.get((sheet, subject(one))), 36, entry=True),
        Column("Decided", decided, 40),
        Column(OUTCOME, lambda one: kept.outcomes.get(subject(one)), 40),
        Column(SEEN, lambda one: f"{shown(one)}@{moment}", 10, hidden=True),
    ]
