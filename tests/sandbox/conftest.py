"""A sandbox that listens: for tests that need a socket, its systems at hand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.faults import FaultPlan
from cwxero_dagster.sandbox.serving.app import THREADS, build_app
from cwxero_dagster.sandbox.serving.listener import Listener, bind
from cwxero_dagster.sandbox.serving.systems import Systems, open_systems
from cwxero_dagster.sandbox.serving.users import Users
from cwxero_dagster.sandbox.wire import Clock

NOW = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)


class Running:
    """A sandbox on a free port, what it holds, and short ways to ask both APIs and to press buttons of the page."""

    def __init__(self, listener: Listener, systems: Systems, thread: threading.Thread, client: httpx.Client) -> None:
        self.listener = listener
        self.systems = systems
        self.thread = thread
        self.client = client
        self.url = listener.url
        self._token = ""

    # --- the APIs

    def connectwise(self, path: str, **query: Any) -> Any:
        """The JSON that ConnectWise's API answers."""
        answer = self.ask_connectwise(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask_connectwise(self, path: str, **query: Any) -> httpx.Response:
        user = f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}"
        return self.client.get(
            f"{self.url}/v4_6_release/apis/3.0{path}",
            params=query,
            auth=(user, credentials.CONNECTWISE_PRIVATE_KEY),
            headers={"clientId": credentials.CONNECTWISE_CLIENT_ID},
        )

    def xero(self, path: str, **query: Any) -> Any:
        """The JSON that Xero's API answers."""
        if not self._token:
            granted = self.client.post(
                f"{self.url}/connect/token",
                data={"grant_type": "client_credentials"},
                auth=(credentials.XERO_CLIENT_ID, credentials.XERO_CLIENT_SECRET),
            )
            self._token = granted.json()["access_token"]
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        answer = self.client.get(f"{self.url}/api.xro/2.0{path}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def bill(self, bill_id: str) -> Any:
        """A bill as Xero's API shows it, with four decimals."""
        return self.xero(f"/Invoices/{bill_id}", unitdp=4)["Invoices"][0]

    def line(self, line_id: int) -> Any:
        """A PO line as ConnectWise's API shows it."""
        found = self.systems.store.get("cw.lineitems", line_id)
        assert found is not None
        return self.connectwise(f"/procurement/purchaseorders/{found['purchaseOrderId']}/lineitems/{line_id}")

    # --- the page

    def page(self, path: str) -> str:
        """The HTML of a page that is there."""
        answer = self.client.get(self.url + path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def press(self, path: str, fields: dict[str, Any] | None = None, *, back: str = "/", **headers: str) -> str:
        """Send a form as a browser does, and return the message on the page that it leads to."""
        sent = self.client.post(
            self.url + path, data={"back": back, **(fields or {})}, headers={"Origin": self.url, **headers}
        )
        assert sent.status_code == 303, sent.text
        shown = self.page(sent.headers["location"])
        found = re.search(r'<div class="flash \w+" role="\w+">(.*?)</div>', shown, re.DOTALL)
        assert found, "the page shows no message"
        return " ".join(re.sub(r"</?strong>", "", found[1]).split())


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts sandboxes of the small scenario at a standing clock; they end with the test."""
    with ExitStack() as ends:

        def run(*, faults: FaultPlan | None = None, users: Users | None = None) -> Running:
            systems = open_systems(None, scenario="small", faults=faults, clock=Clock(NOW))
            ends.callback(systems.store.close)
            threads = ends.enter_context(ThreadPoolExecutor(THREADS))
            users, listening = users or Users(None), threading.Event()
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
            client = ends.enter_context(httpx.Client(trust_env=False, timeout=30))
            return Running(listener, systems, thread, client)

        yield run


@pytest.fixture
def running(start: Callable[..., Running]) -> Running:
    return start()
