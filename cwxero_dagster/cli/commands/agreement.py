"""The lifecycle decision: ``lifecycle`` shows it, ``signoff`` signs it.

What belongs here: reading and writing the files that hold the decision and its signatures. What does not: what a
decision means (``payables.lifecycle``).
"""

from __future__ import annotations

import sys

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.commands.given import Arguments, Commands
from cwxero_dagster.cli.outcome import DONE, Unusable
from cwxero_dagster.payables.lifecycle import ROLES, decision_in_words, preset_text, presets, sign
from cwxero_dagster.pipeline.billing import remember_decision
from cwxero_dagster.pipeline.readings import read_organisation
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.settings import load_settings


def add(commands: Commands) -> None:
    """Add ``lifecycle``, ``signoff`` to the command line."""
    lifecycle = commands.add(
        "lifecycle", _lifecycle, "the lifecycle decision in force, in words, or a preset to start from"
    )
    lifecycle.add_argument("--preset", choices=presets())
    signoff = commands.add("signoff", _signoff, "sign the lifecycle decision in force")
    signoff.add_argument("--role", required=True, choices=ROLES)
    signoff.add_argument("--name", required=True)


def _lifecycle(arguments: Arguments) -> int:
    if arguments.preset:
        sys.stdout.write(preset_text(arguments.preset))
        return DONE
    seeds = Session(load_settings()).seeds()
    showing.decision(decision_in_words(seeds.decision), seeds.decision.digest, seeds.signatures)
    return DONE


def _signoff(arguments: Arguments) -> int:
    session = Session(load_settings())
    seeds = session.seeds()
    file = session.settings.seeds_folder / "signoff.yaml"
    text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    organisation = read_organisation(session.warehouse)
    signed_on = session.clock.now().date()
    try:
        fresh = sign(
            text,
            arguments.role,
            arguments.name,
            seeds.decision.digest,
            signed_on,
            organisation.name if organisation else None,
        )
    except ValueError as refused:
        raise Unusable(str(refused)) from refused
    remember_decision(session, seeds.decision.digest)  # what changes from here on can be told, whether or not it ran
    file.write_text(fresh, encoding="utf-8")
    showing.line(f"{arguments.name} signed for {arguments.role}: {seeds.decision.digest}")
    return DONE
