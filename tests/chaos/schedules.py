"""From a seed to a schedule: what strikes when, how long it is between runs, and how much of it is tried.

What belongs here: drawing schedules, and the knobs ``CHAOS_SEEDS``, ``CHAOS_SEED``, ``CHAOS_EVERY`` and
``CHAOS_KILLS``. What does not: running them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import chain, repeat

import seeded
from chaos.disturbances import COMMIT_KINDS, REQUEST_KINDS, Strike

MINUTE = 60.0
NIGHT = 26 * 60 * MINUTE
PAUSES = (20.0, 2 * MINUTE, 5 * MINUTE, 7 * MINUTE, 9 * MINUTE, 40 * MINUTE, NIGHT)
"""Between two runs: while a key lives, while it dies, when it is dead, and the next night."""
LATE = (5.0, 100.0, 230.0, 300.0, 350.0)
"""A write commits so late, in seconds; Xero's keys live for 360."""


def seeds(short: int) -> list[int]:
    """The seeds to try."""
    return seeded.seeds("CHAOS", short)


def everything() -> bool:
    """True where each disturbance is tried at each request, not a sample of them."""
    return bool(os.environ.get("CHAOS_EVERY"))


def kills(short: int) -> int:
    """How often the real command is killed."""
    return int(os.environ.get("CHAOS_KILLS") or short)


def strikes(chance: random.Random, *, requests: int, commits: int) -> list[Strike]:
    """One to six disturbances anywhere in a history, in bursts as often as not."""
    found: list[Strike] = []
    for _ in range(chance.randint(1, 4)):
        if chance.random() < 0.3:
            found.append(Strike(chance.randint(1, commits), chance.choice(COMMIT_KINDS)))
            continue
        first, kind = chance.randint(1, requests), chance.choice(REQUEST_KINDS)
        late = chance.choice(LATE) if kind == "commits late" else 0.0
        length = chance.choice((1, 1, 1, 2, 4)) if kind != "commits late" else 1
        found += [Strike(first + step, kind, late) for step in range(length)]
    return found


def pauses(chance: random.Random) -> Iterator[float]:
    """A few random pauses; then a night between runs, so that everything that waits for a day comes to its end."""
    return chain([chance.choice(PAUSES) for _ in range(4)], repeat(NIGHT))
