"""What the Xero organisation holds and allows, as values: accounts, tax types, tracking, contacts, documents.

What belongs here: the values and look-ups in them. What does not: reading Xero's records (``reading_books``), and what
a bill needs of them (mapping, preflight, planning).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property

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
    tax_type: str | None = None
    """The tax type that its lines have where none is given."""


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

    @cached_property
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
    seen: Mapping[str, Sequence[tuple[datetime, Document]]] = field(default_factory=dict)
    """By lower-case id, of bills and credits whose total was another one before: each observation, oldest first."""

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
