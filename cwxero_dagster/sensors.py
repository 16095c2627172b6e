"""What starts a run besides the clock: a purchase order that changed, and earlier cycles in which a run found work.

What belongs here: sensors. What does not: opening the warehouse, which has one writer: a sensor reads a file that a run
wrote, what a run told Dagster, and at most one page of ConnectWise.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import dagster as dg

from cwxero_dagster.jobs import sync
from cwxero_dagster.killed_runs import end_killed_runs
from cwxero_dagster.resources import CHANGES_TAG, CYCLES_OF_CHANGES, EVERYTHING, NIGHT_TAG, Firm, in_words
from cwxero_dagster.schedules import worklist
from cwxero_dagster.settings import SettingsBroken
from cwxero_dagster.staging.noticing import Bookmark, notice

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
LONGEST_RUN = timedelta(hours=2)
"""An older run that never ended was killed (dagster.yaml ends runs after this time): it stands in nobody's way."""
TRY_AGAIN_AFTER = timedelta(minutes=30)
MOST_NAMED = 200
"""Purchase orders that a run is told of by id; of more, it finds out by itself."""
RUNS_LOOKED_AT = 20
"""Runs of the sensor that one look considers; one ends between two looks, and what older ones left is in its cursor."""
SENSOR_TAG = "dagster/sensor_name"
_FAILED = "failed"


def sensors(cycles: dg.MonthlyPartitionsDefinition) -> list[dg.SensorDefinition]:
    """The sensors."""
    earlier_cycles = _earlier_cycles(cycles, "earlier_cycles", dg.DagsterRunStatus.SUCCESS)
    after_failure = _earlier_cycles(cycles, "earlier_cycles_after_failure", dg.DagsterRunStatus.FAILURE)

    @dg.sensor(
        job=sync,
        name="purchase_order_changes",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="The real-time pattern: purchase orders that changed in ConnectWise are synced within minutes. "
        "One call a minute; waits while any run is under way.",
    )
    def purchase_order_changes(context: dg.SensorEvaluationContext, firm: Firm) -> dg.SensorResult | dg.SkipReason:
        with suppress(SettingsBroken):
            end_killed_runs(context.instance, firm.settings().home)
        if at_work(context.instance):
            return dg.SkipReason("A run is under way. What changed meanwhile is noticed once it has ended.")
        with in_words(), firm.looking() as session:
            now = session.clock.now()
            noticed = notice(session.connectwise, Bookmark.read(context.cursor), now)
        failed = failed_before(context.instance, failures_in(context.cursor))
        again = {po_id for po_id, since in failed.items() if datetime.now(UTC) - since >= TRY_AGAIN_AFTER}
        wanted = {str(po_id) for po_id in noticed.po_numbers} | again
        if not noticed.all_seen or EVERYTHING in wanted or len(wanted) > MOST_NAMED:
            wanted = {EVERYTHING}
        cursor = cursor_of(noticed.bookmark, failed)
        if not wanted:
            return dg.SensorResult(skip_reason="No purchase order changed in ConnectWise.", cursor=cursor)
        context.log.info(f"Changed in ConnectWise: {', '.join(noticed.po_numbers.values()) or 'see the last run'}.")
        moment = f"changes seen {now:%Y-%m-%dT%H:%M:%SZ}"
        request = dg.RunRequest(
            run_key=moment,
            partition_key=cycles.get_partition_keys(current_time=now)[-1],
            tags={NIGHT_TAG: moment, CHANGES_TAG: " ".join(sorted(wanted))},
        )
        return dg.SensorResult([request], cursor=cursor)

    return [earlier_cycles, after_failure, purchase_order_changes]


def _earlier_cycles(
    cycles: dg.MonthlyPartitionsDefinition, name: str, ended: dg.DagsterRunStatus
) -> dg.RunStatusSensorDefinition:
    """The sensor that asks for earlier cycles once a run has ``ended`` so; Dagster has one sensor an ending.

    What stops one cycle is no reason to leave the bills of another to the next night (DESIGN.md, "Nightly"): a failed
    run is followed, too. A cycle starts once a night, whatever becomes of it, so a night in which everything fails is
    over after one attempt each. A run that a person ended is not followed.
    """

    @dg.run_status_sensor(
        run_status=ended,
        monitored_jobs=[sync],
        request_job=sync,
        name=name,
        # It answers runs of the nightly schedule and of the other sensor only, so switching those on is all there is.
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="After the open cycle's run: earlier cycles in which its staging found work."
        if ended == dg.DagsterRunStatus.SUCCESS
        else "The same after a run that failed: what stopped one cycle does not keep the others waiting.",
    )
    def earlier_cycles(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest]:
        run = context.dagster_run
        night = run.tags.get(NIGHT_TAG)
        if night is None:
            return
        tags = {name: run.tags[name] for name in (NIGHT_TAG, CHANGES_TAG) if name in run.tags}
        wanted = cycles_of_changes(context.instance, run.run_id) if CHANGES_TAG in run.tags else worklist()
        tonight = context.instance.get_runs(dg.RunsFilter(job_name=sync.name, tags={NIGHT_TAG: night}))
        started = {each.tags.get("dagster/partition") for each in tonight}
        for cycle in wanted:
            if cycle not in started and cycles.has_partition_key(cycle):
                yield dg.RunRequest(run_key=f"{cycle}:{night}", partition_key=cycle, tags=tags)

    return earlier_cycles


def at_work(instance: dg.DagsterInstance) -> bool:
    """True while a run waits or runs: the home has one writer, and the night goes first."""
    since = datetime.now(UTC) - LONGEST_RUN
    return bool(instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED, created_after=since), limit=1))


def failed_before(instance: dg.DagsterInstance, known: Mapping[str, datetime]) -> dict[str, datetime]:
    """Purchase orders that no run of this sensor has done since one failed, with the end of the last that failed.

    ``known``: those of which the sensor knows already; it keeps them until a run that names them succeeds.
    """
    done: set[str] = set()
    found: dict[str, datetime] = {}
    recent = dg.RunsFilter(tags={SENSOR_TAG: "purchase_order_changes"})
    for record in instance.get_run_records(recent, limit=RUNS_LOOKED_AT):
        run = record.dagster_run
        named = set(run.tags.get(CHANGES_TAG, "").split())
        if run.status == dg.DagsterRunStatus.SUCCESS:
            if EVERYTHING in named:
                return found
            done |= named
        elif run.status in {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}:
            ended = datetime.fromtimestamp(record.end_time or 0, UTC)
            found |= dict.fromkeys(named - done - set(found), ended)
    return {po_id: since for po_id, since in known.items() if po_id not in done} | found


def failures_in(cursor: str | None) -> dict[str, datetime]:
    """What ``cursor_of`` noted; nothing where the cursor is older than that, or damaged."""
    try:
        return {str(po_id): datetime.fromisoformat(at) for po_id, at in json.loads(cursor or "{}")[_FAILED].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def cursor_of(bookmark: Bookmark, failed: Mapping[str, datetime]) -> str:
    """The sensor's memory: the bookmark, and beside it what failed."""
    return json.dumps(json.loads(bookmark.text()) | {_FAILED: {po_id: at.isoformat() for po_id, at in failed.items()}})


def cycles_of_changes(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """The cycles in which a run found work of the purchase orders that it was told of."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    told = [record.asset_materialization.metadata for record in records if record.asset_materialization]
    return next((str(said[CYCLES_OF_CHANGES].value).split() for said in told if CYCLES_OF_CHANGES in said), [])
