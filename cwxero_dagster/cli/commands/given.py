"""What the commands share: how one is added, an argument that is checked, an answer that is printed as JSON.

What belongs here: what more than one file of commands needs. What does not: anything that only one of them does.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence

from cwxero_dagster.cli.outcome import Unusable

Arguments = argparse.Namespace
CYCLE = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Commands:
    """The commands of a command line."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(
        self, name: str, function: Callable[[Arguments], int], words: str, *, answers: bool = False
    ) -> argparse.ArgumentParser:
        """A new command that calls ``function``; with ``answers`` it can answer in JSON."""
        added = self._commands.add_parser(name, help=words, description=words)
        added.set_defaults(command=function)
        if answers:
            added.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
        return added


def checked_cycle(text: str, cycles: Sequence[str]) -> str:
    """``text``, where it is one of ``cycles``. Raises ``Unusable``."""
    if not CYCLE.fullmatch(text):
        message = f'--cycle "{text}" is not a billing cycle; it is written YYYY-MM, for example {cycles[-1]}.'
        raise Unusable(message)
    if text not in cycles:
        message = (
            f"There is no billing cycle {text}: cycles run from {cycles[0]} (go-live) to {cycles[-1]} (the open one). "
            "Nothing was attempted."
        )
        raise Unusable(message)
    return text


def print_json(answer: object) -> None:
    """One JSON object on standard output."""
    json.dump(answer, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
