"""The sandbox's folder in a home: its lock, its address for other processes, the mapping seeds to start from.

What belongs here: files that another process reads or that hold it off. What does not: the systems' state.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.connectwise.api import BASE_PATH

ADDRESS_FILE = "server.json"
SEEDS_FOLDER = "mapping_seeds"
_LOCK_FILE = "server.lock"
_PORT_FILE = "server.port"
_OUR_SEEDS = Path(__file__).parents[1] / SEEDS_FOLDER


class SandboxBusyError(RuntimeError):
    """Another server holds the home. The message says which, and what to do."""


@contextmanager
def sandbox_lock(folder: Path) -> Iterator[None]:
    """Hold the folder while the block runs. Raises ``SandboxBusyError``.

    The operating system gives the lock back however the process ends; what the file still says then means nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK_FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise SandboxBusyError(_who_holds(folder, file.read())) from None
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode())
        yield


def _who_holds(folder: Path, holder: str) -> str:
    try:
        address = f" at {json.loads((folder / ADDRESS_FILE).read_text(encoding='utf-8'))['url']}/"
    except (OSError, ValueError, KeyError):
        address = ""
    return (
        f"The sandbox of {folder.parent} is running already{address} ({holder or 'another process'}). "
        "Nothing was started. Use that one, or end that process first."
    )


def connections(url: str) -> dict[str, dict[str, str]]:
    """How to reach both systems of the server at ``url``."""
    return {
        "connectwise": {
            "base_url": f"{url}{BASE_PATH}",
            "company": credentials.CONNECTWISE_COMPANY,
            "public_key": credentials.CONNECTWISE_PUBLIC_KEY,
            "private_key": credentials.CONNECTWISE_PRIVATE_KEY,
            "client_id": credentials.CONNECTWISE_CLIENT_ID,
        },
        "xero": {
            "api_url": f"{url}/api.xro/2.0",
            "identity_url": f"{url}/connect/token",
            "connections_url": f"{url}/connections",
            "client_id": credentials.XERO_CLIENT_ID,
            "client_secret": credentials.XERO_CLIENT_SECRET,
            "tenant_id": credentials.XERO_TENANT_ID,
        },
    }


def last_port(folder: Path) -> int:
    """The port that this home's sandbox listened on last; 0 where there is none.

    Bills carry links to purchase orders: on another port all of them would lead nowhere, and look changed.
    """
    try:
        port = int((folder / _PORT_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
    return port if 0 < port < 65536 else 0


def announce(folder: Path, url: str, *, scenario: str) -> None:
    """Write where this process listens; readers see the whole file or none."""
    (folder / _PORT_FILE).write_text(url.rpartition(":")[2], encoding="ascii")
    address: dict[str, Any] = {"url": url, "pid": os.getpid(), "scenario": scenario, **connections(url)}
    draft = folder / f"{ADDRESS_FILE}.{os.getpid()}"
    draft.write_text(json.dumps(address, indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / ADDRESS_FILE)


def withdraw(folder: Path) -> None:
    """Take the address away again."""
    (folder / ADDRESS_FILE).unlink(missing_ok=True)


def copy_seeds(folder: Path) -> None:
    """Give the home the firm's mapping seeds; a file that is there already belongs to its people and stays."""
    target = folder / SEEDS_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for seed in sorted(_OUR_SEEDS.iterdir()):
        if seed.suffix in (".csv", ".yaml", ".md") and not (target / seed.name).exists():
            (target / seed.name).write_bytes(seed.read_bytes())
