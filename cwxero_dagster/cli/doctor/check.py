"""One finding of the doctor.

What belongs here: the value, and how findings become an exit status. What does not: finding anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cwxero_dagster.cli.outcome import DONE, PERSON_NEEDED, STOPPED, UNUSABLE

OK, WARN, FAIL = "OK", "WARN", "FAIL"
_GRAVEST = (UNUSABLE, STOPPED, PERSON_NEEDED, DONE)


@dataclass(frozen=True)
class Check:
    """What was looked at, how it stands, and what to do about it; ``status_code`` is what a failure means for a run."""

    name: str
    status: str
    finding: str
    fix: str = ""
    status_code: int = DONE


def exit_status(checks: Iterable[Check]) -> int:
    """The exit status of all findings together: nothing can run (2) beats a run that stopped (3) beats a person (1)."""
    found = {check.status_code for check in checks}
    return next(code for code in _GRAVEST if code in found or code == DONE)


def shortened(lines: list[str], *, most: int = 8) -> str:
    """Several findings as one text, the first ones spelled out."""
    more = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])
