"""Goods that another document bills and that are no longer received: the vendor owes a credit for them.

What belongs here: which goods of a bill that a person settled those are, and the question. What does not: credits of
the sync's own bills (units, planning).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.cases.received import lines_of, quantity_of, within, worth_before_tax
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.money import plain
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units.doubts import on_another
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit, billable
from cwxero_dagster.payables.units.unit_facts import currency_of


def gone_back(
    known: KnownBill,
    left: Sequence[Slice],
    gone: Sequence[Slice],
    settled: Settlement,
    purchasing: Purchasing,
    books: Books,
    *,
    of_new: bool,
) -> Iterator[Hold]:
    """Goods that another document billed, and that are no longer received: the vendor owes a credit on it.

    ``left``: what is there of the bill, ``gone``: what is not. ``of_new``: a person said so when goods came that may be
    on another bill.
    """
    missing = quantity_of(known.slices) - quantity_of(left)
    if missing:
        what = f"{_called(settled, books)} covers"
        if settled.verb == "not-owed":
            what = f"{settled.by} settled as not owed, because another bill was changed to cover them,"
            if of_new:
                what = f"{settled.by} settled as not owed when they came, as an earlier bill may cover them,"
        verb = "is" if missing == 1 else "are"
        detail = f"{plain(missing)} of the goods that {what} {verb} no longer received in ConnectWise."
        money = -worth_before_tax(gone, known, purchasing)
        currency = next((currency_of(purchasing.pos[one], books) for one in known.po_ids if one in purchasing.pos), "")
        yield replace(hold("credit_needed", f"bill {known.key}", detail, missing), stake=(currency, money))


def _called(settled: Settlement, books: Books) -> str:
    """The document that a person named, by what people call it."""
    found = next((one for one in books.documents if one.document_id.lower() == settled.named_id), None)
    if found is None:
        return f"the bill that {settled.by} named"
    return f"bill {found.number} of {found.contact_name}, which {settled.by} named,"


def is_on_another(
    known: KnownBill, settled: Settlement, purchasing: Purchasing, ledger: LedgerView, books: Books
) -> bool:
    """True for goods that are not owed because another bill of the sync has them, as a person changed it or said."""
    if settled.verb != "not-owed" or keys.is_credit(known.key) or known.reprices:
        return False
    return ledger.asked_of_new(known) or any(
        on_another(known, po, ledger.bills_of(po.po_id), _by_id(po.po_id, purchasing), books)
        for po in (purchasing.pos[po_id] for po_id in known.po_ids if po_id in purchasing.pos)
    )


def _by_id(po_id: int, purchasing: Purchasing) -> dict[int, Line]:
    return {line.line_id: line for line in purchasing.lines.get(po_id, ())}


def left_of(
    known: KnownBill,
    unit: Unit | None,
    purchasing: Purchasing,
    agreement: Agreement,
    ledger: LedgerView,
    settled: Settlement,
) -> tuple[Slice, ...]:
    """What is there of the goods that another document billed.

    The unit tells which bill gives back, where some goods are on a bill of the sync. Goods of an order that was entered
    once more are there under the new one.
    """
    if unit:
        return unit.slices
    decision = agreement.decision_for(known)
    there = {
        line.line_id: abs(billable(purchasing.pos[line.po_id], line, decision))
        for lines in lines_of(known, purchasing)
        for line in lines
    }
    again = {po_id for po_id in known.po_ids if _under_a_new_order(po_id, settled, purchasing, ledger)}
    return tuple(
        part
        for one in known.slices
        for part in ([one] if one.po_id in again else within(one, there.get(one.line_id, ZERO)))
    )


def _under_a_new_order(po_id: int, settled: Settlement, purchasing: Purchasing, ledger: LedgerView) -> bool:
    """True where an order was entered once more, and its bill waits for an answer or is the document that was named."""
    again = purchasing.entered_again(po_id)
    answers = [ledger.settled(bill.key) for po in again for bill in ledger.bills_of(po.po_id)]
    return bool(again) and (not answers or any(one and one.named_id == settled.named_id for one in answers))
