"""Fields that bills, supplier credits and purchase orders share: contact, dates, number, currency, totals.

What belongs here: reading one sent field into the document and refusing what cannot be. What does not: status moves and
locks (bills.py, purchase_orders.py) and lines (lines.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import sentences, values
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.refusals import Findings

_NUMBER = re.compile(r"[\x20-\x7e]{0,255}")
_LINE_AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")
_ODD_RATE = Decimal("0.2")


class FieldReader:
    """Reads the fields of one sent document into ``document`` and collects what is wrong in ``findings``."""

    def __init__(self, books: Books, sent: Document, document: Document, findings: Findings, where: str) -> None:
        self._books = books
        self._sent = sent
        self._document = document
        self._findings = findings
        self._where = where

    def complain_beyond(self, writable: frozenset[str]) -> None:
        """Unknown and read-only fields are ignored, as the real Xero does, but not unnoticed."""
        for name in sorted(self._sent.keys() - writable):
            self._books.complain(f"{self._where}: field {name} is not writable")

    def date(self, name: str, *, default: str | None = None) -> None:
        """A calendar date."""
        if (value := self._sent.get(name)) is not None:
            try:
                self._document[name] = values.day(value)
            except ValueError:
                self._findings.add(sentences.field_invalid(name, value))
        elif default is not None:
            self._document.setdefault(name, default)

    def number(self, name: str) -> None:
        """The document's number: up to 255 printable ASCII characters."""
        if (value := self._sent.get(name)) is None:
            return
        if not isinstance(value, str) or not _NUMBER.fullmatch(value):
            self._findings.add(sentences.NUMBER_INVALID)
        self._document[name] = value

    def text(self, name: str, *, longest: int) -> None:
        """A plain text."""
        if (value := self._sent.get(name)) is None:
            return
        if not isinstance(value, str) or len(value) > longest:
            self._findings.add(sentences.field_invalid(name, value))
        self._document[name] = value

    def flag(self, name: str) -> None:
        """True or false."""
        if (value := self._sent.get(name)) is None:
            return
        if not isinstance(value, bool):
            self._findings.add(sentences.field_invalid(name, value))
        self._document[name] = value

    def url(self) -> None:
        """The link to a source document."""
        if (value := self._sent.get("Url")) is None:
            return
        parts = urlsplit(str(value))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self._findings.add(sentences.URL_INVALID)
        if "xero" in str(value).lower():
            self._findings.add(sentences.URL_FORBIDDEN)
        self._document["Url"] = value

    def line_amount_types(self) -> str:
        """How line amounts relate to tax; Exclusive when nothing was said."""
        value = self._sent.get("LineAmountTypes")
        if value is not None and value not in _LINE_AMOUNT_TYPES:
            self._findings.add(sentences.field_invalid("LineAmountTypes", value))
        elif value is not None:
            self._document["LineAmountTypes"] = value
        return str(self._document.setdefault("LineAmountTypes", "Exclusive"))

    def currency(self) -> None:
        """Currency and rate: a currency must have been added, a missing rate is the day's."""
        code = self._sent.get("CurrencyCode") or self._document.get("CurrencyCode") or self._books.base_currency
        if code != self._books.base_currency and not self._books.has_currency(code):
            self._findings.add(sentences.currency_missing(str(code)))
        changed = code != self._document.get("CurrencyCode")
        self._document["CurrencyCode"] = code
        day_rate = self._books.day_rate(str(code))
        if changed:
            self._document["CurrencyRate"] = day_rate
        if (sent := self._sent.get("CurrencyRate")) is not None:
            try:
                rate = values.amount(sent)
            except ValueError:
                self._findings.add(sentences.field_invalid("CurrencyRate", sent))
                return
            if rate <= 0:
                self._findings.add(sentences.field_invalid("CurrencyRate", sent))
            elif abs(rate - day_rate) > day_rate * _ODD_RATE:
                self._findings.warnings.append(f"The currency rate {rate} is far from the day's rate {day_rate}.")
            self._document["CurrencyRate"] = rate

    def totals(self, *, claims: bool) -> None:
        """SubTotal, TotalTax and Total from the lines; ``claims``: compare with what was sent."""
        lines = [line for line in self._document["LineItems"] if "LineAmount" in line]
        amounts = sum((line["LineAmount"] for line in lines), Decimal("0.00"))
        tax = sum((line["TaxAmount"] for line in lines), Decimal("0.00"))
        net = amounts - tax if self._document["LineAmountTypes"] == "Inclusive" else amounts
        self._document.update({"SubTotal": net, "TotalTax": tax, "Total": net + tax})
        for name in ("SubTotal", "TotalTax", "Total") if claims else ():
            if self._sent.get(name) is not None and not self._agrees(name):
                self._findings.add(sentences.TOTAL_MISMATCH)

    def _agrees(self, name: str) -> bool:
        try:
            return values.amount(self._sent[name]) == Decimal(self._document[name])
        except ValueError:
            return False


def with_texts(sent: Document, names: Iterable[str], refuse: Callable[[str], None]) -> Document:
    """The sent object, with every field of ``names`` either a text or gone; nulls are gone too."""
    checked = {name: value for name, value in sent.items() if value is not None}
    for name in names:
        if not isinstance(checked.get(name, ""), str):
            refuse(sentences.field_invalid(name, checked.pop(name)))
    return checked


def elements_of(value: Any) -> list[Document] | None:
    """A list of objects, or None when it is anything else."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    return None
