"""Requests and answers inside the sandbox, free of any web framework, and the clock both systems live by.

What belongs here: the small values that the simulated systems take and give, and the adapter that lets a test reach
them without a socket. What does not: routes, rules, state.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx


@dataclass(frozen=True)
class Request:
    """One HTTP request: decoded path, query pairs in order, lower-case header names, raw body."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw_query: str = ""

    def first(self, name: str, default: str | None = None) -> str | None:
        """First query value called ``name`` (names compare without regard to case)."""
        return next((value for key, value in self.query if key.lower() == name.lower()), default)

    def json(self) -> Any:
        """The body as JSON with exact decimals. Raises ``ValueError``."""
        return json.loads(self.body, parse_float=Decimal)


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_number(value: object) -> Any:
    """Decimals leave as JSON numbers, as both real systems send them."""
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    message = f"{type(value).__name__} is not JSON"
    raise TypeError(message)


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    body = json.dumps(value, default=json_number, ensure_ascii=False).encode()
    return Response(status, body, {"content-type": "application/json; charset=utf-8", **(headers or {})})


class Clock:
    """The sandbox's time. ``travel`` moves it forward, so that tests need not wait for tokens and keys to expire."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = 0.0 if start is None else start.timestamp() - time.time()
        self._frozen: float | None = None if start is None else start.timestamp()

    def now(self) -> datetime:
        """The moment, UTC. A clock with a start stands still until it travels."""
        seconds = time.time() + self._offset if self._frozen is None else self._frozen
        return datetime.fromtimestamp(seconds, UTC)

    def travel(self, seconds: float) -> None:
        """Move ahead."""
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """What happens inside happens at ``moment``: for events that were due before anybody looked."""
        offset, frozen = self._offset, self._frozen
        self._frozen = moment.timestamp()
        try:
            yield
        finally:
            self._offset, self._frozen = offset, frozen


Handler = Callable[[Request], Response]


def from_httpx(request: httpx.Request) -> Request:
    """A sandbox request from a client's request."""
    raw_query = request.url.query.decode("ascii")
    return Request(
        method=request.method,
        path=unquote(request.url.raw_path.split(b"?", 1)[0].decode("ascii")),
        query=tuple(parse_qsl(raw_query, keep_blank_values=True)),
        headers={key.lower(): value for key, value in request.headers.items()},
        body=request.read(),
        raw_query=raw_query,
    )


def transport(handler: Handler) -> httpx.MockTransport:
    """An httpx transport that answers from ``handler`` without a socket."""

    def answer(request: httpx.Request) -> httpx.Response:
        response = handler(from_httpx(request))
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)

    return httpx.MockTransport(answer)
