"""From Xero's own records to the values of ``books``.

What belongs here: tolerant reading of the JSON of ``XeroReference``, ``XeroContacts``, ``XeroDocuments`` and
``XeroPurchaseOrders``. What does not: the values and look-ups in them (``books``), HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.books import (
    PURCHASE_ORDER,
    Account,
    Books,
    Contact,
    Document,
    DocumentLine,
    Organisation,
    TaxRate,
    TrackingCategory,
)
from cwxero_dagster.payables.money import decimal


def _text(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    return None if value is None or value == "" else str(value)


def _number(record: Mapping[str, Any], name: str) -> Decimal | None:
    value = record.get(name)
    return None if value is None or value == "" else decimal(value)


def _rate(record: Mapping[str, Any]) -> Decimal:
    value = record.get("EffectiveRate", record.get("DisplayTaxRate"))
    return decimal(value) if value is not None else Decimal(0)


def account_of(record: Mapping[str, Any]) -> Account:
    """An account from its record."""
    return Account(
        code=str(record.get("Code") or ""),
        name=str(record.get("Name") or ""),
        status=str(record.get("Status") or "ACTIVE"),
        account_class=str(record.get("Class") or "").upper(),
        account_type=str(record.get("Type") or "").upper(),
        system_account=_text(record, "SystemAccount"),
        tax_type=_text(record, "TaxType"),
    )


def tax_rate_of(record: Mapping[str, Any]) -> TaxRate:
    """A tax rate from its record; a missing flag is false."""
    classes = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
    return TaxRate(
        tax_type=str(record.get("TaxType") or ""),
        name=str(record.get("Name") or ""),
        status=str(record.get("Status") or "ACTIVE"),
        rate=_rate(record),
        applies_to=frozenset(c.lower() for c in classes if record.get(f"CanApplyTo{c}") is True),
    )


def tracking_of(record: Mapping[str, Any]) -> TrackingCategory:
    """A tracking category from its record."""
    options = [o for o in record.get("Options") or [] if o.get("Status", "ACTIVE") == "ACTIVE"]
    return TrackingCategory(
        category_id=str(record.get("TrackingCategoryID") or ""),
        name=str(record.get("Name") or ""),
        active=record.get("Status", "ACTIVE") == "ACTIVE",
        options={str(o.get("Name")).lower(): str(o.get("TrackingOptionID")) for o in options},
        option_names=tuple(str(o.get("Name")) for o in options),
    )


def contact_of(record: Mapping[str, Any]) -> Contact:
    """A contact from its record."""
    bills = (record.get("PaymentTerms") or {}).get("Bills") or {}
    terms = (int(bills["Day"]), str(bills.get("Type") or "")) if bills.get("Day") is not None else None
    return Contact(
        contact_id=str(record.get("ContactID") or ""),
        name=str(record.get("Name") or ""),
        contact_number=_text(record, "ContactNumber"),
        account_number=_text(record, "AccountNumber"),
        status=str(record.get("ContactStatus") or "ACTIVE"),
        merged_to=_text(record, "MergedToContactID"),
        terms=terms,
    )


def line_of(record: Mapping[str, Any], *, inclusive: bool = False) -> DocumentLine:
    """A document line from its record; ``inclusive``: the document's line amounts hold the tax.

    A description-only line has neither quantity nor unit amount here, whether Xero leaves them out or shows one for
    nothing; any other line has both.
    """
    quantity, unit = _number(record, "Quantity"), _number(record, "UnitAmount")
    text_only = not record.get("AccountCode") and not unit and quantity in {None, Decimal(0), Decimal(1)}
    amount, tax = _number(record, "LineAmount"), _number(record, "TaxAmount")
    return DocumentLine(
        line_item_id=_text(record, "LineItemID"),
        description=str(record.get("Description") or ""),
        quantity=None if text_only else (Decimal(1) if quantity is None else quantity),
        unit_amount=None if text_only else (unit or Decimal(0)),
        account_code=_text(record, "AccountCode"),
        tax_type=None if text_only else _text(record, "TaxType"),
        tracking=tuple(
            sorted((str(t.get("Name") or ""), str(t.get("Option") or "")) for t in record.get("Tracking") or [])
        ),
        item_code=_text(record, "ItemCode"),
        net=amount - (tax or Decimal(0)) if inclusive and amount is not None else amount,
        tax=tax,
    )


def document_of(row: Mapping[str, Any]) -> Document:
    """A bill or credit from a row of ``XeroDocuments``; the lines come from its body."""
    record = json.loads(row["body"], parse_float=Decimal)
    inclusive = record.get("LineAmountTypes") == "Inclusive"
    return Document(
        document_id=row["document_id"],
        document_type=row["document_type"],
        number=row["number"] or "",
        contact_id=row["contact_id"],
        contact_name=row["contact_name"] or "",
        status=row["status"],
        dated=row["date"],
        due_date=row.get("due_date"),
        currency_code=row["currency_code"] or "",
        net=row["net"] or Decimal(0),
        tax=row["tax"] or Decimal(0),
        total=row["total"] or Decimal(0),
        url=row.get("url"),
        has_attachments=row.get("has_attachments") or False,
        updated_at=row["updated_at"],
        line_amounts=str(record.get("LineAmountTypes") or ""),
        lines=tuple(line_of(line, inclusive=inclusive) for line in record.get("LineItems") or []),
    )


def order_of(row: Mapping[str, Any]) -> Document:
    """A purchase order from a row of ``XeroPurchaseOrders``."""
    return document_of(
        {**row, "document_type": PURCHASE_ORDER, "due_date": row["delivery_date"], "url": row["reference"]}
    )


def organisation_of(record: Mapping[str, Any], lock_days: tuple[date | None, date | None]) -> Organisation:
    """The organisation from its record; lock dates come parsed, because Xero has several spellings of a date."""
    return Organisation(
        organisation_id=str(record.get("OrganisationID") or ""),
        name=str(record.get("Name") or ""),
        base_currency=str(record.get("BaseCurrency") or ""),
        time_zone=_text(record, "Timezone"),
        period_lock=lock_days[0],
        year_end_lock=lock_days[1],
    )


def books_of(
    reference: Iterable[Mapping[str, Any]],
    contacts: Iterable[Mapping[str, Any]],
    documents: Iterable[Mapping[str, Any]],
    orders: Iterable[Mapping[str, Any]] = (),
    *,
    organisation: Organisation | None,
    seen: Iterable[Mapping[str, Any]] = (),
) -> Books:
    """The books from rows of the staged frames (only rows that are present count).

    ``seen``: every observation of documents of which more than the last one tells something, in their order.
    """
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in reference:
        if row["present"]:
            kinds.setdefault(row["kind"], []).append(json.loads(row["body"], parse_float=Decimal))
    accounts = [account_of(record) for record in kinds.get("account", [])]
    rates = [tax_rate_of(record) for record in kinds.get("tax_rate", [])]
    categories = [tracking_of(record) for record in kinds.get("tracking_category", [])]
    people = [contact_of(json.loads(row["body"], parse_float=Decimal)) for row in contacts if row["present"]]
    observations: dict[str, list[tuple[datetime, Document]]] = {}
    for row in seen:
        observations.setdefault(row["document_id"].lower(), []).append((row["observed_at"], document_of(row)))
    return Books(
        organisation=organisation,
        accounts={account.code: account for account in accounts if account.code},
        tax_rates={rate.tax_type: rate for rate in rates},
        tracking={category.name.lower(): category for category in categories if category.active},
        currencies=frozenset(str(record.get("Code")) for record in kinds.get("currency", [])),
        contacts={contact.contact_id.lower(): contact for contact in people},
        documents=tuple(document_of(row) for row in documents if row["present"]),
        orders=tuple(order_of(row) for row in orders if row["present"]),
        seen=observations,
    )
