"""``python -m cwxero_dagster.sandbox`` as a process: start, second start, restart, end."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.server import serve
from cwxero_dagster.sandbox.serving.listener import bind
from cwxero_dagster.sandbox.serving.systems import STATE_FILE, open_systems
from cwxero_dagster.sandbox.store import Store

Start = Callable[..., "Server"]


class Server:
    """A sandbox process of a home."""

    def __init__(self, home: Path, *options: str) -> None:
        command = [sys.executable, "-m", "cwxero_dagster.sandbox", "--home", str(home), *options]
        self.folder = home / "sandbox"
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def said(self) -> str:
        """What it wrote, once it has ended."""
        return self.process.communicate(timeout=60)[1]

    @property
    def address(self) -> dict[str, Any]:
        """Its address, once it listens."""
        deadline = time.monotonic() + 60
        while not (self.folder / "server.json").exists():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, "the sandbox did not start"
            time.sleep(0.02)
        found: dict[str, Any] = json.loads((self.folder / "server.json").read_text())
        return found

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it with a signal; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    servers: list[Server] = []

    def run(*options: str, home: Path = tmp_path / "home") -> Server:
        servers.append(Server(home, "--scenario", "small", *options))
        return servers[-1]

    yield run
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


def ask(address: dict[str, Any], path: str, **options: Any) -> httpx.Response:
    user = f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}"
    return httpx.request(
        options.pop("method", "GET"),
        address["connectwise"]["base_url"] + path,
        auth=(user, credentials.CONNECTWISE_PRIVATE_KEY),
        headers={"clientId": credentials.CONNECTWISE_CLIENT_ID},
        trust_env=False,
        **options,
    )


def test_what_was_changed_survives_a_restart_and_edited_seeds_are_left_alone(start: Start) -> None:
    server = start()
    address = server.address
    body = [{"op": "replace", "path": "vendorInvoiceNumber", "value": "KEPT-1"}]
    assert ask(address, "/procurement/purchaseorders/4012", method="PATCH", json=body).status_code == 200
    vendors = server.folder / "mapping_seeds" / "vendors.csv"
    assert vendors.read_bytes()
    vendors.write_text("connectwise_vendor_id\n")
    (server.folder / "mapping_seeds" / "lifecycle.yaml").unlink()
    assert server.end() == 0
    assert not (server.folder / "server.json").exists()

    again = start()
    assert again.address["url"] == address["url"], "links that bills carry would lead nowhere"
    assert ask(again.address, "/procurement/purchaseorders/4012").json()["vendorInvoiceNumber"] == "KEPT-1"
    assert vendors.read_text() == "connectwise_vendor_id\n"
    assert (server.folder / "mapping_seeds" / "lifecycle.yaml").exists()
    assert again.end(signal.SIGINT) == 0


def test_the_address_file_says_how_to_reach_both_systems(start: Start) -> None:
    server = start()
    address = server.address
    assert address["pid"] == server.process.pid
    assert address["scenario"] == "small"
    assert sorted(address["connectwise"]) == ["base_url", "client_id", "company", "private_key", "public_key"]
    assert address["connectwise"]["base_url"] == f"{address['url']}/v4_6_release/apis/3.0"
    assert sorted(address["xero"]) == [
        "api_url", "client_id", "client_secret", "connections_url", "identity_url", "tenant_id",
    ]  # fmt: skip
    granted = httpx.post(
        address["xero"]["identity_url"],
        data={"grant_type": "client_credentials"},
        auth=(address["xero"]["client_id"], address["xero"]["client_secret"]),
        trust_env=False,
    )
    bearer = {"Authorization": f"Bearer {granted.json()['access_token']}"}
    connections = httpx.get(address["xero"]["connections_url"], headers=bearer, trust_env=False).json()
    assert [one["tenantId"] for one in connections] == [address["xero"]["tenant_id"]]
    assert server.end() == 0
    assert f"The sandbox's page is {address['url']}/" in server.said()


def test_a_second_start_in_one_home_is_refused_and_says_who_holds_it(start: Start) -> None:
    first = start()
    address = first.address
    second = start()
    said = second.said()
    assert second.process.returncode == 3
    assert address["url"] in said
    assert f"process {first.process.pid}" in said
    assert "Nothing was started" in said
    assert httpx.get(f"{address['url']}/health", trust_env=False).json()["ok"] is True


def test_another_port_is_taken_where_the_last_one_is_in_use(start: Start, tmp_path: Path) -> None:
    with bind(0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "home" / "sandbox").mkdir(parents=True)
        for last in (str(port), "none", "99999999"):
            (tmp_path / "home" / "sandbox" / "server.port").write_text(last)
            server = start()
            assert server.address["url"] != f"http://127.0.0.1:{port}"
            assert server.end() == 0


def test_a_killed_server_does_not_hold_its_home(start: Start) -> None:
    first = start()
    pid = first.address["pid"]
    first.process.kill()
    first.process.wait(60)
    (first.folder / "server.json").unlink()
    second = start()
    assert second.address["pid"] != pid
    assert second.end() == 0


def test_it_ends_by_itself_when_the_process_it_serves_is_gone(start: Start) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as user:
        server = start("--until-pid", str(user.pid))
        assert server.address["pid"] == server.process.pid
        user.kill()
    assert server.process.wait(60) == 0
    assert not (server.folder / "server.json").exists()


def test_a_slow_answer_does_not_hold_up_the_end(start: Start, tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text('[{"system": "connectwise", "kind": "slow", "method": "PATCH", "seconds": 600}]')
    server = start("--faults", str(plan))
    address, path = server.address, "/procurement/purchaseorders/4012"

    def slowly() -> None:
        body = [{"op": "replace", "path": "vendorInvoiceNumber", "value": "SLOW-1"}]
        with contextlib.suppress(httpx.HTTPError):
            ask(address, path, method="PATCH", json=body, timeout=300)

    client = threading.Thread(target=slowly)
    client.start()
    while ask(address, path).json().get("vendorInvoiceNumber") != "SLOW-1":
        time.sleep(0.02)
    assert server.end() == 0
    client.join()


def test_planned_faults_reach_the_socket(start: Start, tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text('[{"system": "connectwise", "kind": "status", "path_contains": "/system/info", "status": 503}]')
    address = start("--faults", str(plan)).address
    assert [ask(address, "/system/info").status_code for _ in range(2)] == [503, 200]


def test_what_cannot_be_used_is_refused_before_anything_starts(tmp_path: Path, capsys: Any) -> None:
    broken = tmp_path / "faults.json"
    broken.write_text("{}")
    assert serve(tmp_path / "home", faults=broken) == 2
    assert serve(tmp_path / "home", scenario="huge") == 2
    with bind(0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        assert serve(tmp_path / "home", port=port) == 2
    said = capsys.readouterr().err
    assert f"{broken}: holds a JSON object" in said
    assert "There is no scenario 'huge'; there are msp, small, empty." in said
    assert f"Port {port}" in said
    assert not (tmp_path / "home" / "sandbox" / STATE_FILE).exists()


def test_a_state_file_that_is_none_is_left_alone_and_named(tmp_path: Path, capsys: Any) -> None:
    state = tmp_path / "sandbox" / STATE_FILE
    state.parent.mkdir()
    state.write_bytes(b"something else" * 100)
    assert serve(tmp_path) == 2
    assert f"{state} cannot be read" in capsys.readouterr().err
    assert state.read_bytes() == b"something else" * 100


def test_an_interrupted_first_start_begins_again(tmp_path: Path) -> None:
    half = Store(tmp_path / STATE_FILE)
    half.put("cw.purchaseorders", 1, {"id": 1})
    half.close()
    systems = open_systems(tmp_path, scenario="small")
    assert systems.store.get("cw.purchaseorders", 1) is None
    assert systems.store.get("cw.purchaseorders", 4001) is not None
    systems.store.close()


def test_a_home_keeps_the_scenario_that_it_began_with(tmp_path: Path) -> None:
    open_systems(tmp_path, scenario="empty").store.close()
    systems = open_systems(tmp_path, scenario="small")
    assert (systems.scenario, list(systems.store.all("cw.purchaseorders"))) == ("empty", [])
    systems.store.close()
