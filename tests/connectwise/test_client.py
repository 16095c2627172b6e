"""The ConnectWise client: paging to the end, lines, reports, and what a 404 proves."""

from __future__ import annotations

import base64
import threading

import httpx
import pytest

from cwxero_dagster.transport import CredentialsRefused, MalformedAnswer, NotFound, SystemDown

HOST = "https://api-au.example.com/v4_6_release/apis/3.0"


def page(ids, link=None):
    headers = {} if link is None else {"link": link}
    return httpx.Response(200, json=[{"id": number} for number in ids], headers=headers)


def ids_of(records):
    return [record["id"] for record in records]


def asked(request):
    return dict(request.url.params)


def test_every_request_carries_keys_client_id_and_version(connect, scripted):
    system = scripted(page([1]))
    list(connect(system.transport).records("/finance/currencies"))
    headers = system.requests[0].headers
    expected = base64.b64encode(b"brightwater+public+1:private/2==").decode()
    assert headers["authorization"] == f"Basic {expected}"
    assert headers["clientid"] == "00000000-0000-4000-8000-000000000001"
    assert headers["accept"] == "application/vnd.connectwise.com+json; version=2025.1"
    assert str(system.requests[0].url).startswith(f"{HOST}/finance/currencies?")


def test_filters_fields_and_order_are_asked_for(connect, scripted):
    system = scripted(page([]))
    list(
        connect(system.transport).records(
            "/company/companies",
            conditions="isVendorFlag = True",
            child_conditions="types/id = 1",
            fields=["id", "name"],
            order_by="name asc",
        )
    )
    assert asked(system.requests[0]) == {
        "conditions": "isVendorFlag = True",
        "childConditions": "types/id = 1",
        "fields": "id,name",
        "orderBy": "name asc",
        "page": "1",
        "pageSize": "1000",
    }


def test_a_list_follows_the_next_link_however_short_its_pages_are(connect, scripted):
    link = f'<{HOST}/x?pageSize=1000&page={{}}>; rel="next", <{HOST}/x?page=9>; rel="last"'
    system = scripted(page([1, 2], link.format(2)), page([3], link.format(3)), page([4], f'<{HOST}/x>; rel="first"'))
    assert ids_of(connect(system.transport).records("/x")) == [1, 2, 3, 4]
    assert [asked(request)["page"] for request in system.requests] == ["1", "2", "3"]
    assert {asked(request)["orderBy"] for request in system.requests} == {"id asc"}


def test_keys_never_follow_a_link_to_another_host(connect, scripted):
    system = scripted(page([1], '<https://elsewhere.example/steal?page=2>; rel="next"'), page([]))
    list(connect(system.transport).records("/x"))
    assert {request.url.host for request in system.requests} == {"api-au.example.com"}


def test_without_links_a_full_page_asks_for_more_and_a_short_one_ends(connect, scripted):
    system = scripted(page(range(1, 1001)), page([1001]))
    assert len(ids_of(connect(system.transport).records("/x"))) == 1001


def test_without_links_a_full_last_page_is_followed_by_an_empty_one(connect, scripted):
    system = scripted(page(range(1, 1001)), page([]))
    assert len(ids_of(connect(system.transport).records("/x"))) == 1000


def test_an_empty_list_is_returned_as_it_is(connect, scripted):
    assert list(connect(scripted(page([])).transport).records("/x")) == []


@pytest.mark.parametrize(
    "link", ['<https://h/x?page=1>; rel="next"', '<https://h/x>; rel="next"', "<https://h/x?page=2>; rel=next"]
)
def test_a_server_that_ignores_the_page_is_not_read_for_ever(connect, scripted, link):
    system = scripted(*[page([1, 2], link)] * 3)
    with pytest.raises(MalformedAnswer):
        list(connect(system.transport).records("/x"))


def test_forward_paging_goes_on_until_an_empty_page(connect, scripted):
    link = f'<{HOST}/x?pageId=99>; rel="next"'
    system = scripted(page([3, 9], link), page([12], link), page([], link))
    assert ids_of(connect(system.transport).forward("/x", conditions="a = 1", fields="id")) == [3, 9, 12]
    assert [asked(request).get("pageId") for request in system.requests] == [None, "9", "12"]
    assert {request.headers["pagination-type"] for request in system.requests} == {"forward-only"}
    assert all("orderBy" not in asked(request) and "page" not in asked(request) for request in system.requests)


@pytest.mark.parametrize("second", [[1, 2], [2], [0], [5, 4]])
def test_forward_paging_refuses_to_walk_in_circles(connect, scripted, second):
    with pytest.raises(MalformedAnswer):
        list(connect(scripted(page([1, 2]), page(second)).transport).forward("/x"))


def test_forward_paging_needs_ids(connect, scripted):
    system = scripted(httpx.Response(200, json=[{"name": "x"}]))
    with pytest.raises(MalformedAnswer):
        list(connect(system.transport).forward("/x", fields="name"))


@pytest.mark.parametrize("body", [{"code": "x"}, ["text"], "text"])
def test_a_list_that_is_no_list_is_malformed(connect, scripted, body):
    with pytest.raises(MalformedAnswer):
        list(connect(scripted(httpx.Response(200, json=body)).transport).records("/x"))


def test_an_address_too_long_for_connectwise_is_not_sent(connect, scripted):
    system = scripted()
    with pytest.raises(ValueError, match="ask in chunks"):
        list(connect(system.transport).records("/x", conditions="x" * 2000))
    assert system.requests == []


def test_a_404_counts_as_missing_only_while_the_po_list_answers(connect, scripted):
    system = scripted(httpx.Response(404), page([1]))
    with pytest.raises(NotFound, match="does not have purchase order #4001"):
        connect(system.transport).record("/procurement/purchaseorders/4001")
    assert system.requests[1].url.path.endswith("/procurement/purchaseorders")


def test_a_404_on_everything_means_wrong_keys(connect, scripted):
    system = scripted(httpx.Response(404), httpx.Response(404))
    with pytest.raises(CredentialsRefused, match="nothing counts as deleted") as caught:
        connect(system.transport).record("/procurement/purchaseorders/4001")
    assert "CONNECTWISE_PRIVATE_KEY" in str(caught.value)
    assert "private/2==" not in str(caught.value)


def test_a_404_on_a_list_means_wrong_keys(connect, scripted):
    system = scripted(httpx.Response(404), httpx.Response(404))
    with pytest.raises(CredentialsRefused):
        list(connect(system.transport).records("/procurement/purchaseorders"))


@pytest.mark.parametrize("proof", [httpx.Response(401), httpx.Response(403)])
def test_a_404_proves_nothing_when_the_po_list_refuses(connect, scripted, proof):
    with pytest.raises(CredentialsRefused):
        connect(scripted(httpx.Response(404), proof).transport).record("/x/1")


def test_a_404_proves_nothing_while_connectwise_is_down(connect, scripted):
    with pytest.raises(SystemDown):
        connect(scripted(httpx.Response(404), *[httpx.Response(500)] * 4).transport).record("/x/1")


def test_one_proof_serves_many_missing_records_for_a_minute(connect, scripted, clock):
    system = scripted(httpx.Response(404), page([1]), httpx.Response(404), httpx.Response(404), httpx.Response(404))
    client = connect(system.transport)
    for _ in range(2):
        with pytest.raises(NotFound):
            client.record("/x/1")
    clock.sleep(61)
    with pytest.raises(CredentialsRefused):
        client.record("/x/1")


def test_lines_of_many_orders_come_in_the_order_asked_for_read_side_by_side(connect):
    meeting = threading.Barrier(8, timeout=30)

    def answer(request):
        meeting.wait()
        po_id = int(request.url.path.split("/")[-2])
        return httpx.Response(200, json=[{"id": po_id * 10}])

    asked_for = list(range(4040, 4000, -1))
    found = list(connect(httpx.MockTransport(answer)).lines_of(asked_for))
    assert found == [(po_id, [{"id": po_id * 10}]) for po_id in asked_for]


def test_an_order_that_has_gone_is_left_out_and_not_given_without_lines(connect):
    def answer(request):
        if request.url.path.endswith("/4002/lineitems"):
            return httpx.Response(404)
        return httpx.Response(200, json=[])

    assert list(connect(httpx.MockTransport(answer)).lines_of([4001, 4002, 4003])) == [(4001, []), (4003, [])]


def test_lines_under_wrong_keys_are_an_error_and_not_missing_orders(connect):
    client = connect(httpx.MockTransport(lambda _request: httpx.Response(404)))
    with pytest.raises(CredentialsRefused):
        list(client.lines_of(range(4001, 4101)))


def test_more_than_a_page_of_lines_is_read_in_full(connect, scripted):
    system = scripted(page(range(1000)), page([1000]))
    assert len(connect(system.transport).lines(4001)) == 1001


def report_page(rows, names=("Purchase_Header_RecID", "Received_Qty")):
    columns = [{name: {"type": "Numeric", "isNullable": False, "identityColumn": False}} for name in names]
    return httpx.Response(200, json={"column_definitions": columns, "row_values": rows})


def test_report_rows_get_their_columns_names_in_lower_case(connect, scripted):
    system = scripted(report_page([[4001, 2], [4002, None]]))
    rows = connect(system.transport).report(
        "PurchaseOrderWithLineItems", conditions="a > 1", columns=["Purchase_Header_RecID", "Received_Qty"]
    )
    assert list(rows) == [
        {"purchase_header_recid": 4001, "received_qty": 2},
        {"purchase_header_recid": 4002, "received_qty": None},
    ]
    assert asked(system.requests[0])["columns"] == "Purchase_Header_RecID,Received_Qty"
    assert system.requests[0].url.path.endswith("/system/reports/PurchaseOrderWithLineItems")


def test_a_report_is_read_page_by_page(connect, scripted):
    system = scripted(report_page([[n, 0] for n in range(1000)]), report_page([[1000, 0]]))
    assert len(list(connect(system.transport).report("R"))) == 1001


@pytest.mark.parametrize(
    "body",
    [
        {"column_definitions": [{"A": {}}], "row_values": [[1, 2]]},
        {"column_definitions": [{"A": {}}, {"a": {}}], "row_values": [[1, 2]]},
        {"column_definitions": [{"A": {}}], "row_values": [{"A": 1}]},
        {"rows": []},
        [],
    ],
)
def test_a_report_that_does_not_add_up_is_malformed(connect, scripted, body):
    with pytest.raises(MalformedAnswer):
        list(connect(scripted(httpx.Response(200, json=body)).transport).report("R"))


def test_the_odd_429_of_connectwise_is_waited_for(connect, scripted, clock):
    odd = {"error": "ConnectWiseAPI", "message": "Too many requests. Please try again in 30 seconds."}
    system = scripted(httpx.Response(429, headers={"Retry-After": "30"}, json=odd), page([]))
    list(connect(system.transport).records("/x"))
    assert clock.slept == [30.0]


def test_secrets_do_not_show(connect, keys, scripted):
    told = repr(keys) + repr(connect(scripted().transport))
    for secret in ("private/2==", "public+1", "00000000-0000-4000-8000-000000000001"):
        assert secret not in told
