"""What is to happen to a bill in Xero that nothing makes due any more, or that a person closed.

What belongs here: bills of which no goods are left, whose purchase order was cancelled or deleted, or that were settled
as not owed or as billed by another document. What does not: bills that still bill something (published), the questions
about the document itself (in_xero).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables.actions import Action, held
from cwxero_dagster.payables.bills import CREDIT
from cwxero_dagster.payables.books import FINAL, Document
from cwxero_dagster.payables.holds import case_id, hold
from cwxero_dagster.payables.keys import cause, is_credit, is_invoice, noun
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.planning.asked_now import asked_now, named_as_well
from cwxero_dagster.payables.planning.final import adjusted
from cwxero_dagster.payables.planning.in_xero import overlap, overlapped, unanswered
from cwxero_dagster.payables.states import RECEIVED, in_words
from cwxero_dagster.payables.wording import as_it_is, status_words

_LEAVES = "It was not withdrawn: if nothing is owed, delete it there."
"""What becomes of a draft of nothing that a person worked on."""


def no_longer_due(
    known: KnownBill,
    document: Document | None,
    states: Sequence[str],
    po_numbers: tuple[str, ...],
    ledger: LedgerView,
    *,
    beside: Sequence[Document] = (),
) -> Action:
    """The action for a bill in the ledger whose purchase orders no longer make it due.

    ``beside``: the other live documents of its purchase orders.
    """
    where = in_words(states)
    action = Action(known.key, "unchanged", "", (), None, known, document, po_numbers=po_numbers)
    if known.unanswered:
        return held(action, [unanswered(known)], ledger)
    if document is None and known.xero_id is None:
        reason = f"No longer due: the purchase order is {where}. Nothing was sent."
        if known.unbilled and (answer := ledger.settled(known.key)):
            reason = f"{answer.by} settled it as {answer.verb}: {answer.reason}. What was named bills nothing of it."
        return replace(action, action="exclude", reason=reason)
    if known.meanwhile and (known.state == "withdrawn" or (document and document.status not in FINAL)):
        asked = held(action, [overlap(known)], ledger)
        if asked.action == "hold":
            return asked
    if document is None or not document.live:
        return replace(action, reason=f"No longer due ({where}), and Xero shows no live bill.")
    if settled := ledger.settled(known.key):
        return closed(action, known, document, settled, ledger)
    released = replace(action, reason=f"The purchase order is {where}; a person let the bill in Xero stand.")
    order = f"Purchase order {', '.join(po_numbers)}"
    named = f"{document.number or 'without a number'} for {money_text(document.total, document.currency_code)}"
    in_xero = f"its {noun(known.key)} {named} is {as_it_is(document.status)} in Xero"
    if "deleted" in states and (is_credit(known.key) or not untouched(known, document)):
        detail = f"{order} was deleted in ConnectWise, but {in_xero}. Nothing was removed.{_others(beside)}"
        deleted = held(released, [hold("reversed_after_authorised", cause(known.key), detail, where)], ledger)
        return overlapped(deleted, known, ledger)
    if untouched(known, document):
        why = _why_not_due(known.key, states)
        return replace(action, action="withdraw", reason=f"{why}, and nobody touched the draft: it is to be withdrawn.")
    kind = "reversed_after_authorised" if document.status in FINAL else "edited_in_xero"
    detail = (
        f"{order} is {where} in ConnectWise, but {in_xero}"
        f"{'.' if document.status in FINAL else f' and {worked_on(known)}. {_LEAVES}'}"
    )
    let = ledger.let_stand(case_id("reversed_after_authorised", cause(known.key)))
    detail += asked_now(let[-1]) if let else named_as_well(known.key, known.slices, ledger)
    one = hold(kind, cause(known.key), detail, where, document.status)
    one = replace(one, lost=document.status not in FINAL and known.base is None)
    goods = document.document_type == "ACCPAY" and known.slices and not known.reprices
    one = replace(one, adjusts="credit" if goods and document.status in FINAL else "")
    return overlapped(held(adjusted(released, one, ledger), [one], ledger), known, ledger)


def closed(action: Action, known: KnownBill, document: Document, settled: Settlement, ledger: LedgerView) -> Action:
    """A person closed the bill: a draft that nobody touched goes, anything else in Xero is left to people."""
    words = f"{settled.by} settled it as {settled.verb}: {settled.reason}"
    if not document.live:
        return replace(action, action="exclude", reason=words)
    if untouched(known, document):
        return replace(action, action="withdraw", reason=f"{words}. Nobody touched the draft: it is to be withdrawn.")
    detail = (
        f"{words}. But the bill is {as_it_is(document.status)} in Xero and {worked_on(known)}: nothing was removed. "
        "Delete or void it in Xero, or let it stand."
    )
    asked = hold("edited_in_xero", f"bill {action.key}", detail, settled.verb, document.status)
    stands = replace(action, action="unchanged", reason=f"{words}. A person let the bill in Xero stand all the same.")
    return held(stands, [replace(asked, lost=known.base is None)], ledger)


def worked_on(known: KnownBill) -> str:
    """Why a draft is not the sync's alone, in words: where its last write is not known, nobody is named."""
    return "whether a person worked on it is not known" if known.base is None else "a person worked on it"


def _others(beside: Sequence[Document]) -> str:
    """The other documents of an order, each with its amount and status; blank where there are none."""
    names = [
        f"{'supplier credit' if document.document_type == CREDIT else 'bill'} {document.number or 'without a number'} "
        f"for {money_text(document.total, document.currency_code)} ({status_words(document.status)})"
        for document in beside
    ]
    return f" Xero holds more of this order: {', '.join(names)}." if names else ""


def _why_not_due(key: str, states: Sequence[str]) -> str:
    """Why a draft that Xero holds is not due any more, to be followed by what is done."""
    if "deleted" in states:
        return "The purchase order was deleted in ConnectWise"
    if not RECEIVED.issuperset(states):
        return f"The purchase order is {in_words(states)} again"
    if is_credit(key):
        return "What it gives back is no longer to be credited"
    return "Its goods are of another vendor invoice now" if is_invoice(key) else "What it bills is no longer due"
