"""Bills that a person worked on between our reading and our writing, told as they stand, in the same night.

What belongs here: noticing them in what became of the writes, reading Xero once more, and what the plan says then. What
does not: finding a person's change in a document's history (publishing/meanwhile), the rules (payables/planning).

Without this the person would be told a day late that her draft was written over, and of an approval or a removal in
Xero's words for a refusal only; what she answered that morning would be asked again the next night under another name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables.actions import WRITES, Action
from cwxero_dagster.pipeline.billing import guard
from cwxero_dagster.pipeline.reading import read_xero
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import planned_actions
from cwxero_dagster.publishing.publisher import PublishReport
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.transport import CallFailed
from cwxero_dagster.writing import Outcome

NEXT_TIME = "A person worked on the draft a moment ago. The next sync brings it up to what she left."


def overtaken(session: Session, cycle: str, written: Sequence[Action], report: PublishReport) -> dict[str, Action]:
    """The actions by key of bills that a person worked on in the same moment, as a plan after it has them.

    What Xero answered has to be kept before. Xero is read again only where it refused a write, or a draft had changed
    before its update left, in three or four calls; where it cannot be read, or believed, ``report`` says so, and the
    refusal is all that can be told.
    """
    outcomes = {action.key: report.outcomes[action.key] for action in written if action.key in report.outcomes}
    refused = {key for key, outcome in outcomes.items() if _refused_as_final(outcome)} | report.left
    overwritten = {key for key, outcome in outcomes.items() if outcome.meanwhile}
    if refused and not report.stopped:
        try:
            read_xero(session, night=None)
        except (CallFailed, StagingRefused) as failure:
            report.stopped = failure
    if not refused | overwritten:
        return {}
    with session.warehouse.transaction():
        known = session.known(live=True, anew=True)
        actions = planned_actions(known, cycle, guard(session, known, live=True))
    late = {
        action.key: action
        for action in actions
        if (action.key in refused and action.action not in WRITES)
        or (action.key in overwritten and action.action == "hold")
    }
    waiting = {
        action.key: replace(action, action="unchanged", reason=NEXT_TIME)
        for action in written
        if action.key in report.left
    }
    return waiting | late


def _refused_as_final(outcome: Outcome) -> bool:
    """True where Xero would not write because of what the document had become."""
    return outcome.result == "refused" and outcome.kind == "changed_after_authorised"
