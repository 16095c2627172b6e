"""What is to happen to a bill that Xero holds: update, leave, withdraw, or ask a person.

What belongs here: the rules of DESIGN.md, "Field ownership", for drafts, final bills, removed bills, and bills whose
purchase order went back. What does not: bills that are not in Xero yet (planning), the merge itself (merging).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cwxero_dagster.payables.actions import Action, Guard, held, refused_before
from cwxero_dagster.payables.assessing import Assessed
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import FINAL, Document
from cwxero_dagster.payables.documents import Meaning, meaning_of_bill, meaning_of_document, unsendable
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.invoices import written_invoice
from cwxero_dagster.payables.keys import cause, is_credit, is_invoice, noun
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.merging import differences, merge, touched
from cwxero_dagster.payables.money import amount_text
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.states import RECEIVED, in_words

AMOUNT_FIELDS = ("quantity", "unit_amount", "tax_type")


def published(
    item: Assessed,
    known: KnownBill,
    document: Document | None,
    copies: Sequence[Document],
    ledger: LedgerView,
    guard: Guard,
) -> Action:
    """The action for a unit whose bill was written. ``copies``: other live documents that carry its key."""
    bill = item.bill
    action = Action(bill.key, "unchanged", "", (), bill, known, document)
    if known.unanswered:
        return held(action, [unanswered(bill.key)], ledger)
    if document is None:
        return replace(action, reason="Published; Xero's list of bills has not shown it yet.")
    settled = ledger.settled(bill.key)
    if settled:
        return _settled(action, known, document, settled, ledger)
    if not document.live:
        removed = replace(action, reason="Removed in Xero by a person and released: the goods get a new bill.")
        return held(removed, [removal(bill.key, document)], ledger)
    if copies:
        others = ", ".join(copy.number or "one without a number" for copy in copies)
        detail = (
            f"Xero holds {document.number} once more, as happens when a bill is copied in Xero: {others}. Neither is "
            "written to."
        )
        copied = held(action, [hold("possible_duplicate", cause(bill.key), detail, *_ids(copies))], ledger)
        if copied.action == "hold":
            return copied
    if document.document_type != bill.document_type:
        return _other_type(action, bill, known, document, ledger)
    if document.status in FINAL:
        return _final(action, bill, known, document, ledger)
    if known.meanwhile:
        overlapped = held(replace(action, reason="A person let the draft in Xero stand."), [overlap(known)], ledger)
        if overlapped.action == "hold":
            return overlapped
    if known.base is None or known.written is None:
        return without_base(action, bill, document, ledger)
    return draft_action(action, item, known, document, ledger, guard)


def _settled(action: Action, known: KnownBill, document: Document, settled: Settlement, ledger: LedgerView) -> Action:
    """A person closed the bill: a draft that nobody touched goes, anything else in Xero is left to people."""
    words = f"{settled.by} settled it as {settled.verb}: {settled.reason}"
    closed = replace(action, action="exclude", reason=words)
    if not document.live:
        return closed
    if untouched(known, document):
        return replace(action, action="withdraw", reason=f"{words}. Nobody touched the draft: it is withdrawn.")
    detail = (
        f"{words}. But the bill is {document.status.lower()} in Xero and a person has worked on it since: nothing was "
        "removed. Delete or void it in Xero, or let it stand."
    )
    return held(closed, [hold("edited_in_xero", f"bill {action.key}", detail, settled.verb, document.status)], ledger)


def removal(key: str, document: Document) -> Hold:
    """The hold on a bill that a person deleted or voided."""
    verb = "voided" if document.status == "VOIDED" else "deleted"
    detail = f"The {noun(key)} was {verb} in Xero by a person; it is not created again unless you release this case."
    return hold("removed_in_xero", cause(key), detail, document.document_id)


def overlap(known: KnownBill) -> Hold:
    """The hold on a draft that a person changed in the moment in which it was written or withdrawn."""
    return hold("edited_in_xero", f"bill {known.key}", known.meanwhile or "", known.key, known.meanwhile)


def untouched(known: KnownBill, document: Document) -> bool:
    """True where nobody worked on a draft since our last write.

    Touched means any difference from base, an attachment, or an update stamp after our last write that is not the one
    of our own note in its history or of our own link of a line (whether those move the stamp is not known).
    """
    base = known.base
    if base is None or document.status in FINAL or document.has_attachments:
        return False
    seen = (("status", document.status), ("total", amount_text(document.total)))
    if any(base.get(name) not in {None, now} for name, now in seen):
        return False
    ours = {base.get(name) for name in ("updated_at", "noted_at", "linked_at")}
    if base.get("updated_at") is not None and document.stamp not in ours:
        return False
    return not touched(base, meaning_of_document(document))


def no_longer_due(
    known: KnownBill, document: Document | None, states: Sequence[str], po_numbers: tuple[str, ...], ledger: LedgerView
) -> Action:
    """The action for a bill in the ledger whose purchase orders no longer make it due."""
    where = in_words(states)
    action = Action(known.key, "unchanged", "", (), None, known, document, po_numbers=po_numbers)
    if known.unanswered:
        return held(action, [unanswered(known.key)], ledger)
    if document is None and known.xero_id is None:
        reason = f"No longer due: the purchase order is {where}. Nothing was sent."
        return replace(action, action="exclude", reason=reason)
    if known.meanwhile and (known.state == "withdrawn" or (document and document.status not in FINAL)):
        overlapped = held(action, [overlap(known)], ledger)
        if overlapped.action == "hold":
            return overlapped
    if document is None or not document.live:
        return replace(action, reason=f"No longer due ({where}), and Xero shows no live bill.")
    if settled := ledger.settled(known.key):
        return _settled(action, known, document, settled, ledger)
    released = replace(action, reason=f"The purchase order is {where}; a person let the bill in Xero stand.")
    money = f"{amount_text(document.total)} {document.currency_code}"
    if "deleted" in states:
        detail = (
            f"The purchase order was deleted in ConnectWise, but its bill for {money} is {document.status.lower()} in "
            "Xero. Nothing was removed."
        )
        return held(released, [hold("reversed_after_authorised", cause(known.key), detail, where)], ledger)
    if untouched(known, document):
        reason = f"The purchase order is {where} again, and nobody touched the draft: it is withdrawn."
        if is_invoice(known.key) and RECEIVED.issuperset(states):
            reason = "Its goods are of another vendor invoice now, and nobody touched the draft: it is withdrawn."
        return replace(action, action="withdraw", reason=reason)
    kind = "reversed_after_authorised" if document.status in FINAL else "edited_in_xero"
    detail = (
        f"The purchase order is {where} in ConnectWise, but its bill for {money} is {document.status.lower()} in Xero"
        f"{'.' if document.status in FINAL else ' and a person worked on it.'}"
    )
    one = hold(kind, cause(known.key), detail, where, document.status)
    goods = document.document_type == "ACCPAY" and known.slices and not known.reprices
    one = replace(one, adjusts="credit" if goods and document.status in FINAL else "")
    return held(adjusted(released, one, ledger), [one], ledger)


def unanswered(key: str) -> Hold:
    """The hold on a bill whose outcome is not known."""
    detail = f"Xero did not answer when this {noun(key)} was sent; it is looked up before anything else is done."
    return hold("outcome_unknown", cause(key), detail, key)


def _ids(documents: Sequence[Document]) -> list[str]:
    return sorted(document.document_id for document in documents)


def _other_type(action: Action, bill: Bill, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """A bill became a credit, or the other way round: Xero cannot turn one into the other."""
    now = "a supplier credit" if bill.document_type == "ACCPAYCREDIT" else "a bill"
    if untouched(known, document):
        reason = f"The purchase order now comes to {now}, and nobody touched the draft: it is withdrawn and made anew."
        return replace(action, action="withdraw", reason=reason)
    kind = "changed_after_authorised" if document.status in FINAL else "edited_in_xero"
    detail = (
        f"The purchase order now comes to {now} of {amount_text(bill.total)} {bill.currency_code}, while Xero holds "
        f"{amount_text(document.total)} {document.currency_code} the other way round, {document.status.lower()}."
    )
    released = replace(action, reason="A person let the document in Xero stand.")
    return held(released, [hold(kind, cause(bill.key), detail, bill.facts)], ledger)


def _final(action: Action, bill: Bill, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """An approved or paid bill is never written; what ConnectWise says otherwise is a case."""
    status = document.status.lower()
    agrees = bill.facts == known.facts
    if known.base is None:
        held_now = (document.contact_id.lower(), document.currency_code, document.total)
        agrees = agrees and held_now == ((bill.contact_id or "").lower(), bill.currency_code, bill.total)
    arrived = _invoice_since(bill, known, document) if agrees else ""
    if arrived:
        detail = (
            f"{arrived} Its bill {document.number} is {status} in Xero for {amount_text(document.total)} "
            f"{document.currency_code}, and was left as it is."
        )
        released = replace(action, reason=f"Already {status} in Xero; a person let the vendor invoice stand.")
        facts = (bill.invoice_number, bill.invoice_date)
        return held(released, [hold("changed_after_authorised", cause(bill.key), detail, *facts)], ledger)
    if agrees:
        return replace(action, reason=f"Already {status} in Xero; ConnectWise agrees.")
    kind = "reversed_after_authorised" if _bills_less(bill, known) else "changed_after_authorised"
    detail = (
        f"Purchase order {', '.join(bill.po_numbers)} and its bill, {status} in Xero, differ: the bill says "
        f"{amount_text(document.total)} {document.currency_code}, ConnectWise now {amount_text(bill.total)} "
        f"{bill.currency_code}."
    )
    released = replace(action, reason=f"Already {status} in Xero; a person let the difference stand.")
    one = hold(kind, cause(bill.key), detail, bill.facts)
    one = replace(one, adjusts=_adjusts(kind, bill, document))
    return held(adjusted(released, one, ledger), [one], ledger)


def adjusted(action: Action, one: Hold, ledger: LedgerView) -> Action:
    """The action, saying so where a person has the difference put on a document of its own."""
    decision = ledger.adjusting(one.case_id, one.facts)
    if decision is None:
        return action
    document = "A supplement bills" if decision.verb == "supplement" else "A supplier credit gives back"
    return replace(action, reason=f"{document} the difference, as {decision.by} settled it; the bill stays as it is.")


def _adjusts(kind: str, bill: Bill, document: Document) -> str:
    """The verb that puts the difference on a document of its own: not where vendor or currency changed, too."""
    same = (document.contact_id.lower(), document.currency_code) == (
        (bill.contact_id or "").lower(),
        bill.currency_code,
    )
    if not same or is_credit(bill.key) or bill.reprices:
        return ""
    if kind == "reversed_after_authorised":
        return "credit"
    return "supplement" if bill.repriced > 0 else "credit" if bill.repriced < 0 else ""


def _invoice_since(bill: Bill, known: KnownBill, document: Document) -> str:
    """What became known of the vendor's invoice after the bill was approved, in words; blank for nothing.

    A number that the bookkeeper wrote on the bill herself is nothing new, nor is one that was taken away again.
    """
    was = written_invoice(known.written)
    number = bill.invoice_number.strip()
    if was is None or not number:
        return ""
    if folded(number) != was.name and folded(number) not in folded(document.number):
        dated = f" dated {bill.invoice_date}" if bill.invoice_date else ""
        before = f"; the bill says {was.number}" if was.name else ""
        came = "now reads" if was.name else "came after the bill was approved:"
        return f"The vendor invoice of purchase order {', '.join(bill.po_numbers)} {came} {number}{dated}{before}."
    carried = bill.invoice_date is not None and bill.dated == bill.invoice_date
    if carried and bill.invoice_date != was.dated and document.dated != bill.dated:
        return f"Vendor invoice {number} is now dated {bill.invoice_date}; the bill is dated {document.dated}."
    return ""


def _bills_less(bill: Bill, known: KnownBill) -> bool:
    """True where goods that the bill allocated are no longer received."""
    now = {(part.po_id, part.line_id): part.end for part in bill.slices}
    return any(abs(now.get((part.po_id, part.line_id), ZERO)) < abs(part.end) for part in known.slices)


def without_base(action: Action, bill: Bill, document: Document, ledger: LedgerView) -> Action:
    """A draft of which the ledger does not know what was last written: nothing is written over a difference."""
    found = differences(meaning_of_document(document), meaning_of_bill(bill))
    if not found:
        return replace(action, reason="The draft in Xero is as it should be.")
    detail = f"What was last written to this draft is no longer known here, and it differs: {'; '.join(found)}."
    released = replace(action, reason="A person let the draft in Xero stand.")
    return held(released, [hold("edited_in_xero", cause(bill.key), detail, *found)], ledger)


def draft_action(
    action: Action, item: Assessed, known: KnownBill, document: Document, ledger: LedgerView, guard: Guard
) -> Action:
    """The action for a draft whose last write is known: what ConnectWise changed since, merged with what people did."""
    bill = item.bill
    theirs, ours = meaning_of_document(document), meaning_of_bill(bill)
    merged = merge(meant=known.written or {}, base=dict(known.base or {}), theirs=theirs, ours=ours)
    about = cause(bill.key)
    holds: list[Hold] = []
    if merged.conflicts:
        detail = f"Changed in Xero and in ConnectWise: {'; '.join(merged.conflicts)}."
        holds.append(hold("edited_in_xero", about, detail, *merged.conflicts))
    if not merged.written:
        stays = f" What was changed in Xero stays: {'; '.join(merged.kept)}." if merged.kept else ""
        as_is = replace(action, reason=f"The draft in Xero is as it should be.{stays}")
        return held(as_is, [*holds, *_other_total(bill, known, document)], ledger)
    holds += [*item.holds, *refused_before(bill.key, known, merged.meaning, guard)]
    obstacles = [*_obstacles(known, document, theirs), *unsendable(merged.meaning)]
    if obstacles:
        detail = f"ConnectWise changed ({'; '.join(merged.written)}), but {'; '.join(obstacles)}: nothing was written."
        holds.append(hold("edited_in_xero", about, detail, *merged.written, *obstacles))
        as_is = replace(action, reason="A person let the draft in Xero stand.")
        return held(as_is, holds, ledger)
    update = replace(
        action,
        action="update",
        reason=f"ConnectWise changed: {'; '.join(merged.written)}.",
        meaning=merged.meaning,
    )
    return held(update, holds, ledger)


def _obstacles(known: KnownBill, document: Document, theirs: Meaning) -> list[str]:
    """Work of a person that an update would undo, though no field of the merge shows it."""
    if document.status == "SUBMITTED" and not untouched(known, document):
        return ["the bill awaits approval in Xero and a person worked on it"]
    base = known.base or {}
    if base.get("total") in {None, amount_text(document.total)}:
        return []
    before, now = (_amounts(version) for version in (base, theirs))
    return ["a person changed the tax amount of the draft"] if before == now else []


def _amounts(version: Mapping[str, Any]) -> object:
    lines = {line["line_item_id"]: [line[field] for field in AMOUNT_FIELDS] for line in version["lines"]}
    return version["line_amounts"], lines


def _other_total(bill: Bill, known: KnownBill, document: Document) -> list[Hold]:
    """Xero's own total of an untouched draft against what we expect, to the cent."""
    if document.total == bill.total or not untouched(known, document):
        return []
    detail = (
        f"Xero computes {amount_text(document.total)} {document.currency_code} for the {noun(bill.key)}, "
        f"{amount_text(bill.total)} was expected."
    )
    return [hold("rounding", cause(bill.key), detail, bill.total, document.total)]
