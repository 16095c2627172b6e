"""Stand-ins that every test of a client needs: a clock that is moved by hand, and a system that answers by script."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cwxero_dagster import sandbox_process

# A test run that was started in the background inherits an ignored interrupt, and so would the commands it interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


class HandClock:
    """Time that passes only when somebody sleeps. ``slept`` lists the waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 6, 1, 9, 0, tzinfo=UTC) + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    def uptime(self) -> None:
        return None

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._seconds += seconds
            self.slept.append(seconds)


class ScriptedSystem:
    """Answers requests one after the other from ``script``: a response, an exception, or a function of the request.

    ``requests`` keeps what came in. A request beyond the script fails the test.
    """

    def __init__(self, *script) -> None:
        self.script = deque(script)
        self.requests: list[httpx.Request] = []
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        # A copy, because a request that is sent again is the same object with other headers.
        arrived = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        with self._lock:
            self.requests.append(arrived)
            assert self.script, f"nothing was expected, but {request.method} {request.url} came"
            answer = self.script.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)


@pytest.fixture(autouse=True)
def sandboxes_end() -> Iterator[None]:
    """Sandboxes that a test starts as processes of their own end with it."""
    others = list(sandbox_process._started)
    sandbox_process._started.clear()
    yield
    for process in sandbox_process._started:
        if process.poll() is None:
            process.terminate()
        process.wait(60)
    sandbox_process._started[:] = others


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def scripted():
    return ScriptedSystem
