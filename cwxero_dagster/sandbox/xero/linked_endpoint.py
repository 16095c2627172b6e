"""``/LinkedTransactions``: addresses, filters and answers.

What belongs here: reading the call and wording the answer. What does not: what a link needs (linked.py).

A call writes one link: of several in a body Xero looks at the first and says nothing of the others.
"""

from __future__ import annotations

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Answer, Call, scopes
from cwxero_dagster.sandbox.xero.linked import Links
from cwxero_dagster.sandbox.xero.listing import guids, is_guid, page_number
from cwxero_dagster.sandbox.xero.refusals import (
    DocumentRefusedError,
    RequestRefusedError,
    bad_request,
    not_allowed,
    not_found,
)
from cwxero_dagster.sandbox.xero.rendering import ZERO_ID, outward

PAGE = 100
_COLLECTION = "LinkedTransactions"
_IDS = ("LinkedTransactionID", "SourceTransactionID", "ContactID", "TargetTransactionID")
_WRITABLE = {"SourceTransactionID", "SourceLineItemID", "ContactID", "TargetTransactionID", "TargetLineItemID", "Type"}
_MANY = 100


class LinkedTransactionEndpoint:
    """List, read, create, give to another customer, delete."""

    reads, writes = scopes("accounting.invoices", broad="accounting.transactions")
    parameters = frozenset({*_IDS, "Status", "page"})

    def __init__(self, books: Books) -> None:
        self._books = books
        self._links = Links(books)

    def answer(self, call: Call) -> Answer:
        """The links asked for, the one written, or nothing (204) for one that was deleted."""
        if len(call.rest) > 1 or (call.rest and not is_guid(call.rest[0])):
            raise not_found()
        if not call.rest:
            return self._of_all(call)
        link = self._links.get(call.rest[0])
        if link is None:
            raise not_found()
        try:
            if call.method == "GET":
                return _answered(link)
            if call.method == "POST":
                return self._assign(call, link)
            if call.method == "DELETE":
                self._links.delete(link)
                return 204, {}
        except DocumentRefusedError as refused:
            raise _bad_request(link, refused) from None
        raise not_allowed(call.method)

    def _of_all(self, call: Call) -> Answer:
        if call.method == "GET":
            return self._list(call)
        if call.method != "PUT":
            raise not_allowed(call.method)
        sent = self._sent(call)
        try:
            return _answered(self._links.create(sent))
        except DocumentRefusedError as refused:
            if self._books.switches.link_refusals == "status":
                raise _bad_request({"LinkedTransactionID": ZERO_ID, **sent}, refused) from None
            echo = {"LinkedTransactionID": self._books.new_id("link"), **sent, "Type": "BILLABLEEXPENSE"}
            return _answered({**echo, "ValidationErrors": _errors(refused)})

    def _list(self, call: Call) -> Answer:
        found = self._links.all()
        for name in _IDS:
            if (wanted := guids(call.request, name)) is not None:
                found = [one for one in found if one.get(name) in wanted]
        if status := call.request.first("Status"):
            if call.request.first("ContactID") is None:
                raise bad_request(10, "ValidationException", "Status can be asked for together with ContactID only")
            found = [one for one in found if one["Status"] == status]
        page = page_number(call.request)
        return 200, {_COLLECTION: [outward(one) for one in found[(page - 1) * PAGE : page * PAGE]]}

    def _assign(self, call: Call, link: Document) -> Answer:
        sent = self._sent(call)
        moved = any(
            str(sent[name]).lower() != link[name]
            for name in ("SourceTransactionID", "SourceLineItemID")
            if name in sent
        )
        if moved or "ContactID" not in sent:
            raise bad_request(10, "ValidationException", "This simulation changes nothing but the customer of a link")
        return _answered(self._links.assign(link, sent["ContactID"]))

    def _sent(self, call: Call) -> Document:
        sent, *others = call.elements(_COLLECTION, _MANY)
        if others:
            self._books.complain(f"{call.where}: {len(others)} links beside the first were not looked at")
        for name in sorted(sent.keys() - _WRITABLE):
            self._books.complain(f"{call.where}: field {name} is not writable")
        return {name: value for name, value in sent.items() if name in _WRITABLE}


def _answered(link: Document) -> Answer:
    return 200, {_COLLECTION: [outward(link)]}


def _errors(refused: DocumentRefusedError) -> list[Document]:
    return [{"Message": message} for message in refused.findings.document]


def _bad_request(link: Document, refused: DocumentRefusedError) -> RequestRefusedError:
    refusal = bad_request(10, "ValidationException", "A validation exception occurred")
    refusal.body = {**refusal.body, "Elements": [{**outward(link), "ValidationErrors": _errors(refused)}]}
    return refusal
