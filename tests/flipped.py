"""Which way the sandbox's switches stand in a story: as the evidence leans, or the other way.

``CWXERO_FLIPPED`` names what is turned over, separated by commas: ``NAME`` (to its first other position),
``NAME=POSITION``, ``all``, or ``chosen``: for each story its own choice of positions, drawn from the story's name and
``CWXERO_FLIPPED_SEED``. A story that needs a switch in one position says so itself, and keeps it.

What belongs here: the other positions, and choosing among them. What does not: what a switch means (``switches.py`` of
both simulated systems).
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from cwxero_dagster.sandbox.connectwise import ConnectWiseSwitches
from cwxero_dagster.sandbox.xero import XeroSwitches

OTHER_NUMBERS: Mapping[str, tuple[int, ...]] = {
    "requests_per_minute": (600,),
    "calls_per_day": (1000,),
    "largest_batch": (50,),
    "largest_body": (10_000_000,),
    "idempotency_seconds": (300, 420),
}
NOT_OPEN = {"scopes", "concurrent_calls", "calls_per_minute", "denied_actions"}
"""What an organisation or its plan sets, and everybody can look up."""


def positions() -> dict[str, tuple[Any, ...]]:
    """The other positions of every switch that stands for an open fact, by name."""
    found: dict[str, tuple[Any, ...]] = {}
    for switches in (ConnectWiseSwitches, XeroSwitches):
        hints = get_type_hints(switches)
        for field in fields(switches):
            if field.name in NOT_OPEN:
                continue
            hint = hints[field.name]
            if hint is bool:
                found[field.name] = (not field.default,)
            elif get_origin(hint) is Literal:
                found[field.name] = tuple(value for value in get_args(hint) if value != field.default)
            else:
                found[field.name] = OTHER_NUMBERS[field.name]
    return found


def flipped(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the environment turns over for the story that runs now. Raises ``KeyError`` for an unknown switch."""
    environ = os.environ if environ is None else environ
    others = positions()
    turned: dict[str, Any] = {}
    for word in (word.strip() for word in environ.get("CWXERO_FLIPPED", "").split(",")):
        name, _, position = word.partition("=")
        if not word:
            continue
        if word == "all":
            turned |= {name: values[0] for name, values in others.items()}
        elif word == "chosen":
            turned |= _chosen(environ, others)
        else:
            fits = [value for value in others[name] if not position or str(value).lower() == position.lower()]
            turned[name] = fits[0]
    return turned


def _chosen(environ: Mapping[str, str], others: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    story = environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    draw = random.Random(f"{environ.get('CWXERO_FLIPPED_SEED', '0')} {story}")
    drawn = {name: draw.choice(values) for name, values in others.items() if draw.random() < 0.5}
    if not drawn.get("report_last_update_is_lines", True):
        # Where neither the header nor the report shows that a line changed, a cancelled rest is seen nights later.
        drawn.pop("line_patch_moves_header", None)
    return drawn


def every_way(names: Sequence[str] = ()) -> list[str]:
    """What ``make scenarios`` asks for, one run each: every position of the switches named, else of all, and all."""
    single = [f"{name}={position}" for name, values in positions().items() for position in values]
    return [one for one in single if not names or one.partition("=")[0] in names] + ([] if names else ["all"])


def connectwise_switches(given: Mapping[str, Any] | None = None) -> ConnectWiseSwitches:
    """ConnectWise's switches for the story that runs now; ``given`` are the ones that it insists on."""
    return ConnectWiseSwitches(**(_of(ConnectWiseSwitches) | dict(given or {})))


def xero_switches(given: Mapping[str, Any] | None = None) -> XeroSwitches:
    """Xero's switches for the story that runs now; ``given`` are the ones that it insists on."""
    return XeroSwitches(**(_of(XeroSwitches) | dict(given or {})))


def _of(switches: type[ConnectWiseSwitches | XeroSwitches]) -> dict[str, Any]:
    """What is turned over of one system; printed, so that a story that fails says what it ran with."""
    names = {field.name for field in fields(switches)}
    turned = {name: value for name, value in flipped().items() if name in names}
    if turned:
        words = ",".join(f"{name}={value}" for name, value in turned.items())
        sys.stdout.write(
            f"Switches of {switches.__name__.removesuffix('Switches')} turned over: CWXERO_FLIPPED={words}\n"
        )
    return turned


if __name__ == "__main__":
    sys.stdout.write("\n".join(every_way(sys.argv[1:])) + "\n")
