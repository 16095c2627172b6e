"""What a person does to bills and supplier credits in Xero itself: key, edit, approve, pay, void.

What belongs here: the actions of the user interface, which obey fewer rules than the API (an adviser works in locked
periods). What does not: purchase orders (``order_desk``), contacts and settings (``settings_desk``), anything that
comes over HTTP.
"""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import values
from cwxero_dagster.sandbox.xero.bills import BILL, CREDIT, is_settled, settle_amounts, unapplied
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.desk import BookLine, NotPossibleError, alone
from cwxero_dagster.sandbox.xero.fields import FieldReader
from cwxero_dagster.sandbox.xero.lines import LineRules, as_on_screen, read_lines
from cwxero_dagster.sandbox.xero.link_desk import LinkDesk
from cwxero_dagster.sandbox.xero.order_desk import OrderDesk
from cwxero_dagster.sandbox.xero.refusals import Findings
from cwxero_dagster.sandbox.xero.settings_desk import SettingsDesk, contact_of

USER = "Bookkeeper"
_WHERE = "bookkeeper"


class Bookkeeper:
    """One person at work. Every action stamps UpdatedDateUTC and leaves a record in the history."""

    def __init__(self, books: Books, *, user: str = USER) -> None:
        self._books = books
        self._user = user
        self.orders = OrderDesk(books, user=user)
        self.settings = SettingsDesk(books)
        self.links = LinkDesk(books)

    # --- bills and supplier credits

    @alone
    def key_bill(
        self,
        contact_id: str,
        number: str,
        lines: list[BookLine],
        *,
        on: date,
        due: date | None = None,
        status: str = "DRAFT",
        currency: str | None = None,
        line_amount_types: str = "Exclusive",
        url: str | None = None,
        credit: bool = False,
    ) -> Document:
        """Key a new bill, or a supplier credit. Raises ``NotPossibleError``."""
        kind = CREDIT if credit else BILL
        contact = contact_of(self._books, contact_id)
        document: Document = {
            "Type": kind.type,
            kind.id_field: self._books.new_id("document"),
            kind.number_field: number,
            "Reference": "",
            "Contact": {"ContactID": contact["ContactID"], "Name": contact["Name"]},
            "Date": on.isoformat(),
            "DueDate": due.isoformat() if due is not None else None,
            "LineAmountTypes": line_amount_types,
            "Status": status,
            "Url": url,
            "LineItems": [],
            "Payments": [],
            "HasAttachments": False,
        }
        document = {name: value for name, value in document.items() if value is not None}
        document |= unapplied(kind)
        self._put_lines(document, [line.sent() for line in lines], {"CurrencyCode": currency} if currency else {})
        return self._keep(document, "Created")

    @alone
    def edit_bill(
        self,
        document_id: str,
        *,
        number: str | None = None,
        on: date | None = None,
        due: date | None = None,
        contact_id: str | None = None,
        url: str | None = None,
        lines: list[BookLine] | None = None,
    ) -> Document:
        """Change a bill or credit; ``lines`` replaces all of them. Raises ``NotPossibleError``."""
        document = self._open(document_id)
        field = CREDIT.number_field if document["Type"] == CREDIT.type else BILL.number_field
        changes = {field: number, "Date": on and on.isoformat(), "DueDate": due and due.isoformat(), "Url": url}
        document |= {name: value for name, value in changes.items() if value is not None}
        if contact_id is not None:
            contact = contact_of(self._books, contact_id)
            document["Contact"] = {"ContactID": contact["ContactID"], "Name": contact["Name"]}
        if lines is not None:
            document["LineItems"] = []
            self._put_lines(document, [line.sent() for line in lines], {})
        only_due = due is not None and number is None and on is None and contact_id is None and url is None
        if only_due and lines is None and is_settled(document):
            # A new due date on a part-paid bill leaves UpdatedDateUTC alone: a filter by change date misses it.
            return self._books.store.put(*self._place(document), document)
        return self._keep(document, "Edited")

    @alone
    def edit_line(self, /, document_id: str, position: int, **changes: Any) -> Document:
        """Change one line in place: its id stays. ``changes`` are fields in the API's spelling, such as
        ``AccountCode="420"``. Raises ``NotPossibleError``."""
        document = self._open(document_id)
        self._put_lines(document, as_on_screen(document["LineItems"], position, changes), {})
        return self._keep(document, "Edited")

    @alone
    def add_line(self, document_id: str, line: BookLine) -> Document:
        """Type one more line on a bill or credit; the others keep their ids. Raises ``NotPossibleError``."""
        document = self._open(document_id)
        self._put_lines(document, [*as_on_screen(document["LineItems"], 0, {}), line.sent()], {})
        return self._keep(document, "Edited")

    @alone
    def delete_line(self, document_id: str, position: int) -> Document:
        """Take one line off a bill or credit; the others keep their ids. Raises ``NotPossibleError``."""
        document = self._open(document_id)
        shown = as_on_screen(document["LineItems"], position, {})
        self._put_lines(document, [*shown[:position], *shown[position + 1 :]], {})
        return self._keep(document, "Edited")

    @alone
    def approve(self, document_id: str) -> Document:
        """DRAFT or SUBMITTED to AUTHORISED."""
        return self._move(document_id, ("DRAFT", "SUBMITTED"), "AUTHORISED", "Approved")

    @alone
    def submit(self, document_id: str) -> Document:
        """DRAFT to SUBMITTED."""
        return self._move(document_id, ("DRAFT",), "SUBMITTED", "Submitted")

    @alone
    def void(self, document_id: str) -> Document:
        """AUTHORISED to VOIDED; payments have to be removed first."""
        if is_settled(self._document(document_id)):
            message = "a bill with a payment or credit cannot be voided"
            raise NotPossibleError(message)
        return self._move(document_id, ("AUTHORISED",), "VOIDED", "Voided")

    @alone
    def delete(self, document_id: str) -> Document:
        """DRAFT or SUBMITTED to DELETED."""
        return self._move(document_id, ("DRAFT", "SUBMITTED"), "DELETED", "Deleted")

    @alone
    def copy_bill(self, document_id: str) -> Document:
        """A new draft with everything of the old one, its link included; lines get ids of their own."""
        original = self._document(document_id)
        kind = CREDIT if original["Type"] == CREDIT.type else BILL
        document = copy.deepcopy(original)
        document |= {kind.id_field: self._books.new_id("document"), "Status": "DRAFT", "Payments": []}
        document |= {"HasAttachments": False}
        document |= unapplied(kind)
        document.pop("_app", None)
        document.pop("FullyPaidOnDate", None)
        for line in document["LineItems"]:
            line["LineItemID"] = self._books.new_id("line")
        return self._keep(document, "Created")

    @alone
    def attach_file(self, document_id: str) -> Document:
        """Attach a scan."""
        document = copy.deepcopy(self._document(document_id))
        document["HasAttachments"] = True
        return self._keep(document, "Attached a file")

    @alone
    def pay(self, document_id: str, amount: Decimal | None = None, *, on: date | None = None) -> Document:
        """Pay an approved bill, all that is due or a part. Raises ``NotPossibleError``."""
        bill = copy.deepcopy(self._document(document_id))
        paid = values.half_up(amount if amount is not None else bill.get("AmountDue", Decimal(0)), 2)
        if bill["Type"] != BILL.type or bill["Status"] != "AUTHORISED" or not 0 < paid <= bill["AmountDue"]:
            message = "only an approved bill can be paid, by no more than what is due"
            raise NotPossibleError(message)
        day = on.isoformat() if on is not None else self._books.today()
        payment: Document = {
            "PaymentID": self._books.new_id("payment"),
            "Date": day,
            "Amount": paid,
            "CurrencyRate": bill["CurrencyRate"],
            "Status": "AUTHORISED",
            "PaymentType": "ACCPAYPAYMENT",
            "Reference": "",
            "IsReconciled": False,
            "Invoice": {name: bill[name] for name in ("InvoiceID", "InvoiceNumber", "Type")},
        }
        self._books.keep("xero.payments", payment["PaymentID"], payment)
        bill["Payments"] = [
            *bill.get("Payments", []), {name: payment[name] for name in ("PaymentID", "Date", "Amount", "CurrencyRate")}
        ]  # fmt: skip
        bill["AmountPaid"] = bill.get("AmountPaid", Decimal(0)) + paid
        return self._close_if_settled(bill, day, "Paid")

    @alone
    def allocate_credit(self, credit_id: str, bill_id: str, amount: Decimal) -> Document:
        """Apply an approved supplier credit to an approved bill; returns the bill. Raises ``NotPossibleError``."""
        credit, bill = copy.deepcopy(self._document(credit_id)), copy.deepcopy(self._document(bill_id))
        approved = bill["Status"] == "AUTHORISED" == credit["Status"]
        if not approved or not 0 < amount <= min(bill["AmountDue"], credit["RemainingCredit"]):
            message = "both must be approved, and the amount no more than is due and left"
            raise NotPossibleError(message)
        day = self._books.today()
        allocation = {"AllocationID": self._books.new_id("allocation"), "Amount": amount, "Date": day}
        named = {name: bill[name] for name in ("InvoiceID", "InvoiceNumber")}
        credit["Allocations"] = [*credit.get("Allocations", []), {**allocation, "Invoice": named}]
        credited = {name: credit[name] for name in ("CreditNoteID", "CreditNoteNumber")}
        bill["CreditNotes"] = [*bill.get("CreditNotes", []), {**credited, "AppliedAmount": amount, "Date": day}]
        bill["AmountCredited"] = bill.get("AmountCredited", Decimal(0)) + amount
        self._close_if_settled(credit, day, "Credit applied")
        return self._close_if_settled(bill, day, "Credit applied")

    @alone
    def bill_purchase_order(self, order_id: str, number: str = "") -> Document:
        """Press "Copy to bill": a draft bill with the order's lines; the order becomes BILLED."""
        order = copy.deepcopy(self._books.store.get("xero.purchaseorders", order_id))
        if order is None or order["Status"] != "AUTHORISED":
            message = "only an approved purchase order can be billed"
            raise NotPossibleError(message)
        bill: Document = {
            "Type": BILL.type,
            "InvoiceID": self._books.new_id("document"),
            "InvoiceNumber": number or order["PurchaseOrderNumber"],
            "Status": "DRAFT",
            "Payments": [],
            "HasAttachments": False,
            **unapplied(BILL),
            **{name: order[name] for name in ("Contact", "Date", "LineAmountTypes", "CurrencyCode", "CurrencyRate")},
            **{name: order[name] for name in ("SubTotal", "TotalTax", "Total")},
            "LineItems": [{**line, "LineItemID": self._books.new_id("line")} for line in order["LineItems"]],
        }
        order["Status"] = "BILLED"
        self._books.note(order_id, "Billed", "Copied to a bill", user=self._user)
        self._books.keep("xero.purchaseorders", order_id, order)
        return self._keep(bill, "Created")

    # --- shared

    def _document(self, document_id: str) -> Document:
        for table in (BILL.table, CREDIT.table):
            if (found := self._books.store.get(table, document_id)) is not None:
                return found
        message = f"no bill or credit {document_id}"
        raise NotPossibleError(message)

    def _open(self, document_id: str) -> Document:
        document = self._document(document_id)
        if document["Status"] not in ("DRAFT", "SUBMITTED", "AUTHORISED"):
            message = f"a document that is {document['Status']} cannot be changed"
            raise NotPossibleError(message)
        return copy.deepcopy(document)

    def _put_lines(self, document: Document, sent: list[Document], header: Document) -> None:
        findings = Findings()
        reader = FieldReader(self._books, header, document, findings, _WHERE)
        reader.currency()
        rules = LineRules(where=_WHERE, line_amount_types=document["LineAmountTypes"], places=4, discounts=False)
        document["LineItems"] = read_lines(self._books, sent, document["LineItems"], rules, findings)
        reader.totals(claims=False)
        if findings.any:
            message = "; ".join([*findings.document, *(text for texts in findings.lines.values() for text in texts)])
            raise NotPossibleError(message)

    def _move(self, document_id: str, allowed: tuple[str, ...], status: str, changes: str) -> Document:
        document = copy.deepcopy(self._document(document_id))
        if document["Status"] not in allowed:
            message = f"a document that is {document['Status']} cannot become {status}"
            raise NotPossibleError(message)
        document["Status"] = status
        return self._keep(document, changes)

    def _close_if_settled(self, document: Document, day: str, changes: str) -> Document:
        settle_amounts(document)
        if document["AmountDue" if document["Type"] == BILL.type else "RemainingCredit"] == 0:
            document |= {"Status": "PAID", "FullyPaidOnDate": day}
        return self._keep(document, changes)

    def _place(self, document: Document) -> tuple[str, str]:
        kind = CREDIT if document["Type"] == CREDIT.type else BILL
        return kind.table, str(document[kind.id_field])

    def _keep(self, document: Document, changes: str) -> Document:
        settle_amounts(document)
        table, document_id = self._place(document)
        details = f"{document['Status']}, total {document['Total']}"
        self._books.note(document_id, changes, details, user=self._user)
        return self._books.keep(table, document_id, document)
