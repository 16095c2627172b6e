"""What a document says, in one shape for all three versions: what the sync means, what it wrote, what Xero holds.

What belongs here: turning a would-be bill or a Xero document into its *meaning*, a plain dict of text that can be kept,
compared and merged field by field. What does not: Xero's JSON (xero/documents), the merge (merging).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.bill_lines import (
    MAX_DESCRIPTION,
    BillLine,
    needs_extended_amount,
    printable_description,
    with_figures,
)
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.money import plain, rounded
from cwxero_dagster.payables.numbering import MAX_NUMBER, credit_line
from cwxero_dagster.payables.slices import FREIGHT_LINE

Meaning = dict[str, Any]
"""``contact_id, number, date, due_date, currency_code, line_amounts, url, lines``; amounts as plain text.

What the sync means says besides which vendor invoice it stands for: ``vendor_invoice``, ``vendor_invoice_date``.
Of a purchase order ``due_date`` is the delivery date and ``url``, which carries the key, the Reference.
"""

HEADER_FIELDS = ("contact_id", "number", "date", "due_date", "currency_code", "line_amounts")
INVOICE_FIELDS = ("vendor_invoice", "vendor_invoice_date")
"""What the sync keeps beside a document's fields and never sends."""
MOST_TRACKING = 2
LINE_FIELDS = ("description", "quantity", "unit_amount", "account_code", "tax_type", "tracking", "item_code")


def meaning_of_bill(bill: Bill) -> Meaning:
    """What the sync means by a would-be bill. Lines carry a ``ref`` that names what they bill."""
    lines = [_line(line, bill.line_amounts) for line in bill.lines]
    credit = bill.document_type == "ACCPAYCREDIT"
    if credit:
        lines.insert(0, _words("key", printable_description(credit_line(bill.po_numbers, bill.key))))
    return {
        "contact_id": (bill.contact_id or "").lower(),
        "number": bill.number,
        "date": bill.dated.isoformat(),
        "due_date": bill.due_date.isoformat() if bill.due_date and not credit else "",
        "currency_code": bill.currency_code,
        "line_amounts": bill.line_amounts,
        "url": bill.url if not credit else "",
        "vendor_invoice": bill.invoice_number,
        "vendor_invoice_date": bill.invoice_date.isoformat() if bill.invoice_date else "",
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
            description = with_figures(description, f"{plain(quantity)} at {plain(line.unit_amount)} before tax")
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
        **({"unit_cost": plain(line.unit_cost)} if line.unit_cost is not None else {}),
        **({"cost_before": plain(line.cost_before)} if line.cost_before is not None else {}),
    }


def place_of(ref: str) -> tuple[int, int] | None:
    """Ids of PO and PO line (0: the freight) that the ``ref`` of a line names; None for anything else."""
    po_id, _, rest = ref.partition(":")
    line_id = rest.partition(":")[0]
    if not po_id.isdigit():
        return None
    return int(po_id), int(line_id) if line_id.isdigit() else FREIGHT_LINE


def unit_costs_of(written: Mapping[str, Any] | None) -> dict[int, Decimal]:
    """Unit costs by PO line id at which a document was written."""
    lines = (written or {}).get("lines", ())
    return {_line_id(line): Decimal(line["unit_cost"]) for line in lines if line.get("unit_cost")}


def costs_before_of(written: Mapping[str, Any] | None) -> dict[int, Decimal]:
    """Unit costs by PO line id that were billed already, of a document that bills changes of price."""
    lines = (written or {}).get("lines", ())
    return {_line_id(line): Decimal(line["cost_before"]) for line in lines if line.get("cost_before")}


def _line_id(line: Mapping[str, Any]) -> int:
    return int(str(line["ref"]).split(":")[1])


def _words(ref: str, description: str) -> Meaning:
    empty = dict.fromkeys(("quantity", "unit_amount", "account_code", "tax_type", "item_code"), "")
    return {"ref": ref, "description": description, **empty, "tracking": []}


def meaning_of_document(document: Document) -> Meaning:
    """What Xero holds, in the same shape; lines carry their ``line_item_id``."""
    credit = document.document_type == "ACCPAYCREDIT"
    return {
        "contact_id": document.contact_id.lower(),
        "number": document.number,
        "date": document.dated.isoformat() if document.dated else "",
        "due_date": document.due_date.isoformat() if document.due_date and not credit else "",
        "currency_code": document.currency_code,
        "line_amounts": document.line_amounts,
        "url": document.url or "",
        "lines": [meaning_of_line(line) for line in document.lines],
    }


def meaning_of_line(line: DocumentLine) -> Meaning:
    """What a line in Xero says."""
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


def comparable_lines(version: Mapping[str, Any]) -> list[Meaning]:
    """What the lines of a version say, to be held against those of another one.

    Where lines carry no tax, Xero fills a tax type in all the same, and it means nothing.
    """
    fields = [name for name in LINE_FIELDS if name != "tax_type" or version["line_amounts"] != "NoTax"]
    return [{name: line[name] for name in fields} for line in version["lines"]]


def confirmed(meant: Mapping[str, Any], held: Meaning) -> Meaning | None:
    """The base version after our write: what Xero holds, each line marked with the ``ref`` of what we meant by it.

    What a person had changed before and keeps (``hers``, see merging) stays out of the base, so that it counts as hers
    for good: such a field has the value that we last wrote, a line that she added is missing, one that she deleted is
    there. None where Xero's lines cannot be told apart, or where it holds other money than we sent: then the base is
    unknown, and nothing is written over it.
    """
    paired = _paired(meant["lines"], held["lines"])
    if paired is None or any(_money(ours) != _money(theirs) for ours, theirs in paired):
        return None
    lines = [{**theirs, "ref": ours["ref"], **_as_written(ours)} for ours, theirs in paired if ours["ref"]]
    return {**held, **_as_written(meant), "lines": [*lines, *(gone["base"] for gone in meant.get("deleted", []))]}


def _money(line: Mapping[str, Any]) -> Decimal:
    return Decimal(line["quantity"] or 0) * Decimal(line["unit_amount"] or 0)


def _as_written(meant: Mapping[str, Any]) -> dict[str, Any]:
    return {field: values["base"] for field, values in meant.get("hers", {}).items()}


def _paired(meant: Sequence[Meaning], held: Sequence[Meaning]) -> list[tuple[Meaning, Meaning]] | None:
    """What we meant beside what Xero holds: by id where a line had one, the new ones in the order of sending."""
    by_id = {line["line_item_id"]: line for line in held}
    known = [line for line in meant if line.get("line_item_id") in by_id]
    taken = {line["line_item_id"] for line in known}
    new = [line for line in meant if line.get("line_item_id") not in by_id]
    rest = [line for line in held if line["line_item_id"] not in taken]
    if len(new) != len(rest) or any(not _alike(ours, theirs) for ours, theirs in zip(new, rest, strict=True)):
        return None
    return [*((line, by_id[line["line_item_id"]]) for line in known), *zip(new, rest, strict=True)]


def _alike(ours: Meaning, theirs: Meaning) -> bool:
    same_words = " ".join(ours["description"].split()) == " ".join(theirs["description"].split())
    same_figures = (ours["quantity"], ours["unit_amount"]) == (theirs["quantity"], theirs["unit_amount"])
    return same_words or (bool(ours["unit_amount"]) and same_figures)


def unsendable(meaning: Mapping[str, Any]) -> list[str]:
    """What of a document cannot be sent back to Xero as it stands, in words: people may enter what the API refuses."""
    problems = []
    number = meaning["number"]
    if not 0 < len(number) <= MAX_NUMBER or not (number.isascii() and number.isprintable()):
        problems.append("its reference is blank or holds characters that Xero's API does not take")
    for line in meaning["lines"]:
        name = f'the line "{line["description"][:60]}"'
        if not line["description"] or len(line["description"]) > MAX_DESCRIPTION:
            problems.append("a line has no description, or too long a one")
        if bool(line["quantity"]) != bool(line["unit_amount"]) or line["quantity"].startswith("-"):
            problems.append(f"{name} has a quantity of {line['quantity'] or 'nothing'}")
        if len(line["tracking"]) > MOST_TRACKING:
            problems.append(f"{name} has more than {MOST_TRACKING} tracking options")
    return problems
