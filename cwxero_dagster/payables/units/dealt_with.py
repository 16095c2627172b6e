"""Goods that went back and that a person dealt with herself: what of a bill does not stand any more.

What belongs here: which quantities those are, told from her decisions and from what was received when she took them.
What does not: goods that a credit of the sync gives back (allocation), what is asked when goods come again (doubts).

She releases the question about an approved bill because she entered the vendor's credit in Xero, or because none comes;
she settles goods as not owed, and sends them back. No document of the sync says so. Goods that come again after that
are not the ones that the bill covers: they are new growth, as those that come again after a credit are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.ledger_view import LETTING, KnownBill, LedgerView
from cwxero_dagster.payables.records import ZERO, Receipt
from cwxero_dagster.payables.units import allocation


def dealt_with(
    bill: KnownBill, bills: Sequence[KnownBill], receipts: Sequence[Receipt], ledger: LedgerView
) -> dict[int, Decimal]:
    """Quantity by line id of a bill that went back and that a person dealt with; ``bills`` are all of the PO.

    ``receipts``: every receipt and reversal of the PO. Of goods that are not owed whatever went back since counts. Of
    goods on an approved bill, or on a document that she named, what was gone when she answered that they were.
    """
    found: dict[int, Decimal] = {}
    for part in () if keys.is_credit(bill.key) else allocation.standing_slices(bill, bills):
        low = None if part.line_id == FREIGHT_LINE else _lowest(bill, part, receipts, ledger)
        start, end = abs(part.start), abs(part.end)
        if low is not None and low < end:
            found[part.line_id] = found.get(part.line_id, ZERO) + end - max(low, start)
    return found


def without(bill: KnownBill, dealt: Mapping[int, Decimal]) -> KnownBill:
    """The bill without goods that a person dealt with."""
    return replace(bill, slices=allocation.shortened(bill.slices, dealt)) if dealt else bill


def came_again(slices: Sequence[Slice], standing: Sequence[KnownBill], bills: Sequence[KnownBill]) -> bool:
    """True for goods in the place of ones that a person dealt with, unless another bill took that place since.

    ``standing``: the PO's bills without what was dealt with; ``bills``: the same ones, whole.
    """
    return any(
        allocation.overlap(allocation.stretch(part), gone)
        for part in slices
        for gone in _gone(part.line_id, standing, bills)
    )


def _gone(line_id: int, standing: Sequence[KnownBill], bills: Sequence[KnownBill]) -> list[allocation.Stretch]:
    """The places of a line that a person's decisions left empty."""
    gone: list[allocation.Stretch] = []
    for whole, left in zip(bills, standing, strict=True):
        kept = _of_line(left, line_id)
        if not keys.is_credit(whole.key):
            gone = [*allocation.all_without(gone, kept), *allocation.all_without(_of_line(whole, line_id), kept)]
    return gone


def _of_line(bill: KnownBill, line_id: int) -> list[allocation.Stretch]:
    return [allocation.stretch(part) for part in bill.slices if part.line_id == line_id]


def doubt_of_goods_again(po_number: str) -> str:
    """What a person is told of goods that came in the place of ones that she dealt with."""
    return (
        f"Goods of purchase order {po_number} went back, which a person dealt with herself, and goods came again. They "
        "may be the same goods, or a replacement for which nothing is owed."
    )


def _lowest(bill: KnownBill, part: Slice, receipts: Sequence[Receipt], ledger: LedgerView) -> Decimal | None:
    """The lowest quantity of a line that was there when, or since, a person dealt with what was missing of a bill."""
    settled = ledger.settled(bill.key)
    if settled and settled.verb == "not-owed":
        later = [one.observed_at for one in receipts if one.line_id == part.line_id and one.observed_at > settled.at]
        return min(_there(part.line_id, at, receipts) for at in (settled.at, *later))
    kind = "credit_needed" if settled else "reversed_after_authorised"
    case = case_id(kind, keys.cause(bill.key))
    answered = [one.at for one in ledger.settlements if one.case_id == case and one.verb in LETTING]
    return min((_there(part.line_id, at, receipts) for at in answered), default=None)


def _there(line_id: int, at: datetime, receipts: Sequence[Receipt]) -> Decimal:
    """What had been received of a line by then; without sign."""
    return abs(sum((one.quantity for one in receipts if one.line_id == line_id and one.observed_at <= at), ZERO))
