"""The billing steps: a cycle's would-be bills, what holds them, and the plan.

What belongs here: keeping what the rules work out for one cycle. What does not: working it out (working_out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.actions import sent_once_more
from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.cases.closing import Aftermath
from cwxero_dagster.payables.cases.grouping import held_bills
from cwxero_dagster.payables.cases.stakes import staked, with_stakes
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.lifecycle import missing_signatures, parse_decision
from cwxero_dagster.payables.planning.plan import Action, Guard
from cwxero_dagster.pipeline.bill_frames import UNMAPPED, header_rows, hold_rows, line_rows, plan_rows, unmapped_rows
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known, assessed_bills, noticed, planned_actions
from cwxero_dagster.warehouse.lost_decisions import waiting


@dataclass(frozen=True)
class Composed:
    """A cycle's would-be bills as rows."""

    headers: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    unmapped: dict[str, list[dict[str, Any]]]


def compose(session: Session, cycle: str, *, live: bool) -> Composed:
    """Put a cycle's bills together and keep them with everything that holds them."""
    with session.warehouse.transaction():
        known = session.known(live=live)
        assessed = [staked(item, known.standing, known.books) for item in assessed_bills(known, cycle)]
        bills = [item.bill for item in assessed]
        composed = Composed(
            header_rows(bills),
            line_rows(bills),
            hold_rows(assessed),
            {asset: unmapped_rows(assessed, asset, cycle) for asset in UNMAPPED},
        )
        unmapped = [row for rows in composed.unmapped.values() for row in rows]
        for model, rows in (
            (frames.BillHeaders, composed.headers),
            (frames.BillLines, composed.lines),
            (frames.Holds, composed.holds),
            (frames.Unmapped, unmapped),
        ):
            session.warehouse.replace_cycle(model, cycle, model.of(rows))
    return composed


def make_plan(session: Session, cycle: str, *, live: bool) -> list[Action]:
    """The plan of a cycle as everything stands now, kept for people to see and for publishing to follow."""
    with session.warehouse.transaction():
        known = session.known(live=live)
        remember_decision(session, known.agreement.decision.digest)
        actions = planned_actions(known, cycle, guard(session, known, live=live))
        keep_plan(session, cycle, actions, known, live=live)
    return actions


def remember_decision(session: Session, digest: str) -> None:
    """Keep the text of the decision in force; one that was edited since it was read is not it any more.

    ``digest``: that of the decision as it was read.
    """
    text = (session.settings.seeds_folder / "lifecycle.yaml").read_text(encoding="utf-8-sig")
    decision, _ = parse_decision(text, "lifecycle.yaml")
    if decision is not None and decision.digest == digest:
        session.ledger.remember_decision(decision.digest, text, at=session.clock.now())


def keep_plan(session: Session, cycle: str, actions: Sequence[Action], known: Known, *, live: bool) -> None:
    """Keep a cycle's plan and bring the case book up to date with it.

    Once bills were written, a shadow run leaves the case book alone: it does not look at everything that holds a live
    one, so it would close cases that are still open.
    """
    with session.warehouse.transaction():
        asked = with_stakes(actions, known.standing, known.books)
        session.warehouse.replace_cycle(frames.Plan, cycle, frames.Plan.of(plan_rows(asked, cycle)))
        if not live and session.ledger.organisations():
            return
        now = session.clock.now()
        why = Aftermath(actions, known.units, known.books, known.purchasing).why
        refused = frozenset(action.key for action in actions if sent_once_more(action))
        session.case_book.record(held_bills(asked, cycle=cycle), cycle=cycle, at=now, why=why, undecided=refused)
        session.case_book.record_notices(noticed(known, today=day_of(now, session.zone())), at=now, why=why)


def kept_plan(session: Session, cycle: str) -> list[dict[str, Any]]:
    """The plan of a cycle as it was kept."""
    return frames.Plan.rows(session.warehouse.read_cycle(frames.Plan, cycle))


def guard(session: Session, known: Known, *, live: bool) -> Guard:
    """What may be written at all: nothing while the decision is unsigned, or on another organisation's ledger.

    Nor what a decision was about that a restored copy does not have, until a person has answered for it.
    """
    if not live:
        return Guard((), session.clock.now())
    blocks: list[Hold] = []
    organisation = known.books.organisation
    decision = known.agreement.decision
    names = {organisation.organisation_id, organisation.name} if organisation else None
    missing = missing_signatures(decision, known.agreement.seeds.signatures, names, earlier=known.agreement.decisions)
    if missing:
        detail = "Nothing is written while the lifecycle decision is not signed: " + " ".join(missing)
        blocks.append(hold("unsigned_lifecycle", "lifecycle.yaml", detail, decision.digest))
    others = session.ledger.organisations() - {organisation.organisation_id if organisation else ""}
    if others:
        name = organisation.name if organisation else "no organisation"
        detail = f'Xero is connected to "{name}", but the bills of this ledger were written to another organisation.'
        blocks.append(hold("wrong_organisation", "xero", detail, *sorted(others)))
    return Guard(tuple(blocks), session.clock.now(), tuple(waiting(session.warehouse)))
