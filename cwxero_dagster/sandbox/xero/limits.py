"""Rate limits of one organisation: at once, per minute, per day.

What belongs here: counting calls and the headers that tell. What does not: everything else about a call.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import ceil

from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.refusals import RequestRefusedError

_MINUTE = timedelta(seconds=60)
_DAY = timedelta(hours=24)
_APP_MINUTE = 10_000


class Limits:
    """Sliding windows over the sandbox's clock. A call that is turned away does not count."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = threading.Lock()
        self._calls: deque[datetime] = deque()
        self._running = 0
        self.peak = 0
        """Most requests that were ever in progress at once."""

    @contextmanager
    def running(self) -> Iterator[int]:
        """Count a request in progress; yields how many there are with it."""
        with self._lock:
            self._running += 1
            self.peak = max(self.peak, self._running)
            here = self._running
        try:
            yield here
        finally:
            with self._lock:
                self._running -= 1

    def admit(self, running: int) -> None:
        """Count one call. Raises the 429 of the limit that is reached."""
        switches = self._books.switches
        if running > switches.concurrent_calls:
            raise self._refusal("concurrent", None)
        now = self._books.clock.now()
        with self._lock:
            self._forget(now)
            minute = self._since(now - _MINUTE)
            if len(self._calls) >= switches.calls_per_day:
                raise self._refusal("day", self._calls[0] + _DAY - now)
            if minute >= switches.calls_per_minute:
                raise self._refusal("minute", self._calls[-minute] + _MINUTE - now)
            self._calls.append(now)

    def headers(self) -> dict[str, str]:
        """What is left, as every answer says."""
        now = self._books.clock.now()
        with self._lock:
            self._forget(now)
            minute = self._since(now - _MINUTE)
            return {
                "X-DayLimit-Remaining": str(max(self._books.switches.calls_per_day - len(self._calls), 0)),
                "X-MinLimit-Remaining": str(max(self._books.switches.calls_per_minute - minute, 0)),
                "X-AppMinLimit-Remaining": str(_APP_MINUTE - minute),
            }

    def _forget(self, now: datetime) -> None:
        while self._calls and self._calls[0] <= now - _DAY:
            self._calls.popleft()

    def _since(self, start: datetime) -> int:
        count = 0
        for moment in reversed(self._calls):
            if moment <= start:
                break
            count += 1
        return count

    @staticmethod
    def _refusal(problem: str, wait: timedelta | None) -> RequestRefusedError:
        headers = {"X-Rate-Limit-Problem": problem}
        if wait is not None:
            headers["Retry-After"] = str(max(ceil(wait.total_seconds()), 1))
        return RequestRefusedError(
            429, {"Title": "Too Many Requests", "Status": 429, "Detail": f"{problem} limit"}, headers
        )
