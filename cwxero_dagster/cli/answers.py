"""The machine-readable answers of CONTRACT section 3, built from what a run kept.

What belongs here: the JSON shapes, to the letter. What does not: printing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cwxero_dagster.payables.bills import owed
from cwxero_dagster.payables.money import amount_text
from cwxero_dagster.payables.reports.bills import PLACES
from cwxero_dagster.pipeline.reporting import PackFiles
from cwxero_dagster.warehouse.case_book import KeptCase

ACTIONS = ("create", "update", "unchanged", "hold", "refuse", "withdraw", "credit", "exclude")


def sync_answer(
    plan: Sequence[Mapping[str, Any]], *, cycle: str, mode: str, policy_digest: str, calls: Mapping[str, int]
) -> dict[str, Any]:
    """What ``sync --json`` and ``plan --json`` answer."""
    found = [row["action"] for row in plan]
    return {
        "cycle": cycle,
        "mode": mode,
        "policy_digest": policy_digest,
        "counts": {action: found.count(action) for action in ACTIONS if action in found},
        "bills": [bill_answer(row) for row in plan],
        "api_calls": {"connectwise": calls.get("connectwise", 0), "xero": calls.get("xero", 0)},
    }


def bill_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """One bill of a plan, from its row of ``Plan``. What a supplier credit comes to is negative, as in every sum."""
    net, tax, total = (amount_text(owed(row["document_type"], row[name])) for name in ("net", "tax", "total"))
    return {
        "key": row["bill_key"],
        "po_numbers": json.loads(row["po_numbers"]),
        "action": row["action"],
        "reason": row["reason"],
        "case": row["case"],
        "cases": json.loads(row["cases"]),
        "vendor": row["vendor_name"],
        "contact_id": row["contact_id"],
        "number": row["number"],
        "currency": row["currency_code"],
        "net": net,
        "tax": tax,
        "total": total,
        "xero_id": row["xero_id"],
        "xero_status": row["xero_status"],
    }


def as_in_xero(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer for programs: what a supplier credit comes to is positive, as its document in Xero shows it."""
    return {**answer, "bills": [_positive(bill) for bill in answer["bills"]]}


def _positive(bill: Mapping[str, Any]) -> dict[str, Any]:
    amounts = ("net", "tax", "total")
    shown = {name: value.removeprefix("-") if name in amounts and value else value for name, value in bill.items()}
    return {**shown, "in_xero": _positive(bill["in_xero"])} if bill.get("in_xero") else shown


def cases_answer(cases: Sequence[KeptCase], base_currency: str) -> dict[str, Any]:
    """What ``cases --json`` answers."""
    return {"cases": [case_answer(kept, base_currency) for kept in cases]}


def case_answer(kept: KeptCase, base_currency: str) -> dict[str, Any]:
    """One case. Of several currencies the organisation's own leads, else that of most money; others stand beside it."""
    case, meaning = kept.case, kept.case.meaning
    first, *others = case.moneys(base_currency)
    return {
        "id": case.case_id,
        "kind": case.kind,
        "cause": case.cause,
        "po_numbers": list(case.po_numbers),
        "bills": list(case.bill_keys),
        "amount": amount_text(first[1]),
        "currency": first[0],
        "other_currencies": {currency: amount_text(amount) for currency, amount in others},
        "owner": meaning.owner,
        "first_seen": moment_text(kept.first_seen),
        "status": kept.status,
        "what_happened": case.story,
        "what_we_did": kept.what_we_did,
        "what_to_do": case.what_to_do,
        "ways_out": list(case.ways_out),
        "token": case.token,
    }


def review_answer(files: PackFiles) -> dict[str, Any]:
    """What ``review --json`` answers: where the pack is, and the line that ties it out."""
    pack = files.pack
    return {
        "cycle": pack.cycle.key,
        "workbook": str(files.workbook),
        "page": str(files.page),
        "open_cases": len(pack.cases),
        "taken": list(files.taken.taken),
        "not_taken": dict(files.taken.refused),
        "tie_out": [
            {
                "currency": line.currency_code,
                "due": amount_text(line.due),
                "no_longer_due": amount_text(line.no_longer_due),
                "left_as_written": amount_text(line.left),
                "changed_in_xero": amount_text(line.changed),
                **{
                    place.replace(", ", "_").replace(" ", "_").lower(): amount_text(line.places[place])
                    for place in PLACES
                },
                "unexplained": amount_text(line.unexplained),
            }
            for line in pack.tie_out
        ],
    }


def moment_text(moment: datetime) -> str:
    """A moment: ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
