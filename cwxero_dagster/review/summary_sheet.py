"""The workbook's first sheet: the tie-out line, worked out again from the other sheets beside our own figures.

What belongs here: that sheet. What does not: the figures (payables/reports), the tables (the other sheets).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.reports.bills import PLACES
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.payables.reports.parallel import ParallelRun
from cwxero_dagster.review.comparison_sheets import SIDES
from cwxero_dagster.review.headings import BILLS, COMPARISON, GOODS
from cwxero_dagster.review.sheets import MONEY, Table, formula, put

_SIGNED = {
    "keyed": "your bills",
    "only_keyed": "- only yours",
    "only_sync": "+ only the sync's",
    "differences": "+ differences",
    "sync": "= the sync's",
    "unexplained": "unexplained",
}
"""The tie-out line, in its order."""


def fill_summary(sheet: Worksheet, pack: ReviewPack, tables: Mapping[str, Table]) -> None:
    """Fill the sheet; ``tables``: where the tables of the other sheets lie."""
    put(sheet.cell(1, 1), f"Billing cycle {pack.cycle.key}: {pack.organisation}").font = Font(bold=True, size=14)
    mode = "live" if pack.mode == "live" else "shadow: nothing was written to Xero"
    signed = ", ".join(pack.signed_by) or "nobody yet"
    about = (
        f"{pack.cycle.first_day} to {pack.cycle.last_day}, {mode}. Decision signed by {signed}. "
        f"Written {pack.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
    )
    put(sheet.cell(2, 1), about).font = Font(italic=True, color="5B6878")
    headings = ("Currency", "What", "Bills", "From the sheets", "Our figure", "Difference")
    for index, heading in enumerate(headings, start=1):
        put(sheet.cell(4, index), heading).font = Font(bold=True)
    row = 5
    bills = tables[BILLS]
    for line in pack.tie_out:
        begins = row
        for place in PLACES:
            put(sheet.cell(row, 1), line.currency_code)
            put(sheet.cell(row, 2), place)
            conditions = (("Where it stands", f"$B{row}"), ("Currency", f"$A{row}"))
            formula(sheet.cell(row, 3), bills.count_where(*conditions), "0")
            formula(sheet.cell(row, 4), bills.sum_where("Total", *conditions))
            put(sheet.cell(row, 5), line.places[place], MONEY)
            formula(sheet.cell(row, 6), f"=ROUND(D{row}-E{row},2)")
            row += 1
        for name, figure in (
            ("Due under the decision", line.due),
            ("No longer due", line.no_longer_due),
            ("Unexplained", line.unexplained),
        ):
            put(sheet.cell(row, 1), line.currency_code)
            put(sheet.cell(row, 2), name).font = Font(bold=True)
            put(sheet.cell(row, 5), figure, MONEY).font = Font(bold=True)
            row += 1
        formula(sheet.cell(row - 1, 4), f"=ROUND(E{row - 3}+E{row - 2}-SUM(D{begins}:D{row - 4}),2)")
        formula(sheet.cell(row - 1, 6), f"=ROUND(D{row - 1}-E{row - 1},2)")
        row += 1
    for name, table, money in (("Received, not billed", tables[GOODS], pack.goods_money),):
        for currency, amount in money.items():
            put(sheet.cell(row, 1), currency)
            put(sheet.cell(row, 2), f"{name} (without tax, as at {pack.as_at})")
            formula(sheet.cell(row, 4), table.sum_where("Amount", ("Currency", f"$A{row}")))
            put(sheet.cell(row, 5), amount, MONEY)
            formula(sheet.cell(row, 6), f"=ROUND(D{row}-E{row},2)")
            row += 1
    if pack.parallel:
        row = _parallel_run(sheet, row + 1, pack.parallel, tables[COMPARISON])
    if pack.volume:
        put(sheet.cell(row + 1, 1), pack.volume.words)
    for letter, width in zip("ABCDEF", (10, 44, 8, 22, 18, 14), strict=True):
        sheet.column_dimensions[letter].width = width


def _parallel_run(sheet: Worksheet, row: int, run: ParallelRun, table: Table) -> int:
    """Whether the cycle is ready, and its tie-out line from the sheet's rows; the first row behind it is given back."""
    put(sheet.cell(row, 1), "Parallel run").font = Font(bold=True, size=12)
    verdict = "ready" if run.ready else "not ready"
    put(sheet.cell(row, 2), f"{verdict}: {run.matched} of {run.compared} rows agree or are decided ({run.percent} %)")
    sentences = [*run.reasons, *run.remarks, run.standing, *run.changes]
    for number, sentence in enumerate(sentences, start=row + 1):
        put(sheet.cell(number, 2), sentence)
    row += len(sentences) + 1
    for currency, tie_out in run.tie_outs.items():
        begins = row
        for side, words in _SIGNED.items():
            put(sheet.cell(row, 1), currency)
            put(sheet.cell(row, 2), f"Parallel run: {words}")
            formula(sheet.cell(row, 4), table.sum_where(SIDES[side], ("Currency", f"$A{row}")))
            put(sheet.cell(row, 5), getattr(tie_out, side), MONEY)
            formula(sheet.cell(row, 6), f"=ROUND(D{row}-E{row},2)")
            row += 1
        put(sheet.cell(row, 1), currency)
        put(sheet.cell(row, 2), "Parallel run: the line adds up (0.00)").font = Font(bold=True)
        formula(sheet.cell(row, 4), f"=ROUND(D{begins}-D{begins + 1}+D{begins + 2}+D{begins + 3}-D{begins + 4},2)")
        put(sheet.cell(row, 5), ZERO, MONEY)
        formula(sheet.cell(row, 6), f"=ROUND(D{row}-E{row},2)")
        row += 2
    return row
