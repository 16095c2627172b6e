"""Decisions of people that a restored copy does not have, or has although they were taken back since.

What belongs here: finding them in the file that the copy replaces, noting them in the copy, and which of them nobody
took again. What does not: putting a copy back (copies), what waits for an answer about them (payables/lost_decisions).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.lost_decisions import LostDecision
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.warehouse.connection import Connection, open_file, rows_of
from cwxero_dagster.warehouse.errors import WarehouseUnavailable
from cwxero_dagster.warehouse.file import WarehouseFile
from cwxero_dagster.warehouse.kept_bills import bills_in, bills_text

_WORDS = ("case_id", "kind", "verb", "by_name", "reason")
_DECIDED = """
    select settlement_id as lost_id, case_id, settlements.kind, verb, by_name, reason, xero_id, decided_at, undone_at,
        undone_by, bill_keys, coalesce(holding, '[]') as holding
    from ledger.settlements left join ledger.cases using (case_id)
    order by decided_at
"""
_RUNS = "select run_id from staged.runs"


@dataclass(frozen=True)
class Restored:
    """A copy that was put back."""

    kept: Path | None
    """Where the file is that it replaced; None where there was none."""
    lost: Sequence[dict[str, Any]] | None
    """What was decided or taken back and it does not have, oldest first: rows of ``ledger.settlements`` with
    ``po_numbers`` and ``taken_back``. None where nobody can tell.
    """


@dataclass(frozen=True)
class _Past:
    """What a file knows of what came before it."""

    decided: dict[str, dict[str, Any]]
    """Decisions by their id, those that were taken back included, oldest first."""
    runs: frozenset[str]
    """Ids of all runs that staged into it, or into a file that it replaced."""
    lost: list[dict[str, Any]]
    """What was noted when it was put back itself."""
    written: dict[str, Any]
    """What was last written to each bill and purchase order, by its key; None where that is in doubt."""


def restore(warehouse: WarehouseFile, source: Path, *, at: datetime) -> Restored:
    """Put a copy back and note in it which decisions it does not have. Raises as ``WarehouseFile.restore``."""
    found: list[list[dict[str, Any]] | None] = []

    def beforehand(copy: Connection, kept: Path | None) -> None:
        found.append(_note(copy, kept, at))

    kept = warehouse.restore(source, beforehand=beforehand)
    return Restored(kept, found[0])


def waiting(warehouse: WarehouseFile) -> list[LostDecision]:
    """What was noted and waits for a person: nobody took it again, or answered the case that stands for it.

    Who releases that case answers for all that the decision was about; any other answer is one about its bills alone,
    as a case may have had those of one cycle only.
    """
    with warehouse.transaction() as connection:
        rows = rows_of(connection, "select * from ledger.lost_decisions order by restored_at, happened_at, lost_id")
        decided = rows_of(connection, "select * from ledger.settlements where undone_at is null")
    in_force = {row["settlement_id"] for row in decided}
    found = []
    for row in rows:
        lost, bills = _lost(row), bills_in(row["holding"])
        answers = [
            each for each in decided if each["decided_at"] > lost.restored_at and each["case_id"] in lost.answered_by
        ]
        whole = [
            each for each in answers if not bills or (each["case_id"], each["verb"]) == (lost.asked.case_id, "release")
        ]
        keys = {key for each in answers for key in json.loads(each["bill_keys"])}
        left = [bill for bill in bills if bill.key not in keys]
        if not (whole or (bills and not left) or (lost.taken_back and lost.lost_id not in in_force)):
            found.append(_lost({**row, "holding": bills_text(left)}))
    return found


def _note(copy: Connection, kept: Path | None, at: datetime) -> list[dict[str, Any]] | None:
    """Note in the copy which decisions it does not have; answers with them, None where nobody can tell."""
    mine, before = _past(copy), _read(kept)
    for run in before.runs - mine.runs if before else ():
        copy.execute("insert into ledger.replaced_runs values (?)", [run])
    later = before if before and mine.runs <= before.runs else None
    for key, base in mine.written.items():
        if later is None or later.written.get(key) != base:
            copy.execute("update ledger.bills set base_in_doubt = true where bill_key = ?", [key])
    if later is None:
        # The file that stood here is no later state of the copy, so it does not tell what came after it.
        unknown = {"lost_id": uuid.uuid4().hex, "taken_back": False, **dict.fromkeys(_WORDS, ""), "holding": "[]"}
        _keep(copy, [unknown, *(before.lost if before else ())], mine, at)
        return None
    lost = []
    for key, row in later.decided.items():
        if _in_force(later, key) and not _in_force(mine, key):
            lost.append({**row, "happened_at": row["decided_at"], "taken_back": False})
        elif _in_force(mine, key) and not _in_force(later, key):
            about = {"holding": mine.decided[key]["holding"], "happened_at": row["undone_at"]}
            lost.append({**row, **about, "by_name": row["undone_by"], "taken_back": True})
    _keep(copy, [*lost, *later.lost], mine, at)
    return [
        {**row, "po_numbers": list(dict.fromkeys(po for bill in bills_in(row["holding"]) for po in bill.po_numbers))}
        for row in lost
    ]


def _keep(copy: Connection, lost: Sequence[dict[str, Any]], mine: _Past, at: datetime) -> None:
    """Keep what is to be asked about; a question that was released is asked again by its own case."""
    noted = {row["lost_id"] for row in mine.lost}
    for row in lost:
        has = _in_force(mine, row["lost_id"])
        if row["lost_id"] not in noted and has == row["taken_back"] and (row["verb"] != "release" or row["taken_back"]):
            copy.execute(
                "insert into ledger.lost_decisions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    row["lost_id"],
                    row.get("restored_at") or at,
                    *(row[name] for name in _WORDS),
                    row.get("happened_at"),
                    row["taken_back"],
                    row["holding"],
                ],
            )


def _read(path: Path | None) -> _Past | None:
    if path is None:
        return None
    try:
        with closing(open_file(path, patience=0)) as connection:
            return _past(connection)
    except (WarehouseUnavailable, duckdb.Error):
        return None


def _past(connection: Connection) -> _Past:
    # A file of an earlier version has no such tables.
    there = {name for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall()}
    noted = "lost_decisions" in there
    runs = rows_of(connection, f"{_RUNS} union select run_id from ledger.replaced_runs" if noted else _RUNS)
    bills = {row["bill_key"]: row for row in rows_of(connection, "select * from ledger.bills")}
    taken: dict[str, list[Slice]] = {}
    for row in rows_of(connection, "select * from ledger.allocations"):
        part = Slice(row["po_id"], row["line_id"], row["start_quantity"], row["end_quantity"])
        taken.setdefault(row["bill_key"], []).append(part)
    return _Past(
        decided={row["lost_id"]: _with_its_bills(row, bills, taken) for row in rows_of(connection, _DECIDED)},
        runs=frozenset(row["run_id"] for row in runs),
        lost=rows_of(connection, "select * from ledger.lost_decisions") if noted else [],
        written={
            key: None if row.get("base_in_doubt") else row["base"]
            for key, row in bills.items()
            if row["base"] is not None
        },
    )


def _in_force(past: _Past, settlement_id: str) -> bool:
    return settlement_id in past.decided and past.decided[settlement_id]["undone_at"] is None


def _with_its_bills(
    row: dict[str, Any], bills: Mapping[str, dict[str, Any]], taken: Mapping[str, Sequence[Slice]]
) -> dict[str, Any]:
    """A decision with the bills that it was about, also those that its case, asked of other bills since, left off."""
    held = {bill.key: bill for bill in bills_in(row["holding"])}
    found = [
        held[key] if key in held else _in_ledger(bills[key], taken.get(key, ()))
        for key in json.loads(row["bill_keys"])
        if key in held or key in bills
    ]
    return {**row, "holding": bills_text(found)} if found else row


def _in_ledger(row: dict[str, Any], taken: Sequence[Slice]) -> HeldBill:
    po_ids, po_numbers = (tuple(json.loads(row[name])) for name in ("po_ids", "po_numbers"))
    return HeldBill(row["bill_key"], row["billing_cycle"], po_numbers, ZERO, "", (), po_ids=po_ids, slices=tuple(taken))


def _lost(row: dict[str, Any]) -> LostDecision:
    bills = bills_in(row["holding"])
    return LostDecision(
        lost_id=row["lost_id"],
        restored_at=row["restored_at"],
        case_id=row["case_id"],
        kind=row["kind"],
        verb=row["verb"],
        by=row["by_name"],
        reason=row["reason"],
        at=row["happened_at"],
        taken_back=row["taken_back"],
        po_ids=tuple(dict.fromkeys(po_id for bill in bills for po_id in bill.po_ids)),
        slices=tuple(part for bill in bills for part in bill.slices),
    )
