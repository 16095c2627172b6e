"""The server over a socket: which system answers, lost connections, waiting, and who keeps it alive."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.faults import Fault, FaultPlan
from cwxero_dagster.sandbox.serving.listener import PortTakenError, bind
from cwxero_dagster.sandbox.serving.users import Users

GONE = 2**22 + 1
"""No process has this id: it lies above what the kernel gives out."""


def test_both_systems_answer_at_their_own_paths(running: Any) -> None:
    assert running.connectwise("/system/info")["version"].startswith("v2025")
    assert running.xero("/Organisation")["Organisations"][0]["BaseCurrency"] == "AUD"
    health = running.client.get(f"{running.url}/health").json()
    assert health == {"ok": True, "pid": os.getpid(), "scenario": "small"}


@pytest.mark.parametrize("path", ["/", "/page/bills", "/health?used_by=1", "/connections", "/nowhere"])
def test_nothing_answers_under_another_sites_name_that_resolves_to_this_machine(running: Any, path: str) -> None:
    port = running.url.rpartition(":")[2]
    own = [
        running.client.get(running.url + path, headers={"Host": f"{name}:{port}"}) for name in ("localhost", "[::1]")
    ]
    assert {answer.status_code for answer in own} == {running.client.get(running.url + path).status_code} != {403}
    for host in (
        f"evil.example:{port}",
        "127.0.0.1.evil.example",
        "127.0.0.1:1.evil.example",
        f"localhost.:{port}",
        "",
    ):
        assert running.client.get(running.url + path, headers={"Host": host}).status_code == 403, host


def test_keys_that_everybody_knows_open_nothing_to_another_site(running: Any) -> None:
    keys = (
        f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}",
        credentials.CONNECTWISE_PRIVATE_KEY,
    )
    headers = {"clientId": credentials.CONNECTWISE_CLIENT_ID, "Host": "evil.example"}
    path = f"{running.url}/v4_6_release/apis/3.0/procurement/purchaseorders/4038"
    assert running.client.delete(path, auth=keys, headers=headers).status_code == 403
    assert running.ask_connectwise("/procurement/purchaseorders/4038").status_code == 200


def test_a_condition_arrives_as_it_was_sent(running: Any) -> None:
    found = running.connectwise(
        "/procurement/purchaseorders", conditions='id > 4001 and poNumber like "PO%"', pageSize=3
    )
    assert [one["id"] for one in found] == [4002, 4003, 4004]
    vendor = running.connectwise("/company/companies", conditions='name like "O\'Brien & S%"')
    assert [one["id"] for one in vendor] == [825]


def test_a_refusal_keeps_its_status_and_headers(running: Any) -> None:
    assert running.ask_connectwise("/procurement/purchaseorders/1").status_code == 404
    refused = running.client.get(f"{running.url}/api.xro/2.0/Invoices", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["Title"]) == (401, "Unauthorized")


def test_a_dropped_connection_closes_without_an_answer_and_the_next_request_is_served(
    start: Callable[..., Any],
) -> None:
    faults = FaultPlan(
        (
            Fault(system="connectwise", kind="before", path_contains="purchaseorders"),
            Fault(system="connectwise", kind="lose", path_contains="companies"),
        )
    )
    running = start(faults=faults)
    for path in ("/procurement/purchaseorders/4001", "/company/companies/801"):
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            running.ask_connectwise(path)
        assert running.ask_connectwise(path).status_code == 200


def test_as_many_requests_run_at_once_as_both_clients_send(start: Callable[..., Any]) -> None:
    together = threading.Barrier(13)

    def wait_for_the_others(seconds: float) -> None:
        together.wait(60)

    faults = FaultPlan(
        (
            Fault(system="connectwise", kind="slow", path_contains="/procurement/", times=8, seconds=1),
            Fault(system="xero", kind="slow", path_contains="/Accounts", times=5, seconds=1),
        ),
        sleep=wait_for_the_others,
    )
    running = start(faults=faults)
    running.xero("/Organisation")
    with ThreadPoolExecutor(13) as clients:
        asked = [clients.submit(running.connectwise, f"/procurement/purchaseorders/{4001 + n}") for n in range(8)]
        asked += [clients.submit(running.xero, "/Accounts") for _ in range(5)]
        assert all(one.result() for one in asked)


def test_the_link_to_a_po_leads_to_its_page(running: Any) -> None:
    path = "/v4_6_release/services/system_io/router/openrecord.rails"
    answer = running.client.get(running.url + path, params={"recordType": "PurchaseOrderHeaderFV", "recid": "4012"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/page/orders/4012")
    answer = running.client.get(running.url + path, params={"recid": "//evil.example"})
    assert answer.headers["location"] == "/page/orders"


def test_the_socket_is_on_loopback_and_a_taken_port_is_refused_in_words() -> None:
    with bind(0) as bound:
        host, port = bound.getsockname()
        bound.listen()
        assert host == "127.0.0.1"
        with pytest.raises(PortTakenError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            bind(port)
    with pytest.raises(PortTakenError, match="Port 70000"):
        bind(70000)


def test_a_server_without_users_runs_until_somebody_ends_it() -> None:
    assert Users(None).end_if_alone() is False


def test_a_server_ends_when_the_last_process_that_needs_it_is_gone() -> None:
    users = Users(GONE)
    assert users.add(os.getpid()) is True
    assert users.end_if_alone() is False
    alone = Users(GONE)
    assert alone.end_if_alone() is True
    assert alone.add(os.getpid()) is False


def test_a_health_check_keeps_the_server_for_the_process_that_asks(start: Callable[..., Any]) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as user:
        users = Users(user.pid)
        running = start(users=users)
        answer = running.client.get(f"{running.url}/health", params={"used_by": os.getpid()})
        assert answer.json()["ok"] is True
        user.kill()
    assert users.end_if_alone() is False


def test_a_health_check_of_a_server_that_is_ending_says_no(start: Callable[..., Any]) -> None:
    users = Users(None)
    running = start(users=users)
    assert running.client.get(f"{running.url}/health", params={"used_by": "me"}).status_code == 503
    users.end()
    assert running.client.get(f"{running.url}/health", params={"used_by": os.getpid()}).status_code == 503
