from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import pytest
from chaos.disturbances import Strike
from chaos.history import History, LastingWarehouse
from chaos.world import Acts, tell


@pytest.fixture(scope="session")
def acts(tmp_path_factory: pytest.TempPathFactory) -> Acts:
    """The world of every history, told once."""
    return tell(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def warehouse() -> LastingWarehouse:
    """A database that every history begins by emptying."""
    return LastingWarehouse()


@pytest.fixture(scope="session")
def calm(acts: Acts, warehouse: LastingWarehouse) -> History:
    """A history in which nothing goes wrong. Ask it before another one begins: they share the database."""
    history = History(acts, warehouse, repeat(120.0))
    history.tell_and_remember()
    return history


@pytest.fixture
def survives(acts: Acts, warehouse: LastingWarehouse, calm: History) -> Callable[..., None]:
    """Asserts that a history under these strikes ends as the calm one does."""

    def run(strikes: Iterable[Strike], pauses: Any, *, halfway: bool = False) -> None:
        history = History(acts, warehouse, pauses, halfway=calm if halfway else None)
        history.plan(list(strikes))
        history.tell()
        found = history.outcome()
        for part, expected in calm.expected.items():
            assert found[part] == expected, f"{part} differs after {history.runs}"

    return run
