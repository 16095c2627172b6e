"""What a person does to the links of a bill's lines in Xero: assign to a customer, take away, put on an invoice.

What belongs here: those actions of the user interface. What does not: bills (bookkeeper), anything over HTTP.
"""

from __future__ import annotations

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.desk import NotPossibleError, alone
from cwxero_dagster.sandbox.xero.linked import Links
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError


class LinkDesk:
    """One person's work on links."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._links = Links(books)

    @alone
    def assign(self, document_id: str, position: int, contact_id: str) -> Document:
        """Give a line to a customer, in place of the one it was given to. Raises ``NotPossibleError``."""
        bill = self._books.store.get("xero.invoices", document_id)
        if bill is None:
            message = f"no bill {document_id}"
            raise NotPossibleError(message)
        line_id = bill["LineItems"][position]["LineItemID"]
        link = next((one for one in self._links.all() if one["SourceLineItemID"] == line_id), None)
        new = {"SourceTransactionID": document_id, "SourceLineItemID": line_id, "ContactID": contact_id}
        try:
            return self._links.create(new) if link is None else self._links.assign(link, contact_id)
        except DocumentRefusedError as refused:
            raise NotPossibleError(str(refused)) from None

    @alone
    def remove(self, link_id: str) -> None:
        """Take a link away. Raises ``NotPossibleError``."""
        try:
            self._links.delete(self._link(link_id))
        except DocumentRefusedError as refused:
            raise NotPossibleError(str(refused)) from None

    @alone
    def invoice(self, link_id: str) -> Document:
        """Put the line on a draft invoice to its customer. Raises ``NotPossibleError``."""
        return self._links.allocate(self._link(link_id))

    def _link(self, link_id: str) -> Document:
        link = self._links.get(link_id)
        if link is None:
            message = f"no link {link_id}"
            raise NotPossibleError(message)
        return link
