"""A firm that the command line works for: both simulated systems on a loopback socket, and the live profile's settings.

Commands run in this process, as a person types them. The clock of the product is that of the systems: waiting is
travelling, so that no test waits for a limit or a retry.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cwxero_dagster import sandbox
from cwxero_dagster.cli import main
from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.faults import Fault, FaultPlan
from cwxero_dagster.sandbox.serving.app import THREADS, build_app
from cwxero_dagster.sandbox.serving.listener import Listener, bind
from cwxero_dagster.sandbox.serving.systems import Systems, open_systems
from cwxero_dagster.sandbox.serving.users import Users
from cwxero_dagster.sandbox.wire import Clock
from cwxero_dagster.transport import SystemClock

BASE_PATH = "/v4_6_release/apis/3.0"


@dataclass
class Told:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Firm:
    """Both systems, the settings that lead to them, and the command line."""

    folder: Path
    systems: Systems
    faults: FaultPlan
    url: str
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """System, method and path of everything that arrived."""

    def tell(self, *arguments: str) -> Told:
        """What a command answers."""
        return tell(*arguments)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def seeds(self) -> Path:
        return self.folder / "mapping_seeds"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CWXERO_PROFILE": "live",
            "CWXERO_HOME": str(self.home),
            "CWXERO_MAPPING_SEEDS": str(self.seeds),
            "CWXERO_PUBLISH_MODE": "live",
            "CONNECTWISE_BASE_URL": f"{self.url}{BASE_PATH}",
            "CONNECTWISE_COMPANY": credentials.CONNECTWISE_COMPANY,
            "CONNECTWISE_PUBLIC_KEY": credentials.CONNECTWISE_PUBLIC_KEY,
            "CONNECTWISE_PRIVATE_KEY": credentials.CONNECTWISE_PRIVATE_KEY,
            "CONNECTWISE_CLIENT_ID": credentials.CONNECTWISE_CLIENT_ID,
            "XERO_API_URL": f"{self.url}/api.xro/2.0",
            "XERO_IDENTITY_URL": f"{self.url}/connect/token",
            "XERO_CONNECTIONS_URL": f"{self.url}/connections",
            "XERO_CLIENT_ID": credentials.XERO_CLIENT_ID,
            "XERO_CLIENT_SECRET": credentials.XERO_CLIENT_SECRET,
            "XERO_TENANT_ID": credentials.XERO_TENANT_ID,
        }

    def bills(self) -> list[dict[str, Any]]:
        """Bills that Xero holds and that nobody removed."""
        gone = {"DELETED", "VOIDED"}
        return [bill for bill in self.systems.store.all("xero.invoices") if bill["Status"] not in gone]

    def writes(self) -> list[tuple[str, str, str]]:
        """Requests that were meant to change something, sign-ins left out."""
        return [one for one in self.requests if one[1] != "GET" and "/connect/token" not in one[2]]

    def fault(self, system: str, kind: str = "status", **more: Any) -> None:
        self.faults.add(Fault(system=system, kind=kind, times=more.pop("times", None), **more))

    def sync(self, cycle: str, *more: str) -> Told:
        return self.tell("sync", "--cycle", cycle, "--json", *more)

    def case(self, kind: str, po_number: str = "") -> dict[str, Any]:
        """The open case of a kind (that concerns a PO)."""
        found = [
            case
            for case in self.tell("cases", "--json").json["cases"]
            if case["kind"] == kind and (not po_number or po_number in case["po_numbers"])
        ]
        assert len(found) == 1, [(case["kind"], case["po_numbers"]) for case in found]
        return found[0]


def build_firm(
    folder: Path,
    ends: ExitStack,
    patch: pytest.MonkeyPatch,
    *,
    with_checks: bool = False,
    scenario: str = "small",
    start: datetime | None = None,
    systems: Systems | None = None,
) -> Firm:
    """Start the systems and set the environment; both end with ``ends`` and ``patch``.

    Asset checks show and do not protect: without them a run writes the same bills in half the time. ``start``: the
    moment at which the clock of all three stands; None: it runs from now on. ``systems``: those to work with.
    """
    if not with_checks:
        patch.setattr("cwxero_dagster.definitions.checks", lambda cycles: [])
    faults = FaultPlan()
    systems = systems or open_systems(None, scenario=scenario, faults=faults, clock=Clock(start))
    clock = systems.clock
    ends.callback(systems.store.close)
    firm = Firm(folder, systems, faults, "")
    for name, system in (("connectwise", systems.connectwise), ("xero", systems.xero)):
        patch.setattr(system, "handle", _noting(firm, name, system.handle), raising=True)
    threads = ends.enter_context(ThreadPoolExecutor(THREADS))
    users, listening = Users(None), threading.Event()
    listener = Listener(
        build_app(systems, users, threads),
        bind(0),
        users=users,
        stopping=threading.Event(),
        on_listening=lambda url: listening.set(),
    )
    thread = threading.Thread(target=listener.listen)
    thread.start()
    ends.callback(thread.join)
    ends.callback(listener.end)
    assert listening.wait(30)
    firm.url = listener.url
    shutil.copytree(Path(sandbox.__file__).parent / "mapping_seeds", firm.seeds)
    began = clock.now().timestamp()
    patch.setattr(SystemClock, "now", lambda self: clock.now())
    patch.setattr(SystemClock, "monotonic", lambda self: clock.now().timestamp() - began)
    patch.setattr(SystemClock, "uptime", lambda self: None)
    patch.setattr(SystemClock, "sleep", lambda self, seconds: clock.travel(seconds))
    patch.chdir(folder)
    clear_environment(patch)
    for name, value in firm.environment.items():
        patch.setenv(name, value)
    return firm


def clear_environment(patch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings reaches a test."""
    for name in list(os.environ):
        if name.startswith(("CWXERO_", "CONNECTWISE_", "XERO_", "DAGSTER_")):
            patch.delenv(name)


def _noting(firm: Firm, name: str, handle: Callable[..., Any]) -> Callable[..., Any]:
    def noted(request: Any) -> Any:
        firm.requests.append((name, request.method, request.path))
        return handle(request)

    return noted


def tell(*arguments: str) -> Told:
    """Run a command and give what it answered."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([*arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Told(status, out.getvalue(), err.getvalue())
