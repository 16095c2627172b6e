"""Staying below a system's limits.

What belongs here: how many calls may leave in a minute and at once, and holding everybody back when the system says so.
What does not: what the limits are (each client knows its own), and what to do with a refusal (``calls``).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cwxero_dagster.transport.clock import Clock

MINUTE = 60.0
# Below this a wait is rounding: a clock whose steps are coarser would otherwise be asked for ever.
_INSTANT = 0.001


@dataclass(frozen=True)
class Limits:
    """Calls in any sixty seconds, calls at once, and the calls of the day that writes leave for people and reads."""

    per_minute: int
    concurrent: int
    day_reserve: int = 0


class Pace:
    """Gives every call its turn. Safe to share between threads.

    Counts the calls of the last sixty seconds, not tokens that fill up: a full bucket plus a minute of refills would
    let through nearly twice the limit in one minute.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._clock = clock
        self._slots = threading.Semaphore(limits.concurrent)
        self._recent: deque[float] = deque(maxlen=limits.per_minute)
        self._held_until = float("-inf")
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until a call may leave; the call's slot is taken until the block ends."""
        with self._slots:
            while wait := self._wait_or_take():
                self._clock.sleep(wait)
            yield

    def hold(self, seconds: float) -> None:
        """Nobody's turn comes for ``seconds``."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    def _wait_or_take(self) -> float:
        with self._lock:
            now = self._clock.monotonic()
            wait = self._held_until - now
            if len(self._recent) == self._recent.maxlen:
                wait = max(wait, self._recent[0] + MINUTE - now)
            if wait > _INSTANT:
                return wait
            self._recent.append(now)
            return 0.0
