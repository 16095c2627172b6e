"""What a document says, in one shape for all three versions: what the sync means, what it wrote, what Xero holds.

What belongs here: turning a would-be bill or a Xero document into its *meaning*, a plain dict of text that can be kept,
compared and merged field by field. What does not: Xero's JSON (xero/documents), the merge (merging).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.bills import Bill, BillLine, needs_extended_amount, plain, printable_description
from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.money import rounded

Meaning = dict[str, Any]
"""``contact_id, number, date, due_date, currency_code, line_amounts, url, lines``; amounts as plain text."""

HEADER_FIELDS = ("contact_id", "number", "date", "due_date", "currency_code", "line_amounts")
LINE_FIELDS = ("description", "quantity", "unit_amount", "account_code", "tax_type", "tracking", "item_code")


def meaning_of_bill(bill: Bill) -> Meaning:
    """What the sync means by a would-be bill. Lines carry a ``ref`` that names what they bill."""
    lines = [_line(line, bill.line_amounts) for line in bill.lines]
    if bill.document_type == "ACCPAYCREDIT":
        lines.insert(0, _words("key", f"{', '.join(bill.po_numbers)}: supplier credit [{bill.key}]"))
    return {
        "contact_id": (bill.contact_id or "").lower(),
        "number": bill.number,
        "date": bill.dated.isoformat(),
        "due_date": bill.due_date.isoformat() if bill.due_date and bill.document_type == "ACCPAY" else "",
        "currency_code": bill.currency_code,
        "line_amounts": bill.line_amounts,
        "url": bill.url if bill.document_type == "ACCPAY" else "",
        "lines": lines,
    }


def _line(line: BillLine, line_amounts: str) -> Meaning:
    ref = f"{line.po_id}:{line.line_id or 'freight'}:{plain(line.slice.start) if line.slice else ''}"
    if not line.priced:
        return _words(ref, line.description)
    quantity, unit, description = line.quantity, line.unit_amount, line.description
    if line_amounts == "Inclusive":
        unit = (line.net + line.tax) / quantity
        if needs_extended_amount(quantity, unit):
            words = f"{description} ({plain(quantity)} at {plain(line.unit_amount)} before tax)"
            description = printable_description(words)
            quantity, unit = Decimal(1), rounded(line.net + line.tax)
    return {
        "ref": ref,
        "description": description,
        "quantity": plain(quantity),
        "unit_amount": plain(unit),
        "account_code": line.account_code or "",
        "tax_type": line.tax_type or "",
        "tracking": [list(pair) for pair in line.tracking],
        "item_code": line.item_code or "",
    }


def _words(ref: str, description: str) -> Meaning:
    empty = dict.fromkeys(("quantity", "unit_amount", "account_code", "tax_type", "item_code"), "")
    return {"ref": ref, "description": description, **empty, "tracking": []}


def meaning_of_document(document: Document) -> Meaning:
    """What Xero holds, in the same shape; lines carry their ``line_item_id``."""
    return {
        "contact_id": document.contact_id.lower(),
        "number": document.number,
        "date": document.dated.isoformat() if document.dated else "",
        "due_date": document.due_date.isoformat() if document.due_date and document.document_type == "ACCPAY" else "",
        "currency_code": document.currency_code,
        "line_amounts": document.line_amounts,
        "url": document.url or "",
        "lines": [_held(line) for line in document.lines],
    }


def _held(line: DocumentLine) -> Meaning:
    return {
        "line_item_id": line.line_item_id or "",
        "description": line.description,
        "quantity": plain(line.quantity) if line.quantity is not None else "",
        "unit_amount": plain(line.unit_amount) if line.unit_amount is not None else "",
        "account_code": line.account_code or "",
        "tax_type": line.tax_type or "",
        "tracking": [list(pair) for pair in line.tracking],
        "item_code": line.item_code or "",
    }


def confirmed(meant: Mapping[str, Any], held: Meaning) -> Meaning:
    """The base version: what Xero holds after our write, each line marked with the ``ref`` of what we meant by it.

    Xero answers with the lines of a document in the order in which they were sent; a line whose words differ from what
    was sent is not marked, so that it counts as a person's.
    """
    refs = [
        line["ref"] if index < len(held["lines"]) and held["lines"][index]["description"] == line["description"] else ""
        for index, line in enumerate(meant["lines"])
    ]
    marked = [{**line, "ref": refs[index] if index < len(refs) else ""} for index, line in enumerate(held["lines"])]
    return {**held, "lines": marked}
