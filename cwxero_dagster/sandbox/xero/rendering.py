"""How documents leave: Xero's dates, two-decimal unit amounts, summaries without lines.

What belongs here: the outer form of stored documents. What does not: what is stored.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import values
from cwxero_dagster.sandbox.xero.books import Books

ZERO_ID = "00000000-0000-0000-0000-000000000000"
_DAYS = {
    "Date", "DueDate", "PlannedPaymentDate", "ExpectedPaymentDate", "FullyPaidOnDate", "DeliveryDate",
    "ExpectedArrivalDate", "PeriodLockDate", "EndOfYearLockDate",
}  # fmt: skip
_DAYS_WITH_TEXT = {"Date", "DueDate", "DeliveryDate"}
_MOMENTS = {"UpdatedDateUTC", "CreatedDateUTC", "DateUTC"}
_SUMMARY_DROPS = ("Payments", "HasAttachments", "LineItems", "CISDeduction", "CreditNotes", "Allocations")
_CONTACT_PARTS = ("ContactID", "ContactNumber", "ContactStatus", "Name", "FirstName", "LastName", "EmailAddress")
_PAGED_CONTACT_PARTS = (
    "ContactPersons", "PaymentTerms", "PurchasesDefaultAccountCode", "SalesDefaultAccountCode", "MergedToContactID",
    "ContactGroups", "BatchPayments", "Website", "Discount", "BrandingTheme", "SalesTrackingCategories",
    "PurchasesTrackingCategories", "TrackingCategoryName", "TrackingCategoryOption",
)  # fmt: skip


def outward(value: Any, *, as_text: bool = False) -> Any:
    """The value with Xero's dates; internal fields (leading underscore) and nulls stay inside."""
    if isinstance(value, dict):
        result: Document = {}
        for name, part in value.items():
            if name.startswith("_") or part is None:
                continue
            if name in _DAYS and isinstance(part, str):
                _add_day(result, name, part)
            elif name in _MOMENTS and isinstance(part, str):
                _add_moment(result, name, part)
            else:
                result[name] = outward(part, as_text=as_text)
        return result
    if isinstance(value, list):
        return [outward(one, as_text=as_text) for one in value]
    return str(value) if as_text and isinstance(value, Decimal) else value


def _add_day(result: Document, name: str, text: str) -> None:
    try:
        day = values.day(text)
    except ValueError:
        result[name] = text  # the echo of a refused document keeps what could not be read
        return
    result[name] = values.ms_date(day)
    if name in _DAYS_WITH_TEXT:
        result[f"{name}String"] = f"{day}T00:00:00"


def _add_moment(result: Document, name: str, text: str) -> None:
    try:
        result[name] = values.ms_date(text)
    except ValueError:
        result[name] = text
        return
    result[f"{name}String"] = values.moment(text).strftime("%Y-%m-%dT%H:%M:%SZ")


def transaction(books: Books, document: Document, *, places: int, form: str = "full") -> Document:
    """A bill, credit or order as the API shows it; ``form`` is full, brief (unpaged list) or summary."""
    shown = dict(document)
    contact = books.contact(document["Contact"]["ContactID"]) or document["Contact"]
    parts = _CONTACT_PARTS if form == "full" else ("ContactID", "Name")
    shown["Contact"] = {name: contact[name] for name in parts if name in contact}
    shown["HasErrors"] = False
    if form == "summary":
        shown = {name: value for name, value in shown.items() if name not in _SUMMARY_DROPS}
    elif form == "brief":
        shown["LineItems"] = []
    else:
        shown["LineItems"] = [_line(line, places) for line in document["LineItems"]]
    return dict(outward(shown, as_text=books.switches.amounts_as_text))


def _line(line: Document, places: int) -> Document:
    if "UnitAmount" not in line:
        return line
    return {**line, "UnitAmount": values.half_up(line["UnitAmount"], places)}


def contact(books: Books, document: Document, *, whole: bool) -> Document:
    """A contact; an unpaged list leaves parts out (``whole`` False)."""
    shown = {name: part for name, part in document.items() if whole or name not in _PAGED_CONTACT_PARTS}
    return dict(outward(shown, as_text=books.switches.amounts_as_text))
