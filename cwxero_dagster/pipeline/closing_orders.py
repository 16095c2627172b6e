"""Closing Xero's purchase orders once the bills of a release are written.

What belongs here: which of them may be marked as billed now, and in which steps. What does not: deciding that all of
a PO is billed (payables/planning/planning_orders), sending (publishing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.planning.planning_orders import CLOSED
from cwxero_dagster.publishing.publisher import Publisher, PublishReport
from cwxero_dagster.writing import Writing


def close_orders(
    publisher: Publisher, closing: Sequence[Action], report: PublishReport, *, writing: Callable[[Action], Writing]
) -> None:
    """Mark purchase orders as billed whose last bill is in Xero by now, and add what became of it to ``report``.

    Only an approved purchase order is known to take the step to BILLED (xero_api, section 5), so a draft that nobody
    touched is approved first. Should the run end in between, the next one goes on from there.
    """
    ready = [action for action in closing if all(_went(report, key) for key in action.waits_for)]
    for status in ("AUTHORISED", CLOSED):
        if report.stopped:
            return
        now = [
            action
            for action in ready
            if (status == CLOSED or (action.document and action.document.status != "AUTHORISED"))
            and (action.key not in report.outcomes or _went(report, action.key))
        ]
        sent = publisher.publish([replace(writing(action), status=status) for action in now])
        report.outcomes.update(sent.outcomes)
        report.stopped = sent.stopped


def _went(report: PublishReport, key: str) -> bool:
    return key in report.outcomes and report.outcomes[key].result == "confirmed"


def still_open(action: Action) -> Action:
    """A purchase order that was to be closed, and whose last bill did not get to Xero."""
    reason = "Its last bill is not in Xero yet, so it was not marked as billed."
    return replace(action, action="unchanged", reason=reason, meaning=None)
