"""The shapes that are sent to Xero, and their exact bytes.

What belongs here: field names, their order, and writing them down without losing a digit. What does not: which values
to send (payables), and sending them (``client``, publishing).

Source: xero_api.md, sections 1, 2, 5 and 11. Left out on purpose: ``Reference`` (dropped on bills; what people see as
Reference is InvoiceNumber), every total (Xero computes them, and refuses or ignores ours), and any contact field beside
ContactID (it would change the contact).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.xero.asking import checked_id

Document = dict[str, Any]

LONGEST_NUMBER = 255
LONGEST_DESCRIPTION = 4_000
LONGEST_NOTE = 2_500
MOST_TRACKING = 2

_COLLECTIONS = {"ACCPAY": "Invoices", "ACCPAYCREDIT": "CreditNotes"}


@dataclass(frozen=True, kw_only=True)
class DocumentLine:
    """A line of a bill, credit or PO. One without a quantity is text only and carries its description alone.

    ``quantity`` is not negative (Xero refuses it; ``unit_amount`` may be); ``tracking`` holds category and option
    names, at most two. ``line_item_id`` changes a line that exists; without it the line is new.
    """

    description: str
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    account_code: str | None = None
    tax_type: str | None = None
    tracking: tuple[tuple[str, str], ...] = ()
    item_code: str | None = None
    line_item_id: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.description) <= LONGEST_DESCRIPTION:
            message = f"a line's description has 1 to {LONGEST_DESCRIPTION} characters, not {len(self.description)}"
            raise ValueError(message)
        if (self.quantity is None) != (self.unit_amount is None):
            message = "a line has both quantity and unit amount, or is text only and has neither"
            raise ValueError(message)
        if self.quantity is not None and self.quantity < 0:
            message = f"Xero takes no negative quantity ({self.quantity}); make the unit amount negative"
            raise ValueError(message)
        if len(self.tracking) > MOST_TRACKING:
            message = f"a line has at most {MOST_TRACKING} tracking categories, not {len(self.tracking)}"
            raise ValueError(message)

    def shape(self) -> Document:
        """The line as Xero takes it."""
        line: Document = {}
        if self.line_item_id is not None:
            line["LineItemID"] = checked_id(self.line_item_id)
        line["Description"] = self.description
        if self.quantity is None:
            return line
        given = {
            "Quantity": self.quantity,
            "UnitAmount": self.unit_amount,
            "ItemCode": self.item_code,
            "AccountCode": self.account_code,
            "TaxType": self.tax_type,
            "Tracking": [{"Name": name, "Option": option} for name, option in self.tracking] or None,
        }
        return line | _given(given)


def bill(
    *,
    contact_id: str,
    number: str,
    date: date,
    lines: Sequence[DocumentLine],
    due_date: date | None = None,
    line_amounts: str = "Exclusive",
    url: str | None = None,
    currency: str | None = None,
    currency_rate: Decimal | None = None,
    status: str = "DRAFT",
    invoice_id: str | None = None,
) -> Document:
    """A bill. ``number`` is what people see as its Reference; ``invoice_id`` names the bill that is to be changed.

    Raises ``ValueError`` for a number that is longer than 255 characters or not printable ASCII, and for a ``url`` that
    Xero would refuse.
    """
    if url is not None and ("xero" in url.lower() or not url.startswith(("https://", "http://"))):
        message = f"Xero refuses this link on a bill (it must be a web address without the word xero): {url}"
        raise ValueError(message)
    return {"Type": "ACCPAY"} | _given(
        {
            "InvoiceID": None if invoice_id is None else checked_id(invoice_id),
            "Contact": {"ContactID": checked_id(contact_id)},
            "Date": date,
            "DueDate": due_date,
            "LineAmountTypes": line_amounts,
            "InvoiceNumber": _number(number),
            "Url": url,
            "CurrencyCode": currency,
            "CurrencyRate": currency_rate,
            "Status": status,
            "LineItems": [line.shape() for line in lines],
        }
    )


def supplier_credit(
    *,
    contact_id: str,
    number: str,
    date: date,
    lines: Sequence[DocumentLine],
    line_amounts: str = "Exclusive",
    currency: str | None = None,
    currency_rate: Decimal | None = None,
    status: str = "DRAFT",
    credit_note_id: str | None = None,
) -> Document:
    """A supplier credit; amounts are what the supplier owes, so they are positive. Raises ``ValueError``."""
    return {"Type": "ACCPAYCREDIT"} | _given(
        {
            "CreditNoteID": None if credit_note_id is None else checked_id(credit_note_id),
            "Contact": {"ContactID": checked_id(contact_id)},
            "Date": date,
            "LineAmountTypes": line_amounts,
            "CreditNoteNumber": _number(number),
            "CurrencyCode": currency,
            "CurrencyRate": currency_rate,
            "Status": status,
            "LineItems": [line.shape() for line in lines],
        }
    )


def purchase_order(
    *,
    contact_id: str,
    number: str,
    date: date,
    lines: Sequence[DocumentLine],
    reference: str | None = None,
    delivery_date: date | None = None,
    line_amounts: str = "Exclusive",
    currency: str | None = None,
    status: str = "DRAFT",
    purchase_order_id: str | None = None,
) -> Document:
    """A Xero purchase order, where Reference does exist. Raises ``ValueError`` as ``bill``."""
    return _given(
        {
            "PurchaseOrderID": None if purchase_order_id is None else checked_id(purchase_order_id),
            "PurchaseOrderNumber": _number(number),
            "Contact": {"ContactID": checked_id(contact_id)},
            "Date": date,
            "DeliveryDate": delivery_date,
            "LineAmountTypes": line_amounts,
            "Reference": reference,
            "CurrencyCode": currency,
            "Status": status,
            "LineItems": [line.shape() for line in lines],
        }
    )


def envelope(documents: Sequence[Document]) -> Document:
    """Documents of one kind under the name of their collection. Raises ``ValueError`` for none, or several kinds."""
    names = {_COLLECTIONS.get(document.get("Type", ""), "PurchaseOrders") for document in documents}
    if len(names) != 1:
        message = "an envelope holds documents of one kind, and at least one"
        raise ValueError(message)
    return {names.pop(): list(documents)}


def history(note: str) -> Document:
    """A note for a document's history, cut to what Xero takes. Notes stay for ever."""
    return {"HistoryRecords": [{"Details": note[:LONGEST_NOTE]}]}


def linked_transaction(*, bill_id: str, line_item_id: str, contact_id: str) -> Document:
    """A line of a bill as the billable expense of a customer. Its status follows by itself and cannot be set.

    A call takes one, without an envelope (xero_api, section 7, and the published schema).
    """
    return {
        "SourceTransactionID": checked_id(bill_id),
        "SourceLineItemID": checked_id(line_item_id),
        "ContactID": checked_id(contact_id),
    }


def encode(document: Mapping[str, Any]) -> bytes:
    """The one spelling of ``document`` as JSON bytes: the same values in the same order give the same bytes.

    Decimals become JSON numbers with every digit, without exponent or trailing zeros. Raises ``TypeError`` for floats,
    moments and whatever else has no exact spelling.
    """
    return _text(document).encode("ascii")


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return _digits(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(key)}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    message = f"{type(value).__name__} {value!r} has no exact spelling in JSON"
    raise TypeError(message)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        message = f"{key!r} cannot name a field"
        raise TypeError(message)
    return json.dumps(key)


def _digits(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _given(fields: Mapping[str, Any]) -> Document:
    return {name: value for name, value in fields.items() if value is not None}


def _number(number: str) -> str:
    if not number or len(number) > LONGEST_NUMBER or not (number.isascii() and number.isprintable()):
        message = f"a document's number has 1 to {LONGEST_NUMBER} printable ASCII characters: {number!r}"
        raise ValueError(message)
    return number
