"""Signing in to Xero as a custom connection.

What belongs here: fetching and renewing the token (OAuth2 client_credentials). What does not: the calls that carry it
(``client``), and keeping it anywhere but in memory.

Source: xero_api.md, section 4: a token lives thirty minutes and there is no refresh token; connections made before
29 April 2026 hold broad scopes, later ones granular ones; asking for a scope that a connection lacks is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from cwxero_dagster.transport import Answer, CallFailed, Clock, CredentialsRefused, SystemDown
from cwxero_dagster.transport.calls import checked_address
from cwxero_dagster.transport.redaction import Redactor

SYSTEM = "Xero"
KEYS = "XERO_CLIENT_ID and XERO_CLIENT_SECRET"
SCOPES = (
    "accounting.invoices",
    "accounting.contacts",
    "accounting.settings.read",
    "accounting.attachments",
    "accounting.payments.read",
)
BROAD_SCOPES = ("accounting.transactions", "accounting.contacts", "accounting.settings.read", "accounting.attachments")
"""The same rights as connections from before 29 April 2026 hold them: transactions cover bills and payments."""

_LIFETIME = 1_800.0
_USED_UP = 0.9
"""The part of its life after which a token counts as used up, so that none ends on its way."""


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    used_up: float
    scopes: frozenset[str]


class SignIn(httpx.Auth):
    """Puts a token on every request, renews it before it ends, and once more when Xero turns it away.

    One thread fetches while the others wait. A request that is turned away a second time goes back as it is (401);
    the transport makes a failure of it.
    """

    def __init__(self, identity_url: str, client_id: str, client_secret: str, *, clock: Clock) -> None:
        self._url = checked_address(SYSTEM, identity_url)
        self._basic = httpx.BasicAuth(client_id, client_secret)
        self._redactor = Redactor((client_secret,))
        self._clock = clock
        self._lock = threading.Lock()
        self._wanted: tuple[str, ...] = SCOPES
        self._token: _Token | None = None

    def __repr__(self) -> str:
        return f"SignIn({self._url})"

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes that the token in use was granted, each a whole word; None before the first sign-in."""
        return None if self._token is None else self._token.scopes

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sends ``request`` with a token; see the class."""
        token = yield from self._valid(None)
        request.headers["authorization"] = f"Bearer {token.value}"
        response = yield request
        if response.status_code != 401:
            return
        token = yield from self._valid(token)
        request.headers["authorization"] = f"Bearer {token.value}"
        yield request

    def _valid(self, refused: _Token | None) -> Generator[httpx.Request, httpx.Response, _Token]:
        with self._lock:
            token = self._token
            if token is None or token is refused or self._clock.monotonic() >= token.used_up:
                token = yield from self._fetch()
                self._token = token
            return token

    def _fetch(self) -> Generator[httpx.Request, httpx.Response, _Token]:
        answer = yield from self._ask()
        if answer.status == 400 and _error(answer) == "invalid_scope" and self._wanted is SCOPES:
            self._wanted = BROAD_SCOPES
            answer = yield from self._ask()
        if answer.status != 200:
            raise self._failure(answer)
        try:
            value = answer.json()
        except ValueError:
            value = None
        word = value.get("access_token") if isinstance(value, dict) else None
        if not isinstance(word, str) or not word.isascii() or not word.isprintable() or not word:
            raise self._down(answer, "a sign-in answer without a token")
        granted = value.get("scope")
        scopes = frozenset(granted.split()) if isinstance(granted, str) else frozenset(self._wanted)
        lifetime = value.get("expires_in")
        seconds = float(lifetime) if isinstance(lifetime, int) and lifetime > 0 else _LIFETIME
        return _Token(word, self._clock.monotonic() + seconds * _USED_UP, scopes)

    def _ask(self) -> Generator[httpx.Request, httpx.Response, Answer]:
        body = urlencode({"grant_type": "client_credentials", "scope": " ".join(self._wanted)}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        request = httpx.Request("POST", self._url, headers=headers, content=body)
        response = yield next(self._basic.auth_flow(request))
        response.read()
        answer_headers = {key.lower(): value for key, value in response.headers.items()}
        return Answer(SYSTEM, response.status_code, answer_headers, response.content)

    def _failure(self, answer: Answer) -> CallFailed:
        if answer.status >= 500 or answer.status == 429:
            return self._down(answer, f"sign-in status {answer.status}")
        error = _error(answer)
        if error == "invalid_scope":
            sentence = (
                "Xero signed nobody in: this custom connection does not hold the rights that are needed. Nothing was "
                f"done. In Xero's developer portal give it the scopes {', '.join(SCOPES)}, authorise it again, then "
                "run `cwxero doctor`."
            )
        else:
            sentence = (
                "Xero did not accept the keys of the custom connection. This changed nothing in Xero. Check "
                f"{KEYS}, and in Xero's developer portal that the connection is still authorised, then run `cwxero "
                "doctor`."
            )
        return CredentialsRefused(
            SYSTEM,
            sentence,
            status=answer.status,
            reason=f"sign-in status {answer.status} {error}".strip(),
            body_excerpt=self._redactor.excerpt(answer.body),
        )

    def _down(self, answer: Answer, reason: str) -> SystemDown:
        sentence = (
            "Xero's sign-in has trouble. Nothing was sent, nothing was lost. Run the same again in a few minutes; it "
            "continues where it stopped."
        )
        return SystemDown(SYSTEM, sentence, status=answer.status, reason=reason)


def _error(answer: Answer) -> str:
    """The error word of an OAuth2 answer, ``""`` where there is none."""
    try:
        value = answer.json()
    except ValueError:
        return ""
    word = value.get("error") if isinstance(value, dict) else None
    return word if isinstance(word, str) and word.replace("_", "").isalpha() else ""
