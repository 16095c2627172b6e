"""What people read after a run: the open cases and the received POs without a bill, as rows and as CSV files.

What belongs here: shaping and exporting. What does not: finding cases (payables/cases), writing CSV safely (review).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.bills import CREDIT
from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.cases.grouping import MIXED
from cwxero_dagster.payables.planning.plan import Guard
from cwxero_dagster.payables.wording import SEVERAL
from cwxero_dagster.pipeline.keying import keyed_by_hand
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import every_action
from cwxero_dagster.review.csv_files import write_csv
from cwxero_dagster.warehouse.case_book import KeptCase

CASE_COLUMNS = (
    "question",
    "purchase_orders",
    "bills",
    "amount",
    "currency",
    "who",
    "since",
    "what_happened",
    "what_we_did",
    "what_to_do",
    "ways_out",
    "case",
)
"""Columns of ``cases.csv``, which people read; programs read ``cases --json``."""


def case_row(kept: KeptCase) -> dict[str, Any]:
    """One row of ``Cases``."""
    case, meaning = kept.case, kept.case.meaning
    return {
        "case_id": case.case_id,
        "kind": case.kind,
        "cause": case.cause,
        "po_numbers": json.dumps(case.po_numbers),
        "bill_keys": json.dumps(case.bill_keys),
        "billing_cycles": json.dumps(case.cycles),
        "amount": case.amount,
        "currency_code": case.currency_code,
        "owner": meaning.owner,
        "status": kept.status,
        "first_seen": kept.first_seen,
        "last_seen": kept.last_seen,
        "facts": json.dumps(sorted(case.facts)),
        "what_happened": case.story,
        "what_we_did": kept.what_we_did,
        "what_to_do": case.what_to_do,
        "ways_out": json.dumps(case.ways_out),
    }


def export_cases(session: Session, cycle: str) -> tuple[list[dict[str, Any]], Path]:
    """The open cases of a cycle for people, as in ``review/<cycle>/cases.csv``; those of all are kept as ``Cases``."""
    session.warehouse.replace(frames.Cases, frames.Cases.of(case_row(kept) for kept in session.case_book.cases()))
    rows = [_for_people(kept, session.zone()) for kept in session.case_book.cases(cycle=cycle)]
    path = session.settings.home / "review" / cycle / "cases.csv"
    write_csv(path, rows, CASE_COLUMNS)
    return rows, path


def _for_people(kept: KeptCase, zone: str) -> dict[str, Any]:
    """One row of ``cases.csv``."""
    case, meaning = kept.case, kept.case.meaning
    return {
        "question": meaning.title,
        "purchase_orders": ", ".join(case.po_numbers),
        "bills": len(case.bill_keys),
        "amount": None if case.currency_code == MIXED else case.amount,
        "currency": SEVERAL if case.currency_code == MIXED else case.currency_code,
        "money": case.money_words,
        "who": meaning.owner,
        "since": day_of(kept.first_seen, zone),
        "what_happened": case.what_happened,
        "what_we_did": kept.what_we_did,
        "what_to_do": case.what_to_do,
        "ways_out": ", ".join(case.ways_out),
        "case": f"{case.case_id}@{case.token}",
    }


def received_without_a_bill(session: Session) -> tuple[list[dict[str, Any]], Path]:
    """Fully received POs whose bill is not in Xero, oldest first, with age and reason; no credits.

    A bill that a person removed in Xero is not there; where bills are keyed by hand, neither is one that nobody keyed.
    """
    known = session.known(live=session.settings.publish_mode == "live")
    today = day_of(session.clock.now(), session.zone())
    missing = [
        (action.bill, action.reason)
        for action in every_action(known, Guard())
        if action.action in {"create", "hold"} and not (action.document and action.document.live)
    ]
    missing += [(one.bill, one.to_do) for one in keyed_by_hand(known) if one.document is None]
    rows: list[dict[str, Any]] = [
        {
            "po_numbers": ", ".join(bill.po_numbers),
            "vendor": bill.vendor_name,
            "received_on": bill.due_on,
            "days": (today - bill.due_on).days,
            "total": bill.total,
            "currency": bill.currency_code,
            "reason": reason,
        }
        for bill, reason in missing
        if bill is not None and bill.document_type != CREDIT
    ]
    rows.sort(key=lambda row: (row["received_on"], row["po_numbers"]))
    path = session.settings.home / "review" / "received_without_a_bill.csv"
    write_csv(path, rows, ["po_numbers", "vendor", "received_on", "days", "total", "currency", "reason"])
    return rows, path
