"""Bills (ACCPAY) and supplier credits (ACCPAYCREDIT): what a write may do to them.

What belongs here: fields, status moves, locks, payments, and what is stored. What does not: batches and addresses
(endpoints.py), and what people do in Xero itself (bookkeeper.py).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import sentences
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.contacts import ContactOfDocument
from cwxero_dagster.sandbox.xero.fields import FieldReader, elements_of, with_texts
from cwxero_dagster.sandbox.xero.lines import LineRules, incomplete, read_lines, recreated
from cwxero_dagster.sandbox.xero.linked import refuse_linked_lines
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError, Findings

MOVES: dict[str | None, frozenset[str]] = {
    None: frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"}),
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
}
"""Status before (None: new) to statuses that a write may ask for."""


@dataclass(frozen=True, kw_only=True)
class BillKind:
    """What tells bills from supplier credits."""

    type: str
    table: str
    id_field: str
    number_field: str
    writable: frozenset[str]


_SHARED = {
    "Type", "Contact", "LineItems", "Date", "DueDate", "LineAmountTypes", "BrandingThemeID", "CurrencyCode",
    "CurrencyRate", "Status",
}  # fmt: skip
_TEXTS = ("Type", "Status", "CurrencyCode", "LineAmountTypes", "Url")
BILL = BillKind(
    type="ACCPAY",
    table="xero.invoices",
    id_field="InvoiceID",
    number_field="InvoiceNumber",
    writable=frozenset({*_SHARED, "InvoiceID", "InvoiceNumber", "Url", "PlannedPaymentDate", "SentToContact"}),
)
CREDIT = BillKind(
    type="ACCPAYCREDIT",
    table="xero.creditnotes",
    id_field="CreditNoteID",
    number_field="CreditNoteNumber",
    writable=frozenset({*_SHARED, "CreditNoteID", "CreditNoteNumber"}),
)


class Bills:
    """Writes documents of one kind through the API's rules."""

    def __init__(self, books: Books, kind: BillKind) -> None:
        self._books = books
        self.kind = kind

    def write(self, sent: Document, current: Document | None, *, where: str, places: int) -> tuple[Document, list[str]]:
        """Create a document or update ``current``; returns it and warnings. Raises ``DocumentRefusedError``."""
        findings = Findings()
        if current is not None:
            self._refuse_closed(current, findings)
        sent = with_texts(sent, _TEXTS, findings.add)
        document = copy.deepcopy(current) if current is not None else self._blank()
        self._read_fields(sent, document, findings, where)
        contact = None
        if current is None or "Contact" in sent:
            contact = ContactOfDocument(self._books, sent.get("Contact"), findings, where, creates=True)
        self._move(sent, current, document, findings)
        self._read_lines(sent, document, findings, where, places)
        self._check(sent, current, document, findings, where)
        if findings.any:
            raise DocumentRefusedError(findings)
        if contact is not None:
            document["Contact"] = contact.settle()
        settle_amounts(document)
        return self._keep(document, current), findings.warnings

    def _blank(self) -> Document:
        blank: Document = {
            "Type": self.kind.type,
            self.kind.id_field: self._books.new_id("document"),
            self.kind.number_field: "",
            "Reference": "",
            "Payments": [],
            "LineItems": [],
            "HasAttachments": False,
            "_app": True,
        }
        return {**blank, **unapplied(self.kind)}

    def _refuse_closed(self, current: Document, findings: Findings) -> None:
        if current["Status"] in ("DELETED", "VOIDED"):
            findings.add(sentences.NOT_MODIFIABLE)
        elif is_settled(current) and not self._books.switches.paid_bill_edits:
            findings.add(sentences.HAS_PAYMENT)
        if (lock := self._books.lock_of(current["Date"])) is not None:
            final = current["Status"] not in ("DRAFT", "SUBMITTED")
            if final or not self._books.switches.locked_drafts_editable:
                findings.add(sentences.lock_date(*lock))
        if findings.any:
            raise DocumentRefusedError(findings)

    def _read_fields(self, sent: Document, document: Document, findings: Findings, where: str) -> None:
        reader = FieldReader(self._books, sent, document, findings, where)
        reader.complain_beyond(self.kind.writable)
        if sent.get("Type", self.kind.type) != document["Type"] or (
            document.get("Date") is None and "Type" not in sent
        ):
            findings.add(sentences.field_invalid("Type", sent.get("Type", "")))
        reader.number(self.kind.number_field)
        reader.date("Date", default=self._books.today())
        reader.date("DueDate")
        reader.line_amount_types()
        reader.currency()
        reader.text("BrandingThemeID", longest=36)
        if self.kind is BILL:
            reader.date("PlannedPaymentDate")
            reader.url()
            reader.flag("SentToContact")
        if self._books.switches.bill_reference_kept:
            reader.text("Reference", longest=255)

    def _move(self, sent: Document, current: Document | None, document: Document, findings: Findings) -> None:
        before = current["Status"] if current is not None else None
        wanted = sent.get("Status") or before or "DRAFT"
        if before == "PAID" and wanted == "PAID":
            return
        if wanted not in MOVES.get(before, frozenset()):
            findings.add(sentences.NOT_MODIFIABLE)
        elif wanted == "VOIDED" and current is not None and is_settled(current):
            findings.add(sentences.HAS_PAYMENT)
        document["Status"] = wanted

    def _read_lines(self, sent: Document, document: Document, findings: Findings, where: str, places: int) -> None:
        kind = document["LineAmountTypes"]
        if sent.get("LineItems") is not None:
            elements = elements_of(sent["LineItems"])
            if elements is None:
                findings.add(sentences.field_invalid("LineItems", sent["LineItems"]))
                return
            rules = LineRules(where=where, line_amount_types=kind, places=places, discounts=False)
            document["LineItems"] = read_lines(self._books, elements, document["LineItems"], rules, findings)
        elif self._books.switches.update_without_lines == "recreates":
            document["LineItems"] = [
                recreated(self._books, line, line_amount_types=kind, places=places) for line in document["LineItems"]
            ]

    def _check(
        self, sent: Document, current: Document | None, document: Document, findings: Findings, where: str
    ) -> None:
        switches = self._books.switches
        strict_totals = switches.totals_mismatch == "refused"
        if not findings.lines:
            FieldReader(self._books, sent, document, findings, where).totals(claims=strict_totals)
            if document["Total"] < 0 and (self.kind is CREDIT or switches.negative_bills == "refused"):
                findings.add(sentences.BILL_NEGATIVE)
            if document["Status"] in ("SUBMITTED", "AUTHORISED"):
                self._refuse_incomplete(document, findings)
        approves = document["Status"] == "AUTHORISED"
        if approves and document.get("Date") and (lock := self._books.lock_of(document["Date"])):
            findings.add(sentences.lock_date(*lock))
        if approves and "CreateApprovedBill" in switches.denied_actions:
            findings.add(sentences.APPROVAL_LIMIT)
        if current is None and "CreateDraftBill" in switches.denied_actions:
            findings.add(sentences.DRAFTS_DENIED)
        if current is not None and is_settled(current) and _money(document) != _money(current):
            findings.add(sentences.HAS_PAYMENT)
        if current is not None:
            refuse_linked_lines(self._books, current, document, findings)

    def _refuse_incomplete(self, document: Document, findings: Findings) -> None:
        if self.kind is BILL and not document.get("DueDate"):
            findings.add(sentences.DUE_DATE_MISSING)
        if not document["LineItems"]:
            findings.add(sentences.LINES_MISSING)
        for position, line in enumerate(document["LineItems"]):
            for message in incomplete(line):
                findings.add_line(position, message)

    def _keep(self, document: Document, current: Document | None) -> Document:
        document_id = document[self.kind.id_field]
        before = current["Status"] if current is not None else None
        changes = (
            "Created" if before is None else "Edited" if before == document["Status"] else document["Status"].title()
        )
        self._books.note(document_id, changes, f"{document['Status']}, total {document['Total']}, through the Xero API")
        contact = self._books.contact(document["Contact"]["ContactID"])
        if contact is not None and not contact.get("IsSupplier"):
            # Xero sets this without touching the contact's UpdatedDateUTC, so a filter by change date misses it.
            contact["IsSupplier"] = True
            self._books.store.put("xero.contacts", contact["ContactID"], contact)
        return self._books.keep(self.kind.table, document_id, document)


def is_settled(document: Document) -> bool:
    """Whether a payment or credit is applied to the document, in part or in full."""
    applied = document.get("AmountPaid", 0) or document.get("AmountCredited", 0)
    return bool(applied or document.get("Payments") or document.get("Allocations") or document["Status"] == "PAID")


def unapplied(kind: BillKind) -> Document:
    """The fields of payments and credits while there are none."""
    if kind is BILL:
        return {"AmountPaid": Decimal("0.00"), "AmountCredited": Decimal("0.00"), "CreditNotes": []}
    return {"Allocations": []}


def settle_amounts(document: Document) -> None:
    """AmountDue or RemainingCredit from the total and what is applied."""
    if document["Type"] == BILL.type:
        applied = document.get("AmountPaid", Decimal(0)) + document.get("AmountCredited", Decimal(0))
        document["AmountDue"] = document["Total"] - applied
    else:
        applied = sum((one["Amount"] for one in document.get("Allocations", [])), Decimal(0))
        document["RemainingCredit"] = document["Total"] - applied
    if document["Status"] in ("DELETED", "VOIDED"):
        document["AmountDue" if document["Type"] == BILL.type else "RemainingCredit"] = Decimal("0.00")


def _money(document: Document) -> list[Any]:
    """Everything that may not change once money moved."""
    header = [document.get(name) for name in ("Date", "CurrencyCode", "CurrencyRate", "LineAmountTypes", "Total")]
    amounts = ("Quantity", "UnitAmount", "TaxType", "TaxAmount")
    return [*header, *([line.get(name) for name in amounts] for line in document["LineItems"])]
