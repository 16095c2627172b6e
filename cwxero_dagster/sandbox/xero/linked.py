"""Linked transactions: a bill's line that is billed on to a customer.

What belongs here: reading and creating links. What does not: the bill (bills.py).
"""

from __future__ import annotations

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Answer, Call, scopes
from cwxero_dagster.sandbox.xero.refusals import bad_request, not_allowed, not_found
from cwxero_dagster.sandbox.xero.rendering import outward

_TABLE = "xero.linkedtransactions"
_FILTERS = ("SourceTransactionID", "ContactID", "Status", "TargetTransactionID", "LinkedTransactionID")


class LinkedTransactionEndpoint:
    """``/LinkedTransactions``: billable expenses only. The status follows from the link and cannot be set."""

    reads, writes = scopes("accounting.invoices", broad="accounting.transactions")
    parameters = frozenset({*_FILTERS, "page"})

    def __init__(self, books: Books) -> None:
        self._books = books

    def answer(self, call: Call) -> Answer:
        """The links, or the one just made."""
        if call.rest:
            raise not_found()
        if call.method == "GET":
            found = list(self._books.store.all(_TABLE))
            for name in _FILTERS:
                if wanted := call.request.first(name):
                    found = [one for one in found if one.get(name) == wanted]
            return 200, {"LinkedTransactions": [outward(one) for one in found]}
        if call.method != "PUT":
            raise not_allowed(call.method)
        links = [self._create(call, element) for element in call.elements("LinkedTransactions", 1)]
        return 200, {"LinkedTransactions": [outward(one) for one in links]}

    def _create(self, call: Call, sent: Document) -> Document:
        known = {"SourceTransactionID", "SourceLineItemID", "ContactID"}
        for name in sorted(sent.keys() - known):
            self._books.complain(f"{call.where}: field {name} is not writable")
        bill = self._books.store.get("xero.invoices", str(sent.get("SourceTransactionID")).lower())
        line_id = str(sent.get("SourceLineItemID")).lower()
        if bill is None or all(line["LineItemID"] != line_id for line in bill["LineItems"]):
            raise bad_request(10, "ValidationException", "The source line item does not exist")
        if any(one["SourceLineItemID"] == line_id for one in self._books.store.all(_TABLE)):
            raise bad_request(10, "ValidationException", "The source line item is linked already")
        contact = self._books.contact(sent.get("ContactID"))
        if contact is None or contact["ContactStatus"] != "ACTIVE":
            raise bad_request(10, "ValidationException", "The customer does not exist or is archived")
        link: Document = {
            "LinkedTransactionID": self._books.new_id("link"),
            "SourceTransactionID": bill["InvoiceID"],
            "SourceLineItemID": line_id,
            "ContactID": contact["ContactID"],
            "Status": "APPROVED" if bill["Status"] in ("AUTHORISED", "PAID") else "DRAFT",
            "Type": "BILLABLEEXPENSE",
            "SourceTransactionTypeCode": "ACCPAY",
        }
        return self._books.keep(_TABLE, link["LinkedTransactionID"], link)
