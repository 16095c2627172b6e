"""Rounding lines for the bills of a publish step whose total Xero computed otherwise, in the same step.

What belongs here: when that is done, and for which bills. What does not: what a line says and how much it may make up
for (payables/planning/drafts, payables/composing/rounding_lines), sending (publishing).

It is not left to the next night, because bookkeepers approve in the morning what the night drafted, and an approved
bill is never written: it would stay a cent off. It cannot go with the bill itself, because Xero's answer comes after
the bytes are fixed. So what Xero answered is planned on once more, by the rules and guards of every plan; a run that
ends in between leaves it to the plan of the next one. Such an update is in no plan that people saw before: the limit
and the account that both roles signed stand for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.pipeline.billing import guard
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known, planned_actions
from cwxero_dagster.publishing.publisher import Publisher, PublishReport
from cwxero_dagster.writing import Outcome, Writing


def write_rounding_lines(
    session: Session,
    cycle: str,
    publisher: Publisher,
    written: Sequence[Action],
    report: PublishReport,
    *,
    writing: Callable[[Action, Known], Writing],
) -> dict[str, Action]:
    """Plan once more on Xero's answers, and write what that says of bills whose total came out otherwise.

    What Xero answered has to be kept before. Adds what became of it to ``report``; answers the updates by key.
    """
    off = {action.key for action in written if _is_off(action, report.outcomes.get(action.key))}
    if report.stopped or not off:
        return {}
    with session.warehouse.transaction():
        known = session.known(live=True, anew=True)
        actions = planned_actions(known, cycle, guard(session, known, live=True))
    mending = [action for action in actions if action.key in off and action.action == "update"]
    sent = publisher.publish([writing(action, known) for action in mending])
    report.outcomes.update(sent.outcomes)
    report.stopped = sent.stopped
    return {action.key: action for action in mending}


def _is_off(action: Action, outcome: Outcome | None) -> bool:
    """True where Xero holds another total of a bill than was expected of it."""
    if outcome is None or outcome.result != "confirmed" or action.bill is None or outcome.total is None:
        return False
    return action.document_type != PURCHASE_ORDER and outcome.total != action.bill.total
