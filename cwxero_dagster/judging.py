"""The sensor that looks again whether a cycle is healthy, once the last runs say something else of it.

What belongs here: when that is. What does not: what healthy means (assets/health).
"""

import hashlib
import json

import dagster as dg

from cwxero_dagster.assets.health import last_runs, what_is_the_matter
from cwxero_dagster.jobs import health
from cwxero_dagster.sensors import at_work


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
        before, left = _memory(context.cursor), last_runs(context.instance)
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
