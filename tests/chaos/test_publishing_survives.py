"""Whatever strikes a publishing run, and whenever: in the end Xero holds exactly what a calm history leaves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest
import seeded
from chaos import schedules
from chaos.disturbances import COMMIT_KINDS, REQUEST_KINDS, Strike
from chaos.history import History

Survives = Callable[..., None]
SAMPLE = 10

pytestmark = pytest.mark.timeout(0)


def test_the_calm_history_has_every_kind_of_write(calm: History) -> None:
    held = {key: {one["Status"] for one in found} for key, found in calm.expected["xero"].items()}
    assert held == {
        "po:1": {"AUTHORISED"}, "po:1/s:1": {"DRAFT"}, "po:2": {"AUTHORISED"}, "po:2/c:1": {"DRAFT"},
        "po:3": {"DRAFT"}, "po:4": {"DELETED"}, "po:5": {"DRAFT"}, "po:6": {"DRAFT"}, "po:7": {"DRAFT"},
        "po:8": {"DRAFT"},
    }  # fmt: skip
    assert all(len(found) == 1 for found in calm.expected["xero"].values())
    assert calm.expected["cases"] == []
    assert calm.expected["complaints"] == []
    assert {"PUT /api.xro/2.0/Invoices", "PUT /api.xro/2.0/CreditNotes", "POST /api.xro/2.0/Invoices"} <= set(
        calm.wire.seen
    )


def test_each_disturbance_of_each_request(calm: History, survives: Survives) -> None:
    cases = [
        Strike(at, kind, late)
        for at in range(1, len(calm.wire.seen) + 1)
        for kind in REQUEST_KINDS
        for late in (schedules.LATE if kind == "commits late" else (0.0,))
        if kind != "commits late" or not calm.wire.seen[at - 1].startswith("GET")
    ]
    _each(cases, survives, quick=2 * schedules.MINUTE)


def test_a_death_between_any_two_commits(calm: History, survives: Survives) -> None:
    cases = [Strike(at, kind) for at in range(1, calm.commits + 1) for kind in COMMIT_KINDS]
    _each(cases, survives, quick=20.0)


def _each(cases: list[Strike], survives: Survives, *, quick: float) -> None:
    """Each case twice: with a run soon afterwards, and with the next one on the next night."""
    chosen = cases if schedules.everything() else random.Random(len(cases)).sample(cases, SAMPLE)
    named: Iterator[tuple[str, Callable[[], None]]] = (
        (f"{strike}, next run after {pause:.0f} s", lambda s=strike, p=pause: survives([s], _first(p)))
        for strike in chosen
        for pause in ((quick, schedules.NIGHT) if schedules.everything() else (quick,))
    )
    seeded.trying(named, replay="`make chaos` tries them all")


def _first(pause: float) -> Iterator[float]:
    return chain(repeat(pause, 4), repeat(schedules.NIGHT))


def test_seeded_schedules_of_many_disturbances(calm: History, survives: Survives) -> None:
    requests, commits = len(calm.wire.seen) + 10, calm.commits + 30

    def one(seed: int) -> None:
        # Three of four begin at the second act, which has every kind of write: that is quicker.
        chance, halfway = random.Random(seed), seed % 4 > 0
        strikes = schedules.strikes(
            chance,
            requests=requests - halfway * calm.requests_halfway,
            commits=commits - halfway * calm.commits_halfway,
        )
        try:
            survives(strikes, schedules.pauses(chance), halfway=halfway)
        except AssertionError as error:
            message = f"{[str(strike) for strike in strikes]}: {error}"
            raise AssertionError(message) from None

    named = ((f"seed {seed}", lambda s=seed: one(s)) for seed in schedules.seeds(SAMPLE))
    seeded.trying(named, replay="replay one with `make chaos CHAOS_SEED=n`")
