"""When the jobs run: every night the open cycle and every earlier one that still has work, every Monday the report.

What belongs here: ticks and the cycles they ask for. What does not: which cycles have work (the last run wrote that
down in ``cycles.json``: nothing here may open the warehouse, which has one writer).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from cwxero_dagster.jobs import sync, weekly_report
from cwxero_dagster.pipeline.worklist import read_worklist
from cwxero_dagster.resources import NIGHT_TAG
from cwxero_dagster.settings import SettingsBroken, load_settings


def schedules(cycles: dg.MonthlyPartitionsDefinition) -> list[dg.ScheduleDefinition]:
    """The schedules, in the calendar of the cycles."""

    @dg.schedule(
        job=sync,
        cron_schedule="0 2 * * *",
        execution_timezone=cycles.timezone,
        description="Every night: the open billing cycle and every earlier one with work. Staging runs once for all.",
    )
    def nightly_sync(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        night = f"{context.scheduled_execution_time:%Y-%m-%d}"
        for cycle in tonight(cycles, context.scheduled_execution_time.timestamp()):
            yield dg.RunRequest(run_key=f"{cycle}:{night}", partition_key=cycle, tags={NIGHT_TAG: night})

    @dg.schedule(
        job=weekly_report,
        cron_schedule="0 6 * * 1",
        execution_timezone=cycles.timezone,
        description="Every Monday: fully received purchase orders without a bill.",
    )
    def weekly_unsynced_report(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%d}")

    return [nightly_sync, weekly_unsynced_report]


def tonight(cycles: dg.MonthlyPartitionsDefinition, moment: float) -> list[str]:
    """The open cycle first, because its run stages for all, then earlier ones with work."""
    keys = cycles.get_partition_keys(current_time=datetime.fromtimestamp(moment, UTC))
    earlier = set(worklist()) & set(keys[:-1])
    return [*keys[-1:], *sorted(earlier)]


def worklist() -> list[str]:
    """Cycles with work as the last run wrote them down."""
    try:
        return read_worklist(load_settings().home)
    except SettingsBroken:
        return []
