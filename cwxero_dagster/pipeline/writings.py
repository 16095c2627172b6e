"""From an action to what the publisher writes: one document with everything that the ledger must know of it.

What belongs here: the status to send, whose words it carries, what it names. What does not: choosing actions
(payables/planning), which of them go (``releasing``), sending (publishing).
"""

from __future__ import annotations

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.payables.documents import meaning_of_bill
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.planning.history_notes import note_of
from cwxero_dagster.payables.planning.plan import Action, payload_digest
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.publishing.meanwhile import unseen_from
from cwxero_dagster.writing import Writing


def writing_of(action: Action, known: Known, cycle: str) -> Writing:
    """The writing of an action of a cycle; a bill that is known stays in its own cycle and under its own decision."""
    bill, document, earlier = action.bill, action.document, action.known
    meaning = dict(action.meaning or (meaning_of_bill(bill) if bill else {}))
    order = action.document_type == PURCHASE_ORDER
    decision = known.agreement.decision_for(earlier)
    status: str = "DRAFT" if order else decision.bill.status
    if action.action == "update" and document:
        status = document.status
    elif action.action == "withdraw":
        status = "DELETED"
    elif bill and not order and _locked(bill, known):
        status = "DRAFT"
    named = document if action.action in {"update", "withdraw"} else None
    touched = earlier is None or named is None or not untouched(earlier, named)
    cycle = earlier.cycle if earlier else cycle
    noted = decision.history_notes and not order
    return Writing(
        action="close" if action.closes else action.action,
        key=action.key,
        document_type=action.document_type,
        cycle=cycle,
        policy_digest=earlier.policy_digest if earlier else known.agreement.decision.digest,
        po_ids=tuple(po.po_id for po in bill.pos) if bill else (earlier.po_ids if earlier else ()),
        po_numbers=bill.po_numbers if bill else (),
        facts=bill.facts if bill else "",
        slices=bill.slices if bill else (),
        meaning=meaning,
        status=status,
        payload_digest=payload_digest(meaning),
        xero_id=named.document_id if named else None,
        unseen_from=unseen_from(named.updated_at, touched=touched) if named and not action.closes else None,
        as_read=named.updated_at.isoformat() if named and named.updated_at else None,
        note=note_of(action, known.purchasing, cycle=cycle, status=status) if noted else "",
        closes=action.action == "withdraw" and known.ledger.settled(action.key) is not None,
    )


def _locked(bill: Bill, known: Known) -> bool:
    """Under ``lock_date: draft`` a bill in a locked period goes as a draft, whatever status the decision gives."""
    organisation = known.books.organisation
    return (
        organisation is not None and organisation.locked_until is not None and bill.dated <= organisation.locked_until
    )
