"""The walk of one billing cycle: ``sync``, ``plan`` and ``compare``.

What belongs here: running the jobs of a cycle and telling what came of it. What does not: the jobs (``running``), JSON
shapes (``answers``), text for people (``showing``).
"""

from __future__ import annotations

import sys

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.answers import as_in_xero, sync_answer
from cwxero_dagster.cli.commands.given import Arguments, Commands, checked_cycle, print_json
from cwxero_dagster.cli.outcome import DONE, PERSON_NEEDED
from cwxero_dagster.pipeline.bill_frames import figure_of
from cwxero_dagster.pipeline.billing import kept_plan
from cwxero_dagster.pipeline.keying import kept_bills_to_key, path_of
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.settings import Settings, load_settings
from cwxero_dagster.warehouse.lock import home_lock


def add(commands: Commands) -> None:
    """Add ``sync``, ``plan``, ``compare`` to the command line."""
    for name, words in (
        ("sync", "stage, map, check, plan and publish one billing cycle"),
        ("plan", "what a sync would do and why; writes nothing to Xero"),
    ):
        run = commands.add(name, _sync if name == "sync" else _plan, words, answers=True)
        run.add_argument("--cycle", required=True, metavar="YYYY-MM")
        run.add_argument(
            "--accept-deletions",
            action="store_true",
            help="the many records that are missing in ConnectWise were deleted on purpose",
        )
        if name == "sync":
            run.add_argument("--mode", choices=("shadow", "live"), help="default: CWXERO_PUBLISH_MODE")
    compare = commands.add("compare", _compare, "parallel run: the sync's bills against the bookkeeper's", answers=True)
    compare.add_argument("--cycle", required=True, metavar="YYYY-MM")
    compare.add_argument("--sign-off", metavar="NAME", help="sign the cycle off as ready, in this name")


def _sync(arguments: Arguments) -> int:
    overrides = {"CWXERO_PUBLISH_MODE": arguments.mode} if arguments.mode else {}
    return _walk(arguments, load_settings(overrides=overrides), planned_only=False)


def _plan(arguments: Arguments) -> int:
    return _walk(arguments, load_settings(), planned_only=True)


def _walk(arguments: Arguments, settings: Settings, *, planned_only: bool) -> int:
    from cwxero_dagster.cli.running import known_cycles, run_job, to_stderr

    session = Session(settings)
    decision = session.seeds().decision
    cycle = checked_cycle(arguments.cycle, known_cycles())
    mode = settings.publish_mode
    ran = run_job(
        "sync",
        settings,
        cycle=cycle,
        mode=mode,
        progress=to_stderr,
        planned_only=planned_only,
        accept_deletions=arguments.accept_deletions,
    )
    rows = kept_plan(session, cycle)
    answer = sync_answer(rows, cycle=cycle, mode=mode, policy_digest=decision.digest, calls=ran.calls)
    if arguments.json:
        print_json(as_in_xero(answer))
    else:
        figures = {row["bill_key"]: figure_of(row) for row in rows}
        showing.sync(answer, figures, planned_only=planned_only)
        if not decision.events.creates_bills:
            showing.to_key(kept_bills_to_key(session, cycle), file=path_of(session, cycle))
    showing.not_taken(ran.not_taken, file=sys.stderr if arguments.json else sys.stdout)
    return PERSON_NEEDED if {"hold", "refuse"} & set(answer["counts"]) else DONE


def _compare(arguments: Arguments) -> int:
    from cwxero_dagster.cli.compare import compare_answer, show
    from cwxero_dagster.cli.running import known_cycles, run_job, to_stderr
    from cwxero_dagster.pipeline.comparing import comparison_of
    from cwxero_dagster.pipeline.comparison_files import folder_of
    from cwxero_dagster.pipeline.signing_off import sign_off
    from cwxero_dagster.review.files import workbook_path

    settings = load_settings()
    session = Session(settings)
    session.seeds()  # what is wrong with them is told before anything is read
    cycle = checked_cycle(arguments.cycle, known_cycles())
    run_job("parallel_run", settings, cycle=cycle, mode="shadow", progress=to_stderr)
    folder = folder_of(settings.home, cycle)
    if arguments.sign_off is None:
        compared = comparison_of(session, cycle)
    else:
        with home_lock(settings.home, "sign-off"):
            signed = sign_off(session, cycle, by=arguments.sign_off)
        compared, folder = signed.compared, signed.folder
    if arguments.json:
        print_json(compare_answer(compared.comparison))
    else:
        show(compared, workbook_path(folder, cycle))
    return DONE if compared.comparison.readiness.ready and not compared.changes else PERSON_NEEDED
