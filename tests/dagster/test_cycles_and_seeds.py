"""Billing cycles that begin on another day, and mapping seeds as assets."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from simulation import Simulation

from cwxero_dagster.definitions import build_defs
from cwxero_dagster.partitions import billing_cycles
from cwxero_dagster.sandbox import __file__ as sandbox_file
from cwxero_dagster.settings import Settings
from cwxero_dagster.warehouse.lock import home_lock

SEEDS = Path(sandbox_file).parent / "mapping_seeds"


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with the sandbox's seeds and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CWXERO_MAPPING_SEEDS", str(SEEDS))
    return monkeypatch


def keys(moment: datetime) -> list[str]:
    return list(billing_cycles().get_partition_keys(current_time=moment))


def test_cycles_run_from_go_live_to_the_open_one(settled: pytest.MonkeyPatch) -> None:
    assert keys(datetime(2026, 7, 1, tzinfo=UTC)) == ["2026-05", "2026-06", "2026-07"]


def test_a_cycle_that_begins_on_the_15th_is_open_until_the_14th(settled: pytest.MonkeyPatch) -> None:
    settled.setenv("CWXERO_CYCLE_START_DAY", "15")
    assert keys(datetime(2026, 6, 14, 23, tzinfo=UTC)) == ["2026-04", "2026-05"]
    assert keys(datetime(2026, 6, 15, 1, tzinfo=UTC)) == ["2026-04", "2026-05", "2026-06"]
    window = billing_cycles().time_window_for_partition_key("2026-05")
    assert (window.start.date().isoformat(), window.end.date().isoformat()) == ("2026-05-15", "2026-06-15")


def test_cycles_open_at_midnight_of_the_firms_calendar(settled: pytest.MonkeyPatch) -> None:
    settled.setenv("CWXERO_TIMEZONE", "Australia/Sydney")
    assert keys(datetime(2026, 6, 30, 13, 59, tzinfo=UTC))[-1] == "2026-06"
    assert keys(datetime(2026, 6, 30, 14, 1, tzinfo=UTC))[-1] == "2026-07"


def test_broken_settings_and_seeds_still_load_a_code_location(settled: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settled.setenv("CWXERO_CYCLE_START_DAY", "40")
    settled.setenv("CWXERO_MAPPING_SEEDS", str(tmp_path / "nowhere"))
    dg.Definitions.validate_loadable(build_defs())


class FromThe15th(Simulation):
    """A firm whose billing cycles begin on the 15th."""

    def settings(self, mode: str | None = None) -> Settings:
        return dataclasses.replace(super().settings(mode), cycle_start_day=15)


def test_a_cycle_from_the_15th_publishes_what_came_until_the_14th(
    settled: pytest.MonkeyPatch, tmp_path: Path, office: Any
) -> None:
    settled.setenv("CWXERO_CYCLE_START_DAY", "15")
    simulation = FromThe15th(tmp_path / "firm")
    office.simulation, office.cycles = simulation, billing_cycles()
    result = office.sync("2026-06")
    assert result.success
    dates = {bill["Date"][:10] for bills in simulation.published().values() for bill in bills}
    assert dates
    assert min(dates) >= "2026-06-15"
    assert max(dates) <= "2026-07-14"
    assert office.evaluations(result)["purchase_order_states", "nothing_lies_outside_a_cycle"].passed


def data_version(office: Any, asset: str) -> str:
    return str(office.data_version(office.sync("2026-06", only=[asset]), asset))


def test_the_data_version_of_a_seed_changes_with_its_file_and_with_no_other(
    simulation: Simulation, office: Any
) -> None:
    vendors, accounts = data_version(office, "seed_vendors"), data_version(office, "seed_accounts")
    assert data_version(office, "seed_vendors") == vendors
    with (simulation.seeds / "vendors.csv").open("a", encoding="utf-8") as file:
        file.write("829,Kestrel Networks,,,310,\n")
    assert data_version(office, "seed_vendors") != vendors
    assert data_version(office, "seed_accounts") == accounts


def test_the_lifecycle_decision_is_shown_in_words_and_with_who_signed_it(office: Any) -> None:
    decision = office.metadata_of(office.sync("2026-06", only=["seed_lifecycle"]), "seed_lifecycle")
    signed = office.metadata_of(office.sync("2026-06", only=["seed_signoff"]), "seed_signoff")
    assert "draft" in decision["in_words"].value.lower()
    assert decision["digest"].value.startswith("b6ed7be17228")
    assert "Priya Raman, procurement" in signed["signatures"].value
    assert "Tom Ashdown, finance" in signed["signatures"].value


def test_a_second_run_of_the_same_home_is_told_who_is_at_work(simulation: Simulation, office: Any) -> None:
    with home_lock(simulation.home, "the backup of Monday"):
        result = office.sync("2026-06", only=["seed_vendors"])
    assert not result.success
    assert "The backup of Monday" in office.failure_text(result)
