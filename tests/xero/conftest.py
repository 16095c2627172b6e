"""A Xero client over a scripted system, which signs everybody in unless the test says otherwise."""

from __future__ import annotations

import httpx
import pytest

from cwxero_dagster.access import XeroAccess
from cwxero_dagster.xero.client import Xero

TENANT = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def keys():
    return XeroAccess(
        api_url="https://api.example.com/api.xro/2.0",
        identity_url="https://identity.example.com/connect/token",
        connections_url="https://api.example.com/connections",
        client_id="CLIENT",
        client_secret="the-client-secret",
        tenant_id=TENANT,
    )


class Door:
    """Answers token requests from ``answers``, else with a fresh token each; passes the rest on to ``system``."""

    def __init__(self, system, *answers) -> None:
        self.system = system
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "identity.example.com":
            return self.system(request)
        request.read()
        self.requests.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        token = {"access_token": f"token-{len(self.requests)}", "expires_in": 1800, "token_type": "Bearer"}
        return httpx.Response(200, json={**token, "scope": "accounting.invoices accounting.contacts.read"})


@pytest.fixture
def door():
    return Door


@pytest.fixture
def connect(clock, keys):
    opened = []

    def open_to(system, credentials=None, **options):
        handler = system if isinstance(system, Door) else Door(system)
        client = Xero(credentials or keys, clock=clock, transport=httpx.MockTransport(handler), **options)
        opened.append(client)
        return client

    yield open_to
    for client in opened:
        client.close()
