"""The publish step: write what the plan of a cycle says and what still holds, and nothing else.

What belongs here: the order of recovery, fresh read, guard, writes and bookkeeping. What does not: sending
(publishing), deciding (payables/planning).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.books import FINAL, PURCHASE_ORDER
from cwxero_dagster.payables.composing.rounding_lines import meaning_in_place
from cwxero_dagster.payables.documents import meaning_of_document
from cwxero_dagster.payables.keys import adjusted_key
from cwxero_dagster.payables.merging import differences
from cwxero_dagster.payables.planning.plan import WRITES, Action, payload_digest
from cwxero_dagster.pipeline.billing import compose, guard, keep_plan, kept_plan, remember_decision
from cwxero_dagster.pipeline.closing_orders import close_orders, still_open
from cwxero_dagster.pipeline.customer_links import link_customers, link_plan, make_way
from cwxero_dagster.pipeline.outcomes import after, keep_published, part_way, read_back, with_rounding
from cwxero_dagster.pipeline.overtaken import overtaken
from cwxero_dagster.pipeline.reading import read_xero
from cwxero_dagster.pipeline.readings import read_books
from cwxero_dagster.pipeline.rounding import write_rounding_lines
from cwxero_dagster.pipeline.session import NotReady, Session
from cwxero_dagster.pipeline.working_out import Known, assessed_bills, planned_actions
from cwxero_dagster.pipeline.writings import writing_of
from cwxero_dagster.publishing.answers import base_of
from cwxero_dagster.publishing.noting import send_notes
from cwxero_dagster.publishing.publisher import Publisher, PublishReport
from cwxero_dagster.staging import xero_rows
from cwxero_dagster.staging.findings import Findings
from cwxero_dagster.warehouse.copies import keep_newest
from cwxero_dagster.warehouse.history_outbox import HistoryOutbox
from cwxero_dagster.writing import Writing

KEPT_BACKUPS = 10
"""Copies from before releases that stay; each is as large as the warehouse."""


@dataclass(frozen=True)
class Published:
    """What a publish step did."""

    actions: list[Action]
    report: PublishReport
    customers: str = ""
    """What became of the links of lines to customers, in words."""


def publish(session: Session, cycle: str, *, live: bool) -> Published:
    """Write the kept plan of ``cycle`` to Xero. In shadow mode nothing leaves at all.

    The plan is worked out again from a fresh read of Xero: an action that no longer reads the same is left to the next
    run (DESIGN.md, "The guard is in the publisher"), unless an earlier run planned just this, was cut short, and it
    turned out that nothing of it arrived. Raises the ``CallFailed`` that ended the run part-way, after
    everything that was done is kept.
    """
    with session.warehouse.transaction():
        known = session.known(live=live)
        block = guard(session, known, live=live)
        if not live:
            return Published(planned_actions(known, cycle, block), PublishReport())
        kept = {row["bill_key"]: row for row in kept_plan(session, cycle)}
        writes = any(row["action"] in WRITES for row in kept.values())
        waiting = [] if block.blocks else session.ledger.open_requests()
        notes = bool(HistoryOutbox(session.warehouse).waiting())
        links = bool(link_plan(session, known).dues)
    publisher = _publisher(session, known, cycle)
    checked = bool(writes or waiting or notes or links)
    if not block.blocks and checked:
        _check_organisation(session, known)
    recovered = publisher.recover() if waiting else PublishReport()
    fresh = bool(waiting or writes)
    if fresh:
        read_xero(session, night=None, fresh_contacts=True)
    with session.warehouse.transaction():
        known = session.known(live=True, anew=True) if fresh else known
        block = guard(session, known, live=True)
        actions = planned_actions(known, cycle, block)
        remember_decision(session, known.agreement.decision.digest)
        if not block.blocks:
            _fix_cycles(session, cycle, actions, known)
        _adopt(session, actions, known)
        taken_up = {writing.key: writing for request in waiting for writing in request.writings}
        chosen = [
            action
            for action in actions
            if action.action in WRITES
            and (_agrees(action, kept.get(action.key)) or _says_as_before(action, taken_up.get(action.key)))
        ]
        chosen = [] if recovered.stopped else chosen
        if chosen:
            _settle_removed(session, known)
    writings = [writing_of(action, known, cycle) for action in chosen if not action.closes]
    writings = make_way(session, known, writings, publisher.prepare)
    report = publisher.publish(writings)
    closing = [action for action in chosen if action.closes]
    close_orders(publisher, closing, report, writing=lambda action: writing_of(action, known, cycle))
    waiting_orders = {action.key for action in closing if action.key not in report.outcomes}
    with session.warehouse.transaction():
        read_back(session, report)
    rounded = write_rounding_lines(
        session, cycle, publisher, chosen, report, writing=lambda action, now: writing_of(action, now, cycle)
    )
    report.stopped = recovered.stopped or report.stopped
    with session.warehouse.transaction():
        read_back(session, report)
    late = overtaken(session, cycle, chosen, report)
    with session.warehouse.transaction():
        keep_published(session, cycle, [action for action in chosen if action.key not in waiting_orders], report)
        final = [
            still_open(action)
            if action.key in waiting_orders
            else late.get(action.key)
            or after(with_rounding(action, rounded.get(action.key), report), report.outcomes.get(action.key))
            for action in actions
        ]
        keep_plan(session, cycle, _beside_what_was_written(session, cycle, final, report), known, live=True)
    if report.stopped:
        raise part_way(report.stopped, written=report.count("confirmed"))
    if block.blocks:
        return Published(final, report)
    _send_notes(session, known)
    return Published(final, report, _link(session, known, publisher, wrote=bool(report.outcomes), checked=checked))


def _beside_what_was_written(
    session: Session, cycle: str, actions: Sequence[Action], report: PublishReport
) -> list[Action]:
    """The actions, each bill of which a change of price was written now with its figures beside that document.

    Until then the bill's own figures were at the new price, as the document's are: the change would count twice.
    """
    done = {key for key, outcome in report.outcomes.items() if outcome.result == "confirmed"}
    changed = {adjusted_key(one.key) for one in actions if one.key in done and one.bill and one.bill.reprices}
    if not changed:
        return list(actions)
    now = session.known(live=True, anew=True)
    compose(session, cycle, live=True)
    bills = {item.bill.key: item.bill for item in assessed_bills(now, cycle) if item.bill.key in changed}
    return [replace(one, bill=bills[one.key]) if one.key in bills else one for one in actions]


def _link(session: Session, known: Known, publisher: Publisher, *, wrote: bool, checked: bool) -> str:
    """Links of lines to customers, those of earlier runs included; whatever becomes of them, the bills stand."""
    if not known.agreement.decision.link_customers:
        return ""
    with session.warehouse.transaction():
        if wrote:
            ledger = session.ledger.view(session.case_book.settlements())
            known = replace(known, books=read_books(session.warehouse), ledger=ledger)
        plan = link_plan(session, known)
    if plan.dues and not checked:
        _check_organisation(session, known)
    return link_customers(session, known, plan, publisher.prepare)


def _send_notes(session: Session, known: Known) -> None:
    """Notes in the history of bills, those of earlier runs included; whatever becomes of them, the bills stand."""
    organisation = known.books.organisation
    if organisation is not None:
        send_notes(
            session.xero,
            HistoryOutbox(session.warehouse),
            organisation_id=organisation.organisation_id,
            clock=session.clock,
            progress=session.progress,
        )


def _publisher(session: Session, known: Known, cycle: str) -> Publisher:
    organisation = known.books.organisation
    if organisation is None:
        message = "Xero has not been read yet, so nothing can be published: run the job `stage` first."
        raise NotReady(message)
    return Publisher(
        session.xero,
        session.ledger,
        organisation_id=organisation.organisation_id,
        clock=session.clock,
        progress=session.progress,
        before_first_write=lambda: _back_up(session, cycle),
    )


def _check_organisation(session: Session, known: Known) -> None:
    """The keys still reach the organisation that everything was read from. Raises ``NotReady``.

    What it says now is kept: a period that was locked since the settings were read is locked for this run.
    """
    reached = session.xero.organisation()
    expected = known.books.organisation
    if expected is None or str(reached.get("OrganisationID")) != expected.organisation_id:
        message = (
            f'The Xero keys now reach the organisation "{reached.get("Name")}", but everything was read from '
            f'"{expected.name if expected else "none"}". Nothing was written. Set XERO_CLIENT_ID, XERO_CLIENT_SECRET '
            "and XERO_TENANT_ID of the right organisation, or use a CWXERO_HOME of its own for each."
        )
        raise NotReady(message)
    findings = Findings()
    findings.add(frames.XeroReference, xero_rows.reference("organisation", reached))
    findings.observe(session.warehouse, at=session.clock.now())


def _back_up(session: Session, cycle: str) -> None:
    """A copy of warehouse and ledger before a release's first write, beside those of the releases before it."""
    folder = session.settings.home / "backups"
    session.warehouse.backup(folder / f"{session.clock.now():%Y-%m-%dT%H%M%SZ}-before-{cycle}.duckdb")
    keep_newest(folder, "????-??-??T??????Z-before-????-??.duckdb", KEPT_BACKUPS)


def _agrees(action: Action, row: dict[str, Any] | None) -> bool:
    """True where the plan that people saw says the same."""
    if row is None or row["action"] != action.action:
        return False
    return bool(row["payload"] == (json.dumps(action.meaning) if action.meaning else None))


def _says_as_before(action: Action, writing: Writing | None) -> bool:
    """True where an earlier run meant to write the same, and its request has just been settled."""
    return writing is not None and (action.action, payload_digest(dict(action.meaning or {}))) == (
        writing.action,
        writing.payload_digest,
    )


def _fix_cycles(session: Session, cycle: str, actions: Sequence[Action], known: Known) -> None:
    """Bills that are planned for the first time, held ones included, belong to this cycle from now on."""
    unsent = {unit.key for unit in known.units} - known.ledger.bills.keys()
    planned = {action.key for action in actions if action.action != "exclude"}
    session.ledger.fix_cycle(cycle, unsent & planned, unsent=unsent, at=session.clock.now())


def _settle_removed(session: Session, known: Known) -> None:
    before = {**known.ledger.bills, **known.ledger.orders}
    cleared = known.standing
    gone = [key for key, one in {**cleared.bills, **cleared.orders}.items() if one.state != before[key].state]
    session.ledger.withdraw_removed(gone, at=session.clock.now())


def _adopt(session: Session, actions: Sequence[Action], known: Known) -> None:
    """Take note of bills that Xero holds already, and of the base of those that say just what we would write.

    A draft in another status than the one that we would send is a person's: she submitted it, or took it back. So may
    cents be by which its total differs: a person can change them in Xero, and no line shows it.
    """
    organisation, now = known.books.organisation, session.clock.now()
    for action in actions:
        bill, document = action.bill, action.document
        if action.action != "unchanged" or document is None or organisation is None:
            continue
        writing = writing_of(action, known, bill.cycle if bill else "")
        if not (action.known and action.known.xero_id):
            session.ledger.adopt(
                writing,
                organisation_id=organisation.organisation_id,
                xero_id=document.document_id,
                at=now,
            )
        ours = document.status in {writing.status, *FINAL}
        same_total = bill is not None and bill.total == document.total
        if (
            bill
            and not (action.known and action.known.base)
            and ours
            and (same_total or writing.document_type == PURCHASE_ORDER)
        ):
            limit = known.agreement.decision_for(action.known).rounding.limit
            meaning = meaning_in_place(bill, document, limit)
            base = None if differences(meaning_of_document(document), meaning) else base_of(meaning, document)
            if base:
                session.ledger.learn_base(writing, written=meaning, base=base, at=now)
