"""The files of a parallel run in ``review/<cycle>/``, for programs: rows, differences, totals, what changed.

What belongs here: their names and columns. What does not: comparing, the workbook that people decide in (review).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cwxero_dagster import frames
from cwxero_dagster.payables.comparison.result import Comparison
from cwxero_dagster.pipeline.comparison_rows import comparison_rows, difference_rows, total_rows
from cwxero_dagster.review.csv_files import write_csv

REPORTS = ("comparison", "comparison_differences", "comparison_totals")


def folder_of(home: Path, cycle: str) -> Path:
    """Where a cycle's files lie."""
    return home / "review" / cycle


def reports_in(folder: Path) -> list[Path]:
    """The reports, in a cycle's folder."""
    return [folder / f"{name}.csv" for name in REPORTS]


def write_reports(home: Path, comparison: Comparison) -> None:
    """The comparison as CSV files: rows, differences, totals."""
    tables = (
        (frames.Comparisons, comparison_rows(comparison)),
        (frames.ComparisonDifferences, difference_rows(comparison)),
        (frames.ComparisonTotals, total_rows(comparison)),
    )
    for path, (model, rows) in zip(reports_in(folder_of(home, comparison.cycle)), tables, strict=True):
        write_csv(path, rows, list(model.arrow_schema().names))


def write_changes(home: Path, cycle: str, changes: Sequence[str]) -> None:
    """What changed since the cycle was signed off; no file where nothing did."""
    path = folder_of(home, cycle) / "changed_since_sign_off.csv"
    if changes:
        write_csv(path, [{"what changed": change} for change in changes], ["what changed"])
    else:
        path.unlink(missing_ok=True)
