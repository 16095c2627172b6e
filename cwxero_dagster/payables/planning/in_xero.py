"""Questions about a document that Xero holds, whatever ConnectWise says of its goods.

What belongs here: removed by a person, removed though she had named it, changed while it was written, not answered.
What does not: what follows for the bill (published, no_longer_due, planning_orders).
"""

from __future__ import annotations

from cwxero_dagster.payables.actions import Action, held, refusal
from cwxero_dagster.payables.bills import CREDIT
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.keys import cause, noun
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement


def removal(key: str, document: Document, *, in_doubt: bool = False) -> Hold:
    """The hold on a bill that a person deleted or voided. ``in_doubt``: a lost write of the sync may have done so."""
    verb = "voided" if document.status == "VOIDED" else "deleted"
    what = _called(key, document)
    whom = "a person"
    if in_doubt:
        whom = "a person, or by the sync after the copy was made from which the warehouse was put back"
    detail = f"The {what} was {verb} in Xero by {whom}; it is not created again unless you release this case."
    return hold("removed_in_xero", cause(key), detail, document.document_id)


def named_and_removed(key: str, settled: Settlement, other: Document, *, stands: bool = False) -> Hold:
    """The hold on goods that a person settled as billed by a document which was removed since.

    ``stands``: the draft that was to go for that document is still there.
    """
    verb = "voided" if other.status == "VOIDED" else "deleted"
    what = _called(key, other)
    left = f"the {what} of the sync still stands, and was left as it is" if stands else f"the goods are on no {what}"
    detail = (
        f"{settled.by} settled the {what} as billed by {other.number or 'one without a number'} of "
        f"{other.contact_name}, and that one was {verb} in Xero since: {left}."
    )
    return hold("removed_in_xero", cause(key), detail, other.document_id)


def _called(key: str, document: Document) -> str:
    """What people call a document of the kind that a key stands for."""
    return "supplier credit" if document.document_type == CREDIT else noun(key)


def overlap(known: KnownBill) -> Hold:
    """The hold on a draft that a person changed in the moment in which it was written or withdrawn."""
    return hold("edited_in_xero", f"bill {known.key}", known.meanwhile or "", known.key, known.meanwhile)


def overlapped(action: Action, known: KnownBill, ledger: LedgerView) -> Action:
    """The action for a final bill, asking besides about a change of hers that was written over before it was final.

    Whoever approved the bill need not be the person whose change is lost, and what she left is not what was approved.
    """
    return held(action, [*action.holds, overlap(known)], ledger) if known.meanwhile else action


def unanswered(known: KnownBill) -> Hold:
    """The hold on a bill whose outcome is not known, or is, though that of others in the same request is not."""
    if known.state == "refused" and known.refused_payload:
        return refusal(known.key, known.refusal_kind, known.refusal or "", known.refused_payload)
    detail = (
        f"What Xero answered when this {noun(known.key)} was sent is not known: no answer came, or the run ended "
        "before it was kept. It is looked up before anything else is done."
    )
    return hold("outcome_unknown", cause(known.key), detail, known.key)
