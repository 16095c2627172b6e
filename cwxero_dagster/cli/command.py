"""The command line: every command, and an exit status for whatever happens.

What belongs here: the last resort for what goes wrong. What does not: a command's arguments and what it does
(``commands``).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.commands import agreement, cases, keeping, starting, walk
from cwxero_dagster.cli.commands.given import Commands
from cwxero_dagster.cli.outcome import DONE, STOPPED, expected, keep_fault, status_of, trouble_of_the_machine
from cwxero_dagster.settings import SettingsBroken, load_settings


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status. Raises ``KeyboardInterrupt``, whichever way Dagster puts it."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except dg.DagsterExecutionInterruptedError as ended:
        raise KeyboardInterrupt from ended
    except BrokenPipeError:
        # The reader of the output (a pager, `head`) went away: what was to be done is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as failure:  # noqa: BLE001 - the last resort: people get a sentence, the data team the rest
        cause = expected(failure)
        if cause is not None:
            showing.error(str(cause))
            return status_of(cause)
        trouble = trouble_of_the_machine(failure, _fault_folder())
        if trouble:
            showing.error(trouble)
            return STOPPED
        showing.error(
            f"cwxero stopped on a fault of its own ({type(failure).__name__}). Nothing is lost: running the command "
            f"again continues. Please give the data team the file {keep_fault(failure, _fault_folder())}."
        )
        return STOPPED


def _fault_folder() -> Path:
    try:
        return load_settings().home
    except SettingsBroken:
        return Path(tempfile.gettempdir())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cwxero", description="ConnectWise purchase orders to Xero bills.")
    commands = Commands(parser)
    for subject in (starting, walk, cases, agreement, keeping):
        subject.add(commands)
    return parser
