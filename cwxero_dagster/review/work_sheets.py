"""The sheets that finance works in: questions, decisions in force, bills, goods without a bill.

What belongs here: their columns. What does not: how a sheet is laid out (sheets), month-end reports (month_end_sheets).
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from openpyxl import Workbook

from cwxero_dagster.payables.reports.pack import KEYED, CaseRow, ReviewPack
from cwxero_dagster.payables.wording import status_words
from cwxero_dagster.review.formulas import Table
from cwxero_dagster.review.headings import (
    BILL,
    BILLS,
    CASE,
    CASES,
    DECIDED,
    DECISION,
    GOODS,
    NAME,
    NOTE,
    ORDER,
    OUTCOME,
    REASON,
    SEEN,
    UNDO,
    WHAT,
    XERO_ID,
    Written,
)
from cwxero_dagster.review.headings import about as about_row
from cwxero_dagster.review.sheets import DAY, MONEY, QUANTITY, Column, write_table


def cases_sheet(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    """Open questions, with room for an answer."""

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
        Column("Currency", lambda case: case.currency, 10),
        Column("Purchase orders", lambda case: ", ".join(case.po_numbers), 30, link=lambda case: case.po_link),
        Column(
            "In Xero",
            lambda case: ", ".join(name for name, _ in case.in_xero),
            28,
            link=lambda case: case.in_xero[0][1] if case.in_xero else None,
        ),
        Column("What happened", lambda case: case.what_happened, 60),
        Column("What we did", lambda case: case.what_we_did, 40),
        Column("What to do", lambda case: case.what_to_do, 60),
        Column(DECISION, width=16, choices=lambda case: case.ways_out, entry=True),
        Column(XERO_ID, answer(0), 20, entry=True),
        Column(NAME, answer(1), 16, entry=True),
        Column(REASON, answer(2), 36, entry=True),
        Column(NOTE, lambda case: _noted(kept, case, CASES, DECIDED), 36, entry=True),
        Column(OUTCOME, lambda case: kept.outcomes.get(case.case_id), 40),
        Column(SEEN, lambda case: seen(pack, case), 10, hidden=True),
    ]
    about = (
        "One question a row. To answer: choose a decision, write your name and your reason, save the file here; the "
        "next run takes it. A bill with two questions is in two rows, so the total can exceed what is held. A question "
        "over several currencies has its amounts under What we did, and is in no total."
    )
    return write_table(
        book.create_sheet(CASES), "Questions to a person", about, columns, pack.cases, currency="Currency"
    )


def decided_sheet(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    """Decisions in force, which can be taken back."""
    columns = [
        Column(CASE, lambda case: case.case_id, 13),
        Column("Question", lambda case: case.title, 30),
        Column("Decided", lambda case: case.status, 12),
        Column("By whom and why", lambda case: case.because, 60),
        Column("Purchase orders", lambda case: ", ".join(case.po_numbers), 30, link=lambda case: case.po_link),
        Column(DECISION, choices=lambda _: (UNDO,), width=16, entry=True),
        Column(NAME, lambda case: kept.answers.get(case.case_id, ("", "", ""))[1] or None, 16, entry=True),
        Column(NOTE, lambda case: _noted(kept, case, DECIDED, CASES), 36, entry=True),
        Column(OUTCOME, lambda case: kept.outcomes.get(case.case_id), 40),
        Column(SEEN, lambda case: seen(pack, case), 10, hidden=True),
    ]
    about = (
        "What people decided. To take one back, as far as nothing was published on it: choose undo and write your name."
    )
    return write_table(book.create_sheet(DECIDED), "Decisions in force", about, columns, pack.decided)


def _noted(kept: Written, case: CaseRow, *sheets: str) -> str | None:
    """The note on a question, which goes with it from one of the two sheets into the other."""
    return next((note for sheet in sheets if (note := kept.notes.get((sheet, case.case_id)))), None)


def seen(pack: ReviewPack, case: CaseRow) -> str:
    """What the person saw when she answers: the facts of the question, and when this copy was written."""
    return f"{case.token}@{pack.made_at.astimezone(UTC).isoformat(timespec='microseconds')}"


def bills_sheet(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    """Every bill of the cycle, wherever it stands."""
    columns = [
        Column("Purchase orders", lambda bill: ", ".join(bill.po_numbers), 20, link=lambda bill: bill.po_link),
        Column("Vendor", lambda bill: bill.vendor, 28),
        Column("Bill", lambda bill: bill.number, 28, link=lambda bill: bill.xero_link),
        Column("Where it stands", lambda bill: bill.place, 22),
        Column("Status in Xero", lambda bill: status_words(bill.xero_status or ""), 14),
        Column("Date", lambda bill: bill.dated, 12, DAY),
        Column("Due", lambda bill: bill.due_date, 12, DAY),
        Column("Received", lambda bill: bill.due_on, 12, DAY),
        Column("Currency", lambda bill: bill.currency_code, 10),
        Column("Net", lambda bill: bill.net, 15, MONEY, summed=True),
        Column("Tax", lambda bill: bill.tax, 13, MONEY, summed=True),
        Column("Total", lambda bill: bill.total, 15, MONEY, summed=True),
        Column("Currency in Xero", lambda bill: bill.as_in_xero and bill.as_in_xero.currency_code, 10),
        Column("Total in Xero", lambda bill: bill.as_in_xero and bill.as_in_xero.total, 15, MONEY, summed=True),
        Column("Question", lambda bill: bill.asked or bill.question, 30),
        Column("Currency asked", lambda bill: bill.at_stake and bill.at_stake[0], 10),
        Column("At stake", lambda bill: bill.at_stake and bill.at_stake[1], 15, MONEY),
        Column("Why", lambda bill: bill.reason, 60),
        Column(NOTE, lambda bill: kept.notes.get((BILLS, bill.key)), 36, entry=True),
        Column(BILL, lambda bill: bill.key, 18),
    ]
    about = (
        f"Every bill and supplier credit of {pack.cycle.key}; credits are negative. Net, tax and total are those of "
        "ConnectWise and the decision now; an approved bill stays as it was written, and what people changed in Xero "
        "stays as well: both are in its total there. At stake is what the question is about: of a bill in Xero what it "
        "is short of there, below zero what is too much."
    )
    return write_table(book.create_sheet(BILLS), "Bills", about, columns, pack.bills, currency="Currency")


def _what_arrived() -> list[Column]:
    """Which goods, of which order, and what they are worth."""
    return [
        Column(ORDER, lambda row: row.po_number, 16, link=lambda row: row.po_link),
        Column("Vendor", lambda row: row.vendor, 28),
        Column(WHAT, lambda row: row.goods, 24),
        Column("Description", lambda row: row.description, 36),
        Column("Quantity", lambda row: row.quantity, 10, QUANTITY),
        Column("Currency", lambda row: row.currency_code, 10),
        Column("Amount", lambda row: row.amount, 15, MONEY, summed=True),
    ]


def keyed_sheet(book: Workbook, pack: ReviewPack) -> Table:
    """Goods on bills that the bookkeeper keyed in a parallel run."""
    columns = [
        *_what_arrived(),
        Column("Why it is not accrued", lambda row: row.why, 80),
    ]
    about = (
        f"Received by {pack.as_at} and on a bill that you keyed; without tax. With the sheet {GOODS}, this is all that "
        "no bill of the sync covers."
    )
    return write_table(book.create_sheet(KEYED), KEYED, about, columns, pack.keyed, currency="Currency")


def goods_sheet(book: Workbook, pack: ReviewPack, kept: Written) -> Table:
    """Goods that were received and are on no bill."""
    columns = [
        *_what_arrived(),
        Column("Since", lambda row: row.since, 12, DAY),
        Column("Days", lambda row: row.days, 8, "0"),
        Column("Why there is no bill", lambda row: row.why, 60),
        Column(NOTE, lambda row: kept.notes.get((GOODS, about_row(row.po_number, row.goods))), 36, entry=True),
    ]
    about = f"Received by {pack.as_at} and on no bill dated up to that day; without tax."
    return write_table(
        book.create_sheet(GOODS), "Received, not billed", about, columns, pack.goods, currency="Currency"
    )
