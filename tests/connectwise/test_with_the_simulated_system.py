"""The client against the simulated ConnectWise: what the two agree on, with every open fact both ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cwxero_dagster.access import ConnectWiseAccess
from cwxero_dagster.connectwise.conditions import all_of, any_of, changed_between, chunks, equals
from cwxero_dagster.sandbox import credentials as fake
from cwxero_dagster.sandbox.connectwise import ConnectWise as Simulated
from cwxero_dagster.sandbox.connectwise import ConnectWiseSwitches
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, transport
from cwxero_dagster.sandbox.world import build_world, load_world
from cwxero_dagster.transport import CredentialsRefused, NotFound, PermanentFailure

ORDERS = "/procurement/purchaseorders"


@pytest.fixture(scope="module")
def world():
    return build_world(scenario="small")


@pytest.fixture
def simulate(world):
    def with_switches(*, at=None, **switches):
        store = Store()
        load_world(world, store)
        at = at or Clock(datetime(2026, 10, 1, tzinfo=UTC))
        return Simulated(store, at, switches=ConnectWiseSwitches(**switches))

    return with_switches


@pytest.fixture
def client_of(connect):
    def open_to(system, **changes):
        values = {
            "base_url": "https://api-au.example.com/v4_6_release/apis/3.0",
            "company": fake.CONNECTWISE_COMPANY,
            "public_key": fake.CONNECTWISE_PUBLIC_KEY,
            "private_key": fake.CONNECTWISE_PRIVATE_KEY,
            "client_id": fake.CONNECTWISE_CLIENT_ID,
        }
        return connect(transport(system.handle), ConnectWiseAccess(**{**values, **changes}))

    return open_to


@pytest.fixture
def order_ids(world):
    return sorted(order["id"] for order in world.connectwise["cw.purchaseorders"])


def test_both_ways_of_paging_read_every_order_once(simulate, client_of, order_ids):
    client = client_of(simulate())
    assert [order["id"] for order in client.records(ORDERS, fields="id")] == order_ids
    assert [order["id"] for order in client.forward(ORDERS, fields=["id", "poNumber"])] == order_ids


def test_a_list_longer_than_a_page_is_read_to_its_end(simulate, client_of):
    system = simulate()
    for number in range(20_001, 22_101):
        system.store.put("cw.currencies", number, {"id": number, "currencyCode": f"X{number}"})
    found = [one["id"] for one in client_of(system).records("/finance/currencies") if one["id"] > 20_000]
    assert found == list(range(20_001, 22_101))


def test_lines_arrive_with_exact_costs(simulate, client_of, world, order_ids):
    expected = {line["id"]: line.get("unitCost") for line in world.connectwise["cw.lineitems"]}
    found = dict(client_of(simulate()).lines_of(order_ids))
    assert list(found) == order_ids
    assert {line["id"]: line.get("unitCost") for lines in found.values() for line in lines} == expected


def test_chunks_ask_for_exactly_the_ids_given(simulate, client_of, order_ids):
    client = client_of(simulate())
    wanted = order_ids[::3]
    conditions = list(chunks("id", wanted, also="id > 0", room=100))
    assert len(conditions) > 1
    found = [order["id"] for condition in conditions for order in client.records(ORDERS, conditions=condition)]
    assert found == wanted


def test_a_window_by_last_change_holds_what_changed_in_it(simulate, client_of, world):
    stamps = {order["id"]: order["_info"]["lastUpdated"] for order in world.connectwise["cw.purchaseorders"]}
    after, upto = sorted(datetime.fromisoformat(stamp) for stamp in stamps.values())[3:20:10]
    expected = sorted(key for key, stamp in stamps.items() if after <= datetime.fromisoformat(stamp) <= upto)
    found = client_of(simulate()).forward(ORDERS, conditions=changed_between(after, upto), fields="id")
    assert [order["id"] for order in found] == expected
    assert expected


@pytest.mark.parametrize(
    "name",
    [
        '19" rack',
        "O'Brien & Söhne",
        "19\" O'Brien",
        "C:\\temp\\",
        "=cmd|' /C calc'!A0",
        "[2026-01-01]",
        '" or id > 0 or name = "',
    ],
)
def test_hostile_names_are_found_and_nothing_else_is(simulate, client_of, world, name):
    system = simulate()
    chosen = dict(world.connectwise["cw.companies"][0])
    system.store.put("cw.companies", chosen["id"], {**chosen, "name": name})
    expected = {company["id"] for company in system.store.all("cw.companies") if company["name"] == name}
    client = client_of(system)
    for condition in (equals("name", name), any_of("name", [name, "nobody"]), all_of(equals("name", name), "id > 0")):
        found = client.records("/company/companies", conditions=condition)
        assert {company["id"] for company in found} == expected


@pytest.mark.parametrize("links", [True, False])
def test_the_report_gives_received_quantities_by_line(simulate, client_of, world, links):
    rows = list(client_of(simulate(report_links=links)).report("PurchaseOrderWithLineItems"))
    lines = {row["purchase_detail_recid"] for row in rows}
    assert lines == {line["id"] for line in world.connectwise["cw.lineitems"]}


@pytest.mark.parametrize("availability", ["forbidden", "missing"])
def test_a_report_that_is_not_there_is_a_permanent_failure(simulate, client_of, availability):
    with pytest.raises(PermanentFailure):
        list(client_of(simulate(report_available=availability)).report("PurchaseOrderWithLineItems"))


def test_an_order_that_was_deleted_is_missing(simulate, client_of, order_ids):
    with pytest.raises(NotFound):
        client_of(simulate()).record(f"{ORDERS}/{order_ids[-1] + 1}")


@pytest.mark.parametrize("as_missing", [True, False])
@pytest.mark.parametrize(
    "changes", [{"private_key": "old"}, {"public_key": "old"}, {"company": "other"}, {"client_id": "x"}]
)
def test_wrong_keys_are_never_missing_records(simulate, client_of, order_ids, as_missing, changes):
    client = client_of(simulate(not_found_on_bad_credentials=as_missing), **changes)
    for read in (
        lambda: client.record(f"{ORDERS}/{order_ids[0]}"),
        lambda: list(client.records(ORDERS)),
        lambda: list(client.forward(ORDERS)),
        lambda: list(client.lines_of(order_ids)),
        client.check_alive,
    ):
        with pytest.raises(CredentialsRefused):
            read()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "before"},
        {"kind": "lose"},
        {"kind": "malformed"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429, "headers": {"Retry-After": "3"}},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_fault_that_passes_changes_nothing_that_is_read(simulate, client_of, order_ids, fault):
    system = simulate()
    system.faults.add(Fault(system="connectwise", **fault))
    assert [order["id"] for order in client_of(system).forward(ORDERS, fields="id")] == order_ids


def test_the_limit_of_connectwise_is_never_met(simulate, client_of, order_ids, clock):
    system = simulate(requests_per_minute=600, at=clock)
    client = client_of(system)
    rounds = 620 // len(order_ids) + 1
    for _ in range(rounds):
        assert len(list(client.lines_of(order_ids))) == len(order_ids)
    assert client.calls == rounds * len(order_ids) > 600
