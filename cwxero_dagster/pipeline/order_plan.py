"""The plan of a cycle's Xero purchase orders, worked out beside that of its bills.

What belongs here: calling the rules for purchase orders in their order. What does not: the rules
(payables/planning/orders and payables/planning/planning_orders), bills (working_out).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.planning.orders import assess_order, due_orders, with_a_shared_number
from cwxero_dagster.payables.planning.plan import Action, Guard
from cwxero_dagster.payables.planning.planning_orders import CLOSED, Billing, billing_of, on_bills, plan_orders
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit


def order_actions(
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    ledger: LedgerView,
    units: Sequence[Unit],
    bills: Mapping[str, Action],
    cycle: str,
    guard: Guard,
) -> list[Action]:
    """Actions for the purchase orders of a cycle.

    ``units``: the bill units that are due in any cycle; ``bills``: what the cycle's bills are to do, by key.
    """
    resolver = Resolver(agreement.seeds, books)
    shared = with_a_shared_number(purchasing.pos)
    return plan_orders(
        [
            assess_order(unit, purchasing, agreement, books, resolver, ledger, shared)
            for unit in due_orders(purchasing, agreement, ledger, books)
            if unit.cycle == cycle
        ],
        cycle=cycle,
        books=books,
        ledger=ledger,
        guard=guard,
        billing=_billing(purchasing, books, ledger, units, bills),
        marks_billed=lambda order: agreement.decision_for(order).mark_purchase_order_billed,
        po_states={po_id: state.state for po_id, state in purchasing.states.items()},
        po_numbers={po_id: po.po_number for po_id, po in purchasing.pos.items()},
    )


def order_cycles_with_work(
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    ledger: LedgerView,
    resolver: Resolver,
    *,
    wanted: Callable[[int], bool],
) -> set[str]:
    """Cycles of purchase orders that are to be created, or that Xero holds and nobody has closed yet.

    ``wanted``: whether a PO, by its id, is asked about.
    """
    due = {
        unit.cycle
        for unit in due_orders(purchasing, agreement, ledger, books)
        for po in unit.pos
        if wanted(po.po_id) and ledger.order_of(po.po_id) is None and not resolver.exclusion(po)
    }
    closed = {order.document_id.lower() for order in books.orders if order.status == CLOSED}
    standing = {
        order.cycle
        for order in ledger.orders.values()
        if order.state not in {"withdrawn", "settled"}
        and (order.xero_id or "").lower() not in closed
        and not ledger.settled(order.key)
        and any(wanted(po_id) for po_id in order.po_ids)
    }
    return due | standing


def _billing(
    purchasing: Purchasing, books: Books, ledger: LedgerView, due: Sequence[Unit], bills: Mapping[str, Action]
) -> Callable[[int], Billing]:
    """How far a PO is billed, by its id."""
    units: dict[int, list[Unit]] = {}
    for unit in due:
        for po in unit.pos:
            units.setdefault(po.po_id, []).append(unit)

    def billing(po_id: int) -> Billing:
        state = purchasing.states[po_id].state
        mine = units.get(po_id, [])
        if not on_bills(po_id, purchasing.lines.get(po_id, ()), mine):
            return Billing(complete=False)
        return billing_of([unit.key for unit in mine], ledger, books, bills, state)

    return billing
