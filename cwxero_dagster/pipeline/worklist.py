"""Which billing cycles still have work: written by runs, read by the schedule, which may not open the warehouse.

What belongs here: that one small file. What does not: deciding which cycles have work (working_out).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

FILE = "cycles.json"


def write_worklist(home: Path, cycles: Sequence[str], *, at: datetime) -> None:
    """Put the cycles down; the file appears whole or not at all."""
    fresh = home / f"{FILE}.new"
    fresh.write_text(json.dumps({"cycles": list(cycles), "at": at.isoformat()}), encoding="utf-8")
    fresh.replace(home / FILE)


def read_worklist(home: Path) -> list[str]:
    """The cycles that the last run wrote down; none before the first."""
    try:
        cycles = json.loads((home / FILE).read_text(encoding="utf-8"))["cycles"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [cycle for cycle in cycles if isinstance(cycle, str)]
