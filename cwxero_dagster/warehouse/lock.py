"""One command at a time in a home folder.

What belongs here: the lock file. What does not: the lock that DuckDB holds while the file is open (``connection.py``),
which lasts for one transaction only.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cwxero_dagster.warehouse.connection import MOUNTS, refuse_network_folder
from cwxero_dagster.warehouse.errors import HomeBusy


@contextmanager
def home_lock(home: Path, purpose: str, *, mounts: Path = MOUNTS) -> Iterator[None]:
    """Hold ``home`` while the block runs; ``purpose`` is what others are told, such as "sync of 2026-05".

    Raises ``HomeBusy`` where another command holds it, and ``WarehouseUnavailable`` where the folder is on a network
    share, before anything is made there. The operating system gives the lock back when the process ends,
    however it ends; what the file still says then means nothing.
    """
    refuse_network_folder(home, mounts)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "run.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise HomeBusy(_busy(home, file.read())) from None
        _write(
            file.fileno(), {"pid": os.getpid(), "purpose": purpose, "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        )
        try:
            yield
        finally:
            _write(file.fileno(), None)


def _write(descriptor: int, holder: dict[str, object] | None) -> None:
    os.ftruncate(descriptor, 0)
    if holder is not None:
        os.write(descriptor, json.dumps(holder).encode())


def _busy(home: Path, text: str) -> str:
    try:
        holder = json.loads(text)
        who = f"{holder['purpose']} (process {holder['pid']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        who = "another command"
    return (
        f"{who[0].upper()}{who[1:]} is at work in {home}. Nothing was started. "
        "Wait until it has finished, or end that process, and run again."
    )
