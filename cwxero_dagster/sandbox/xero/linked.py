"""Linked transactions as they are kept: a bill's line that is billed on to a customer.

What belongs here: what a link needs, what follows for it from its bill, and when it may go. What does not: addresses
and answers (linked_endpoint.py), a person's links (link_desk.py), the bill (bills.py).

Known (xero_api, section 7, and the published schema): billable expenses only; the source is a line of a bill; the
status follows from bill and customer's invoice and cannot be set. Everything else is the stricter reading.
"""

from __future__ import annotations

import copy

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import sentences
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError, Findings

TABLE = "xero.linkedtransactions"
_GONE = ("DELETED", "VOIDED")


class Links:
    """The links of one organisation."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def all(self) -> list[Document]:
        """Every link, its status as it follows now; one whose line is gone is gone too, unless Xero keeps it."""
        found = []
        for link in list(self._books.store.all(TABLE)):
            bill = self._bill(link)
            if self._books.switches.linked_lines != "stays" and link["SourceLineItemID"] not in _lines(bill):
                self._books.store.delete(TABLE, link["LinkedTransactionID"])
            else:
                found.append({**link, "Status": _status(link, bill)})
        return found

    def get(self, link_id: str) -> Document | None:
        """One link, or None."""
        return next((one for one in self.all() if one["LinkedTransactionID"] == link_id.lower()), None)

    def create(self, sent: Document) -> Document:
        """A new link. Raises ``DocumentRefusedError``."""
        bill_id, line_id = (str(sent.get(name)).lower() for name in ("SourceTransactionID", "SourceLineItemID"))
        bill = self._books.store.get("xero.invoices", bill_id)
        line = next((one for one in (bill or {}).get("LineItems", []) if one["LineItemID"] == line_id), None)
        if bill is None or line is None:
            raise _refused(sentences.LINK_SOURCE_MISMATCH)
        if bill["Status"] in _GONE:
            raise _refused(sentences.LINK_SOURCE_GONE)
        if "UnitAmount" not in line:
            raise _refused(sentences.LINK_WITHOUT_AMOUNT)
        if any(one["SourceLineItemID"] == line_id for one in self.all()):
            raise _refused(sentences.LINKED_ALREADY)
        if sent.get("Type", "BILLABLEEXPENSE") != "BILLABLEEXPENSE":
            raise _refused(sentences.field_invalid("Type", sent["Type"]))
        if sent.get("TargetTransactionID") or sent.get("TargetLineItemID"):
            raise _refused(sentences.LINK_TARGET_UNKNOWN)
        link: Document = {
            "LinkedTransactionID": self._books.new_id("link"),
            "SourceTransactionID": bill_id,
            "SourceLineItemID": line_id,
            "Type": "BILLABLEEXPENSE",
            "SourceTransactionTypeCode": "ACCPAY",
        }
        if sent.get("ContactID") is not None:
            link["ContactID"] = self._customer(sent["ContactID"])
        return self._keep(link)

    def assign(self, link: Document, contact_id: object) -> Document:
        """The same link for another customer. Raises ``DocumentRefusedError``."""
        if link["Status"] in ("ONDRAFT", "BILLED"):
            raise _refused(sentences.LINK_CONTACT_MISMATCH)
        if link["Status"] == "VOIDED":
            raise _refused(sentences.LINK_SOURCE_GONE)
        return self._keep({**copy.deepcopy(link), "ContactID": self._customer(contact_id)})

    def allocate(self, link: Document) -> Document:
        """Put the link on an invoice to its customer. Customers' invoices themselves are not simulated."""
        target = {name: self._books.new_id("customer invoice") for name in ("TargetTransactionID", "TargetLineItemID")}
        return self._keep({**copy.deepcopy(link), **target})

    def delete(self, link: Document) -> None:
        """Take the link away. Raises ``DocumentRefusedError`` once it is on an invoice, or its bill is gone."""
        if link["Status"] not in ("DRAFT", "APPROVED"):
            raise _refused(sentences.LINK_NOT_DELETABLE)
        self._books.store.delete(TABLE, link["LinkedTransactionID"])
        self._stamp(link)

    def _customer(self, contact_id: object) -> str:
        contact = self._books.contact(contact_id)
        if contact is None:
            raise _refused(sentences.CONTACT_UNKNOWN)
        if contact["ContactStatus"] != "ACTIVE":
            raise _refused(sentences.CONTACT_ARCHIVED)
        return str(contact["ContactID"])

    def _keep(self, link: Document) -> Document:
        link.pop("Status", None)
        self._stamp(link)
        kept = self._books.keep(TABLE, link["LinkedTransactionID"], link)
        return {**kept, "Status": _status(kept, self._bill(kept))}

    def _stamp(self, link: Document) -> None:
        bill = self._bill(link)
        if self._books.switches.links_move_stamp and bill is not None:
            self._books.keep("xero.invoices", bill["InvoiceID"], bill)

    def _bill(self, link: Document) -> Document | None:
        return self._books.store.get("xero.invoices", link["SourceTransactionID"])


def refuse_linked_lines(books: Books, before: Document, after: Document, findings: Findings) -> None:
    """Where Xero keeps lines that are linked: a write that drops one, or deletes or voids the bill, is refused."""
    if books.switches.linked_lines == "refused":
        gone = _lines(before) - (set() if after["Status"] in _GONE else _lines(after))
        if any(link["SourceLineItemID"] in gone for link in books.store.all(TABLE)):
            findings.add(sentences.LINE_IS_LINKED)


def _status(link: Document, bill: Document | None) -> str:
    if bill is None or bill["Status"] in _GONE:
        return "VOIDED"
    if link.get("TargetTransactionID"):
        return "ONDRAFT"
    return "APPROVED" if bill["Status"] in ("AUTHORISED", "PAID") else "DRAFT"


def _lines(bill: Document | None) -> set[str]:
    return {line["LineItemID"] for line in bill["LineItems"]} if bill else set()


def _refused(message: str) -> DocumentRefusedError:
    return DocumentRefusedError(Findings([message]))
