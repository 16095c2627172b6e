"""What people wrote into the workbook: answers to questions, verdicts, and notes.

What belongs here: finding the words again, whatever was sorted, filtered or moved. What does not: taking the answers
(pipeline/answering). Columns are found by their headings and rows by what they are about, never by position.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from cwxero_dagster.review.headings import (
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
    ORDER,
    PATTERN,
    PATTERNS,
    REASON,
    ROW,
    SEEN,
    VERDICT,
    XERO_ID,
)

WRITTEN_INTO = (
    (CASES, CASE),
    (DECIDED, CASE),
    (BILLS, BILL),
    (GOODS, ORDER),
    (COMPARISON, ROW),
    (PATTERNS, PATTERN),
)
"""Sheets that people write into, and the column that says what a row is about."""


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
        for sheet, about in WRITTEN_INTO:
            for row in _rows(book[sheet] if sheet in book.sheetnames else (), about):
                if note := row.get(NOTE, ""):
                    notes[sheet, row[about]] = note
                if row.get(DECISION):
                    answers.append(_answer(row))
                if row.get(VERDICT):
                    verdicts.append(_verdict(sheet, row[about], row))
        return Entered(tuple(answers), tuple(verdicts), notes)
    finally:
        book.close()


def _rows(sheet: Any, about: str) -> Iterator[dict[str, str]]:
    """Rows below the header, by heading, as text; rows about nothing are left out."""
    header: list[str] | None = None
    for cells in sheet.iter_rows(values_only=True) if sheet else ():
        texts = ["" if cell is None else str(cell).strip() for cell in cells]
        if header is None:
            header = texts if {about, NOTE} <= set(texts) else None
        else:
            row = {name: text for name, text in zip(header, texts, strict=False) if name}
            if row.get(about):
                yield row


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
        verdict=row[VERDICT],
        name=row.get(NAME, ""),
        note=row.get(NOTE, ""),
        token=token,
        written_at=written_at,
    )


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
