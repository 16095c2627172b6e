"""Running a job in this process, with its history in the home, so that the UI shows it too.

What belongs here: the Dagster instance and the execution. What does not: what a job does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import yaml

from cwxero_dagster.assets.packs import NOT_TAKEN
from cwxero_dagster.cli.dagster_history import unkept_history_in_words
from cwxero_dagster.definitions import build_defs
from cwxero_dagster.partitions import billing_cycles
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.resources import NIGHT_TAG, Firm
from cwxero_dagster.settings import Settings

MODE_TAG = "cwxero/mode"
PLAN = "plan"
"""What the tag says of a run that planned only."""
WRITING = dg.AssetKey("published_bills")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Ran:
    """A finished run."""

    run_id: str
    calls: dict[str, int] = field(default_factory=dict)
    not_taken: dict[str, str] = field(default_factory=dict)
    """Why answers in workbooks were not taken, by case, or by row or pattern of the parallel run."""


def dagster_home(settings: Settings) -> Path:
    """The folder of the Dagster instance: ``DAGSTER_HOME`` where it is set, else one in the home that is made here."""
    chosen = os.environ.get("DAGSTER_HOME")
    if chosen:
        return Path(chosen)
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    wanted = yaml.safe_dump(instance_config(folder), sort_keys=False)
    if not config.exists() or config.read_text(encoding="utf-8") != wanted:
        config.write_text(wanted, encoding="utf-8")
    return folder


def instance_config(folder: Path) -> dict[str, object]:
    """The instance's settings; the repository's dagster.yaml says the same for `dagster dev`."""
    return {
        "storage": {"sqlite": {"base_dir": str(folder)}},
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_monitoring": {"enabled": True, "max_runtime_seconds": 7200},
        "run_retries": {"enabled": False},
        "retention": {
            "schedule": {"purge_after_days": 90},
            "sensor": {"purge_after_days": {"skipped": 7, "failure": 30, "success": -1}},
        },
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }


def run_job(
    name: str,
    settings: Settings,
    *,
    cycle: str | None,
    mode: str,
    progress: Callable[[str], None],
    night: str | None = None,
    planned_only: bool = False,
    accept_deletions: bool = False,
) -> Ran:
    """Run a job to its end. Raises ``dagster.Failure`` with the sentence, its cause behind it.

    ``night``: runs of one night read both systems once. ``planned_only`` leaves out the one asset that writes to Xero.
    ``accept_deletions``: a person says that the many records which are missing at once were deleted on purpose.
    """
    opened: list[Session] = []

    class CommandFirm(Firm):
        def settings(self) -> Settings:
            return settings

        def open(self, settings: Settings) -> Session:
            session = Session(settings)
            opened.append(session)
            return session

        def progress(self, context: dg.InitResourceContext) -> Callable[[str], None]:
            return progress

    tags = {MODE_TAG: PLAN if planned_only else mode, **({NIGHT_TAG: night} if night else {})}
    defs = build_defs(resources={"firm": CommandFirm(mode=mode, accept_deletions=accept_deletions)})
    with unkept_history_in_words(), dg.DagsterInstance.from_config(str(dagster_home(settings))) as instance:
        job = defs.resolve_job_def(name)
        result = job.execute_in_process(
            run_config=QUIET,
            instance=instance,
            partition_key=cycle,
            tags=tags,
            raise_on_error=True,
            asset_selection=sorted(set(job.asset_layer.executable_asset_keys) - {WRITING}) if planned_only else None,
        )
    return Ran(result.run_id, opened[-1].calls() if opened else {}, _not_taken(result))


def _not_taken(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What the step that takes the answers of the workbooks says of those that it could not take."""
    found: dict[str, str] = {}
    for event in result.get_asset_materialization_events():
        said = event.materialization.metadata.get(NOT_TAKEN)
        if isinstance(said, dg.JsonMetadataValue) and isinstance(said.data, dict):
            found |= said.data
    return found


def known_cycles() -> list[str]:
    """Billing cycles from go-live to the open one."""
    return list(billing_cycles().get_partition_keys())


def to_stderr(message: str) -> None:
    """Progress goes to standard error."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201


def environment(settings: Settings) -> Mapping[str, str]:
    """The environment of a Dagster process that belongs to this home."""
    return {**os.environ, "DAGSTER_HOME": str(dagster_home(settings)), "CWXERO_HOME": str(settings.home)}
