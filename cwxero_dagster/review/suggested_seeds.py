"""Proposed seed rows as files of the seeds' own shape, for a person to take rows from.

What belongs here: writing them so that a spreadsheet runs nothing and the seed reader takes every row. What does not:
the proposals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from cwxero_dagster.payables.seeds.tables import ACCOUNTS, TAX_CODES, TRACKING, VENDORS
from cwxero_dagster.payables.suggestions import Suggestion
from cwxero_dagster.review.csv_files import cell, is_like_formula

SURE = ("high", "medium")
"""Proposals that are written as rows; the others stand there as comments, to be completed or uncommented."""
_FOR_PEOPLE = ("connectwise_vendor_name", "xero_contact_name")
"""Columns that nothing is matched on."""
_COLUMNS = {table.file: list(table.columns) for table in (VENDORS, ACCOUNTS, TAX_CODES, TRACKING)}


class AlreadyThere(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """A file of that name is in the folder, and a person may have worked on it."""


def write_suggested_seeds(folder: Path, found: Sequence[Suggestion]) -> list[Path]:
    """Write a file for each seed that there are proposals for, and give their paths. Raises ``AlreadyThere``."""
    paths = {file: folder / file for file in dict.fromkeys(one.file for one in found)}
    there = [path for path in paths.values() if path.exists()]
    if there:
        message = (
            f"{there[0]} is there already, and proposals never replace a file. Nothing was written. Name another "
            "folder with --out, and copy the rows that you agree with."
        )
        raise AlreadyThere(message)
    folder.mkdir(parents=True, exist_ok=True)
    for file, path in paths.items():
        with path.open("x", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(["# Proposals. Check each row, then copy those that are right into the mapping seeds."])
            writer.writerow(_COLUMNS[file])
            writer.writerows(row for one in found if one.file == file for row in _rows(one))
    return list(paths.values())


def _rows(one: Suggestion) -> Iterator[list[str]]:
    """The reason as a comment of one cell, and the row; a row that is not to be taken as it stands is a comment too."""
    row = [_shown(column, one.row.get(column, "")) for column in _COLUMNS[one.file]]
    yield [f"# {one.confidence}: {one.reason}"]
    yield row if one.confidence in SURE and not any(map(is_like_formula, row)) else [f"# {','.join(row)}"]


def _shown(column: str, value: str) -> str:
    return cell(value) if column in _FOR_PEOPLE else value
