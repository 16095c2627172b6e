"""The endpoint of contacts.

What belongs here: addresses, query parameters and answers. What does not: the rules of a write (contacts.py).
"""

from __future__ import annotations

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import rendering, sentences
from cwxero_dagster.sandbox.xero.batches import BatchForm, run_batch
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Answer, Call, scopes
from cwxero_dagster.sandbox.xero.contacts import TABLE, find_contact, write_contact
from cwxero_dagster.sandbox.xero.filters import Fields, plain
from cwxero_dagster.sandbox.xero.history import History
from cwxero_dagster.sandbox.xero.listing import filtered, guids, is_true, paged
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError, Findings, not_allowed, not_found

_TEXT_FIELDS = (
    "Name", "ContactNumber", "AccountNumber", "ContactStatus", "EmailAddress", "FirstName", "LastName", "CompanyNumber",
    "TaxNumber",
)  # fmt: skip
_FIELDS: Fields = {
    **{name.lower(): plain(name, "text", optimised=True) for name in _TEXT_FIELDS},
    "contactid": plain("ContactID", "guid", optimised=True),
    "issupplier": plain("IsSupplier", "flag", optimised=True),
    "iscustomer": plain("IsCustomer", "flag", optimised=True),
    "updateddateutc": plain("UpdatedDateUTC", "moment"),
}
_SEARCHED = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")


class ContactEndpoint:
    """``/Contacts``."""

    reads, writes = scopes("accounting.contacts")
    parameters = frozenset(
        {"where", "order", "IDs", "page", "pageSize", "includeArchived", "summaryOnly", "searchTerm", "summarizeErrors"}
    )

    def __init__(self, books: Books, history: History) -> None:
        self._books = books
        self._history = history

    def answer(self, call: Call) -> Answer:
        """List, read by id or number, create, update, history."""
        if len(call.rest) == 2 and call.rest[1] == "History":
            return self._history.answer(call, self._found(call.rest[0])["ContactID"])
        if len(call.rest) > 1:
            raise not_found()
        if call.method == "GET":
            if call.rest:
                return 200, {"Contacts": [rendering.contact(self._books, self._found(call.rest[0]), whole=True)]}
            return self._list(call)
        if call.method not in ("PUT", "POST") or (call.method == "PUT" and call.rest):
            raise not_allowed(call.method)
        elements = call.elements("Contacts", self._books.switches.largest_batch)
        if call.rest:
            elements = [{**elements[0], "ContactID": self._found(call.rest[0])["ContactID"]}]
        form = BatchForm(collection="Contacts", id_field="ContactID", nested=False)
        return run_batch(self._books, call, elements, lambda element: self._write(call, element), form)

    def _write(self, call: Call, element: Document) -> tuple[Document, list[str]]:
        current: Document | None = None
        if call.method == "POST":
            current = find_contact(self._books, element, by_name=True)
            if current is None and element.get("ContactID"):
                raise DocumentRefusedError(Findings([sentences.CONTACT_UNKNOWN]))
        elif element.get("ContactID"):
            raise DocumentRefusedError(Findings([sentences.ID_ON_CREATE]))
        contact = write_contact(self._books, element, current, where=call.where)
        return rendering.contact(self._books, contact, whole=True), []

    def _found(self, name: str) -> Document:
        found = self._books.contact(name) or find_contact(self._books, {"ContactNumber": name}, by_name=False)
        if found is None:
            raise not_found()
        return found

    def _list(self, call: Call) -> Answer:
        request = call.request
        documents = filtered(self._books.store.all(TABLE), request, _FIELDS, self._books.complain)
        if not is_true(request, "includeArchived"):
            documents = [one for one in documents if one.get("ContactStatus", "ACTIVE") == "ACTIVE"]
        if (wanted := guids(request, "IDs")) is not None:
            documents = [one for one in documents if one["ContactID"] in wanted]
        if term := (request.first("searchTerm") or "").lower():
            documents = [one for one in documents if any(term in str(one.get(name, "")).lower() for name in _SEARCHED)]
        order = "UpdatedDateUTC ASC, ContactID ASC"
        page = paged(documents, request, _FIELDS, always=is_true(request, "summaryOnly"), default_order=order)
        whole = page.pagination is not None and not is_true(request, "summaryOnly")
        shown = [rendering.contact(self._books, one, whole=whole) for one in page.documents]
        return 200, {**({"pagination": page.pagination} if page.pagination else {}), "Contacts": shown}
