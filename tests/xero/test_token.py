"""Signing in: once for everybody, renewed in time, refused in words."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import httpx
import pytest

from cwxero_dagster.access import XeroAccess
from cwxero_dagster.transport import CredentialsRefused, SystemDown


def accounts():
    return httpx.Response(200, json={"Accounts": []})


def bearer(request):
    return request.headers["authorization"]


def test_the_sign_in_asks_for_the_projects_scopes_with_basic_keys(connect, door, scripted):
    system = scripted(accounts())
    entrance = door(system)
    connect(entrance).accounts()
    (request,) = entrance.requests
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"CLIENT:the-client-secret").decode()
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": [
            (
                "accounting.invoices accounting.contacts accounting.settings.read accounting.attachments "
                "accounting.payments.read"
            )
        ],
    }
    assert bearer(system.requests[0]) == "Bearer token-1"


def test_a_token_is_used_until_its_life_is_nearly_over(connect, door, scripted, clock):
    system = scripted(*[accounts() for _ in range(3)])
    entrance = door(system)
    client = connect(entrance)
    client.accounts()
    clock.sleep(1619)
    client.accounts()
    clock.sleep(1)
    client.accounts()
    assert [bearer(request) for request in system.requests] == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_token_requests_count(connect, scripted):
    client = connect(scripted(accounts(), accounts()))
    client.accounts()
    client.accounts()
    assert client.calls == 3


def test_many_threads_share_one_sign_in(connect, door, scripted):
    entrance = door(scripted(*[accounts() for _ in range(16)]))
    client = connect(entrance)
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(lambda _: client.accounts(), range(16)))
    assert len(entrance.requests) == 1


def test_a_stale_token_is_renewed_once(connect, door, scripted):
    system = scripted(httpx.Response(401), accounts())
    connect(door(system)).accounts()
    assert [bearer(request) for request in system.requests] == ["Bearer token-1", "Bearer token-2"]


def test_a_stale_token_does_not_lose_a_write(connect, scripted):
    system = scripted(httpx.Response(401), httpx.Response(200, json={"Invoices": []}))
    connect(system).write("PUT", "/Invoices", b'{"Invoices":[]}', idempotency_key="k")
    first, second = system.requests
    assert first.content == second.content
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_a_second_401_is_a_refusal_and_no_loop(connect, scripted):
    denied = {"Title": "Unauthorized", "Detail": "AuthorizationUnsuccessful"}
    system = scripted(*[httpx.Response(401, json=denied)] * 2)
    with pytest.raises(CredentialsRefused, match="AuthorizationUnsuccessful") as caught:
        connect(system).accounts()
    assert "the chart of accounts" in str(caught.value)
    assert len(system.requests) == 2


def test_wrong_keys_are_refused_in_words(connect, door, scripted):
    entrance = door(scripted(), httpx.Response(400, json={"error": "invalid_client"}))
    with pytest.raises(CredentialsRefused, match="XERO_CLIENT_SECRET") as caught:
        connect(entrance).accounts()
    assert caught.value.reason == "sign-in status 400 invalid_client"
    assert "the-client-secret" not in str(vars(caught.value))


def test_a_connection_with_broad_scopes_is_signed_in_with_those(connect, door, scripted):
    system = scripted(accounts())
    entrance = door(system, httpx.Response(400, json={"error": "invalid_scope"}))
    connect(entrance).accounts()
    assert "accounting.transactions" in parse_qs(entrance.requests[1].content.decode())["scope"][0].split()
    assert bearer(system.requests[0]) == "Bearer token-2"


def test_a_connection_without_the_rights_names_what_it_lacks(connect, door, scripted):
    entrance = door(scripted(), *[httpx.Response(400, json={"error": "invalid_scope"})] * 2)
    with pytest.raises(CredentialsRefused, match=r"accounting\.invoices, accounting\.contacts"):
        connect(entrance).accounts()


def test_granted_scopes_are_whole_words(connect, scripted):
    client = connect(scripted(accounts()))
    assert client.scopes is None
    client.accounts()
    assert client.scopes == {"accounting.invoices", "accounting.contacts.read"}
    assert "accounting.contacts" not in client.scopes


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(503),
        httpx.Response(429),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json={"token_type": "Bearer"}),
        httpx.Response(200, json={"access_token": "two\nlines"}),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("dropped"),
    ],
    ids=str,
)
def test_trouble_with_the_sign_in_means_that_a_write_was_not_sent(connect, door, scripted, trouble):
    system = scripted()
    entrance = door(system, *[trouble] * 4)
    with pytest.raises(SystemDown):
        connect(entrance).write("PUT", "/Invoices", b"{}", idempotency_key="k")
    assert system.requests == []


def test_a_sign_in_that_recovers_lets_the_write_through(connect, door, scripted):
    system = scripted(httpx.Response(200, json={"Invoices": []}))
    entrance = door(system, httpx.Response(503), httpx.ReadTimeout("slow"))
    connect(entrance).write("PUT", "/Invoices", b"{}", idempotency_key="k")
    assert len(system.requests) == 1


def test_the_sign_in_address_has_to_be_safe(connect, scripted, keys):
    unsafe = XeroAccess(**{**vars(keys), "identity_url": "http://identity.example.com/connect/token"})
    with pytest.raises(ValueError, match="https"):
        connect(scripted(), unsafe)


def test_secrets_do_not_show(connect, keys, scripted):
    client = connect(scripted(accounts()))
    client.accounts()
    told = repr(keys) + repr(client) + repr(vars(client)) + repr(vars(client._sign_in))
    for secret in ("the-client-secret", "token-1"):
        assert secret not in told
