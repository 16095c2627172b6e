"""Small lists that are read in full: what one lacks for the second time is gone.

What belongs here: comparing such a list with what was known of it, for both systems. What does not: reading lists, and
records that a list shows in part only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cwxero_dagster.staging.absence import absent, refuse_many
from cwxero_dagster.staging.findings import Findings, Model, Row
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import Memory


@dataclass(frozen=True)
class WholeLists:
    """The small lists of one system."""

    system: str
    model: Model
    warehouse: Warehouse
    memory: Memory
    findings: Findings
    accept_deletions: bool
    known: Mapping[str, Mapping[str, Any]]
    """Kind to the ids of its present records, by their text."""

    def take(self, kind: str, rows: Collection[Row]) -> None:
        """Take a list as it was read. Raises ``StagingRefused`` where too much of it is missing."""
        source = f"{self.system.lower()}.{kind}"
        known = self.known.get(kind, {})
        found = absent(known, [str(row["record_id"]) for row in rows], self.memory.missing.get(source, {}))
        if not self.accept_deletions:
            noun = f"records of the list {kind.replace('_', ' ')}"
            refuse_many(self.system, noun, sorted(found.times), known=len(known), read=len(rows))
        for row in rows:
            self.findings.add(self.model, row)
        gone = set(found.twice)
        still = {record: times for record, times in found.times.items() if record not in gone}
        self.findings.note_missing(source, still, found={*found.back, *gone})
        self.findings.add_gone(self.warehouse, self.model, {(kind, known[record]) for record in gone})


def whole_lists(
    system: str,
    model: Model,
    warehouse: Warehouse,
    memory: Memory,
    findings: Findings,
    *,
    accept_deletions: bool,
) -> WholeLists:
    """The small lists of ``system``, with what is known of them."""
    known: dict[str, dict[str, Any]] = {}
    for row in warehouse.current_rows(model, ["kind", "record_id", "present"]):
        if row["present"]:
            known.setdefault(row["kind"], {})[str(row["record_id"])] = row["record_id"]
    return WholeLists(system, model, warehouse, memory, findings, accept_deletions, known)
