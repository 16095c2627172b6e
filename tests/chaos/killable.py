"""The real command in a process that ends by SIGKILL at a chosen moment. Run as a program; jobs come in by line.

What belongs here: counting requests and commits of a run and killing it at one of them. What does not: choosing the
moment. The heavy modules are loaded once; each job runs in a fork, so that a hundred kills take minutes.

A job is ``{"arguments": [...], "kill": "request before 7", "ahead": seconds, "log": path}``; ``kill`` also knows
``commit`` and ``after``, and blank kills nothing. The answer is ``{"signal", "status"}``, and a run that lived to its
end leaves ``requests commits`` in the last line of its log.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster
import httpx

from cwxero_dagster import cli, definitions
from cwxero_dagster.cli import command
from cwxero_dagster.transport import SystemClock, Uptime
from cwxero_dagster.warehouse import file


class Reaper:
    """Counts moments, and ends the process at the one that was asked for."""

    def __init__(self, kill: str) -> None:
        self._kill = kill
        self.counts = {"request": 0, "commit": 0}

    def begins(self, what: str) -> None:
        self.counts[what] += 1
        self._reach(what, "before")

    def ended(self, what: str) -> None:
        self._reach(what, "after")

    def _reach(self, what: str, when: str) -> None:
        if self._kill == f"{what} {when} {self.counts[what]}":
            os.kill(os.getpid(), signal.SIGKILL)


class Connection:
    """A connection whose commits are counted."""

    def __init__(self, connection: Any, reaper: Reaper) -> None:
        self._connection = connection
        self._reaper = reaper

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._reaper.begins("commit")
        self._connection.commit()
        self._reaper.ended("commit")


def run(job: dict[str, Any]) -> int:
    """One command in this process, which may not live to its end."""
    reaper = Reaper(job["kill"])
    opened, sent = file.open_file, httpx.HTTPTransport.handle_request

    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        reaper.begins("request")
        answer = sent(transport, request)
        reaper.ended("request")
        return answer

    file.open_file = lambda path, *, patience: Connection(opened(path, patience=patience), reaper)
    httpx.HTTPTransport.handle_request = handle_request
    ahead = timedelta(seconds=job["ahead"])
    SystemClock.now = lambda self: datetime.now(UTC) + ahead
    SystemClock.uptime = lambda self: Uptime("this start", time.monotonic() + job["ahead"])
    # Asset checks show and do not protect: without them a run takes half the time.
    definitions.checks = lambda cycles: []
    try:
        status = cli.main(job["arguments"])
    except SystemExit as ended:
        status = int(ended.code or 0)
    sys.stdout.write(f"{reaper.counts['request']} {reaper.counts['commit']}\n")
    return status


def main() -> None:
    """Take jobs until there are no more."""
    assert dagster.__version__
    assert command.__name__
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            log = os.open(Path(job["log"]), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
            os.dup2(log, 1)
            os.dup2(log, 2)
            status = run(job)
            sys.stdout.flush()
            os._exit(status)
        _, ended = os.waitpid(child, 0)
        killed = os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else None
        sys.stdout.write(json.dumps({"signal": killed, "status": os.waitstatus_to_exitcode(ended)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
