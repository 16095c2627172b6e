"""Xero's refusals, in the reader's words.

What belongs here: a table from Xero's sentences to the kinds of case of CONTRACT.md, and collecting those sentences
from an answer. What does not: opening a case (payables), and failures that never reached a document (``transport``).

Source of the sentences: xero_api.md, sections 2, 5, 9 and 10. They are Xero's wording of today, so patterns ask for the
words that carry the meaning; what nothing matches is ``rejected_by_xero`` and shown as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

AGAIN = "and the next night sends it again"


@dataclass(frozen=True)
class Refusal:
    """Why Xero refused a document: the kind of case, what happened, what to do, and Xero's own words."""

    kind: str
    sentence: str
    next_step: str
    original: str

    @property
    def told(self) -> str:
        """All of it for the person who has to act, Xero's own words last."""
        quoted = f' Xero says: "{self.original}"' if self.original else ""
        return f"{self.sentence} {self.next_step}{quoted}"


@dataclass(frozen=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    sentence: str
    next_step: str


def _rule(kind: str, pattern: str, sentence: str, next_step: str) -> _Rule:
    return _Rule(kind, re.compile(pattern, re.IGNORECASE | re.DOTALL), sentence, next_step)


# The first match counts: a sentence that names two things stands before those that name one of them.
_RULES = (
    _rule(
        "contact_archived",
        r"contact\b.*\barchived",
        "The supplier's contact is archived in Xero.",
        f"Restore the contact in Xero, or map the vendor to another contact in vendors.csv, {AGAIN}.",
    ),
    _rule(
        "account_tax_conflict",
        r"TaxType code '(?P<tax>[^']*)' cannot be used with account code '(?P<account>[^']*)'",
        "Xero does not allow tax type {tax} on account {account}.",
        f"Change the tax type or the account in accounts.csv or tax_codes.csv, {AGAIN}.",
    ),
    _rule(
        "account_tax_conflict",
        r"TaxType code '(?P<tax>[^']*)'",
        "Xero has no tax type {tax} that bills can use.",
        f"Correct the tax type in accounts.csv, vendors.csv or tax_codes.csv, {AGAIN}.",
    ),
    _rule(
        "account_invalid",
        r"Account code '(?P<account>[^']*)' has been archived",
        "Account {account} is archived or deleted in Xero.",
        f"Restore the account in Xero, or name another one in accounts.csv, {AGAIN}.",
    ),
    _rule(
        "account_invalid",
        r"Account code '(?P<account>[^']*)'",
        "Account {account} cannot be used on bills in Xero.",
        f"Name another account in accounts.csv, {AGAIN}.",
    ),
    _rule(
        "account_invalid",
        r"account code\b.*\b(must|required|specified)",
        "Xero wants an account on every line.",
        f"Give the product or its category an account in accounts.csv, {AGAIN}.",
    ),
    _rule(
        "tracking_invalid",
        r"tracking",
        "A tracking category or option of this bill does not exist in Xero, or is archived there.",
        f"Correct tracking.csv, or restore the option in Xero, {AGAIN}.",
    ),
    _rule(
        "currency_not_enabled",
        r"not subscribed to currency (?P<currency>\w+)",
        "The Xero organisation does not use the currency {currency}.",
        f"Add {{currency}} to the currencies in Xero, {AGAIN}.",
    ),
    _rule(
        "lock_date",
        r"lock date|locked period",
        "The bill's date lies in a period that is locked in Xero.",
        "Ask whoever set the lock date: reopen the period, or decide on the date of the bill. Nothing is re-dated on "
        "its own.",
    ),
    _rule(
        "changed_after_authorised",
        r"payment or credit note allocated|already been paid|not of valid status for modification",
        "Somebody approved, paid or removed this document in Xero meanwhile, so it can no longer be changed.",
        "Nothing was written over it. Look at the case's ways out: a supplement, a credit, or leaving it as it is.",
    ),
    _rule(
        "rejected_by_xero",
        r"Purchase Order status change is invalid",
        "The purchase order in Xero was already billed or removed by somebody, so its status stays as it is.",
        "Nothing to do: bills do not wait for it.",
    ),
    _rule(
        "rejected_by_xero",
        r"limit of invoices you can approve",
        "The organisation's Xero plan allows no more approved bills for now.",
        f"Change the plan in Xero, or wait for its next period, {AGAIN}.",
    ),
    _rule(
        "rejected_by_xero",
        r"quantity\b.*\bless than zero",
        "A line of this bill has a negative quantity, which Xero does not take.",
        "Look at the PO's line in ConnectWise: returned goods belong on a supplier credit.",
    ),
    _rule(
        "credit_needed",
        r"\btotal\b.*\bless than zero",
        "The total of this bill is below zero, so it is a supplier credit and no bill.",
        "Settle the case as a credit, or correct the PO in ConnectWise.",
    ),
    _rule(
        "rounding",
        r"line total (?P<ours>\S+) does not match the expected line total (?P<theirs>[\d.,-]*\d)",
        "Xero computes {theirs} for a line for which {ours} was sent.",
        "Look at the line's quantity and unit cost in ConnectWise; nothing was saved.",
    ),
    _rule(
        "rounding",
        r"document total does not equal",
        "Xero computes another total for this bill than was sent.",
        "Look at the bill's lines in ConnectWise; nothing was saved.",
    ),
    _rule(
        "possible_duplicate",
        r"order number\b.*\bunique",
        "Xero already has a purchase order with this number.",
        "Look at it in Xero: if it is the same order, settle the case as billed by that document.",
    ),
    _rule(
        "unmapped_vendor",
        r"\bcontact\b.*(matched no|not be found|does not exist|must be specified|must contain)",
        "Xero does not know the contact that this vendor is mapped to.",
        f"Correct the vendor's row in vendors.csv, {AGAIN}.",
    ),
    _rule(
        "outcome_unknown",
        r"used with a different request",
        "An earlier request for these documents is still remembered by Xero, and it was not the same one.",
        "Run again in ten minutes: a look-up in Xero then shows what was saved.",
    ),
)


_MOVED = (
    "It answers that it has moved elsewhere, which is not followed, because keys are sent to the address that is set.",
    f"Ask the data team to correct XERO_API_URL, {AGAIN}.",
)
_WORDLESS = {
    **dict.fromkeys((301, 302, 303, 307, 308), _MOVED),
    409: (
        "It says that the document clashes with something that it holds, and not with what.",
        f"Look in Xero for another document with the same number and correct what clashes, {AGAIN}.",
    ),
    412: (
        "It says that a condition of the request does not hold, and not which.",
        f"Look in Xero whether somebody changed the document or its supplier meanwhile, {AGAIN}.",
    ),
}
"""What Xero says by the status alone of a request that it turned down whole (xero_api, section 2), and what to do."""


def explain(message: str, *, status: int | None = None) -> Refusal:
    """What one of Xero's sentences means. Never fails: an unknown one is ``rejected_by_xero``, in Xero's words.

    ``status``: that of a request that was turned down whole; it is all there is where Xero gave no words.
    """
    original = " ".join(message.split())
    for rule in _RULES:
        if found := rule.pattern.search(original):
            names = found.groupdict()
            return Refusal(rule.kind, rule.sentence.format(**names), rule.next_step.format(**names), original)
    if not original and status in _WORDLESS:
        return Refusal("rejected_by_xero", *_WORDLESS[status], original)
    return Refusal(
        "rejected_by_xero",
        "Xero gave a reason that this program does not know." if original else "It gave no reason.",
        f"Correct what its words name, in ConnectWise, in the mapping files or in Xero, {AGAIN}."
        if original
        else f"Look at the bill in ConnectWise and at its supplier in Xero; correct what is unusual, {AGAIN}.",
        original,
    )


def element_errors(element: Any) -> list[str]:
    """Xero's sentences about a document, each once, those of its lines included: they nest at any depth."""
    return list(dict.fromkeys(_messages(element, "ValidationErrors")))


def element_warnings(element: Any) -> list[str]:
    """Xero's remarks about a document that it did save."""
    return list(dict.fromkeys(_messages(element, "Warnings")))


def _messages(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _messages(item, name)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == name and isinstance(item, list):
                yield from (text for entry in item if (text := _sentence(entry)))
            else:
                yield from _messages(item, name)


def _sentence(entry: Any) -> str:
    text = entry.get("Message") if isinstance(entry, Mapping) else entry
    return " ".join(text.split()) if isinstance(text, str) else ""
