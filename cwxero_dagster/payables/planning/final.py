"""What is to happen to a bill that is approved or paid in Xero: nothing is ever written to it.

What belongs here: whether ConnectWise still says the same, what is asked where it does not, and saying which document
a person has the difference put on. What does not: naming the differences (changed_since), drafts (drafts).
"""

from __future__ import annotations

from dataclasses import replace

from cwxero_dagster.payables.actions import Action, held
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.corrections import corrections
from cwxero_dagster.payables.holds import Hold, case_id, hold
from cwxero_dagster.payables.keys import cause, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import decimal, money_text
from cwxero_dagster.payables.planning.asked_now import asked_now, named_as_well
from cwxero_dagster.payables.planning.changed_since import differing, followed
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.units.invoices import written_invoice
from cwxero_dagster.payables.units.unit_facts import gone_facts
from cwxero_dagster.payables.wording import status_words


def final(action: Action, item: Assessed, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
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
        sent = decimal((known.base or {}).get("total") or bill.total)
        if document.total != sent and not cents:
            changed = (
                f" A person made it {money_text(document.total, document.currency_code)} in Xero, where "
                f"{money_text(sent, bill.currency_code)} was sent; it stays as it is there."
            )
        agree = "ConnectWise agrees"
        if changed:
            followed_her = bill.dealt or bill.facts != known.facts
            agree = "ConnectWise followed it" if followed_her else "nothing has changed in ConnectWise since"
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
    detail += named_as_well(bill.key, bill.gone, ledger)
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
