"""Billing cycles as Dagster partitions: months from the configured day, the open one included.

What belongs here: the partitions. What does not: which cycle a bill belongs to (payables/calendar).
"""

from __future__ import annotations

from datetime import date

import dagster as dg

from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.problems import SeedsBroken
from cwxero_dagster.seed_files import load_seeds
from cwxero_dagster.settings import Settings, SettingsBroken, load_settings


def go_live(settings: Settings | None) -> date:
    """The first day that is ever billed; the default while the decision cannot be read (runs then say why)."""
    try:
        return load_seeds(settings.seeds_folder).decision.go_live if settings else Decision().go_live
    except SeedsBroken:
        return Decision().go_live


def billing_cycles() -> dg.MonthlyPartitionsDefinition:
    """Cycles from go-live up to and including the open one (``end_offset=1``); keys are ``YYYY-MM``."""
    try:
        settings: Settings | None = load_settings()
    except SettingsBroken:
        settings = None
    start_day = settings.cycle_start_day if settings else 1
    return dg.MonthlyPartitionsDefinition(
        start_date=cycle_of(go_live(settings), start_day),
        day_offset=start_day,
        timezone=(settings.timezone if settings else None) or "UTC",
        fmt="%Y-%m",
        end_offset=1,
    )
