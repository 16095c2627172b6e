"""Purchase orders: what a write may do to them.

What belongs here: fields, numbers, status moves of purchase orders. What does not: batches and addresses
(endpoints.py).
"""

from __future__ import annotations

import copy

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import sentences
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.contacts import ContactOfDocument
from cwxero_dagster.sandbox.xero.fields import FieldReader, elements_of, with_texts
from cwxero_dagster.sandbox.xero.lines import LineRules, incomplete, read_lines
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError, Findings

TABLE = "xero.purchaseorders"
PLACES = 4
"""Unit amounts of purchase orders have four decimals without being asked."""
_WRITABLE = frozenset(
    {
        "PurchaseOrderID", "PurchaseOrderNumber", "Contact", "LineItems", "Date", "DeliveryDate", "LineAmountTypes",
        "Reference", "BrandingThemeID", "CurrencyCode", "CurrencyRate", "Status", "SentToContact", "DeliveryAddress",
        "AttentionTo", "Telephone", "DeliveryInstructions", "ExpectedArrivalDate",
    }
)  # fmt: skip
_TEXTS = {
    "Reference": 255, "BrandingThemeID": 36, "DeliveryAddress": 500, "AttentionTo": 255, "Telephone": 50,
    "DeliveryInstructions": 500,
}  # fmt: skip


class PurchaseOrders:
    """Writes purchase orders through the API's rules. No table of status moves is published; the open ones have
    switches."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def write(self, sent: Document, current: Document | None, *, where: str) -> tuple[Document, list[str]]:
        """Create an order or update ``current``; returns it and warnings. Raises ``DocumentRefusedError``."""
        findings = Findings()
        sent = with_texts(sent, ("Status", "CurrencyCode", "LineAmountTypes", "PurchaseOrderNumber"), findings.add)
        order = copy.deepcopy(current) if current is not None else self._blank()
        self._move(sent, current, order, findings)
        reader = FieldReader(self._books, sent, order, findings, where)
        reader.complain_beyond(_WRITABLE)
        reader.number("PurchaseOrderNumber")
        self._refuse_taken(order, findings)
        reader.date("Date", default=self._books.today())
        reader.date("DeliveryDate")
        reader.date("ExpectedArrivalDate")
        reader.line_amount_types()
        reader.currency()
        reader.flag("SentToContact")
        for name, longest in _TEXTS.items():
            reader.text(name, longest=longest)
        contact = None
        if current is None or "Contact" in sent:
            contact = ContactOfDocument(self._books, sent.get("Contact"), findings, where, creates=False)
        self._read_lines(sent, order, findings, where)
        if not findings.lines:
            reader.totals(claims=False)
            self._refuse_incomplete(order, findings)
        if current is None and "CreateDraftPurchaseOrder" in self._books.switches.denied_actions:
            findings.add(sentences.DRAFTS_DENIED)
        if findings.any:
            raise DocumentRefusedError(findings)
        if contact is not None:
            order["Contact"] = contact.settle()
        if not order["PurchaseOrderNumber"]:
            order["PurchaseOrderNumber"] = f"PO-{self._books.store.next_id('xero.purchaseorder_numbers'):04d}"
        self._books.note(
            order["PurchaseOrderID"],
            "Created" if current is None else "Edited",
            f"{order['Status']}, total {order['Total']}, through the Xero API",
        )
        return self._books.keep(TABLE, order["PurchaseOrderID"], order), findings.warnings

    def _blank(self) -> Document:
        return {
            "PurchaseOrderID": self._books.new_id("document"),
            "PurchaseOrderNumber": "",
            "Reference": "",
            "LineItems": [],
            "HasAttachments": False,
            "_app": True,
        }

    def _moves(self) -> dict[str | None, set[str]]:
        switches = self._books.switches
        draft = {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}
        authorised = {"AUTHORISED"}
        if switches.po_billed_by_api:
            authorised.add("BILLED")
        if switches.authorised_po_deletable:
            authorised.add("DELETED")
        billed = {"BILLED", "AUTHORISED"} if switches.po_unbilled_by_api else {"BILLED"}
        return {
            None: {"DRAFT", "SUBMITTED", "AUTHORISED"},
            "DRAFT": draft,
            "SUBMITTED": draft,
            "AUTHORISED": authorised,
            "BILLED": billed,
        }

    def _move(self, sent: Document, current: Document | None, order: Document, findings: Findings) -> None:
        before = current["Status"] if current is not None else None
        wanted = sent.get("Status") or before or "DRAFT"
        billed_by_a_person = current is not None and before == "BILLED" and not current.get("_billed_by_api", False)
        if wanted not in self._moves().get(before, set()) or billed_by_a_person:
            findings.add(sentences.PO_STATUS_INVALID)
        order["Status"] = wanted
        if wanted == "BILLED":
            order["_billed_by_api"] = True

    def _refuse_taken(self, order: Document, findings: Findings) -> None:
        number = order["PurchaseOrderNumber"]
        for other in self._books.store.all(TABLE) if number else ():
            gone = other["Status"] == "DELETED" and self._books.switches.deleted_po_number_reusable
            same = other["PurchaseOrderNumber"] == number and other["PurchaseOrderID"] != order["PurchaseOrderID"]
            if same and not gone:
                findings.add(sentences.number_taken(number))

    def _read_lines(self, sent: Document, order: Document, findings: Findings, where: str) -> None:
        if sent.get("LineItems") is None:
            return
        elements = elements_of(sent["LineItems"])
        if elements is None:
            findings.add(sentences.field_invalid("LineItems", sent["LineItems"]))
            return
        rules = LineRules(where=where, line_amount_types=order["LineAmountTypes"], places=PLACES, discounts=True)
        order["LineItems"] = read_lines(self._books, elements, order["LineItems"], rules, findings)

    def _refuse_incomplete(self, order: Document, findings: Findings) -> None:
        if order["Status"] not in ("SUBMITTED", "AUTHORISED", "BILLED"):
            return
        if not order["LineItems"]:
            findings.add(sentences.LINES_MISSING)
        for position, line in enumerate(order["LineItems"]):
            for message in incomplete(line):
                findings.add_line(position, message)
