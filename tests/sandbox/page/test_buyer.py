"""The buyer's desk: what a button does is what ConnectWise's API shows afterwards."""

from __future__ import annotations

from typing import Any

import pytest

WAITING = 4038
"""A PO on order: nothing has arrived."""


def lines_of(running: Any, po_id: int) -> list[Any]:
    found: list[Any] = running.connectwise(f"/procurement/purchaseorders/{po_id}/lineitems", orderBy="id asc")
    return found


def test_goods_are_received_in_two_goes_on_several_lines(running: Any) -> None:
    first, second, *_ = lines_of(running, WAITING)
    arrived = {f"quantity_{first['id']}": "1", f"quantity_{second['id']}": str(second["quantity"])}
    said = running.press(
        f"/page/orders/{WAITING}/receive",
        {**arrived, "style": "cumulative", "packing_slip": "DEL-1", "on": "2026-09-15"},
        back=f"/page/orders/{WAITING}",
    )
    assert said.startswith("Received on ")
    one, two, *_ = lines_of(running, WAITING)
    assert (one["receivedQuantity"], one["receivedStatus"], one["packingSlip"]) == (1, "Waiting", "DEL-1")
    assert (two["receivedQuantity"], two["receivedStatus"]) == (second["quantity"], "FullyReceived")
    assert one["dateReceived"] == "2026-09-15T00:00:00Z"
    assert "Partly received" in running.page(f"/page/orders/{WAITING}")
    rest = {
        f"quantity_{line['id']}": str(line["quantity"] - line["receivedQuantity"])
        for line in lines_of(running, WAITING)
    }
    said = running.press(f"/page/orders/{WAITING}/receive", {**rest, "style": "cumulative"})
    assert said.endswith("Everything has arrived.")


@pytest.mark.parametrize(("style", "many"), [("clone", 1), ("cancel_rest", 0)])
def test_the_rest_is_moved_or_cancelled(running: Any, style: str, many: int) -> None:
    before = lines_of(running, WAITING)
    line = next(one for one in before if one["quantity"] > 1)
    running.press(f"/page/orders/{WAITING}/receive", {f"quantity_{line['id']}": "1", "style": style})
    after = lines_of(running, WAITING)
    assert len(after) == len(before) + many
    assert running.line(line["id"])["receivedQuantity"] == 1
    assert running.line(line["id"])["closedFlag"] is True


def test_receiving_nothing_or_nonsense_changes_nothing(running: Any) -> None:
    before = lines_of(running, WAITING)
    field = f"quantity_{before[0]['id']}"
    assert "No quantity is filled in" in running.press(f"/page/orders/{WAITING}/receive", {"style": "cumulative"})
    assert "is not a number" in running.press(f"/page/orders/{WAITING}/receive", {field: "two", "style": "cumulative"})
    assert "is not on offer" in running.press(f"/page/orders/{WAITING}/receive", {field: "1", "style": "sideways"})
    said = running.press(f"/page/orders/{WAITING}/receive", {field: "-1", "style": "cumulative"})
    assert said == "ConnectWise refused: -1 cannot be received: give a quantity above 0."
    assert lines_of(running, WAITING) == before


def test_a_receipt_is_taken_back(running: Any) -> None:
    line = lines_of(running, WAITING)[0]
    running.press(f"/page/orders/{WAITING}/receive", {f"quantity_{line['id']}": "3", "style": "cumulative"})
    said = running.press(f"/page/lines/{line['id']}/unreceive", {"quantity": "2"})
    assert "taken back; 1 left" in said
    assert running.line(line["id"])["receivedQuantity"] == 1
    running.press(f"/page/lines/{line['id']}/unreceive", {"quantity": ""})
    assert running.line(line["id"])["receivedQuantity"] == 0
    assert "ConnectWise refused:" in running.press(f"/page/lines/{line['id']}/unreceive", {"quantity": "1"})
    assert "whole units" in running.press(f"/page/lines/{line['id']}/unreceive", {"quantity": "0.5"})


def test_cost_cancelling_and_deleting_of_a_line(running: Any) -> None:
    first, second, *others = lines_of(running, WAITING)
    said = running.press(f"/page/lines/{first['id']}/cost", {"cost": "12.3456"})
    assert "is 12.3456 now" in said
    assert running.line(first["id"])["unitCost"] == 12.3456
    running.press(f"/page/lines/{first['id']}/cancel", {"reason": "End of life"})
    cancelled = running.line(first["id"])
    assert (cancelled["canceledFlag"], cancelled["canceledReason"]) == (True, "End of life")
    running.press(f"/page/lines/{second['id']}/delete")
    assert [line["id"] for line in lines_of(running, WAITING)] == [first["id"], *(line["id"] for line in others)]


def test_invoice_freight_status_and_a_further_line(running: Any) -> None:
    page = f"/page/orders/{WAITING}"
    before = len(lines_of(running, WAITING))
    running.press(f"{page}/invoice", {"number": "INV-77", "on": "2026-09-16"})
    running.press(f"{page}/freight", {"cost": "25", "tax": "2.50", "packing_slip": "F-1"})
    running.press(f"{page}/line", {"product": "701", "quantity": "2", "unit_cost": ""})
    running.press(f"{page}/status", {"status": "4"})
    order = running.connectwise(f"/procurement/purchaseorders/{WAITING}")
    assert (order["vendorInvoiceNumber"], order["vendorInvoiceDate"]) == ("INV-77", "2026-09-16T00:00:00Z")
    assert (order["freightCost"], order["freightTaxTotal"], order["freightPackingSlip"]) == (25, 2.5, "F-1")
    assert order["status"]["id"] == 4
    added = lines_of(running, WAITING)[before]
    assert (added["product"]["id"], added["quantity"], added["unitCost"], added["tax"]) == (701, 2, 1189, 237.8)


def test_close_reopen_cancel_and_delete(running: Any) -> None:
    page = f"/page/orders/{WAITING}"
    running.press(f"{page}/close")
    assert running.connectwise(f"/procurement/purchaseorders/{WAITING}")["closedFlag"] is True
    running.press(f"{page}/reopen")
    assert running.connectwise(f"/procurement/purchaseorders/{WAITING}")["closedFlag"] is False
    running.press(f"{page}/cancel")
    assert running.connectwise(f"/procurement/purchaseorders/{WAITING}")["cancelReason"] == "Not needed any more"
    said = running.press(f"{page}/delete", back=page)
    assert said.endswith("are deleted for good.")
    assert running.ask_connectwise(f"/procurement/purchaseorders/{WAITING}").status_code == 404


def test_another_tools_batch_marks_closed_lines(running: Any) -> None:
    line = lines_of(running, WAITING)[0]
    running.press(
        f"/page/orders/{WAITING}/receive", {f"quantity_{line['id']}": str(line["quantity"]), "style": "cumulative"}
    )
    running.press(f"/page/orders/{WAITING}/batch")
    assert running.line(line["id"])["batchedFlag"] is True
    said = running.press(f"/page/lines/{line['id']}/delete")
    assert said == "ConnectWise refused: The line item has been batched and cannot be deleted."


def test_a_raised_po_takes_terms_tax_and_currency_from_its_vendor(running: Any) -> None:
    fields = {
        "vendor": "808", "number": "PO-NEW-1", "on": "2026-09-18", "status": "2", "location": "3", "businessUnit": "11",
        "product": ["701", "", "702"], "quantity": ["2", "", "0.5"], "unit_cost": ["100", "", ""],
    }  # fmt: skip
    said = running.press("/page/orders/new", fields, back="/page/orders/new")
    assert said.startswith("PO-NEW-1 with 2 lines over ")
    made = running.connectwise("/procurement/purchaseorders", conditions='poNumber = "PO-NEW-1"')[0]
    assert (made["currency"]["currencyCode"], made["taxCode"]["name"], made["terms"]["name"]) == (
        "USD",
        "Overseas",
        "Net 30",
    )
    assert (made["location"]["name"], made["businessUnit"]["name"], made["salesTax"]) == ("Brisbane", "Projects", 0)
    assert made["poDate"] == "2026-09-18T00:00:00Z"
    first, second = lines_of(running, made["id"])
    assert (first["quantity"], first["unitCost"]) == (2, 100)
    assert (second["product"]["id"], second["quantity"]) == (702, 0.5)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"product": [""], "quantity": [""]}, "The PO has no line"),
        ({"product": ["701"], "quantity": [""]}, "Line 1 needs a product and a quantity above 0"),
        ({"product": ["701", "999999"], "quantity": ["1", "1"]}, "Line 2 needs a product"),
        ({"product": ["701"], "quantity": ["1"], "vendor": "833"}, "The vendor is not on offer"),
    ],
)
def test_a_po_that_cannot_be_raised_leaves_nothing_behind(running: Any, fields: dict[str, Any], said: str) -> None:
    before = running.connectwise("/procurement/purchaseorders/count")
    form = {"vendor": "801", "number": "", "on": "2026-09-18", "status": "2", "unit_cost": [""] * 2, **fields}
    assert said in running.press("/page/orders/new", form)
    assert running.connectwise("/procurement/purchaseorders/count") == before


def test_the_list_says_where_each_po_stands(running: Any) -> None:
    def numbers(query: str) -> str:
        return str(running.page(f"/page/orders?{query}"))

    order = running.connectwise(f"/procurement/purchaseorders/{WAITING}")
    assert order["poNumber"] in numbers("state=raised")
    assert order["poNumber"] not in numbers("state=received")
    draft = running.connectwise("/procurement/purchaseorders/4037")["poNumber"]
    assert draft in numbers("state=draft")
    assert order["poNumber"] in numbers(f"q={order['poNumber'].lower()}&location={order['location']['name']}")
    assert "Nothing matches" in numbers(f"q={order['poNumber']}&invoice=yes")


def test_a_po_shows_the_bills_that_name_it(running: Any) -> None:
    keyed = running.connectwise("/procurement/purchaseorders", conditions='poNumber = "PO-1003"')[0]
    assert "Bill 70082 | PO-1003" in running.page(f"/page/orders/{keyed['id']}")
    assert "No bill names" in running.page(f"/page/orders/{WAITING}")
