"""Purchasing as if nothing had ever gone back: what a bookkeeper may have keyed before it did.

What belongs here: that view of the orders of which goods went back or that are gone. What does not: finding what she
keyed (keyed_goods), what is there now (units).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.records import Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.states import state_of
from cwxero_dagster.payables.units.purchasing import Purchasing


def as_if_nothing_went_back(purchasing: Purchasing) -> Purchasing:
    """Purchasing with each line of such orders as it was when most of it was there, at its cost of that moment."""
    back = {po_id for po_id, receipts in purchasing.receipts.items() if any(one.reversal for one in receipts)}
    pos, lines = dict(purchasing.pos), dict(purchasing.lines)
    receipts, states = dict(purchasing.receipts), dict(purchasing.states)
    for po_id in back & pos.keys():
        most = [_most(line, purchasing.lines_seen.get(po_id, ())) for line in lines.get(po_id, ())]
        po = _as_it_was(pos[po_id], purchasing.headers_seen.get(po_id, ()))
        arrived = [one for one in receipts[po_id] if _came_by(one, most)]
        pos[po_id], lines[po_id], receipts[po_id] = po, most, arrived
        states[po_id] = state_of(po, most, arrived, purchasing.reference, zone=purchasing.zone)
    return replace(purchasing, pos=pos, lines=lines, receipts=receipts, states=states)


def without_its_credits(ledger: LedgerView, now: Purchasing, most: Purchasing) -> LedgerView:
    """The ledger without credits for goods that went back and are not there again: in that view they never went."""
    short = {
        (line.po_id, line.line_id)
        for po_id, lines in now.lines.items()
        for line, then in zip(lines, most.lines[po_id], strict=True)
        if abs(line.received) < abs(then.received)
    }
    bills = {
        key: bill
        for key, bill in ledger.bills.items()
        if not (is_credit(key) and any((part.po_id, part.line_id) in short for part in bill.slices))
    }
    return replace(ledger, bills=bills)


def _most(line: Line, seen: Sequence[Line]) -> Line:
    """The line when most of it was there; as it stands where none ever came."""
    then = [one for one in seen if one.line_id == line.line_id and one.present]
    if not any(one.received for one in then):
        return line
    return max(then, key=lambda one: (abs(one.received), one.observed_at))


def _as_it_was(po: PurchaseOrder, seen: Sequence[PurchaseOrder]) -> PurchaseOrder:
    """The order, as it was last seen where it was deleted."""
    then = [one for one in seen if one.present]
    return then[-1] if then and not po.present else po


def _came_by(receipt: Receipt, lines: Sequence[Line]) -> bool:
    return any(line.line_id == receipt.line_id and receipt.observed_at <= line.observed_at for line in lines)
