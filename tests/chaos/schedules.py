"""From a seed to a schedule: what strikes when, how long it is between runs, and how much of it is tried.

What belongs here: drawing schedules, and the knobs ``CHAOS_SEEDS``, ``CHAOS_SEED``, ``CHAOS_EVERY`` and
``CHAOS_KILLS``. What does not: running them.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

from chaos.disturbances import COMMIT_KINDS, REQUEST_KINDS, Strike

MINUTE = 60.0
NIGHT = 26 * 60 * MINUTE
PAUSES = (20.0, 2 * MINUTE, 5 * MINUTE, 7 * MINUTE, 9 * MINUTE, 40 * MINUTE, NIGHT)
"""Between two runs: while a key lives, while it dies, when it is dead, and the next night."""
LATE = (5.0, 100.0, 230.0, 300.0, 350.0)
"""A write commits so late, in seconds; Xero's keys live for 360."""


def seeds(short: int) -> list[int]:
    """The seeds to try: ``CHAOS_SEED`` alone, the first ``CHAOS_SEEDS`` (or ``FIRST-LAST``), or a short form."""
    if one := os.environ.get("CHAOS_SEED"):
        return [int(one)]
    first, _, last = (os.environ.get("CHAOS_SEEDS") or str(short)).rpartition("-")
    return list(range(int(first), int(last) + 1)) if first else list(range(int(last)))


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


def trying(names: Iterable[tuple[str, Callable[[], None]]], *, replay: str) -> None:
    """Run every case, and fail at the end with the name of each that failed and how to run it again."""
    failed: list[str] = []
    tried = 0
    for name, case in names:
        tried += 1
        try:
            case()
        except AssertionError as error:
            failed.append(f"{name}: {str(error)[:1500]}")
        if tried % 50 == 0 or (failed and failed[-1].startswith(name)):
            print(f"{tried} tried, {len(failed)} failed; last {failed[-1] if failed else name}", file=sys.__stderr__)
    listing = "\n\n".join(failed[:10])
    assert not failed, f"{len(failed)} of {tried} failed; {replay}\n\n{listing}"
