"""Writing over HTTP: PATCH, PUT, POST, DELETE of purchase orders and lines, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwxero_dagster.sandbox.connectwise.tables import LINE as LINE_FIELDS

from .conftest import Tenant, tenant_with

ORDER = "/procurement/purchaseorders/4001"
LINES = f"{ORDER}/lineitems"
LINE = f"{LINES}/9001"


def test_patching_a_received_quantity_receives(tenant: Tenant) -> None:
    status, record = tenant.patch(LINE, receivedQuantity="2")
    assert status == 200
    assert (record["receivedQuantity"], record["receivedStatus"], record["closedFlag"]) == (2, "Waiting", False)
    assert record["dateReceived"] == "2026-05-08T03:12:40Z"
    assert record["packingSlip"] == "PO-4001"
    assert record["_info"]["lastUpdated"] == "2026-05-08T03:12:40Z"
    assert record["_info"]["updatedBy"] == "api"
    assert tenant.patch(LINE, receivedQuantity=10)[1]["receivedStatus"] == "FullyReceived"


def test_putting_a_whole_line_receives_and_clears_what_it_omits(tenant: Tenant) -> None:
    tenant.line(9001)["internalNotes"] = "keep cool"
    body = {k: v for k, v in tenant.get(LINE).items() if k not in ("internalNotes", "_info")}
    status, record = tenant.send(
        "PUT", LINE, {**body, "receivedQuantity": 10, "receivedStatus": "FullyReceived", "closedFlag": True}
    )
    assert status == 200
    assert (record["receivedQuantity"], record["closedFlag"]) == (10, True)
    assert "internalNotes" not in record
    assert record["purchaseOrderId"] == 4001
    assert "_info" in record


def test_a_put_without_required_fields_names_them(tenant: Tenant) -> None:
    status, refusal = tenant.send("PUT", LINE, {"receivedQuantity": 1, "description": "x"})
    assert (status, refusal["code"]) == (400, "InvalidObject")
    assert [error["field"] for error in refusal["errors"]] == ["lineNumber", "product", "quantity", "unitOfMeasure"]
    assert tenant.line(9001)["receivedQuantity"] == 0


def test_clone_rest_over_patch_makes_a_new_line(tenant: Tenant) -> None:
    tenant.patch(LINE, receivedQuantity=6, receivedStatus="PartiallyReceiveCloneRest")
    assert tenant.ids(LINES) == [9001, 9002]


def test_a_patched_status_closes_and_reopens_the_purchase_order(tenant: Tenant) -> None:
    record = tenant.patch(ORDER, status={"id": 3})[1]
    assert (record["status"]["id"], record["status"]["name"], record["closedFlag"]) == (3, "Done", True)
    assert record["dateClosed"] == "2026-05-08T03:12:40Z"
    record = tenant.patch(ORDER, status={"name": "Sent"})[1]
    assert (record["closedFlag"], record["status"]["id"]) == (False, 2)


def test_the_closed_flag_cannot_be_patched_and_the_answer_does_not_say_so(tenant: Tenant) -> None:
    status, record = tenant.patch(ORDER, closedFlag=True)
    assert (status, record["closedFlag"]) == (200, False)


def test_patching_a_part_of_a_reference_gives_a_false_success(tenant: Tenant) -> None:
    status, record = tenant.patch(ORDER, **{"status/id": 3})
    assert (status, record["status"]["id"]) == (200, 2)


def test_a_leading_slash_and_add_and_remove_work(tenant: Tenant) -> None:
    assert tenant.patch(ORDER, **{"/vendorInvoiceNumber": "INV-1"})[1]["vendorInvoiceNumber"] == "INV-1"
    status, record = tenant.send("PATCH", ORDER, [{"op": "remove", "path": "vendorInvoiceNumber"}])
    assert status == 200
    assert "vendorInvoiceNumber" not in record
    status, record = tenant.send("PATCH", ORDER, [{"op": "add", "path": "vendorInvoiceDate", "value": "2026-05-08"}])
    assert record["vendorInvoiceDate"] == "2026-05-08T00:00:00Z"


def test_a_patched_location_carries_its_name(tenant: Tenant) -> None:
    record = tenant.patch(ORDER, locationId=12)[1]
    assert (record["locationId"], record["location"]["id"], record["location"]["name"]) == (12, 12, "Perth")
    record = tenant.patch(ORDER, location={"id": 11})[1]
    assert (record["locationId"], record["location"]["name"]) == (11, "Adelaide")


def test_a_new_number_reaches_the_lines(tenant: Tenant) -> None:
    tenant.patch(ORDER, poNumber="PO-NEW")
    assert tenant.line(9001)["purchaseOrderNumber"] == "PO-NEW"


def test_freight_moves_the_total(tenant: Tenant) -> None:
    record = tenant.patch(ORDER, freightCost=15.5, freightTaxTotal=1.55)[1]
    assert tenant.order()["total"] == Decimal("2767.05")
    assert record["subTotal"] == 2500


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("receivedQuantity", 2.5, "receivedQuantity"),
        ("receivedQuantity", "two", "receivedQuantity"),
        ("receivedQuantity", True, "receivedQuantity"),
        ("receivedStatus", "FullyCancel", "receivedStatus"),
        ("receivedstatus", "FullyReceived", "receivedstatus"),
        ("receivedQuantity", 2**31, "receivedQuantity"),
        ("receivedQuantity", "1e999999", "receivedQuantity"),
        ("receivedQuantity", "Infinity", "receivedQuantity"),
        ("dateReceived", "0001-01-01T00:00:00+10:00", "dateReceived"),
        ("unitCost", "1e50", "unitCost"),
        ("unitCost", "sNaN", "unitCost"),
        ("quantity", "NaN", "quantity"),
        ("quantity", [1], "quantity"),
        ("quantity", None, "quantity"),
        ("closedFlag", 1, "closedFlag"),
        ("closedFlag", "perhaps", "closedFlag"),
        ("dateReceived", "yesterday", "dateReceived"),
        ("packingSlip", "x" * 51, "packingSlip"),
        ("packingSlip", 7, "packingSlip"),
        ("product", {"id": 999}, "product/id"),
        ("product", 701, "product"),
        ("salesOrder/0/id", 1, "salesOrder/0/id"),
        ("", 1, ""),
    ],
)
def test_a_patch_that_cannot_be_is_refused_and_changes_nothing(
    tenant: Tenant, path: str, value: Any, field: str
) -> None:
    before = dict(tenant.line(9001))
    status, refusal = tenant.send("PATCH", LINE, [{"op": "replace", "path": path, "value": value}])
    assert (status, refusal["code"]) == (400, "InvalidObject")
    assert refusal["message"] == "purchaseOrderLineItem object is invalid"
    assert refusal["errors"][0]["field"] == field
    assert refusal["errors"][0]["resource"] == "purchaseOrderLineItem"
    assert tenant.line(9001) == before


@pytest.mark.parametrize("body", [b"", b"{", b'{"op": "replace"}', b'["x"]', b"7", b"\xff"])
def test_a_malformed_body_is_refused_in_the_error_shape(tenant: Tenant, body: bytes) -> None:
    answer = tenant.ask(LINE, method="PATCH", body=body)
    assert answer.status == 400
    assert b'"InvalidObject"' in answer.body


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
OPERATION = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove"]), "path": st.sampled_from(sorted(LINE_FIELDS)), "value": VALUES}
)


@given(st.lists(OPERATION, max_size=4))
def test_whatever_is_patched_is_taken_or_refused_and_the_line_stays_readable(operations: list[Any]) -> None:
    tenant = tenant_with({})
    assert tenant.send("PATCH", LINE, operations)[0] in (200, 400)
    assert tenant.ask(LINES).status == 200
    assert tenant.ask("/system/reports/PurchaseOrderWithLineItems").status == 200


def test_a_number_cannot_be_taken_away(tenant: Tenant) -> None:
    assert tenant.patch(ORDER, poNumber=None)[0] == 400
    body = {key: tenant.order()[key] for key in ("status", "terms", "vendorCompany")}
    status, refusal = tenant.send("PUT", ORDER, body)
    assert [error["field"] for error in refusal["errors"]] == ["poNumber", "poDate"]
    status, record = tenant.send("PUT", ORDER, {**body, "poNumber": "PO-9", "poDate": "2026-05-02"})
    assert (status, record["poNumber"], record["poDate"]) == (200, "PO-9", "2026-05-02T00:00:00Z")


def test_an_unknown_operation_is_refused(tenant: Tenant) -> None:
    assert tenant.send("PATCH", LINE, [{"op": "test", "path": "quantity", "value": 1}])[0] == 400


def test_a_purchase_order_and_its_lines_can_be_posted(tenant: Tenant) -> None:
    status, made = tenant.send(
        "POST",
        "/procurement/purchaseorders",
        {"status": {"id": 2}, "terms": {"id": 4}, "vendorCompany": {"identifier": "Dicker"}},
    )
    assert status == 201
    assert made["id"] > 4001
    assert made["vendorCompany"]["id"] == 802
    assert made["poNumber"] == "PO-4002"
    assert made["currency"]["currencyCode"] == "USD"
    status, new = tenant.send(
        "POST",
        f"/procurement/purchaseorders/{made['id']}/lineitems",
        {
            "description": "Dock",
            "lineNumber": 1,
            "product": {"id": 701},
            "quantity": 3,
            "unitCost": 99.995,
            "tax": 30,
            "unitOfMeasure": {"id": 1},
        },
    )
    assert status == 201
    assert (new["purchaseOrderId"], new["receivedQuantity"], new["receivedStatus"]) == (made["id"], 0, "Waiting")
    header = tenant.order(made["id"])
    assert (header["subTotal"], header["salesTax"], header["total"]) == (Decimal("299.99"), 30, Decimal("329.99"))


def test_a_posted_purchase_order_without_vendor_is_refused(tenant: Tenant) -> None:
    status, refusal = tenant.send("POST", "/procurement/purchaseorders", {"status": {"id": 2}, "terms": {"id": 4}})
    assert status == 400
    assert [error["field"] for error in refusal["errors"]] == ["vendorCompany"]
    assert tenant.ids("/procurement/purchaseorders") == [4001]


def test_deleting_leaves_nothing_to_find_and_ids_are_not_given_again(tenant: Tenant) -> None:
    tenant.patch(LINE, receivedQuantity=6, receivedStatus="PartiallyReceiveCloneRest")
    assert tenant.ask(f"{LINES}/9002", method="DELETE").status == 204
    assert tenant.ids(LINES) == [9001]
    tenant.patch(LINE, quantity=8)
    tenant.patch(LINE, receivedQuantity=7, receivedStatus="PartiallyReceiveCloneRest")
    assert tenant.ids(LINES) == [9001, 9003]
    assert tenant.ask(ORDER, method="DELETE").status == 204
    assert tenant.ask(ORDER).status == 404
    assert tenant.lines() == []


def test_batched_lines_stay_until_they_are_unbatched(tenant: Tenant) -> None:
    tenant.patch(LINE, receivedQuantity=10, closedFlag=True)
    assert tenant.ask(f"{ORDER}/rebatch", method="POST").status == 200
    assert tenant.line(9001)["batchedFlag"] is True
    assert tenant.ask(LINE, method="DELETE").status == 400
    assert tenant.ask(ORDER, method="DELETE").status == 400
    assert tenant.ask(f"{ORDER}/unbatch", method="POST").status == 200
    assert tenant.ask(LINE, method="DELETE").status == 204


@pytest.mark.parametrize(("editable", "status"), [(True, 200), (False, 400)])
def test_the_cost_of_a_batched_line_follows_the_switch(
    make: Callable[..., Tenant], editable: bool, status: int
) -> None:
    tenant = make(batched_cost_is_editable=editable)
    tenant.patch(LINE, closedFlag=True)
    tenant.buyer.batch_po(4001)
    assert tenant.patch(LINE, unitCost=260)[0] == status
    assert tenant.line(9001)["unitCost"] == (260 if editable else 250)


def test_settings_can_be_changed(tenant: Tenant) -> None:
    assert tenant.patch("/procurement/settings/1", autoClosePurchaseOrderItemFlag=True)[0] == 200
    assert tenant.patch(LINE, receivedQuantity=10)[1]["closedFlag"] is True
    assert tenant.patch("/procurement/settings/1", costingMethod="Guess")[0] == 400


def test_a_line_of_another_purchase_order_cannot_be_written(tenant: Tenant) -> None:
    assert tenant.ask("/procurement/purchaseorders/1/lineitems/9001", method="DELETE").status == 404
    assert tenant.line(9001)
