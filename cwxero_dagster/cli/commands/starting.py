"""What stands before and beside the walk: ``demo``, ``sandbox``, ``ui``, ``doctor``, ``suggest``.

What belongs here: commands whose work is a module of its own, loaded when it is asked for. What does not: that work.
"""

from __future__ import annotations

from pathlib import Path

from cwxero_dagster.cli.commands.given import Arguments, Commands, print_json
from cwxero_dagster.cli.outcome import DONE, PERSON_NEEDED, Unusable
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.settings import load_settings


def add(commands: Commands) -> None:
    """Add ``demo``, ``sandbox``, ``ui``, ``doctor``, ``suggest`` to the command line."""
    demo = commands.add("demo", _demo, "the whole story on simulated systems, then the Dagster UI")
    demo.add_argument("--no-ui", action="store_true", help="end after the story")
    demo.add_argument("--port", type=int, default=3000, help="port of the Dagster UI")
    sandbox = commands.add("sandbox", _sandbox, "serve the simulated ConnectWise and Xero on this machine")
    sandbox.add_argument("--port", type=int, default=0)
    sandbox.add_argument("--scenario", default="msp")
    sandbox.add_argument("--faults", type=Path, default=None, metavar="FILE")
    ui = commands.add("ui", _ui, "the Dagster UI on this home")
    ui.add_argument("--port", type=int, default=3000)
    ui.add_argument("--read-only", action="store_true", help="for finance: look at everything, start nothing")
    commands.add(
        "doctor", _doctor, "check settings, credentials, seeds, sign-off, lock dates and API budget", answers=True
    )
    suggest = commands.add("suggest", _suggest, "propose rows for the mapping seeds from both systems", answers=True)
    suggest.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="write them there as files of that shape"
    )


def _sandbox(arguments: Arguments) -> int:
    from cwxero_dagster.sandbox.server import serve

    settings = load_settings()
    if settings.profile != "sandbox":
        message = "The simulated systems run in the sandbox profile only; set CWXERO_PROFILE=sandbox."
        raise Unusable(message)
    return serve(settings.home, port=arguments.port, scenario=arguments.scenario, faults=arguments.faults)


def _ui(arguments: Arguments) -> int:
    from cwxero_dagster.cli.ui import open_ui

    return open_ui(load_settings(), port=arguments.port, read_only=arguments.read_only)


def _demo(arguments: Arguments) -> int:
    from cwxero_dagster.cli.demo import tell

    return tell(ui=not arguments.no_ui, port=arguments.port)


def _doctor(arguments: Arguments) -> int:
    from cwxero_dagster.cli.doctor import examine

    return examine(load_settings, as_json=arguments.json)


def _suggest(arguments: Arguments) -> int:
    from cwxero_dagster.cli.running import run_job, to_stderr
    from cwxero_dagster.cli.suggest import show, suggest_answer
    from cwxero_dagster.pipeline.suggesting import suggestions
    from cwxero_dagster.review.suggested_seeds import AlreadyThere, write_suggested_seeds

    settings = load_settings()
    session = Session(settings)
    session.seeds()
    run_job("stage", settings, cycle=None, mode="shadow", progress=to_stderr)
    found = suggestions(session)
    try:
        files = write_suggested_seeds(arguments.out, found) if arguments.out else []
    except AlreadyThere as refused:
        raise Unusable(str(refused)) from refused
    if arguments.json:
        print_json(suggest_answer(found))
    else:
        show(found, files)
    return PERSON_NEEDED if found else DONE
