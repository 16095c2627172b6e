"""What is wrong in a file that a person edits, said so that they can mend it without asking.

What belongs here: the value that names file, line, place, finding and what is allowed, and the exception that carries
all of them at once. What does not: the checks themselves (lifecycle, seeds).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to mend in one file.

    ``line`` counts from 1, comments and the header included; ``column`` is the CSV column's name or the dotted key of
    a YAML file, ``position`` the character in a YAML line. ``value`` is what was found, ``allowed`` what would do.
    """

    file: str
    message: str
    line: int | None = None
    column: str | None = None
    position: int | None = None
    value: str | None = None
    allowed: str | None = None

    def __str__(self) -> str:
        """One sentence: where, what was found, what is allowed."""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{self._place()}: {self.message}{allowed}"

    def _place(self) -> str:
        if self.line is None:
            return self.file
        place = f"{self.file} line {self.line}"
        if self.position is not None:
            return f"{place}, column {self.position}" + (f" ({self.column})" if self.column else "")
        return f"{place}, column {self.column}" if self.column else place


class SeedsBroken(Exception):  # noqa: N818 - reads as what happened, like the other failures that people see
    """The mapping seeds cannot be used; ``problems`` holds everything that is wrong, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(
            f"The mapping seeds have {count}; nothing was attempted.\n" + "\n".join(map(str, self.problems))
        )


def quoted(value: str, *, longest: int = 60) -> str:
    """``value`` in quotation marks for a message: cut when long, unprintable characters spelled out."""
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in value)
    return f'"{shown[:longest]}..."' if len(shown) > longest else f'"{shown}"'


def nearest(value: str, allowed: Collection[str], *, cutoff: float = 0.6) -> str | None:
    """The allowed word that ``value`` was probably meant to be, or None; ``cutoff`` (0 to 1) is how alike."""
    by_folded = {word.casefold(): word for word in allowed}
    found = difflib.get_close_matches(value.strip().casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None


def hint(value: str, allowed: Collection[str]) -> str:
    """`` (did you mean X?)``, or nothing when no allowed word is close."""
    word = nearest(value, allowed)
    return f" (did you mean {word}?)" if word else ""
