"""Bills that are paid in Xero while their goods were not received in ConnectWise.

What belongs here: finding them, whoever keyed the bill, all paid bills of an order together. What does not: which order
a bill names (named_orders), the case about one of ours (notices). It is the most common mismatch between procurement
and finance: the vendor was paid, the purchase order stays open for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.bill_lines import slice_net
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import line_net, product, rounded, total
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.reports.named_orders import NamedOrders
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.purchasing import Purchasing

PAID = "PAID"
_COMPLETE = "fully_received"


@dataclass(frozen=True)
class PaidEarly:
    """A purchase order with a paid bill for goods that ConnectWise does not show as received."""

    po: PurchaseOrder
    state: str
    document: Document
    not_received: Decimal
    """Without tax, in the bill's currency: what bills paid so far say beyond what was received, as far as this one."""


def paid_not_received(books: Books, purchasing: Purchasing, ledger: LedgerView, resolver: Resolver) -> list[PaidEarly]:
    """Paid bills of orders that are not received in full, largest first.

    A bill of ours says which quantities it bills. What others say is set against what was received of the orders that
    they name and that no paid bill before has: a bill over several orders counts once, those of one order first.
    """
    paid = [each for each in books.documents if each.status == PAID and each.document_type == "ACCPAY"]
    bills = {(bill.xero_id or "").lower(): bill for bill in ledger.bills.values() if bill.xero_id}
    arrived = _Arrived(purchasing, books.organisation.base_currency if books.organisation else "")
    found: list[PaidEarly] = []
    for document in paid:
        bill = bills.get(document.document_id.lower())
        for po_id in bill.po_ids if bill else ():
            if bill and po_id in purchasing.pos:
                missing = arrived.take_slices(po_id, [part for part in bill.slices if part.po_id == po_id])
                found += _early(purchasing, po_id, document, missing)
    named = NamedOrders(purchasing.pos.values(), resolver)
    by_hand = [(document, named.of(document)) for document in paid if document.document_id.lower() not in bills]
    for document, orders in sorted(by_hand, key=_first_paid):
        for po_id, missing in arrived.take(document, orders):
            found += _early(purchasing, po_id, document, missing)
    return sorted(found, key=lambda item: (-item.not_received, item.po.po_number))


def _first_paid(one: tuple[Document, Sequence[PurchaseOrder]]) -> tuple[int, date, str]:
    document, orders = one
    return len(orders), document.dated or date.max, document.document_id


def _early(purchasing: Purchasing, po_id: int, document: Document, missing: Decimal) -> Iterator[PaidEarly]:
    if missing > 0:
        yield PaidEarly(purchasing.pos[po_id], purchasing.states[po_id].state, document, missing)


class _Arrived:
    """What was received of each order and no paid bill has yet, without tax and in pieces."""

    def __init__(self, purchasing: Purchasing, own_currency: str) -> None:
        self._purchasing, self._own_currency = purchasing, own_currency
        self._money = {po_id: self._worth(po) for po_id, po in purchasing.pos.items()}
        self._pieces = {po_id: total(line.received for line in self._lines(po_id)) for po_id in purchasing.pos}

    def take_slices(self, po_id: int, slices: Iterable[Slice]) -> Decimal:
        """Take what a bill of ours says of an order; what of it did not arrive, without tax."""
        lines = {line.line_id: line for line in self._lines(po_id)}
        missing = ZERO
        for part in slices:
            line = lines.get(part.line_id)
            if part.line_id == FREIGHT_LINE or line is None or not 0 <= part.start < part.end:
                continue
            reached = min(max(line.received, part.start), part.end)
            self._money[po_id] -= slice_net(replace(part, end=reached), line.unit_cost)
            self._pieces[po_id] -= reached - part.start
            missing += slice_net(replace(part, start=reached), line.unit_cost)
        return missing

    def take(self, document: Document, orders: Sequence[PurchaseOrder]) -> Iterator[tuple[int, Decimal]]:
        """Take what a bill says that a person keyed; what of it did not arrive, by order, without tax.

        Money of two currencies says nothing of each other: there the pieces are set against one another, each at the
        bill's own price on average.
        """
        if all((po.currency_code or self._own_currency) in {document.currency_code, ""} for po in orders):
            left, billed, price = self._money, document.net, Decimal(1)
            awaited = {po.po_id: self._awaited_worth(po.po_id) for po in orders}
        else:
            billed = total(line.quantity or ZERO for line in document.lines) or Decimal(1)
            left, price = self._pieces, document.net / billed
            awaited = {po.po_id: self._awaited(po.po_id) for po in orders}
        rest = billed - _spread(billed, left, [po.po_id for po in orders])
        unfinished = [po.po_id for po in orders if self._purchasing.states[po.po_id].state != _COMPLETE]
        for position, po_id in enumerate(unfinished, start=1):
            share = rest if position == len(unfinished) else min(rest, awaited[po_id])
            rest -= share
            yield po_id, rounded(product(share, price))

    def _worth(self, po: PurchaseOrder) -> Decimal:
        goods = total(line_net(line.received, line.unit_cost) for line in self._lines(po.po_id))
        return goods + po.freight if goods else goods

    def _awaited_worth(self, po_id: int) -> Decimal:
        return total(line_net(_rest(line), line.unit_cost) for line in self._lines(po_id))

    def _awaited(self, po_id: int) -> Decimal:
        return total(_rest(line) for line in self._lines(po_id))

    def _lines(self, po_id: int) -> Sequence[Line]:
        return self._purchasing.lines.get(po_id, ())


def _rest(line: Line) -> Decimal:
    return max(line.quantity - line.received, ZERO) if line.present else ZERO


def _spread(wanted: Decimal, left: dict[int, Decimal], places: Iterable[int]) -> Decimal:
    """Take ``wanted`` from what is left at the places, one after the other; how much was there."""
    taken = ZERO
    for place in places:
        part = min(max(left[place], ZERO), wanted - taken)
        left[place] -= part
        taken += part
    return taken
