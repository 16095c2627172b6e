"""What is to happen to a bill that Xero holds: update, leave, withdraw, or ask a person.

What belongs here: the rules of DESIGN.md, "Field ownership", for final bills, removed bills, and bills whose purchase
order went back. What does not: bills that are not in Xero yet (planning), what is written to a draft (drafts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables.actions import Action, Guard, held
from cwxero_dagster.payables.bills import CREDIT, Bill
from cwxero_dagster.payables.books import FINAL, Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.corrections import corrections
from cwxero_dagster.payables.holds import Hold, case_id, hold
from cwxero_dagster.payables.keys import cause, is_credit, is_invoice, noun
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.planning.asked_now import asked_now
from cwxero_dagster.payables.planning.changed_since import differing, followed
from cwxero_dagster.payables.planning.drafts import draft_action, without_base
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.states import RECEIVED, in_words
from cwxero_dagster.payables.units.invoices import written_invoice
from cwxero_dagster.payables.units.unit_facts import gone_facts
from cwxero_dagster.payables.wording import as_it_is, status_words


def published(
    item: Assessed,
    known: KnownBill,
    document: Document | None,
    copies: Sequence[Document],
    ledger: LedgerView,
    guard: Guard,
    *,
    po_numbers: tuple[str, ...],
    named: Document | None = None,
) -> Action:
    """The action for a unit whose bill was written. ``copies``: other live documents that carry its key.

    ``po_numbers``: every order of the bill, also one that it bills nothing of any more. ``named``: the document that a
    person named when she settled the bill as billed by another one.
    """
    bill = item.bill
    action = Action(bill.key, "unchanged", "", (), bill, known, document, po_numbers=po_numbers)
    if known.unanswered:
        return held(action, [unanswered(bill.key)], ledger)
    if document is None:
        return replace(action, reason="Published; Xero's list of bills has not shown it yet.")
    settled = ledger.settled(bill.key)
    if settled and named is not None and not named.live:
        ours = [] if document.live or known.state == "settled" else [removal(bill.key, document)]
        return held(action, [*ours, named_and_removed(bill.key, settled, named, stands=document.live)], ledger)
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
        twice = replace(hold("possible_duplicate", cause(bill.key), detail, *_ids(copies)), beside=True)
        copied = held(action, [twice], ledger)
        if copied.action == "hold":
            return copied
    if bill.excluded and document.status not in FINAL:
        return _kept_out(action, bill.excluded, known, document, ledger)
    if document.document_type != bill.document_type:
        return _other_type(action, bill, known, document, ledger)
    if document.status in FINAL:
        return _final(action, item, known, document, ledger)
    if known.meanwhile:
        overlapped = held(replace(action, reason="A person let the draft in Xero stand."), [overlap(known)], ledger)
        if overlapped.action == "hold":
            return overlapped
    if known.base is None or known.written is None:
        return without_base(action, item, document, ledger)
    return draft_action(action, item, known, document, ledger, guard)


def _settled(action: Action, known: KnownBill, document: Document, settled: Settlement, ledger: LedgerView) -> Action:
    """A person closed the bill: a draft that nobody touched goes, anything else in Xero is left to people."""
    words = f"{settled.by} settled it as {settled.verb}: {settled.reason}"
    closed = replace(action, action="exclude", reason=words)
    if not document.live:
        return closed
    if untouched(known, document):
        return replace(action, action="withdraw", reason=f"{words}. Nobody touched the draft: it is to be withdrawn.")
    detail = (
        f"{words}. But the bill is {as_it_is(document.status)} in Xero and a person has worked on it since: nothing "
        "was removed. Delete or void it in Xero, or let it stand."
    )
    return held(closed, [hold("edited_in_xero", f"bill {action.key}", detail, settled.verb, document.status)], ledger)


def _kept_out(action: Action, why: str, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """A draft of a bill that would not be made any more: it goes, unless a person worked on it."""
    if untouched(known, document):
        return replace(action, action="withdraw", reason=f"{why} Nobody touched the draft: it is to be withdrawn.")
    detail = (
        f"{why} But a person worked on its draft in Xero, for {money_text(document.total, document.currency_code)}: "
        "nothing was removed, and nothing more is written to it. Delete it in Xero, or let it stand."
    )
    stands = replace(action, reason=f"{why} A person let the draft in Xero stand.")
    return held(stands, [hold("edited_in_xero", cause(action.key), detail, why, document.status)], ledger)


def removal(key: str, document: Document) -> Hold:
    """The hold on a bill that a person deleted or voided."""
    verb = "voided" if document.status == "VOIDED" else "deleted"
    what = _called(key, document)
    detail = f"The {what} was {verb} in Xero by a person; it is not created again unless you release this case."
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
        return held(action, [unanswered(known.key)], ledger)
    if document is None and known.xero_id is None:
        reason = f"No longer due: the purchase order is {where}. Nothing was sent."
        if known.unbilled and (closed := ledger.settled(known.key)):
            reason = f"{closed.by} settled it as {closed.verb}: {closed.reason}. What was named bills nothing of it."
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
    order = f"Purchase order {', '.join(po_numbers)}"
    named = f"{document.number or 'without a number'} for {money_text(document.total, document.currency_code)}"
    in_xero = f"its {noun(known.key)} {named} is {as_it_is(document.status)} in Xero"
    if "deleted" in states:
        detail = f"{order} was deleted in ConnectWise, but {in_xero}. Nothing was removed.{_others(beside)}"
        return held(released, [hold("reversed_after_authorised", cause(known.key), detail, where)], ledger)
    if untouched(known, document):
        why = _why_not_due(known.key, states)
        return replace(action, action="withdraw", reason=f"{why}, and nobody touched the draft: it is to be withdrawn.")
    kind = "reversed_after_authorised" if document.status in FINAL else "edited_in_xero"
    detail = (
        f"{order} is {where} in ConnectWise, but {in_xero}"
        f"{'.' if document.status in FINAL else ' and a person worked on it.'}"
    )
    let = ledger.let_stand(case_id("reversed_after_authorised", cause(known.key)))
    detail += asked_now(let[-1]) if let else ""
    one = hold(kind, cause(known.key), detail, where, document.status)
    goods = document.document_type == "ACCPAY" and known.slices and not known.reprices
    one = replace(one, adjusts="credit" if goods and document.status in FINAL else "")
    return held(adjusted(released, one, ledger), [one], ledger)


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
    if not RECEIVED.issuperset(states):
        return f"The purchase order is {in_words(states)} again"
    if is_credit(key):
        return "What it gives back is no longer to be credited"
    return "Its goods are of another vendor invoice now" if is_invoice(key) else "What it bills is no longer due"


def unanswered(key: str) -> Hold:
    """The hold on a bill whose outcome is not known."""
    detail = (
        f"What Xero answered when this {noun(key)} was sent is not known: no answer came, or the run ended before "
        "it was kept. It is looked up before anything else is done."
    )
    return hold("outcome_unknown", cause(key), detail, key)


def _ids(documents: Sequence[Document]) -> list[str]:
    return sorted(document.document_id for document in documents)


def _other_type(action: Action, bill: Bill, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """A bill became a credit, or the other way round: Xero cannot turn one into the other."""
    now = "a supplier credit" if bill.document_type == "ACCPAYCREDIT" else "a bill"
    if untouched(known, document):
        reason = (
            f"The purchase order now comes to {now}, and nobody touched the draft: it is to be withdrawn and made anew."
        )
        return replace(action, action="withdraw", reason=reason)
    kind = "changed_after_authorised" if document.status in FINAL else "edited_in_xero"
    detail = (
        f"The purchase order now comes to {now} of {money_text(bill.total, bill.currency_code)}, while Xero holds "
        f"{money_text(document.total, document.currency_code)} the other way round ({status_words(document.status)})."
    )
    released = replace(action, reason="A person let the document in Xero stand.")
    return held(released, [hold(kind, cause(bill.key), detail, bill.facts)], ledger)


def _final(action: Action, item: Assessed, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """An approved or paid bill is never written; what ConnectWise says otherwise is a case."""
    bill, status = item.bill, status_words(document.status)
    repriced = bool(ledger.repricings(bill.key))
    let = ledger.let_stand(case_id("reversed_after_authorised", cause(bill.key)))
    agrees = bill.facts == known.facts or (not repriced and followed(bill, known, document))
    if known.base is None:
        held_now = (document.contact_id.lower(), document.currency_code, document.total)
        agrees = agrees and held_now == ((bill.contact_id or "").lower(), bill.currency_code, bill.total)
    arrived = _invoice_since(bill, known, document) if agrees else ""
    if arrived:
        detail = (
            f"{arrived} Its bill {document.number} is {status} in Xero for "
            f"{money_text(document.total, document.currency_code)}, and was left as it is."
        )
        released = replace(action, reason=f"Already {status} in Xero; a person let the vendor invoice stand.")
        facts = (bill.invoice_number, bill.invoice_date)
        since = hold("changed_after_authorised", cause(bill.key), detail, *facts)
        return held(released, [since, *item.standing], ledger)
    if agrees:
        cents = item.rounding.told(document, bill.total, f"the bill is {status}")
        changed = ""
        if document.total != bill.total and not cents:
            changed = (
                f" A person made it {money_text(document.total, document.currency_code)} in Xero, where "
                f"{money_text(bill.total, bill.currency_code)} was sent; it stays as it is there."
            )
        agree = "nothing has changed in ConnectWise since" if changed else "ConnectWise agrees"
        if let:
            agree = f"{let[-1].by} let it stand when goods or freight of it went back ({let[-1].reason})"
        if item.standing:
            taxes = all(one.kind == "rounding" for one in item.standing)
            agree = f"a person let {'the difference in tax' if taxes else 'what it differs by'} stand"
        agreed = replace(action, reason=f"Already {status} in Xero; {agree}.{cents}{changed}")
        return held(agreed, item.standing, ledger)
    kind = "reversed_after_authorised" if _bills_less(bill, known) else "changed_after_authorised"
    detail = (
        f"Purchase order {', '.join(action.po_numbers)} and its bill, {status} in Xero, differ: "
        f"{differing(bill, known, document, repriced=repriced)}"
    )
    hers = any(one.more for one in corrections(known, document).values())
    if bill.gone and (let or ledger.credited(bill.key)):
        detail += asked_now(let[-1] if let else None, bill.gone, bill.currency_code)
    elif bill.repriced and (let or hers or abs(bill.repriced - bill.net + document.net) > item.rounding.limit):
        rest = f"{money_text(abs(bill.repriced), bill.currency_code)} {'more' if bill.repriced > 0 else 'less'}"
        what = "For the goods that this is about, the price comes to"
        if let:
            what = "What went back is left out: the rest comes to"
        if hers:
            what = "For what the bill bills in Xero, as a person left it, the price comes to"
        detail += f" {what} {rest} before tax."
    released = replace(action, reason=f"Already {status} in Xero; a person let the difference stand.")
    billed = ledger.repriced_by(bill.key) if bill.repriced else ()
    one = hold(kind, cause(bill.key), detail, bill.facts, *gone_facts(bill.gone), *billed)
    one = replace(one, adjusts=_adjusts(kind, bill, document))
    stands = held(adjusted(released, one, ledger), [one], ledger)
    # Its tax follows from what differs; the vendor's invoice does not, and is matched once that is answered.
    invoices = [asked for asked in item.standing if asked.kind == "total_mismatch"]
    return stands if stands.action == "hold" else held(stands, invoices, ledger)


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
