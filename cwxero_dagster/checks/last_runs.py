"""What stopped, and what checks found, in the last run of each job and cycle, as Dagster's history tells it.

What belongs here: which runs count, and which answer of a check is its last. What does not: telling people (telling),
judging a cycle (judging).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import dagster as dg

from cwxero_dagster.checks.showing import ASKED
from cwxero_dagster.jobs import stage, sync

LOOKED_AT = 60
"""Runs of each job among which the last of each cycle is looked for."""
PARTITION = "dagster/partition"


@dataclass(frozen=True)
class Found:
    """A check whose last answer is an error."""

    check: str
    cycle: str
    """Blank for a check of all cycles."""
    words: str
    asked: bool
    """What it found is asked of a person as a case."""

    @property
    def sentence(self) -> str:
        """The check's name, which is not so, and what is the matter."""
        words = self.check.replace("_", " ").replace("xero", "Xero").replace("connectwise", "ConnectWise")
        return f"{words[0].upper()}{words[1:]}"


@dataclass(frozen=True)
class Left:
    """What is the matter now, whatever earlier runs found."""

    cycles: frozenset[str]
    """Cycles of which a run counts."""
    stopped: tuple[tuple[str, str], ...]
    """Job and cycle (blank where it has none) of each last run that failed."""
    found: tuple[Found, ...]


def left_by_last_runs(instance: dg.DagsterInstance, jobs: Collection[str]) -> Left:
    """What the last runs of ``jobs`` leave; of a check that several of them made, the newest answer counts."""
    cycles: set[str] = set()
    stopped: list[tuple[str, str]] = []
    answered: set[tuple[str, str]] = set()
    found: list[Found] = []
    for run in _runs(instance, jobs):
        cycle = run.tags.get(PARTITION, "")
        cycles |= {cycle} - {""}
        if run.status == dg.DagsterRunStatus.FAILURE:
            stopped.append((run.job_name, cycle))
        for check in _answers(instance, run):
            about = check.partition or ""
            if (about, str(check.asset_check_key)) in answered:
                continue
            answered.add((about, str(check.asset_check_key)))
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                found.append(Found(check.check_name, about, check.description or "", ASKED in check.metadata))
    return Left(frozenset(cycles), tuple(stopped), tuple(found))


def _answers(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[dg.AssetCheckEvaluation]:
    for record in instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records:
        event = record.event_log_entry.dagster_event
        if event is not None:
            yield event.asset_check_evaluation_data


def _runs(instance: dg.DagsterInstance, jobs: Collection[str]) -> list[dg.DagsterRun]:
    """The last run of each job in each cycle, the newest first.

    A run that only staged has nothing left to say once a later night has staged again.
    """
    records = [
        record for job in jobs for record in instance.get_run_records(dg.RunsFilter(job_name=job), limit=LOOKED_AT)
    ]
    records.sort(key=lambda record: record.create_timestamp, reverse=True)
    last: dict[tuple[str, str], dg.DagsterRun] = {}
    for record in records:
        run = record.dagster_run
        if run.job_name != stage.name or not any(job == sync.name for job, _ in last):
            last.setdefault((run.job_name, run.tags.get(PARTITION, "")), run)
    return list(last.values())
