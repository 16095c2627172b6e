"""Small endpoints: organisation, actions, accounts, tax rates, tracking categories, currencies, payments.

What belongs here: what a connection may only read. What does not: how these lists are kept.
"""

from __future__ import annotations

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Answer, Call, scopes
from cwxero_dagster.sandbox.xero.filters import Fields, plain
from cwxero_dagster.sandbox.xero.listing import filtered, is_true, paged
from cwxero_dagster.sandbox.xero.refusals import not_allowed, not_found
from cwxero_dagster.sandbox.xero.rendering import outward

_ACTIONS = (
    "ApproveTransactionsBeforePeriodLockDate", "AttachFilesIntoInvoice", "CreateApprovedBill", "CreateApprovedInvoice",
    "CreateApprovedPurchaseOrder", "CreateDraftBill", "CreateDraftInvoice", "CreateDraftPurchaseOrder",
    "UseMulticurrency",
)  # fmt: skip


def _named(*fields: tuple[str, str]) -> Fields:
    return {name.lower(): plain(name, kind, optimised=True) for name, kind in fields}


ACCOUNT_FIELDS = _named(
    ("AccountID", "guid"), ("Code", "text"), ("Name", "text"), ("Type", "text"), ("Class", "text"),
    ("Status", "text"), ("SystemAccount", "text"), ("TaxType", "text"), ("UpdatedDateUTC", "moment"),
)  # fmt: skip
TAX_RATE_FIELDS = _named(
    ("TaxType", "text"), ("Name", "text"), ("Status", "text"), ("CanApplyToAssets", "flag"),
    ("CanApplyToEquity", "flag"), ("CanApplyToExpenses", "flag"), ("CanApplyToLiabilities", "flag"),
    ("CanApplyToRevenue", "flag"), ("EffectiveRate", "number"),
)  # fmt: skip
TRACKING_FIELDS = _named(("TrackingCategoryID", "guid"), ("Name", "text"), ("Status", "text"))
CURRENCY_FIELDS = _named(("Code", "text"), ("Description", "text"))
PAYMENT_FIELDS = _named(
    ("PaymentID", "guid"), ("Status", "text"), ("Date", "date"), ("Amount", "number"), ("PaymentType", "text"),
    ("Invoice.InvoiceID", "guid"), ("Invoice.InvoiceNumber", "text"), ("Reference", "text"),
    ("UpdatedDateUTC", "moment"),
)  # fmt: skip


class OrganisationEndpoint:
    """``/Organisation`` and ``/Organisation/Actions``."""

    reads, writes = scopes("accounting.settings")
    parameters: frozenset[str] = frozenset()

    def __init__(self, books: Books) -> None:
        self._books = books

    def answer(self, call: Call) -> Answer:
        """The one organisation, or what the connection may do there."""
        if call.method != "GET":
            raise not_allowed(call.method)
        if not call.rest:
            return 200, {"Organisations": [outward(self._books.organisation)]}
        if call.rest != ("Actions",):
            raise not_found()
        denied = set(self._books.switches.denied_actions)
        if len(list(self._books.store.all("xero.currencies"))) < 2:
            denied.add("UseMulticurrency")
        actions = [{"Name": name, "Status": "NOT-ALLOWED" if name in denied else "ALLOWED"} for name in _ACTIONS]
        return 200, {"Actions": actions}


class ListEndpoint:
    """A list of settings that is read as a whole, or one of it by its key: the first of its fields."""

    parameters = frozenset({"where", "order", "includeArchived"})
    reads, writes = scopes("accounting.settings")

    def __init__(self, books: Books, collection: str, table: str, fields: Fields) -> None:
        self._books = books
        self._collection = collection
        self._table = table
        self._fields = fields
        self._key = next(iter(fields))

    def answer(self, call: Call) -> Answer:
        """The list, ordered by key, or the one with the key in the path."""
        if call.method != "GET":
            raise not_allowed(call.method)
        if len(call.rest) > 1:
            raise not_found()
        documents = filtered(self._books.store.all(self._table), call.request, self._fields, self._books.complain)
        if call.rest:
            documents = [one for one in documents if self._key_of(one) == call.rest[0].lower()]
            if not documents:
                raise not_found()
        elif self._table == "xero.trackingcategories" and not is_true(call.request, "includeArchived"):
            documents = [_active(one) for one in documents if one.get("Status", "ACTIVE") == "ACTIVE"]
        page = paged(documents, call.request, self._fields, always=False, default_order=self._key)
        return 200, {self._collection: [outward(one) for one in page.documents]}

    def _key_of(self, document: Document) -> str:
        return str(self._fields[self._key].read(document)).lower()


def _active(category: Document) -> Document:
    options = [one for one in category.get("Options", []) if one.get("Status", "ACTIVE") == "ACTIVE"]
    return {**category, "Options": options}


class PaymentEndpoint:
    """``/Payments``, to read. In the sandbox only people pay."""

    reads, writes = scopes("accounting.payments", broad="accounting.transactions")
    parameters = frozenset({"where", "order", "page", "pageSize"})

    def __init__(self, books: Books) -> None:
        self._books = books

    def answer(self, call: Call) -> Answer:
        """The payments, or one."""
        if call.method != "GET":
            self._books.complain(f"{call.where}: payments are made by people")
            raise not_allowed(call.method)
        documents = filtered(self._books.store.all("xero.payments"), call.request, PAYMENT_FIELDS, self._books.complain)
        if call.rest:
            documents = [one for one in documents if one["PaymentID"] == call.rest[0].lower()]
            if len(call.rest) > 1 or not documents:
                raise not_found()
        order = "UpdatedDateUTC ASC, PaymentID ASC"
        page = paged(documents, call.request, PAYMENT_FIELDS, always=False, default_order=order)
        shown = [outward(one, as_text=self._books.switches.amounts_as_text) for one in page.documents]
        return 200, {**({"pagination": page.pagination} if page.pagination else {}), "Payments": shown}
