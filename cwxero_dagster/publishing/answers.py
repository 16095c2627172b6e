"""What Xero's answer to a batch says of each document in it, matched by identity and never by position.

Xero may answer a batch in another order than it was sent (xero_api, section 2, "Errors"), so a document is recognised
by its key (in the link of a bill, the first line of a credit, the Reference of a purchase order), and by its id in an
update. What belongs here: that matching. What does not: sending, keeping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cwxero_dagster.payables.books import PURCHASE_ORDER, Document
from cwxero_dagster.payables.documents import HEADER_FIELDS, comparable_lines, confirmed, meaning_of_document
from cwxero_dagster.payables.money import amount_text
from cwxero_dagster.payables.numbering import credit_key_in, key_in, order_key_in
from cwxero_dagster.payables.planning.planning_orders import CLOSED
from cwxero_dagster.payables.reading_books import document_of, order_of
from cwxero_dagster.staging import xero_rows
from cwxero_dagster.writing import Outcome, Writing
from cwxero_dagster.xero.refusals import element_errors, explain

NO_ID = "00000000-0000-0000-0000-000000000000"


def elements_of(answer: Any) -> list[Mapping[str, Any]]:
    """The documents of an answer: of a success, or the elements that a validation error echoes."""
    if not isinstance(answer, Mapping):
        return []
    for name in ("Invoices", "CreditNotes", "PurchaseOrders", "Elements"):
        if isinstance(answer.get(name), list):
            return [element for element in answer[name] if isinstance(element, Mapping)]
    return []


def outcomes(writings: Sequence[Writing], answer: Any) -> list[Outcome]:
    """One outcome a writing; a document that the answer does not speak of is unknown."""
    elements = elements_of(answer)
    found = []
    for writing in writings:
        mine = [element for element in elements if identifies(writing, element)]
        found.append(_outcome(writing, mine[0]) if len(mine) == 1 else _unknown(writing))
    return found


def identifies(writing: Writing, element: Mapping[str, Any]) -> bool:
    """True where ``element`` is the document of ``writing``."""
    document_id = _id(element)
    if writing.xero_id:
        return document_id is not None and document_id.lower() == writing.xero_id.lower()
    if writing.document_type == PURCHASE_ORDER:
        return order_key_in(element.get("Reference")) == writing.key
    if writing.document_type == "ACCPAYCREDIT":
        lines = element.get("LineItems") or [{}]
        return credit_key_in(str(lines[0].get("Description") or "")) == writing.key
    return key_in(element.get("Url")) == writing.key


def carried_out(writing: Writing, element: Mapping[str, Any]) -> bool:
    """True where Xero holds what an update or withdrawal meant."""
    document = document_in(element)
    if writing.action in {"withdraw", "close"}:
        return document.status in {writing.status, CLOSED}
    held = meaning_of_document(document)
    same_header = all(held[name] == writing.meaning[name] for name in HEADER_FIELDS)
    return same_header and comparable_lines(held) == comparable_lines(writing.meaning)


def confirmation(writing: Writing, element: Mapping[str, Any]) -> Outcome:
    """The outcome of a document that Xero holds."""
    document = document_in(element)
    return Outcome(
        key=writing.key,
        result="confirmed",
        xero_id=document.document_id,
        xero_status=document.status,
        base=_base(writing, document),
        total=None if writing.action == "close" else document.total,
        document=element,
    )


def document_in(element: Mapping[str, Any]) -> Document:
    """A document of Xero's answer as it is compared: a bill, a supplier credit or a purchase order."""
    if element.get("PurchaseOrderID"):
        return order_of(xero_rows.purchase_order(element))
    return document_of(xero_rows.document(element))


def _base(writing: Writing, document: Document) -> dict[str, Any] | None:
    """What the next run takes as last written; None where nothing is left to compare with."""
    status_only = writing.action in {"withdraw", "close"}
    return None if status_only else base_of(writing.meaning, document)


def base_of(meaning: Mapping[str, Any], document: Document) -> dict[str, Any] | None:
    """What Xero made of ``meaning``; None where its lines cannot be told apart."""
    base = confirmed(meaning, meaning_of_document(document))
    if base is None:
        return None
    return {**base, "status": document.status, "total": amount_text(document.total), "updated_at": document.stamp}


def _outcome(writing: Writing, element: Mapping[str, Any]) -> Outcome:
    errors = element_errors(element)
    refused = bool(errors) or element.get("HasErrors") is True or element.get("StatusAttributeString") == "ERROR"
    if refused:
        refusal = explain(" ".join(errors))
        return Outcome(writing.key, "refused", kind=refusal.kind, message=refusal.told)
    if _id(element) in {None, NO_ID}:
        return _unknown(writing)
    return confirmation(writing, element)


def _unknown(writing: Writing) -> Outcome:
    return Outcome(writing.key, "unknown", message="Xero's answer does not speak of this document.")


def _id(element: Mapping[str, Any]) -> str | None:
    value = element.get("InvoiceID") or element.get("CreditNoteID") or element.get("PurchaseOrderID")
    return str(value) if value else None
