"""Xero's purchase orders as rules: which POs are due one, what it is called, and when all of it is billed."""

from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    agreement,
    d,
    day,
    deciding,
    document,
    kinds,
    known,
    line,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.books import PURCHASE_ORDER, Books
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.numbering import order_number
from cwxero_dagster.payables.planning.planning_orders import Billing, billing_of, on_bills
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units.unit import Unit
from cwxero_dagster.pipeline.working_out import Known

KEEPS = agreement(seeds(decision=deciding(events={"raised": "draft_purchase_order"})))


def orders_of(made: Known) -> list[Action]:
    return [action for action in plan_of(made) if action.document_type == PURCHASE_ORDER]


def ordered(**changes: Any) -> Known:
    return known(purchasing(po(**changes), [line()]), agreement=KEEPS)


def test_a_raised_po_is_created_and_takes_no_quantity() -> None:
    (action,) = orders_of(ordered())
    assert (action.key, action.action) == ("po:1/o:1", "create")
    assert action.bill is not None
    assert (action.bill.slices, action.bill.number, action.bill.url) == ((), po().po_number, "po:1/o:1")
    assert [one["quantity"] for one in (action.meaning or {})["lines"]] == ["10"]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (known(purchasing(po(), [line()])), "another decision"),
        (known(purchasing(po(), [received(line())]), agreement=KEEPS), "received in full already"),
        (ordered(po_date=day(4, 30)), "dated before go-live"),
        (known(purchasing(po(), [line(cancelled=True)]), agreement=KEEPS), "cancelled"),
        (known(purchasing(po(), []), agreement=KEEPS), "without lines"),
    ],
)
def test_a_po_that_is_not_due_one_gets_none(made: Known, why: str) -> None:
    assert orders_of(made) == [], why


def test_a_po_that_was_received_in_part_orders_what_is_not_cancelled() -> None:
    (action,) = orders_of(known(purchasing(po(), [received(line(), 4), line(12, cancelled=True)]), agreement=KEEPS))
    assert [one["quantity"] for one in (action.meaning or {})["lines"]] == ["10"]


def test_a_number_that_somebody_used_in_xero_is_a_case() -> None:
    made = ordered()
    theirs = document(document_type=PURCHASE_ORDER, number=po().po_number, url="our reference", status="AUTHORISED")
    (action,) = orders_of(replace(made, books=replace(made.books, orders=(theirs,))))
    assert (action.action, kinds(action)) == ("hold", ["possible_duplicate"])


@pytest.mark.parametrize(
    ("number", "shared", "nth", "shown"),
    [
        ("PO-1", False, 1, "PO-1"),
        ("PO-1", True, 1, "PO-1 #7"),
        ("PO-1", False, 2, "PO-1 (2)"),
        ("PO-1", True, 3, "PO-1 #7 (3)"),
        ("", False, 1, "#7"),
        ("é" + "x" * 300, True, 2, "?" + "x" * 247 + " #7 (2)"),
    ],
)
def test_a_purchase_order_has_a_number_that_xero_takes(number: str, shared: bool, nth: int, shown: str) -> None:
    assert order_number(number, po_id=7, shared=shared, number=nth) == shown
    assert len(shown) <= 255


def test_of_two_pos_with_one_number_the_younger_says_its_id() -> None:
    made = known(
        purchasing([po(1, po_number="A"), po(2, po_number=" a ")], [line(), line(21, po_id=2)]), agreement=KEEPS
    )
    assert [action.bill.number for action in orders_of(made) if action.bill] == ["A", "a #2"]


def bill(key: str, state: str = "confirmed") -> KnownBill:
    return KnownBill(key, "ACCPAY", "2026-05", "", state, f"id of {key}", (1,), (), "", None, None)


@pytest.mark.parametrize(
    ("ledger", "planned", "expected"),
    [
        (["po:1"], {}, Billing(complete=True)),
        ([], {"po:1": "create"}, Billing(complete=True, waits_for=("po:1",))),
        ([], {"po:1": "hold"}, Billing(complete=False)),
        (["po:1"], {"po:1": "hold"}, Billing(complete=False)),
        (["po:1"], {"po:1": "withdraw"}, Billing(complete=False)),
        ([], {"po:1": "exclude"}, Billing(complete=True)),
        ([], {}, Billing(complete=False)),
    ],
)
def test_a_po_is_billed_once_every_bill_stands_or_is_created_first(
    ledger: list[str], planned: dict[str, str], expected: Billing
) -> None:
    view = LedgerView(bills={key: bill(key) for key in ledger})
    actions = {key: Action(key, action, "") for key, action in planned.items()}
    assert billing_of(["po:1"], view, Books(), actions, "fully_received") == expected
    assert billing_of(["po:1"], view, Books(), actions, "partially_received") == Billing(complete=False)


def test_a_bill_that_a_person_removed_does_not_stand() -> None:
    gone = document("id of po:1", status="DELETED")
    view = LedgerView(bills={"po:1": bill("po:1")})
    assert billing_of(["po:1"], view, Books(documents=(gone,)), {}, "fully_received") == Billing(complete=False)


@pytest.mark.parametrize(("taken", "complete"), [("10", True), ("4", False)])
def test_goods_that_wait_for_their_invoice_keep_a_po_open(taken: str, complete: bool) -> None:
    unit = Unit("vi:801/1", (po(),), (Slice(1, 11, d(0), d(taken)),), day(5, 12), "2026-05")
    assert on_bills(1, [received(line())], [unit]) is complete
