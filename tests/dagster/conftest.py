"""Dagster on a simulated firm: the real definitions, with a firm that is reached without a socket."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from simulation import Simulation

from cwxero_dagster.definitions import build_defs
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.resources import Firm
from cwxero_dagster.settings import Settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CYCLES = dg.MonthlyPartitionsDefinition(start_date="2026-05", fmt="%Y-%m", end_offset=1)


class SimulatedFirm(Firm):
    """The firm of a simulation; ``Office`` puts it in place."""

    def settings(self) -> Settings:
        return Office.open.simulation.settings(self.mode or None)

    def open(self, settings: Settings) -> Session:
        session = Office.open.simulation.session(settings.publish_mode)
        Office.open.sessions.append(session)
        return session


class Office:
    """A simulated firm's Dagster: its definitions, and an instance that keeps the history of its runs."""

    open: Office

    def __init__(
        self,
        simulation: Simulation,
        instance: dg.DagsterInstance,
        *,
        cycles: dg.MonthlyPartitionsDefinition = CYCLES,
    ) -> None:
        self.simulation = simulation
        self.instance = instance
        self.cycles = cycles
        self.sessions: list[Session] = []

    def defs(self, mode: str = "") -> dg.Definitions:
        """The definitions; ``mode`` is the run's own publish mode."""
        return build_defs(resources={"firm": SimulatedFirm(mode=mode)}, cycles=self.cycles)

    def run(
        self,
        job: str,
        cycle: str | None = None,
        *,
        mode: str = "",
        tags: Mapping[str, str] | None = None,
        only: list[str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Run a job to its end, or as far as it goes; ``only`` narrows it to these assets."""
        Office.open = self
        selection = [dg.AssetKey(name) for name in only] if only else None
        return (
            self.defs(mode)
            .resolve_job_def(job)
            .execute_in_process(
                run_config=QUIET,
                instance=self.instance,
                partition_key=cycle,
                tags=dict(tags or {}),
                asset_selection=selection,
                raise_on_error=False,
            )
        )

    def sync(self, cycle: str, **options: Any) -> dg.ExecuteInProcessResult:
        """The nightly job of one cycle."""
        return self.run("sync", cycle, **options)

    @staticmethod
    def evaluations(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """Check results by asset and check name."""
        found = result.get_asset_check_evaluations()
        return {(each.asset_key.to_user_string(), each.check_name): each for each in found}

    @staticmethod
    def failed(result: dg.ExecuteInProcessResult) -> set[str]:
        """Names of the checks that failed."""
        return {name for (_, name), each in Office.evaluations(result).items() if not each.passed}

    @staticmethod
    def rows_of(metadata: Mapping[str, Any], name: str = "findings") -> list[dict[str, Any]]:
        """The rows of a metadata table."""
        return [dict(record.data) for record in metadata[name].records]

    @staticmethod
    def metadata_of(result: dg.ExecuteInProcessResult, asset: str) -> Mapping[str, Any]:
        """What an asset said of itself in a run."""
        (event,) = [
            event for event in result.get_asset_materialization_events() if event.asset_key == dg.AssetKey(asset)
        ]
        return event.materialization.metadata

    @staticmethod
    def data_version(result: dg.ExecuteInProcessResult, asset: str) -> str:
        """An asset's data version in a run: while it stays the same, nothing downstream is out of date."""
        (event,) = [
            event for event in result.get_asset_materialization_events() if event.asset_key == dg.AssetKey(asset)
        ]
        return str(event.materialization.tags["dagster/data_version"])

    @staticmethod
    def failure_text(result: dg.ExecuteInProcessResult) -> str:
        """What a person reads of the step that failed."""
        for event in result.all_events:
            if event.is_step_failure:
                failure = event.step_failure_data.user_failure_data
                return str(failure.description if failure else event.step_failure_data.error)
            if event.is_resource_init_failure:
                return str(event.engine_event_data.error.message)
        return ""


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    """The small world, before its first sync."""
    return Simulation(tmp_path)


@pytest.fixture
def office(simulation: Simulation) -> Iterator[Office]:
    """Dagster on the small world, before its first run."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Office(simulation, instance)


@dataclass(frozen=True)
class Ran:
    """One live sync of June on the small world, for many tests to look at."""

    simulation: Simulation
    office: Office
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="session")
def june(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Look at it, never change it."""
    simulation = Simulation(tmp_path_factory.mktemp("june"))
    with dg.DagsterInstance.ephemeral() as instance:
        office = Office(simulation, instance)
        yield Ran(simulation, office, office.sync("2026-06"))


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    """The small world after a live sync of every cycle. Read it, never change it: use ``spoilable``."""
    simulation = Simulation(tmp_path_factory.mktemp("worked"))
    for cycle in ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09"):
        simulation.sync(cycle)
    return simulation


@pytest.fixture
def spoilable(worked: Simulation, tmp_path: Path) -> Simulation:
    """The same world with a home and mapping seeds of its own."""
    mine = copy.copy(worked)
    mine.home, mine.seeds = tmp_path / "home", tmp_path / "mapping_seeds"
    shutil.copytree(worked.home, mine.home)
    shutil.copytree(worked.seeds, mine.seeds)
    return mine


@pytest.fixture
def session(spoilable: Simulation) -> Iterator[Session]:
    """A session on the spoilable world."""
    session = spoilable.session()
    yield session
    session.close()


@pytest.fixture
def spoil(spoilable: Simulation) -> Callable[..., None]:
    """Change the spoilable world's warehouse behind everybody's back: a statement and its parameters."""

    def change(statement: str, *parameters: Any) -> None:
        with duckdb.connect(str(spoilable.home / "warehouse.duckdb")) as connection:
            connection.execute(statement, list(parameters))

    return change
