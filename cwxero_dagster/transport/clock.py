"""Time, as the clients see it.

What belongs here: reading the time and waiting. What does not: deciding how long to wait (``calls``, ``pace``) or what
a date means (payables).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""What Linux calls the present start of the machine."""


class Uptime(NamedTuple):
    """How long a machine has been up: nobody can set this clock, and every process of one start reads the same."""

    start: str
    """Which start of which machine."""
    seconds: float


class Clock(Protocol):
    """Whoever asks for the time or waits does it through one of these, so that a test need not wait."""

    def now(self) -> datetime:
        """The moment, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything."""
        ...

    def uptime(self) -> Uptime | None:
        """How long this machine has been up; None where it does not tell."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    def uptime(self) -> Uptime | None:
        """How long this machine has been up, asleep or not; None where that is not told (not Linux)."""
        try:
            start = BOOT.read_text(encoding="ascii").strip()
        except OSError:
            return None
        return Uptime(start, time.clock_gettime(time.CLOCK_BOOTTIME))

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
