"""The visible rounding line: it makes Xero's total of a bill the expected one, to the cent.

Xero computes every line and its tax by itself, and which way it rounds half a cent is written nowhere (xero_api,
section 9), so its total may be some cents off ours. What belongs here: what such a line says, on which account and how
large it may be, and finding it again. What does not: when one is written (drafts, final).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Account, Books, Document, DocumentLine
from cwxero_dagster.payables.composing.preflight import allows, unusable
from cwxero_dagster.payables.documents import LINE_FIELDS, Meaning, meaning_of_bill, meaning_of_line
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.merging import as_meant
from cwxero_dagster.payables.money import money_text, plain
from cwxero_dagster.payables.records import ZERO

REF = "rounding"
"""What a rounding line has for the ``ref`` of a line that bills goods."""
WORDS = "Rounding to the total expected from ConnectWise"
ROUNDING_ACCOUNT = "ROUNDING"
"""SystemAccount of the organisation's own rounding account; its code differs between organisations."""
OUTSIDE_TAX = ("NONE", "BASEXCLUDED")
"""Xero's own tax types for what is on no tax return; which of them there is depends on the country."""


@dataclass(frozen=True)
class Allowance:
    """How a difference between Xero's total of one document and ours may be made good."""

    limit: Decimal = ZERO
    """The largest difference, either way, in the document's currency."""
    account_code: str | None = None
    tax_type: str | None = None
    """None where the document's lines carry no tax."""
    lacking: str = ""
    """What keeps a line from being written, for a person to mend; blank where nothing does."""
    left_alone: str = ""
    """Why no line is written though nothing is to be mended; blank where one is."""

    def covers(self, difference: Decimal) -> bool:
        """True where ``difference`` is there, and no larger than the limit."""
        return bool(difference) and abs(difference) <= self.limit

    def told(self, document: Document, expected: Decimal, why: str) -> str:
        """The cents that stay as they are and ``why``, to follow another sentence; blank where there are none."""
        if not self.covers(expected - document.total):
            return ""
        return f" {computes(document, expected)}; {why}, so no rounding line was written."


NO_CENT = Allowance()
"""Every cent is a question to a person."""


def computes(document: Document, expected: Decimal) -> str:
    """Xero's total beside the expected one, in words."""
    computed = money_text(document.total, document.currency_code)
    return f"Xero computes {computed} where {money_text(expected)} was expected"


def allowance(bill: Bill, decision: Decision, books: Books) -> Allowance:
    """What the decision allows for a bill, and whether Xero would take it."""
    limit = decision.rounding.limit
    locked = books.organisation.locked_until if books.organisation else None
    if locked is not None and bill.dated <= locked:
        return Allowance(limit, left_alone=f"Xero is locked up to and including {locked}")
    code = decision.rounding.account or _own_account(books)
    if code is None:
        return Allowance(
            limit,
            lacking="lifecycle.yaml names no rounding account, and no active one of Xero's own was found",
        )
    account = books.accounts.get(code)
    if account is None or unusable(account):
        return Allowance(limit, lacking=f"rounding account {code} {unusable(account)}")
    if bill.line_amounts == "NoTax":
        return Allowance(limit, code)
    tax_type = _tax_type(account, books)
    if tax_type is None:
        return Allowance(limit, lacking=f"no tax rate of zero may be used on rounding account {code}")
    return Allowance(limit, code, tax_type)


def _own_account(books: Books) -> str | None:
    own = (one for one in books.accounts.values() if one.system_account == ROUNDING_ACCOUNT)
    return next((one.code for one in own if not unusable(one)), None)


def _tax_type(account: Account, books: Books) -> str | None:
    """A tax type that puts no tax on the line: the account's own where it does, else one that is on no tax return."""
    for tax_type in (account.tax_type, *OUTSIDE_TAX):
        rate = books.tax_rates.get(tax_type or "")
        if rate and rate.status == "ACTIVE" and not rate.rate and allows(rate, account):
            return rate.tax_type
    return None


def rounding_line(amount: Decimal, rule: Allowance) -> Meaning:
    """The line that adds ``amount`` to a document's total, and no tax."""
    return {
        "ref": REF,
        "description": WORDS,
        "quantity": "1",
        "unit_amount": plain(amount),
        "account_code": rule.account_code or "",
        "tax_type": rule.tax_type or "",
        "tracking": [],
        "item_code": "",
    }


def with_line(ours: Meaning, line: Meaning | None) -> Meaning:
    """What the sync means by a document, with a rounding line behind its lines."""
    return {**ours, "lines": [*ours["lines"], line]} if line else ours


def line_written(written: Mapping[str, Any] | None) -> Meaning | None:
    """The rounding line as the last write meant it, also where a person deleted it since; None where there was none."""
    meant = written or {}
    lines = [*meant.get("lines", ()), *(gone["meant"] for gone in meant.get("deleted", ()))]
    found = next((as_meant(line) for line in lines if line["ref"] == REF), None)
    return {"ref": REF, **{name: found[name] for name in LINE_FIELDS}} if found else None


def line_held(document: Document, limit: Decimal) -> DocumentLine | None:
    """The rounding line of a document in Xero, whoever knows of it; None where none, or more than one, reads like it.

    One that a person made larger than ``limit`` is hers.
    """
    alike = [
        line
        for line in document.lines
        if line.description == WORDS and line.quantity == 1 and not line.tax and abs(line.unit_amount or ZERO) <= limit
    ]
    return alike[0] if len(alike) == 1 else None


def amount_held(document: Document, limit: Decimal) -> Decimal:
    """The amount of a document's rounding line; zero where it has none."""
    line = line_held(document, limit)
    return (line.unit_amount or ZERO) if line else ZERO


def meaning_in_place(bill: Bill, document: Document, limit: Decimal) -> Meaning:
    """What the sync means by a bill of which it does not know what it wrote: a rounding line that it has is ours."""
    ours = meaning_of_bill(bill)
    line = line_held(document, limit)
    if line is None:
        return ours
    lines = list(ours["lines"])
    held = {name: value for name, value in meaning_of_line(line).items() if name in LINE_FIELDS}
    lines.insert(document.lines.index(line), {"ref": REF, **held})
    return {**ours, "lines": lines}
