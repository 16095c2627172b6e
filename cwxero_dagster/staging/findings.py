"""What one run found in one system, held until it is written in one transaction.

What belongs here: collecting, writing, and the report of a run. What does not: finding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cwxero_dagster.frames import Observation
from cwxero_dagster.warehouse.database import Observed, Warehouse
from cwxero_dagster.warehouse.notes import StagingNotes, StagingRun
from cwxero_dagster.warehouse.tables import key_of, table_name

Row = dict[str, Any]
Model = type[Observation]

SYSTEMS = ("connectwise", "xero")
OVERLAP = timedelta(minutes=5)
"""How far before its watermark a list is read again: clocks differ, and what is late has to be seen once more."""
DAILY = timedelta(hours=20)
"""Age at which slow data is read again: once a night, also when one night's run starts earlier than the last."""


@dataclass(frozen=True)
class StagingReport:
    """What a run did: how many records of each table were new, changed or as before, and what people should know."""

    run_id: str
    system: str
    night: str | None
    started_at: datetime
    upto: datetime
    finished_at: datetime
    observed: Mapping[str, Observed]
    """Table name to counts; tables of which nothing was read are absent."""
    calls: int
    remarks: tuple[str, ...] = ()


@dataclass
class Findings:
    """Rows and notes of a run, not written yet. A record that comes twice counts as it came last."""

    rows: dict[Model, dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    watermarks: dict[str, datetime] = field(default_factory=dict)
    positions: dict[str, int | None] = field(default_factory=dict)
    missing: dict[str, tuple[dict[str, int], set[str]]] = field(default_factory=dict)
    looked_at: dict[int, str | None] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    whose: str | None = None
    """Whose records these are, where a warehouse keeps that once for all."""

    def add(self, model: Model, row: Row, *, present: bool = True) -> None:
        """Keep an observation; ``present`` false says that the record is gone."""
        self.rows.setdefault(model, {})[tuple(row[name] for name in key_of(model))] = {**row, "present": present}

    def add_gone(self, warehouse: Warehouse, model: Model, keys: Collection[tuple[Any, ...]]) -> None:
        """Keep, for each of ``keys``, the last observation as one of a record that is not there any more."""
        if not keys:
            return
        for row in model.rows(warehouse.current(model)):
            if tuple(row[name] for name in key_of(model)) in keys:
                self.add(model, row, present=False)

    def drop(self, model: Model, key: tuple[Any, ...]) -> None:
        """Forget an observation that turned out to be incomplete."""
        self.rows.get(model, {}).pop(key, None)

    def found(self, model: Model) -> Iterable[Row]:
        """Rows of a table so far."""
        return self.rows.get(model, {}).values()

    def note_missing(self, source: str, times: Mapping[str, int], *, found: Collection[str] = ()) -> None:
        """Keep how often records were missing from complete reads, and which are back (or gone for good)."""
        kept_times, kept_found = self.missing.setdefault(source, ({}, set()))
        kept_times.update(times)
        kept_found.update(found)

    def observe(self, warehouse: Warehouse, *, at: datetime) -> dict[str, Observed]:
        """Write the observations alone, as true at ``at``: a table's name to its counts."""
        frames = {
            model: model.of({**row, "observed_at": at} for row in rows.values())
            for model, rows in self.rows.items()
            if rows
        }
        with warehouse.transaction():
            return {
                table_name(model).partition(".")[2]: warehouse.observe(model, frame) for model, frame in frames.items()
            }

    def write(
        self,
        warehouse: Warehouse,
        *,
        system: str,
        run_id: str,
        night: str | None,
        started: datetime,
        clock_now: Callable[[], datetime],
        calls: int,
    ) -> StagingReport:
        """Write everything, or nothing. Observations carry the moment of writing: all of them were true by then."""
        notes = StagingNotes(warehouse)
        now = clock_now()
        with warehouse.transaction():
            observed = self.observe(warehouse, at=now)
            for source, moment in self.watermarks.items():
                warehouse.set_watermark(source, moment)
            for source, position in self.positions.items():
                notes.set_position(source, position)
            for source, (times, found) in self.missing.items():
                notes.set_missing(source, times, found=found, at=now)
            notes.look(self.looked_at, now)
            if self.whose is not None:
                notes.keep_whose(system, self.whose)
            counts = {
                name: {"new": seen.new, "changed": seen.changed, "unchanged": seen.unchanged}
                for name, seen in observed.items()
            }
            notes.add_run(StagingRun(run_id, system, night, started, started, now, counts, calls))
        return StagingReport(run_id, system, night, started, started, now, observed, calls, tuple(self.remarks))


def already_staged(warehouse: Warehouse, night: str) -> bool:
    """True when both systems were staged under the tag ``night``: other cycles of the same night need no reading."""
    return StagingNotes(warehouse).staged_systems(night) >= frozenset(SYSTEMS)
