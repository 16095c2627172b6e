"""Under ``raised: draft_purchase_order``: what Xero's purchase orders hold through the life of a PO, and its bills."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import CYCLE, Story

from cwxero_dagster.payables.cases.grouping import Case
from cwxero_dagster.sandbox.faults import Fault

ORDERS = {"events": {"raised": "draft_purchase_order"}}
BILLED_BY_API = {"po_billed_by_api": True}
"""Not known of Xero; what the sync does where it is refused has a story of its own."""


def orders(story: Story) -> list[dict[str, Any]]:
    """Purchase orders that the simulated Xero holds, removed ones included."""
    return list(story.store.all("xero.purchaseorders"))


def by_number(story: Story) -> dict[str, dict[str, Any]]:
    return {order["PurchaseOrderNumber"]: order for order in orders(story)}


def the_order(story: Story) -> dict[str, Any]:
    (order,) = orders(story)
    return dict(order)


def quantities(order: dict[str, Any]) -> list[str]:
    return [f"{line['Quantity'].normalize():f}" for line in order["LineItems"]]


def the_case(story: Story) -> Case:
    (kept,) = story.session().case_book.cases()
    return kept.case


def decided(story: Story, case: Case, verb: str) -> None:
    story.session().case_book.decide(
        case.case_id, verb=verb, reason="asked the vendor", by="Tom Ashdown", at=story.clock.now()
    )


def received(story: Story, po: dict[str, Any], quantity: int, **options: Any) -> None:
    story.buyer.receive(story.lines(po)[-1]["id"], quantity, **options)


def approved(story: Story) -> dict[str, Any]:
    """The purchase order after a person approved it in Xero."""
    return story.bookkeeper.orders.approve(the_order(story)["PurchaseOrderID"])


def test_a_raised_purchase_order_is_a_draft_in_xero_under_its_own_number_and_no_bill(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10, 5, number="PO-9001")
    story.night()
    order = the_order(story)
    assert (order["PurchaseOrderNumber"], order["Status"]) == ("PO-9001", "DRAFT")
    assert order["Reference"] == f"po:{po['id']}/o:1"
    assert quantities(order) == ["10", "5"]
    assert order["SubTotal"] == Decimal("1500.00")
    assert story.quantities() == {}
    assert story.xero.complaints == []


def test_goods_that_go_back_after_their_bill_make_no_order_of_what_never_had_one(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(4)
    received(story, po, 4)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.buyer.unreceive(story.lines(po)[-1]["id"], 1)
    story.night()
    assert orders(story) == []
    assert story.quantities() == {"po:1": ["4"]}


def test_an_order_that_was_received_in_full_is_known_again_after_a_rebuild_and_marked_as_billed(tmp_path: Path) -> None:
    story = Story(tmp_path, of_xero=BILLED_BY_API, **ORDERS)
    po = story.order(2)
    story.night()
    received(story, po, 2)
    story.lose_and_rebuild()
    for _ in range(3):
        story.night()
    assert the_order(story)["Status"] == "BILLED"
    assert story.kinds() == set()


def test_the_order_that_replaces_a_removed_one_is_known_again_after_a_rebuild(tmp_path: Path) -> None:
    story = Story(tmp_path, of_xero=BILLED_BY_API, **ORDERS)
    po = story.order(2)
    story.night()
    story.bookkeeper.orders.delete(the_order(story)["PurchaseOrderID"])
    story.night()
    decided(story, the_case(story), "release")
    story.night()
    story.lose_and_rebuild()
    story.night()
    assert story.kinds() == set()
    received(story, po, 2)
    for _ in range(3):
        story.night()
    assert sorted(order["Status"] for order in orders(story)) == ["BILLED", "DELETED"]


def new_status(story: Story) -> int:
    """The tenant's default status: a PO in it has not been sent."""
    return next(int(status["id"]) for status in story.store.all("cw.purchaseorderstatuses") if status["defaultFlag"])


def test_a_purchase_order_that_is_not_sent_yet_waits(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10, status_id=new_status(story))
    story.night()
    assert orders(story) == []
    story.buyer.reopen_po(po["id"])
    story.night()
    assert quantities(the_order(story)) == ["10"]


def test_an_unchanged_purchase_order_is_not_written_again_and_costs_one_read_a_night(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    story.order(10)
    story.night()
    before, writes, reads = the_order(story), len(story.writes()), _reads(story)
    story.night()
    assert (the_order(story), len(story.writes())) == (before, writes)
    assert _reads(story) - reads == 1


def _reads(story: Story) -> int:
    return sum(seen.method == "GET" and "/PurchaseOrders" in seen.path for seen in story.xero.seen)


def test_without_the_decision_purchase_orders_are_not_even_read(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.order(10)
    story.night()
    assert (orders(story), _reads(story)) == ([], 0)


def test_quantity_and_price_follow_connectwise_on_a_draft(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10, 5)
    story.night()
    first, second = the_order(story)["LineItems"]
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(8), unitCost=Decimal("90.00"))
    story.night()
    order = the_order(story)
    assert quantities(order) == ["8", "5"]
    assert order["LineItems"][0]["UnitAmount"] == Decimal("90.00")
    assert [line["LineItemID"] for line in order["LineItems"]] == [first["LineItemID"], second["LineItemID"]]
    assert order["Status"] == "DRAFT"


@pytest.mark.parametrize("by_a_person", [True, False])
def test_the_last_bill_closes_the_purchase_order_in_the_same_sync(tmp_path: Path, by_a_person: bool) -> None:
    story = Story(tmp_path, of_xero=BILLED_BY_API, **ORDERS)
    po = story.order(10)
    story.night()
    if by_a_person:
        approved(story)
    before = the_order(story)
    received(story, po, 4)
    story.night()
    assert (the_order(story)["Status"], story.quantities()) == (before["Status"], {})
    received(story, po, 6)
    story.night()
    order = the_order(story)
    assert order["Status"] == "BILLED"
    assert (order["LineItems"], order["Total"]) == (before["LineItems"], before["Total"])
    assert story.quantities() == {f"po:{po['id']}": ["10"]}
    assert story.document(f"po:{po['id']}")["InvoiceNumber"] == order["PurchaseOrderNumber"]
    events = [row["event"] for row in story.session().ledger.story(f"po:{po['id']}/o:1")]
    assert (events.count("approve: confirmed"), events.count("close: confirmed")) == (0 if by_a_person else 1, 1)
    writes = len(story.writes())
    story.night()
    assert len(story.writes()) == writes
    assert story.kinds() == set()


def test_deliveries_are_billed_one_by_one_and_only_the_last_one_closes_the_purchase_order(tmp_path: Path) -> None:
    by_delivery = {"raised": "draft_purchase_order", "partially_received": "draft_bill"}
    story = Story(tmp_path, of_xero=BILLED_BY_API, events=by_delivery, bill={"one_per": "receipt"})
    po = story.order(10)
    story.night()
    received(story, po, 4)
    story.night()
    assert (the_order(story)["Status"], quantities(the_order(story))) == ("DRAFT", ["10"])
    received(story, po, 6)
    story.night()
    assert the_order(story)["Status"] == "BILLED"
    assert story.quantities() == {f"po:{po['id']}/d:1": ["4"], f"po:{po['id']}/d:2": ["6"]}


def test_a_decision_that_does_not_mark_leaves_the_purchase_order_open(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS, mark_purchase_order_billed=False)
    po = story.order(10)
    story.night()
    received(story, po, 10)
    for _ in range(2):
        story.night()
    assert the_order(story)["Status"] == "DRAFT"
    assert story.quantities() == {f"po:{po['id']}": ["10"]}


def test_a_refusal_to_close_is_a_case_and_the_bill_stands(tmp_path: Path) -> None:
    story = Story(tmp_path, of_xero={"po_billed_by_api": False}, **ORDERS)
    po = story.order(10)
    story.night()
    approved(story)
    received(story, po, 10)
    story.night()
    assert the_order(story)["Status"] == "AUTHORISED"
    assert story.quantities() == {f"po:{po['id']}": ["10"]}
    assert story.kinds() == {"rejected_by_xero"}
    (case,) = story.session().case_book.cases()
    assert case.case.amount == 0
    story.session().case_book.decide(
        case.case.case_id, verb="release", reason="closed by hand", by="Tom Ashdown", at=story.clock.now()
    )
    writes = len(story.writes())
    for _ in range(3):
        story.night()
    assert (len(story.writes()), story.kinds()) == (writes, set())


def test_a_held_bill_keeps_the_purchase_order_open_until_it_is_written(tmp_path: Path) -> None:
    story = Story(tmp_path, of_xero=BILLED_BY_API, **ORDERS, match={"quantity": {"percent": 0.0, "absolute": 0.0}})
    po = story.order(10)
    story.night()
    received(story, po, 10)
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(9))
    story.night()
    assert (story.quantities(), the_order(story)["Status"]) == ({}, "DRAFT")
    (case,) = story.session().case_book.cases()
    story.session().case_book.decide(
        case.case.case_id, verb="release", reason="kept", by="Priya Raman", at=story.clock.now()
    )
    for _ in range(2):
        story.night()
    assert story.quantities() == {f"po:{po['id']}": ["10"]}
    assert the_order(story)["Status"] == "BILLED"


def test_a_refused_bill_does_not_close_the_purchase_order(tmp_path: Path) -> None:
    story = Story(tmp_path, of_xero=BILLED_BY_API, **ORDERS)
    po = story.order(10)
    story.night()
    received(story, po, 10)
    body = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred"}
    fault = Fault(system="xero", kind="status", method="PUT", path_contains="/Invoices", status=400, body=body)
    story.xero.faults.add(fault)
    story.night()
    assert (story.quantities(), the_order(story)["Status"]) == ({}, "DRAFT")
    story.xero.faults.clear()
    story.night()
    assert the_order(story)["Status"] == "BILLED"


def test_a_cancelled_purchase_order_is_withdrawn(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10)
    story.night()
    story.buyer.cancel_line(story.lines(po)[0]["id"])
    story.night()
    assert the_order(story)["Status"] == "DELETED"
    assert story.kinds() == set()
    writes = len(story.writes())
    story.night()
    assert len(story.writes()) == writes


def test_a_cancelled_purchase_order_that_a_person_approved_stays_and_is_a_case(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10)
    story.night()
    before = approved(story)
    story.buyer.cancel_line(story.lines(po)[0]["id"])
    story.night()
    assert the_order(story) == before
    case = the_case(story)
    assert (case.kind, case.ways_out) == ("reversed_after_authorised", ("release", "accept-theirs"))
    assert "delete the purchase order in Xero: nobody owes anything for it" in case.what_to_do
    assert "credit" not in case.what_to_do


def deleted(story: Story, po: dict[str, Any], *, nights: int) -> None:
    """The PO is deleted in ConnectWise, and so many nights pass."""
    story.buyer.delete_po(po["id"])
    for _ in range(nights):
        story.night()


def test_the_draft_of_a_deleted_order_goes_once_it_is_certain_and_a_case_tells_it(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po, _ = story.order(10, number="PO-9001"), story.order(3)
    story.night()
    deleted(story, po, nights=1)
    assert ([order["Status"] for order in orders(story)], story.kinds()) == (["DRAFT"] * 2, set())
    for _ in range(2):
        story.night()
    assert sorted(order["Status"] for order in orders(story)) == ["DELETED", "DRAFT"]
    case = the_case(story)
    assert case.what_happened == (
        "Purchase order PO-9001 was deleted in ConnectWise. Its purchase order, the draft PO-9001 for 1,100.00 AUD, "
        "was withdrawn in Xero, as nobody had worked on it."
    )
    assert (case.kind, case.title) == ("reversed_after_authorised", "Order is gone, and its draft as well")
    assert (case.what_we_did, case.amount, case.ways_out) == (
        "1 draft withdrawn in Xero; this case holds nothing back.",
        Decimal(0),
        ("release",),
    )
    decided(story, case, "release")
    story.night()
    assert story.kinds() == set()


@pytest.mark.parametrize("approves", [False, True])
def test_a_purchase_order_without_lines_is_withdrawn_unless_a_person_approved_it(
    tmp_path: Path, approves: bool
) -> None:
    story = Story(tmp_path, **ORDERS)
    po, _ = story.order(10, number="PO-9001"), story.order(3)
    story.night()
    if approves:
        story.bookkeeper.orders.approve(by_number(story)["PO-9001"]["PurchaseOrderID"])
    before = by_number(story)["PO-9001"]
    story.buyer.delete_line(story.lines(po)[0]["id"])
    for _ in range(3):
        story.night()
    if approves:
        assert by_number(story)["PO-9001"] == before
        case = the_case(story)
        assert case.kind == "reversed_after_authorised"
        assert case.what_happened.startswith("Purchase order PO-9001 has no lines any more in ConnectWise; in Xero")
    else:
        assert by_number(story)["PO-9001"]["Status"] == "DELETED"
        assert story.kinds() == set()


@pytest.mark.parametrize("touch", ["edited", "approved"])
def test_a_deleted_order_on_which_a_person_worked_is_asked_about_and_left(tmp_path: Path, touch: str) -> None:
    story = Story(tmp_path, **ORDERS)
    po, _ = story.order(10, number="PO-9001"), story.order(3)
    story.night()
    hers = by_number(story)["PO-9001"]["PurchaseOrderID"]
    if touch == "edited":
        story.bookkeeper.orders.edit_line(hers, 0, UnitAmount=Decimal("77.00"))
    else:
        story.bookkeeper.orders.approve(hers)
    before = orders(story)
    deleted(story, po, nights=3)
    assert orders(story) == before
    case = the_case(story)
    assert (case.kind, case.ways_out) == ("reversed_after_authorised", ("release", "accept-theirs"))
    assert "and a person worked on it. Nothing was removed." in case.what_happened


def test_what_a_person_wrote_on_a_purchase_order_stays_hers(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10)
    story.night()
    story.bookkeeper.orders.edit_line(the_order(story)["PurchaseOrderID"], 0, UnitAmount=Decimal("77.00"))
    story.buyer.edit_line(story.lines(po)[0]["id"], unitCost=Decimal("95.00"))
    hers = the_order(story)
    story.night()
    assert the_order(story) == hers
    assert story.kinds() == {"edited_in_xero"}
    received(story, po, 10)
    story.night()
    assert the_order(story) == hers
    assert story.quantities() == {f"po:{po['id']}": ["10"]}


def test_an_approved_purchase_order_is_not_changed_and_the_difference_is_a_case(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10)
    story.night()
    before = approved(story)
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(12), unitCost=Decimal("101.00"))
    story.night()
    assert the_order(story) == before
    case = the_case(story)
    assert (case.kind, case.ways_out) == ("changed_after_authorised", ("release", "accept-theirs"))
    assert "quantity of" in case.what_happened
    assert "is now 12, in Xero 10" in case.what_happened
    assert "is now 101.00, in Xero 100.00" in case.what_happened
    assert "comes to 1,212.00 AUD now, in Xero to 1,000.00 AUD" in case.what_happened


def test_a_purchase_order_that_a_person_deleted_comes_back_only_when_released(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    story.order(10, number="PO-9001")
    story.night()
    story.bookkeeper.orders.delete(the_order(story)["PurchaseOrderID"])
    for _ in range(2):
        story.night()
    assert [order["Status"] for order in orders(story)] == ["DELETED"]
    case = the_case(story)
    assert (case.kind, case.ways_out) == ("removed_in_xero", ("release", "not-owed"))
    assert "to have the purchase order created again" in case.what_to_do
    decided(story, case, "release")
    for _ in range(2):
        story.night()
    assert [(order["PurchaseOrderNumber"], order["Status"]) for order in orders(story)] == [
        ("PO-9001", "DELETED"),
        ("PO-9001 (2)", "DRAFT"),
    ]


@pytest.mark.parametrize("kind", ["before", "lose"])
@pytest.mark.parametrize("times", [1, 4])
def test_a_lost_answer_never_makes_a_second_purchase_order(tmp_path: Path, kind: str, times: int) -> None:
    story = Story(tmp_path, **ORDERS)
    story.order(10)
    fault = Fault(system="xero", kind=kind, method="PUT", path_contains="/PurchaseOrders", times=times)
    story.xero.faults.add(fault)
    story.night()
    story.xero.faults.clear()
    for _ in range(2):
        story.night()
    assert the_order(story)["Status"] == "DRAFT"
    assert story.kinds() == set()
    story.order(3)
    story.night()
    assert [quantities(order) for order in orders(story)] == [["10"], ["3"]]


@pytest.mark.parametrize("kind", ["before", "lose"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_lost_answer_while_closing_is_taken_up_the_next_night(tmp_path: Path, kind: str, nth: int) -> None:
    story = Story(tmp_path, of_xero=BILLED_BY_API, **ORDERS)
    po = story.order(10)
    story.night()
    received(story, po, 10)
    fault = Fault(system="xero", kind=kind, method="POST", path_contains="/PurchaseOrders", nth=nth, times=4)
    story.xero.faults.add(fault)
    story.night()
    story.xero.faults.clear()
    for _ in range(2):
        story.night()
    assert the_order(story)["Status"] == "BILLED"
    assert story.quantities() == {f"po:{po['id']}": ["10"]}
    assert story.kinds() == set()


def test_purchase_orders_are_recognised_without_the_ledger(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    story.order(10)
    story.night()
    before, writes = the_order(story), len(story.writes())
    for file in story.home.glob("warehouse.duckdb*"):
        file.unlink()
    story.night()
    assert (the_order(story), len(story.writes())) == (before, writes)
    assert story.kinds() == set()


def test_an_unmapped_vendor_holds_the_purchase_order_and_the_case_owes_nothing_for_it(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    vendors = story.seeds / "vendors.csv"
    mapped = vendors.read_text(encoding="utf-8")
    vendors.write_text("\n".join(row for row in mapped.splitlines() if not row.startswith("801,")) + "\n")
    story.order(10)
    story.night()
    (kept,) = story.session().case_book.cases()
    assert (orders(story), kept.case.kind, kept.case.amount) == ([], "unmapped_vendor", 0)
    assert kept.case.what_we_did.startswith("1 purchase order held back")
    vendors.write_text(mapped)
    story.night()
    assert quantities(the_order(story)) == ["10"]
    assert story.kinds() == set()


def test_two_purchase_orders_of_one_number_are_told_apart_by_id(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    story.order(10, number="PO-9001")
    story.night()
    second = story.order(4, number="PO-9001")
    story.night()
    numbers = {order["PurchaseOrderNumber"] for order in orders(story)}
    assert numbers == {"PO-9001", f"PO-9001 #{second['id']}"}


def test_purchase_orders_dated_before_go_live_or_received_already_get_none(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10)
    received(story, po, 10)
    story.order(5, on=date(2026, 4, 30))
    story.night()
    assert orders(story) == []
    assert story.quantities() == {f"po:{po['id']}": ["10"]}


def test_shadow_mode_plans_purchase_orders_and_writes_none(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    po = story.order(10)
    story.later()
    published = story.sync(CYCLE, mode="shadow")
    assert {(action.key, action.action) for action in published.actions} == {(f"po:{po['id']}/o:1", "create")}
    assert (orders(story), story.session().ledger.view().orders) == ([], {})


def test_an_unsigned_decision_writes_no_purchase_order(tmp_path: Path) -> None:
    story = Story(tmp_path, **ORDERS)
    story.order(10)
    (story.seeds / "signoff.yaml").write_text("[]\n", encoding="utf-8")
    story.night()
    assert orders(story) == []
    assert story.kinds() == {"unsigned_lifecycle"}
