"""Why a case no longer holds a bill, in words: what was mapped, agreed, billed, settled, or gone in ConnectWise.

What belongs here: telling the true cause from the plan and from both systems. What does not: when a case closes
(warehouse/case_book), what a person decided about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.keys import credited_key, is_credit
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.states import in_words
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.units.unit import Unit
from cwxero_dagster.payables.wording import status_words

ENDED: Mapping[str, str] = {
    "wrong_organisation": "Xero is connected to the organisation of these bills again.",
    "unsigned_lifecycle": "The lifecycle decision is signed.",
    "outcome_unknown": "It is known now what became of the document in Xero.",
    "possible_duplicate": "Nothing that is known looks like another bill of the goods any more.",
    "duplicate_vendor_invoice": "The vendor's invoice number stands for one invoice now.",
    "removed_in_xero": "The bill is not asked for any more.",
    "changed_after_authorised": "Bill and purchase order agree again.",
    "reversed_after_authorised": "Bill and purchase order agree again.",
    "edited_in_xero": "What a person changed in Xero is no question any more.",
    "paid_not_received": "The goods of the bill are received in ConnectWise now, or went back.",
    "credit_needed": "The goods are received in ConnectWise again, or Xero holds the vendor's credit.",
    "unmapped_vendor": "The vendor has a Xero contact now.",
    "contact_archived": "The vendor's Xero contact can be used now.",
    "unmapped_account": "The goods have a Xero account now.",
    "account_invalid": "The Xero account can be used now.",
    "unmapped_tax": "The tax code has a Xero tax type now.",
    "account_tax_conflict": "Account and tax type go together now.",
    "unmapped_tracking": "The location or department has a tracking option now.",
    "tracking_invalid": "The tracking option can be used now.",
    "currency_not_enabled": "The currency is switched on in Xero now.",
    "lock_date": "The bill is dated in a locked period no more.",
    "price_mismatch": "The price is within the agreed limits now.",
    "quantity_mismatch": "The received quantity is within the agreed limits now.",
    "total_mismatch": "Bill and vendor's invoice agree within the limits now, as far as its goods are there.",
    "missing_vendor_invoice": "The vendor's invoice is there now.",
    "freight_unresolved": "The freight has a carrier now.",
    "rounding": "ConnectWise and Xero agree within the limits now.",
    "rejected_by_xero": "What Xero refused stands no more: the document has changed, or Xero took it.",
    "received_not_billed": "The order moved again in ConnectWise.",
    "stale_draft": "The draft has not waited longer than agreed.",
}
"""What is true once the cause of a kind is gone and its bill is still due."""
_TOLD_BY_THE_PLAN = frozenset(
    {"removed_in_xero", "changed_after_authorised", "reversed_after_authorised", "edited_in_xero"}
)
"""Kinds about a document in Xero: why nothing is asked about it any more is the reason of its action."""

_ASKED_TO_THE_END = frozenset({"rounding", "total_mismatch"})
"""Kinds that are asked about an approved bill, too: such a question ends once both sides agree."""


@dataclass(frozen=True)
class Aftermath:
    """Both systems and a plan as they stand, to tell what became of bills that a case named before."""

    actions: Sequence[Action]
    """The plan that no longer holds them; of notices, which are of all cycles, it says nothing."""
    units: Sequence[Unit]
    """Everything that is due, of all cycles."""
    books: Books
    purchasing: Purchasing

    def why(self, kind: str, bill: HeldBill) -> str:
        """Why a case of a kind no longer holds the bill: one sentence, or the plan's."""
        if bill.notice:
            return self._noticed_no_more(kind, bill) or ENDED[kind]
        action = next((one for one in self.actions if one.key == bill.key), None)
        if action is None:
            return self._not_due(bill)
        if kind == "reversed_after_authorised" and self._credited(bill.key):
            return "A supplier credit of its own gives back what went back; the bill stays as it is."
        if action.action in {"exclude", "withdraw"} or (kind in _TOLD_BY_THE_PLAN and not action.holds):
            return action.reason
        document = action.document
        if action.action == "unchanged" and document and document.status in FINAL and kind not in _ASKED_TO_THE_END:
            return f"The bill is {status_words(document.status)} in Xero now, as it stands there."
        return ENDED[kind]

    def _credited(self, key: str) -> bool:
        """Whether a credit for goods of a bill is due or there."""
        return any(is_credit(unit.key) and credited_key(unit.key) == key for unit in self.units)

    def _not_due(self, bill: HeldBill) -> str:
        orders = f"purchase order {', '.join(bill.po_numbers)}" if bill.po_numbers else "its purchase order"
        if self._on_a_bill(bill.slices, but=bill.key):
            return f"The goods of {orders} are on another bill now."
        states = [self.purchasing.states[po_id].state for po_id in bill.po_ids if po_id in self.purchasing.states]
        where = f"it is {in_words(states)}" if states else "it is gone"
        return f"No bill is due for {orders} any more: {where} in ConnectWise."

    def _noticed_no_more(self, kind: str, bill: HeldBill) -> str:
        document = self.books.by_id.get((bill.xero_id or "").lower())
        if kind == "reversed_after_authorised":
            return "The purchase order is in ConnectWise again."
        if kind == "received_not_billed":
            if self._on_a_bill(bill.slices):
                return "A bill of the goods is due now."
            if not any(self.purchasing.receipts.get(po_id) for po_id in bill.po_ids):
                return "The goods are not received in ConnectWise any more."
        elif bill.xero_id:
            return _moved_on(kind, document)
        return ""

    def _on_a_bill(self, slices: Iterable[Slice], *, but: str = "") -> bool:
        """Whether a bill that is due or known has any of the goods."""
        return any(
            (part.po_id, part.line_id) == (mine.po_id, mine.line_id)
            and allocation.overlap(allocation.stretch(part), allocation.stretch(mine))
            for unit in self.units
            if unit.key != but and not is_credit(unit.key)
            for part in unit.slices
            for mine in slices
        )


def _moved_on(kind: str, document: Document | None) -> str:
    """What became of the document that a notice was about; blank where that is not why it ended."""
    if document is None:
        return "Xero shows the bill no more."
    if not document.live:
        return f"The bill was {status_words(document.status)} in Xero."
    if kind == "stale_draft" and document.status in FINAL:
        return f"The draft is {status_words(document.status)} in Xero now."
    if kind == "paid_not_received" and document.status != "PAID":
        return f"The bill is {status_words(document.status)} in Xero, and paid no more."
    return ""
