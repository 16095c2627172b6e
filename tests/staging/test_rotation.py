"""Large firms: a run looks at some, the next one goes on, and none is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cwxero_dagster.staging import looking, sweep
from cwxero_dagster.staging.findings import Findings
from cwxero_dagster.staging.known import Known, KnownLine, KnownOrder
from cwxero_dagster.transport import LimitReached
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import StagingNotes

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ORDERS = range(10_001, 15_001)


class Answering:
    """A ConnectWise that has all of ``ORDERS``, three lines each, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.asked: list[int] = []

    def report(self, name: str, *, conditions: str, columns: Any) -> Iterator[dict[str, Any]]:
        self.calls += 1
        wanted = [int(number) for number in conditions.partition("(")[2].strip(")").split(",")]
        self.asked += wanted
        for po_id in wanted:
            for line in lines(po_id):
                yield {
                    "purchase_header_recid": po_id,
                    "purchase_detail_recid": line.line_id,
                    "received_qty": Decimal("1.0"),
                    "itemunitcost": Decimal("2.50"),
                    "last_update": None,
                }

    def forward(self, path: str, *, conditions: str, fields: str) -> Iterator[dict[str, Any]]:
        start = int(conditions.removeprefix("id >= "))
        self.calls += 1
        for po_id in range(start, ORDERS.stop):
            self.asked.append(po_id)
            yield {"id": po_id, "_info": {"lastUpdated": "2026-05-01T00:00:00Z"}}


def lines(po_id: int) -> tuple[KnownLine, ...]:
    return tuple(
        KnownLine(
            line_id=po_id * 10 + number,
            po_id=po_id,
            present=True,
            fingerprint="",
            received_quantity=Decimal(1),
            unit_cost=Decimal("2.5"),
            received_at=None,
            last_updated=None,
        )
        for number in range(3)
    )


@pytest.fixture
def known() -> Known:
    orders = {
        po_id: KnownOrder(
            po_id=po_id,
            present=True,
            fingerprint="x",
            closed=False,
            closed_at=None,
            last_updated=datetime(2026, 5, 1, tzinfo=UTC),
        )
        for po_id in ORDERS
    }
    return Known(orders, {po_id: lines(po_id) for po_id in ORDERS}, frozenset(), frozenset())


def keep(warehouse: Warehouse, findings: Findings, at: datetime) -> None:
    notes = StagingNotes(warehouse)
    with warehouse.transaction():
        notes.look(findings.looked_at, at)
        for source, position in findings.positions.items():
            notes.set_position(source, position)
        for source, moment in findings.watermarks.items():
            warehouse.set_watermark(source, moment)


def test_five_thousand_watched_purchase_orders_are_looked_at_in_turn(tmp_path: Path, known: Known) -> None:
    warehouse, seen = Warehouse(tmp_path / "warehouse.duckdb"), []
    for night in range(10):
        client, findings = Answering(), Findings()
        memory = StagingNotes(warehouse).recall()
        at = NOW + night * timedelta(days=1)
        moved = looking.moved_lines(client, memory, findings, known, skip=(), now=at, nightly=True)
        assert moved == {ORDERS[night]}, "the report shows nothing new; one is read again in turn"
        assert client.calls <= 10
        seen += client.asked
        keep(warehouse, findings, at)
    assert set(seen) == set(ORDERS)
    assert len(seen[: len(ORDERS)]) == len(set(seen[: len(ORDERS)]))


def test_a_long_sweep_goes_on_the_next_night_and_starts_again(tmp_path: Path, known: Known) -> None:
    warehouse, seen = Warehouse(tmp_path / "warehouse.duckdb"), []
    for night in range(3):
        client, findings = Answering(), Findings()
        memory = StagingNotes(warehouse).recall()
        at = NOW + night * timedelta(days=1)
        sweep.sweep(client, warehouse, memory, findings, known, at, accept_deletions=False)
        assert len(client.asked) <= sweep.LARGEST_SWEEP
        seen += client.asked
        keep(warehouse, findings, at)
    assert seen == list(ORDERS)
    assert sweep.SOURCE not in StagingNotes(warehouse).recall().positions


def test_a_limit_that_the_report_runs_into_is_not_taken_for_a_missing_right(tmp_path: Path, known: Known) -> None:
    class Limited(Answering):
        def report(self, name: str, *, conditions: str, columns: Any) -> Iterator[dict[str, Any]]:
            raise LimitReached("ConnectWise", "Too many calls.", limit="minute")

    memory = StagingNotes(Warehouse(tmp_path / "warehouse.duckdb")).recall()
    with pytest.raises(LimitReached):
        looking.moved_lines(Limited(), memory, Findings(), known, skip=(), now=NOW, nightly=True)
