"""How goods were billed that go back or change their price: what such a document owes to the bill that it corrects.

That is contact, currency, accounts, tax and tracking.
What belongs here: reading that from the bill in Xero, whatever the mappings, the decision or ConnectWise say by now; a
credit can be set against a bill of the same contact only, costs come back on the account on which they were booked, and
no tax comes back that was not billed. What does not: which goods go back (units), at which prices (repricing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from cwxero_dagster.payables import told
from cwxero_dagster.payables.books import Books, Document, DocumentLine
from cwxero_dagster.payables.documents import place_of
from cwxero_dagster.payables.keys import adjusted_key, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import LineAmounts
from cwxero_dagster.payables.mapping import Coding
from cwxero_dagster.payables.records import Line, PurchaseOrder

Tracking = tuple[tuple[str, str], ...]
CORRECTED = "the bill in Xero that it corrects"
"""What chooses everything that a credit, or a change of price, owes to its bill."""


@dataclass(frozen=True)
class AsBilled:
    """What the bill in Xero says of whom it owes, in what, and how its lines are coded."""

    document_type: str
    contact_id: str
    """Where Xero merged the bill's contact into another one, that one: the old one takes no documents any more."""
    currency_code: str
    line_amounts: LineAmounts | None
    """None where Xero does not say."""
    codings: Mapping[tuple[int, int], tuple[Coding, Tracking]]
    """Coding and tracking by ids of PO and PO line (0: the freight); a line that cannot be told is left out."""


def as_billed(
    key: str, ledger: LedgerView, books: Books, ordered: Iterable[tuple[Line, PurchaseOrder]], *, reprices: bool
) -> AsBilled | None:
    """What the bill says of which ``key`` is a credit, or which it ``reprices``.

    None for anything else, and where that bill is not in Xero.
    """
    known = ledger.live(adjusted_key(key)) if is_credit(key) or reprices else None
    document = books.by_id.get((known.xero_id or "").lower()) if known else None
    if known is None or document is None:
        return None
    codings = _by_words(document, ordered) | _by_line(document, known)
    contact = books.contact(document.contact_id)
    contact_id = contact.contact_id if contact else document.contact_id
    written: tuple[LineAmounts, ...] = get_args(LineAmounts)
    line_amounts = next((one for one in written if one == document.line_amounts), None)
    return AsBilled(document.document_type, contact_id.lower(), document.currency_code, line_amounts, codings)


def _by_line(document: Document, known: KnownBill) -> dict[tuple[int, int], tuple[Coding, Tracking]]:
    """By the lines that Xero confirmed for what was written."""
    refs = {line["line_item_id"]: str(line["ref"]) for line in (known.base or {}).get("lines", ())}
    found = {}
    for held in document.lines:
        place = place_of(refs.get(held.line_item_id or "", ""))
        if place is not None and held.account_code:
            found[place] = _coding(held)
    return found


def _by_words(
    document: Document, ordered: Iterable[tuple[Line, PurchaseOrder]]
) -> dict[tuple[int, int], tuple[Coding, Tracking]]:
    """By what lines say: of a bill whose last write is not known, and of lines that a person wrote anew."""
    found = {}
    for line, po in ordered:
        held = next((held for held in document.lines if held.account_code and told.says(held, line, po)), None)
        if held is not None:
            found[po.po_id, line.line_id] = _coding(held)
    return found


def _coding(held: DocumentLine) -> tuple[Coding, Tracking]:
    coding = Coding(held.account_code, held.tax_type, held.item_code, account_rule=CORRECTED, tax_rule=CORRECTED)
    return coding, held.tracking
