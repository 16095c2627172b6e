"""The vendor's own invoice: its number and date for a PO, and one number that stands for two invoices.

What belongs here: where number and date come from, and the rule of CONTRACT section 5, "Same vendor, same invoice
number": it is one invoice over several POs, unless dates or currencies differ or the earlier bill is final. What does
not: comparing amounts (matching), documents that people keyed (twins).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import FINAL, Books
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.purchasing import Purchasing
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.seeds import VendorInvoiceRow

WITHOUT_GOODS = frozenset({"cancelled", "deleted"})


def with_invoice(po: PurchaseOrder, decision: Decision, rows: Sequence[VendorInvoiceRow]) -> PurchaseOrder:
    """The PO with the vendor invoice that the decision goes by.

    ``feed``: the rows of vendor_invoices.csv; several numbers stand beside each other, the latest date counts.
    """
    if decision.vendor_invoice_from != "feed":
        return po
    mine = rows_for(po, rows)
    return replace(
        po,
        vendor_invoice_number=", ".join(dict.fromkeys(row.invoice_number for row in mine)) or None,
        vendor_invoice_date=max((row.invoice_date for row in mine if row.invoice_date), default=None),
    )


def rows_for(po: PurchaseOrder, rows: Sequence[VendorInvoiceRow]) -> list[VendorInvoiceRow]:
    """The feed's rows of a PO, named by its number or by ``#`` and its id."""
    names = {folded(po.po_number), f"#{po.po_id}"}
    return [row for row in rows if row.connectwise_vendor_id == str(po.vendor_id) and folded(row.po_number) in names]


def duplicates(
    bill: Bill,
    purchasing: Purchasing,
    books: Books,
    ledger: LedgerView,
    *,
    source: str,
    feed: Sequence[VendorInvoiceRow],
) -> list[Hold]:
    """Holds where another PO of the vendor carries the bill's invoice number for what seems to be another invoice.

    ``source`` is the decision's ``vendor_invoice_from``, ``feed`` the rows of vendor_invoices.csv. A missing date
    differs from nothing; a PO without a currency is in the organisation's own.
    """
    if source == "feed":
        return [held for po in bill.pos for held in _in_feed(bill, po, feed)]
    holds = []
    mine = {po.po_id for po in bill.pos}
    for po in bill.pos:
        found = purchasing.by_invoice.get((po.vendor_id, folded(po.vendor_invoice_number)), ())
        for other in found if po.vendor_invoice_number else ():
            if other.po_id not in mine and _bills_goods(other, purchasing):
                holds += _between(bill, po, other, books, ledger)
    return holds


def _in_feed(bill: Bill, po: PurchaseOrder, feed: Sequence[VendorInvoiceRow]) -> list[Hold]:
    mine = rows_for(po, feed)
    return [
        _hold(
            bill,
            po,
            row.invoice_number,
            f"dated {row.invoice_date} for {row.po_number} and {other.invoice_date} for {other.po_number} in "
            f"vendor_invoices.csv (lines {row.line} and {other.line})",
        )
        for row in mine
        for other in feed
        if other.connectwise_vendor_id == row.connectwise_vendor_id
        and folded(other.invoice_number) == folded(row.invoice_number)
        and None not in {row.invoice_date, other.invoice_date}
        and other.invoice_date != row.invoice_date
    ]


def _bills_goods(po: PurchaseOrder, purchasing: Purchasing) -> bool:
    state = purchasing.states.get(po.po_id)
    return state is not None and state.state not in WITHOUT_GOODS


def _between(bill: Bill, po: PurchaseOrder, other: PurchaseOrder, books: Books, ledger: LedgerView) -> list[Hold]:
    dates = (po.vendor_invoice_date, other.vendor_invoice_date)
    own = books.organisation.base_currency if books.organisation else ""
    currencies = (po.currency_code or own, other.currency_code or own)
    if None not in dates and dates[0] != dates[1]:
        reason = f"dated {dates[0]} on purchase order {po.po_number} and {dates[1]} on {other.po_number}"
    elif currencies[0] != currencies[1]:
        reason = f"in {currencies[0]} on purchase order {po.po_number} and in {currencies[1]} on {other.po_number}"
    elif _published(bill.key, ledger) or not _final(other, books, ledger):
        return []
    else:
        reason = f"also on purchase order {other.po_number}, whose bill is already approved in Xero"
    return [_hold(bill, po, po.vendor_invoice_number or "", reason)]


def _hold(bill: Bill, po: PurchaseOrder, number: str, reason: str) -> Hold:
    cause = f"vendor {po.vendor_id} invoice {folded(number)}"
    detail = f"Vendor invoice {number} of {po.vendor_name} is {reason}."
    return hold("duplicate_vendor_invoice", cause, detail, bill.key, reason)


def _published(key: str, ledger: LedgerView) -> bool:
    known = ledger.live(key)
    return known is not None and known.xero_id is not None


def _final(po: PurchaseOrder, books: Books, ledger: LedgerView) -> bool:
    ids = (bill.xero_id for bill in ledger.bills_of(po.po_id) if bill.xero_id)
    found = (books.by_id.get(document_id.lower()) for document_id in ids)
    return any(document is not None and document.status in FINAL for document in found)
