"""The files of a parallel run in ``review/<cycle>/``: reports to read, and the sheet that people fill in.

What belongs here: names, columns and reading back. What does not: comparing, and how a cell is made safe (review).

``dispositions.csv`` has a line a pattern and a line a row with differences. A person fills in ``verdict``, ``note`` and
``by``; the next run takes them, keeps them in the warehouse and writes the sheet afresh with those columns empty and
what was decided beside. The sheet as it was filled in stays as ``dispositions.previous.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.comparison.dispositions import Answer
from cwxero_dagster.payables.comparison.result import VERDICTS, Comparison, Difference
from cwxero_dagster.payables.money import amount_text
from cwxero_dagster.pipeline.comparison_rows import comparison_rows, difference_rows, total_rows
from cwxero_dagster.pipeline.session import NotReady
from cwxero_dagster.review.csv_files import write_csv

SHEET = "dispositions.csv"
COLUMNS = ("id", "shown", "what", "vendor", "your_bills", "amount", "reason", "decided", "verdict", "note", "by")
ANSWERS = ("id", "shown", "verdict", "note", "by")


def folder_of(home: Path, cycle: str) -> Path:
    """Where a cycle's files lie."""
    return home / "review" / cycle


def write_reports(home: Path, comparison: Comparison) -> None:
    """The comparison as CSV files: rows, differences, totals."""
    folder = folder_of(home, comparison.cycle)
    for name, model, rows in (
        ("comparison", frames.Comparisons, comparison_rows(comparison)),
        ("comparison_differences", frames.ComparisonDifferences, difference_rows(comparison)),
        ("comparison_totals", frames.ComparisonTotals, total_rows(comparison)),
    ):
        write_csv(folder / f"{name}.csv", rows, list(model.arrow_schema().names))


def write_changes(home: Path, cycle: str, changes: Sequence[str]) -> None:
    """What changed since the cycle was signed off; no file where nothing did."""
    path = folder_of(home, cycle) / "changed_since_sign_off.csv"
    if changes:
        write_csv(path, [{"what changed": change} for change in changes], ["what changed"])
    else:
        path.unlink(missing_ok=True)


def write_dispositions(home: Path, comparison: Comparison) -> None:
    """The sheet to fill in: patterns first, because one line there clears many."""
    lines: list[Mapping[str, Any]] = [
        {
            "id": pattern.pattern_id,
            "shown": pattern.digest,
            "what": pattern.words,
            "vendor": "",
            "your_bills": "",
            "amount": ", ".join(f"{amount_text(amount)} {currency}" for currency, amount in pattern.amounts.items()),
            "reason": f"One verdict decides all {len(pattern.facts)} differences.",
            "decided": "" if pattern.open else "all decided",
        }
        for pattern in comparison.patterns
    ]
    lines += [
        {
            "id": row.row_id,
            "shown": row.facts,
            "what": f"{row.status.replace('_', ' ')}: {', '.join(dict.fromkeys(d.kind for d in row.differences))}",
            "vendor": row.vendor_name,
            "your_bills": ", ".join(bill.number or bill.id for bill in row.keyed),
            "amount": amount_text(sum((d.amount for d in row.differences), start=row.unexplained * 0)),
            "reason": " ".join(dict.fromkeys(d.reason for d in row.differences)),
            "decided": "; ".join(dict.fromkeys(_decided(d) for d in row.differences if d.disposition)),
        }
        for row in comparison.rows
        if row.differences
    ]
    path = folder_of(home, comparison.cycle) / SHEET
    if path.exists() and _answers(path):
        path.replace(path.with_name("dispositions.previous.csv"))
    blank = {"verdict": "", "note": "", "by": ""}
    write_csv(path, [{**line, **blank} for line in lines], COLUMNS)


def _decided(difference: Difference) -> str:
    verdict = difference.disposition
    if verdict is None:
        return ""
    return f"{difference.kind}: {verdict.verdict} by {verdict.by} on {verdict.at:%Y-%m-%d}: {verdict.note}"


def read_answers(home: Path, cycle: str) -> list[Answer]:
    """What people filled in since the sheet was written. Raises ``NotReady`` where the sheet cannot be read."""
    path = folder_of(home, cycle) / SHEET
    return _answers(path) if path.exists() else []


def _answers(path: Path) -> list[Answer]:
    wanted = ", ".join(VERDICTS)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in ANSWERS if name not in (reader.fieldnames or ())]
            rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as broken:
        message = f'{path} cannot be read: save it as "CSV UTF-8". Verdicts are {wanted}. Nothing was attempted.'
        raise NotReady(message) from broken
    if missing:
        message = (
            f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}: save it with commas and "
            f"all its columns, or delete it for a fresh one. Nothing was attempted."
        )
        raise NotReady(message)
    return [
        Answer(
            place=f"{SHEET}, line {line}",
            subject=row["id"] or "",
            shown=row["shown"] or "",
            verdict=row["verdict"].strip(),
            note=(row["note"] or "").removeprefix("'"),
            by=(row["by"] or "").removeprefix("'"),
        )
        for line, row in rows
        if (row["verdict"] or "").strip()
    ]
