"""Bill date and due date from the decision, each with its stated fallback.

What belongs here: which day a bill carries and the words for a source that was missing. What does not: lock dates
(preflight), cycles (calendar).
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta

from cwxero_dagster.payables.books import Contact
from cwxero_dagster.payables.mapping import Resolver, folded
from cwxero_dagster.payables.records import Line, PurchaseOrder, Receipt, Reference
from cwxero_dagster.payables.seeds import TermsRow

FALLBACK_DAYS = 30


def bill_date(
    source: str, pos: Sequence[PurchaseOrder], receipts: Sequence[Receipt], *, due_on: date
) -> tuple[date, list[str]]:
    """The bill's date and notes on fallbacks: vendor invoice date -> last receipt -> day first seen -> ``due_on``.

    ``receipts`` are those that still stand. ``source`` is the decision's ``bill.date``; ``credited`` is ``due_on``.
    """
    if source == "credited":
        return due_on, []
    last = max(receipts, key=lambda receipt: receipt.received_on, default=None)
    received = last.received_on if last else due_on
    instead = "the day of the last receipt" if last else "the day on which it became due"
    notes = []
    if source == "received" and last is None:
        notes.append(f"There is no receipt of it, so the bill carries {instead}.")
    if source == "vendor_invoice":
        days = [po.vendor_invoice_date for po in pos if po.vendor_invoice_date]
        if days:
            return max(days), []
        notes.append(f"ConnectWise holds no vendor invoice date, so the bill carries {instead}.")
    if source == "purchase_order":
        days = [po.po_date for po in pos if po.po_date]
        if days:
            return max(days), []
        notes.append(f"ConnectWise holds no PO date, so the bill carries {instead}.")
    if last and last.day_is_observed:
        notes.append("ConnectWise holds no day of receipt, so the day on which it was first seen stands in.")
    return received, notes


def due_date(
    source: str,
    day: date,
    po: PurchaseOrder,
    lines: Sequence[Line],
    *,
    resolver: Resolver,
    reference: Reference,
    contact: Contact | None,
) -> tuple[date, list[str]]:
    """The due date and notes on fallbacks.

    ``terms``: the row of payment_terms.csv -> the billing term's days in ConnectWise -> the contact's own terms in
    Xero -> 30 days. ``expected``: the latest expected arrival -> expected ship date -> the PO's shipment date -> terms.
    """
    notes = []
    if source == "expected":
        expected = expected_day(po, lines)
        if expected:
            return expected, []
        notes.append("ConnectWise expects no arrival day, so the due date follows the payment terms.")
    row = resolver.terms(po.terms_name)
    if row:
        start = _month_end(day) if row.counted_from == "end_of_month" else day
        return start + timedelta(days=row.days), notes
    days = reference.terms_days.get(folded(po.terms_name))
    if days is not None:
        notes.append(f'payment_terms.csv has no row for "{po.terms_name}"; ConnectWise\'s own {days} days were used.')
        return day + timedelta(days=days), notes
    if contact and contact.terms:
        notes.append(
            "The terms on the Xero contact were used, because neither payment_terms.csv nor ConnectWise has any."
        )
        return contact_terms(day, *contact.terms), notes
    notes.append(f"No payment terms are known, so the bill is due {FALLBACK_DAYS} days after its date.")
    return day + timedelta(days=FALLBACK_DAYS), notes


def date_rule(source: str, notes: Sequence[str]) -> str:
    """What chose a bill's date, in words. ``notes``: the fallbacks that it took."""
    if source == "credited":
        return "the day on which the goods went back, or the change of price was seen"
    return " ".join([f"lifecycle.yaml, bill.date: {source}", *(f"({note.rstrip('.')})" for note in notes)])


def due_rule(source: str, notes: Sequence[str], row: TermsRow | None) -> str:
    """What chose the due date, in words. ``notes``: the fallbacks that it took; ``row``: that of the PO's terms."""
    if source == "expected" and not notes:
        return "lifecycle.yaml, bill.due_date: expected"
    if row:
        start = "the end of the month" if row.counted_from == "end_of_month" else "the bill date"
        return f'payment_terms.csv line {row.line}: "{row.connectwise_terms}", {row.days} days from {start}'
    return notes[-1].rstrip(".")


def expected_day(po: PurchaseOrder, lines: Sequence[Line]) -> date | None:
    """The latest expected arrival of the PO's lines, else their expected ship date, else its shipment date."""
    standing = [line for line in lines if line.present and not line.cancelled]
    arrivals = [line.expected_arrival_date for line in standing if line.expected_arrival_date]
    ships = [line.expected_ship_date for line in standing if line.expected_ship_date]
    return max(arrivals, default=None) or max(ships, default=None) or po.shipment_date


def contact_terms(day: date, number: int, kind: str) -> date:
    """The due date by a contact's own terms (Xero's PaymentTerms.Bills types)."""
    if kind == "DAYSAFTERBILLMONTH":
        return _month_end(day) + timedelta(days=number)
    if kind in {"OFCURRENTMONTH", "OFFOLLOWINGMONTH"}:
        month = day if kind == "OFCURRENTMONTH" else _month_end(day) + timedelta(days=1)
        last = _month_end(month)
        return last.replace(day=min(max(number, 1), last.day))
    return day + timedelta(days=number)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
