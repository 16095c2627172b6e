"""The endpoints of bills, supplier credits and purchase orders.

What belongs here: addresses, query parameters and answers of the three. What does not: the rules of a write (bills.py,
purchase_orders.py).
"""

from __future__ import annotations

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import rendering, sentences, values
from cwxero_dagster.sandbox.xero.batches import BatchForm, run_batch
from cwxero_dagster.sandbox.xero.bills import BILL, Bills
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Answer, Call, scopes
from cwxero_dagster.sandbox.xero.filters import Field, Fields, plain
from cwxero_dagster.sandbox.xero.history import History
from cwxero_dagster.sandbox.xero.listing import (
    changed_after,
    filtered,
    guids,
    is_guid,
    is_true,
    listed,
    modified_since,
    paged,
)
from cwxero_dagster.sandbox.xero.purchase_orders import PLACES, TABLE, PurchaseOrders
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError, Findings, bad_query, not_allowed, not_found

_READS, _WRITES = scopes("accounting.invoices", broad="accounting.transactions")
_LIST = frozenset({"where", "order", "page", "pageSize", "unitdp", "summarizeErrors"})


def _fields(books: Books, id_field: str, number_field: str) -> Fields:
    optimised = [
        (id_field, "guid"), (number_field, "text"), ("Type", "text"), ("Status", "text"), ("Reference", "text"),
        ("Contact.ContactID", "guid"), ("Date", "date"), ("DueDate", "date"), ("AmountPaid", "number"),
        ("AmountDue", "number"),
    ]  # fmt: skip
    others = [
        ("Total", "number"), ("SubTotal", "number"), ("TotalTax", "number"), ("AmountCredited", "number"),
        ("RemainingCredit", "number"), ("CurrencyCode", "text"), ("Url", "text"), ("HasAttachments", "flag"),
        ("UpdatedDateUTC", "moment"), ("FullyPaidOnDate", "date"), ("PlannedPaymentDate", "date"),
    ]  # fmt: skip
    fields = {name.lower(): plain(name, kind, optimised=True) for name, kind in optimised}
    fields |= {name.lower(): plain(name, kind) for name, kind in others}
    return fields | {f"contact.{name.lower()}": _of_contact(books, name) for name in ("Name", "ContactNumber")}


def _of_contact(books: Books, name: str) -> Field:
    def read(document: Document) -> str | None:
        contact = books.contact(document["Contact"]["ContactID"])
        return None if contact is None else contact.get(name)

    return Field("text", read, optimised=True)


class BillEndpoint:
    """``/Invoices`` and ``/CreditNotes``."""

    reads = _READS
    writes = _WRITES

    def __init__(self, books: Books, bills: Bills, history: History) -> None:
        self._books = books
        self._bills = bills
        self._history = history
        kind = bills.kind
        self._collection = "Invoices" if kind is BILL else "CreditNotes"
        self._fields = _fields(books, kind.id_field, kind.number_field)
        searches = {
            "IDs", "InvoiceNumbers", "ContactIDs", "Statuses", "createdByMyApp", "searchTerm", "summaryOnly",
            "includeArchived",
        }  # fmt: skip
        self.parameters = _LIST | searches if kind is BILL else _LIST

    def answer(self, call: Call) -> Answer:
        """List, read, create, update, history."""
        if len(call.rest) == 2 and call.rest[1] == "History":
            return self._history.answer(call, self._found(call.rest[0])[self._bills.kind.id_field])
        if len(call.rest) > 1:
            raise not_found()
        if call.method == "GET":
            return self._one(call) if call.rest else self._list(call)
        if call.method not in ("PUT", "POST") or (call.method == "PUT" and call.rest):
            raise not_allowed(call.method)
        elements = call.elements(self._collection, self._books.switches.largest_batch)
        if call.rest:
            id_field = self._bills.kind.id_field
            if not is_guid(call.rest[0]) or len(elements) != 1:
                raise not_found()
            self._found(call.rest[0])
            elements = [{**elements[0], id_field: call.rest[0]}]
        form = BatchForm(
            collection=self._collection,
            id_field=self._bills.kind.id_field,
            nested=self._books.switches.line_errors_on_line,
        )
        return run_batch(self._books, call, elements, lambda element: self._write(call, element), form)

    def _write(self, call: Call, element: Document) -> tuple[Document, list[str]]:
        kind = self._bills.kind
        current: Document | None = None
        if named := element.get(kind.id_field):
            current = self._books.store.get(kind.table, str(named).lower())
            if call.method == "PUT" or current is None:
                message = sentences.ID_ON_CREATE if call.method == "PUT" else sentences.DOCUMENT_UNKNOWN
                raise DocumentRefusedError(Findings([message]))
        elif call.method == "POST":
            current = self._matched(call, element)
        if call.request.first("unitdp") != "4":
            self._books.complain(f"{call.where}: written without unitdp=4")
        document, warnings = self._bills.write(element, current, where=call.where, places=call.places)
        return rendering.transaction(self._books, document, places=call.places), warnings

    def _matched(self, call: Call, element: Document) -> Document | None:
        """What POST without an id means where the number exists already; nobody outside Xero knows."""
        kind = self._bills.kind
        number = element.get(kind.number_field)
        contact = element.get("Contact")
        contact_id = str(contact.get("ContactID", "")).lower() if isinstance(contact, dict) else ""
        for document in self._books.store.all(kind.table) if number else ():
            if document[kind.number_field] == number and document["Contact"]["ContactID"] == contact_id:
                self._books.complain(f"{call.where}: POST without an id for the existing number {number}")
                if self._books.switches.post_by_number == "refused":
                    raise DocumentRefusedError(Findings([sentences.number_taken(str(number))]))
                return document if self._books.switches.post_by_number == "updates" else None
        return None

    def _found(self, name: str) -> Document:
        kind = self._bills.kind
        found = self._books.store.get(kind.table, name.lower())
        if found is None:
            found = next((one for one in self._books.store.all(kind.table) if one[kind.number_field] == name), None)
            if found is None:
                raise not_found()
            self._books.complain(f"{self._collection} looked up by the number {name}, which is not unique")
        return found

    def _one(self, call: Call) -> Answer:
        document = self._found(call.rest[0])
        return 200, {self._collection: [rendering.transaction(self._books, document, places=call.places)]}

    def _list(self, call: Call) -> Answer:
        request, kind = call.request, self._bills.kind
        documents = filtered(
            self._books.store.all(kind.table),
            request,
            self._fields,
            lambda text: self._books.complain(f"{call.where}: {text}"),
        )
        if kind is BILL:
            documents = _searched(documents, call)
        summary = kind is BILL and is_true(request, "summaryOnly")
        forced = kind is BILL and (summary or request.first("Statuses") is not None)
        order = f"UpdatedDateUTC ASC, {kind.id_field} ASC"
        page = paged(documents, request, self._fields, always=forced, default_order=order)
        form = "summary" if summary else "full" if page.pagination else "brief"
        shown = [rendering.transaction(self._books, one, places=call.places, form=form) for one in page.documents]
        return 200, {**({"pagination": page.pagination} if page.pagination else {}), self._collection: shown}


def _searched(documents: list[Document], call: Call) -> list[Document]:
    request = call.request
    wanted = {
        "InvoiceID": guids(request, "IDs"),
        "InvoiceNumber": listed(request, "InvoiceNumbers"),
        "Status": listed(request, "Statuses"),
    }
    for name, allowed in wanted.items():
        if allowed is not None:
            documents = [one for one in documents if one[name] in allowed]
    if (contacts := guids(request, "ContactIDs")) is not None:
        documents = [one for one in documents if one["Contact"]["ContactID"] in contacts]
    if is_true(request, "createdByMyApp"):
        documents = [one for one in documents if one.get("_app")]
    if term := (request.first("searchTerm") or "").lower():
        documents = [
            one for one in documents if term in f"{one.get('InvoiceNumber', '')}\n{one.get('Reference', '')}".lower()
        ]
    return documents


class PurchaseOrderEndpoint:
    """``/PurchaseOrders``."""

    reads = _READS
    writes = _WRITES
    parameters = frozenset({"Status", "DateFrom", "DateTo", "order", "page", "pageSize", "summarizeErrors", "unitdp"})

    def __init__(self, books: Books, orders: PurchaseOrders, history: History) -> None:
        self._books = books
        self._orders = orders
        self._history = history
        self._fields = _fields(books, "PurchaseOrderID", "PurchaseOrderNumber")

    def answer(self, call: Call) -> Answer:
        """List, read by id or number, create, update, history."""
        if len(call.rest) == 2 and call.rest[1] == "History":
            return self._history.answer(call, self._found(call.rest[0])["PurchaseOrderID"])
        if len(call.rest) > 1:
            raise not_found()
        if call.method == "GET":
            if call.rest:
                return 200, {"PurchaseOrders": [self._shown(self._found(call.rest[0]))]}
            return self._list(call)
        if call.method not in ("PUT", "POST") or (call.method == "PUT" and call.rest):
            raise not_allowed(call.method)
        elements = call.elements("PurchaseOrders", self._books.switches.largest_batch)
        if call.rest:
            elements = [
                {**one, "PurchaseOrderID": self._found(call.rest[0])["PurchaseOrderID"]} for one in elements[:1]
            ]
        form = BatchForm(collection="PurchaseOrders", id_field="PurchaseOrderID", nested=True)
        return run_batch(self._books, call, elements, lambda element: self._write(call, element), form)

    def _write(self, call: Call, element: Document) -> tuple[Document, list[str]]:
        current: Document | None = None
        if named := element.get("PurchaseOrderID"):
            current = self._books.store.get(TABLE, str(named).lower())
            if call.method == "PUT" or current is None:
                message = sentences.ID_ON_CREATE if call.method == "PUT" else sentences.DOCUMENT_UNKNOWN
                raise DocumentRefusedError(Findings([message]))
        elif call.method == "POST" and (number := element.get("PurchaseOrderNumber")):
            current = self._numbered(str(number))
        order, warnings = self._orders.write(element, current, where=call.where)
        return self._shown(order), warnings

    def _shown(self, order: Document) -> Document:
        return rendering.transaction(self._books, order, places=PLACES)

    def _numbered(self, number: str) -> Document | None:
        return next((one for one in self._books.store.all(TABLE) if one["PurchaseOrderNumber"] == number), None)

    def _found(self, name: str) -> Document:
        found = self._books.store.get(TABLE, name.lower()) or self._numbered(name)
        if found is None:
            raise not_found()
        return found

    def _list(self, call: Call) -> Answer:
        request = call.request
        documents = list(self._books.store.all(TABLE))
        if (since := modified_since(request)) is not None:
            documents = [one for one in documents if changed_after(one, since)]
        if status := request.first("Status"):
            documents = [one for one in documents if one["Status"] == status]
        try:
            first, last = (values.day(text) if (text := request.first(name)) else "" for name in ("DateFrom", "DateTo"))
        except ValueError as error:
            raise bad_query("{}", error) from None
        documents = [one for one in documents if one["Date"] >= first and (not last or one["Date"] <= last)]
        order = "UpdatedDateUTC ASC, PurchaseOrderID ASC"
        page = paged(documents, request, self._fields, always=True, default_order=order)
        return 200, {"pagination": page.pagination, "PurchaseOrders": [self._shown(one) for one in page.documents]}
