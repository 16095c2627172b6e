"""The sheets for the end of the month: accrual, drafts, paid before received, rounding, cycles side by side.

What belongs here: their columns. What does not: how a sheet is laid out (sheets), sheets to work in (work_sheets).
"""

from __future__ import annotations

from typing import Any

from openpyxl import Workbook

from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.reports.bills import PLACES
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.review.drawings import stacks_of
from cwxero_dagster.review.formulas import Table
from cwxero_dagster.review.headings import ACCRUAL, DRAFTS, NOTE, NUMBER, ORDER, PAID, Written
from cwxero_dagster.review.headings import about as about_row
from cwxero_dagster.review.sheets import DAY, MONEY, Column, write_table


def accrual_sheet(book: Workbook, pack: ReviewPack) -> Table:
    """The journal that accrues goods without a bill."""
    made = pack.accrual
    columns = [
        Column("Account", lambda line: line.account_code or "to be named", 14),
        Column("Narration", lambda line: line.description, 60),
        Column("Tracking", lambda line: ", ".join(f"{name}: {value}" for name, value in line.tracking), 34),
        Column("Currency", lambda line: line.currency_code, 10),
        Column("Debit", lambda line: line.debit, 15, MONEY, summed=True),
        Column("Credit", lambda line: line.credit, 15, MONEY, summed=True),
    ]
    about = (
        f"A proposal: post on {made.posted_on}, reverse on {made.reversed_on}. Without tax; other currencies at your "
        "month-end rate. Drafts are not in it: approve them, or accrue them too (sheet Drafts). "
        f"{pack.keyed_goods}"
    ).strip()
    return write_table(book.create_sheet(ACCRUAL), "Month-end accrual", about, columns, made.lines, currency="Currency")


def drafts_sheet(book: Workbook, pack: ReviewPack) -> Table:
    """Bills in Xero that nobody has approved."""
    columns = [
        Column("Purchase orders", lambda bill: ", ".join(bill.po_numbers), 20, link=lambda bill: bill.po_link),
        Column("Vendor", lambda bill: bill.vendor, 28),
        Column("Bill", lambda bill: bill.number, 28, link=lambda bill: bill.xero_link),
        Column("Date", lambda bill: bill.dated, 12, DAY),
        Column("Currency", lambda bill: bill.as_in_xero.currency_code, 10),
        Column("Net", lambda bill: bill.as_in_xero.net, 15, MONEY, summed=True),
        Column("Tax", lambda bill: bill.as_in_xero.tax, 13, MONEY, summed=True),
        Column("Total", lambda bill: bill.as_in_xero.total, 15, MONEY, summed=True),
    ]
    about = (
        f"As Xero holds them, dated up to {pack.as_at} and not approved: Xero does not count them in the accounts yet."
    )
    return write_table(book.create_sheet(DRAFTS), "Drafts in Xero", about, columns, pack.drafts, currency="Currency")


def paid_sheet(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    """Bills that were paid before their goods were received."""
    columns = [
        Column(ORDER, lambda row: row.po_number, 16, link=lambda row: row.po_link),
        Column("Vendor", lambda row: row.vendor, 28),
        Column("State in ConnectWise", lambda row: row.state, 20),
        Column(NUMBER, lambda row: row.number, 28, link=lambda row: row.xero_link),
        Column("Date", lambda row: row.dated, 12, DAY),
        Column("Currency", lambda row: row.currency_code, 10),
        Column("Total", lambda row: row.total, 15, MONEY, summed=True),
        Column("Not received", lambda row: row.not_received, 15, MONEY, summed=True),
        Column(NOTE, lambda row: kept.notes.get((PAID, about_row(row.po_number, row.number))), 36, entry=True),
    ]
    about = "Receive the goods in ConnectWise, or ask the vendor. Not received: without tax, what the bill says beyond."
    sheet = book.create_sheet(PAID)
    return write_table(
        sheet, "Paid in Xero, not received in ConnectWise", about, columns, pack.paid, currency="Currency"
    )


def cents_sheet(book: Workbook, pack: ReviewPack) -> Table:
    """Bills that differ by cents."""
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
    about = (
        "Bills in Xero whose tax or total differs by rounding, or that carry a rounding line. A total that a person "
        "changed in Xero is none of these: it stands in the sheet Bills."
    )
    return write_table(
        book.create_sheet("Rounding"), "Rounding of the cycle", about, columns, pack.cents, currency="Currency"
    )


def trend_sheet(book: Workbook, pack: ReviewPack) -> Table:
    """Cycles side by side."""

    def count(place: str) -> Any:
        return lambda row: row.counts.get(place, 0)

    def money(place: str, code: str) -> Any:
        return lambda row: row.money.get(place, {}).get(code, ZERO)

    found = {code for row in pack.trend for money in row.money.values() for code, amount in money.items() if amount}
    currencies = [pack.base_currency, *sorted(found - {pack.base_currency})]
    columns = [
        Column("Cycle", lambda row: row.cycle, 10),
        Column("Orders raised", lambda row: row.orders, 10, "0"),
        Column("Bills", lambda row: row.bills, 8, "0"),
        *[Column(_heading(place), count(place), 12, "0") for place in PLACES],
        Column("Without a question, %", lambda row: row.touchless_percent, 14, "0.0"),
        *[
            Column(f"{_heading(place)}, {code}", money(place, code), 15, MONEY)
            for code in currencies
            for place in PLACES
        ],
    ]
    about = (
        "Cycles up to this one: bills and their money, with tax, by where they stand. Without a question: share of the "
        "bills in Xero that no person was ever asked about."
    )
    sheet = book.create_sheet("Trend")
    table = write_table(sheet, "Cycles side by side", about, columns, pack.trend)
    headings = [column.heading for column in columns]
    for anchor, title, unit, suffix in (
        ("A", "Bills a cycle", "bills", ""),
        ("K", f"Money a cycle, {pack.base_currency}", pack.base_currency, f", {pack.base_currency}"),
    ):
        drawn = [headings.index(f"{_heading(place)}{suffix}") + 1 for place in PLACES]
        chart = stacks_of(sheet, title, unit, drawn, PLACES, table.first - 1, table.last)
        sheet.add_chart(chart, f"{anchor}{table.last + 2}")
    sheet.print_area = f"A1:T{table.last + 20}"
    return table


def _heading(place: str) -> str:
    return f"{place[0].upper()}{place[1:]}"
