"""``cwxero ui``: the Dagster UI on this home, and the sandbox's page beside it.

What belongs here: starting, watching and ending the one child process. What does not: what the UI shows.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import httpx
import yaml

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.outcome import DONE, STOPPED, Unusable
from cwxero_dagster.cli.running import dagster_home, environment
from cwxero_dagster.sandbox_process import SandboxAddress, running_sandbox
from cwxero_dagster.settings import Settings

HOST = "127.0.0.1"
LOG, LOG_READ_ONLY = "ui.log", "ui-read-only.log"
_STARTS_WITHIN = 120.0
_ENDS_WITHIN = 20.0


def open_ui(
    settings: Settings, *, port: int, read_only: bool = False, hint: Callable[[str], None] = lambda _: None
) -> int:
    """Run the UI, its daemon and, in the sandbox profile, the sandbox until interrupted; no process is left behind.

    ``read_only``: the UI alone, in which nothing can be started or changed; it stands beside an open one.
    ``hint`` is called with the UI's address once it answers. Raises ``Unusable`` where the port is taken.
    """
    free_port(port)
    sandbox = running_sandbox(settings.home) if settings.profile == "sandbox" and not read_only else None
    folder = dagster_home(settings)
    log = folder / (LOG_READ_ONLY if read_only else LOG)
    showing.error("Starting the Dagster UI; this takes a few seconds.")
    with _interrupts(), _child(settings, log, port, read_only=read_only) as process:
        address = f"http://{HOST}:{port}"
        if not _answers(process, address):
            showing.error(f"The Dagster UI did not start. The end of {log}:\n{_end_of(log)}")
            return STOPPED
        _told(address, sandbox, read_only=read_only)
        hint(address)
        try:
            status = process.wait()
        except KeyboardInterrupt:
            showing.error("Ending the Dagster UI.")
            return DONE
    showing.error(f"The Dagster UI ended by itself (status {status}). {log} ends:\n{_end_of(log)}")
    return STOPPED


def free_port(port: int) -> None:
    """Raise ``Unusable`` where something listens on the port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            message = f"Port {port} is taken by another program (perhaps an open UI). Give another one with --port."
            raise Unusable(message) from None


def _told(address: str, sandbox: SandboxAddress | None, *, read_only: bool) -> None:
    showing.line(f"Dagster UI:    {address}")
    if sandbox:
        showing.line(f"Sandbox page:  {sandbox.url}  (be the bookkeeper in Xero or the buyer in ConnectWise)")
    if read_only:
        showing.line("Read-only: people can look at everything and start or change nothing. Ctrl-C ends it.")
    else:
        showing.line("Switch the nightly schedule on under Automation. Ctrl-C ends everything.")


@contextmanager
def _child(settings: Settings, log: Path, port: int, *, read_only: bool) -> Iterator[subprocess.Popen[bytes]]:
    """``dagster dev``, or the web server alone, in a process group of its own, which is gone when the block ends."""
    program = ["dagster_webserver", "--read-only"] if read_only else ["dagster", "dev"]
    command = [sys.executable, "-m", *program, "-w", str(_workspace(dagster_home(settings)))]
    command += ["-h", HOST, "-p", str(port), "--log-level", "warning"]
    with log.open("ab") as kept:
        process = subprocess.Popen(
            command,
            env=dict(environment(settings)),
            stdin=subprocess.DEVNULL,
            stdout=kept,
            stderr=kept,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _workspace(folder: Path) -> Path:
    """The workspace file of the home; it gives the code location the name that history hangs on."""
    module = {"module_name": "cwxero_dagster.definitions", "location_name": "cwxero_dagster"}
    path = folder / "workspace.yaml"
    path.write_text(yaml.safe_dump({"load_from": [{"python_module": module}]}), encoding="utf-8")
    return path


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child as a terminal would, then whatever of its group is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if not _group_alive(process):
            break
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        deadline = time.monotonic() + _ENDS_WITHIN
        while _group_alive(process) and time.monotonic() < deadline:
            time.sleep(0.1)


def _group_alive(process: subprocess.Popen[bytes]) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _interrupts() -> Iterator[None]:
    """A closed terminal or a service manager's stop ends everything as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _answers(process: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + _STARTS_WITHIN
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(httpx.HTTPError):
                if client.get(f"{address}/server_info").is_success:
                    return True
            time.sleep(0.2)
    return False


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]) or "(nothing)"
