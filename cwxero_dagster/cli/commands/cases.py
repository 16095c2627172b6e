"""What people are asked, and what they answer: ``cases``, ``review``, ``release``, ``settle``, ``undo``, ``explain``.

What belongs here: showing what is open and how it came about, and handing a person's decision to the case book. What
does not: which ways out a case has (``payables.cases``), JSON shapes (``answers``), text for people (``showing``,
``order_story``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cwxero_dagster.cli import order_story, showing
from cwxero_dagster.cli.answers import case_answer, cases_answer, review_answer
from cwxero_dagster.cli.commands.given import CYCLE, Arguments, Commands, checked_cycle, print_json
from cwxero_dagster.cli.outcome import DONE, PERSON_NEEDED, Unusable
from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.cases.grouping import NAMES_ONE
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.settings import load_settings
from cwxero_dagster.warehouse.lock import home_lock


def add(commands: Commands) -> None:
    """Add ``cases``, ``review``, ``release``, ``settle``, ``undo``, ``explain`` to the command line."""
    cases = commands.add("cases", _cases, "the open cases, grouped by cause", answers=True)
    cases.add_argument("--cycle", metavar="YYYY-MM")
    review = commands.add("review", _review, "write the review pack of a cycle: one workbook, one page", answers=True)
    review.add_argument("--cycle", required=True, metavar="YYYY-MM")
    review.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="default: the home, where the next run reads answers"
    )
    release = commands.add(
        "release", _release, "let a held bill through for exactly the facts it was held on", answers=True
    )
    settle = commands.add("settle", _settle, "the other ways out of a case", answers=True)
    undo = commands.add("undo", _undo, "take the last decision about a case back", answers=True)
    for deciding in (release, settle, undo):
        deciding.add_argument("case", metavar="CASE")
        deciding.add_argument("--by", required=True, metavar="NAME")
    for deciding in (release, settle):
        deciding.add_argument("--reason", required=True, metavar="TEXT")
    settle.add_argument("--as", dest="verb", required=True, metavar="VERB")
    settle.add_argument("--xero-id", metavar="ID")
    explain = commands.add("explain", _explain, "the whole story of a purchase order", answers=True)
    explain.add_argument("po_number", metavar="PO_NUMBER")
    explain.add_argument(
        "--on", metavar="YYYY-MM-DD", help="one day of it (UTC), with the bytes sent to Xero and what Xero answered"
    )


def _cases(arguments: Arguments) -> int:
    if arguments.cycle and not CYCLE.fullmatch(arguments.cycle):
        message = f'--cycle "{arguments.cycle}" is not a billing cycle; it is written YYYY-MM.'
        raise Unusable(message)
    session = Session(load_settings())
    kept = session.case_book.cases(cycle=arguments.cycle)
    if arguments.json:
        print_json(cases_answer(kept, session.base_currency()))
    else:
        zone = session.zone()
        showing.cases(kept, today=day_of(session.clock.now(), zone), zone=zone)
        # A run that died after it sent something could not make a case of it.
        asked = any(one.case.kind == "outcome_unknown" for one in kept)
        if not asked and (waiting := len(session.ledger.open_requests())):
            sent = f"{counted(waiting, 'write')} to Xero without an answer yet"
            showing.line(f"{sent}. The next sync looks in Xero for what became of it before it does anything else.")
    return PERSON_NEEDED if kept else DONE


def _review(arguments: Arguments) -> int:
    from cwxero_dagster.cli.running import known_cycles
    from cwxero_dagster.pipeline.reporting import write_pack

    session = Session(load_settings())
    cycle = checked_cycle(arguments.cycle, known_cycles())
    with home_lock(session.settings.home, "review"):
        files = write_pack(session, cycle, arguments.out)
    if arguments.json:
        print_json(review_answer(files))
    else:
        showing.review(review_answer(files))
    return PERSON_NEEDED if files.pack.cases else DONE


def _release(arguments: Arguments) -> int:
    return _decide(arguments, "release", None)


def _settle(arguments: Arguments) -> int:
    if arguments.verb == NAMES_ONE and not (arguments.xero_id or "").strip():
        message = (
            "settle --as billed-by needs --xero-id: the id of the bill in Xero that covers these goods, or the address "
            "of its page there. Nothing was changed."
        )
        raise Unusable(message)
    return _decide(arguments, arguments.verb, arguments.xero_id)


def _decide(arguments: Arguments, verb: str, xero_id: str | None) -> int:
    session = Session(load_settings())
    with home_lock(session.settings.home, verb):
        kept = session.case_book.decide(
            arguments.case, verb=verb, reason=arguments.reason, by=arguments.by, at=session.clock.now(), xero_id=xero_id
        )
    if arguments.json:
        print_json(case_answer(kept, session.base_currency()))
    else:
        how = "" if kept.status.startswith(verb) else f" ({verb})"
        showing.line(f"Case {kept.case.case_id} is {kept.status}{how} by {arguments.by}. The next sync acts on it.")
        if len(kept.case.bill_keys) > 1:
            orders = ", ".join(kept.case.po_numbers)
            showing.line(f"It was about {len(kept.case.bill_keys)} bills, {kept.case.money_words}: {orders}.")
        if kept.remark:
            showing.line(f"Please look again: {kept.remark} `cwxero undo {kept.case.case_id} --by NAME` takes it back.")
    return DONE


def _undo(arguments: Arguments) -> int:
    session = Session(load_settings())
    with home_lock(session.settings.home, "undo"):
        kept = session.case_book.undo(arguments.case, by=arguments.by, at=session.clock.now())
    if arguments.json:
        print_json(case_answer(kept, session.base_currency()))
    else:
        showing.line(f"Case {kept.case.case_id} is open again.")
    return DONE


def _explain(arguments: Arguments) -> int:
    from cwxero_dagster.cli.answers import as_in_xero
    from cwxero_dagster.cli.explain import explain

    answer = explain(Session(load_settings()), arguments.po_number, on=_day(arguments.on))
    if arguments.json:
        print_json(as_in_xero(answer))
    else:
        order_story.story(answer)
    return DONE


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f'--on "{text}" is not a day; it is written YYYY-MM-DD.'
        raise Unusable(message) from None
