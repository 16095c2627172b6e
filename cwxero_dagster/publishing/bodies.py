"""The bytes of a write: from what a document says to Xero's own shape.

What belongs here: choosing the endpoint and the shape of each kind of write. What does not: Xero's field names and
number format (xero/documents).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.payables.documents import Meaning
from cwxero_dagster.writing import Writing
from cwxero_dagster.xero import documents

BATCH = 50
"""Documents a request holds at most (xero_api, section 3)."""


_SHAPES = {
    "ACCPAY": ("Invoices", "InvoiceID", "bills"),
    "ACCPAYCREDIT": ("CreditNotes", "CreditNoteID", "supplier credits"),
    PURCHASE_ORDER: ("PurchaseOrders", "PurchaseOrderID", "purchase orders"),
}
"""Document type to its endpoint, the field that holds its id, and what people call such documents."""


def endpoint(writing: Writing) -> tuple[str, str]:
    """Method and path: PUT only ever creates, POST only ever updates what an id names (xero_api, section 2)."""
    return ("PUT" if writing.creates else "POST"), path_of(writing.document_type)


def path_of(document_type: str) -> str:
    """Where Xero keeps documents of a type."""
    return f"/{_SHAPES[document_type][0]}"


def noun(writing: Writing) -> str:
    """What is written, for people: documents of this kind."""
    return _SHAPES[writing.document_type][2]


def batches(writings: Sequence[Writing]) -> list[list[Writing]]:
    """Writings of one endpoint together, at most 50 a request, in order."""
    groups: dict[tuple[str, str], list[Writing]] = {}
    for writing in writings:
        groups.setdefault(endpoint(writing), []).append(writing)
    return [group[start : start + BATCH] for group in groups.values() for start in range(0, len(group), BATCH)]


def body(writings: Sequence[Writing]) -> bytes:
    """The request body of a batch; the same writings give the same bytes."""
    return documents.encode(documents.envelope([_document(writing) for writing in writings]))


def _document(writing: Writing) -> dict[str, Any]:
    if writing.action in {"withdraw", "close"}:
        kind = {} if writing.document_type == PURCHASE_ORDER else {"Type": writing.document_type}
        return {**kind, _SHAPES[writing.document_type][1]: writing.xero_id, "Status": writing.status}
    meaning = writing.meaning
    lines = [_line(line) for line in meaning["lines"]]
    day = date.fromisoformat(meaning["date"])
    if writing.document_type == PURCHASE_ORDER:
        return documents.purchase_order(
            contact_id=meaning["contact_id"],
            number=meaning["number"],
            date=day,
            delivery_date=date.fromisoformat(meaning["due_date"]) if meaning["due_date"] else None,
            lines=lines,
            line_amounts=meaning["line_amounts"],
            reference=meaning["url"] or None,
            currency=meaning["currency_code"] or None,
            status=writing.status,
            purchase_order_id=writing.xero_id,
        )
    if writing.document_type == "ACCPAYCREDIT":
        return documents.supplier_credit(
            contact_id=meaning["contact_id"],
            number=meaning["number"],
            date=day,
            lines=lines,
            line_amounts=meaning["line_amounts"],
            currency=meaning["currency_code"] or None,
            status=writing.status,
            credit_note_id=writing.xero_id,
        )
    return documents.bill(
        contact_id=meaning["contact_id"],
        number=meaning["number"],
        date=day,
        due_date=date.fromisoformat(meaning["due_date"]) if meaning["due_date"] else None,
        lines=lines,
        line_amounts=meaning["line_amounts"],
        url=meaning["url"] or None,
        currency=meaning["currency_code"] or None,
        status=writing.status,
        invoice_id=writing.xero_id,
    )


def _line(line: Meaning) -> documents.DocumentLine:
    return documents.DocumentLine(
        description=line["description"],
        quantity=Decimal(line["quantity"]) if line["quantity"] else None,
        unit_amount=Decimal(line["unit_amount"]) if line["unit_amount"] else None,
        account_code=line["account_code"] or None,
        tax_type=line["tax_type"] or None,
        tracking=tuple((category, option) for category, option in line["tracking"]),
        item_code=line["item_code"] or None,
        line_item_id=line.get("line_item_id") or None,
    )
