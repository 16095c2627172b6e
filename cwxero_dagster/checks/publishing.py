"""What was published is signed for, arrived, and is what was computed; and nobody is waited for.

What belongs here: looking back at a release. What does not: letting a bill through or keeping it (the publisher works
that out for itself, whatever a check says).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import signed, summed
from cwxero_dagster.checks.declaring import Cycles, check_of_all, check_of_cycle
from cwxero_dagster.checks.holding import headers_of, scope_of
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.books import FINAL
from cwxero_dagster.payables.cases.grouping import Case
from cwxero_dagster.payables.documents import meaning_of_document
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.lifecycle import missing_signatures
from cwxero_dagster.payables.merging import touched
from cwxero_dagster.payables.money import money_text, moneys_text
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.bill_frames import asked_about
from cwxero_dagster.pipeline.readings import read_books, read_organisation
from cwxero_dagster.pipeline.session import Session

UNANSWERED = frozenset({"planned", "sent", "unknown"})
"""States of a bill in the ledger whose request has no answer."""

Row = dict[str, Any]


def publishing_checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """The checks, for these billing cycles."""
    return [
        check_of_all(lifecycle_is_signed, asset="seed_signoff", after=["xero_reference"]),
        check_of_cycle(published_totals_match_xero, asset="published_bills", cycles=cycles),
        check_of_cycle(nothing_is_refused_by_xero, asset="published_bills", cycles=cycles),
        check_of_cycle(nothing_waits_for_an_answer, asset="published_bills", cycles=cycles),
        check_of_cycle(no_open_cases, asset="open_cases", cycles=cycles),
    ]


def lifecycle_is_signed(session: Session) -> Checked:
    """Procurement and finance have both signed the lifecycle decision in force; else nothing is written to Xero."""
    seeds = session.seeds()
    organisation = read_organisation(session.warehouse)
    names = {organisation.organisation_id, organisation.name} if organisation else None
    missing = missing_signatures(seeds.decision, seeds.signatures, names, earlier=session.earlier_decisions())
    live = session.settings.publish_mode == "live"
    findings = [Finding(what=sentence, what_to_do=KINDS["unsigned_lifecycle"].what_to_do) for sentence in missing]
    severity = dg.AssetCheckSeverity.ERROR if live else dg.AssetCheckSeverity.WARN
    return Checked(f"lifecycle.yaml, digest {seeds.decision.digest[:12]}", tuple(findings), severity)


def published_totals_match_xero(session: Session, cycle: str) -> Checked:
    """For everything that was written, the total that we computed is the total that Xero computed, to the cent."""
    numbers = _planned(session, cycle)
    pairs = {
        row["bill_key"]: (row["total"], row["xero_total"])
        for row in _published(session, cycle)
        if row["result"] == "confirmed" and row["xero_total"] is not None
    }
    pairs = {**_totals_of_drafts(session, numbers), **pairs}
    findings = [
        Finding(
            what=f"Xero's total of bill {_named(numbers.get(key), key)} is {money_text(theirs)}; "
            f"we computed {money_text(ours)}.",
            what_to_do="Compare the bill in Xero with its row in the plan before approving it; tax is the usual cause.",
            purchase_orders=_orders(numbers.get(key)),
            money=(signed({**numbers[key], "total": theirs - ours}) if key in numbers else ("", theirs - ours),),
        )
        for key, (ours, theirs) in pairs.items()
        if ours != theirs
    ]
    money = summed([signed(numbers[key])] for key in pairs if key in numbers)
    scope = ", ".join(filter(None, [counted(len(pairs), "document") + " in Xero", moneys_text(money, none="")]))
    return Checked(scope, tuple(findings))


def nothing_is_refused_by_xero(session: Session, cycle: str) -> Checked:
    """Xero took every bill of the cycle that was sent to it."""
    plan = _planned(session, cycle)
    ledger = session.ledger.view(session.case_book.settlements())
    refused = [
        bill
        for bill in ledger.bills.values()
        if bill.cycle == cycle and bill.refusal and bill.key in plan and not ledger.settled(bill.key)
    ]
    findings = [
        Finding(
            what=f"Xero refused bill {_named(plan[bill.key], bill.key)}: {bill.refusal}",
            what_to_do=KINDS[bill.refusal_kind or "rejected_by_xero"].advice((), [bill.key]),
            purchase_orders=_orders(plan[bill.key]),
            money=(asked_about(plan[bill.key]),),
        )
        for bill in refused
    ]
    return Checked(scope_of(headers_of(session, cycle)), tuple(findings))


def nothing_waits_for_an_answer(session: Session, cycle: str) -> Checked:
    """Xero's answer is known for everything that was sent."""
    plan = _planned(session, cycle)
    waiting = {
        writing.key: writing.action
        for request in session.ledger.open_requests()
        for writing in request.writings
        if writing.cycle == cycle
    }
    for bill in session.ledger.view().bills.values():
        if bill.cycle == cycle and bill.state in UNANSWERED:
            waiting.setdefault(bill.key, "create")
    findings = [
        Finding(
            what=f"Bill {_named(plan.get(key), key)} was sent to Xero (to {action} it) and no answer came.",
            what_to_do=KINDS["outcome_unknown"].what_to_do,
            purchase_orders=_orders(plan.get(key)),
            money=(asked_about(plan[key]),) if key in plan else (),
        )
        for key, action in waiting.items()
    ]
    return Checked(scope_of(headers_of(session, cycle)), tuple(findings))


def no_open_cases(session: Session, cycle: str) -> Checked:
    """No bill of the cycle waits for a person. A case is a question, not a fault, so this warns only."""
    findings = [_asked(kept.case, cycle) for kept in session.case_book.cases(cycle=cycle)]
    held = [row for row in _planned(session, cycle).values() if row["action"] in {"hold", "refuse"}]
    return Checked(
        f"{scope_of(headers_of(session, cycle))}; {len(held)} held back",
        tuple(findings),
        severity=dg.AssetCheckSeverity.WARN,
        at_stake=summed([asked_about(row)] for row in held),
    )


def _asked(case: Case, cycle: str) -> Finding:
    """A case with the bills and the money of one cycle, and how many it is about elsewhere."""
    here = case.within(cycle)
    elsewhere = len(case.bill_keys) - len(here.bill_keys)
    more = f"It is about {counted(elsewhere, case.counts)} of other billing cycles, too. " if elsewhere else ""
    return Finding(
        what=f"{case.case_id}: {here.title}. {more}{here.what_happened}",
        what_to_do=case.what_to_do,
        purchase_orders=here.po_numbers,
        money=tuple(item for item in here.money.items() if item[1]),
    )


def _published(session: Session, cycle: str) -> list[Row]:
    return frames.PublishedBills.rows(session.warehouse.read_cycle(frames.PublishedBills, cycle))


def _planned(session: Session, cycle: str) -> dict[str, Row]:
    rows = frames.Plan.rows(session.warehouse.read_cycle(frames.Plan, cycle))
    return {row["bill_key"]: {**row, "po_numbers": json.loads(row["po_numbers"])} for row in rows}


def _totals_of_drafts(session: Session, plan: dict[str, Row]) -> dict[str, tuple[Decimal, Decimal]]:
    """Our total and Xero's of drafts of earlier nights that nobody changed on either side.

    Of approved bills nothing is compared: they keep the mappings of their day, ours follow today's.
    """
    known = session.ledger.view().bills
    drafts = {
        document.document_id.lower(): document
        for document in read_books(session.warehouse).documents
        if document.live and document.status not in FINAL
    }
    pairs = {}
    for key, row in plan.items():
        document = drafts.get((row["xero_id"] or "").lower())
        base = known[key].base if key in known else None
        untouched = document and base and not touched(dict(base), meaning_of_document(document))
        if document and untouched and row["action"] == "unchanged":
            pairs[key] = (row["total"], document.total)
    return pairs


def _named(row: Row | None, key: str) -> str:
    return f"{row['number'] or key} of {row['vendor_name']}" if row else key


def _orders(row: Row | None) -> tuple[str, ...]:
    return tuple(row["po_numbers"]) if row else ()
