"""The manual pattern: which bills a bookkeeper has to key, and which of them Xero holds already.

What belongs here: the decision as if bills were created, and finding the keyed document of each bill. What does not:
laying the list out (pipeline/keying), comparing what was keyed with what was expected (comparison).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.composing.twins import SAME_TOTAL, Twins
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.wording import status_words


@dataclass(frozen=True)
class ToKey:
    """A bill that is keyed by hand."""

    bill: Bill
    document: Document | None
    """The document that was keyed for it; None while it is to be keyed."""
    holds: tuple[Hold, ...] = ()
    """What to look at before it is keyed."""

    @property
    def to_do(self) -> str:
        """That it waits for a person, and what she looks at first; blank once it was keyed."""
        if self.document is not None:
            return ""
        first = " ".join(dict.fromkeys(one.detail for one in self.holds))
        return f"To be keyed by hand: the lifecycle decision creates no bill. {first}".rstrip()

    @property
    def found(self) -> str:
        """Where it was keyed, in words; blank while it was not."""
        if self.document is None:
            return ""
        name = self.document.number or "without a number"
        words = f"Keyed by hand: {name} in Xero ({status_words(self.document.status)})"
        if self.document.total == self.bill.total:
            return f"{words}."
        keyed = money_text(self.document.total, self.document.currency_code)
        return f"{words}, for {keyed} where {money_text(self.bill.total)} was expected."


def as_if_billed(decision: Decision) -> Decision:
    """The decision of a firm that keys by hand, as if each bill were created when it is due."""
    events = replace(decision.events, fully_received="draft_bill", vendor_invoice_received="update_bill")
    if decision.bill.one_per == "receipt":
        events = replace(events, partially_received="draft_bill")
    return replace(decision, events=events)


def paired(assessed: Sequence[Assessed], twins: Twins) -> list[ToKey]:
    """Each bill with the document that was keyed for it.

    A document that names the order or has the vendor invoice's number may stand for several bills, as a statement
    does. One that is alike in vendor, total and date only stands for one bill, the earliest: two equal deliveries are
    two bills.
    """
    documents: dict[str, Document] = {}
    taken: set[str] = set()
    owed = [item for item in assessed if not item.bill.excluded]
    matches = {item.bill.key: twins.matches(item.bill) for item in owed}
    for item in owed:
        named = [document for document, reason in matches[item.bill.key] if reason != SAME_TOTAL]
        if named:
            documents[item.bill.key] = named[0]
            taken.add(named[0].document_id)
    for item in sorted(owed, key=lambda one: (one.bill.due_on, one.bill.key)):
        alike = [document for document, _ in matches[item.bill.key] if document.document_id not in taken]
        if item.bill.key not in documents and alike:
            documents[item.bill.key] = alike[0]
            taken.add(alike[0].document_id)
    return [ToKey(item.bill, documents.get(item.bill.key), item.holds) for item in owed]
