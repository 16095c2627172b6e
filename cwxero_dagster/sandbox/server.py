"""The sandbox as a running server of one home: what ``cwxero sandbox`` does.

What belongs here: start, announcement, end, and what is said to the person who started it. What does not: requests.
"""

from __future__ import annotations

import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cwxero_dagster.sandbox.faults import FaultFileError, FaultPlan
from cwxero_dagster.sandbox.serving import home as homes
from cwxero_dagster.sandbox.serving.app import THREADS, build_app
from cwxero_dagster.sandbox.serving.listener import Listener, PortTakenError, bind
from cwxero_dagster.sandbox.serving.systems import STATE_FILE, open_systems
from cwxero_dagster.sandbox.serving.users import Users
from cwxero_dagster.sandbox.world import SCENARIOS

DONE, UNUSABLE, BUSY = 0, 2, 3
"""What ``serve`` returns: it ran and ended; what it was given cannot be used; the home has a running sandbox."""


def serve(
    home: Path,
    *,
    port: int = 0,
    scenario: str = "msp",
    faults: Path | None = None,
    until_pid: int | None = None,
) -> int:
    """Serve the sandbox of ``home`` on loopback until SIGTERM, SIGINT, or the end of process ``until_pid``.

    ``<home>/sandbox/server.json`` tells other processes where, from when connections are accepted until the end.
    Port 0 is the home's last one, or any that is free. ``scenario`` counts on the first start of a home; afterwards
    its state is kept. Returns the exit status.
    """
    folder = home.absolute() / "sandbox"
    if scenario not in SCENARIOS:
        return _refuse(f"There is no scenario {scenario!r}; there are {', '.join(SCENARIOS)}.")
    stopping = threading.Event()
    try:
        planned = FaultPlan.load(faults).planned if faults is not None else ()
        with ExitStack() as opened:
            opened.enter_context(homes.sandbox_lock(folder))
            bound = opened.enter_context(_bind(folder, port))
            homes.copy_seeds(folder)
            systems = open_systems(
                folder, scenario=scenario, faults=FaultPlan(planned, sleep=_until(stopping)), progress=_say
            )
            opened.callback(systems.store.close)
            if systems.scenario != scenario:
                _say(
                    f"This home began with scenario {systems.scenario} and keeps it; another home can hold {scenario}."
                )
            threads = opened.enter_context(ThreadPoolExecutor(THREADS))
            users = Users(until_pid)

            def on_listening(url: str) -> None:
                homes.announce(folder, url, scenario=systems.scenario)
                _say(f"The sandbox's page is {url}/ (simulated ConnectWise and Xero, state in {folder}).")

            listener = Listener(
                build_app(systems, users, threads), bound, users=users, stopping=stopping, on_listening=on_listening
            )
            opened.callback(homes.withdraw, folder)
            with _signals_end(listener):
                listener.listen()
    except homes.SandboxBusyError as busy:
        return _refuse(str(busy), BUSY)
    except (FaultFileError, PortTakenError) as broken:
        return _refuse(str(broken))
    except sqlite3.DatabaseError as error:
        return _refuse(f"{folder / STATE_FILE} cannot be read ({error}). Move it away; the next start makes a new one.")
    return DONE


def _bind(folder: Path, port: int) -> socket.socket:
    """The socket; where any port will do, the last one of the home if it is free. Raises ``PortTakenError``."""
    if port == 0 and (last := homes.last_port(folder)):
        with suppress(PortTakenError):
            return bind(last)
    return bind(port)


def _until(stopping: threading.Event) -> Callable[[float], None]:
    """A pause that the server's end cuts short."""

    def pause(seconds: float) -> None:
        stopping.wait(seconds)

    return pause


@contextmanager
def _signals_end(listener: Listener) -> Iterator[None]:
    """SIGTERM and SIGINT end the listener, and nothing else: uvicorn raises them once more when it has finished."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: listener.end()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse(message: str, status: int = UNUSABLE) -> int:
    _say(message)
    return status


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
