"""The Xero client: what is asked for, lists read to their end while people work, writes as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from cwxero_dagster.access import XeroAccess
from cwxero_dagster.transport import MalformedAnswer, NotFound, TransientFailure
from cwxero_dagster.xero.asking import checked_id

TENANT = "11111111-2222-4333-8444-555555555555"
CONTACT = "aaaaaaaa-0000-4000-8000-00000000000a"


def guid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def asked(request):
    return dict(request.url.params)


def bills_page(numbers, *, stamp="1", **pagination):
    body = {"Invoices": [{"InvoiceID": guid(n), "UpdatedDateUTC": stamp} for n in numbers]}
    if pagination:
        body["pagination"] = {"page": 1, "pageSize": 1000, **pagination}
    return httpx.Response(200, json=body)


def numbers_of(bills):
    return [int(bill["InvoiceID"][-12:]) for bill in bills]


def test_bills_come_with_lines_four_decimals_and_every_status(connect, scripted):
    system = scripted(bills_page([1], pageCount=1, itemCount=1))
    since = datetime(2026, 5, 1, 10, 0, 0, 999_000, tzinfo=UTC)
    assert numbers_of(connect(system).bills(modified_since=since)) == [1]
    (request,) = system.requests
    assert asked(request) == {
        "where": 'Type=="ACCPAY"',
        "Statuses": "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED",
        "unitdp": "4",
        "page": "1",
        "pageSize": "1000",
    }
    assert request.headers["if-modified-since"] == "2026-05-01T09:59:59"
    assert request.headers["xero-tenant-id"] == TENANT
    assert request.headers["accept"] == "application/json"


def test_a_moment_without_a_zone_is_refused(connect, scripted):
    with pytest.raises(ValueError, match="time zone"):
        list(connect(scripted()).bills(modified_since=datetime(2026, 5, 1)))  # noqa: DTZ001


def test_a_list_ends_with_the_page_that_xero_counts_as_the_last(connect, scripted):
    system = scripted(bills_page([1, 2], pageCount=2, itemCount=3), bills_page([3], pageCount=2, itemCount=3))
    assert numbers_of(connect(system).bills()) == [1, 2, 3]


def test_a_list_without_counts_ends_below_the_smallest_page_size(connect, scripted):
    system = scripted(bills_page(range(100)), bills_page(range(100, 150)))
    assert numbers_of(connect(system).bills()) == list(range(150))


def test_a_list_without_counts_ends_with_an_empty_page(connect, scripted):
    system = scripted(bills_page(range(100)), bills_page([]))
    assert len(numbers_of(connect(system).bills())) == 100


def test_a_bill_that_moved_while_the_list_was_read_loses_no_other(connect, scripted):
    """Bill 1 is changed after page one was read; it moves to the end, and bill 3 slips onto page one."""
    system = scripted(
        bills_page([1, 2], pageCount=2, itemCount=4),
        httpx.Response(
            200,
            json={
                "Invoices": [
                    {"InvoiceID": guid(4), "UpdatedDateUTC": "1"},
                    {"InvoiceID": guid(1), "UpdatedDateUTC": "2"},
                ],
                "pagination": {"pageCount": 2, "itemCount": 4},
            },
        ),
        bills_page([2, 3], pageCount=2, itemCount=4),
        httpx.Response(
            200,
            json={
                "Invoices": [
                    {"InvoiceID": guid(4), "UpdatedDateUTC": "1"},
                    {"InvoiceID": guid(1), "UpdatedDateUTC": "2"},
                ],
                "pagination": {"pageCount": 2, "itemCount": 4},
            },
        ),
    )
    assert numbers_of(connect(system).bills()) == [1, 2, 4, 1, 3]


def test_a_bill_that_a_count_misses_is_looked_for_again(connect, scripted):
    system = scripted(
        bills_page([1, 2], pageCount=2, itemCount=4),
        bills_page([4], pageCount=2, itemCount=4),
        bills_page([1, 2], pageCount=2, itemCount=4),
        bills_page([3, 4], pageCount=2, itemCount=4),
    )
    assert numbers_of(connect(system).bills()) == [1, 2, 4, 3]


def test_a_count_that_is_wrong_twice_in_the_same_way_is_not_believed(connect, scripted):
    system = scripted(*[bills_page([1, 2], pageCount=2, itemCount=9), bills_page([3], pageCount=2, itemCount=9)] * 2)
    assert numbers_of(connect(system).bills()) == [1, 2, 3]


def test_a_list_that_never_rests_is_not_trusted(connect, scripted):
    walks = [
        (bills_page([n], pageCount=2, itemCount=99), bills_page([n + 1], pageCount=2, itemCount=99))
        for n in range(1, 40, 10)
    ]
    system = scripted(*[page for walk in walks for page in walk])
    with pytest.raises(TransientFailure, match="not certain that it was read in full"):
        list(connect(system).bills())


def test_a_server_that_ignores_the_page_is_not_read_for_ever(connect, scripted):
    system = scripted(*[bills_page(range(100))] * 4)
    assert len(numbers_of(connect(system).bills())) == 100


def test_many_ids_are_asked_for_in_addresses_that_fit(connect, scripted):
    def answer(request):
        assert len(str(request.url)) <= 2000
        found = [int(identifier[-12:]) for identifier in asked(request)["IDs"].split(",")]
        return httpx.Response(200, json={"Contacts": [{"ContactID": guid(n)} for n in found]})

    system = scripted(*[answer] * 3)
    found = connect(system).contacts(ids=[guid(n) for n in [*range(100), 5]])
    assert [one["ContactID"] for one in found] == [guid(n) for n in range(100)]
    assert len(system.requests) == 3


def test_no_ids_ask_for_nothing(connect, scripted):
    client = connect(scripted())
    assert list(client.contacts(ids=[])) == []


@pytest.mark.parametrize("identifier", ["", "PO-1", "../Contacts", "00000000-0000-4000-8000-00000000000", None])
def test_only_ids_reach_an_address(connect, scripted, identifier):
    with pytest.raises(ValueError, match="not a Xero id"):
        connect(scripted()).bill(identifier)


def test_one_bill_is_read_with_four_decimals(connect, scripted):
    system = scripted(httpx.Response(200, content=b'{"Invoices": [{"InvoiceID": "x", "Total": 110.10}]}'))
    assert connect(system).bill(guid(7))["Total"] == Decimal("110.10")
    assert system.requests[0].url.path == f"/api.xro/2.0/Invoices/{guid(7)}"
    assert asked(system.requests[0]) == {"unitdp": "4"}


def test_a_bill_that_is_not_there_is_not_found(connect, scripted):
    with pytest.raises(NotFound, match="does not have this bill"):
        connect(scripted(httpx.Response(404))).bill(guid(7))


@pytest.mark.parametrize("body", [{"Invoices": []}, {"Invoices": [{}, {}]}, {"Invoices": {}}, [], {"Id": "x"}])
def test_an_answer_of_another_shape_is_malformed(connect, scripted, body):
    with pytest.raises(MalformedAnswer):
        connect(scripted(httpx.Response(200, json=body))).bill(guid(7))


def test_supplier_credits_and_purchase_orders_are_lists_of_their_own(connect, scripted):
    system = scripted(
        httpx.Response(200, json={"CreditNotes": [{"CreditNoteID": guid(1)}]}),
        httpx.Response(200, json={"PurchaseOrders": [{"PurchaseOrderID": guid(2)}]}),
    )
    client = connect(system)
    assert list(client.supplier_credits()) == [{"CreditNoteID": guid(1)}]
    assert list(client.purchase_orders(modified_since=datetime(2026, 5, 1, tzinfo=UTC))) == [
        {"PurchaseOrderID": guid(2)}
    ]
    notes, orders = system.requests
    assert asked(notes)["where"] == 'Type=="ACCPAYCREDIT"'
    assert asked(notes)["unitdp"] == "4"
    assert orders.headers["If-Modified-Since"] == "2026-04-30T23:59:59"


def test_contacts_include_archived_ones(connect, scripted):
    system = scripted(httpx.Response(200, json={"Contacts": [{"ContactID": CONTACT}]}))
    assert list(connect(system).contacts(ids=[CONTACT])) == [{"ContactID": CONTACT}]
    assert asked(system.requests[0])["includeArchived"] == "true"
    assert asked(system.requests[0])["IDs"] == CONTACT


def test_the_small_lists(connect, scripted):
    names = ["Actions", "Accounts", "TaxRates", "TrackingCategories", "Currencies"]
    system = scripted(*[httpx.Response(200, json={name: [{"Name": name}]}) for name in names])
    client = connect(system)
    lists = [client.actions(), client.accounts(), client.tax_rates(), client.tracking_categories(), client.currencies()]
    assert lists == [[{"Name": name}] for name in names]


def test_the_organisations_own_api_key_is_dropped(connect, scripted):
    system = scripted(httpx.Response(200, json={"Organisations": [{"Name": "Brightwater", "APIKey": "SECRET"}]}))
    assert connect(system).organisation() == {"Name": "Brightwater"}


def untied(keys):
    return XeroAccess(**{**vars(keys), "tenant_id": None})


def test_the_only_organisation_becomes_the_tenant(connect, scripted, keys):
    system = scripted(httpx.Response(200, json=[{"tenantId": TENANT, "tenantName": "Brightwater"}]), bills_page([]))
    client = connect(system, untied(keys))
    assert client.tenant_id is None
    client.connections()
    list(client.bills())
    assert client.tenant_id == TENANT
    first, second = system.requests
    assert str(first.url) == "https://api.example.com/connections"
    assert "xero-tenant-id" not in first.headers
    assert second.headers["xero-tenant-id"] == TENANT


def test_of_two_organisations_none_is_chosen(connect, scripted, keys):
    system = scripted(httpx.Response(200, json=[{"tenantId": TENANT}, {"tenantId": guid(2)}]))
    client = connect(system, untied(keys))
    assert len(client.connections()) == 2
    assert client.tenant_id is None


def test_a_configured_organisation_stays_whatever_the_connections_say(connect, scripted):
    client = connect(scripted(httpx.Response(200, json=[{"tenantId": guid(2)}])))
    client.connections()
    assert client.tenant_id == TENANT


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/Invoices", {"summarizeErrors": "false", "unitdp": "4"}),
        (f"/Invoices/{guid(1)}", {"summarizeErrors": "false", "unitdp": "4"}),
        ("/CreditNotes", {"summarizeErrors": "false", "unitdp": "4"}),
        ("/PurchaseOrders", {"summarizeErrors": "false"}),
        (f"/Invoices/{guid(1)}/History", {}),
    ],
)
def test_documents_are_always_written_with_errors_apart_and_four_decimals(connect, scripted, path, query):
    system = scripted(httpx.Response(200, json={}))
    connect(system).write("POST", path, b'{"a":1}', idempotency_key="org/batch/1")
    (request,) = system.requests
    assert asked(request) == query
    assert request.content == b'{"a":1}'
    assert request.headers["idempotency-key"] == "org/batch/1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["xero-tenant-id"] == TENANT


@pytest.mark.parametrize("key", ["", "k" * 129, "a\nb", "ü"])
def test_an_idempotency_key_that_xero_would_refuse_is_not_sent(connect, scripted, key):
    with pytest.raises(ValueError, match="Idempotency-Key"):
        connect(scripted()).write("PUT", "/Invoices", b"{}", idempotency_key=key)


def test_ids_compare_in_one_spelling():
    assert checked_id("AAAAAAAA-0000-4000-8000-00000000000A") == "aaaaaaaa-0000-4000-8000-00000000000a"
