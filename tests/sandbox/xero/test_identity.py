"""Tokens, scopes, organisations, and what is asked of every request."""

from __future__ import annotations

from typing import Any

import pytest

from cwxero_dagster.sandbox import credentials

TOKEN = "/connect/token"


def test_a_token_opens_the_api_for_thirty_minutes(firm: Any) -> None:
    answer = firm.sign_in()
    assert answer.json()["expires_in"] == 1800
    assert answer.json()["token_type"] == "Bearer"

    firm.clock.travel(1799)
    assert firm.call("GET", "Organisation").status_code == 200
    firm.clock.travel(1)
    late = firm.call("GET", "Organisation")
    assert late.status_code == 401
    assert late.json()["Detail"].startswith("TokenExpired")


def test_a_wrong_secret_is_an_invalid_client(firm: Any) -> None:
    answer = firm.client.post(TOKEN, data={"grant_type": "client_credentials"}, auth=("SANDBOXCLIENTID", "nope"))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


def test_credentials_may_stand_in_the_form(firm: Any) -> None:
    form = {"client_id": credentials.XERO_CLIENT_ID, "client_secret": credentials.XERO_CLIENT_SECRET}
    assert firm.client.post(TOKEN, data={**form, "grant_type": "client_credentials"}).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "accounting.invoices payroll.employees"}, "invalid_scope"),
        ({"scope": "accounting.settings"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused_for(form: dict[str, str], error: str, firm: Any) -> None:
    answer = firm.sign_in(**form)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_scope_that_was_not_asked_for_is_missing_and_that_is_a_401(firm: Any, sample: Any) -> None:
    firm.sign_in(scope="accounting.contacts")
    assert firm.call("GET", "Contacts").status_code == 200
    answer = firm.call("PUT", "Invoices", {"Invoices": [sample.bill()]})
    assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthorizationUnsuccessful")
    assert list(firm.store.all("xero.invoices")) == []


@pytest.mark.parametrize("path", ["Invoices", "CreditNotes", "PurchaseOrders", "Payments"])
def test_a_read_scope_reads_and_the_broad_old_scope_does_both(path: str, make: Any) -> None:
    read = make(scopes=("accounting.transactions.read",))
    assert read.call("GET", path).status_code == 200
    assert read.call("PUT", path, {}).status_code == 401
    assert make(scopes=("accounting.transactions",)).call("PUT", path, {}).status_code != 401


@pytest.mark.parametrize("path", ["Organisation", "Accounts", "TaxRates", "TrackingCategories", "Currencies"])
def test_settings_have_a_scope_of_their_own(path: str, make: Any) -> None:
    assert make(scopes=("accounting.invoices",)).call("GET", path).status_code == 401


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer nope", "Basic abc"])
def test_no_token_or_an_unknown_one_is_a_401(token: str, firm: Any) -> None:
    answer = firm.call("GET", "Organisation", headers={"authorization": token})
    assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthenticationUnsuccessful")


def test_a_revoked_token_is_worthless_and_a_new_one_works(firm: Any) -> None:
    firm.xero.identity.revoke_all()
    assert firm.call("GET", "Organisation").status_code == 401
    firm.sign_in()
    assert firm.call("GET", "Organisation").status_code == 200


def test_the_organisations_id_is_optional_but_a_wrong_one_is_forbidden(firm: Any) -> None:
    def status(tenant: str) -> int:
        return int(firm.call("GET", "Organisation", headers={"xero-tenant-id": tenant}).status_code)

    assert status("") == 200
    assert status(credentials.XERO_TENANT_ID) == 200
    assert status("11111111-2222-4333-8444-000000000000") == 403


def test_the_organisations_id_is_required_where_the_switch_says_so(make: Any) -> None:
    assert make(tenant_header_required=True).call("GET", "Organisation").status_code == 403


def test_the_connection_names_the_organisation(firm: Any) -> None:
    (connection,) = firm.client.get("/connections", headers={"authorization": f"Bearer {firm.token}"}).json()
    assert connection["tenantId"] == credentials.XERO_TENANT_ID
    assert (connection["tenantName"], connection["tenantType"]) == ("Test Firm", "ORGANISATION")
    assert firm.client.get("/connections").status_code == 401


@pytest.mark.parametrize("accept", ["", "*/*", "application/xml"])
def test_who_forgets_to_accept_json_gets_no_json_and_writes_nothing(accept: str, firm: Any, sample: Any) -> None:
    headers = {"authorization": f"Bearer {firm.token}", "accept": accept or "text/plain"}
    answer = firm.client.put("/api.xro/2.0/Invoices", json={"Invoices": [sample.bill()]}, headers=headers)
    assert answer.status_code == 406
    assert answer.content.startswith(b"<?xml")
    assert list(firm.store.all("xero.invoices")) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "Nonsense", 404),
        ("GET", "Invoices/", 404),
        ("GET", "Invoices/00000000-0000-4000-8000-000000000099", 404),
        ("GET", "Invoices/INV-404", 404),
        ("GET", "Organisation/Nonsense", 404),
        ("DELETE", "Invoices", 405),
        ("DELETE", "Contacts", 405),
        ("DELETE", "PurchaseOrders", 405),
        ("PUT", "Invoices/INV-1", 405),
        ("PUT", "Accounts", 401),
        ("PUT", "Payments", 401),
    ],
)
def test_addresses_that_do_not_exist_or_take_another_method(method: str, path: str, status: int, firm: Any) -> None:
    assert firm.call(method, path).status_code == status


def test_only_people_pay(make: Any) -> None:
    firm = make(scopes=("accounting.payments",))
    assert firm.call("PUT", "Payments", {"Payments": [{}]}).status_code == 405
    assert firm.xero.complaints == ["PUT /api.xro/2.0/Payments: payments are made by people"]


def test_unknown_query_parameters_are_ignored_and_complained_of(firm: Any) -> None:
    firm.get("Invoices", pagesize=10, pag=1)
    assert firm.xero.complaints == ["GET /api.xro/2.0/Invoices: unknown parameter pag"]


def test_every_request_is_listed_with_its_status(firm: Any) -> None:
    firm.call("GET", "Invoices", page=1)
    firm.call("GET", "Nonsense")
    assert [(one.method, one.path, one.query, one.status) for one in firm.xero.seen] == [
        ("POST", TOKEN, "", 200),
        ("GET", "/api.xro/2.0/Invoices", "page=1", 200),
        ("GET", "/api.xro/2.0/Nonsense", "", 404),
    ]
