"""The workbook of the review pack: what finance sorts, annotates, sends on, and answers questions in.

What belongs here: which sheets there are and what their columns show. What does not: the figures (payables/reports),
how a sheet is laid out (sheets), taking the answers (pipeline/answering).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from cwxero_dagster.payables.money import amount_text, decimals_text
from cwxero_dagster.payables.reports.bills import PLACES
from cwxero_dagster.payables.reports.pack import CaseRow, ReviewPack
from cwxero_dagster.review.files import in_place
from cwxero_dagster.review.sheets import DAY, MONEY, QUANTITY, Column, Table, formula, put, write_table

CASES, DECIDED, BILLS, GOODS, DRAFTS = "Questions", "Decided", "Bills", "Received not billed", "Drafts"
CASE, DECISION, XERO_ID, NAME, REASON, NOTE, OUTCOME, SEEN = (
    "Case",
    "Decision",
    "Xero bill id",
    "Your name",
    "Your reason",
    "Note",
    "What became of it",
    "Seen",
)
"""Headings that are read back."""
BILL, ORDER = "Bill key", "Purchase order"
UNDO = "undo"


@dataclass(frozen=True)
class Written:
    """What people wrote into an earlier copy of the workbook, to be carried over."""

    notes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By sheet and case, bill key or purchase order."""
    answers: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Xero id, name and reason by case, of answers that could not be taken."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Why, in words, by case."""


def write_workbook(pack: ReviewPack, path: Path, written: Written | None = None) -> None:
    """Write the workbook to ``path``; it appears whole or not at all."""
    kept = written or Written()
    book = Workbook()
    summary = book.active
    summary.title = "Summary"
    tables = {
        CASES: _cases(book, pack, kept),
        BILLS: _bills(book, pack, kept),
        GOODS: _goods(book, pack, kept),
    }
    _accrual(book, pack)
    _drafts(book, pack)
    _paid(book, pack)
    _cents(book, pack)
    _trend(book, pack)
    _decided(book, pack, kept)
    _summary(summary, pack, tables)
    book.calculation.fullCalcOnLoad = True
    book.properties.title = f"Review of billing cycle {pack.cycle.key}"
    book.properties.creator = "cwxero"
    with in_place(path) as fresh:
        book.save(fresh)


def _summary(sheet: Worksheet, pack: ReviewPack, tables: Mapping[str, Table]) -> None:
    put(sheet.cell(1, 1), f"Billing cycle {pack.cycle.key}: {pack.organisation}").font = Font(bold=True, size=14)
    mode = "live" if pack.mode == "live" else "shadow: nothing was written to Xero"
    signed = ", ".join(pack.signed_by) or "nobody yet"
    about = (
        f"{pack.cycle.first_day} to {pack.cycle.last_day}, {mode}. Decision signed by {signed}. "
        f"Written {pack.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
    )
    put(sheet.cell(2, 1), about).font = Font(italic=True, color="5B6878")
    headings = ("Currency", "What", "Bills", "From the sheet Bills", "Our figure", "Difference")
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
    if pack.volume:
        put(sheet.cell(row + 1, 1), pack.volume.words)
    for letter, width in zip("ABCDEF", (10, 44, 8, 22, 18, 14), strict=True):
        sheet.column_dimensions[letter].width = width


def _cases(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    def answer(part: int) -> Any:
        return lambda case: kept.answers.get(case.case_id, ("", "", ""))[part] or None

    columns = [
        Column(CASE, lambda case: case.case_id, 13),
        Column("Question", lambda case: case.title, 30),
        Column("Who", lambda case: case.owner, 14),
        Column("Since", lambda case: case.first_seen, 12, DAY),
        Column("Days", lambda case: case.days, 7, "0"),
        Column("Bills", lambda case: case.bills, 7, "0"),
        Column("Amount", lambda case: case.amount, 15, MONEY, summed=True),
        Column("Currency", lambda case: case.currency_code, 10),
        Column("Purchase orders", lambda case: ", ".join(case.po_numbers), 30, link=lambda case: case.po_link),
        Column("What happened", lambda case: case.what_happened, 60),
        Column("What we did", lambda case: case.what_we_did, 40),
        Column("What to do", lambda case: case.what_to_do, 60),
        Column(DECISION, width=16, choices=lambda case: case.ways_out, entry=True),
        Column(XERO_ID, answer(0), 20, entry=True),
        Column(NAME, answer(1), 16, entry=True),
        Column(REASON, answer(2), 36, entry=True),
        Column(NOTE, lambda case: kept.notes.get((CASES, case.case_id)), 36, entry=True),
        Column(OUTCOME, lambda case: kept.outcomes.get(case.case_id), 40),
        Column(SEEN, lambda case: seen(pack, case), 10, hidden=True),
    ]
    about = (
        "One question a row. To answer: choose a decision, write your name and your reason, save the file here; the "
        "next run takes it. A bill with two questions is in two rows, so the total can exceed what is held."
    )
    return write_table(
        book.create_sheet(CASES), "Questions to a person", about, columns, pack.cases, currency="Currency"
    )


def _decided(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    columns = [
        Column(CASE, lambda case: case.case_id, 13),
        Column("Question", lambda case: case.title, 30),
        Column("Decided", lambda case: case.status, 12),
        Column("By whom and why", lambda case: case.because, 60),
        Column("Purchase orders", lambda case: ", ".join(case.po_numbers), 30, link=lambda case: case.po_link),
        Column(DECISION, choices=lambda _: (UNDO,), width=16, entry=True),
        Column(NAME, width=16, entry=True),
        Column(NOTE, lambda case: kept.notes.get((DECIDED, case.case_id)), 36, entry=True),
        Column(OUTCOME, lambda case: kept.outcomes.get(case.case_id), 40),
        Column(SEEN, lambda case: seen(pack, case), 10, hidden=True),
    ]
    about = (
        "What people decided. To take one back, as far as nothing was published on it: choose undo and write your name."
    )
    return write_table(book.create_sheet(DECIDED), "Decisions in force", about, columns, pack.decided)


def seen(pack: ReviewPack, case: CaseRow) -> str:
    """What the person saw when she answers: the facts of the question, and when this copy was written."""
    return f"{case.token}@{pack.made_at.astimezone(UTC).isoformat(timespec='microseconds')}"


def _bills(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    columns = [
        Column("Purchase orders", lambda bill: ", ".join(bill.po_numbers), 20, link=lambda bill: bill.po_link),
        Column("Vendor", lambda bill: bill.vendor, 28),
        Column("Bill", lambda bill: bill.number, 28, link=lambda bill: bill.xero_link),
        Column("Where it stands", lambda bill: bill.place, 22),
        Column("Status in Xero", lambda bill: (bill.xero_status or "").lower(), 14),
        Column("Date", lambda bill: bill.dated, 12, DAY),
        Column("Due", lambda bill: bill.due_date, 12, DAY),
        Column("Received", lambda bill: bill.due_on, 12, DAY),
        Column("Currency", lambda bill: bill.currency_code, 10),
        Column("Net", lambda bill: bill.net, 15, MONEY, summed=True),
        Column("Tax", lambda bill: bill.tax, 13, MONEY, summed=True),
        Column("Total", lambda bill: bill.total, 15, MONEY, summed=True),
        Column("Total in Xero", lambda bill: bill.xero_total, 15, MONEY, summed=True),
        Column("Question", lambda bill: bill.question, 30),
        Column("Why", lambda bill: bill.reason, 60),
        Column(NOTE, lambda bill: kept.notes.get((BILLS, bill.key)), 36, entry=True),
        Column(BILL, lambda bill: bill.key, 18),
    ]
    about = f"Every bill and supplier credit of {pack.cycle.key}; credits are negative."
    return write_table(book.create_sheet(BILLS), "Bills", about, columns, pack.bills, currency="Currency")


def _goods(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    columns = [
        Column(ORDER, lambda row: row.po_number, 16, link=lambda row: row.po_link),
        Column("Vendor", lambda row: row.vendor, 28),
        Column("Goods", lambda row: row.goods, 24),
        Column("Quantity", lambda row: row.quantity, 10, QUANTITY),
        Column("Currency", lambda row: row.currency_code, 10),
        Column("Amount", lambda row: row.amount, 15, MONEY, summed=True),
        Column("Since", lambda row: row.since, 12, DAY),
        Column("Days", lambda row: row.days, 8, "0"),
        Column("Why there is no bill", lambda row: row.why, 60),
        Column(NOTE, lambda row: kept.notes.get((GOODS, row.po_number)), 36, entry=True),
    ]
    about = f"Received by {pack.as_at} and on no bill dated up to that day; without tax."
    return write_table(
        book.create_sheet(GOODS), "Received, not billed", about, columns, pack.goods, currency="Currency"
    )


def _accrual(book: Workbook, pack: ReviewPack) -> Table:
    made = pack.accrual
    columns = [
        Column("Account", lambda line: line.account_code or "to be named", 14),
        Column("Narration", lambda line: line.description, 60),
        Column("Tracking", lambda line: ", ".join(f"{name}: {value}" for name, value in line.tracking), 28),
        Column("Currency", lambda line: line.currency_code, 10),
        Column("Debit", lambda line: line.debit, 15, MONEY, summed=True),
        Column("Credit", lambda line: line.credit, 15, MONEY, summed=True),
    ]
    about = (
        f"A proposal: post on {made.posted_on}, reverse on {made.reversed_on}. Without tax; other currencies at your "
        "month-end rate. Drafts are not in it: approve them, or accrue them too (sheet Drafts)."
    )
    return write_table(
        book.create_sheet("Accrual"), "Month-end accrual", about, columns, made.lines, currency="Currency"
    )


def _drafts(book: Workbook, pack: ReviewPack) -> Table:
    columns = [
        Column("Purchase orders", lambda bill: ", ".join(bill.po_numbers), 20, link=lambda bill: bill.po_link),
        Column("Vendor", lambda bill: bill.vendor, 28),
        Column("Bill", lambda bill: bill.number, 28, link=lambda bill: bill.xero_link),
        Column("Date", lambda bill: bill.dated, 12, DAY),
        Column("Currency", lambda bill: bill.currency_code, 10),
        Column("Net", lambda bill: bill.net, 15, MONEY, summed=True),
        Column("Tax", lambda bill: bill.tax, 13, MONEY, summed=True),
        Column("Total", lambda bill: bill.total, 15, MONEY, summed=True),
    ]
    about = f"Dated up to {pack.as_at} and not approved: Xero does not count them in the accounts yet."
    return write_table(book.create_sheet(DRAFTS), "Drafts in Xero", about, columns, pack.drafts, currency="Currency")


def _paid(book: Workbook, pack: ReviewPack) -> Table:
    columns = [
        Column("Purchase order", lambda row: row.po_number, 16, link=lambda row: row.po_link),
        Column("Vendor", lambda row: row.vendor, 28),
        Column("State in ConnectWise", lambda row: row.state, 20),
        Column("Bill", lambda row: row.number, 28, link=lambda row: row.xero_link),
        Column("Date", lambda row: row.dated, 12, DAY),
        Column("Currency", lambda row: row.currency_code, 10),
        Column("Total", lambda row: row.total, 15, MONEY, summed=True),
        Column("Not received", lambda row: row.not_received, 15, MONEY, summed=True),
        Column(NOTE, width=36, entry=True),
    ]
    about = "Receive the goods in ConnectWise, or ask the vendor. Not received: without tax, what the bill says beyond."
    sheet = book.create_sheet("Paid not received")
    return write_table(
        sheet, "Paid in Xero, not received in ConnectWise", about, columns, pack.paid, currency="Currency"
    )


def _cents(book: Workbook, pack: ReviewPack) -> Table:
    columns = [
        Column("Purchase orders", lambda row: ", ".join(row.po_numbers), 20),
        Column("Bill", lambda row: row.number, 28),
        Column("Currency", lambda row: row.currency_code, 10),
        Column("Tax on the bill", lambda row: row.tax, 15, MONEY, summed=True),
        Column("Tax in ConnectWise", lambda row: row.connectwise_tax, 15, MONEY, summed=True),
        Column("Tax difference", lambda row: row.tax_difference, 15, MONEY, summed=True),
        Column("Rounding line", lambda row: row.rounding_line, 15, MONEY, summed=True),
        Column("Total", lambda row: row.total, 15, MONEY, summed=True),
        Column("Total in Xero", lambda row: row.xero_total, 15, MONEY, summed=True),
        Column("Xero difference", lambda row: row.xero_difference, 15, MONEY, summed=True),
    ]
    about = "Bills in Xero whose tax, rounding line or total differs by anything at all."
    return write_table(
        book.create_sheet("Rounding"), "Rounding of the cycle", about, columns, pack.cents, currency="Currency"
    )


def _trend(book: Workbook, pack: ReviewPack) -> Table:
    def count(place: str) -> Any:
        return lambda row: row.counts.get(place, 0)

    def money(place: str) -> Any:
        return lambda row: ", ".join(f"{amount_text(v)} {code}" for code, v in row.money.get(place, {}).items())

    columns = [
        Column("Cycle", lambda row: row.cycle, 10),
        Column("Orders raised", lambda row: row.orders, 10, "0"),
        Column("Bills", lambda row: row.bills, 8, "0"),
        *[Column(place.capitalize(), count(place), 12, "0") for place in PLACES],
        *[Column(f"{place.capitalize()}, money", money(place), 30) for place in PLACES[:4]],
        Column("Without a question, %", lambda row: percent(row.touchless_percent), 14),
    ]
    about = "Cycles up to this one. The last column: bills in Xero that no person was ever asked about."
    return write_table(book.create_sheet("Trend"), "Cycles side by side", about, columns, pack.trend)


def percent(value: Any) -> str:
    """A share for people; blank where there is none."""
    return "" if value is None else decimals_text(value, most=1)
