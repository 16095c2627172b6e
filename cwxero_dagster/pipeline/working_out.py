"""A cycle's bills and plan, worked out from everything that is known: one pure step from readings to actions.

What belongs here: calling the rules of payables in their order. What does not: rows of frames (``bill_frames``),
reading and keeping (session).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from cwxero_dagster.payables.assessing import Assessed, assess
from cwxero_dagster.payables.books import FINAL, Books
from cwxero_dagster.payables.cases import HeldBill
from cwxero_dagster.payables.due import due_units
from cwxero_dagster.payables.invoices import written_invoice
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.mapping import Resolver, folded
from cwxero_dagster.payables.notices import notices
from cwxero_dagster.payables.planning import Action, Guard, plan, without_removed
from cwxero_dagster.payables.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.twins import Twins
from cwxero_dagster.payables.unit import Unit, billed_elsewhere
from cwxero_dagster.payables.unit_facts import unit_facts
from cwxero_dagster.payables.unit_invoices import with_invoices
from cwxero_dagster.pipeline.order_plan import order_actions, order_cycles_with_work


@dataclass(frozen=True)
class Known:
    """Everything that a plan rests on."""

    purchasing: Purchasing
    agreement: Agreement
    books: Books
    ledger: LedgerView


def assessed_bills(known: Known, cycle: str) -> list[Assessed]:
    """The would-be bills of a cycle, each with its holds."""
    return _assessed(known, lambda unit: unit.cycle == cycle)


def every_assessed(known: Known) -> list[Assessed]:
    """The would-be bills of all cycles, each with its holds."""
    return _assessed(known, lambda _: True)


def twins_of(known: Known) -> Twins:
    """The documents in Xero that people keyed."""
    ledger = without_removed(known.ledger, known.books)
    settled = {s.xero_id for s in ledger.settlements if s.verb == "billed-by" and s.xero_id}
    ours = {bill.xero_id for bill in ledger.bills.values() if bill.xero_id} | settled
    numbers = {po.po_number for po in known.purchasing.pos.values()}
    return Twins(known.books.documents, ours=ours, po_numbers=numbers)


def _assessed(known: Known, wanted: Callable[[Unit], bool]) -> list[Assessed]:
    ledger = without_removed(known.ledger, known.books)
    resolver = Resolver(known.agreement.seeds, known.books)
    twins = twins_of(known)
    return [
        assess(unit, known.purchasing, known.agreement, known.books, resolver, ledger, twins)
        for unit in due_units(known.purchasing, known.agreement, ledger, known.books)
        if wanted(unit)
    ]


def planned_actions(known: Known, cycle: str, guard: Guard) -> list[Action]:
    """The plan of a cycle: its bills, then Xero's purchase orders where the decision keeps them."""
    bills = _planned(known, cycle, assessed_bills(known, cycle), guard)
    orders = order_actions(
        known.purchasing,
        known.agreement,
        known.books,
        without_removed(known.ledger, known.books),
        {action.key: action for action in bills},
        cycle,
        guard,
    )
    return [*bills, *orders]


def every_action(known: Known, guard: Guard) -> list[Action]:
    """The plans of all cycles together: what syncs would do now with every bill that is due or was ever written."""
    by_cycle: dict[str, list[Assessed]] = {bill.cycle: [] for bill in known.ledger.bills.values()}
    for item in every_assessed(known):
        by_cycle.setdefault(item.bill.cycle, []).append(item)
    return [action for cycle in sorted(by_cycle) for action in _planned(known, cycle, by_cycle[cycle], guard)]


def _planned(known: Known, cycle: str, assessed: Sequence[Assessed], guard: Guard) -> list[Action]:
    return plan(
        assessed,
        cycle=cycle,
        books=known.books,
        ledger=without_removed(known.ledger, known.books),
        guard=guard,
        po_states={po_id: state.state for po_id, state in known.purchasing.states.items()},
        po_numbers={po_id: po.po_number for po_id, po in known.purchasing.pos.items()},
    )


def noticed(known: Known, *, today: date) -> list[HeldBill]:
    """What people should look at in all cycles although it holds nothing."""
    ledger = without_removed(known.ledger, known.books)
    units = due_units(known.purchasing, known.agreement, ledger, known.books)
    resolver = Resolver(known.agreement.seeds, known.books)
    return notices(units, known.purchasing, known.agreement, known.books, resolver, ledger, today=today)


def cycles_with_work(known: Known, *, po_ids: Collection[int] | None = None) -> list[str]:
    """Every cycle that holds a bill or a Xero purchase order that is due, held, unknown, draft, or changed.

    See DESIGN.md, "Nightly". ``po_ids``: those of these POs only.
    """
    ledger = without_removed(known.ledger, known.books)
    resolver = Resolver(known.agreement.seeds, known.books)
    units = due_units(known.purchasing, known.agreement, ledger, known.books)
    due = {unit.key for unit in units}
    wanted = None if po_ids is None else frozenset(po_ids)
    gone = {
        bill.cycle
        for bill in ledger.bills.values()
        if bill.key not in due and bill.state != "withdrawn" and (wanted is None or not wanted.isdisjoint(bill.po_ids))
    }
    here = [unit for unit in units if wanted is None or any(po.po_id in wanted for po in unit.pos)]
    bills = {unit.cycle for unit in here if _has_work(unit, known, ledger, resolver)}
    orders = order_cycles_with_work(
        known.purchasing,
        known.agreement,
        known.books,
        ledger,
        resolver,
        wanted=lambda po_id: wanted is None or po_id in wanted,
    )
    return sorted(gone | bills | orders)


def _has_work(unit: Unit, known: Known, ledger: LedgerView, resolver: Resolver) -> bool:
    """False for a bill that is final and unchanged, and for one that was billed elsewhere, kept out or settled."""
    bill = ledger.live(unit.key)
    if bill is None or bill.state == "settled":
        go_live = known.agreement.decision.go_live
        elsewhere = billed_elsewhere(unit, known.purchasing, go_live)
        return not (elsewhere or any(map(resolver.exclusion, unit.pos)) or ledger.settled(unit.key))
    document = known.books.by_id.get((bill.xero_id or "").lower())
    final = bill.state == "confirmed" and document is not None and document.status in FINAL
    return (
        not final or bill.facts != unit_facts(unit, known.purchasing, known.books) or _invoice_moved(unit, bill, known)
    )


def _invoice_moved(unit: Unit, bill: KnownBill, known: Known) -> bool:
    """True where the vendor invoice of a bill is another one than it was written for."""
    was = written_invoice(bill.written)
    decision = known.agreement.decision_for(bill)
    first = with_invoices(unit, known.purchasing, known.agreement, decision)[0]
    now = (folded(first.vendor_invoice_number), first.vendor_invoice_date)
    heeds = decision.events.vendor_invoice_received != "nothing" and not is_credit(unit.key)
    return was is not None and heeds and now[0] != "" and now != (was.name, was.dated)
