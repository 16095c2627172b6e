"""The workbook's first sheet: the tie-out line, worked out again from the other sheets beside our own figures.

What belongs here: that sheet. What does not: the figures (payables/reports), the tables (the other sheets).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.reports.bills import HELD, IN_QUESTION, IN_XERO, PLACES
from cwxero_dagster.payables.reports.pack import KEYED, ReviewPack
from cwxero_dagster.payables.reports.parallel import ParallelRun
from cwxero_dagster.review.comparison_sheets import SIDES
from cwxero_dagster.review.drawings import bars_of
from cwxero_dagster.review.headings import ACCRUAL, BILLS, COMPARISON, DRAFTS, GOODS
from cwxero_dagster.review.sheets import MONEY, Table, font, formula, header_cell, lines_in, on_paper, put, title

_SIGNED = {
    "keyed": "your bills",
    "only_keyed": "- only yours",
    "only_sync": "+ only the sync's",
    "differences": "+ differences",
    "sync": "= the sync's",
    "unexplained": "unexplained",
}
"""The tie-out line, in its order."""
WIDTHS = (10, 52, 8, 20, 20, 14)
"""Of the columns, in characters."""


def fill_summary(sheet: Worksheet, pack: ReviewPack, tables: Mapping[str, Table]) -> None:
    """Fill the sheet; ``tables``: where the tables of the other sheets lie."""
    mode = "live" if pack.mode == "live" else "shadow: nothing was written to Xero"
    signed = ", ".join(pack.signed_by) or "nobody yet"
    about = (
        f"{pack.cycle.first_day} to {pack.cycle.last_day}, {mode}. Decision signed by {signed}. "
        f"Written {pack.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
    )
    title(sheet, f"Billing cycle {pack.cycle.key}: {pack.organisation}", about)
    headings = ("Currency", "What", "Bills", "From the sheets", "Our figure", "Difference")
    for index, heading in enumerate(headings, start=1):
        header_cell(sheet.cell(4, index), heading, right=index > 2)
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    row = _tie_out(sheet, 5, pack, tables[BILLS])
    if pack.to_key:
        _sentence(sheet, row, pack.to_key)
        row += 2
    row = _held(sheet, row, pack, tables[BILLS])
    row = _month_end(sheet, row, pack, tables)
    if pack.parallel:
        row = _parallel_run(sheet, row + 1, pack.parallel, tables[COMPARISON])
    if pack.volume:
        _sentence(sheet, row + 1, pack.volume.words)
    sheet.freeze_panes = "A5"
    on_paper(sheet)


def _tie_out(sheet: Worksheet, row: int, pack: ReviewPack, bills: Table) -> int:
    """Where the money of the cycle stands, a block a currency; the first row behind is given back, as everywhere."""
    for line in pack.tie_out:
        begins = row
        for place in PLACES:
            put(sheet.cell(row, 1), line.currency_code)
            put(sheet.cell(row, 2), place)
            conditions = (("Where it stands", f"$B{row}"), ("Currency", f"$A{row}"))
            formula(sheet.cell(row, 3), bills.count_where(*conditions), "0")
            money = bills.sum_where("Total", *conditions)
            if place in {IN_XERO, IN_QUESTION}:
                money = bills.sum_where("Total in Xero", conditions[0], ("Currency in Xero", f"$A{row}"))
            _both(sheet, row, money, line.places[place])
            row += 1
        for name, figure in (
            ("Due under the decision", line.due),
            ("No longer due", line.no_longer_due),
            ("Left as it was written", line.left),
            ("Changed in Xero", line.changed),
            ("Unexplained", line.unexplained),
        ):
            put(sheet.cell(row, 1), line.currency_code)
            put(sheet.cell(row, 2), name).font = font(bold=True)
            put(sheet.cell(row, 5), figure, MONEY).font = font(bold=True)
            row += 1
        formula(sheet.cell(row - 1, 4), f"=ROUND(SUM(E{row - 5}:E{row - 2})-SUM(D{begins}:D{row - 6}),2)")
        formula(sheet.cell(row - 1, 6), f"=ROUND(D{row - 1}-E{row - 1},2)")
        if line.currency_code == pack.base_currency:
            drawn = bars_of(sheet, f"Where the money stands, {line.currency_code}", 2, 4, begins, row - 6)
            sheet.add_chart(drawn, "H4")
        row += 1
    return row


def _held(sheet: Worksheet, row: int, pack: ReviewPack, bills: Table) -> int:
    """What is held, by the gravest question of each bill."""
    begins = row
    for question in pack.questions:
        for currency, amount in question.money.items():
            put(sheet.cell(row, 1), currency)
            put(sheet.cell(row, 2), f"Held: {question.title}")
            asked = (("Question", f'"{question.title}"'), ("Currency asked", f"$A{row}"))
            places = [(*asked, ("Where it stands", f'"{place}"')) for place in (HELD, IN_QUESTION)]
            counts = [bills.count_where(*conditions) for conditions in places]
            sums = [bills.sum_where("At stake", *conditions) for conditions in places]
            formula(sheet.cell(row, 3), _added(counts), "0")
            _both(sheet, row, _added(sums), amount)
            row += 1
    return row + 1 if row > begins else row


def _month_end(sheet: Worksheet, row: int, pack: ReviewPack, tables: Mapping[str, Table]) -> int:
    """What finance needs at the end of a month, from the sheets that list it."""
    by_hand = [("Left out, on bills that you keyed", tables[KEYED], "Amount", pack.keyed_money)] if pack.keyed else []
    for name, table, column, money in (
        (f"Received, not billed (without tax, as at {pack.as_at})", tables[GOODS], "Amount", pack.goods_money),
        *by_hand,
        (f"Accrual to post on {pack.accrual.posted_on}", tables[ACCRUAL], "Debit", pack.accrual.money),
        (f"Drafts to approve, dated up to {pack.as_at}", tables[DRAFTS], "Total", pack.drafts_money),
    ):
        for currency, amount in money.items():
            put(sheet.cell(row, 1), currency)
            put(sheet.cell(row, 2), name)
            _both(sheet, row, table.sum_where(column, ("Currency", f"$A{row}")), amount)
            row += 1
    return row


def _added(formulas: Sequence[str]) -> str:
    return "=" + "+".join(text.removeprefix("=") for text in formulas)


def _both(sheet: Worksheet, row: int, from_sheets: str, ours: Decimal) -> None:
    """A figure as the sheets give it, as we say it, and that both are the same."""
    formula(sheet.cell(row, 4), from_sheets)
    put(sheet.cell(row, 5), ours, MONEY)
    formula(sheet.cell(row, 6), f"=ROUND(D{row}-E{row},2)")


def _sentence(sheet: Worksheet, row: int, words: str) -> None:
    """A sentence across the table."""
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(WIDTHS))
    put(sheet.cell(row, 1), words).alignment = Alignment(vertical="top", wrap_text=True)
    sheet.row_dimensions[row].height = 15 * lines_in(words, sum(WIDTHS))


def _parallel_run(sheet: Worksheet, row: int, run: ParallelRun, table: Table) -> int:
    """Whether the cycle is ready, and its tie-out line from the sheet's rows."""
    verdict = "ready" if run.ready else "not ready"
    put(sheet.cell(row, 1), f"Parallel run: {verdict}").font = font(bold=True, size=12)
    agree = f"{run.matched} of {run.compared} rows agree or are decided ({run.percent} %)."
    sentences = [*([] if run.reasons else [agree]), *run.reasons, *run.remarks, run.standing, *run.changes]
    for number, sentence in enumerate(sentences, start=row + 1):
        _sentence(sheet, number, sentence)
    row += len(sentences) + 1
    for currency, tie_out in run.tie_outs.items():
        begins = row
        for side, words in _SIGNED.items():
            put(sheet.cell(row, 1), currency)
            put(sheet.cell(row, 2), f"Parallel run: {words}")
            _both(sheet, row, table.sum_where(SIDES[side], ("Currency", f"$A{row}")), getattr(tie_out, side))
            row += 1
        put(sheet.cell(row, 1), currency)
        put(sheet.cell(row, 2), "Parallel run: the line adds up (0.00)").font = font(bold=True)
        _both(sheet, row, f"=ROUND(D{begins}-D{begins + 1}+D{begins + 2}+D{begins + 3}-D{begins + 4},2)", ZERO)
        row += 2
    return row
