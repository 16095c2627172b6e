"""What the Xero organisation holds and allows, as values: accounts, tax types, tracking, contacts, documents.

What belongs here: typed, tolerant reading of Xero's own records (the JSON of ``XeroReference``, ``XeroContacts`` and
``XeroDocuments``) and look-ups in them. What does not: what a bill needs of them (mapping, preflight, planning).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from cwxero_dagster.payables.money import decimal
from cwxero_dagster.payables.numbering import credit_key_in, key_in, order_key_in

FINAL = frozenset({"AUTHORISED", "PAID"})
GONE = frozenset({"DELETED", "VOIDED"})
PURCHASE_ORDER = "PURCHASEORDER"
"""Document type of Xero's own purchase orders, which are no bills. The API has no word for it."""


@dataclass(frozen=True)
class Account:
    """A line of the chart of accounts (GET /Accounts)."""

    code: str
    name: str
    status: str
    account_class: str
    account_type: str
    system_account: str | None


@dataclass(frozen=True)
class TaxRate:
    """A tax type (GET /TaxRates); ``rate`` in percent."""

    tax_type: str
    name: str
    status: str
    rate: Decimal
    applies_to: frozenset[str]
    """Account classes, lower case, that the type may be used with (CanApplyTo...)."""


@dataclass(frozen=True)
class TrackingCategory:
    """A tracking category and its active options by lower-case name."""

    category_id: str
    name: str
    active: bool
    options: Mapping[str, str]
    """Lower-case option name to option id; archived options are left out."""
    option_names: tuple[str, ...] = ()
    """The same options as Xero spells them."""


@dataclass(frozen=True)
class Contact:
    """A supplier (GET /Contacts, archived ones included)."""

    contact_id: str
    name: str
    contact_number: str | None
    account_number: str | None
    status: str
    merged_to: str | None
    terms: tuple[int, str] | None = None
    """The contact's own bill terms: (day, type) as PaymentTerms.Bills has them."""

    @property
    def active(self) -> bool:
        """True where Xero accepts the contact on a new document."""
        return self.status == "ACTIVE"


@dataclass(frozen=True)
class DocumentLine:
    """One line of a document in Xero."""

    line_item_id: str | None
    description: str
    quantity: Decimal | None
    unit_amount: Decimal | None
    account_code: str | None
    tax_type: str | None
    tracking: tuple[tuple[str, str], ...]
    item_code: str | None = None
    net: Decimal | None = None
    """Amount before tax, as Xero computed it; None where Xero does not say."""
    tax: Decimal | None = None


@dataclass(frozen=True)
class Document:
    """A bill, supplier credit or purchase order as it stands in Xero."""

    document_id: str
    document_type: str
    number: str
    contact_id: str
    contact_name: str
    status: str
    dated: date | None
    due_date: date | None
    """The day on which a bill is due; of a purchase order its delivery date."""
    currency_code: str
    net: Decimal
    tax: Decimal
    total: Decimal
    url: str | None
    """The link of a bill; of a purchase order, which has none, its Reference."""
    has_attachments: bool
    updated_at: datetime | None
    line_amounts: str
    lines: tuple[DocumentLine, ...]

    @property
    def stamp(self) -> str:
        """When Xero says that it was last changed, to the second; blank where Xero does not say."""
        return self.updated_at.astimezone(UTC).isoformat(timespec="seconds") if self.updated_at else ""

    @property
    def live(self) -> bool:
        """True unless it was deleted or voided."""
        return self.status not in GONE

    @property
    def key(self) -> str | None:
        """The key that it carries: in a bill's link, a credit's first line, a purchase order's Reference."""
        if self.document_type == PURCHASE_ORDER:
            return order_key_in(self.url)
        if self.document_type == "ACCPAYCREDIT":
            return credit_key_in(self.lines[0].description) if self.lines else None
        return key_in(self.url)


@dataclass(frozen=True)
class Organisation:
    """The one organisation that is written to."""

    organisation_id: str
    name: str
    base_currency: str
    time_zone: str | None
    period_lock: date | None
    year_end_lock: date | None

    @property
    def locked_until(self) -> date | None:
        """The later of the two lock dates."""
        return max((day for day in (self.period_lock, self.year_end_lock) if day), default=None)


@dataclass(frozen=True)
class Books:
    """Everything that was last read of the organisation."""

    organisation: Organisation | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    tax_rates: Mapping[str, TaxRate] = field(default_factory=dict)
    tracking: Mapping[str, TrackingCategory] = field(default_factory=dict)
    """Active categories by lower-case name."""
    currencies: frozenset[str] = frozenset()
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()
    """Bills and supplier credits."""
    orders: tuple[Document, ...] = ()
    """Xero's purchase orders, where they are read; nothing of them is ever owed."""

    def contact(self, contact_id: str) -> Contact | None:
        """The contact, or the one that it was merged into."""
        found = self.contacts.get(contact_id.lower())
        seen = {contact_id.lower()}
        while found and found.merged_to and found.merged_to.lower() not in seen:
            seen.add(found.merged_to.lower())
            found = self.contacts.get(found.merged_to.lower(), found)
        return found

    @cached_property
    def by_id(self) -> Mapping[str, Document]:
        """Bills and supplier credits by lower-case id."""
        return {document.document_id.lower(): document for document in self.documents}

    @cached_property
    def orders_by_id(self) -> Mapping[str, Document]:
        """Xero's purchase orders by lower-case id."""
        return {order.document_id.lower(): order for order in self.orders}


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
) -> Books:
    """The books from rows of the staged frames (only rows that are present count)."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in reference:
        if row["present"]:
            kinds.setdefault(row["kind"], []).append(json.loads(row["body"], parse_float=Decimal))
    accounts = [account_of(record) for record in kinds.get("account", [])]
    rates = [tax_rate_of(record) for record in kinds.get("tax_rate", [])]
    categories = [tracking_of(record) for record in kinds.get("tracking_category", [])]
    people = [contact_of(json.loads(row["body"], parse_float=Decimal)) for row in contacts if row["present"]]
    return Books(
        organisation=organisation,
        accounts={account.code: account for account in accounts if account.code},
        tax_rates={rate.tax_type: rate for rate in rates},
        tracking={category.name.lower(): category for category in categories if category.active},
        currencies=frozenset(str(record.get("Code")) for record in kinds.get("currency", [])),
        contacts={contact.contact_id.lower(): contact for contact in people},
        documents=tuple(document_of(row) for row in documents if row["present"]),
        orders=tuple(order_of(row) for row in orders if row["present"]),
    )
