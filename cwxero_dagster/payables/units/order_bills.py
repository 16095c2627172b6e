"""The bills of one PO, as the ledger and Xero know them: which stand, which are final, which may still grow.

What belongs here: what is known of the PO's bills, and issuing a key that none of them has. What does not: the quantity
that they hold (``allocation``), what becomes of them (``units``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.corrections import Correction, corrections, taken_off, tells_goods
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.units.invoice_bills import InvoiceBills


class OrderBills:
    """The bills of one PO; of a bill over several POs, the part that bills this one."""

    def __init__(
        self,
        po_id: int,
        ledger: LedgerView,
        books: Books,
        invoices: InvoiceBills,
        costs: Mapping[int, Decimal] | None = None,
        *,
        freight: Decimal = ZERO,
    ) -> None:
        """``costs``: what a piece of each line costs now; ``freight``: what that of the PO comes to now."""
        self._invoices = invoices
        known = [_part_of(bill, po_id) for bill in ledger.bills_of(po_id) if not bill.reprices]
        known = [_without_opposite_freight(bill, freight) if _is_gone(bill, books) else bill for bill in known]
        self.used = set(ledger.keys_of(po_id))
        """Keys that were ever issued."""
        self.used |= {key for bill in known if keys.is_invoice(bill.key) for key in invoices.under(bill.key)}
        self.pending = [bill for bill in known if keys.is_credit(bill.key) and not has_given_back(bill, books)]
        """Credits that have not given back yet."""
        self.bills = [bill for bill in known if bill not in self.pending]
        """All others."""
        self.final = {bill.key for bill in self.bills if _is_final(bill, books)}
        """Keys of bills that are approved or paid."""
        self.closed = self.final | {bill.key for bill in self.bills if _is_closed(bill, books)}
        """Keys of bills that take nothing more."""
        self.settled = {bill.key for bill in self.bills if bill.state == "settled" or ledger.settled(bill.key)}
        """Keys of bills whose goods a person settled as not owed or as billed by another document."""
        self.uncredited = {keys.credited_key(one.key) for one in self.pending if _is_removed(one, books)}
        """Keys of bills of which a person removed a credit."""
        several = len(self.bills) > 1
        self.touched = {bill.key for bill in self.bills if _is_touched(bill, books)} if several else set()
        """Keys of bills that a person worked on in Xero, where there are several to choose from."""
        live = [(bill, held) for bill in known if (held := _document(bill, books)) is not None and held.live]
        left = {bill.key: corrections(bill, held) for bill, held in live}
        self.more = {bill.key: _more(bill, left[bill.key]) for bill, _ in live if not keys.is_credit(bill.key)}
        """How much more than was written a person left on each bill, by line; negative for what she took off."""
        self.taken_off = taken_off(
            [(bill, held, left[bill.key]) for bill, held in live], of=self.final, costs=costs or {}
        )
        """What she took off final bills and put on no other document of the PO, by key and line."""
        self.taken_off_since = {
            bill.key: since
            for bill, _ in live
            if bill.key in self.taken_off and (since := _lowered_since(bill, self.taken_off[bill.key], books))
        }
        """When that was first seen, by key, as far as observations tell."""

    def credit_underway(self, key: str) -> bool:
        """True where a credit of the bill was issued and has not given back yet."""
        return any(keys.credited_key(one.key) == key and not one.never_sent for one in self.pending)

    def may_grow(self, key: str) -> bool:
        """A bill takes more only while nobody approved it and no credit or supplement came after it."""
        if keys.is_invoice(key):
            return self._invoices.may_grow(key)
        carrier = keys.is_carrier(key)
        later = {
            bill.key for bill in self.bills if bill.key.startswith(f"{key}/") and keys.is_carrier(bill.key) == carrier
        }
        return key not in self.closed and not later

    def issued(self, key: str) -> str:
        """A key that no other unit of this run gets."""
        self.used.add(key)
        return key


def _part_of(bill: KnownBill, po_id: int) -> KnownBill:
    """The part of a bill that bills one PO."""
    return replace(bill, slices=tuple(part for part in bill.slices if part.po_id == po_id))


def _without_opposite_freight(bill: KnownBill, freight: Decimal) -> KnownBill:
    """A bill that is not in Xero, without a refund of freight where it is charged now, or the other way round.

    Such a bill has nothing to give back before the freight of the other sign is billed.
    """
    kept = [part for part in bill.slices if part.line_id != FREIGHT_LINE or part.quantity * freight >= 0]
    return replace(bill, slices=tuple(kept))


def has_given_back(credit: KnownBill, books: Books) -> bool:
    """True where Xero confirmed the credit and nobody removed it since, and where a person settled it: it is done."""
    document = _document(credit, books)
    return credit.state == "settled" or (credit.state == "confirmed" and (document is None or document.live))


def _is_closed(bill: KnownBill, books: Books) -> bool:
    """True for a bill that a person settled, or whose document was removed: it takes nothing more."""
    return bill.state == "settled" or _is_removed(bill, books)


def _is_gone(bill: KnownBill, books: Books) -> bool:
    """True for a bill that is closed, and of which Xero holds no live document."""
    document = _document(bill, books)
    return _is_closed(bill, books) and (document is None or not document.live)


def _is_removed(bill: KnownBill, books: Books) -> bool:
    document = _document(bill, books)
    return document is not None and not document.live


def _is_final(bill: KnownBill, books: Books) -> bool:
    document = _document(bill, books)
    return document is not None and document.status in FINAL


def _more(bill: KnownBill, left: Mapping[int, Correction]) -> dict[int, Decimal]:
    return {line_id: one.more for line_id, one in left.items() if one.more and tells_goods(bill, one)}


def _lowered_since(bill: KnownBill, lines: Collection[int], books: Books) -> datetime | None:
    """When the bill was first seen with less than was written to it, which it has had ever since; None: not known."""
    since = None
    for at, document in books.seen.get((bill.xero_id or "").lower(), ()):
        changed = corrections(bill, document)
        lowered = any(changed[line_id].more < ZERO for line_id in lines if line_id in changed)
        since = (since or at) if lowered else None
    return since


def _document(bill: KnownBill, books: Books) -> Document | None:
    return books.by_id.get((bill.xero_id or "").lower())


def _is_touched(bill: KnownBill, books: Books) -> bool:
    document = _document(bill, books)
    return document is not None and not untouched(bill, document)
