"""Runs whose process was killed: the home's lock ends with it, but Dagster's history goes on calling them running.

What belongs here: telling them from runs that live, and ending them in the history, which else lets nothing begin
before ``max_runtime_seconds`` is over (dagster.yaml). What does not: the lock (warehouse/lock), and what such a run
left in the ledger, which the next run takes up (publishing).
"""

from pathlib import Path

import dagster as dg

from cwxero_dagster.warehouse.errors import HomeBusy, WarehouseUnavailable
from cwxero_dagster.warehouse.lock import home_lock

HOME_TAG = "cwxero/home"
"""The home that a run has locked: a Dagster instance may serve several."""
ENDED = (
    "The process of this run ended without a word: it was killed, or the machine went down. Nothing is lost; the next "
    "run continues."
)
_BEGUN = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def locked(instance: dg.DagsterInstance, home: Path, run_id: str) -> None:
    """A run took the lock of ``home``: it is marked so, and no other run that had it lives any more."""
    instance.add_run_tags(run_id, {HOME_TAG: str(home)})
    for run in _begun(instance, home):
        if run.run_id != run_id:
            instance.report_run_failed(run, ENDED)


def end_killed_runs(instance: dg.DagsterInstance, home: Path) -> None:
    """End the runs that had locked ``home``, where nobody holds the lock now."""
    # Nothing is locked where nothing runs, so that no run that begins in this moment is told that the home is busy.
    if not _begun(instance, home):
        return
    try:
        with home_lock(home, "looking for killed runs"):
            for run in _begun(instance, home):
                instance.report_run_failed(run, ENDED)
    except (HomeBusy, WarehouseUnavailable):
        return


def _begun(instance: dg.DagsterInstance, home: Path) -> list[dg.DagsterRun]:
    return list(instance.get_runs(dg.RunsFilter(statuses=_BEGUN, tags={HOME_TAG: str(home)})))
