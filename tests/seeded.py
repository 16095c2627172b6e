"""Long forms of tests that draw by seed: which seeds to try, and running them all before the first failure is told.

What belongs here: the knobs ``<NAME>_SEEDS`` and ``<NAME>_SEED``, and telling which cases failed. What does not: what a
seed means (chaos.schedules, payables.lives.busy).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable


def seeds(name: str, short: int) -> list[int]:
    """The seeds to try: ``<NAME>_SEED`` alone, the first ``<NAME>_SEEDS`` (or ``FIRST-LAST``), or a short form."""
    if one := os.environ.get(f"{name}_SEED"):
        return [int(one)]
    first, _, last = (os.environ.get(f"{name}_SEEDS") or str(short)).rpartition("-")
    return list(range(int(first), int(last) + 1)) if first else list(range(int(last)))


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
