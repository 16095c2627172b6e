"""Nights: which runs the schedule and the sensor ask for, and that one night reads both systems once."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from simulation import Simulation

from cwxero_dagster.resources import NIGHT_TAG
from cwxero_dagster.sandbox.faults import Fault

NIGHT = datetime(2026, 10, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home that schedules and sensors look at."""
    folder = tmp_path / "home"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("CWXERO_HOME", str(folder))
    return folder


def worklist(home: Path, *cycles: str) -> None:
    (home / "cycles.json").write_text(json.dumps({"cycles": cycles, "at": "2026-10-01T02:00:00+00:00"}))


def tick(office: Any, name: str, moment: datetime) -> list[dg.RunRequest]:
    repository = office.defs().get_repository_def()
    with dg.build_schedule_context(
        instance=office.instance, scheduled_execution_time=moment, repository_def=repository
    ) as context:
        return list(repository.get_schedule_def(name).evaluate_tick(context).run_requests or [])


def after(office: Any, result: dg.ExecuteInProcessResult) -> list[dg.RunRequest]:
    name = "earlier_cycles" if result.success else "earlier_cycles_after_failure"
    (sensor,) = [each for each in office.defs().sensors if each.name == name]
    context = dg.build_run_status_sensor_context(
        name,
        dagster_event=result.all_events[-1],
        dagster_instance=office.instance,
        dagster_run=office.instance.get_run_by_id(result.run_id),
    )
    return list(sensor(context) or [])


def test_the_night_asks_for_the_open_cycle_first_and_then_those_with_work(office: Any, home: Path) -> None:
    worklist(home, "2026-07", "2026-05", "2026-10")
    requests = tick(office, "nightly_sync", NIGHT)
    assert [request.partition_key for request in requests] == ["2026-10", "2026-05", "2026-07"]
    assert {request.tags[NIGHT_TAG] for request in requests} == {"2026-10-02"}
    assert [request.run_key for request in requests] == [
        "2026-10:2026-10-02",
        "2026-05:2026-10-02",
        "2026-07:2026-10-02",
    ]


def test_the_same_tick_asks_for_the_same_runs(office: Any, home: Path) -> None:
    worklist(home, "2026-07")
    keys = [{request.run_key for request in tick(office, "nightly_sync", NIGHT)} for _ in range(2)]
    assert keys[0] == keys[1]


def test_the_first_night_and_a_damaged_worklist_ask_for_the_open_cycle(office: Any, home: Path) -> None:
    assert [request.partition_key for request in tick(office, "nightly_sync", NIGHT)] == ["2026-10"]
    (home / "cycles.json").write_text("{")
    assert [request.partition_key for request in tick(office, "nightly_sync", NIGHT)] == ["2026-10"]


def test_cycles_that_are_no_partitions_are_not_asked_for(office: Any, home: Path) -> None:
    worklist(home, "2026-04", "2027-01", "2026-09")
    assert [request.partition_key for request in tick(office, "nightly_sync", NIGHT)] == ["2026-10", "2026-09"]


def test_broken_settings_stop_no_tick(office: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWXERO_PUBLISH_MODE", "perhaps")
    assert [request.partition_key for request in tick(office, "nightly_sync", NIGHT)] == ["2026-10"]


def test_ticks_open_no_warehouse(office: Any, home: Path) -> None:
    tick(office, "nightly_sync", NIGHT)
    assert list(home.iterdir()) == []


def test_the_weekly_report_is_asked_for_once_a_week(office: Any) -> None:
    (request,) = tick(office, "weekly_unsynced_report", datetime(2026, 10, 5, 6, 0, tzinfo=UTC))
    assert request.run_key == "2026-10-05"
    assert request.partition_key is None


def test_one_night_reads_both_systems_once_however_many_cycles(simulation: Simulation, office: Any) -> None:
    tags = {NIGHT_TAG: "2026-10-01"}
    assert office.sync("2026-08", tags=tags).success
    simulation.clock.travel(600)
    result = office.sync("2026-09", tags=tags)
    assert result.success
    assert office.sessions[-1].calls() == {"connectwise": 0, "xero": 0}
    assert office.metadata_of(result, "purchase_orders")["staged"].value == "already, earlier this night"
    assert office.evaluations(result)["purchase_orders", "staging_is_fresh"].passed
    simulation.clock.travel(86_400)
    assert office.sync("2026-09", tags={NIGHT_TAG: "2026-10-02"}).success
    calls = office.sessions[-1].calls()
    assert 0 < calls["connectwise"] + calls["xero"] <= 30


def test_earlier_cycles_that_staging_discovered_are_run_the_same_night(
    simulation: Simulation, office: Any, home: Path
) -> None:
    result = office.run("stage", tags={NIGHT_TAG: "2026-10-02"})
    found = json.loads((simulation.home / "cycles.json").read_text())["cycles"]
    assert {"2026-05", "2026-06", "2026-07", "2026-08", "2026-09"} <= set(found)
    assert [request.partition_key for request in after(office, result)] == found


def test_a_run_that_failed_after_staging_does_not_keep_earlier_cycles_waiting(
    simulation: Simulation, office: Any, home: Path
) -> None:
    simulation.xero.faults.add(
        Fault(system="xero", kind="status", method="PUT", path_contains="/Invoices", status=403, times=None)
    )
    failed = office.sync("2026-08", tags={NIGHT_TAG: "2026-10-02"})
    assert not failed.success
    found = json.loads((simulation.home / "cycles.json").read_text())["cycles"]
    requests = after(office, failed)
    assert [request.partition_key for request in requests] == [cycle for cycle in found if cycle != "2026-08"]
    simulation.xero.faults.clear()
    assert office.sync("2026-09", tags=dict(requests[-1].tags)).success
    assert office.sessions[-1].calls()["connectwise"] == 0
    assert [request.partition_key for request in after(office, failed)] == [
        cycle for cycle in found if cycle not in {"2026-08", "2026-09"}
    ]


def test_a_run_by_hand_asks_for_nothing_more(office: Any, home: Path) -> None:
    worklist(home, "2026-05")
    assert after(office, office.run("stage")) == []


def test_the_weekly_report_lists_received_orders_without_a_bill_oldest_first(
    simulation: Simulation, office: Any
) -> None:
    simulation.sync("2026-08")
    result = office.run("weekly_report")
    assert result.success
    metadata = office.metadata_of(result, "received_without_a_bill")
    with Path(str(metadata["full_list"].value)).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["received_on"] for row in rows] == sorted(row["received_on"] for row in rows)
    orders = {row["po_numbers"]: row for row in rows}
    assert orders["PO-1015"]["reason"] == "The contact Lantern Hardware is archived in Xero."
    assert (orders["PO-1015"]["total"], orders["PO-1015"]["currency"]) == ("25551.57", "AUD")
    assert "PO-1033" not in orders
    assert metadata["dagster/row_count"].value == len(rows)
    shown = office.rows_of(metadata, "first_rows")
    assert [row["purchase orders"] for row in shown] == [row["po_numbers"] for row in rows[:20]]
