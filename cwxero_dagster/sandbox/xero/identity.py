"""Tokens and connections: who is calling, and for which organisation.

What belongs here: the token endpoint of a custom connection, the check of a token, the list of connections. What does
not: what a scope opens (the endpoints say so themselves).
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.wire import Request, Response, json_response
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.refusals import RequestRefusedError, gateway, unauthorised

_LIFETIME = 1800
_CONNECTION_ID = "22222222-3333-4444-8555-666666666666"
_CONNECTED = "2026-01-05T09:00:00.0000000"


@dataclass(frozen=True)
class _Token:
    expires: datetime
    scopes: frozenset[str]


class Identity:
    """Issues and checks tokens of the one app; a token lives 30 minutes of the sandbox's clock and lives in memory."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._tokens: dict[str, _Token] = {}

    def token(self, request: Request) -> Response:
        """``POST /connect/token``: client credentials in the Basic header, or in the form as the official SDK does."""
        if request.method != "POST":
            return json_response(405, {"error": "invalid_request"})
        if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
            return json_response(400, {"error": "invalid_request"})
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if _client_of(request, form) != (credentials.XERO_CLIENT_ID, credentials.XERO_CLIENT_SECRET):
            return json_response(400, {"error": "invalid_client"})
        if form.get("grant_type") != "client_credentials":
            return json_response(400, {"error": "unsupported_grant_type"})
        granted = frozenset(self._books.switches.scopes)
        asked = frozenset(form.get("scope", "").split()) or granted
        if not asked <= granted:
            return json_response(400, {"error": "invalid_scope"})
        text = secrets.token_urlsafe(32)
        now = self._books.clock.now()
        with self._books.store.lock:
            self._tokens = {key: token for key, token in self._tokens.items() if token.expires > now}
            self._tokens[text] = _Token(now + timedelta(seconds=_LIFETIME), asked)
        body = {"access_token": text, "expires_in": _LIFETIME, "token_type": "Bearer", "scope": " ".join(sorted(asked))}
        return json_response(200, body, {"cache-control": "no-store"})

    def scopes_of(self, request: Request) -> frozenset[str]:
        """Scopes of the caller's token. Raises the 401 for an absent, unknown or expired one."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        token = self._tokens.get(text.strip())
        if kind != "Bearer" or token is None:
            raise unauthorised("AuthenticationUnsuccessful")
        if token.expires <= self._books.clock.now():
            expired = f"TokenExpired: token expired at {token.expires:%m/%d/%Y %H:%M:%S}"
            raise unauthorised(expired)
        return token.scopes

    def revoke_all(self) -> None:
        """Make every token that was issued worthless, as when the connection is re-authorised."""
        self._tokens.clear()

    def connections(self, request: Request) -> Response:
        """``GET /connections``: the one organisation."""
        try:
            self.scopes_of(request)
        except RequestRefusedError as refusal:
            return refusal.response()
        if request.method != "GET":
            return gateway(405, "Method Not Allowed", f"{request.method} is not supported here").response()
        connection: dict[str, Any] = {
            "id": _CONNECTION_ID,
            "authEventId": None,
            "tenantId": credentials.XERO_TENANT_ID,
            "tenantType": "ORGANISATION",
            "tenantName": self._books.organisation["Name"],
            "createdDateUtc": _CONNECTED,
            "updatedDateUtc": _CONNECTED,
        }
        return json_response(200, [connection])

    def check_tenant(self, request: Request) -> None:
        """The organisation's id, where it is sent, must be the connected one. Raises the 403."""
        named = request.headers.get("xero-tenant-id")
        if named is None and not self._books.switches.tenant_header_required:
            return
        if (named or "").lower() != credentials.XERO_TENANT_ID:
            raise gateway(403, "Forbidden", "AuthenticationUnsuccessful")


def _client_of(request: Request, form: dict[str, str]) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind != "Basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret
