"""Bills and supplier credits as the bookkeeper sees them: the list and one document.

What belongs here: reading. What does not: changing (bill_actions.py) and the form (bill_form.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.page.listing import listing
from cwxero_dagster.sandbox.page.site import Call, MissingError, Page
from cwxero_dagster.sandbox.serving.systems import Systems
from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import API_USER
from cwxero_dagster.sandbox.xero.linked import Links

TABS = {
    "all": ("All", ()),
    "draft": ("Draft", ("DRAFT",)),
    "submitted": ("Awaiting approval", ("SUBMITTED",)),
    "authorised": ("Awaiting payment", ("AUTHORISED",)),
    "paid": ("Paid", ("PAID",)),
    "gone": ("Deleted and voided", ("DELETED", "VOIDED")),
}
"""Tabs of the list: label and statuses."""

LABELS = {
    "DRAFT": "Draft",
    "SUBMITTED": "Awaiting approval",
    "AUTHORISED": "Awaiting payment",
    "PAID": "Paid",
    "DELETED": "Deleted",
    "VOIDED": "Voided",
}
_BILL, _CREDIT = "xero.invoices", "xero.creditnotes"
_OPEN = ("DRAFT", "SUBMITTED", "AUTHORISED")


@dataclass(frozen=True)
class Bill:
    """A bill or supplier credit; a credit's amounts are shown as they are, without a sign."""

    document: Document

    @property
    def id(self) -> str:
        """InvoiceID or CreditNoteID."""
        return str(self.document["CreditNoteID" if self.credit else "InvoiceID"])

    @property
    def credit(self) -> bool:
        """Whether it is a supplier credit."""
        return bool(self.document["Type"] == "ACCPAYCREDIT")

    @property
    def kind(self) -> str:
        """What people call it."""
        return "Supplier credit" if self.credit else "Bill"

    @property
    def number(self) -> str:
        """What Xero's screens show as the bill's reference."""
        return str(self.document.get("CreditNoteNumber" if self.credit else "InvoiceNumber") or "")

    @property
    def title(self) -> str:
        """Kind and number."""
        return f"{self.kind} {self.number}" if self.number else f"{self.kind} without a number"

    @property
    def contact(self) -> str:
        """Name of the supplier."""
        return str(self.document["Contact"]["Name"])

    @property
    def status(self) -> str:
        """Xero's word."""
        return str(self.document["Status"])

    @property
    def label(self) -> str:
        """The words of Xero's screens."""
        return "Awaiting use" if self.credit and self.status == "AUTHORISED" else LABELS[self.status]

    @property
    def currency(self) -> str:
        """Currency code."""
        return str(self.document["CurrencyCode"])

    @property
    def total(self) -> Decimal:
        """With tax."""
        return Decimal(self.document["Total"])

    @property
    def paid(self) -> Decimal:
        """Paid or credited; of a credit what is used."""
        return self.total - self.due if self.status in ("AUTHORISED", "PAID") else Decimal(0)

    @property
    def due(self) -> Decimal:
        """Still to pay; of a credit what is left."""
        return Decimal(self.document.get("RemainingCredit" if self.credit else "AmountDue") or 0)

    @property
    def by_app(self) -> bool:
        """Whether it was written through the API."""
        return bool(self.document.get("_app"))

    @property
    def open(self) -> bool:
        """Whether a person can still change it."""
        return self.status in _OPEN

    @property
    def link(self) -> str:
        """Its source link, where that leads somewhere a browser may go."""
        url = str(self.document.get("Url") or "")
        return url if url.lower().startswith(("http://", "https://")) else ""

    def get(self, name: str) -> Any:
        """A field by its API name; blank where it is absent."""
        return self.document.get(name, "")


def all_bills(systems: Systems) -> list[Bill]:
    """Every bill and supplier credit."""
    return [Bill(one) for table in (_BILL, _CREDIT) for one in systems.store.all(table)]


def the_bill(call: Call) -> Bill:
    """The document of the address. Raises ``MissingError``."""
    found = next((one for table in (_BILL, _CREDIT) if (one := call.systems.store.get(table, call.params["id"]))), None)
    if found is None:
        message = f"There is no bill or credit {call.params['id']} in this Xero."
        raise MissingError(message)
    return Bill(found)


def names_order(bill: Bill, po_number: str) -> bool:
    """Whether the bill's number names the PO as a word of its own."""
    words = bill.number.replace("|", " ").split()
    return po_number in words or any(word.startswith(f"{po_number}/") for word in words)


def sums(bills: Iterable[Bill], what: str) -> list[tuple[str, Decimal]]:
    """Totals by currency of ``total`` or ``due``; credits count negative. The largest first."""
    found: dict[str, Decimal] = {}
    for bill in bills:
        value = getattr(bill, what)
        found[bill.currency] = found.get(bill.currency, Decimal(0)) + (-value if bill.credit else value)
    return sorted(found.items(), key=lambda item: -abs(item[1]))


def bill_list(call: Call) -> Page:
    """The list: tabs by status, search, kind and month."""
    query = dict(call.query)
    bills = [bill for bill in all_bills(call.systems) if _matches(bill, query)]
    counts = Counter(
        tab for bill in bills for tab, (_, statuses) in TABS.items() if not statuses or bill.status in statuses
    )
    tab = query["status"] if query.get("status") in TABS else "all"
    statuses = TABS[tab][1]
    bills = [bill for bill in bills if not statuses or bill.status in statuses]
    months = sorted({str(bill.document["Date"])[:7] for bill in all_bills(call.systems)}, reverse=True)
    found = listing(
        bills,
        path=call.path,
        query=query,
        columns={
            "date": lambda bill: (bill.document["Date"], bill.get("UpdatedDateUTC")),
            "due": lambda bill: bill.get("DueDate"),
            "contact": lambda bill: bill.contact.lower(),
            "number": lambda bill: bill.number.lower(),
            "total": lambda bill: bill.total,
        },
        default_sort="-date",
    )
    return Page(
        "bills.html",
        {
            "desk": "bookkeeper", "list": found, "tabs": TABS, "tab": tab, "counts": counts, "months": months,
            "totals": sums(bills, "total"), "dues": sums((one for one in bills if one.status == "AUTHORISED"), "due"),
            "today": call.systems.xero.books.today(), "organisation": call.systems.xero.books.organisation,
        },
    )  # fmt: skip


def _matches(bill: Bill, query: dict[str, str]) -> bool:
    searched = query.get("q", "").lower().strip()
    amounts = f"{bill.total:.2f} {bill.due:.2f}"
    inside = f"{bill.number}\n{bill.contact}\n{bill.get('Reference')}\n{bill.id}\n{amounts}".lower()
    kind = query.get("kind", "")
    return (
        searched in inside
        and (not query.get("month") or str(bill.document["Date"]).startswith(query["month"]))
        and (not kind or (kind == "credit") == bill.credit)
    )


def bill_page(call: Call) -> Page:
    """One document: header, lines, payments, history, and what can be done with it."""
    bill = the_bill(call)
    store, books = call.systems.store, call.systems.xero.books
    history = [one for one in store.all("xero.history") if one["DocumentID"] == bill.id]
    accounts = {one.get("Code"): one["Name"] for one in store.all("xero.accounts")}
    rates = {one["TaxType"]: one["Name"] for one in store.all("xero.taxrates")}
    payable = [
        other
        for other in all_bills(call.systems)
        if not other.credit
        and other.status == "AUTHORISED"
        and other.document["Contact"]["ContactID"] == bill.document["Contact"]["ContactID"]
        and other.currency == bill.currency
    ]
    lock = books.lock_of(str(bill.document["Date"]))
    return Page(
        "bill.html",
        {
            "desk": "bookkeeper", "bill": bill, "history": list(reversed(history)), "accounts": accounts,
            "rates": rates, "payable": payable if bill.credit else [], "today": books.today(), "lock": lock,
            "contact": books.contact(bill.document["Contact"]["ContactID"]) or {}, "api_user": API_USER,
            "base_currency": books.base_currency, "customers": _customers(call.systems, bill),
        },
    )  # fmt: skip


def _customers(systems: Systems, bill: Bill) -> dict[str, str]:
    """Names of the customers that lines are billed on to, by LineItemID."""
    books = systems.xero.books
    return {
        link["SourceLineItemID"]: str((books.contact(link.get("ContactID")) or {}).get("Name", "nobody yet"))
        for link in Links(books).all()
        if link["SourceTransactionID"] == bill.id
    }
