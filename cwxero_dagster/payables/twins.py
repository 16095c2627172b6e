"""Hand-keyed twins: documents already in Xero that look like a bill about to be created.

What belongs here: finding them, in passes of falling certainty. What does not: what happens then (the bill is held as
``possible_duplicate``). Documents with a key of ours, or settled ones, are never twins; PO numbers match as whole tokens;
vendor, total and date alone never match a document that names another PO (DESIGN.md, "Twins").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import timedelta

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.money import amount_text
from cwxero_dagster.payables.numbering import key_in

NEAR = timedelta(days=7)
REACH = timedelta(days=180)


def normalised(number: str | None) -> str:
    """A document number for comparison: upper case, letters and digits only, without leading zeros."""
    return re.sub(r"[^A-Z0-9]", "", (number or "").upper()).lstrip("0")


def names(text: str, po_number: str) -> bool:
    """True where ``text`` holds the PO number as a whole token."""
    if not po_number.strip():
        return False
    pattern = rf"(?<![\w-]){re.escape(po_number.strip())}(?![\w-])"
    return re.search(pattern, text, re.IGNORECASE) is not None


class Twins:
    """The documents that people keyed, ready to be searched for one bill after another."""

    def __init__(self, documents: Iterable[Document], *, ours: Collection[str], po_numbers: Collection[str]) -> None:
        """``ours``: ids of documents that the ledger knows or a person settled. ``po_numbers``: every number there is."""
        self._documents = [
            (document, _text(document))
            for document in documents
            if document.live and document.document_id not in ours and key_in(document.url) is None
        ]
        self._po_numbers = {number.casefold() for number in po_numbers}

    def holds(self, bill: Bill) -> list[Hold]:
        """A hold for each document that may be this bill."""
        found = []
        for document, text in self._documents:
            if document.document_type != bill.document_type:
                continue
            if document.dated and abs(document.dated - bill.dated) > REACH:
                continue
            reason = self._reason(bill, document, text)
            if reason:
                detail = (
                    f"Xero already holds {document.status.lower()} bill {document.number or 'without a number'} of "
                    f"{document.contact_name} for {amount_text(document.total)} {document.currency_code}, "
                    f"dated {document.dated}: {reason}."
                )
                found.append(hold("possible_duplicate", f"bill {bill.key}", detail, document.document_id, bill.facts))
        return found

    def _reason(self, bill: Bill, document: Document, text: str) -> str | None:
        same_contact = bill.contact_id is not None and document.contact_id.lower() == bill.contact_id.lower()
        numbers = {normalised(po.vendor_invoice_number) for po in bill.pos} | {normalised(bill.number)}
        if same_contact and normalised(document.number) in numbers - {""}:
            return "the same contact and number"
        for po in bill.pos:
            telling = same_contact or (len(po.po_number) >= 4 and any(char.isdigit() for char in po.po_number))
            if telling and names(text, po.po_number):
                return f"it names purchase order {po.po_number}"
        near = document.dated is not None and abs(document.dated - bill.dated) <= NEAR
        if same_contact and near and document.total == bill.total and not self._names_another(text):
            return "the same contact and total, a few days apart"
        return None

    def _names_another(self, text: str) -> bool:
        tokens = {token.strip(".,;:()[]").casefold() for token in text.split()}
        return bool(tokens & self._po_numbers)


def _text(document: Document) -> str:
    return " ".join([document.number, *(line.description for line in document.lines)])
