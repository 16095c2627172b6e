"""The vendor's own invoice: its number and date for a PO, and one number that stands for two invoices.

What belongs here: where number and date come from, and the rule of CONTRACT section 5, "Same vendor, same invoice
number": it is one invoice over several POs, unless dates or currencies differ or the earlier bill is final. What does
not: comparing amounts (matching), documents that people keyed (twins).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import FINAL, Books
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.keys import is_credit, is_invoice, stem
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.records import Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.units.purchasing import Purchasing

Behind = tuple[int, int]
"""Line id and sequence of a receipt."""
WITHOUT_GOODS = frozenset({"cancelled", "deleted"})


@dataclass(frozen=True)
class VendorInvoice:
    """A vendor's own invoice, as far as a bill names it."""

    number: str
    """Blank: none is known."""
    dated: date | None = None

    @property
    def name(self) -> str:
        """The number as numbers compare."""
        return folded(self.number)


def with_invoice(
    po: PurchaseOrder, decision: Decision, rows: Sequence[VendorInvoiceRow], slips: Sequence[str] = ()
) -> PurchaseOrder:
    """The PO with the vendor invoice that the decision goes by.

    ``feed``: the ``rows`` of vendor_invoices.csv; ``packing_slip``: the ``slips`` of what is billed. Several numbers
    stand beside each other, the latest date counts.
    """
    if decision.vendor_invoice_from == "feed":
        mine = rows_for(po, rows)
        numbers = [row.invoice_number for row in mine]
        dated = max((row.invoice_date for row in mine if row.invoice_date), default=None)
    elif decision.vendor_invoice_from == "packing_slip":
        numbers = list(slips)
        dated = max((day for slip in slips if (day := dated_by_header(po, slip))), default=None)
    else:
        return po
    number = ", ".join(dict.fromkeys(numbers)) or None
    return replace(po, vendor_invoice_number=number, vendor_invoice_date=dated)


def on_header(po: PurchaseOrder) -> VendorInvoice:
    """The one invoice that a PO's header has room for."""
    return VendorInvoice((po.vendor_invoice_number or "").strip(), po.vendor_invoice_date)


def dated_by_header(po: PurchaseOrder, number: str) -> date | None:
    """The header's invoice date where the header names this invoice, or none."""
    return po.vendor_invoice_date if folded(po.vendor_invoice_number) in {"", folded(number)} else None


def written_invoice(written: Mapping[str, Any] | None) -> VendorInvoice | None:
    """The invoice that a document was written for; None where that was not kept."""
    if not written or "vendor_invoice" not in written:
        return None
    dated = written["vendor_invoice_date"]
    return VendorInvoice(written["vendor_invoice"], date.fromisoformat(dated) if dated else None)


def slips_behind(po: PurchaseOrder, lines: Sequence[Line], receipts: Sequence[Receipt]) -> dict[Behind, str]:
    """The packing slip of each receipt, where the slip is the vendor's invoice number. ``receipts``: all, in order.

    A slip that repeats the PO's number is what ConnectWise fills in by itself (connectwise_api, section 2), so it is
    none. A line has room for one slip: that of its last receipt, until somebody corrects it, who means the last one
    that still stands. A receipt without one goes with the line's next.
    """
    shown = {line.line_id: line.packing_slip for line in lines if line.present}
    events: dict[int, list[Receipt]] = {}
    for receipt in sorted(receipts, key=lambda item: item.sequence):
        events.setdefault(receipt.line_id, []).append(receipt)
    found: dict[Behind, str] = {}
    for line_id, history in events.items():
        following = ""
        for sequence, slip in reversed(_slips(history, shown.get(line_id)).items()):
            following = following if folded(slip) in {folded(po.po_number), ""} else slip.strip()
            found[line_id, sequence] = following
    return found


def _slips(history: Sequence[Receipt], now: str | None) -> dict[int, str]:
    """The slip of each receipt of a line by its sequence, corrections included. ``now``: what the line shows."""
    found: dict[int, str] = {}
    field = ""
    for index, event in enumerate(history):
        if not event.reversal:
            found[event.sequence] = event.packing_slip or ""
        elif event.packing_slip and event.packing_slip != field:
            _correct(found, history[: index + 1], event.packing_slip)
        field = event.packing_slip or field
    if now and now != field:
        _correct(found, history, now)
    return found


def _correct(slips: dict[int, str], history: Sequence[Receipt], slip: str) -> None:
    """Somebody typed a slip after these events: it is that of the last receipt that stands."""
    left = standing(history)
    if left:
        slips[left[-1].sequence] = slip


def rows_for(po: PurchaseOrder, rows: Sequence[VendorInvoiceRow]) -> list[VendorInvoiceRow]:
    """The feed's rows of a PO, named by its number or by ``#`` and its id."""
    names = {folded(po.po_number), f"#{po.po_id}"}
    return [row for row in rows if row.connectwise_vendor_id == str(po.vendor_id) and folded(row.po_number) in names]


def slips_of(receipts: Iterable[Receipt], behind: Mapping[Behind, str]) -> list[str]:
    """The slips of these receipts, each number once."""
    found = [behind.get((receipt.line_id, receipt.sequence), "") for receipt in receipts]
    return list({folded(slip): slip for slip in found if slip}.values())


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
    if is_credit(bill.key):
        return []
    if source == "feed":
        return [held for po in bill.pos for held in _in_feed(bill, po, feed)]
    if source == "packing_slip":
        return []
    holds = []
    mine = {po.po_id for po in bill.pos} | _on_the_same(bill, ledger)
    for po in bill.pos:
        found = purchasing.by_invoice.get((po.vendor_id, folded(po.vendor_invoice_number)), ())
        for other in found if po.vendor_invoice_number else ():
            if other.po_id not in mine and _bills_goods(other, purchasing):
                holds += _between(bill, po, other, books, ledger)
    return holds


def _in_feed(bill: Bill, po: PurchaseOrder, feed: Sequence[VendorInvoiceRow]) -> list[Hold]:
    named = {folded(number) for number in (po.vendor_invoice_number or "").split(", ")}
    mine = [row for row in rows_for(po, feed) if folded(row.invoice_number) in named]
    return [
        used_twice(
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
        reason = apart("dated", (str(dates[0]), po.po_number), (str(dates[1]), other.po_number))
    elif currencies[0] != currencies[1]:
        reason = apart("in", (currencies[0], po.po_number), (currencies[1], other.po_number))
    elif _published(bill.key, ledger) or not _final(other, books, ledger):
        return []
    else:
        reason = f"also on purchase order {other.po_number}, whose bill is already approved in Xero"
    return [used_twice(bill, po, po.vendor_invoice_number or "", reason)]


def apart(how: str, one: tuple[str, str], other: tuple[str, str]) -> str:
    """How two sides of one invoice differ: (what it says, on which orders) of each, the same from either side."""
    (first, here), (second, there) = sorted([one, other])
    return f"{how} {first} on purchase order {here} and {how} {second} on {there}"


def used_twice(bill: Bill, po: PurchaseOrder, number: str, reason: str) -> Hold:
    """The hold on a bill whose invoice number seems to stand for two invoices."""
    cause = f"vendor {po.vendor_id} invoice {folded(number)}"
    detail = f"Vendor invoice {number} of {po.vendor_name} is {reason}."
    return hold("duplicate_vendor_invoice", cause, detail, bill.key, reason)


def _on_the_same(bill: Bill, ledger: LedgerView) -> set[int]:
    """The POs on the vendor invoice that a bill supplements."""
    found = (ledger.live(key) for po in bill.pos for key in ledger.keys_of(po.po_id) if is_invoice(key))
    return {po_id for one in found if one and stem(one.key) == stem(bill.key) for po_id in one.po_ids}


def _published(key: str, ledger: LedgerView) -> bool:
    known = ledger.live(key)
    return known is not None and known.xero_id is not None


def _final(po: PurchaseOrder, books: Books, ledger: LedgerView) -> bool:
    ids = (bill.xero_id for bill in ledger.bills_of(po.po_id) if bill.xero_id)
    found = (books.by_id.get(document_id.lower()) for document_id in ids)
    return any(document is not None and document.status in FINAL for document in found)
