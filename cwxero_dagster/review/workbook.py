"""The workbook of the review pack: what finance sorts, annotates, sends on, and answers questions in.

What belongs here: which sheets there are and in what order. What does not: their columns (the modules that end in
_sheets), the figures (payables/reports), taking the answers (pipeline/answering).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cwxero_dagster.payables.reports.pack import KEYED, ReviewPack
from cwxero_dagster.review.comparison_sheets import comparison_sheets
from cwxero_dagster.review.files import in_place
from cwxero_dagster.review.formulas import Book
from cwxero_dagster.review.headings import ACCRUAL, BILLS, CASES, COMPARISON, DRAFTS, GOODS, Written
from cwxero_dagster.review.month_end_sheets import accrual_sheet, cents_sheet, drafts_sheet, paid_sheet, trend_sheet
from cwxero_dagster.review.summary_sheet import fill_summary
from cwxero_dagster.review.work_sheets import bills_sheet, cases_sheet, decided_sheet, goods_sheet, keyed_sheet


def write_workbook(
    pack: ReviewPack, path: Path, written: Written | None = None, *, still: Callable[[], bool] | None = None
) -> None:
    """Write the workbook to ``path``; it appears whole or not at all."""
    kept = written or Written()
    book = Book()
    summary = book.active
    summary.title = "Summary"
    tables = {
        CASES: cases_sheet(book, pack, kept),
        BILLS: bills_sheet(book, pack, kept),
        GOODS: goods_sheet(book, pack, kept),
    }
    if pack.keyed:
        tables[KEYED] = keyed_sheet(book, pack)
    if pack.parallel:
        tables[COMPARISON] = comparison_sheets(book, pack.parallel, kept, made_at=pack.made_at)
    tables[ACCRUAL] = accrual_sheet(book, pack)
    tables[DRAFTS] = drafts_sheet(book, pack)
    paid_sheet(book, pack, kept)
    cents_sheet(book, pack)
    trend_sheet(book, pack)
    decided_sheet(book, pack, kept)
    fill_summary(summary, pack, tables)
    book.calculation.fullCalcOnLoad = True
    book.properties.title = f"Review of billing cycle {pack.cycle.key}"
    book.properties.creator = "cwxero"
    with in_place(path, still=still) as fresh:
        book.save(fresh)
