"""No key and no token is in the home or in anything that a command says, whatever the systems answer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command_line import Firm

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.wire import Request, Response
from cwxero_dagster.sandbox.xero.identity import Identity

CYCLE = "2026-06"
BASIC = (
    f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}:{credentials.CONNECTWISE_PRIVATE_KEY}",
    f"{credentials.XERO_CLIENT_ID}:{credentials.XERO_CLIENT_SECRET}",
)
SECRETS = [
    credentials.CONNECTWISE_PRIVATE_KEY,
    credentials.XERO_CLIENT_SECRET,
    *(base64.b64encode(pair.encode()).decode() for pair in BASIC),
]

SENT_BACK = {"Message": "no", "Sent": {"client_secret": credentials.XERO_CLIENT_SECRET}}


def kept(home: Path) -> list[tuple[str, bytes]]:
    """Everything in the home: each file as it is, and the warehouse's tables in words besides, as pages compress."""
    found = [(str(file), file.read_bytes()) for file in home.rglob("*") if file.is_file()]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.sql("select table_schema, table_name from information_schema.tables").fetchall()
        for schema, table in tables:
            rows = connection.sql(f'select * from "{schema}"."{table}"').fetchall()
            found.append((f"{schema}.{table}", repr(rows).encode()))
    return found


def test_no_secret_is_kept_or_said(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: list[str] = []
    issue = Identity.token

    def noting(self: Identity, request: Request) -> Response:
        answer = issue(self, request)
        tokens.extend(value for name, value in _body(answer).items() if name == "access_token")
        return answer

    monkeypatch.setattr(Identity, "token", noting)
    # The first write is refused, so that an answer is kept with whatever stands in it.
    firm.fault("xero", method="PUT", path_contains="/Invoices", status=400, body=SENT_BACK)
    told = [firm.sync(CYCLE)]
    firm.faults.clear()
    told.append(firm.sync(CYCLE))
    assert tokens
    echo = {"Message": "it failed", "Request": {"Authorization": f"Bearer {tokens[-1]}", "Body": [*SECRETS, *BASIC]}}
    for system, path in (("connectwise", "purchaseorders"), ("xero", "/Invoices"), ("xero", "/connect/token")):
        for status in (400, 500):
            firm.fault(system, path_contains=path, status=status, body=echo)
            told.append(firm.sync(CYCLE))
            assert told[-1].status in {2, 3}, told[-1].err
            firm.faults.clear()
    for name, value in (
        ("XERO_CLIENT_SECRET", credentials.XERO_CLIENT_SECRET[:-1]),
        ("XERO_TENANT_ID", "99999999-2222-4333-8444-555555555555"),
        ("CONNECTWISE_PRIVATE_KEY", credentials.CONNECTWISE_PRIVATE_KEY[:-1]),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            told += [firm.sync(CYCLE), firm.tell("doctor")]
            assert [one.status for one in told[-2:]] == [2, 2]
    told += [firm.tell("explain", "PO-1041"), firm.tell("cases", "--json")]
    said = "".join(one.out + one.err for one in told)
    places = [("what the commands said", said.encode()), *kept(firm.home)]
    for secret in [*SECRETS, *BASIC, *tokens]:
        assert [place for place, content in places if secret.encode() in content] == []


def _body(answer: Response) -> dict[str, Any]:
    body = answer.body
    loaded = json.loads(body) if isinstance(body, bytes | str) else body
    return loaded if isinstance(loaded, dict) else {}
