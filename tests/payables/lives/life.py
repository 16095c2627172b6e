"""A life of two purchase orders: one step a day, in ConnectWise, in Xero or in the firm, and a sync now and then.

What belongs here: what each step does, and carrying out what a sync plans. What does not: what ConnectWise shows
(connectwise), what the firm may decide (firm), which steps a test draws (steps), what has to hold (truth).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from payables.lives import firm, people, truth
from payables.lives.connectwise import ORDERED, ConnectWise
from payables.lives.xero import carried_out
from payables.making import at, deciding_on, known, night, with_documents

from cwxero_dagster.payables.actions import WRITES, Action, Guard
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.keys import is_order
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.pipeline.working_out import Known, cycles_with_work, every_action, planned_actions

LINES = {11: 1, 12: 1, 21: 2}
"""Line ids and the order that each is of."""


class Life:
    """Two POs, day by day."""

    def __init__(self, decision: str, lines: Mapping[int, int] = LINES, *, taxed: bool = False) -> None:
        """``lines``: line ids and the order that each is of. ``taxed``: ConnectWise shows tax."""
        self.day = 0
        self.connectwise = ConnectWise(lines, taxed=taxed)
        self.decision, self.mapping = decision, "as at first"
        self.rows: tuple[VendorInvoiceRow, ...] = ()
        self.known: Known = known(self.connectwise.purchasing())
        self.approved: dict[str, Document] = {}
        self.edited = False
        self.written: dict[str, datetime] = {}
        """When the sync last wrote each bill."""
        self.agree()

    @property
    def moment(self) -> datetime:
        """When the step happens."""
        return at(5, 3) + timedelta(hours=12 * self.day)

    def step(self, what: str, *about: Any) -> None:
        """One thing that happens, and half a day passes."""
        self.day += 1
        steps: dict[str, Callable[..., None]] = {
            "sync": self.sync,
            "look": self.look,
            **self._in_connectwise(),
            **self._in_xero(),
            **self._in_the_firm(),
        }
        steps[what](*about)

    def live(self, happens: Iterable[tuple[tuple[Any, ...], str]]) -> None:
        """Steps, each with what follows it: ``look``, ``sync``, or nothing."""
        for step, then in happens:
            self.step(*step)
            if then:
                self.step(then)

    # --- ConnectWise ----------------------------------------------------------------------------------------------

    def _in_connectwise(self) -> dict[str, Callable[..., None]]:
        there = self.connectwise
        return {
            "receive": lambda one, quantity, slip=None: there.receive(one, quantity, self.moment, slip),
            "receive all": self.receive_all,
            "take back": lambda one, quantity: there.receive(one, -quantity, self.moment),
            "drop the rest": lambda one: there.change(one, closed=True),
            "re-price": lambda one, cost: there.change(one, unit_cost=cost),
            "order": lambda one, quantity: there.change(one, quantity=Decimal(quantity)),
            "change the currency": lambda po_id, currency: there.edit(po_id, currency_code=currency),
            "cancel the line": lambda one: there.change(one, cancelled=True, cancelled_at=self.moment),
            "restore the line": lambda one: there.change(one, cancelled=False, cancelled_at=None, closed=False),
            "delete the line": there.delete,
            "split the line": there.split,
            "clone the rest": lambda one, quantity, cut: there.clone_the_rest(one, quantity, self.moment, cut=cut),
            "enter the line anew": there.enter_anew,
            "close the order": lambda po_id: there.edit(po_id, closed=True, closed_at=self.moment),
            "reopen the order": lambda po_id: there.edit(po_id, closed=False, closed_at=None),
            "delete the order": there.deleted_orders.add,
            "freight": lambda po_id, amount: there.edit(po_id, freight_cost=amount),
            "edit the slip": lambda one, slip: there.change(one, packing_slip=slip),
            "type the invoice": lambda po_id, number: there.edit(po_id, vendor_invoice_number=number),
            "change the vendor": lambda po_id, vendor_id: there.edit(po_id, vendor_id=vendor_id),
        }

    def receive_all(self, slip: str | None = None) -> None:
        """Everything that is open arrives."""
        for one in tuple(self.connectwise.lines):
            self.connectwise.receive(one, ORDERED, self.moment, slip)

    def everything_is_invoiced(self) -> None:
        """Where a number of the vendor's invoice is missing, it comes now: from header, slip and feed."""
        there, last = self.connectwise, "Z"
        for po_id, order in there.orders.items():
            there.edit(po_id, vendor_invoice_number=order.vendor_invoice_number or last)
        for one, seen in there.lines.items():
            there.change(one, packing_slip=seen.packing_slip or last)
        for po_id, order in there.orders.items():
            self.rows += firm.feed([(last, po_id, None)], vendor_id=order.vendor_id)
        self.agree()

    # --- Xero -----------------------------------------------------------------------------------------------------

    def _in_xero(self) -> dict[str, Callable[..., None]]:
        return {
            "approve": self.approve,
            "remove a credit": self.remove_a_credit,
            "release": self.release,
            "edit a draft": self.edit_a_draft,
            "key a bill": self.key_a_bill,
            "answer": self.answer,
            "take the answer back": self.take_back,
            "work on an order": self.work_on_an_order,
            "lock": self.lock,
        }

    def approve(self) -> None:
        """A person approves every draft."""
        for document in self.known.books.documents:
            if document.status in {"DRAFT", "SUBMITTED"}:
                final = dataclasses.replace(document, status="AUTHORISED")
                self.known = with_documents(self.known, final)
                self.approved[final.document_id] = final

    def remove_a_credit(self) -> None:
        """A person deletes the last credit, or voids it where it is approved."""
        for document in reversed(self.known.books.documents):
            if document.document_type == "ACCPAYCREDIT" and document.live:
                gone = "DELETED" if document.status == "DRAFT" else "VOIDED"
                self.known = with_documents(self.known, dataclasses.replace(document, status=gone))
                self.approved.pop(document.document_id, None)
                return

    def edit_a_draft(self, how: str) -> None:
        """A person works on the first draft."""
        self.known = people.edited(self.known, how, self.moment)
        self.edited = True

    def key_a_bill(self, number: str, pieces: int) -> None:
        """A person keys a bill by hand."""
        self.known = people.keyed(self.known, number, pieces, self.moment)

    def answer(self, case: int, way: int) -> None:
        """A person answers a case."""
        self.known = people.answered(self.known, [*self.plans(), *self.plans_of_orders()], case, way, self.moment)

    def take_back(self) -> None:
        """A person takes the last answer back."""
        self.known = people.took_back(self.known, self.written)

    def work_on_an_order(self, how: str) -> None:
        """A person works on a purchase order of the sync in Xero."""
        self.known = people.worked_on_an_order(self.known, how, self.moment)

    def lock(self, until: date | None) -> None:
        """The accountant locks a period in Xero, or opens it."""
        self.known = people.locked(self.known, until)

    def release(self) -> None:
        """A person releases the first case."""
        held = [action for action in self.plans() if action.action == "hold"]
        if held:
            decided = deciding_on(self.known, held[0])
            count = len(self.known.ledger.settlements)
            now = [dataclasses.replace(one, at=self.moment) for one in decided.ledger.settlements[count:]]
            settlements = (*self.known.ledger.settlements, *now)
            ledger = dataclasses.replace(self.known.ledger, settlements=settlements)
            self.known = dataclasses.replace(self.known, ledger=ledger)

    # --- the firm -------------------------------------------------------------------------------------------------

    def _in_the_firm(self) -> dict[str, Callable[..., None]]:
        return {"decide": self.decide, "map": self.map, "feed": self.feed}

    def decide(self, name: str) -> None:
        """The firm takes another decision."""
        self.decision = name
        self.agree()

    def map(self, name: str) -> None:
        """People change the mapping seeds."""
        self.mapping = name
        self.agree()

    def feed(self, *rows: tuple[str, int, str | None] | None) -> None:
        """The feed of vendor invoices is another one."""
        self.rows = firm.feed(row for row in rows if row)
        self.agree()

    def agree(self) -> None:
        """What the firm agreed on is in force."""
        agreement = firm.agreed(self.decision, rows=self.rows, mapping=self.mapping)
        self.known = dataclasses.replace(self.known, agreement=agreement)

    # --- the sync -------------------------------------------------------------------------------------------------

    @property
    def guard(self) -> Guard:
        """Nothing is blocked."""
        return Guard(now=self.moment)

    def plans(self) -> list[Action]:
        """What syncs of all cycles would do now."""
        return every_action(self.known, self.guard)

    def plans_of_orders(self) -> list[Action]:
        """What syncs would do now with the purchase orders in Xero."""
        cycles = sorted({"2026-05", *cycles_with_work(self.known)})
        planned = (action for cycle in cycles for action in planned_actions(self.known, cycle, self.guard))
        return [action for action in planned if is_order(action.key)]

    def look(self) -> None:
        """ConnectWise is staged, and nothing is written."""
        self.connectwise.look(self.moment)
        self.known = night(self.known, self.connectwise.purchasing())

    def sync(self) -> None:
        """A night: every cycle with work is planned and carried out."""
        self.look()
        before, books = truth.by_order(self), self.known.books
        for cycle in sorted({"2026-05", *cycles_with_work(self.known)}):
            planned = planned_actions(self.known, cycle, self.guard)
            self.known = carried_out(self.known, planned, cycle, self.moment)
            self.written |= {action.key: self.moment for action in planned if action.action in WRITES}
        truth.holds(self, before, books)


def lived(decision: str, happens: Iterable[tuple[tuple[Any, ...], str]], *, nights: int) -> Life:
    """A life, and quiet nights after it; every sync holds to what is true (truth)."""
    life = Life(decision)
    life.live(happens)
    for _ in range(nights):
        life.step("sync")
    return life
