"""The real-time pattern: a change is noticed for one call, synced by itself, and never twice, lost or in the way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from story import START, Story

from cwxero_dagster import sensors
from cwxero_dagster.killed_runs import HOME_TAG
from cwxero_dagster.resources import CHANGES_TAG, CYCLES_OF_CHANGES, EVERYTHING, NIGHT_TAG
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.staging import noticing
from cwxero_dagster.staging.noticing import Bookmark
from cwxero_dagster.warehouse.lock import home_lock

SENSOR = "purchase_order_changes"


@pytest.fixture
def simulation(tmp_path: Path) -> Story:
    """A firm after its first night; its purchase orders are raised by the tests."""
    return Story(tmp_path)


@pytest.fixture
def story(simulation: Story) -> Story:
    """The same."""
    return simulation


class Sensor:
    """The sensor, looking minute by minute."""

    def __init__(self, office: Any, story: Story) -> None:
        self.office, self.story, self.cursor = office, story, None

    def look(self) -> Any:
        """One tick; a minute passes first. What Dagster keeps is kept only where the tick did not fail."""
        type(self.office).open = self.office
        self.story.clock.travel(60)
        definitions = self.office.defs()
        with dg.build_sensor_context(
            instance=self.office.instance, cursor=self.cursor, definitions=definitions, resources=definitions.resources
        ) as context:
            tick = definitions.get_repository_def().get_sensor_def(SENSOR).evaluate_tick(context)
        self.cursor = tick.cursor
        return tick

    def sync(self, tick: Any) -> dg.ExecuteInProcessResult:
        """The run that a tick asks for."""
        (request,) = tick.run_requests
        return self.office.sync(request.partition_key, tags={**request.tags, "dagster/sensor_name": SENSOR})


@pytest.fixture
def sensor(office: Any, story: Story) -> Sensor:
    """The sensor after its first look."""
    found = Sensor(office, story)
    found.look()
    return found


def receive(story: Story, quantity: int = 4) -> dict[str, Any]:
    """A purchase order that is raised and received in full."""
    po = story.order(quantity)
    story.buyer.receive(story.lines(po)[0]["id"], quantity)
    return po


def failing(story: Story) -> None:
    """Xero is down."""
    story.xero.faults.add(
        Fault(system="xero", kind="status", method="GET", path_contains="/Invoices", status=503, times=None)
    )


def test_a_quiet_minute_costs_one_call_and_asks_for_nothing(story: Story, sensor: Sensor) -> None:
    before = story.requests()
    tick = sensor.look()
    assert story.requests() - before == 1
    assert tick.run_requests == []
    assert tick.skip_message == "No purchase order changed in ConnectWise."


def test_what_is_received_is_a_bill_minutes_later_and_asked_for_once(story: Story, sensor: Sensor) -> None:
    po = receive(story)
    before = story.requests()
    tick = sensor.look()
    assert story.requests() - before == 1
    (request,) = tick.run_requests
    assert (request.partition_key, request.tags[CHANGES_TAG]) == ("2026-10", str(po["id"]))
    result = sensor.sync(tick)
    assert result.success
    assert story.quantities() == {f"po:{po['id']}": ["4"]}
    assert sensor.look().run_requests == []


def test_a_real_time_run_reads_only_what_changed(story: Story, office: Any, sensor: Sensor) -> None:
    for _ in range(8):
        story.order(3)
    sensor.sync(sensor.look())
    story.order(3)
    sensor.sync(sensor.look())
    calls = office.sessions[-1].calls()
    assert calls["connectwise"] + calls["xero"] <= 8


def test_work_of_the_changed_order_in_an_earlier_cycle_follows_and_no_other_does(
    story: Story, office: Any, sensor: Sensor
) -> None:
    untouched = receive(story)
    sensor.sync(sensor.look())
    story.later(31)
    office.sync("2026-11")
    late = story.order(2)
    story.buyer.receive(story.lines(late)[0]["id"], 2, on=START)
    tick = sensor.look()
    result = sensor.sync(tick)
    assert tick.run_requests[0].partition_key == "2026-11"
    assert office.metadata_of(result, "purchase_order_states")[CYCLES_OF_CHANGES].value == "2026-10"
    (earlier,) = [each for each in office.defs().sensors if each.name == "earlier_cycles"]
    context = dg.build_run_status_sensor_context(
        "earlier_cycles",
        dagster_event=result.all_events[-1],
        dagster_instance=office.instance,
        dagster_run=office.instance.get_run_by_id(result.run_id),
    )
    (request,) = list(earlier(context) or [])
    assert (request.partition_key, request.tags[NIGHT_TAG]) == ("2026-10", tick.run_requests[0].tags[NIGHT_TAG])
    writes = len(story.writes())
    assert office.sync("2026-10", tags=dict(request.tags)).success
    assert office.sessions[-1].calls()["connectwise"] == 0
    assert story.quantities() == {f"po:{untouched['id']}": ["4"], f"po:{late['id']}": ["2"]}
    assert len(story.writes()) == writes + 1


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED])
def test_nothing_is_asked_while_a_run_waits_or_runs_and_nothing_is_lost(
    story: Story, office: Any, sensor: Sensor, status: dg.DagsterRunStatus
) -> None:
    po = receive(story)
    night = office.instance.create_run_for_job(office.defs().resolve_job_def("sync"), status=status)
    before = story.requests()
    tick = sensor.look()
    assert story.requests() == before
    assert tick.skip_message == "A run is under way. What changed meanwhile is noticed once it has ended."
    office.instance.delete_run(night.run_id)
    assert sensor.look().run_requests[0].tags[CHANGES_TAG] == str(po["id"])


def killed_run(office: Any, home: Path) -> str:
    """A run that had locked a home, as Dagster's history has it after its process was killed."""
    run = office.instance.create_run_for_job(
        office.defs().resolve_job_def("sync"), status=dg.DagsterRunStatus.STARTED, tags={HOME_TAG: str(home)}
    )
    return str(run.run_id)


def status_of(office: Any, run_id: str) -> dg.DagsterRunStatus:
    return office.instance.get_run_by_id(run_id).status


def test_a_run_that_was_killed_stands_in_nobodys_way(story: Story, office: Any, sensor: Sensor) -> None:
    po = receive(story)
    home = story.settings().home
    killed = killed_run(office, home)
    elsewhere = killed_run(office, home / "of another firm")
    with home_lock(home, "a run"):
        assert sensor.look().skip_message.startswith("A run is under way.")
        assert status_of(office, killed) == dg.DagsterRunStatus.STARTED
    assert sensor.look().skip_message.startswith("A run is under way.")
    assert status_of(office, killed) == dg.DagsterRunStatus.FAILURE
    assert status_of(office, elsewhere) == dg.DagsterRunStatus.STARTED
    office.instance.delete_run(elsewhere)
    assert sensor.look().run_requests[0].tags[CHANGES_TAG] == str(po["id"])


def test_a_run_that_locks_the_home_ends_those_that_were_killed_in_it(story: Story, office: Any) -> None:
    killed = killed_run(office, story.settings().home)
    done = office.sync("2026-10")
    assert status_of(office, killed) == dg.DagsterRunStatus.FAILURE
    assert status_of(office, done.run_id) == dg.DagsterRunStatus.SUCCESS


def test_a_look_that_fails_says_so_in_words_and_the_next_one_sees_it_all(story: Story, sensor: Sensor) -> None:
    po = receive(story)
    story.connectwise.faults.add(
        Fault(system="connectwise", kind="status", path_contains="purchaseorders", status=503, times=None)
    )
    with pytest.raises(dg.Failure, match="ConnectWise"):
        sensor.look()
    story.connectwise.faults.clear()
    assert sensor.look().run_requests[0].tags[CHANGES_TAG] == str(po["id"])


def test_orders_of_a_run_that_failed_are_asked_for_again_after_a_while(
    story: Story, office: Any, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    po = receive(story)
    failing(story)
    assert not sensor.sync(sensor.look()).success
    story.xero.faults.clear()
    assert sensor.look().run_requests == []
    monkeypatch.setattr(sensors, "TRY_AGAIN_AFTER", timedelta(0))
    tick = sensor.look()
    assert tick.run_requests[0].tags[CHANGES_TAG] == str(po["id"])
    assert sensor.sync(tick).success
    assert story.quantities() == {f"po:{po['id']}": ["4"]}
    assert sensor.look().run_requests == []


def test_an_order_whose_run_failed_is_asked_for_until_a_run_with_it_succeeds_whatever_succeeds_meanwhile(
    story: Story, office: Any, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = receive(story)
    failing(story)
    assert not sensor.sync(sensor.look()).success
    story.xero.faults.clear()
    second = receive(story, 2)
    tick = sensor.look()
    assert tick.run_requests[0].tags[CHANGES_TAG] == str(second["id"])
    assert sensor.sync(tick).success
    assert sensor.look().run_requests == [], "it is not yet time to try again"
    monkeypatch.setattr(sensors, "TRY_AGAIN_AFTER", timedelta(0))
    monkeypatch.setattr(sensors, "RUNS_LOOKED_AT", 1)
    tick = sensor.look()
    assert tick.run_requests[0].tags[CHANGES_TAG] == str(first["id"])
    assert sensor.sync(tick).success
    assert sensor.look().run_requests == []


def test_a_run_of_everything_that_succeeded_did_what_failed_before(
    story: Story, office: Any, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(story)
    failing(story)
    assert not sensor.sync(sensor.look()).success
    story.xero.faults.clear()
    monkeypatch.setattr(sensors, "TRY_AGAIN_AFTER", timedelta(0))
    monkeypatch.setattr(sensors, "MOST_NAMED", 0)
    tick = sensor.look()
    assert tick.run_requests[0].tags[CHANGES_TAG] == EVERYTHING
    assert sensor.sync(tick).success
    assert sensor.look().run_requests == []


def test_a_cursor_of_an_earlier_version_is_read(story: Story, sensor: Sensor) -> None:
    bookmark = Bookmark.read(sensor.cursor)
    assert bookmark is not None
    sensor.cursor = bookmark.text()
    po = receive(story)
    assert sensor.look().run_requests[0].tags[CHANGES_TAG] == str(po["id"])


def test_more_changes_than_a_page_are_left_to_the_run(
    story: Story, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pos = [receive(story, 1) for _ in range(3)]
    monkeypatch.setattr(noticing, "ONE_PAGE", 2)
    tick = sensor.look()
    assert tick.run_requests[0].tags[CHANGES_TAG] == EVERYTHING
    assert sensor.sync(tick).success
    assert set(story.quantities()) == {f"po:{po['id']}" for po in pos}


def test_a_change_in_the_second_of_the_last_look_is_seen(story: Story, sensor: Sensor) -> None:
    receive(story, 1)
    bookmark = Bookmark.read(sensor.look().cursor)
    assert bookmark is not None
    late = story.order(5)
    stamp = bookmark.upto.strftime("%Y-%m-%dT%H:%M:%SZ")
    story.store.get("cw.purchaseorders", late["id"])["_info"]["lastUpdated"] = stamp
    assert str(late["id"]) in sensor.look().run_requests[0].tags[CHANGES_TAG].split()


def test_a_damaged_bookmark_looks_a_day_back(story: Story, sensor: Sensor) -> None:
    po = receive(story)
    sensor.look()
    sensor.cursor = "{"
    assert sensor.look().run_requests[0].tags[CHANGES_TAG] == str(po["id"])


def test_the_look_opens_no_warehouse(story: Story, sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cwxero_dagster.warehouse.database.Warehouse.__init__", None)
    receive(story)
    assert sensor.look().run_requests
