"""What became of a plan's writes: kept for people to look at, and how the plan reads afterwards.

What belongs here: outcomes beside their actions, as rows and in words. What does not: the ledger's own record of them
(publishing), the order of the publish step (``releasing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.actions import Action, payload_digest, refusal
from cwxero_dagster.payables.holds import hold
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.publishing.publisher import PublishReport
from cwxero_dagster.staging import xero_rows
from cwxero_dagster.staging.findings import Findings
from cwxero_dagster.transport import CallFailed, CredentialsRefused
from cwxero_dagster.writing import Outcome


def after(action: Action, outcome: Outcome | None) -> Action:
    """The action as it reads after publishing: a refusal or a lost answer holds the bill."""
    if outcome is None:
        return action
    if outcome.result == "confirmed":
        return replace(action, confirmed=outcome.xero_id, confirmed_status=outcome.xero_status)
    if outcome.result == "refused":
        one = refusal(action.key, outcome.kind, outcome.message, payload_digest(dict(action.meaning or {})))
    else:
        one = hold("outcome_unknown", cause(action.key), outcome.message, action.key)
    return replace(action, action="hold", reason=one.detail, holds=(one,))


def with_rounding(action: Action, line: Action | None, report: PublishReport) -> Action:
    """The action with what its rounding line is for; the line's own action where Xero did not take it."""
    if line is None or line.key not in report.outcomes:
        return action
    if report.outcomes[line.key].result != "confirmed":
        return line
    return replace(action, reason=f"{action.reason} {line.reason}")


def read_back(session: Session, report: PublishReport) -> None:
    """Keep the documents as Xero answered them: what comes next sees them without asking again."""
    findings = Findings()
    for outcome in report.outcomes.values():
        if outcome.document is not None:
            if outcome.document.get("PurchaseOrderID"):
                findings.add(frames.XeroPurchaseOrders, xero_rows.purchase_order(outcome.document))
            else:
                findings.add(frames.XeroDocuments, xero_rows.document(outcome.document))
    findings.observe(session.warehouse, at=session.clock.now())


def keep_published(session: Session, cycle: str, chosen: Sequence[Action], report: PublishReport) -> None:
    """Keep what became of the plan's writes, as ``PublishedBills``."""
    rows = []
    for action in chosen:
        outcome = report.outcomes.get(action.key)
        rows.append(
            {
                "billing_cycle": cycle,
                "bill_key": action.key,
                "action": action.action,
                "result": outcome.result if outcome else "not sent",
                "xero_id": outcome.xero_id if outcome else None,
                "xero_status": outcome.xero_status if outcome else None,
                "total": action.bill.total if action.bill else Decimal(0),
                "xero_total": outcome.total if outcome else None,
                "message": outcome.message if outcome else "",
            }
        )
    session.warehouse.replace_cycle(frames.PublishedBills, cycle, frames.PublishedBills.of(rows))


def published_of(session: Session, cycle: str) -> list[dict[str, Any]]:
    """What became of the writes of a cycle's last publish step."""
    return frames.PublishedBills.rows(session.warehouse.read_cycle(frames.PublishedBills, cycle))


def part_way(stopped: Exception, *, written: int) -> Exception:
    """What ended a release, after ``written`` documents: keys that were refused are unusable settings only before all.

    Sources: CONTRACT.md, "Commands" (2: nothing was attempted; 3: stopped part-way).
    """
    if not (written and isinstance(stopped, CredentialsRefused)):
        return stopped
    before = f"{counted(written, 'document')} {'was' if written == 1 else 'were'} written to Xero before this"
    return CallFailed(
        stopped.system,
        f"{before}; the rest was not sent, and the next sync continues with it. {stopped}",
        status=stopped.status,
        reason=stopped.reason,
        answer=stopped.answer,
    )
