"""A cycle's bills and plan, worked out from everything that is known: one pure step from readings to actions.

What belongs here: calling the rules of payables in their order. What does not: rows of frames (``bill_frames``),
reading and keeping (session).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from cwxero_dagster.payables.actions import open_holds
from cwxero_dagster.payables.books import FINAL, Books
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.cases.notices import notices
from cwxero_dagster.payables.composing.assessing import Assessed, assess
from cwxero_dagster.payables.composing.invoice_totals import InvoiceTotals
from cwxero_dagster.payables.composing.keyed_beside import keyed_beside
from cwxero_dagster.payables.composing.named_bills import named_bills
from cwxero_dagster.payables.composing.twins import Twins
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.mapping import Resolver, folded
from cwxero_dagster.payables.planning.keying import as_if_billed
from cwxero_dagster.payables.planning.most_received import as_if_nothing_went_back, without_its_credits
from cwxero_dagster.payables.planning.plan import Action, Guard, plan, without_removed
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.billed_by import as_billed_by
from cwxero_dagster.payables.units.due import due_units
from cwxero_dagster.payables.units.invoices import written_invoice
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit, billed_elsewhere
from cwxero_dagster.payables.units.unit_facts import unit_facts
from cwxero_dagster.payables.units.unit_invoices import with_invoices
from cwxero_dagster.pipeline.by_hand import ByHand, by_hand
from cwxero_dagster.pipeline.order_plan import order_actions, order_cycles_with_work


@dataclass(frozen=True)
class Known:
    """Everything that a plan rests on, and what follows from it, worked out once and when it is first asked for."""

    purchasing: Purchasing
    agreement: Agreement
    books: Books
    ledger: LedgerView

    @cached_property
    def standing(self) -> LedgerView:
        """The ledger without bills that a person removed in Xero and then released.

        Bills that she settled as billed by a document hold what that document bills.
        """
        left = without_removed(self.ledger, self.books)
        return as_billed_by(left, self.purchasing, self.books, self.agreement.decision)

    @cached_property
    def resolver(self) -> Resolver:
        """The mapping seeds, applied to what Xero holds."""
        return Resolver(self.agreement.seeds, self.books)

    @cached_property
    def units(self) -> Sequence[Unit]:
        """Every bill unit that is due, of all cycles."""
        return due_units(self.purchasing, self.agreement, self.standing, self.books)

    @cached_property
    def twins(self) -> Twins:
        """The documents in Xero that people keyed, and lines that they added to ours."""
        numbers = {po.po_number for po in self.purchasing.pos.values()}
        ours = {bill.xero_id.lower(): bill for bill in self.standing.bills.values() if bill.xero_id}
        named = named_bills(self.purchasing, self.standing)
        return Twins(self.books.documents, ours=ours, po_numbers=numbers, written=self._written, named=named)

    @cached_property
    def beside(self) -> Mapping[str, Sequence[Hold]]:
        """What is asked about documents that people keyed beside bills in Xero, by the key of the bill."""
        pos = {po_id: po for po_id, po in self.purchasing.pos.items() if po_id not in self._asked_about}
        return keyed_beside(self.standing, self.books, self.twins, pos)

    @cached_property
    def _asked_about(self) -> frozenset[int]:
        """Orders with goods that wait for an answer about a document: beside their other bills it is asked later."""
        bills = ((unit, self.standing.live(unit.key)) for unit in self.units)
        coming = [
            unit
            for unit, bill in bills
            if bill is None or bill.xero_id is None or allocation.beyond(unit.slices, bill.slices)
        ]
        return frozenset(
            po.po_id
            for unit in coming
            if any(one.kind == "possible_duplicate" for one in open_holds(self.assessed(unit).holds, self.standing))
            for po in unit.pos
        )

    @cached_property
    def _written(self) -> Mapping[str, str]:
        """Ids of the documents in Xero, in lower case, by the key of their bill."""
        return {bill.key: bill.xero_id.lower() for bill in self.standing.bills.values() if bill.xero_id}

    @cached_property
    def by_hand(self) -> ByHand:
        """What people key and have keyed under a decision that creates no bill; nothing under another one."""
        if self.agreement.decision.events.creates_bills:
            return ByHand()
        seeds = replace(self.agreement.seeds, decision=as_if_billed(self.agreement.decision))
        agreement = replace(self.agreement, seeds=seeds)
        purchasing = as_if_nothing_went_back(self.purchasing)
        ledger = without_its_credits(self.ledger, self.purchasing, purchasing)
        most = replace(self, agreement=agreement, purchasing=purchasing, ledger=ledger)
        return by_hand(
            most,
            self.purchasing,
            lambda found: replace(self, agreement=agreement, ledger=found.settled_in(self.ledger)),
        )

    @cached_property
    def copied(self) -> frozenset[str]:
        """Keys of bills that Xero holds once more, as happens when a person copies one."""
        return frozenset(
            key
            for document in self.books.documents
            if (key := document.key) is not None
            and document.live
            and document.document_id.lower() != self._written.get(key, document.document_id.lower())
        )

    def assessed(self, unit: Unit) -> Assessed:
        """The would-be bill of one of ``units`` with its holds."""
        if unit.key not in self._assessed:
            alone = self._by_itself(unit)
            told = self._totals.told_of(alone)
            beside = map(self._by_itself, self._of_its_orders(unit)) if told else ()
            self._assessed[unit.key] = self._totals.matched(alone, beside) if told else alone
        return self._assessed[unit.key]

    def _by_itself(self, unit: Unit) -> Assessed:
        """The would-be bill of a unit, and what holds it whatever other bills say."""
        if unit.key not in self._alone:
            self._alone[unit.key] = assess(
                unit, self.purchasing, self.agreement, self.books, self.resolver, self.standing, self.twins
            )
        return self._alone[unit.key]

    def _of_its_orders(self, unit: Unit) -> list[Unit]:
        """The units of a unit's POs, and of POs that share a bill with them, its own included."""
        found: set[int] = set()
        waiting, seen = [po.po_id for po in unit.pos], set[int]()
        while waiting:
            po_id = waiting.pop()
            if po_id not in seen:
                seen.add(po_id)
                found.update(self.by_po[po_id])
                waiting += [po.po_id for index in self.by_po[po_id] for po in self.units[index].pos]
        return [self.units[index] for index in sorted(found)]

    @cached_property
    def by_po(self) -> Mapping[int, Sequence[int]]:
        """Places in ``units``, by PO."""
        places: dict[int, list[int]] = {}
        for index, unit in enumerate(self.units):
            for po in unit.pos:
                places.setdefault(po.po_id, []).append(index)
        return places

    @cached_property
    def _totals(self) -> InvoiceTotals:
        return InvoiceTotals(self.purchasing, self.agreement, self.books, self.standing)

    @cached_property
    def _alone(self) -> dict[str, Assessed]:
        return {}

    @cached_property
    def _assessed(self) -> dict[str, Assessed]:
        return {}


def assessed_bills(known: Known, cycle: str) -> list[Assessed]:
    """The would-be bills of a cycle, each with its holds."""
    return [known.assessed(unit) for unit in known.units if unit.cycle == cycle]


def every_assessed(known: Known) -> list[Assessed]:
    """The would-be bills of all cycles, each with its holds."""
    return [known.assessed(unit) for unit in known.units]


def planned_actions(known: Known, cycle: str, guard: Guard) -> list[Action]:
    """The plan of a cycle: its bills, then Xero's purchase orders where the decision keeps them."""
    bills = _planned(known, cycle, assessed_bills(known, cycle), guard)
    orders = order_actions(
        known.purchasing,
        known.agreement,
        known.books,
        known.standing,
        known.units,
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
        ledger=known.standing,
        guard=guard,
        po_states={po_id: state.state for po_id, state in known.purchasing.states.items()},
        po_numbers={po_id: po.po_number for po_id, po in known.purchasing.pos.items()},
    )


def noticed(known: Known, *, today: date) -> list[HeldBill]:
    """What people should look at in all cycles although it holds nothing."""
    found = notices(
        known.units,
        known.purchasing,
        known.agreement,
        known.books,
        known.resolver,
        known.standing,
        beside=known.beside,
        implied=lambda unit: known.assessed(unit).bill,
        today=today,
    )
    return [*found, *known.by_hand.asked]


def cycles_with_work(known: Known, *, po_ids: Collection[int] | None = None) -> list[str]:
    """Every cycle that holds a bill or a Xero purchase order that is due, held, unknown, draft, or changed.

    See DESIGN.md, "Nightly". ``po_ids``: those of these POs only.
    """
    ledger, units = known.standing, known.units
    due = {unit.key for unit in units}
    wanted = None if po_ids is None else frozenset(po_ids)
    gone = {
        bill.cycle
        for bill in ledger.bills.values()
        if bill.key not in due and bill.state != "withdrawn" and (wanted is None or not wanted.isdisjoint(bill.po_ids))
    }
    here = [unit for unit in units if wanted is None or any(po.po_id in wanted for po in unit.pos)]
    bills = {unit.cycle for unit in here if _has_work(unit, known)}
    orders = order_cycles_with_work(
        known.purchasing,
        known.agreement,
        known.books,
        ledger,
        known.resolver,
        wanted=lambda po_id: wanted is None or po_id in wanted,
    )
    return sorted(gone | bills | orders)


def _has_work(unit: Unit, known: Known) -> bool:
    """False for a bill that is final, unchanged and no question, and for one billed elsewhere, kept out or settled."""
    bill = known.standing.live(unit.key)
    if bill is None or bill.state == "settled":
        go_live = known.agreement.decision.go_live
        elsewhere = billed_elsewhere(unit, known.purchasing, go_live)
        settled = known.standing.settled(unit.key)
        named = known.books.by_id.get(settled.named_id) if settled else None
        if named is not None and not named.live:
            return True
        return not (elsewhere or any(map(known.resolver.exclusion, unit.pos)) or (settled and not unit.doubts))
    document = known.books.by_id.get((bill.xero_id or "").lower())
    final = bill.state == "confirmed" and document is not None and document.status in FINAL
    return (
        not final
        or unit.key in known.copied
        or bill.facts != unit_facts(unit, known.purchasing, known.books)
        or _invoice_moved(unit, bill, known)
        or bool(open_holds(known.assessed(unit).standing, known.standing))
    )


def _invoice_moved(unit: Unit, bill: KnownBill, known: Known) -> bool:
    """True where the vendor invoice of a bill is another one than it was written for."""
    was = written_invoice(bill.written)
    decision = known.agreement.decision_for(bill)
    first = with_invoices(unit, known.purchasing, known.agreement, decision)[0]
    now = (folded(first.vendor_invoice_number), first.vendor_invoice_date)
    heeds = decision.events.vendor_invoice_received != "nothing" and not is_credit(unit.key)
    return was is not None and heeds and now[0] != "" and now != (was.name, was.dated)
