"""What staging writes down for its next run: runs, places reached, records that were missing, POs that were looked at.

What belongs here: these small tables and their SQL. What does not: what follows from them (``staging``).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as arrow

from cwxero_dagster.warehouse.connection import rows_of
from cwxero_dagster.warehouse.database import Warehouse

MISSING_LINES = "connectwise.purchase_order_lines"
MISSING_ORDERS = "connectwise.purchase_orders"
AHEAD = timedelta(minutes=5)
"""So far a mark may lie ahead of now: clocks are put right by seconds, and Xero's marks are of Xero's clock."""


@dataclass(frozen=True)
class StagingRun:
    """One finished staging of one system."""

    run_id: str
    system: str
    night: str | None
    started_at: datetime
    upto: datetime
    """The upper bound: what changed later is read by the next run."""
    finished_at: datetime
    counts: Mapping[str, Mapping[str, int]]
    """Table to ``new``, ``changed`` and ``unchanged``."""
    calls: int


@dataclass(frozen=True)
class Memory:
    """Everything that earlier runs wrote down."""

    watermarks: Mapping[str, datetime]
    """Source to the moment up to which, or at which, it was read."""
    positions: Mapping[str, int]
    """Source to a number: where the next part of a long list begins, or which way of asking works."""
    missing: Mapping[str, Mapping[str, int]]
    """Source to records, and the number of complete reads in a row that did not show them."""
    looked_at: Mapping[int, tuple[datetime, str | None]]
    """PO id to the moment of the last look beyond its header, and what the report showed then."""
    ahead: frozenset[str] = frozenset()
    """Sources whose mark was left out, because it lies ahead: this machine's clock was wrong when it was written."""

    def is_due(self, source: str, age: timedelta, now: datetime) -> bool:
        """Whether ``source`` was never read, or longer ago than ``age``."""
        last = self.watermarks.get(source)
        return last is None or now - last >= age


class StagingNotes:
    """The notes of staging inside a warehouse. Writes join an open transaction of the warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def runs(self) -> list[StagingRun]:
        """All finished runs, in order of their end."""
        rows = self._rows("select * from staged.runs order by finished_at, system")
        return [StagingRun(**{**row, "counts": json.loads(row["counts"])}) for row in rows]

    def first_finished(self, system: str) -> datetime | None:
        """When the first run of a system ended; None before it."""
        first: datetime | None = self._rows(
            "select min(finished_at) as first from staged.runs where system = ?", system
        )[0]["first"]
        return first

    def add_run(self, run: StagingRun) -> None:
        """Remember a finished run."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "insert into staged.runs values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    run.run_id,
                    run.system,
                    run.night,
                    run.started_at,
                    run.upto,
                    run.finished_at,
                    json.dumps(run.counts),
                    run.calls,
                ],
            )

    def staged_systems(self, night: str) -> frozenset[str]:
        """The systems whose staging finished under the tag ``night``."""
        return frozenset(
            row["system"] for row in self._rows("select distinct system from staged.runs where night = ?", night)
        )

    def recall(self, now: datetime | None = None) -> Memory:
        """Everything, as one moment knew it.

        ``now``: marks that lie ahead of it are left out; whatever they speak of was not read up to them.
        """
        latest = datetime.max.replace(tzinfo=UTC) if now is None else now + AHEAD
        with self._warehouse.transaction():
            marks = {row["source"]: row["moment"] for row in self._rows("select * from staged.watermarks")}
            missing: dict[str, dict[str, int]] = {}
            for row in self._rows("select source, record, times from staged.missing"):
                missing.setdefault(row["source"], {})[row["record"]] = row["times"]
            return Memory(
                watermarks={source: moment for source, moment in marks.items() if moment <= latest},
                ahead=frozenset(source for source, moment in marks.items() if moment > latest),
                positions={row["source"]: row["position"] for row in self._rows("select * from staged.positions")},
                missing=missing,
                looked_at={
                    row["po_id"]: (row["looked_at"], row["shown"])
                    for row in self._rows("select * from staged.looked_at")
                    if row["looked_at"] <= latest
                },
            )

    def belongs_to(self, system: str) -> str | None:
        """Whose records of a system are kept here; None before any were."""
        rows = self._rows("select whose from staged.belongs_to where system = ?", system)
        return rows[0]["whose"] if rows else None

    def keep_whose(self, system: str, whose: str) -> None:
        """Remember for good whose records of a system are kept here."""
        with self._warehouse.transaction() as connection:
            connection.execute("insert into staged.belongs_to values (?, ?) on conflict do nothing", [system, whose])

    def missing(self, source: str) -> dict[int, int]:
        """How many looks in a row did not show a record of a source, by its id."""
        rows = self._rows("select record, times from staged.missing where source = ?", source)
        return {int(row["record"]): row["times"] for row in rows}

    def set_position(self, source: str, position: int | None) -> None:
        """Remember a number for a source; None forgets it."""
        with self._warehouse.transaction() as connection:
            connection.execute("delete from staged.positions where source = ?", [source])
            if position is not None:
                connection.execute("insert into staged.positions values (?, ?)", [source, position])

    def set_missing(self, source: str, times: Mapping[str, int], *, found: Collection[str], at: datetime) -> None:
        """Remember how often records were missing; those ``found`` again are forgotten."""
        with self._warehouse.transaction() as connection:
            for record in found:
                connection.execute("delete from staged.missing where source = ? and record = ?", [source, record])
            for record, number in times.items():
                connection.execute(
                    "insert into staged.missing values (?, ?, ?, ?) "
                    "on conflict (source, record) do update set times = excluded.times",
                    [source, record, number, at],
                )

    def look(self, shown: Mapping[int, str | None], at: datetime) -> None:
        """Remember that these POs were looked at; None keeps what the report showed before."""
        seen = arrow.table(
            {
                "po_id": arrow.array(shown, arrow.int64()),
                "looked_at": arrow.array([at] * len(shown), arrow.timestamp("us", tz="UTC")),
                "shown": arrow.array(shown.values(), arrow.string()),
            }
        )
        with self._warehouse.transaction() as connection:
            connection.register("seen", seen)
            connection.execute(
                "insert into staged.looked_at by name select * from seen on conflict (po_id) do update "
                "set looked_at = excluded.looked_at, shown = coalesce(excluded.shown, looked_at.shown)"
            )
            connection.unregister("seen")

    def _rows(self, statement: str, *parameters: str) -> list[dict[str, Any]]:
        with self._warehouse.transaction() as connection:
            return rows_of(connection, statement, parameters)
