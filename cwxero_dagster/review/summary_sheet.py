"""The workbook's first sheet: the tie-out line, worked out again from the other sheets beside our own figures.

What belongs here: that sheet. What does not: the figures (payables/reports), the tables (the other sheets).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from cwxero_dagster.payables.money import rounded, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.reports.bills import HELD, IN_QUESTION, IN_XERO, PLACES
from cwxero_dagster.payables.reports.pack import KEYED, ReviewPack
from cwxero_dagster.payables.reports.parallel import ParallelRun
from cwxero_dagster.review.comparison_sheets import SIDES
from cwxero_dagster.review.drawings import bars_of
from cwxero_dagster.review.formulas import Formula, Table, less, put_formula
from cwxero_dagster.review.headings import ACCRUAL, BILLS, COMPARISON, DRAFTS, GOODS
from cwxero_dagster.review.sheets import MONEY, font, header_cell, lines_in, on_paper, put, title

_SIGNED = {
    "keyed": "your bills",
    "only_keyed": "- only yours",
    "only_sync": "+ only the sync's",
    "differences": "+ differences",
    "sync": "= the sync's",
    "unexplained": "unexplained",
}
"""The tie-out line, in its order."""
_ASKED_FOR = ("Due under the decision", "No longer due", "Left as it was written", "Changed in Xero", "Unexplained")
"""What the places of a currency's money are held against."""
WIDTHS = (10, 52, 8, 20, 20, 14)
"""Of the columns, in characters."""


def fill_summary(sheet: Worksheet, pack: ReviewPack, tables: Mapping[str, Table]) -> None:
    """Fill the sheet; ``tables``: where the tables of the other sheets lie."""
    signed = ", ".join(pack.signed_by) or "nobody yet"
    about = (
        f"{pack.cycle.first_day} to {pack.cycle.last_day}. {pack.mode_words} Decision signed by {signed}. "
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
        begins, standing = row, ZERO
        for place in PLACES:
            currency = put(sheet.cell(row, 1), line.currency_code)
            where = ("Where it stands", put(sheet.cell(row, 2), place))
            put_formula(sheet.cell(row, 3), bills.count_where(where, ("Currency", currency)), "0")
            if place in {IN_XERO, IN_QUESTION}:
                money = bills.sum_where("Total in Xero", where, ("Currency in Xero", currency))
            else:
                money = bills.sum_where("Total", where, ("Currency", currency))
            _both(sheet, row, money, line.places[place])
            standing += money.result
            row += 1
        figures = (line.due, line.no_longer_due, line.left, line.changed)
        for name, figure in zip(_ASKED_FOR, (*figures, line.unexplained), strict=True):
            put(sheet.cell(row, 1), line.currency_code)
            put(sheet.cell(row, 2), name).font = font(bold=True)
            put(sheet.cell(row, 5), figure, MONEY).font = font(bold=True)
            row += 1
        gap = f"ROUND(SUM(E{row - 5}:E{row - 2})-SUM(D{begins}:D{row - 6}),2)"
        _both(sheet, row - 1, Formula(gap, rounded(total(figures) - standing)), line.unexplained)
        if line.currency_code == pack.base_currency:
            drawn = bars_of(sheet, f"Where the money stands, {line.currency_code}", 2, 4, begins, row - 6)
            sheet.add_chart(drawn, "H4")
        row += 1
    return row


def _held(sheet: Worksheet, row: int, pack: ReviewPack, bills: Table) -> int:
    """What is held, by the gravest question of each bill."""
    begins = row
    for question in pack.questions:
        for code, amount in question.money.items():
            currency = put(sheet.cell(row, 1), code)
            put(sheet.cell(row, 2), f"Held: {question.title}")
            asked = (("Question", question.title), ("Currency asked", currency))
            held, in_question = [(*asked, ("Where it stands", place)) for place in (HELD, IN_QUESTION)]
            put_formula(sheet.cell(row, 3), bills.count_where(*held) + bills.count_where(*in_question), "0")
            _both(sheet, row, bills.sum_where("At stake", *held) + bills.sum_where("At stake", *in_question), amount)
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
        for code, amount in money.items():
            currency = put(sheet.cell(row, 1), code)
            put(sheet.cell(row, 2), name)
            _both(sheet, row, table.sum_where(column, ("Currency", currency)), amount)
            row += 1
    return row


def _both(sheet: Worksheet, row: int, from_sheets: Formula, ours: Decimal) -> None:
    """A figure as the sheets give it, as we say it, and that both are the same."""
    theirs = put_formula(sheet.cell(row, 4), from_sheets, MONEY)
    figure = put(sheet.cell(row, 5), ours, MONEY)
    put_formula(sheet.cell(row, 6), less(theirs, figure, from_sheets.result - ours), MONEY)


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
    for code, tie_out in run.tie_outs.items():
        begins, sides = row, {}
        for side, words in _SIGNED.items():
            currency = put(sheet.cell(row, 1), code)
            put(sheet.cell(row, 2), f"Parallel run: {words}")
            sides[side] = table.sum_where(SIDES[side], ("Currency", currency))
            _both(sheet, row, sides[side], getattr(tie_out, side))
            row += 1
        put(sheet.cell(row, 1), code)
        put(sheet.cell(row, 2), "Parallel run: the line adds up (0.00)").font = font(bold=True)
        keyed, only_keyed, only_sync, differences, sync, _ = (made.result for made in sides.values())
        line = f"ROUND(D{begins}-D{begins + 1}+D{begins + 2}+D{begins + 3}-D{begins + 4},2)"
        _both(sheet, row, Formula(line, rounded(keyed - only_keyed + only_sync + differences - sync)), ZERO)
        row += 2
    return row
