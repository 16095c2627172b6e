"""What a buyer does, and what ConnectWise makes of it under every switch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cwxero_dagster.sandbox.connectwise.buyer import BuyerError, NewLine

from .conftest import Tenant, line


def brief(document: dict[str, Any]) -> tuple[Any, ...]:
    return (document["quantity"], document["receivedQuantity"], document["receivedStatus"], document["closedFlag"])


def test_cumulative_receipts_add_up_on_one_line(tenant: Tenant) -> None:
    tenant.buyer.receive(9001, 2, packing_slip="DEL-1", on=date(2026, 5, 6))
    assert brief(tenant.line(9001)) == (10, 2, "Waiting", False)
    assert tenant.line(9001)["dateReceived"] == "2026-05-06T00:00:00Z"
    tenant.buyer.receive(9001, 3, packing_slip="DEL-2", on=datetime(2026, 5, 7, 1, 30, tzinfo=UTC))
    assert brief(tenant.line(9001)) == (10, 5, "Waiting", False)
    assert (tenant.line(9001)["packingSlip"], tenant.line(9001)["dateReceived"]) == ("DEL-2", "2026-05-07T01:30:00Z")
    tenant.buyer.receive(9001, 5)
    assert brief(tenant.line(9001)) == (10, 10, "FullyReceived", False)
    tenant.buyer.receive(9001, 1)
    assert brief(tenant.line(9001)) == (10, 11, "FullyReceived", False)
    assert len(tenant.lines()) == 1


def test_the_packing_slip_is_the_po_number_unless_given(tenant: Tenant) -> None:
    assert tenant.buyer.receive(9001, 2)["packingSlip"] == "PO-4001"


def test_clone_style_moves_the_rest_to_a_new_line(tenant: Tenant) -> None:
    tenant.buyer.receive(9001, 6, style="clone", packing_slip="INV-88120")
    original, clone = tenant.lines()
    assert brief(original) == (6, 6, "FullyReceived", True)
    assert brief(clone) == (4, 0, "Waiting", False)
    assert (clone["id"], clone["lineNumber"], clone["product"]["id"]) == (9002, 2, 701)
    assert "packingSlip" not in clone
    assert "dateReceived" not in clone
    assert (original["tax"], clone["tax"]) == (150, 100)
    assert (original["extCost"], clone["extCost"]) == (1500, 1000)
    assert (tenant.order()["subTotal"], tenant.order()["total"]) == (2500, 2750)


def test_clone_style_without_cutting_keeps_the_ordered_quantity_on_the_original(make: Callable[..., Tenant]) -> None:
    tenant = make(
        clone_cuts_original_quantity=False,
        clone_closes_original=False,
        clone_marks_original_received=False,
        clone_repeats_line_number=True,
    )
    tenant.buyer.receive(9001, 6, style="clone")
    original, clone = tenant.lines()
    assert brief(original) == (10, 6, "PartiallyReceiveCloneRest", False)
    assert brief(clone) == (4, 0, "Waiting", False)
    assert clone["lineNumber"] == original["lineNumber"]


@pytest.mark.parametrize(
    ("shown", "original", "clone", "header"),
    [("split", 150, 100, 250), ("kept", 250, 0, 250), ("repeated", 250, 250, 500)],
)
def test_the_tax_of_a_cloned_line_follows_its_switch(
    make: Callable[..., Tenant], shown: str, original: int, clone: int, header: int
) -> None:
    tenant = make(clone_tax=shown)
    tenant.buyer.receive(9001, 6, style="clone")
    assert [found["tax"] for found in tenant.lines()] == [original, clone]
    assert tenant.order()["salesTax"] == header


@pytest.mark.parametrize(
    ("shown", "at"),
    [("moment", "2026-05-08T03:12:40Z"), ("midnight", "2026-05-08T00:00:00Z"), ("server", "2026-05-08T13:12:40Z")],
)
def test_the_day_of_arrival_is_written_as_its_switch_says(make: Callable[..., Tenant], shown: str, at: str) -> None:
    tenant = make(day_stamps=shown)
    assert tenant.buyer.receive(9001, 2)["dateReceived"] == at
    assert tenant.buyer.receive(9001, 8, on=date(2026, 5, 7))["dateReceived"] == "2026-05-07T00:00:00Z"


def test_cloning_a_fully_received_line_leaves_a_ghost_of_quantity_zero(tenant: Tenant) -> None:
    tenant.buyer.receive(9001, 10, style="clone")
    original, ghost = tenant.lines()
    assert brief(original) == (10, 10, "FullyReceived", True)
    assert brief(ghost) == (0, 0, "Waiting", False)
    assert ghost["extCost"] == ghost["tax"] == 0


@pytest.mark.parametrize(
    ("keeps", "cancels", "quantity", "total"),
    [(True, False, 10, 2750), (False, False, 6, 1650), (False, True, 6, 1650), (True, True, 10, 1650)],
)
def test_cancelling_the_rest_under_its_switches(
    make: Callable[..., Tenant], keeps: bool, cancels: bool, quantity: int, total: int
) -> None:
    tenant = make(cancel_rest_keeps_quantity=keeps, cancel_rest_sets_canceled=cancels)
    found = tenant.buyer.receive(9001, 6, style="cancel_rest")
    assert brief(found) == (quantity, 6, "PartiallyReceiveCancelRest", True)
    assert bool(found["canceledFlag"]) is cancels
    assert ("dateCanceled" in found) is cancels
    assert tenant.order()["total"] == total


def test_totals_may_hold_cancelled_lines(make: Callable[..., Tenant]) -> None:
    tenant = make(totals_include_cancelled=True)
    tenant.buyer.cancel_line(9001)
    assert tenant.order()["total"] == 2750


@pytest.mark.parametrize(("holds", "total"), [(True, 2750), (False, 1650)])
def test_totals_may_hold_a_rest_that_was_dropped(make: Callable[..., Tenant], holds: bool, total: int) -> None:
    tenant = make(totals_include_dropped_rest=holds)
    tenant.buyer.receive(9001, 6, style="cancel_rest")
    assert tenant.order()["total"] == total


@pytest.mark.parametrize(("up", "received"), [(False, 2), (True, 3)])
def test_a_fraction_received_is_shown_as_a_whole_number(make: Callable[..., Tenant], up: bool, received: int) -> None:
    tenant = make(received_rounds_up=up)
    tenant.store.put("cw.lineitems", 9002, line(9002, 4001, quantity="2.5"))
    assert brief(tenant.buyer.receive(9002, Decimal("2.5")))[1:3] == (received, "FullyReceived")


def test_taking_back_reopens_the_line_and_taking_all_back_forgets_the_day(tenant: Tenant) -> None:
    tenant.buyer.receive(9001, 10)
    tenant.buyer.edit_line(9001, closedFlag=True)
    tenant.buyer.unreceive(9001, 4)
    assert brief(tenant.line(9001)) == (10, 6, "Waiting", False)
    assert "dateReceived" in tenant.line(9001)
    tenant.buyer.unreceive(9001)
    assert brief(tenant.line(9001)) == (10, 0, "Waiting", False)
    assert "dateReceived" not in tenant.line(9001)


@pytest.mark.parametrize("moves", [True, False])
def test_a_line_moves_its_header_or_not(make: Callable[..., Tenant], moves: bool) -> None:
    tenant = make(line_patch_moves_header=moves)
    tenant.buyer.receive(9001, 2)
    assert tenant.line(9001)["_info"]["lastUpdated"] == "2026-05-08T03:12:40Z"
    expected = "2026-05-08T03:12:40Z" if moves else "2026-05-01T00:00:00Z"
    assert tenant.order()["_info"]["lastUpdated"] == expected


def test_a_change_of_cost_takes_the_tax_and_the_totals_with_it(tenant: Tenant) -> None:
    changed = tenant.buyer.change_cost(9001, Decimal("260.005"))
    assert (changed["extCost"], changed["tax"]) == (Decimal("2600.050"), Decimal("260.01"))
    assert (tenant.order()["subTotal"], tenant.order()["total"]) == (Decimal("2600.05"), Decimal("2860.06"))


def test_a_cancelled_line_says_when_and_by_whom_and_leaves_the_totals(tenant: Tenant) -> None:
    found = tenant.buyer.cancel_line(9001, "End of life")
    assert (found["canceledFlag"], found["canceledBy"], found["canceledReason"]) == (True, "buyer1", "End of life")
    assert found["dateCanceled"] == "2026-05-08T03:12:40Z"
    assert tenant.order()["total"] == 0
    found = tenant.buyer.edit_line(9001, canceledFlag=False)
    assert "dateCanceled" not in found
    assert tenant.order()["total"] == 2750


def test_auto_close_follows_the_tenants_settings(tenant: Tenant) -> None:
    tenant.store.put("cw.lineitems", 9002, line(9002, 4001))
    settings = tenant.store.get("cw.settings", 1)
    assert settings is not None
    settings |= {"autoClosePurchaseOrderItemFlag": True, "autoClosePurchaseOrderFlag": True}
    assert tenant.buyer.receive(9001, 10)["closedFlag"] is True
    assert tenant.order()["closedFlag"] is False
    tenant.buyer.receive(9002, 4, style="cancel_rest")
    assert (tenant.order()["closedFlag"], tenant.order()["status"]["name"]) == (True, "Done")


def test_closing_reopening_and_cancelling_go_by_status(make: Callable[..., Tenant]) -> None:
    for clears in (False, True):
        tenant = make(reopening_clears_date_closed=clears)
        assert tenant.buyer.close_po(4001)["status"]["name"] == "Done"
        first = tenant.order()["dateClosed"]
        assert tenant.line(9001)["closedFlag"] is False
        tenant.clock.travel(3600)
        assert tenant.buyer.reopen_po(4001)["closedFlag"] is False
        assert ("dateClosed" in tenant.order()) is not clears
        tenant.buyer.cancel_po(4001, "Duplicate")
        assert (tenant.order()["status"]["name"], tenant.order()["cancelReason"]) == ("Cancelled", "Duplicate")
        assert (tenant.order()["dateClosed"] == first) is not clears


def test_closing_can_close_the_lines(make: Callable[..., Tenant]) -> None:
    tenant = make(closing_po_closes_lines=True)
    tenant.buyer.close_po(4001)
    assert tenant.line(9001)["closedFlag"] is True


def test_an_invoice_and_freight_are_typed_into_the_header(tenant: Tenant) -> None:
    tenant.clock.travel(60)
    tenant.buyer.attach_invoice(4001, "INV-7", date(2026, 5, 8))
    found = tenant.buyer.set_freight(4001, Decimal("15"), tax=Decimal("1.50"), packing_slip="DEL-1")
    assert (found["vendorInvoiceNumber"], found["vendorInvoiceDate"]) == ("INV-7", "2026-05-08T00:00:00Z")
    assert (found["freightPackingSlip"], found["total"]) == ("DEL-1", Decimal("2766.50"))
    assert found["_info"]["lastUpdated"] == "2026-05-08T03:13:40Z"
    assert found["_info"]["dateEntered"] == "2026-05-01T00:00:00Z"


def test_a_raised_po_is_complete_and_can_be_read(tenant: Tenant) -> None:
    lines = [
        NewLine(product_id=701, quantity=Decimal(2), unit_cost=Decimal("99.95")),
        NewLine(product_id=701, quantity=Decimal(1), unit_cost=Decimal(10), tax_rate=Decimal(0), description="Free"),
    ]
    made = tenant.buyer.raise_po(802, lines, number="PO-7", on=date(2026, 5, 2), locationId=12)
    assert (made["status"]["name"], made["location"]["name"], made["poNumber"]) == ("Sent", "Perth", "PO-7")
    assert (made["terms"]["name"], made["currency"]["currencyCode"]) == ("Net 30", "USD")
    assert (made["subTotal"], made["salesTax"], made["total"]) == (
        Decimal("209.90"),
        Decimal("19.99"),
        Decimal("229.89"),
    )
    read = tenant.get(f"/procurement/purchaseorders/{made['id']}/lineitems")
    assert [(item["lineNumber"], item["description"], item["purchaseOrderNumber"]) for item in read] == [
        (1, "14in laptop", "PO-7"),
        (2, "Free", "PO-7"),
    ]
    tenant.buyer.add_line(made["id"], lines[0])
    assert [item["lineNumber"] for item in tenant.lines(made["id"])] == [1, 2, 3]
    draft = tenant.buyer.raise_po(802, lines, status_id=1)
    assert (draft["status"]["name"], draft["poNumber"]) == ("New", "PO-4002")
    assert draft["location"]["name"] == "Adelaide"


def test_deleting_is_for_good(tenant: Tenant) -> None:
    tenant.buyer.delete_line(9001)
    assert (tenant.lines(), tenant.order()["total"]) == ([], 0)
    tenant.buyer.delete_po(4001)
    assert tenant.ask("/procurement/purchaseorders/4001").status == 404


def test_what_cannot_be_done_is_refused_in_a_sentence(tenant: Tenant) -> None:
    buyer = tenant.buyer
    attempts: list[tuple[Callable[[], Any], str]] = [
        (lambda: buyer.receive(1, 1), "no PO line with id 1"),
        (lambda: buyer.receive(9001, 0), "above 0"),
        (lambda: buyer.unreceive(9001), "0 cannot be taken back"),
        (lambda: buyer.close_po(1), "no PO with id 1"),
        (lambda: buyer.edit_po(4001, colour="red"), "no field colour"),
        (lambda: buyer.edit_po(4001, status={"id": 99}), "could not be found"),
        (
            lambda: buyer.raise_po(802, [NewLine(product_id=1, quantity=Decimal(1), unit_cost=Decimal(1))]),
            "catalog item",
        ),
        (lambda: buyer.raise_po(1, []), "could not be found"),
    ]
    for attempt, said in attempts:
        with pytest.raises(BuyerError, match=said):
            attempt()
    buyer.cancel_line(9001)
    with pytest.raises(BuyerError, match="cancelled"):
        buyer.receive(9001, 1)


def test_every_action_is_on_disk(tmp_path: Any) -> None:
    from cwxero_dagster.sandbox.connectwise import Buyer, ConnectWise
    from cwxero_dagster.sandbox.store import Store
    from cwxero_dagster.sandbox.wire import Clock

    from .conftest import NOW, furnish

    store = Store(tmp_path / "sandbox.sqlite")
    furnish(store)
    Buyer(ConnectWise(store, Clock(NOW))).receive(9001, 6, style="clone", packing_slip="DEL-1")
    expected = {kind: list(store.all(kind)) for kind in ("cw.purchaseorders", "cw.lineitems")}
    store.close()
    again = Store(tmp_path / "sandbox.sqlite")
    assert {kind: list(again.all(kind)) for kind in expected} == expected
    again.close()
