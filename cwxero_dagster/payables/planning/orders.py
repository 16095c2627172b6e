"""Xero's own purchase orders under ``raised: draft_purchase_order``: which POs have one, and what it says.

What belongs here: finding the POs that are due one, its key, number, quantities and days, and what of it no mapping
covers. What does not: coding its lines (composing, the same as a bill's), what is to happen to it in Xero
(planning_orders). A purchase order is no bill: it takes no quantity, so that it can neither double nor block one.

No field in Xero ties a bill to a purchase order (xero_api, section 5); both carry the PO number of ConnectWise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import PURCHASE_ORDER, Books
from cwxero_dagster.payables.calendar import cycle_of, day_of
from cwxero_dagster.payables.composing import preflight
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.composing.dating import expected_day
from cwxero_dagster.payables.composing.rounding_lines import Allowance
from cwxero_dagster.payables.composing.would_be import compose
from cwxero_dagster.payables.holds import by_gravity
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import Resolver, folded
from cwxero_dagster.payables.numbering import order_number
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.states import cancelled_quantity, ordered_quantity
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit

OPEN = frozenset({"raised", "partially_received"})
"""States in which a PO that has no purchase order in Xero yet is given one; later there is nothing left to order."""
OVER = frozenset({"cancelled", "deleted"})
"""States in which a PO has no use for its purchase order any more."""


def due_orders(purchasing: Purchasing, agreement: Agreement, ledger: LedgerView, books: Books) -> list[Unit]:
    """Every purchase order that Xero has or is due, in the order of PO ids.

    Its cycle is that of the PO date, and stays what it was when the order was first planned. One that Xero has under a
    key of ours is taken up again where a restored copy or a rebuilt ledger does not know it.
    """
    there: dict[str, set[str]] = {}
    for order in books.orders:
        if order.live and order.key and keys.is_order(order.key):
            there.setdefault(keys.stem(order.key), set()).add(order.key)
    units = []
    for po_id in sorted(purchasing.states):
        known, used = ledger.order_of(po_id), {order.key for order in ledger.orders_of(po_id)}
        lost = max(there.get(keys.po_key(po_id), set()) - used, key=keys.steps, default=None)
        key = known.key if known else lost or keys.next_order(po_id, used)
        in_xero = known.xero_id is not None if known else lost is not None
        if _is_due(purchasing.pos[po_id], purchasing, agreement, ledger, known, in_xero=in_xero):
            units.append(_unit(purchasing.pos[po_id], purchasing, agreement, known, key))
    return units


def assess_order(
    unit: Unit,
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    resolver: Resolver,
    ledger: LedgerView,
    shared: Collection[int],
) -> Assessed:
    """What the purchase order of a unit says, and what holds it; ``shared`` as ``with_a_shared_number`` gives it."""
    (po,) = unit.pos
    decision = agreement.decision_for(ledger.order_of(po.po_id))
    bill, holds = compose(unit, purchasing, agreement, books, resolver, decision)
    excluded = bill.excluded
    if bill.document_type == "ACCPAYCREDIT":
        excluded = "The purchase order comes to a credit, of which Xero takes no purchase order."
    ((_, number),) = keys.steps(unit.key)
    order = replace(
        bill,
        document_type=PURCHASE_ORDER,
        number=order_number(po.po_number, po_id=po.po_id, shared=po.po_id in shared, number=number),
        dated=unit.due_on,
        due_date=expected_day(po, purchasing.lines.get(po.po_id, ())),
        url=unit.key,
        slices=(),
        notes=(),
        invoice_number="",
        invoice_date=None,
        excluded=excluded,
    )
    # Purchase orders post nothing to the accounts, so no lock date stands in their way (xero_api, section 5).
    holds += preflight.refusals(order, books, lock_date="draft")
    rule = Allowance(decision.rounding.limit, left_alone="nothing is owed for a purchase order")
    return Assessed(order, tuple(by_gravity(dict.fromkeys(holds))), rule)


def with_a_shared_number(pos: Mapping[int, PurchaseOrder]) -> frozenset[int]:
    """Ids of POs whose number an older PO has too: Xero takes each number once (xero_api, section 5)."""
    seen: set[str] = set()
    shared = set()
    for po_id in sorted(pos):
        name = folded(pos[po_id].po_number)
        if name in seen:
            shared.add(po_id)
        seen.add(name)
    return frozenset(shared)


def _is_due(
    po: PurchaseOrder,
    purchasing: Purchasing,
    agreement: Agreement,
    ledger: LedgerView,
    known: KnownBill | None,
    *,
    in_xero: bool,
) -> bool:
    state = purchasing.states[po.po_id].state
    decision = agreement.decision_for(known)
    ordered = _ordered(po, purchasing, decision)
    if not ordered:
        return False
    if in_xero:
        return state not in OVER
    wanted = decision.events.raised == "draft_purchase_order" and state in OPEN
    # Goods of a bill that go back make nothing of their order open again that its bill does not show.
    billed = [part for bill in ledger.bills_of(po.po_id) for part in bill.slices]
    return wanted and _dated(po, purchasing) >= decision.go_live and bool(allocation.beyond(ordered, billed))


def _unit(po: PurchaseOrder, purchasing: Purchasing, agreement: Agreement, known: KnownBill | None, key: str) -> Unit:
    day = _dated(po, purchasing)
    return Unit(
        key=key,
        pos=(po,),
        slices=_ordered(po, purchasing, agreement.decision_for(known)),
        due_on=day,
        cycle=known.cycle if known else cycle_of(day, agreement.cycle_start_day),
    )


def _dated(po: PurchaseOrder, purchasing: Purchasing) -> date:
    return po.po_date or day_of(po.observed_at, purchasing.zone)


def _ordered(po: PurchaseOrder, purchasing: Purchasing, decision: Decision) -> tuple[Slice, ...]:
    """What is ordered of each line less what will not come, and the freight that the vendor charges."""
    slices = []
    for line in purchasing.lines.get(po.po_id, ()):
        quantity = ordered_quantity(line) - cancelled_quantity(po, line)
        if quantity:
            slices.append(Slice(po.po_id, line.line_id, ZERO, quantity))
    if po.freight and decision.freight.bill == "with_goods":
        slices.append(Slice(po.po_id, FREIGHT_LINE, ZERO, ZERO + 1))
    return tuple(slices)
