"""People work in Xero at random, between runs and in the middle of them, while faults strike too.

Nothing is created twice, nothing disappears without a word, and what a person did stands, or a case says that it may
not.
"""

from __future__ import annotations

import random

import pytest
import seeded
from chaos import schedules
from chaos.history import History, LastingWarehouse
from chaos.people import Office
from chaos.world import Acts

SAMPLE = 10

pytestmark = pytest.mark.timeout(0)


def test_people_at_work_at_random(acts: Acts, warehouse: LastingWarehouse, calm: History) -> None:
    def one(seed: int) -> None:
        chance = random.Random(f"people {seed}")
        office = Office(chance, busy=chance.choice((0.05, 0.15, 0.3)))
        history = History(
            acts,
            warehouse,
            schedules.pauses(chance),
            people=office.during,
            between=office.between,
            halfway=calm if seed % 4 else None,
        )
        strikes = schedules.strikes(chance, requests=30, commits=60) if seed % 2 else []
        history.plan(strikes)
        try:
            history.tell()
            history.warehouse.plan = {}
            office.check(history, calm.expected["xero"])
        except AssertionError as error:
            message = f"{office.did}, {[str(strike) for strike in strikes]}, {history.runs}: {error}"
            raise AssertionError(message) from None

    named = ((f"seed {seed}", lambda s=seed: one(s)) for seed in schedules.seeds(SAMPLE))
    seeded.trying(named, replay="replay one with `make chaos CHAOS_SEED=n`")
