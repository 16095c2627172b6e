"""The staging steps: read both systems, once a night however many cycles the night covers.

What belongs here: calling staging with a session's tools, and writing down which cycles have work. What does not: what
is read and when (staging).
"""

from __future__ import annotations

from collections.abc import Collection

from cwxero_dagster.pipeline.keying import cycles_to_key
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import cycles_with_work
from cwxero_dagster.pipeline.worklist import write_worklist
from cwxero_dagster.staging.connectwise import stage_connectwise
from cwxero_dagster.staging.findings import StagingReport, already_staged
from cwxero_dagster.staging.xero import stage_xero


def read_connectwise(session: Session, *, night: str | None, also: Collection[int] = ()) -> StagingReport | None:
    """Read what changed in ConnectWise; None where a run of the same night did already.

    ``also``: POs that a sensor saw change; then nothing else is looked for but what every run reads.
    """
    if night and already_staged(session.warehouse, night):
        return None
    report = stage_connectwise(
        session.connectwise,
        session.warehouse,
        clock_now=session.clock.now,
        whose=company_reached(session),
        night=night,
        also=also,
        lines_since=session.seeds().decision.go_live,
        accept_deletions=session.accept_deletions,
        progress=session.progress,
    )
    for remark in report.remarks:
        session.progress(f"ConnectWise: {remark}")
    return report


def company_reached(session: Session) -> str:
    """Whose purchase orders the settings reach, in words."""
    connectwise = session.connected.connectwise
    company = connectwise.company if connectwise else ""
    return f"the company {company}" if session.settings.profile == "live" else f"the simulated company {company}"


def read_xero(session: Session, *, night: str | None, fresh_contacts: bool = False) -> StagingReport | None:
    """Read what changed in Xero; None where a run of the same night did already.

    ``fresh_contacts``: contacts too, which are else read once a night (before anything is written to them). A run that
    belongs to no night reads them where a bill waits for one: somebody has probably just put that right.
    """
    if night and already_staged(session.warehouse, night):
        return None
    fresh_contacts = fresh_contacts or (night is None and _a_bill_waits_for_a_contact(session))
    report = stage_xero(
        session.xero,
        session.warehouse,
        clock_now=session.clock.now,
        night=night,
        fresh_contacts=fresh_contacts,
        purchase_orders=_keeps_orders(session),
        accept_deletions=session.accept_deletions,
        progress=session.progress,
    )
    for remark in report.remarks:
        session.progress(f"Xero: {remark}")
    return report


def _keeps_orders(session: Session) -> bool:
    """True where the decision gives Xero purchase orders, or an earlier one did and they are still looked after."""
    return session.seeds().decision.events.raised == "draft_purchase_order" or bool(session.ledger.view().orders)


def _a_bill_waits_for_a_contact(session: Session) -> bool:
    return any(kept.case.kind in {"contact_archived", "unmapped_vendor"} for kept in session.case_book.cases())


def note_cycles_with_work(session: Session) -> list[str]:
    """Write down which billing cycles still have work, for the nightly schedule."""
    known = session.known(live=session.settings.publish_mode == "live")
    # A question whose cause is gone ends when its cycle is planned, though nothing else is to be done there.
    asked = {
        bill.cycle for kept in session.case_book.cases() for bill in kept.case.bills if bill.held and not bill.notice
    }
    cycles = sorted({*cycles_with_work(known), *cycles_to_key(known), *asked})
    write_worklist(session.settings.home, cycles, at=session.clock.now())
    return cycles


def cycles_of(session: Session, po_ids: Collection[int]) -> list[str]:
    """Billing cycles in which these POs (none: all of them) have work."""
    known = session.known(live=session.settings.publish_mode == "live")
    return cycles_with_work(known, po_ids=po_ids or None)
