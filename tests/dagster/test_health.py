"""One line of the list of assets says whether a cycle is healthy: red while something is the matter, then green."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest
from histories import ends, fails

from cwxero_dagster.definitions import build_defs

CYCLES = dg.MonthlyPartitionsDefinition(start_date="2026-05", fmt="%Y-%m", end_offset=1)
KEY = dg.AssetKey("cycle_health")


class Watch:
    """The sensor, what it remembers, and the runs that it asks for."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self._defs = build_defs(cycles=CYCLES)
        self._cursor: str | None = None

    def tick(self) -> dict[str, str]:
        """The cycles that are looked at again, and what the list of assets says of each: blank is green."""
        (sensor,) = [each for each in self._defs.sensors or () if each.name == "cycle_health"]
        assert isinstance(sensor, dg.SensorDefinition)
        context = dg.build_sensor_context(self.instance, cursor=self._cursor, definitions=self._defs)
        answer = sensor.evaluate_tick(context)
        self._cursor = answer.cursor
        return {one.partition_key or "": self._looks(one.partition_key or "") for one in answer.run_requests or ()}

    def _looks(self, cycle: str) -> str:
        job = self._defs.resolve_job_def("health")
        done = job.execute_in_process(instance=self.instance, partition_key=cycle, raise_on_error=False)
        (step,) = done.get_step_failure_events() or [None]
        failure = step.step_failure_data.user_failure_data if step else None
        return failure.description or "" if failure else ""

    def green(self) -> set[str]:
        """Cycles of which the list says that they are there."""
        return set(self.instance.get_materialized_partitions(KEY))


@pytest.fixture
def watch() -> Iterator[Watch]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watch(instance)


def test_a_cycle_is_red_while_a_check_finds_an_error_and_says_which(watch: Watch) -> None:
    assert watch.tick() == {}
    ends(watch.instance, "2026-05", stands=True)
    assert watch.tick() == {"2026-05": ""}
    assert watch.green() == {"2026-05"}
    ends(watch.instance, "2026-06", stands=False)
    (said,) = watch.tick().values()
    assert said.startswith("Billing cycle 2026-06 is not healthy: 1 check found something.")
    assert "“What was signed still stands” is not so: PO-1 costs 9,000.00 more." in said
    assert watch.green() == {"2026-05"}
    ends(watch.instance, "2026-06", stands=True)
    assert watch.tick() == {"2026-06": ""}
    assert watch.green() == {"2026-05", "2026-06"}


def test_it_is_looked_at_again_only_when_the_last_runs_say_something_else(watch: Watch) -> None:
    ends(watch.instance, "2026-05", stands=False)
    assert watch.tick().keys() == {"2026-05"}
    ends(watch.instance, "2026-05", stands=False)
    assert watch.tick() == {}


def test_a_run_that_stopped_makes_its_cycle_red_and_no_other(watch: Watch) -> None:
    ends(watch.instance, "2026-05", stands=True)
    fails(watch.instance, "2026-06")
    said = watch.tick()
    assert said["2026-05"] == ""
    assert "It stopped part-way" in said["2026-06"]
