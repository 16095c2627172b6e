"""What is on this machine: the home, the seeds, the signatures, what earlier nights left behind.

What belongs here: checks that need no network. What does not: both systems.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from cwxero_dagster.cli.doctor.check import FAIL, OK, WARN, Check
from cwxero_dagster.cli.outcome import PERSON_NEEDED, STOPPED, UNUSABLE
from cwxero_dagster.cli.running import MODE_TAG, PLAN, dagster_home
from cwxero_dagster.jobs import sync
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.lifecycle import missing_signatures
from cwxero_dagster.payables.seeds import Seeds
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.settings import Settings
from cwxero_dagster.warehouse.connection import refuse_network_folder
from cwxero_dagster.warehouse.errors import HomeBusy, WarehouseUnavailable
from cwxero_dagster.warehouse.lock import home_lock
from cwxero_dagster.warehouse.lost_decisions import waiting
from cwxero_dagster.warehouse.room import refuse_little_room

A_NIGHT = timedelta(hours=26)
NAMED = 3
"""Lost decisions that are told one by one."""


def home(settings: Settings) -> Iterator[Check]:
    """The home lies on a local disk and can be written, and nobody else is at work in it."""
    try:
        refuse_network_folder(settings.home)
    except WarehouseUnavailable as refused:
        yield Check("home", FAIL, str(refused), "Set CWXERO_HOME to a folder on a local disk.", UNUSABLE)
        return
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        finding = f"{settings.home} cannot be written ({error.strerror})."
        yield Check("home", FAIL, finding, "Correct its permissions, or set CWXERO_HOME.", UNUSABLE)
        return
    yield Check("home", OK, f"{settings.home} can be written.")
    try:
        with home_lock(settings.home, "doctor"):
            pass
    except HomeBusy as busy:
        yield Check("lock", WARN, str(busy), "Wait until it has finished.")
    except OSError as error:
        finding = f"{settings.home} has no room for the name of who is at work ({error.strerror})."
        yield Check("lock", FAIL, finding, "Free some space.", STOPPED)
    else:
        yield Check("lock", OK, "No other command is at work in this home.")


def room(session: Session) -> Check:
    """The disk has room for the next run."""
    try:
        refuse_little_room(session.warehouse.path)
    except WarehouseUnavailable as refused:
        return Check("room", FAIL, str(refused), "", STOPPED)
    return Check("room", OK, "The disk has room for the next run.")


def seeds(found: Seeds) -> Check:
    """The seeds can be read."""
    counts = f"{len(found.vendors)} vendors, {len(found.accounts)} account rows, {len(found.tax_codes)} tax rows"
    return Check("mapping seeds", OK, f"All files can be read: {counts}, go-live {found.decision.go_live}.")


def signatures(session: Session, found: Seeds, organisation: Collection[str] | None) -> Iterator[Check]:
    """Both roles signed the decision in force; while the organisation (id and name) is not known, for whichever."""
    names = organisation or {each.organisation for each in found.signatures if each.organisation}
    earlier = session.earlier_decisions() if session.warehouse.path.exists() else {}
    missing = missing_signatures(found.decision, found.signatures, names, earlier=earlier)
    if not missing:
        names = ", ".join(
            f"{each.name} ({each.role})" for each in found.signatures if each.digest == found.decision.digest
        )
        yield Check("sign-off", OK, f"The lifecycle decision is signed by {names}.")
        return
    live = session.settings.publish_mode == "live"
    words = "Nothing is written to Xero until it is signed. " if live else "It has to be signed before going live. "
    yield Check(
        "sign-off",
        FAIL if live else WARN,
        words + " ".join(missing),
        "`cwxero lifecycle` shows what is to be signed; `cwxero signoff --role ROLE --name NAME` signs it.",
        PERSON_NEEDED if live else 0,
    )


def history(session: Session) -> Iterator[Check]:
    """The last good night is recent, and no write to Xero is without an answer."""
    if not session.warehouse.path.exists():
        yield Check(
            "last good night",
            WARN,
            "Nothing has run in this home yet.",
            "Run `cwxero plan --cycle YYYY-MM`, then switch the schedule on in `cwxero ui`.",
        )
        return
    try:
        waiting = len(session.ledger.open_requests())
        session.warehouse.read_whole()
    except WarehouseUnavailable as broken:
        yield Check("warehouse", FAIL, str(broken), "", STOPPED)
        return
    yield Check("warehouse", OK, "Every value in it can be read.")
    yield _last_night(session)
    if waiting:
        finding = f"Xero has not answered {counted(waiting, 'write')} yet."
        yield Check("unanswered writes", WARN, finding, "The next sync looks them up before it does anything else.")
    else:
        yield Check("unanswered writes", OK, "Every write to Xero has an answer.")
    yield from _lost(session)


def _lost(session: Session) -> Iterator[Check]:
    """What waits since a copy was put back that does not have all decisions; nothing where it does."""
    lost = waiting(session.warehouse)
    if not lost:
        return
    still_open = {kept.case.case_id for kept in session.case_book.cases()}
    asked = [one for one in lost if not one.case_id or not still_open.isdisjoint(one.answered_by)]
    live = session.settings.publish_mode == "live"
    told = asked or lost
    finding = " ".join(one.asked.detail for one in told[:NAMED])
    more = f" And {len(told) - NAMED} more like it." if len(told) > NAMED else ""
    if not asked:
        wait = " No case asks about it: nothing is to be written that it is about."
        yield Check("lost decisions", WARN, f"{finding}{more}{wait}", "A live sync that would write it asks first.")
        return
    wait = " A live sync holds what this is about, and its cases ask." if live else ""
    advice = KINDS[told[0].asked.kind].advice(["release"], lost=True)
    yield Check(
        "lost decisions", FAIL if live else WARN, f"{finding}{more}{wait}", advice, PERSON_NEEDED if live else 0
    )


def _last_night(session: Session) -> Check:
    name, fix = "last good night", "Look at the last runs in `cwxero ui`; running the sync again continues."
    with dg.DagsterInstance.from_config(str(dagster_home(session.settings))) as instance:
        records = instance.get_run_records(
            dg.RunsFilter(job_name=sync.name, statuses=[dg.DagsterRunStatus.SUCCESS]), limit=50
        )
        tried = instance.get_runs_count(dg.RunsFilter(job_name=sync.name))
    others = {PLAN, "shadow"} if session.settings.publish_mode == "live" else {PLAN}
    ends = [
        record.end_time for record in records if record.end_time and record.dagster_run.tags.get(MODE_TAG) not in others
    ]
    now = session.clock.now()
    ahead, ends = [end for end in ends if end > now.timestamp()], [end for end in ends if end <= now.timestamp()]
    if ahead and not ends:
        later = f"{datetime.fromtimestamp(max(ahead), UTC):%Y-%m-%d %H:%M} UTC"
        finding = f"The last sync that ended well carries a later time than it is now ({later})."
        return Check(name, WARN, finding, "Put this machine's clock right, if it is not; then run the sync.")
    if not ends:
        if tried:
            return Check(name, FAIL, "No sync has ended well in this home yet.", fix, STOPPED)
        return Check(name, WARN, "No sync has run in this home yet.", "Run `cwxero plan --cycle YYYY-MM`.")
    last = datetime.fromtimestamp(max(ends), UTC)
    age = now - last
    hours = f"{age.total_seconds() / 3600:.0f} hours ago ({last:%Y-%m-%d %H:%M} UTC)"
    if age > A_NIGHT:
        return Check(name, FAIL, f"The last sync that ended well was {hours}.", fix, STOPPED)
    return Check(name, OK, f"The last sync that ended well was {hours}.")
