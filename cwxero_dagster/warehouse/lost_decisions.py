"""Decisions of people that a restored copy does not have.

What belongs here: finding them in the file that the copy replaced. What does not: putting a copy back (copies), and
taking a decision again, which only a person can: what it was about may be another thing in the copy.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from cwxero_dagster.warehouse.connection import open_file, rows_of
from cwxero_dagster.warehouse.errors import WarehouseUnavailable
from cwxero_dagster.warehouse.kept_bills import bills_in

_IN_FORCE = """
    select settlements.*, cases.holding
    from ledger.settlements left join ledger.cases using (case_id)
    where undone_at is null order by decided_at
"""


def lost_decisions(replaced: Path, restored: Path) -> list[dict[str, Any]] | None:
    """Decisions in force in the replaced file and not in the restored one, oldest first; None: not readable.

    Each as its row of ``ledger.settlements``, with ``po_numbers`` of what it was about.
    """
    there = _in_force(restored)
    before = _in_force(replaced)
    if there is None or before is None:
        return None
    known = {row["settlement_id"] for row in there}
    return [row for row in before if row["settlement_id"] not in known]


def _in_force(path: Path) -> list[dict[str, Any]] | None:
    try:
        with closing(open_file(path, patience=0)) as connection:
            rows = rows_of(connection, _IN_FORCE)
    except (WarehouseUnavailable, duckdb.Error):
        return None
    return [{**row, "po_numbers": _orders(row["holding"])} for row in rows]


def _orders(holding: str | None) -> list[str]:
    return list(dict.fromkeys(number for bill in bills_in(holding or "[]") for number in bill.po_numbers))
