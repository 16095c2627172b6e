"""Lines of a document: what a line must hold, and its amounts.

What belongs here: reading sent lines against the accounts, rates, items and tracking of the organisation, and the
arithmetic of a line. What does not: totals and rules of the document (documents.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import sentences, values
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.fields import with_texts
from cwxero_dagster.sandbox.xero.refusals import Findings
from cwxero_dagster.sandbox.xero.tracking import read_tracking

WRITABLE = frozenset(
    {
        "LineItemID", "Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "AccountID", "TaxType",
        "TaxAmount", "LineAmount", "Tracking", "DiscountRate", "DiscountAmount",
    }
)  # fmt: skip
_TEXTS = ("LineItemID", "Description", "ItemCode", "AccountCode", "AccountID", "TaxType")
_AMOUNTS = ("Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount")
_LARGEST = Decimal("9999999999.99")
_CLOSED_SYSTEM_ACCOUNTS = frozenset(
    {
        "DEBTORS", "CREDITORS", "GST", "GSTONIMPORTS", "HISTORICAL", "RETAINEDEARNINGS", "BANKCURRENCYGAIN",
        "REALISEDCURRENCYGAIN", "UNREALISEDCURRENCYGAIN", "TRACKINGTRANSFERS", "UNPAIDEXPCLM", "WAGEPAYABLES",
    }
)  # fmt: skip
_TAX_FLAG_OF_CLASS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


@dataclass(frozen=True, kw_only=True)
class LineRules:
    """What the document demands of its lines."""

    where: str
    """Method and address, for complaints."""
    line_amount_types: str
    """Exclusive, Inclusive or NoTax."""
    places: int
    """Decimals of a unit amount: 2, or 4 where the request or the document says so."""
    discounts: bool
    """Purchase orders take discounts, bills do not."""


def read_lines(
    books: Books, sent: list[Document], existing: list[Document], rules: LineRules, findings: Findings
) -> list[Document]:
    """The document's lines after a write: echoed ones keep their id, new ones get one, the rest is gone."""
    kept = {str(line["LineItemID"]).lower(): line for line in existing}
    lines: list[Document] = []
    for position, given in enumerate(sent):
        refuse = partial(findings.add_line, position)
        line = with_texts(given, _TEXTS, refuse)
        reader = _LineReader(books, rules, refuse)
        line_id = str(line.pop("LineItemID", "")).lower()
        before = kept.pop(line_id, None) if line_id else None
        if line_id and before is None:
            findings.add_line(position, sentences.LINE_FOREIGN)
            continue
        lines.append(
            {"LineItemID": line_id or books.new_id("line"), **reader.read(line, before if before is not None else {})}
        )
    return lines


def as_on_screen(lines: list[Document], position: int, changes: Document) -> list[Document]:
    """What a person sends who changes one line on her screen: every line whole, its tax and amount worked out anew.

    Whatever Xero does with lines that an app sends in part (``echoed_lines``), a person's screen holds all of them.
    """
    shown = [
        {name: line[name] for name in WRITABLE - {"TaxAmount", "LineAmount"} if line.get(name) is not None}
        for line in lines
    ]
    if "AccountCode" in changes:
        shown[position].pop("AccountID", None)
    shown[position] |= changes
    return shown


def recreated(books: Books, line: Document, *, line_amount_types: str, places: int) -> Document:
    """The same line made anew, as Xero is reported to do when an update leaves LineItems out."""
    fresh = {**line, "LineItemID": books.new_id("line")}
    if "UnitAmount" in line and (unit := values.half_up(line["UnitAmount"], places)) != line["UnitAmount"]:
        fresh["UnitAmount"] = unit
        fresh["LineAmount"] = _extended(books, fresh)
        fresh["TaxAmount"] = tax_of(books, fresh, line_amount_types)
    return fresh


def tax_of(books: Books, line: Document, line_amount_types: str) -> Decimal:
    """Tax of a line, rounded to the cent on its own."""
    rate = books.tax_rate(line.get("TaxType"))
    if rate is None or line_amount_types == "NoTax":
        return Decimal("0.00")
    percent = values.amount(rate.get("EffectiveRate", rate.get("DisplayTaxRate", 0)))
    share = percent / 100 if line_amount_types == "Exclusive" else percent / (100 + percent)
    return books.to_cents(line["LineAmount"] * share)


def incomplete(line: Document) -> list[str]:
    """What a line lacks before its document can be submitted or approved."""
    if "LineAmount" not in line:
        return []
    lacks = {
        sentences.LINE_DESCRIPTION_MISSING: not line["Description"],
        sentences.LINE_AMOUNT_MISSING: "Quantity" not in line,
        sentences.LINE_ACCOUNT_MISSING: "AccountID" not in line,
    }
    return [message for message, missing in lacks.items() if missing]


def _extended(books: Books, line: Document) -> Decimal:
    gross = line["Quantity"] * line["UnitAmount"]
    discount = line.get("DiscountAmount", gross * line.get("DiscountRate", Decimal(0)) / 100)
    return books.to_cents(gross - discount)


class _LineReader:
    def __init__(self, books: Books, rules: LineRules, refuse: Callable[[str], None]) -> None:
        self._books = books
        self._rules = rules
        self._refuse = refuse

    def read(self, given: Document, before: Document) -> Document:
        """The stored line; whatever is wrong with it was refused along the way."""
        for name in sorted(given.keys() - WRITABLE):
            self._books.complain(f"{self._rules.where}: line field {name} is not writable")
        given = {name: value for name, value in given.items() if name in WRITABLE}
        for name in _AMOUNTS:
            if name in given:
                try:
                    given[name] = values.amount(given[name])
                except ValueError:
                    self._refuse(sentences.field_invalid(name, given.pop(name)))
        line = {**before, **given} if before and self._books.switches.echoed_lines == "merge" else dict(given)
        line.setdefault("Description", "")
        if len(line["Description"]) > 4000:
            self._refuse(sentences.field_invalid("Description", line["Description"][:40] + "..."))
        if self._is_text_only(line):
            return self._text_line(line)
        self._discount(line)
        self._amounts(line, given)
        self._account(line, by_id="AccountID" in given and "AccountCode" not in given)
        self._item(line)
        self._tax(line, given)
        line["Tracking"] = read_tracking(self._books, line.get("Tracking", []), self._refuse)
        return line

    @staticmethod
    def _is_text_only(line: Document) -> bool:
        named = ("Quantity", "UnitAmount", "LineAmount", "AccountCode", "AccountID", "ItemCode", "TaxType")
        return not any(name in line for name in named)

    def _text_line(self, line: Document) -> Document:
        if not line["Description"]:
            self._refuse(sentences.LINE_DESCRIPTION_MISSING)
        return {"Description": line["Description"], "Tracking": []}

    def _discount(self, line: Document) -> None:
        if not self._rules.discounts and (line.pop("DiscountRate", 0) or line.pop("DiscountAmount", 0)):
            self._refuse(sentences.DISCOUNT_REFUSED)

    def _amounts(self, line: Document, given: Document) -> None:
        quantity, unit = line.get("Quantity"), line.get("UnitAmount")
        if quantity is not None and quantity < 0:
            self._refuse(sentences.quantity_negative(quantity))
        if quantity is not None and len(f"{quantity:f}") > 13:
            self._refuse(sentences.field_invalid("Quantity", f"{quantity:f}"))
        claimed = given.get("LineAmount")
        if claimed is not None and (quantity is None or unit is None):
            line["Quantity"], line["UnitAmount"] = _completed(quantity, unit, claimed)
        elif unit is not None and quantity is None:
            line["Quantity"] = Decimal(1)
        if "Quantity" not in line or "UnitAmount" not in line:
            line.pop("Quantity", None)
            line["LineAmount"] = Decimal("0.00")
            return
        line["Quantity"] = self._cut(line["Quantity"], 4, "Quantity")
        line["UnitAmount"] = self._cut(line["UnitAmount"], self._rules.places, "UnitAmount")
        line["LineAmount"] = _extended(self._books, line)
        if abs(line["LineAmount"]) > _LARGEST:
            self._refuse(sentences.field_invalid("LineAmount", line["LineAmount"]))
        if claimed is not None and claimed != line["LineAmount"]:
            self._refuse(sentences.line_total(claimed, line["LineAmount"]))

    def _cut(self, value: Decimal, places: int, name: str) -> Decimal:
        cut = values.half_up(value, places)
        if cut != value:
            self._books.complain(f"{self._rules.where}: {name} {value:f} was cut to {places} decimals")
        return cut

    def _account(self, line: Document, *, by_id: bool) -> None:
        named = line.get("AccountID") if by_id else line.get("AccountCode")
        if named is None:
            return
        account = self._books.account(account_id=named) if by_id else self._books.account(code=named)
        if account is None or account["Type"] == "BANK" or account.get("SystemAccount") in _CLOSED_SYSTEM_ACCOUNTS:
            self._refuse(sentences.account_invalid(str(named)))
        elif account.get("Status", "ACTIVE") != "ACTIVE":
            self._refuse(sentences.account_archived(str(named)))
        if account is not None:
            line["AccountID"], line["AccountCode"] = account["AccountID"], account.get("Code")

    def _item(self, line: Document) -> None:
        if (code := line.get("ItemCode")) is not None and self._books.store.get("xero.items", code) is None:
            self._refuse(sentences.item_unknown(str(code)))

    def _tax(self, line: Document, given: Document) -> None:
        account = self._books.account(account_id=line["AccountID"]) if "AccountID" in line else None
        line.setdefault("TaxType", (account or {}).get("TaxType") or "NONE")
        tax_type = line["TaxType"]
        rate = self._books.tax_rate(tax_type)
        if tax_type != "NONE" and (rate is None or rate.get("Status", "ACTIVE") != "ACTIVE"):
            self._refuse(sentences.tax_unknown(tax_type))
        elif rate is not None and account is not None and not _combines(rate, account):
            self._refuse(sentences.tax_conflict(tax_type, str(account.get("Code"))))
        computed = tax_of(self._books, line, self._rules.line_amount_types)
        line["TaxAmount"] = values.half_up(given.get("TaxAmount", computed), 2)
        if line["TaxAmount"] != computed:
            self._books.complain(f"{self._rules.where}: TaxAmount {line['TaxAmount']} overrides {computed}")
            if computed == 0 and line["LineAmount"] != 0:
                self._refuse(sentences.field_invalid("TaxAmount", line["TaxAmount"]))


def _combines(rate: Document, account: Document) -> bool:
    flag = _TAX_FLAG_OF_CLASS.get(str(account.get("Class")))
    return flag is None or bool(rate.get(flag, True))


def _completed(quantity: Any, unit: Any, claimed: Decimal) -> tuple[Decimal, Decimal]:
    """Quantity and unit amount where LineAmount stands for one of them."""
    if quantity is None and unit:
        return values.half_up(claimed / unit, 4), unit
    if quantity is None:
        return Decimal(1), claimed
    return quantity, values.half_up(claimed / quantity, 4) if quantity else Decimal(0)
