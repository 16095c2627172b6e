"""Xero records as rows of the staged tables.

What belongs here: which field becomes which column, and what in a record is noise. What does not: reading records
(``stage_xero``).

Rows lack ``observed_at`` and ``present``, which belong to the run that read them. Source of the fields: xero_api.md,
sections 1, 2, 5, 6 and 11: a bill shows its InvoiceNumber, a supplier credit its CreditNoteNumber, as the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cwxero_dagster.staging import values
from cwxero_dagster.staging.canonical import canonical, fingerprint
from cwxero_dagster.staging.values import field
from cwxero_dagster.xero import parse

Row = dict[str, Any]

SYSTEM = "Xero"

_IDENTITY: Mapping[str, tuple[str, str]] = {
    "connection": ("tenantId", "tenantName"),
    "organisation": ("OrganisationID", "Name"),
    "action": ("Name", "Status"),
    "account": ("AccountID", "Name"),
    "tax_rate": ("TaxType", "Name"),
    "tracking_category": ("TrackingCategoryID", "Name"),
    "currency": ("Code", "Description"),
}
"""Kind of a small list to the fields that identify and name its records."""

_NOISE = frozenset({"Balances", "updatedDateUtc", "createdDateUtc", "authEventId"})
"""Fields that move without anything about the record having changed: running balances, times of the connection."""


def contact(record: Mapping[str, Any]) -> Row:
    """A contact, archived ones included."""
    return _row(
        record,
        f"contact {record.get('Name')}",
        contact_id=lambda: str(record["ContactID"]),
        name=lambda: values.text(record.get("Name")) or "",
        contact_number=lambda: values.text(record.get("ContactNumber")),
        account_number=lambda: values.text(record.get("AccountNumber")),
        status=lambda: str(record.get("ContactStatus") or ""),
        merged_to=lambda: values.text(record.get("MergedToContactID")),
        default_currency=lambda: values.text(record.get("DefaultCurrency")),
        updated_at=lambda: parse.moment(record.get("UpdatedDateUTC")),
    )


def reference(kind: str, record: Mapping[str, Any]) -> Row:
    """A record of a small list."""
    identity, name = _IDENTITY[kind]
    return {
        **_row(
            record,
            f"{kind.replace('_', ' ')} {record.get(name)}",
            record_id=lambda: str(record[identity]),
            name=lambda: values.text(record.get(name)),
        ),
        "kind": kind,
    }


def bill(record: Mapping[str, Any]) -> Row:
    """A supplier's bill (ACCPAY)."""
    return _row(
        record,
        f"bill {record.get('InvoiceNumber')}",
        **_document(record),
        document_id=lambda: str(record["InvoiceID"]),
        document_type=lambda: "ACCPAY",
        number=lambda: values.text(record.get("InvoiceNumber")),
        due_date=lambda: parse.day_of(record, "DueDate"),
        amount_paid=lambda: _amount(record, "AmountPaid"),
        amount_due=lambda: _amount(record, "AmountDue"),
        url=lambda: values.text(record.get("Url")),
    )


def supplier_credit(record: Mapping[str, Any]) -> Row:
    """A supplier's credit note (ACCPAYCREDIT); what is left of it is its amount due."""
    return _row(
        record,
        f"supplier credit {record.get('CreditNoteNumber')}",
        **_document(record),
        document_id=lambda: str(record["CreditNoteID"]),
        document_type=lambda: "ACCPAYCREDIT",
        number=lambda: values.text(record.get("CreditNoteNumber")),
        due_date=lambda: parse.day_of(record, "DueDate"),
        amount_due=lambda: _amount(record, "RemainingCredit"),
    )


def document(record: Mapping[str, Any]) -> Row:
    """A bill or a supplier credit."""
    return supplier_credit(record) if record.get("CreditNoteID") else bill(record)


def purchase_order(record: Mapping[str, Any]) -> Row:
    """One of Xero's purchase orders."""
    return _row(
        record,
        f"purchase order {record.get('PurchaseOrderNumber')}",
        **_document(record),
        document_id=lambda: str(record["PurchaseOrderID"]),
        number=lambda: values.text(record.get("PurchaseOrderNumber")),
        reference=lambda: values.text(record.get("Reference")),
        delivery_date=lambda: parse.day_of(record, "DeliveryDate"),
    )


def _document(record: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    return {
        "contact_id": lambda: str(field(record, "Contact/ContactID") or ""),
        "contact_name": lambda: values.text(field(record, "Contact/Name")),
        "status": lambda: str(record.get("Status") or ""),
        "date": lambda: parse.day_of(record, "Date"),
        "currency_code": lambda: values.text(record.get("CurrencyCode")),
        "net": lambda: _amount(record, "SubTotal"),
        "tax": lambda: _amount(record, "TotalTax"),
        "total": lambda: _amount(record, "Total"),
        "has_attachments": lambda: values.flag(record.get("HasAttachments")),
        "updated_at": lambda: parse.moment(record.get("UpdatedDateUTC")),
    }


def _amount(record: Mapping[str, Any], name: str) -> Decimal | None:
    return values.amount(parse.number(record.get(name)))


def _row(record: Mapping[str, Any], what: str, **columns: Callable[[], Any]) -> Row:
    steady = {key: value for key, value in record.items() if key not in _NOISE}
    return {**values.reading(SYSTEM, what, columns), "fingerprint": fingerprint(steady), "body": canonical(record)}
