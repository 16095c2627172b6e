"""Reading: who may ask, lists, pages, fields, counts, reports, and what they refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.faults import Dropped, Fault
from cwxero_dagster.sandbox.wire import Request, transport

from .conftest import HEADERS, ROOT, Tenant, line, order

ORDERS = "/procurement/purchaseorders"


def with_orders(tenant: Tenant, count: int) -> Tenant:
    tenant.store.put_many("cw.purchaseorders", [(i, order(i)) for i in range(5001, 5001 + count)])
    return tenant


def links(answer: Any) -> dict[str, dict[str, list[str]]]:
    """The Link header: relation to query."""
    found = re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("link", ""))
    return {relation: parse_qs(urlsplit(url).query) for url, relation in found}


# --- who may ask -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({**HEADERS, "authorization": "Basic bm9ib2R5Om5vdGhpbmc="}, 401),
        ({**HEADERS, "authorization": HEADERS["authorization"].removeprefix("Basic ")}, 401),
        ({"authorization": HEADERS["authorization"]}, 403),
        ({**HEADERS, "clientid": "something else"}, 403),
    ],
)
def test_credentials_and_client_id_are_both_needed(tenant: Tenant, headers: dict[str, str], status: int) -> None:
    answer = tenant.ask(ORDERS, headers=headers)
    assert answer.status == status
    assert set(json.loads(answer.body)) == {"code", "message", "errors"}
    assert credentials.CONNECTWISE_PRIVATE_KEY.encode() not in answer.body


def test_basic_auth_of_a_real_client_with_a_plus_in_the_user_name_is_accepted(tenant: Tenant) -> None:
    user = f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}"
    with httpx.Client(
        transport=transport(tenant.connectwise.handle),
        auth=(user, credentials.CONNECTWISE_PRIVATE_KEY),
        headers={
            "clientId": credentials.CONNECTWISE_CLIENT_ID,
            "accept": "application/vnd.connectwise.com+json; version=2025.1",
        },
    ) as client:
        answer = client.get(f"http://sandbox{ROOT}{ORDERS}", params={"conditions": 'poNumber="PO-4001" and id>0'})
        assert [found["id"] for found in answer.json()] == [4001]


def test_bad_credentials_can_look_like_a_missing_page_everywhere_but_system_info(make: Callable[..., Tenant]) -> None:
    tenant = make(not_found_on_bad_credentials=True)
    assert [tenant.ask(path, headers={}).status for path in (ORDERS, f"{ORDERS}/4001", "/company/companies")] == [
        404,
        404,
        404,
    ]
    assert tenant.ask("/system/info", headers={}).status == 200
    assert tenant.ask(ORDERS).status == 200


def test_more_requests_a_minute_than_allowed_are_refused_in_their_own_shape(tenant: Tenant) -> None:
    for _ in range(600):
        assert tenant.ask("/system/info").status == 200
    tenant.clock.travel(40)
    for _ in range(400):
        assert tenant.ask("/system/info").status == 200
    answer = tenant.ask(ORDERS)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "20"
    assert json.loads(answer.body) == {
        "error": "ConnectWiseAPI",
        "message": "Too many requests. Please try again in 20 seconds.",
    }
    tenant.clock.travel(20)
    assert tenant.ask(ORDERS).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/procurement/purchaseorder",
        "/procurement",
        "/nothing/here",
        "/procurement/purchaseorders/x",
        "/procurement/purchaseorders/1/2/3",
    ],
)
def test_an_unknown_path_is_not_found(tenant: Tenant, path: str) -> None:
    assert tenant.ask(path).status == 404


def test_another_codebase_in_the_path_is_not_found(tenant: Tenant) -> None:
    answer = tenant.connectwise.handle(Request("GET", f"/v2024_1/apis/3.0{ORDERS}", headers=HEADERS))
    assert answer.status == 404


def test_a_url_beyond_ten_thousand_characters_is_refused(tenant: Tenant) -> None:
    fits = "id in (" + ",".join(["4001"] * 1400) + ")"
    assert tenant.ids(ORDERS, conditions=fits) == [4001]
    assert tenant.ask(ORDERS, conditions="id in (" + ",".join(["4001"] * 2500) + ")").status == 414


def test_a_method_that_a_path_does_not_have_is_refused(tenant: Tenant) -> None:
    assert tenant.ask("/company/companies", method="DELETE").status == 405
    assert tenant.ask("/system/info", method="POST").status == 405


def test_planned_faults_strike_and_then_let_go(tenant: Tenant) -> None:
    tenant.connectwise.faults.add(Fault(system="connectwise", kind="before", path_contains="purchaseorders"))
    tenant.connectwise.faults.add(
        Fault(system="connectwise", kind="status", path_contains="purchaseorders", nth=2, status=200, body=[])
    )
    with pytest.raises(Dropped):
        tenant.ask(ORDERS)
    assert tenant.get(ORDERS) == []
    assert tenant.ids(ORDERS) == [4001]


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        ORDERS,
        "/procurement/purchaseorderstatuses",
        "/company/companies",
        "/procurement/catalog",
        "/procurement/categories",
        "/procurement/subcategories",
        "/procurement/types",
        "/procurement/products",
        "/procurement/settings",
        "/procurement/shipmentmethods",
        "/procurement/unitOfMeasures",
        "/procurement/warehouses",
        "/finance/taxCodes",
        "/finance/billingTerms",
        "/finance/currencies",
        "/system/locations",
        "/system/departments",
        f"{ORDERS}/4001/lineitems",
    ],
)
def test_every_list_has_records_a_count_and_records_by_id(tenant: Tenant, path: str) -> None:
    records = tenant.get(path)
    assert tenant.get(f"{path}/count") == {"count": len(records)}
    for record in records:
        assert tenant.get(f"{path}/{record['id']}") == record
    assert tenant.refused(f"{path}/987654")[:2] == (404, "NotFound")


def test_counts_take_conditions(tenant: Tenant) -> None:
    with_orders(tenant, 30)
    assert tenant.get(f"{ORDERS}/count", conditions="id>=5001") == {"count": 30}


def test_money_leaves_as_json_numbers_and_nulls_do_not_leave_at_all(tenant: Tenant) -> None:
    tenant.store.put(
        "cw.purchaseorders",
        7001,
        order(7001, total=Decimal("12.10"), subTotal=Decimal(5), closedBy=None, vendorSite={"id": 1, "name": None}),
    )
    answer = tenant.ask(f"{ORDERS}/7001")
    record = json.loads(answer.body, parse_float=Decimal)
    assert record["total"] == Decimal("12.1")
    assert record["subTotal"] == 5
    assert "closedBy" not in record
    assert record["vendorSite"] == {"id": 1}
    assert b"null" not in answer.body


def test_references_carry_links_under_the_address_that_was_asked(tenant: Tenant) -> None:
    status = tenant.get(f"{ORDERS}/4001")["status"]
    assert status["_info"] == {"status_href": f"http://sandbox:8000{ROOT}/procurement/purchaseorderstatuses/2"}
    assert "_info" not in tenant.order()["status"]


def test_fields_drop_everything_that_is_not_named_even_info(tenant: Tenant) -> None:
    assert tenant.get(ORDERS, fields="id,poNumber") == [{"id": 4001, "poNumber": "PO-4001"}]
    assert tenant.get(ORDERS, fields="id, status/name ,_info/lastUpdated") == [
        {"id": 4001, "status": {"name": "Sent"}, "_info": {"lastUpdated": "2026-05-01T00:00:00Z"}}
    ]
    assert tenant.get(f"{ORDERS}/4001", fields="_info") == {"_info": tenant.order()["_info"]}
    assert tenant.refused(ORDERS, fields="id,colour")[2] == "colour is not a recognized name."


def test_conditions_narrow_a_list_and_bad_ones_are_refused_in_the_real_shape(tenant: Tenant) -> None:
    with_orders(tenant, 3)
    assert tenant.ids(ORDERS, conditions="vendorCompany/id=801 and id>5001") == [5002, 5003]
    assert tenant.ids(ORDERS, conditions="lastUpdated > [2026-05-01T00:00:00Z]") == []
    assert len(tenant.ids(ORDERS, conditions="lastUpdated >= [2026-05-01T00:00:00Z]")) == 4
    answer = tenant.ask(ORDERS, conditions="invoiceDate > [2026-01-01]")
    assert answer.status == 400
    assert json.loads(answer.body) == {
        "code": "ApiFindCondition",
        "message": "invoiceDate is not a recognized name.",
        "errors": None,
    }


def test_hostile_text_in_a_condition_finds_only_itself(tenant: Tenant) -> None:
    quoted = 'Dicker \\"D&D\\" 100%'
    assert tenant.ids("/company/companies", conditions=f'name="{quoted}"') == [802]


def test_vendors_are_found_by_flag_and_by_a_child_condition(tenant: Tenant) -> None:
    companies = "/company/companies"
    assert tenant.ids(companies, conditions="isVendorFlag=true and deletedFlag=false") == [801, 802]
    assert tenant.ids(companies, childConditions="types/id=1") == [801, 802]
    assert tenant.ids(companies, childConditions='types/name="Partner" and types/id=5') == [801]
    assert tenant.ids(companies, childConditions='types/name="Partner" and types/id=1') == []
    assert tenant.ids(companies, childConditions="types/id=1", conditions="id>801") == [802]


@pytest.mark.parametrize(
    "text", ["types/id in (1)", "id=1", "types/colour=1", "status/id=1", "types/id=1 and site/id=2"]
)
def test_a_child_condition_that_is_none_is_refused(tenant: Tenant, text: str) -> None:
    assert tenant.refused("/company/companies", childConditions=text)[:2] == (400, "ApiFindCondition")
    assert tenant.refused("/company/companies", conditions="types/id=1")[2] == "types/id is not a recognized name."


def test_custom_field_conditions(tenant: Tenant) -> None:
    assert tenant.ids(ORDERS, customFieldConditions='caption="Sign Off" AND value="yes"') == [4001]
    assert tenant.ids(ORDERS, customFieldConditions='caption="Sign Off" AND value="no"') == []
    assert tenant.refused(ORDERS, customFieldConditions='caption in ("x")')[0] == 400


def test_order_by_sorts_by_several_fields_and_refuses_unknown_ones(tenant: Tenant) -> None:
    for po_id, day, total in ((1, "2026-05-03", 5), (2, "2026-05-02", 9), (3, "2026-05-03", 7)):
        document = order(po_id, poDate=f"{day}T00:00:00Z", total=Decimal(total))
        tenant.store.put("cw.purchaseorders", po_id, document)
    tenant.store.delete("cw.purchaseorders", 4001)
    assert tenant.ids(ORDERS) == [1, 2, 3]
    assert tenant.ids(ORDERS, orderBy="poDate desc, total asc") == [1, 3, 2]
    assert tenant.ids(ORDERS, orderBy="total") == [1, 3, 2]
    assert tenant.ids(ORDERS, orderBy="vendorCompany/name, id desc") == [3, 2, 1]
    assert tenant.refused(ORDERS, orderBy="colour")[2] == "colour is not a recognized name."
    assert tenant.ask(ORDERS, orderBy="id sideways").status == 400


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_page_holds_25_unless_asked_and_never_more_than_1000(tenant: Tenant) -> None:
    with_orders(tenant, 1200)
    assert len(tenant.get(ORDERS)) == 25
    assert len(tenant.get(ORDERS, pageSize=7)) == 7
    assert len(tenant.get(ORDERS, pageSize=5000)) == 1000


def test_links_lead_through_the_pages_and_end(tenant: Tenant) -> None:
    with_orders(tenant, 9)
    first = tenant.ask(ORDERS, pageSize=4, conditions="id>0")
    assert links(first) == {
        "next": {"pageSize": ["4"], "conditions": ["id>0"], "page": ["2"]},
        "last": {"pageSize": ["4"], "conditions": ["id>0"], "page": ["3"]},
    }
    assert set(links(tenant.ask(ORDERS, pageSize=4, page=2))) == {"first", "prev", "next", "last"}
    last = tenant.ask(ORDERS, pageSize=4, page=3)
    assert set(links(last)) == {"first", "prev"}
    assert len(json.loads(last.body)) == 2


def test_a_full_single_page_has_no_next_and_the_page_beyond_is_empty(tenant: Tenant) -> None:
    with_orders(tenant, 3)
    assert "next" not in links(tenant.ask(ORDERS, pageSize=4))
    beyond = tenant.ask(ORDERS, pageSize=4, page=2)
    assert (beyond.status, json.loads(beyond.body)) == (200, [])


@pytest.mark.parametrize(
    "query", [{"page": "0"}, {"page": "-1"}, {"page": "x"}, {"pageSize": "0"}, {"pageSize": "1.5"}]
)
def test_a_page_that_is_no_number_is_refused(tenant: Tenant, query: dict[str, str]) -> None:
    assert tenant.ask(ORDERS, **query).status == 400


def test_forward_only_pages_by_id_and_always_name_a_next_page(tenant: Tenant) -> None:
    with_orders(tenant, 5)
    headers = {**HEADERS, "pagination-type": "forward-only"}
    seen: list[int] = []
    page_id = "0"
    for _ in range(4):
        answer = tenant.ask(ORDERS, headers=headers, pageSize=2, pageId=page_id, page=99)
        seen += [record["id"] for record in json.loads(answer.body)]
        assert set(links(answer)) == {"next"}
        page_id = links(answer)["next"]["pageId"][0]
    assert seen == [4001, 5001, 5002, 5003, 5004, 5005]
    assert json.loads(answer.body) == []


def test_forward_only_takes_conditions_and_refuses_an_order(tenant: Tenant) -> None:
    with_orders(tenant, 5)
    headers = {**HEADERS, "pagination-type": "forward-only"}
    answer = tenant.ask(ORDERS, headers=headers, conditions="id != 5002", pageId=5001)
    assert [record["id"] for record in json.loads(answer.body)] == [5003, 5004, 5005]
    assert tenant.ask(ORDERS, headers=headers, orderBy="id").status == 400


# --- lines -----------------------------------------------------------------------------------------------------------


def test_lines_are_found_under_their_own_purchase_order_only(tenant: Tenant) -> None:
    with_orders(tenant, 1)
    tenant.store.put("cw.lineitems", 9002, line(9002, 5001))
    assert tenant.ids(f"{ORDERS}/4001/lineitems") == [9001]
    assert tenant.ids(f"{ORDERS}/5001/lineitems") == [9002]
    assert tenant.ask(f"{ORDERS}/5001/lineitems/9001").status == 404
    assert tenant.ask(f"{ORDERS}/777/lineitems").status == 404
    assert tenant.ask(f"{ORDERS}/777/lineitems/count").status == 404
    assert tenant.ids(f"{ORDERS}/4001/lineitems", conditions="quantity>10") == []


def test_lines_put_straight_into_the_store_are_seen(tenant: Tenant) -> None:
    assert tenant.ids(f"{ORDERS}/4001/lineitems") == [9001]
    tenant.store.delete("cw.lineitems", 9001)
    tenant.store.put("cw.lineitems", 9002, line(9002, 4001))
    assert tenant.ids(f"{ORDERS}/4001/lineitems") == [9002]


def test_tax_can_be_shown_and_taken_for_one_unit(make: Callable[..., Tenant]) -> None:
    tenant = make(tax_is_per_unit=True)
    path = f"{ORDERS}/4001/lineitems/9001"
    assert tenant.get(path)["tax"] == 25
    assert tenant.get(f"{ORDERS}/4001/lineitems")[0]["tax"] == 25
    assert tenant.patch(path, tax=30)[1]["tax"] == 30
    assert tenant.line(9001)["tax"] == 300
    assert tenant.order()["salesTax"] == 300


# --- reports ---------------------------------------------------------------------------------------------------------

REPORT = "/system/reports/PurchaseOrderWithLineItems"


def rows(tenant: Tenant, **query: Any) -> list[dict[str, Any]]:
    body = tenant.get(REPORT, **query)
    names = [next(iter(column)) for column in body["column_definitions"]]
    return [dict(zip(names, row, strict=True)) for row in body["row_values"]]


def test_the_report_gives_positional_rows_with_definitions(tenant: Tenant) -> None:
    (row,) = rows(tenant)
    assert row["Purchase_Header_RecID"] == 4001
    assert row["Purchase_Detail_RecID"] == 9001
    assert (row["Quantity"], row["Received_Qty"], row["Received"], row["received_status"]) == (10, 0, False, "Waiting")
    assert row["IV_Product_RecID"] is None
    definition = tenant.get(REPORT)["column_definitions"][0]
    assert definition == {"Backorder_Flag": {"type": "Boolean", "isNullable": False, "identityColumn": False}}
    assert tenant.get(f"{REPORT}/columns") == tenant.get(REPORT)["column_definitions"]
    assert tenant.get("/system/reports") == [{"name": "PurchaseOrderWithLineItems"}]


def test_report_columns_are_chosen_without_regard_to_case_and_keep_the_reports_order(tenant: Tenant) -> None:
    assert rows(tenant, columns="received_qty,PURCHASE_HEADER_RECID") == [
        {"Purchase_Header_RecID": 4001, "Received_Qty": 0}
    ]
    assert tenant.refused(REPORT, columns="Packing_Slip")[2] == "Packing_Slip is not a recognized name."


def test_a_report_without_columns_of_receiving_refuses_to_show_them(make: Callable[..., Tenant]) -> None:
    tenant = make(report_shows_received=False)
    assert not {"Received_Qty", "itemunitcost"} & {name for one in tenant.get(f"{REPORT}/columns") for name in one}
    assert tenant.ask(REPORT, columns="Received_Qty").status == 400
    assert tenant.ask(REPORT, columns="Last_Update").status == 200


def test_report_conditions_use_column_names(tenant: Tenant) -> None:
    tenant.buyer.receive(9001, 3)
    assert len(rows(tenant, conditions="Purchase_Header_RecID in (4001,4002) and Received_Qty > 2")) == 1
    assert rows(tenant, conditions="received_qty > 3") == []
    assert len(rows(tenant, conditions="Last_Update >= [2026-05-08T03:12:40Z] and Received = True")) == 1
    assert tenant.get(f"{REPORT}/count", conditions="purchase_header_recid=4001") == {"count": 1}
    assert tenant.refused(REPORT, conditions="poNumber='x'")[2] == "poNumber is not a recognized name."


def test_a_line_that_feeds_two_products_has_two_report_rows(tenant: Tenant) -> None:
    for key, product_id in ((1, 55001), (2, 55002)):
        link = {"id": key, "lineItemId": 9001, "productId": product_id, "quantity": Decimal(5)}
        tenant.store.put("cw.product_purchases", key, link)
    found = rows(tenant)
    assert [row["IV_Product_RecID"] for row in found] == [55001, 55002]
    assert {row["Purchase_Detail_RecID"] for row in found} == {9001}


def test_report_pages_with_and_without_links(make: Callable[..., Tenant]) -> None:
    for report_links in (True, False):
        tenant = make(report_links=report_links)
        tenant.store.put_many("cw.lineitems", [(i, line(i, 4001)) for i in range(9002, 9032)])
        assert ("next" in links(tenant.ask(REPORT, pageSize=20))) is report_links
        assert [len(rows(tenant, pageSize=20, page=page)) for page in (1, 2, 3)] == [20, 11, 0]
        assert len(rows(tenant)) == 25


@pytest.mark.parametrize(("available", "status"), [("forbidden", 403), ("missing", 404)])
def test_a_role_without_reports_is_refused(make: Callable[..., Tenant], available: str, status: int) -> None:
    tenant = make(report_available=available)
    assert tenant.ask(REPORT).status == status
    assert tenant.ask(f"{REPORT}/columns").status == status
    assert tenant.ask(ORDERS).status == 200


def test_another_report_is_not_found(tenant: Tenant) -> None:
    assert tenant.ask("/system/reports/Nothing").status == 404


def test_the_reports_last_update_can_be_the_headers(make: Callable[..., Tenant]) -> None:
    for lines_own, wanted in ((True, "2026-05-08T03:12:40Z"), (False, "2026-05-01T00:00:00Z")):
        tenant = make(report_last_update_is_lines=lines_own, line_patch_moves_header=False)
        tenant.buyer.receive(9001, 1)
        assert rows(tenant)[0]["Last_Update"] == wanted


def test_eight_threads_that_read_and_write_lose_nothing(tenant: Tenant) -> None:
    tenant.store.put_many("cw.lineitems", [(i, line(i, 4001)) for i in range(9002, 9017)])

    def work(line_id: int) -> int:
        for received in range(1, 6):
            tenant.patch(f"{ORDERS}/4001/lineitems/{line_id}", receivedQuantity=received)
            tenant.get(f"{ORDERS}/4001/lineitems")
        return line_id

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(9001, 9017)))
    assert len(done) == 16
    assert [found["receivedQuantity"] for found in tenant.lines()] == [5] * 16
    assert tenant.order()["subTotal"] == 16 * 2500
