"""Finding the running sandbox of a home, or starting it as a process of its own.

What belongs here: the address file, the health check, the start of the process. What does not: anything of the
sandbox's inside (this module imports nothing of it) and reading the environment (settings).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

_STARTS_WITHIN = 60.0
_ANSWERS_WITHIN = 5.0
_BUSY = 3
"""Exit status of a server that found its home held by another one."""

_started: list[subprocess.Popen[bytes]] = []
"""Servers that this process started. They end by themselves after it; until then a child needs somebody to reap it."""


class SandboxUnavailable(RuntimeError):  # noqa: N818 - reads as what happened, like the other failures that people see
    """No sandbox can be reached. The message says what was tried and shows the end of the server's log."""


@dataclass(frozen=True, kw_only=True)
class SandboxAddress:
    """Where a home's sandbox listens.

    ``connectwise`` holds base_url, company, public_key, private_key, client_id; ``xero`` api_url, identity_url,
    connections_url, client_id, client_secret, tenant_id. ``seeds`` is the folder of the simulated firm's mapping seeds.
    """

    url: str
    connectwise: dict[str, str] = field(repr=False)
    xero: dict[str, str] = field(repr=False)
    seeds: Path


def running_sandbox(home: Path, *, scenario: str | None = None) -> SandboxAddress:
    """The sandbox of ``home``: the one that runs, else a new process that ends after this one.

    It keeps running as long as this process lives, whoever started it. ``scenario`` None takes what the home holds.
    Raises ``SandboxUnavailable``, also where the home holds another scenario.
    """
    folder = home.absolute() / "sandbox"
    found = _answering(folder) or _start(folder, scenario)
    if scenario is not None and found["scenario"] != scenario:
        message = (
            f"The sandbox of {home} holds the scenario {found['scenario']}, not {scenario}. "
            f"Use another home, or end the sandbox and delete {home} to begin again."
        )
        raise SandboxUnavailable(message)
    return SandboxAddress(
        url=found["url"], connectwise=found["connectwise"], xero=found["xero"], seeds=folder / "mapping_seeds"
    )


def _answering(folder: Path) -> dict[str, Any] | None:
    """What the address file says, where the server that wrote it answers and will go on for this process."""
    try:
        address: dict[str, Any] = json.loads((folder / "server.json").read_text(encoding="utf-8"))
        with httpx.Client(trust_env=False, timeout=_ANSWERS_WITHIN) as client:
            answer = client.get(f"{address['url']}/health", params={"used_by": os.getpid()})
        health = answer.json()
    except (OSError, ValueError, httpx.HTTPError):
        return None
    return address if health.get("ok") and health.get("pid") == address["pid"] else None


def _start(folder: Path, scenario: str | None) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cwxero_dagster.sandbox", "--home", str(folder.parent)]
    command += ["--port", "0", "--until-pid", str(os.getpid())]
    command += ["--scenario", scenario] if scenario is not None else []
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, close_fds=True
        )
    _started.append(process)
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        # Another process may have started one at the same moment: then ours gives way, and theirs answers here.
        ended = process.poll()
        if (address := _answering(folder)) is not None:
            return address
        if ended not in (None, _BUSY):
            break
        time.sleep(0.05)
    message = (
        f"The sandbox of {folder.parent} did not start. Its log ({folder / 'server.log'}) ends:\n{_end_of(folder)}"
    )
    raise SandboxUnavailable(message)


def _end_of(folder: Path) -> str:
    try:
        lines = (folder / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(lines[-15:]) or "(nothing)"
