"""Random lives of two purchase orders under random decisions: nothing is billed twice, nothing approved changes."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from payables.making import (
    NOW,
    OTHER_VENDOR,
    after,
    agreement,
    at,
    bounded,
    d,
    deciding,
    deciding_on,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    seeds,
    vendor_row,
    with_documents,
)

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.actions import Action, Guard
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.lifecycle import Limit, MatchRule
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.due import due_units
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.pipeline.covering import every_coverage
from cwxero_dagster.pipeline.working_out import Known, every_action

LINES = {11: 1, 12: 1, 21: 2}
"""Line ids and the PO that each is of."""
NUMBERS = ("A", "B")
ORDERED = 10
COST = 5
DECISIONS = {
    "whole": deciding(events={"reversed": "draft_credit_note"}),
    "deliveries": deciding(
        events={"reversed": "draft_credit_note", "partially_received": "draft_bill"}, bill={"one_per": "receipt"}
    ),
    **{
        f"invoices from {source}": deciding(
            events={"reversed": "draft_credit_note", "vendor_invoice_received": "draft_bill"},
            bill={"one_per": "vendor_invoice"},
            vendor_invoice_from=source,
        )
        for source in ("header", "packing_slip", "feed")
    },
    "at the invoice": deciding(
        events={
            "reversed": "draft_credit_note",
            "fully_received": "nothing",
            "vendor_invoice_received": "draft_bill",
        }
    ),
}
SLIPS = st.sampled_from([None, *NUMBERS])
ROWS = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.sampled_from([1, 2]), st.sampled_from([None, "20.00", "37.50", "100.00"])),
    max_size=3,
)
NO_MATCH = MatchRule(price=Limit(), quantity=Limit(), total=Limit())
STEPS = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(sorted(LINES)), st.integers(min_value=1, max_value=6), SLIPS),
    st.tuples(st.just("receive all"), SLIPS),
    st.tuples(st.just("take back"), st.sampled_from(sorted(LINES)), st.integers(min_value=1, max_value=6)),
    st.tuples(st.just("drop the rest"), st.sampled_from(sorted(LINES))),
    st.tuples(st.just("edit the slip"), st.sampled_from(sorted(LINES)), st.sampled_from(NUMBERS)),
    st.tuples(st.just("type the invoice"), st.sampled_from([1, 2]), SLIPS),
    st.tuples(st.just("feed"), ROWS),
    st.tuples(st.just("change the vendor"), st.sampled_from([1, 2]), st.sampled_from([801, 802])),
    st.tuples(st.just("approve")),
    st.tuples(st.just("decide"), st.sampled_from(sorted(DECISIONS))),
)


BY_DIGEST = {made.digest: made for made in (dataclasses.replace(one, match=NO_MATCH) for one in DECISIONS.values())}


class Life:
    """Two POs, day by day."""

    def __init__(self, decision: str) -> None:
        self.day = 0
        self.history: list[Line] = [
            line(one, po_id=po_id, quantity=d(ORDERED), observed_at=at(5, 2)) for one, po_id in LINES.items()
        ]
        self.orders = {po_id: po(po_id) for po_id in (1, 2)}
        self.decision, self.rows = decision, ()
        self.known: Known = known(self.purchasing())
        self.approved: dict[str, Document] = {}
        self.agree()

    def purchasing(self) -> Purchasing:
        return purchasing(list(self.orders.values()), self.history)

    def step(self, what: str, *about: Any) -> None:
        """One thing that happens, and a day passes."""
        self.day += 1
        {
            "receive": self.receive,
            "receive all": lambda slip: [self.receive(one, ORDERED, slip) for one in LINES],
            "take back": lambda one, quantity: self.receive(one, -quantity),
            "drop the rest": lambda one: self.change(one, closed=True),
            "edit the slip": lambda one, slip: self.change(one, packing_slip=slip),
            "type the invoice": lambda po_id, number: self.edit(po_id, vendor_invoice_number=number),
            "change the vendor": lambda po_id, vendor_id: self.edit(po_id, vendor_id=vendor_id),
            "feed": self.feed,
            "approve": self.approve,
            "decide": self.decide,
            "sync": self.sync,
            "remove a credit": self.remove_a_credit,
            "release": self.release,
        }[what](*about)

    @property
    def moment(self) -> datetime:
        """When the step happens."""
        return at(5, 3) + timedelta(hours=12 * self.day)

    def current(self, one: int) -> Line:
        return next(seen for seen in reversed(self.history) if seen.line_id == one)

    def receive(self, one: int, quantity: int, slip: str | None = None) -> None:
        seen = self.current(one)
        now = min(max(seen.received_quantity + quantity, Decimal(0)), Decimal(ORDERED))
        if seen.closed or now == seen.received_quantity:
            return
        self.change(one, received_quantity=now, received_at=self.moment, **({"packing_slip": slip} if slip else {}))

    def change(self, one: int, **changes: Any) -> None:
        self.history.append(dataclasses.replace(self.current(one), observed_at=self.moment, **changes))

    def edit(self, po_id: int, **changes: Any) -> None:
        self.orders[po_id] = dataclasses.replace(self.orders[po_id], **changes)

    def feed(self, rows: list[tuple[str, int, str | None]]) -> None:
        self.rows = tuple(
            VendorInvoiceRow(
                line=2 + index,
                connectwise_vendor_id="801",
                invoice_number=number,
                invoice_date=None,
                po_number=f"PO-100{po_id}",
                net=Decimal(net) if net else None,
                tax=None,
                total=None,
            )
            for index, (number, po_id, net) in enumerate(rows)
        )
        self.agree()

    def approve(self) -> None:
        for document in self.known.books.documents:
            if document.status == "DRAFT":
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

    def release(self) -> None:
        """A person releases the first case."""
        held = [action for action in every_action(self.known, Guard(now=NOW)) if action.action == "hold"]
        if held:
            decided = deciding_on(self.known, held[0])
            count = len(self.known.ledger.settlements)
            now = [dataclasses.replace(one, at=self.moment) for one in decided.ledger.settlements[count:]]
            settlements = (*self.known.ledger.settlements, *now)
            ledger = dataclasses.replace(self.known.ledger, settlements=settlements)
            self.known = dataclasses.replace(self.known, ledger=ledger)

    def decide(self, name: str) -> None:
        self.decision = name
        self.agree()

    def agree(self) -> None:
        vendors = (vendor_row(), vendor_row("802", OTHER_VENDOR))
        # Received goods are compared with invoices elsewhere; here nothing but the same number twice holds a bill.
        free = dataclasses.replace(DECISIONS[self.decision], match=NO_MATCH)
        made = seeds(decision=free, vendor_invoices=self.rows, vendors=vendors)
        self.known = dataclasses.replace(self.known, agreement=agreement(made, decisions=BY_DIGEST))

    def sync(self) -> None:
        self.known = night(self.known, self.purchasing())
        due = due_units(self.known.purchasing, self.known.agreement, self.known.ledger, self.known.books)
        for cycle in sorted({"2026-05", "2026-06", *(unit.cycle for unit in due)}):
            for action in plan_of(self.known, cycle):
                self.carry_out(action)
        self.hold_true()

    def carry_out(self, action: Action) -> None:
        if action.action in {"create", "update", "credit"}:
            self.known = after(self.known, action)
        elif action.action == "withdraw":
            gone = dataclasses.replace(self.known.ledger.bills[action.key], state="withdrawn")
            bills = {**self.known.ledger.bills, action.key: gone}
            left = tuple(one for one in self.known.books.documents if one.document_id != gone.xero_id)
            self.known = dataclasses.replace(
                self.known,
                ledger=dataclasses.replace(self.known.ledger, bills=bills),
                books=dataclasses.replace(self.known.books, documents=left),
            )

    def billed(self, one: int) -> Decimal:
        bills = self.known.ledger.bills_of(LINES[one])
        held = [part.quantity for bill in bills for part in bill.slices if part.line_id == one]
        assert sum(held, Decimal(0)) == allocation.measure(allocation.stretches(LINES[one], one, bills)), "billed twice"
        return sum(held, Decimal(0))

    def hold_true(self) -> None:
        for one in LINES:
            assert self.billed(one) <= self.current(one).received_quantity
        documents = {document.document_id: document for document in self.known.books.documents}
        assert all(documents[key] == document for key, document in self.approved.items())


@settings(bounded, max_examples=300)
@given(st.sampled_from(sorted(DECISIONS)), st.lists(st.tuples(STEPS, st.booleans()), min_size=8, max_size=20))
def test_no_life_bills_a_quantity_twice_or_touches_what_is_approved(
    decision: str, steps: list[tuple[tuple[Any, ...], bool]]
) -> None:
    life = Life(decision)
    for step, synced in steps:
        life.step(*step)
        if synced:
            life.step("sync")
    for one in LINES:
        life.step("receive", one, ORDERED)
    for _ in range(2):
        life.step("sync")
    # What no invoice covers, or two bills with one number hold, is billed by the order once there are no numbers.
    for po_id in life.orders:
        life.edit(po_id, vendor_invoice_number=None)
    life.decide("whole")
    for _ in range(3):
        life.step("sync")
    received = sum(life.current(one).received_quantity for one in LINES)
    assert sum(life.billed(one) for one in LINES) == received
    money = sum(
        (document.net if document.document_type == "ACCPAY" else -document.net)
        for document in life.known.books.documents
    )
    assert money == received * COST


PEOPLE = st.one_of(
    st.tuples(st.just("receive"), st.just(11), st.integers(min_value=1, max_value=8)),
    st.tuples(st.just("take back"), st.just(11), st.integers(min_value=1, max_value=6)),
    st.tuples(st.just("approve")),
    st.tuples(st.just("remove a credit")),
    st.tuples(st.just("release")),
)
"""All of it concerns one line, so that its goods come and go often enough for credits."""


class LifeWithPeople(Life):
    """People remove credits and release cases: two documents may bill the same goods then, and somebody is asked."""

    def hold_true(self) -> None:
        actions = every_action(self.known, Guard(now=NOW))
        asked = {keys.stem(action.key) for action in actions if action.action == "hold"}
        answered = {keys.stem(key) for decision in self.known.ledger.settlements for key in decision.bill_keys}
        for covered in every_coverage(self.known, actions, ()):
            figures, po_id = covered.whole, covered.po.po_id
            assert (figures.difference.quantity, figures.difference.amount) == (0, 0)
            assert all(covered.leads.values()), covered.leads
            received = sum(self.current(one).received_quantity for one in LINES if LINES[one] == po_id)
            assert figures.billed.quantity - figures.to_credit.quantity <= received
            assert figures.billed.amount - figures.to_credit.amount <= received * COST
            assert not figures.to_credit.quantity or keys.po_key(po_id) in asked | answered
        documents = {document.document_id: document for document in self.known.books.documents}
        assert all(documents[key] == document for key, document in self.approved.items())


@settings(bounded, max_examples=80)
@example("whole", [("take back", 11, 4), ("receive", 11, 4), ("remove a credit",)])
@given(st.sampled_from(["whole", "deliveries"]), st.lists(PEOPLE, min_size=8, max_size=16))
def test_every_figure_leads_somewhere_whatever_people_remove_or_release(
    decision: str, steps: list[tuple[Any, ...]]
) -> None:
    life = LifeWithPeople(decision)
    for step in (("receive all", None), ("sync",), ("approve",), *steps):
        life.step(*step)
        life.step("sync")
