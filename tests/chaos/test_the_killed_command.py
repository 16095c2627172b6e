"""``cwxero sync`` is killed with SIGKILL again and again, and in the end Xero holds what an undisturbed one leaves."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from chaos import schedules
from cli.conftest import Firm, build_firm

from cwxero_dagster.payables.numbering import credit_key_in, key_in

CYCLE = "2026-08"
SHORT = 3
A_HOME = 10
"""Kills before a home has come to its end and a new one begins."""
AHEAD = (0.0, 0.0, 0.0, 300.0, 700.0, 3600.0)
"""Seconds that pass between a killed run and the next: while a key lives, while it dies, afterwards."""

pytestmark = pytest.mark.timeout(0)


class Runner:
    """The command in a process of its own, which may be told when to die."""

    def __init__(self, folder: Path) -> None:
        paths = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chaos.killable"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )

    def sync(self, *, kill: str = "", ahead: float = 0.0) -> dict[str, Any]:
        """Run a sync, perhaps to its end; answers ``signal``, ``status`` and what it printed."""
        log = self._folder / "run.log"
        job = {"arguments": ["sync", "--cycle", CYCLE], "kill": kill, "ahead": ahead, "log": str(log)}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return {**json.loads(self._process.stdout.readline()), "log": log.read_text()}

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout
        self._process.stdout.close()


class Place:
    """A firm with a home of its own, and the command that works there."""

    def __init__(self, folder: Path, ends: ExitStack) -> None:
        folder.mkdir()
        self.firm: Firm = build_firm(folder, ends, ends.enter_context(pytest.MonkeyPatch.context()))
        self._runner = Runner(folder)
        ends.callback(self._runner.end)
        self._ahead = 0.0

    def sync(self, *, kill: str = "", later: float = 0.0) -> dict[str, Any]:
        self._ahead += later
        self.firm.systems.clock.travel(later)
        return self._runner.sync(kill=kill, ahead=self._ahead)

    def to_the_end(self) -> tuple[int, int]:
        """Run until a run writes nothing; answers how many requests and commits the first of them had."""
        counts = None
        for _ in range(6):
            before = len(self.firm.writes())
            told = self.sync(later=1800.0)
            assert told["signal"] is None, told
            assert told["status"] in {0, 1}, told["log"]
            counts = counts or tuple(int(word) for word in told["log"].splitlines()[-1].split())
            if len(self.firm.writes()) == before:
                return counts
        message = f"still writing after six runs: {told['log']}"
        raise AssertionError(message)

    def documents(self) -> dict[str, list[Any]]:
        """What came of it in Xero: documents by key, removed ones included."""
        found: dict[str, list[Any]] = {}
        store = self.firm.systems.store
        for document in [*store.all("xero.invoices"), *store.all("xero.creditnotes")]:
            first = str((document["LineItems"] or [{}])[0].get("Description"))
            if key := key_in(document.get("Url")) or credit_key_in(first):
                lines = [[line.get(name) for name in LINE] for line in document["LineItems"]]
                found.setdefault(key, []).append([document["Status"], document["Total"], lines])
        return found


LINE = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "LineAmount")


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Any]:
    with ExitStack() as ends:
        yield lambda name: Place(tmp_path / name, ends)


def test_sigkill_at_any_moment_of_the_real_command(places: Any) -> None:
    calm = places("calm")
    requests, commits = calm.to_the_end()
    expected = calm.documents()
    assert expected
    left, home = schedules.kills(SHORT), 0
    while left > 0:
        home += 1
        chance = random.Random(f"home {home}")
        place = places(f"home-{home}")
        told = []
        for attempt in range(A_HOME):
            if left <= 0:
                break
            what = chance.choice(("request", "commit"))
            # The first run writes in its last third; later ones read less, so their moments come earlier.
            most = {"request": requests, "commit": commits}[what]
            number = chance.randint(1, most // 2) if attempt else chance.randint(most * 6 // 10, most)
            kill = f"{what} {chance.choice(('before', 'after'))} {number}"
            ended = place.sync(kill=kill, later=chance.choice(AHEAD))
            told.append(f"{kill}: {ended['signal'] or ended['status']}")
            left -= ended["signal"] == 9
            assert ended["signal"] == 9 or ended["status"] in {0, 1}, ended["log"]
        place.to_the_end()
        assert place.documents() == expected, f"home {home}: {told}"
        print(f"home {home}, {left} kills left: {told}", file=sys.__stderr__)
