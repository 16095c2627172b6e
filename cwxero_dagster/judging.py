"""Whether a billing cycle is healthy, as one line of Dagster's list of assets, and when that is looked at again.

What belongs here: the asset and its sensor. What does not: what a check finds, which answer of it is its last (checks).
"""

import hashlib
import json
from typing import Any

import dagster as dg

from cwxero_dagster.assets.describing import table
from cwxero_dagster.checks.last_runs import Found, Left, left_by_last_runs
from cwxero_dagster.jobs import health, parallel_run, sync
from cwxero_dagster.payables.wording import counted, shortened
from cwxero_dagster.sensors import at_work

COLUMNS = ("check", "what")
SHOWN_LENGTH = 500
STOPPED = Found(
    check="the_last_run_came_to_its_end",
    cycle="",
    words="It stopped part-way. Nothing is lost; the next one continues.",
    asked=False,
)


def health_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The asset, for these billing cycles."""

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        partitions_def=cycles,
        deps=["open_cases"],
    )
    def cycle_health(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        """Green while the last runs of the cycle came to their end and no check of theirs finds an error; red else.

        Dagster's list of assets shows no check, but it shows what failed: so this fails where something is the matter,
        and says what.
        """
        cycle = context.partition_key
        matters = what_is_the_matter(left_of_cycles(context.instance), cycle)
        if matters:
            rows = [{"check": one.sentence, "what": shortened(one.words, SHOWN_LENGTH)} for one in matters]
            raise dg.Failure(
                f"Billing cycle {cycle} is not healthy: {counted(len(matters), 'check')} found something. "
                + " ".join(f"“{row['check']}” is not so: {row['what']}" for row in rows),
                metadata={"found": table(rows, COLUMNS)},
                allow_retries=False,
            )
        return dg.MaterializeResult(metadata={"billing_cycle": f"{cycle} is healthy: no check found an error."})

    return [cycle_health]


def left_of_cycles(instance: dg.DagsterInstance) -> Left:
    """What the last runs that are about a cycle leave."""
    return left_by_last_runs(instance, (sync.name, parallel_run.name))


def what_is_the_matter(now: Left, cycle: str) -> list[Found]:
    """What is to be looked at in a cycle, or in all of them; nothing where it is healthy."""
    stopped = [STOPPED for _, one in now.stopped if one == cycle]
    return [*stopped[:1], *(one for one in now.found if one.cycle in {"", cycle})]


def judging(cycles: dg.PartitionsDefinition[str]) -> dg.SensorDefinition:
    """The sensor, for these billing cycles."""

    @dg.sensor(
        job=health,
        name="cycle_health",
        minimum_interval_seconds=60,
        # It answers runs that were started on purpose, so there is nothing to switch on.
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Turns the cycle's line in the list of assets red or green when the last runs say something else.",
    )
    def cycle_health(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if at_work(context.instance):
            return dg.SkipReason("A run is under way.")
        before, left = _memory(context.cursor), left_of_cycles(context.instance)
        now = {
            cycle: hashlib.sha256(repr(what_is_the_matter(left, cycle)).encode()).hexdigest()
            for cycle in sorted(left.cycles)
            if cycles.has_partition_key(cycle)
        }
        changed = [cycle for cycle, content in now.items() if before.get(cycle) != content]
        return dg.SensorResult(
            [dg.RunRequest(partition_key=cycle) for cycle in changed],
            cursor=json.dumps(now),
            skip_reason=None if changed else "Every cycle is as it was.",
        )

    return cycle_health


def _memory(cursor: str | None) -> dict[str, str]:
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
