"""A purchase order that was entered once more under its old number: its goods may be on the earlier order's bill.

What belongs here: finding that bill, ours or one that a person named for the earlier order's goods. What does not:
looking for bills that nobody named (twins), quantities of one order (allocation).
"""

from __future__ import annotations

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.holds import Hold, hold, naming
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
                same_contact = document.contact_id.lower() == (bill.contact_id or "").lower()
                gone = purchasing.is_gone(other)
                if (same_contact or other.vendor_id == po.vendor_id) and (same or gone):
                    facts = (document.document_id, other.po_id, bill.facts)
                    told = _told(po, other, document, other_is_gone=gone)
                    asked = hold("possible_duplicate", cause(bill.key), told, *facts)
                    found.append(naming(asked, document.document_id))
    return found


def _billed(po: PurchaseOrder, ledger: LedgerView, books: Books) -> list[Document]:
    """The live documents that bill goods of an order, each once: ours, and those that a person named."""
    ids: dict[str, None] = {}
    for known in ledger.bills_of(po.po_id):
        settled = ledger.settled(known.key)
        ids |= dict.fromkeys([(known.xero_id or "").lower(), settled.named_id if settled else ""])
    documents = (books.by_id.get(one) for one in ids)
    return [document for document in documents if document is not None and document.live]


def _told(po: PurchaseOrder, other: PurchaseOrder, document: Document, *, other_is_gone: bool) -> str:
    gone = ", which is not listed any more" if other_is_gone else ""
    return (
        f"Purchase order {po.po_number} was in ConnectWise before, as #{other.po_id}{gone}, and that one is billed: "
        f"{status_words(document.status)} bill {document.number} of {document.contact_name} for "
        f"{money_text(document.total, document.currency_code)}, dated {document.dated}."
    )
