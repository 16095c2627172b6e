"""Finding the sandbox of a home, or starting it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from cwxero_dagster import sandbox_process
from cwxero_dagster.sandbox_process import SandboxAddress, SandboxUnavailable, running_sandbox


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def _pid(address: SandboxAddress) -> int:
    pid: int = httpx.get(f"{address.url}/health", trust_env=False).json()["pid"]
    return pid


def test_it_is_started_once_and_found_again(home: Path) -> None:
    address = running_sandbox(home, scenario="small")
    assert running_sandbox(home) == address
    assert (address.seeds / "lifecycle.yaml").exists()
    assert address.connectwise["base_url"].startswith(address.url)
    assert address.xero["api_url"].startswith(address.url)
    assert len(sandbox_process._started) == 1


def test_another_scenario_than_the_home_holds_is_refused(home: Path) -> None:
    running_sandbox(home, scenario="empty")
    with pytest.raises(SandboxUnavailable, match="holds the scenario empty, not small"):
        running_sandbox(home, scenario="small")


def test_an_address_left_behind_by_a_killed_server_is_not_believed(home: Path) -> None:
    first = running_sandbox(home, scenario="empty")
    os.kill(_pid(first), signal.SIGKILL)
    sandbox_process._started[0].wait(60)
    assert (home / "sandbox" / "server.json").exists()
    second = running_sandbox(home)
    assert json.loads((home / "sandbox" / "server.json").read_text())["url"] == second.url
    assert httpx.get(f"{second.url}/health", trust_env=False).json()["scenario"] == "empty"


def test_a_server_of_another_home_at_the_old_address_is_not_believed(home: Path) -> None:
    other = running_sandbox(home / "other", scenario="empty")
    left = {**json.loads((home / "other" / "sandbox" / "server.json").read_text()), "pid": 1}
    (home / "sandbox").mkdir()
    (home / "sandbox" / "server.json").write_text(json.dumps(left))
    assert running_sandbox(home, scenario="empty").url != other.url


def test_a_server_that_cannot_start_shows_the_end_of_its_log(home: Path) -> None:
    (home / "sandbox").mkdir()
    (home / "sandbox" / "state.sqlite").write_bytes(b"something else" * 100)
    with pytest.raises(SandboxUnavailable, match=r"did not start[^\0]*state\.sqlite cannot be read"):
        running_sandbox(home)


def test_the_credentials_stay_out_of_its_text() -> None:
    secrets = {"private_key": "hidden-1", "client_secret": "hidden-2"}
    address = SandboxAddress(url="http://127.0.0.1:1", connectwise=secrets, xero=secrets, seeds=Path("seeds"))
    assert "hidden" not in f"{address} {address!r}"
