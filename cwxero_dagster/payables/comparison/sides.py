"""The two sides of a parallel run in one shape: the sync's would-be bills and the bills that the bookkeeper keyed.

What belongs here: the shape, and making it from would-be bills, Xero documents and rows of ``keyed_bills.csv``. What
does not: which bill of one side is which of the other (pairing), and how they differ (differences).

Amounts are signed: a supplier credit counts negative, on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.composing.twins import normalised
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import line_net, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.seeds import KeyedBillRow, Seeds
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.wording import status_words

Tracking = tuple[tuple[str, str], ...]

_FREIGHT = re.compile(r"\b(freight|shipping|courier|carriage|postage|delivery (fee|charge))\b", re.IGNORECASE)
_SHORTEST_NUMBER = 3


@dataclass(frozen=True, kw_only=True)
class LineSide:
    """One line that carries money. A coding of None is not known and not compared; a blank one is missing."""

    description: str
    net: Decimal
    tax: Decimal
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    account: str | None = None
    tax_type: str | None = None
    tracking: Tracking | None = None
    """(category, option) pairs; ``keyed_bills.csv`` names options alone, so there the category is blank."""
    freight: bool = False
    total_only: bool = False
    """True where only the total is known, and not what of it is tax."""
    parts: tuple[Slice, ...] = ()
    """Sync: the quantities of PO lines that it bills."""


@dataclass(frozen=True, kw_only=True)
class BillSide:
    """A bill or supplier credit of one side."""

    id: str
    """The bill key, the document's id in Xero, or a name made of what ``keyed_bills.csv`` says."""
    cycle: str
    """Sync: the cycle in which it is due. Keyed: the cycle of its date; blank without one."""
    number: str
    invoice_numbers: frozenset[str]
    """Vendor invoice numbers that it carries, normalised."""
    po_numbers: tuple[str, ...]
    vendor: str
    """Who is owed: the Xero contact's id in lower case, else the folded name."""
    vendor_name: str
    dated: date | None
    due_date: date | None
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    lines: tuple[LineSide, ...]
    text: str = ""
    """Number and descriptions, in which purchase orders may be named."""
    source: str = ""
    """Where it stands, in words: ``draft in Xero``, ``keyed_bills.csv``."""
    holds: tuple[Hold, ...] = ()
    excluded: str | None = None
    """Why the sync keeps it out for good, or None."""


class Vendors:
    """Who a vendor is on both sides: contacts that were merged are one, and names stand in for missing ids."""

    def __init__(self, books: Books, seeds: Seeds, mapped: Iterable[tuple[str | None, str | None]] = ()) -> None:
        """``mapped``: names of ConnectWise vendors, each with the Xero contact that its bills go to."""
        self._books = books
        named: dict[str, set[str]] = {}
        for contact in books.contacts.values():
            if contact.active:
                named.setdefault(folded(contact.name), set()).add(contact.contact_id.lower())
        for row in seeds.vendors:
            if row.xero_contact_id:
                for name in (row.connectwise_vendor_name, row.xero_contact_name):
                    if name:
                        named.setdefault(folded(name), set()).add(self.of_contact(row.xero_contact_id))
        for name, contact_id in mapped:
            if name and contact_id:
                named.setdefault(folded(name), set()).add(self.of_contact(contact_id))
        self._named = {name: next(iter(ids)) for name, ids in named.items() if len(ids) == 1}

    def of_contact(self, contact_id: str) -> str:
        """The identity of a Xero contact."""
        found = self._books.contact(contact_id)
        return (found.contact_id if found else contact_id).lower()

    def named(self, name: str | None) -> str:
        """The identity behind a name: the one contact or vendors.csv row that has it, else the name itself."""
        return self._named.get(folded(name)) or f"name:{folded(name)}"


def numbers_in(text: str | None) -> frozenset[str]:
    """The numbers that a bill's number may hold: the whole, and each part or word with a digit, normalised."""
    parts = [text or "", *re.split(r"[|,;]|\s[/-]\s", text or ""), *re.split(r"[\s|,;]+", text or "")]
    found = {normalised(part) for part in parts if any(char.isdigit() for char in part)}
    return frozenset(number for number in found if len(number) >= _SHORTEST_NUMBER)


def sync_side(assessed: Assessed, vendors: Vendors) -> BillSide:
    """A would-be bill; it is compared whether or not something holds it."""
    bill = assessed.bill
    sign = -1 if bill.document_type == "ACCPAYCREDIT" else 1
    invoices = [number for po in bill.pos if (number := po.vendor_invoice_number)]
    return BillSide(
        id=bill.key,
        cycle=bill.cycle,
        number=bill.number,
        invoice_numbers=frozenset(normalised(number) for number in invoices) - {""},
        po_numbers=bill.po_numbers,
        vendor=vendors.of_contact(bill.contact_id) if bill.contact_id else vendors.named(bill.vendor_name),
        vendor_name=bill.vendor_name or "",
        dated=bill.dated,
        due_date=bill.due_date,
        currency=bill.currency_code,
        net=sign * bill.net,
        tax=sign * bill.tax,
        total=sign * bill.total,
        lines=_sync_lines(bill, sign),
        holds=assessed.holds,
        excluded=bill.excluded,
    )


def _sync_lines(bill: Bill, sign: int) -> tuple[LineSide, ...]:
    return tuple(
        LineSide(
            description=line.description,
            net=sign * line.net,
            tax=sign * line.tax,
            quantity=line.quantity,
            unit_amount=sign * line.unit_amount,
            account=line.account_code or "",
            tax_type=line.tax_type or "",
            tracking=line.tracking,
            freight=line.kind == "freight",
            parts=(line.slice,) if line.slice else (),
        )
        for line in bill.lines
        if line.priced
    )


def xero_side(document: Document, vendors: Vendors, *, cycle_start_day: int) -> BillSide:
    """A bill or credit that a person keyed in Xero."""
    sign = -1 if document.document_type == "ACCPAYCREDIT" else 1
    lines = tuple(
        LineSide(
            description=line.description,
            net=sign
            * (line.net if line.net is not None else line_net(line.quantity or ZERO, line.unit_amount or ZERO)),
            tax=sign * (line.tax or ZERO),
            quantity=line.quantity,
            unit_amount=sign * (line.unit_amount or ZERO) if document.line_amounts != "Inclusive" else None,
            account=line.account_code or "",
            tax_type=line.tax_type or "",
            tracking=line.tracking,
            freight=is_freight(line.description),
        )
        for line in document.lines
        if line.quantity is not None
    )
    return BillSide(
        id=document.document_id,
        cycle=cycle_of(document.dated, cycle_start_day) if document.dated else "",
        number=document.number,
        invoice_numbers=numbers_in(document.number),
        po_numbers=(),
        vendor=vendors.of_contact(document.contact_id),
        vendor_name=document.contact_name,
        dated=document.dated,
        due_date=document.due_date,
        currency=document.currency_code,
        net=sign * document.net,
        tax=sign * document.tax,
        total=sign * document.total,
        lines=lines,
        text=" ".join([document.number, *(line.description for line in document.lines)]),
        source=f"{status_words(document.status)} in Xero",
    )


def is_freight(description: str) -> bool:
    """True for a line that a person describes as freight."""
    return _FREIGHT.search(description) is not None


def csv_sides(rows: Iterable[KeyedBillRow], vendors: Vendors, *, currency: str, cycle_start_day: int) -> list[BillSide]:
    """The bills of ``keyed_bills.csv``: rows of one vendor, number and day are one bill.

    Rows without a number are one bill where they share the PO number. The file names no currency: it is the
    organisation's own. What it leaves blank is not compared.
    """
    bills: dict[tuple[str, ...], list[KeyedBillRow]] = {}
    for row in rows:
        number = f"number {folded(row.invoice_number)}" if row.invoice_number else f"order {folded(row.po_number)}"
        bills.setdefault((folded(row.vendor_name), number, row.date.isoformat()), []).append(row)
    return [
        _csv_side(key, members, vendors, currency=currency, cycle_start_day=cycle_start_day)
        for key, members in bills.items()
    ]


def _csv_side(
    key: tuple[str, ...], rows: Sequence[KeyedBillRow], vendors: Vendors, *, currency: str, cycle_start_day: int
) -> BillSide:
    first = rows[0]
    lines = tuple(_csv_line(row) for row in rows)
    orders = tuple(dict.fromkeys(row.po_number for row in rows if row.po_number))
    return BillSide(
        id=f"keyed_bills.csv: {', '.join(key)}",
        cycle=cycle_of(first.date, cycle_start_day),
        number=first.invoice_number or "",
        invoice_numbers=numbers_in(first.invoice_number),
        po_numbers=orders,
        vendor=vendors.named(first.vendor_name),
        vendor_name=first.vendor_name,
        dated=first.date,
        due_date=first.due_date,
        currency=currency,
        net=total(line.net for line in lines),
        tax=total(line.tax for line in lines),
        total=total(row.total for row in rows),
        lines=lines,
        text=" ".join([first.invoice_number or "", *orders, *(row.description or "" for row in rows)]),
        source="keyed_bills.csv",
    )


def _csv_line(row: KeyedBillRow) -> LineSide:
    net = row.net
    if net is None and row.tax is not None:
        net = row.total - row.tax
    if net is None and row.quantity is not None and row.unit_amount is not None:
        net = line_net(row.quantity, row.unit_amount)
    options = tuple(("", option) for option in (row.tracking_1, row.tracking_2) if option)
    return LineSide(
        description=row.description or "",
        net=row.total if net is None else net,
        tax=ZERO if net is None else row.total - net,
        quantity=row.quantity,
        unit_amount=row.unit_amount,
        account=row.account_code,
        tax_type=row.tax_type,
        tracking=options or None,
        freight=is_freight(row.description or ""),
        total_only=net is None,
    )


def without_copies(keyed: Sequence[BillSide], listed: Sequence[BillSide]) -> tuple[list[BillSide], list[BillSide]]:
    """The bills of ``keyed_bills.csv`` that are not in Xero yet, and those that are (same vendor and number)."""
    in_xero: Mapping[str, set[str]] = _numbers_by_vendor(keyed)
    copies = [bill for bill in listed if normalised(bill.number) in in_xero.get(bill.vendor, set()) - {""}]
    return [bill for bill in listed if bill not in copies], copies


def _numbers_by_vendor(bills: Iterable[BillSide]) -> Mapping[str, set[str]]:
    numbers: dict[str, set[str]] = {}
    for bill in bills:
        numbers.setdefault(bill.vendor, set()).add(normalised(bill.number))
    return numbers
