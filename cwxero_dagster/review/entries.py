"""What people wrote into the workbook: answers to questions, verdicts, and notes.

What belongs here: finding the words again, whatever was sorted, filtered or moved. What does not: taking the answers
(pipeline/answering). Columns are found by their headings and rows by what they are about, never by position.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from cwxero_dagster.review.headings import (
    ALIKE,
    BILL,
    BILLS,
    CASE,
    CASES,
    COMPARISON,
    DECIDED,
    DECISION,
    GOODS,
    NAME,
    NOTE,
    NUMBER,
    ORDER,
    PAID,
    PATTERN,
    PATTERNS,
    REASON,
    ROW,
    SEEN,
    THE_SYNCS_BILL,
    VENDOR,
    VERDICT,
    WHAT,
    XERO_ID,
    YOUR_BILL,
    about,
)

WRITTEN_INTO = (
    (CASES, (CASE,), DECISION),
    (DECIDED, (CASE,), DECISION),
    (BILLS, (BILL,), NOTE),
    (GOODS, (ORDER, WHAT), NOTE),
    (PAID, (ORDER, NUMBER), NOTE),
    (COMPARISON, (ROW,), VERDICT),
    (PATTERNS, (PATTERN,), VERDICT),
)
"""Sheets that people write into, the columns that say what a row is about, and the one that matters most there."""


class WorkbookUnreadable(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """A workbook that a person saved cannot be read; the text says which and what to do. It is left as it is."""


@dataclass(frozen=True)
class Answer:
    """One decision as a person wrote it into a row."""

    case_id: str
    decision: str
    xero_id: str | None
    name: str
    reason: str
    token: str
    """What the case said in the copy that she wrote into."""
    written_at: datetime | None
    """When that copy was written; None where the hidden cell was lost."""


@dataclass(frozen=True)
class Verdict:
    """What a person wrote beside a row or pattern of the parallel run."""

    sheet: str
    subject: str
    called: str
    """What the sheet calls the row or pattern."""
    verdict: str
    name: str
    note: str
    token: str
    written_at: datetime | None


@dataclass(frozen=True)
class Entered:
    """Everything that people wrote into one workbook."""

    answers: tuple[Answer, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    """By sheet and what the row is about."""
    begun: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Xero id, name and reason by case, row or pattern, where nothing was decided yet."""


def entered(path: Path) -> Entered:
    """What stands in the workbook. Raises ``WorkbookUnreadable``."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        message = (
            f"{path} cannot be read as a workbook, so its answers were not taken and it was left as it is. Save it "
            "again as an .xlsx file without a password, or delete it."
        )
        raise WorkbookUnreadable(message) from error
    try:
        answers: list[Answer] = []
        verdicts: list[Verdict] = []
        notes: dict[tuple[str, str], str] = {}
        begun: dict[str, tuple[str, str, str]] = {}
        for sheet, columns, matters in WRITTEN_INTO:
            for row in _rows(book, sheet, columns, matters, path):
                subject = about(*(row.get(column, "") for column in columns))
                if note := row.get(NOTE, ""):
                    earlier = notes.get((sheet, subject), note)
                    notes[sheet, subject] = note if note in earlier.splitlines() else f"{earlier}\n{note}"
                if row.get(DECISION):
                    answers.append(_answer(row))
                elif row.get(VERDICT):
                    verdicts.append(_verdict(sheet, subject, row))
                elif any(said := (row.get(XERO_ID, ""), row.get(NAME, ""), row.get(REASON, ""))):
                    begun[subject] = said
        return Entered(tuple(answers), tuple(verdicts), notes, begun)
    finally:
        book.close()


def _rows(
    book: openpyxl.Workbook, sheet: str, columns: Sequence[str], matters: str, path: Path
) -> Iterator[dict[str, str]]:
    """Rows below the header, by heading, as text; rows about nothing are left out.

    A sheet that somebody renamed is known by its headings; one that she deleted holds nothing. Raises
    ``WorkbookUnreadable`` where a heading is gone, without which nobody can tell what was written.
    """
    known = {name for name, *_ in WRITTEN_INTO}
    renamed = [name for name in book.sheetnames if name not in known]
    for name in [sheet] if sheet in book.sheetnames else renamed:
        header: list[str] | None = None
        for cells in book[name].iter_rows(values_only=True):
            texts = ["" if cell is None else str(cell).strip() for cell in cells]
            if header is None:
                header = texts if {*columns, matters} <= set(texts) else None
            else:
                row = {heading: text for heading, text in zip(header, texts, strict=False) if heading}
                if row.get(columns[0]):
                    yield row
        if header is None and name == sheet:
            headings = ", ".join([*columns, matters])
            message = (
                f"The sheet {sheet} of {path} has no row any more with the headings {headings}, so "
                "its answers were not taken and it was left as it is. Put the headings back, or delete the sheet."
            )
            raise WorkbookUnreadable(message)
        if header is not None:
            return


def _seen(row: dict[str, str]) -> tuple[str, datetime | None]:
    """What the row said in her copy, and when that was written."""
    token, _, moment = row.get(SEEN, "").partition("@")
    try:
        return token, datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return token, None


def _verdict(sheet: str, subject: str, row: dict[str, str]) -> Verdict:
    token, written_at = _seen(row)
    return Verdict(
        sheet=sheet,
        subject=subject,
        called=_called(row) or subject,
        verdict=row[VERDICT],
        name=row.get(NAME, ""),
        note=row.get(NOTE, ""),
        token=token,
        written_at=written_at,
    )


def _called(row: dict[str, str]) -> str:
    """A pattern in its words; a row by the vendor and the bill, yours where there is one."""
    bill = row.get(YOUR_BILL) or row.get(THE_SYNCS_BILL, "")
    return row.get(ALIKE) or ", ".join(filter(None, (row.get(VENDOR, ""), bill)))


def _answer(row: dict[str, str]) -> Answer:
    token, written_at = _seen(row)
    return Answer(
        case_id=row[CASE],
        decision=row[DECISION].lower(),
        xero_id=row.get(XERO_ID) or None,
        name=row.get(NAME, ""),
        reason=row.get(REASON, ""),
        token=token,
        written_at=written_at,
    )
