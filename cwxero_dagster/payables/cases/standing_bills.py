"""What people should look at of a bill or credit of the sync that Xero holds, although it holds nothing back.

What belongs here: drafts that wait too long, what a person changed on a bill, goods that are paid for and not there, a
credit without its bill, a draft that went with its order. What does not: documents that people keyed beside it
(composing/keyed_beside), goods that another document bills (given_back).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import Bill, owed
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.cases.received import lines_of, quantity_of, within, worth_before_tax
from cwxero_dagster.payables.cases.stakes import worth
from cwxero_dagster.payables.documents import Meaning, meaning_of_bill, meaning_of_document
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import amount_text, decimal, money_text, plain
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.wording import status_words

WAITING = frozenset({"DRAFT", "SUBMITTED"})


def without_its_bill(known: KnownBill, document: Document | None, books: Books, ledger: LedgerView) -> list[Hold]:
    """A credit that stands although its bill was removed, until another bill is there for its goods."""
    bill = ledger.bills.get(keys.credited_key(known.key)) if keys.is_credit(known.key) else None
    removed = books.by_id.get((bill.xero_id or "").lower()) if bill else None
    if bill is None or removed is None or removed.live or known.reprices or ledger.settled(known.key):
        return []
    if document is None or not document.live or (bill.state == "withdrawn" and _replaced(known, ledger)):
        return []
    verb = "voided" if removed.status == "VOIDED" else "deleted"
    what = "Remove the credit in Xero, too, where the vendor gives nothing back."
    if not ledger.settled(bill.key):
        what += " While it stands, a new bill for the goods bills what it gives back as well."
    detail = (
        f"{removed.number or 'A bill'} was {verb} in Xero by a person, and {document.number}, the supplier credit for "
        f"goods of it, stands ({status_words(document.status)}) for "
        f"{money_text(document.total, document.currency_code)}. {what}"
    )
    one = hold("edited_in_xero", f"credit {known.key} without its bill", detail, removed.document_id, document.total)
    return [replace(one, ways_out=("release", "accept-theirs"))]


def _replaced(credit: KnownBill, ledger: LedgerView) -> bool:
    """True where a bill that came after a credit holds goods of its lines: the credit gives back of that one then."""
    bills = list(ledger.bills.values())
    later = bills[bills.index(credit) + 1 :]
    lines = {(part.po_id, part.line_id) for part in credit.slices}
    return any(
        (part.po_id, part.line_id) in lines
        for bill in later
        if bill.state != "withdrawn" and not keys.is_credit(bill.key)
        for part in bill.slices
    )


def stale(known: KnownBill, document: Document, patience: int, today: date) -> Iterator[Hold]:
    """A draft that nobody approved for so many days (``patience``)."""
    if document.status not in WAITING or known.issued_at is None:
        return
    since, words = known.issued_at.date(), "since"
    if known.rebuilt and document.updated_at is not None:
        # When it was drafted was lost with the ledger; it has waited at least as long as nobody changed it.
        since, words = max(since, document.updated_at.date()), "at least since"
    days = (today - since).days
    if days < patience:
        return
    detail = (
        f"{document.number} of {document.contact_name} for {money_text(document.total, document.currency_code)} has "
        f"waited for approval {words} {since}."
    )
    times = days // max(patience, 1)
    yield hold("stale_draft", "drafts that wait for approval", detail, known.key, document.document_id, times)


def gone_with_its_order(known: KnownBill, document: Document | None, purchasing: Purchasing) -> Iterator[Hold]:
    """A draft that nobody had touched, withdrawn since its order was deleted: a deletion is told (DESIGN.md).

    The draft is a bill, a credit, or a purchase order in Xero.
    """
    if document is None or known.withdrawn_at is None:
        return
    orders = [purchasing.pos[po_id] for po_id in known.po_ids if po_id in purchasing.pos]
    for po in orders:
        if not po.present and po.observed_at <= known.withdrawn_at:
            draft = f"draft {document.number} for {money_text(document.total, document.currency_code)}"
            its = f"purchase order, the {draft}, was" if keys.is_order(known.key) else f"{draft} was"
            detail = (
                f"Purchase order {po.po_number} was deleted in ConnectWise. Its {its} withdrawn in Xero, as nobody had "
                "worked on it."
            )
            about = f"deletion of purchase order {po.po_id}"
            one = hold("reversed_after_authorised", about, detail, known.key, document.document_id)
            yield replace(one, ways_out=("release",), done=True, stake=(document.currency_code, ZERO))
            return


def drift(known: KnownBill, document: Document, implied: Callable[[], Bill | None]) -> Iterator[Hold]:
    """What a person changed of who is owed, how much and when, since the sync last wrote the bill.

    ``implied``: what ConnectWise says now, None where it makes no bill of it any more. Where it says what Xero holds,
    nobody has to decide which of them is right. It is only asked for where something changed: composing takes time.
    """
    base = known.base
    if base is None:
        return
    theirs = meaning_of_document(document)
    words = []
    if theirs["contact_id"] != base["contact_id"]:
        words.append(f"moved to the contact {document.contact_name}")
    for field, name in (("date", "re-dated"), ("currency_code", "put into another currency")):
        if theirs[field] != base[field]:
            words.append(f"{name} from {base[field] or 'none'} to {theirs[field] or 'none'}")
    if base.get("total") not in {None, amount_text(document.total)}:
        words.append(f"changed in total from {money_text(decimal(base['total']))} to {money_text(document.total)}")
    if words and not _agree(theirs, document, implied()):
        whose = "since the last write that is known here" if known.in_doubt else "by a person"
        detail = (
            f"{document.number} ({status_words(document.status)}) was {', '.join(words)} in Xero {whose}. It stays as "
            "it is there."
        )
        one = replace(hold("edited_in_xero", keys.cause(known.key), detail, *words), lost=known.in_doubt)
        less = decimal(base["total"]) - document.total if base.get("total") is not None else ZERO
        same = theirs["currency_code"] == base["currency_code"]
        stake = (document.currency_code, owed(document.document_type, less)) if less and same else None
        yield replace(one, ways_out=("release", "accept-theirs"), stake=stake)


def _agree(theirs: Meaning, document: Document, bill: Bill | None) -> bool:
    """True where a document and what ConnectWise says are the same in who is owed, how much and when."""
    if bill is None:
        return False
    ours = meaning_of_bill(bill)
    return document.total == bill.total and all(
        theirs[field] == ours[field] for field in ("contact_id", "date", "currency_code")
    )


def not_received(known: KnownBill, document: Document, purchasing: Purchasing) -> Iterator[Hold]:
    """A paid bill of goods that were never received: possible where bills are made before receipt."""
    received = {line.line_id: abs(line.received) for lines in lines_of(known, purchasing) for line in lines}
    there = [part for one in known.slices for part in within(one, received.get(one.line_id, ZERO))]
    missing = quantity_of(known.slices) - quantity_of(there)
    if missing and not any(r.reversal for po_id in known.po_ids for r in purchasing.receipts.get(po_id, ())):
        detail = (
            f"{document.number} of {document.contact_name} for {money_text(document.total, document.currency_code)} "
            f"is paid in Xero, and {plain(missing)} of its goods {'is' if missing == 1 else 'are'} not received in "
            "ConnectWise."
        )
        parts = allocation.beyond(known.slices, there)
        paid = worth(parts, known, document)
        one = hold("paid_not_received", f"bill {known.key}", detail, document.document_id, missing)
        money = worth_before_tax(parts, known, purchasing) if paid is None else paid
        yield replace(one, stake=(document.currency_code, money))
