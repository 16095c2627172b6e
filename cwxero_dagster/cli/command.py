"""The commands: their arguments, and calling what they are for.

What belongs here: argparse, one function a command. What does not: JSON shapes (answers), text for people (showing).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.answers import case_answer, cases_answer, review_answer, sync_answer
from cwxero_dagster.cli.outcome import (
    DONE,
    PERSON_NEEDED,
    STOPPED,
    Unusable,
    expected,
    keep_fault,
    status_of,
    trouble_of_the_machine,
)
from cwxero_dagster.payables.lifecycle import ROLES, decision_in_words, preset_text, presets, sign
from cwxero_dagster.pipeline.billing import kept_plan
from cwxero_dagster.pipeline.keying import kept_bills_to_key, path_of
from cwxero_dagster.pipeline.readings import read_organisation
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.settings import Settings, SettingsBroken, load_settings
from cwxero_dagster.warehouse.lock import home_lock

Arguments = argparse.Namespace
CYCLE = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


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
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, function: Callable[[Arguments], int], words: str, *, answers: bool = False) -> _Command:
        added = commands.add_parser(name, help=words, description=words)
        added.set_defaults(command=function)
        if answers:
            added.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
        return added

    demo = command("demo", _demo, "the whole story on simulated systems, then the Dagster UI")
    demo.add_argument("--no-ui", action="store_true", help="end after the story")
    demo.add_argument("--port", type=int, default=3000, help="port of the Dagster UI")
    sandbox = command("sandbox", _sandbox, "serve the simulated ConnectWise and Xero on this machine")
    sandbox.add_argument("--port", type=int, default=0)
    sandbox.add_argument("--scenario", default="msp")
    sandbox.add_argument("--faults", type=Path, default=None, metavar="FILE")
    ui = command("ui", _ui, "the Dagster UI on this home")
    ui.add_argument("--port", type=int, default=3000)
    ui.add_argument("--read-only", action="store_true", help="for finance: look at everything, start nothing")
    command("doctor", _doctor, "check settings, credentials, seeds, sign-off, lock dates and API budget", answers=True)
    suggest = command("suggest", _suggest, "propose rows for the mapping seeds from both systems", answers=True)
    suggest.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="write them there as files of that shape"
    )
    for name, words in (
        ("sync", "stage, map, check, plan and publish one billing cycle"),
        ("plan", "what a sync would do and why; writes nothing to Xero"),
    ):
        run = command(name, _sync if name == "sync" else _plan, words, answers=True)
        run.add_argument("--cycle", required=True, metavar="YYYY-MM")
        run.add_argument(
            "--accept-deletions",
            action="store_true",
            help="the many records that are missing in ConnectWise were deleted on purpose",
        )
        if name == "sync":
            run.add_argument("--mode", choices=("shadow", "live"), help="default: CWXERO_PUBLISH_MODE")
    compare = command("compare", _compare, "parallel run: the sync's bills against the bookkeeper's", answers=True)
    compare.add_argument("--cycle", required=True, metavar="YYYY-MM")
    compare.add_argument("--sign-off", metavar="NAME", help="sign the cycle off as ready, in this name")
    cases = command("cases", _cases, "the open cases, grouped by cause", answers=True)
    cases.add_argument("--cycle", metavar="YYYY-MM")
    review = command("review", _review, "write the review pack of a cycle: one workbook, one page", answers=True)
    review.add_argument("--cycle", required=True, metavar="YYYY-MM")
    review.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="default: the home, where the next run reads answers"
    )
    release = command("release", _release, "let a held bill through for exactly the facts it was held on", answers=True)
    settle = command("settle", _settle, "the other ways out of a case", answers=True)
    undo = command("undo", _undo, "take the last decision about a case back", answers=True)
    for deciding in (release, settle, undo):
        deciding.add_argument("case", metavar="CASE")
        deciding.add_argument("--by", required=True, metavar="NAME")
    for deciding in (release, settle):
        deciding.add_argument("--reason", required=True, metavar="TEXT")
    settle.add_argument("--as", dest="verb", required=True, metavar="VERB")
    settle.add_argument("--xero-id", metavar="ID")
    explain = command("explain", _explain, "the whole story of a purchase order", answers=True)
    explain.add_argument("po_number", metavar="PO_NUMBER")
    lifecycle = command("lifecycle", _lifecycle, "the lifecycle decision in force, in words, or a preset to start from")
    lifecycle.add_argument("--preset", choices=presets())
    signoff = command("signoff", _signoff, "sign the lifecycle decision in force")
    signoff.add_argument("--role", required=True, choices=ROLES)
    signoff.add_argument("--name", required=True)
    backup = command("backup", _backup, "a consistent copy of warehouse and ledger")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument("--restore", action="store_true", help="put the copy back")
    rebuild = command("rebuild-ledger", _rebuild_ledger, "rebuild the publish ledger from Xero alone")
    rebuild.add_argument("--backup", type=Path, metavar="FILE", help="copy warehouse and ledger here first")
    return parser


_Command = argparse.ArgumentParser


# --- the walk ---------------------------------------------------------------------------------------------------------


def _sync(arguments: Arguments) -> int:
    overrides = {"CWXERO_PUBLISH_MODE": arguments.mode} if arguments.mode else {}
    return _walk(arguments, load_settings(overrides=overrides), planned_only=False)


def _plan(arguments: Arguments) -> int:
    return _walk(arguments, load_settings(), planned_only=True)


def _walk(arguments: Arguments, settings: Settings, *, planned_only: bool) -> int:
    from cwxero_dagster.cli.running import known_cycles, run_job, to_stderr

    session = Session(settings)
    decision = session.seeds().decision
    session.refuse_unsupported(decision)
    cycle = _checked_cycle(arguments.cycle, known_cycles())
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
        _print_json(answer)
    else:
        showing.sync(answer, planned_only=planned_only)
        if not decision.events.creates_bills:
            showing.to_key(kept_bills_to_key(session, cycle), file=path_of(session, cycle))
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
    session.refuse_unsupported(session.seeds().decision)
    cycle = _checked_cycle(arguments.cycle, known_cycles())
    run_job("parallel_run", settings, cycle=cycle, mode="shadow", progress=to_stderr)
    folder = folder_of(settings.home, cycle)
    if arguments.sign_off is None:
        compared = comparison_of(session, cycle)
    else:
        with home_lock(settings.home, "sign-off"):
            signed = sign_off(session, cycle, by=arguments.sign_off)
        compared, folder = signed.compared, signed.folder
    if arguments.json:
        _print_json(compare_answer(compared.comparison))
    else:
        show(compared, workbook_path(folder, cycle))
    return DONE if compared.comparison.readiness.ready and not compared.changes else PERSON_NEEDED


def _checked_cycle(text: str, cycles: Sequence[str]) -> str:
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


# --- cases ------------------------------------------------------------------------------------------------------------


def _cases(arguments: Arguments) -> int:
    if arguments.cycle and not CYCLE.fullmatch(arguments.cycle):
        message = f'--cycle "{arguments.cycle}" is not a billing cycle; it is written YYYY-MM.'
        raise Unusable(message)
    kept = Session(load_settings()).case_book.cases(cycle=arguments.cycle)
    if arguments.json:
        _print_json(cases_answer(kept))
    else:
        showing.cases(cases_answer(kept)["cases"])
    return PERSON_NEEDED if kept else DONE


def _review(arguments: Arguments) -> int:
    from cwxero_dagster.cli.running import known_cycles
    from cwxero_dagster.pipeline.reporting import write_pack

    session = Session(load_settings())
    cycle = _checked_cycle(arguments.cycle, known_cycles())
    with home_lock(session.settings.home, "review"):
        files = write_pack(session, cycle, arguments.out)
    if arguments.json:
        _print_json(review_answer(files))
    else:
        showing.review(review_answer(files))
    return PERSON_NEEDED if files.pack.cases else DONE


def _release(arguments: Arguments) -> int:
    return _decide(arguments, "release", None)


def _settle(arguments: Arguments) -> int:
    return _decide(arguments, arguments.verb, arguments.xero_id)


def _decide(arguments: Arguments, verb: str, xero_id: str | None) -> int:
    session = Session(load_settings())
    with home_lock(session.settings.home, verb):
        kept = session.case_book.decide(
            arguments.case, verb=verb, reason=arguments.reason, by=arguments.by, at=session.clock.now(), xero_id=xero_id
        )
    if arguments.json:
        _print_json(case_answer(kept))
    else:
        showing.line(f"Case {kept.case.case_id} is {kept.status} ({verb}) by {arguments.by}. The next sync acts on it.")
    return DONE


def _undo(arguments: Arguments) -> int:
    session = Session(load_settings())
    with home_lock(session.settings.home, "undo"):
        kept = session.case_book.undo(arguments.case, by=arguments.by, at=session.clock.now())
    if arguments.json:
        _print_json(case_answer(kept))
    else:
        showing.line(f"Case {kept.case.case_id} is open again.")
    return DONE


# --- the decision -----------------------------------------------------------------------------------------------------


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
    file.write_text(fresh, encoding="utf-8")
    showing.line(f"{arguments.name} signed for {arguments.role}: {seeds.decision.digest}")
    return DONE


# --- the rest ---------------------------------------------------------------------------------------------------------


def _backup(arguments: Arguments) -> int:
    settings = load_settings()
    warehouse = Session(settings).warehouse
    if arguments.restore:
        with home_lock(settings.home, "restore"):
            kept = warehouse.restore(arguments.file)
        showing.line(
            f"Restored from {arguments.file}." + (f" What stood here before is kept as {kept}." if kept else "")
        )
    else:
        warehouse.backup(arguments.file)
        showing.line(f"Warehouse and ledger copied to {arguments.file}.")
    return DONE


def _rebuild_ledger(arguments: Arguments) -> int:
    from cwxero_dagster.cli.running import to_stderr
    from cwxero_dagster.pipeline.rebuilding import rebuild

    session = Session(load_settings(), progress=to_stderr)
    try:
        with home_lock(session.settings.home, "rebuild-ledger"):
            done = rebuild(session, backup=arguments.backup)
    finally:
        session.close()
    showing.rebuilding(done)
    return PERSON_NEEDED if done.unclear else DONE


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
        _print_json(suggest_answer(found))
    else:
        show(found, files)
    return PERSON_NEEDED if found else DONE


def _explain(arguments: Arguments) -> int:
    from cwxero_dagster.cli.explain import explain

    answer = explain(Session(load_settings()), arguments.po_number)
    if arguments.json:
        _print_json(answer)
    else:
        showing.story(answer)
    return DONE


def _print_json(answer: object) -> None:
    json.dump(answer, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
