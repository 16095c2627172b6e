"""Both simulated systems over one state: opening it, and filling it with the firm's world on the first start.

What belongs here: which objects make a sandbox, and its state file. What does not: sockets, files for other processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cwxero_dagster.sandbox.connectwise import Buyer, ConnectWise
from cwxero_dagster.sandbox.faults import FaultPlan
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock
from cwxero_dagster.sandbox.world import build_world, load_world
from cwxero_dagster.sandbox.xero import Bookkeeper, Xero

STATE_FILE = "state.sqlite"
_MARK = ("sandbox.world", "loaded")


@dataclass(frozen=True)
class Systems:
    """The two systems, the people who work in them, and the state they share. ``store.lock`` guards all of it."""

    store: Store
    clock: Clock
    connectwise: ConnectWise
    xero: Xero
    scenario: str
    """The scenario that the state began with."""

    @property
    def bookkeeper(self) -> Bookkeeper:
        """The person who works in Xero."""
        return self.xero.bookkeeper

    @property
    def buyer(self) -> Buyer:
        """The person who works in ConnectWise."""
        return Buyer(self.connectwise)


def open_systems(
    folder: Path | None,
    *,
    scenario: str,
    faults: FaultPlan | None = None,
    clock: Clock | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Systems:
    """The systems over the state in ``folder`` (None: in memory only).

    A state that exists is kept as it is, whatever ``scenario`` says; a first start that was interrupted begins again.
    Raises ``ValueError`` for a scenario that there is none of, ``sqlite3.DatabaseError`` for a file that is no state.
    """
    path = None if folder is None else folder / STATE_FILE
    store = Store(path)
    mark = store.get(*_MARK)
    if mark is None:
        if path is not None and not store.empty:
            store.close()
            for leftover in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                leftover.unlink(missing_ok=True)
            store = Store(path)
        progress(f"Setting up the simulated firm (scenario {scenario}).")
        load_world(build_world(scenario=scenario), store)
        mark = store.put(*_MARK, {"scenario": scenario})
    clock, plan = clock or Clock(), faults or FaultPlan()
    return Systems(
        store=store,
        clock=clock,
        connectwise=ConnectWise(store, clock, faults=plan),
        xero=Xero(store, clock, faults=plan),
        scenario=str(mark["scenario"]),
    )
