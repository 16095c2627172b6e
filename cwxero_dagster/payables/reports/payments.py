"""Bills that are paid in Xero while their goods were not received in ConnectWise.

What belongs here: finding them, whoever keyed the bill. What does not: the case about one of ours (planning). It is the
most common mismatch between procurement and finance: the vendor was paid, the purchase order stays open for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.bills import FREIGHT_LINE
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.composing.twins import names
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.money import line_net, total
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
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
    """Without tax: what the bill says beyond what was received."""


def paid_not_received(documents: Iterable[Document], purchasing: Purchasing, ledger: LedgerView) -> list[PaidEarly]:
    """Paid bills of orders that are not received in full, largest first.

    A bill of ours says which quantities it bills; of any other, the whole is compared with what was received so far of
    the order that it names.
    """
    paid = [each for each in documents if each.status == PAID and each.document_type == "ACCPAY"]
    ours = {(bill.xero_id or "").lower(): bill for bill in ledger.bills.values() if bill.xero_id}
    unfinished = {
        po.po_number.casefold(): po
        for po in purchasing.pos.values()
        if purchasing.states[po.po_id].state != _COMPLETE and po.po_number.strip()
    }
    found: list[PaidEarly] = []
    for document in paid:
        bill = ours.get(document.document_id.lower())
        if bill is None:
            found += _keyed_by_hand(document, unfinished, purchasing)
            continue
        for po_id in bill.po_ids:
            parts = {part.line_id: part.end for part in bill.slices if part.po_id == po_id}
            if po_id in purchasing.pos:
                found += _early(po_id, purchasing, document, total(_missing(purchasing.lines.get(po_id, ()), parts)))
    return sorted(found, key=lambda item: (-item.not_received, item.po.po_number))


def _missing(lines: Iterable[Line], billed_up_to: Mapping[int, Decimal]) -> Iterator[Decimal]:
    for line in lines:
        end = billed_up_to.get(line.line_id, ZERO)
        if line.line_id != FREIGHT_LINE and end > line.received >= 0:
            yield line_net(end - line.received, line.unit_cost)


def _keyed_by_hand(
    document: Document, unfinished: Mapping[str, PurchaseOrder], purchasing: Purchasing
) -> Iterator[PaidEarly]:
    text = " ".join([document.number, *(line.description for line in document.lines)])
    words = {word.casefold() for word in re.findall(r"[\w-]+", text)}
    for number in sorted(words & unfinished.keys()):
        po = unfinished[number]
        # A bare number such as 1001 may be anything; a number with a letter in it names an order.
        if names(text, po.po_number) and re.search(r"[^\W\d]", po.po_number):
            lines = purchasing.lines.get(po.po_id, ())
            received = total(line_net(line.received, line.unit_cost) for line in lines)
            yield from _early(po.po_id, purchasing, document, document.net - received)


def _early(po_id: int, purchasing: Purchasing, document: Document, missing: Decimal) -> Iterator[PaidEarly]:
    if missing > 0:
        yield PaidEarly(purchasing.pos[po_id], purchasing.states[po_id].state, document, missing)
