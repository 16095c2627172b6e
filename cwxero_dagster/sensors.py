"""What follows a run: the earlier cycles in which tonight's staging found work.

What belongs here: sensors. What does not: reading anything but the worklist file; a sensor never opens the warehouse.
"""

from collections.abc import Iterator

import dagster as dg

from cwxero_dagster.jobs import sync
from cwxero_dagster.resources import NIGHT_TAG
from cwxero_dagster.schedules import worklist


def sensors(cycles: dg.MonthlyPartitionsDefinition) -> list[dg.SensorDefinition]:
    """The sensors."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[sync],
        request_job=sync,
        name="earlier_cycles",
        # It answers runs of the nightly schedule only, so switching that on is all that people have to do.
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="After the open cycle's nightly run: earlier cycles in which its staging found work.",
    )
    def earlier_cycles(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest]:
        night = context.dagster_run.tags.get(NIGHT_TAG)
        if night is None:
            return
        tonight = context.instance.get_runs(dg.RunsFilter(job_name=sync.name, tags={NIGHT_TAG: night}))
        started = {run.tags.get("dagster/partition") for run in tonight}
        for cycle in worklist():
            if cycle not in started and cycles.has_partition_key(cycle):
                yield dg.RunRequest(run_key=f"{cycle}:{night}", partition_key=cycle, tags={NIGHT_TAG: night})

    return [earlier_cycles]
