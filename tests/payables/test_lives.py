"""Random lives of a purchase order under random decisions: nothing is billed twice, nothing approved changes."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from payables.making import (
    after,
    agreement,
    at,
    bounded,
    d,
    deciding,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    seeds,
    with_documents,
)

from cwxero_dagster.payables import allocation
from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.units import due_units
from cwxero_dagster.pipeline.working_out import Known

LINES = (11, 12)
ORDERED = 10
COST = 5
DECISIONS = {
    "whole": deciding(events={"reversed": "draft_credit_note"}),
    "deliveries": deciding(
        events={"reversed": "draft_credit_note", "partially_received": "draft_bill"}, bill={"one_per": "receipt"}
    ),
}
STEPS = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(LINES), st.integers(min_value=1, max_value=6)),
    st.tuples(st.just("receive all")),
    st.tuples(st.just("take back"), st.sampled_from(LINES), st.integers(min_value=1, max_value=6)),
    st.tuples(st.just("drop the rest"), st.sampled_from(LINES)),
    st.tuples(st.just("approve")),
    st.tuples(st.just("decide"), st.sampled_from(sorted(DECISIONS))),
)


class Life:
    """One PO, day by day."""

    def __init__(self, decision: str) -> None:
        self.day = 0
        self.history: list[Line] = [line(one, quantity=d(ORDERED), observed_at=at(5, 2)) for one in LINES]
        self.known: Known = known(purchasing(po(), self.history))
        self.approved: dict[str, Document] = {}
        self.decide(decision)

    def step(self, what: str, *about: Any) -> None:
        """One thing that happens, and a day passes."""
        self.day += 1
        {
            "receive": self.receive,
            "receive all": lambda: [self.receive(one, ORDERED) for one in LINES],
            "take back": lambda one, quantity: self.receive(one, -quantity),
            "drop the rest": lambda one: self.change(one, closed=True),
            "approve": self.approve,
            "decide": self.decide,
            "sync": self.sync,
        }[what](*about)

    def current(self, one: int) -> Line:
        return next(seen for seen in reversed(self.history) if seen.line_id == one)

    def receive(self, one: int, quantity: int) -> None:
        seen = self.current(one)
        now = min(max(seen.received_quantity + quantity, Decimal(0)), Decimal(ORDERED))
        if seen.closed or now == seen.received_quantity:
            return
        moment = at(5, 3) + timedelta(hours=12 * self.day)
        self.change(one, received_quantity=now, received_at=moment)

    def change(self, one: int, **changes: Any) -> None:
        moment = at(5, 3) + timedelta(hours=12 * self.day)
        self.history.append(dataclasses.replace(self.current(one), observed_at=moment, **changes))

    def approve(self) -> None:
        for document in self.known.books.documents:
            if document.status == "DRAFT":
                final = dataclasses.replace(document, status="AUTHORISED")
                self.known = with_documents(self.known, final)
                self.approved[final.document_id] = final

    def decide(self, name: str) -> None:
        self.known = dataclasses.replace(self.known, agreement=agreement(seeds(decision=DECISIONS[name])))

    def sync(self) -> None:
        self.known = night(self.known, purchasing(po(), self.history))
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
        bills = self.known.ledger.bills_of(1)
        held = [part.quantity for bill in bills for part in bill.slices if part.line_id == one]
        assert sum(held, Decimal(0)) == allocation.measure(allocation.stretches(1, one, bills)), "billed twice"
        return sum(held, Decimal(0))

    def hold_true(self) -> None:
        for one in LINES:
            assert self.billed(one) <= self.current(one).received_quantity
        documents = {document.document_id: document for document in self.known.books.documents}
        assert all(documents[key] == document for key, document in self.approved.items())


@settings(bounded, max_examples=150)
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
    for _ in range(3):
        life.step("sync")
    received = sum(life.current(one).received_quantity for one in LINES)
    assert sum(life.billed(one) for one in LINES) == received
    money = sum(
        (document.net if document.document_type == "ACCPAY" else -document.net)
        for document in life.known.books.documents
    )
    assert money == received * COST
