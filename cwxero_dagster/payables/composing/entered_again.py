"""A purchase order that was entered once more under its old number: its goods may be on the earlier order's bill.

What belongs here: finding that bill. What does not: bills that people keyed (twins), quantities of one order
(allocation).
"""

from __future__ import annotations

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.wording import status_words


def entered_again(bill: Bill, purchasing: Purchasing, ledger: LedgerView, books: Books) -> list[Hold]:
    """A hold for each bill of another order with the same number: one that is gone, or one with the same total.

    The two orders are different records in ConnectWise, so no allocation ties them; two orders that merely share a
    number (CONTRACT section 5) are told apart by their money.
    """
    found = []
    for po in bill.pos:
        for other in purchasing.numbered(po.po_number):
            for document in _billed(other, ledger, books) if other.po_id != po.po_id else ():
                same = document.document_type == bill.document_type and document.total == bill.total
                hers = document.contact_id.lower() == (bill.contact_id or "").lower()
                if hers and (same or not other.present):
                    facts = (document.document_id, other.po_id, bill.facts)
                    found.append(hold("possible_duplicate", cause(bill.key), _told(po, other, document), *facts))
    return found


def _billed(po: PurchaseOrder, ledger: LedgerView, books: Books) -> list[Document]:
    documents = (books.by_id.get((known.xero_id or "").lower()) for known in ledger.bills_of(po.po_id))
    return [document for document in documents if document is not None and document.live]


def _told(po: PurchaseOrder, other: PurchaseOrder, document: Document) -> str:
    gone = "" if other.present else ", which is no longer there"
    return (
        f"Purchase order {po.po_number} was in ConnectWise before, as #{other.po_id}{gone}, and that one is billed: "
        f"{status_words(document.status)} bill {document.number} of {document.contact_name} for "
        f"{money_text(document.total, document.currency_code)}, dated {document.dated}."
    )
