"""What can go wrong with one request, or with the process around it, and the wire on which it goes wrong.

What belongs here: striking the n-th request to Xero, or the n-th commit of the ledger. What does not: choosing what
strikes when (schedules), and what has to come of it (the tests).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from cwxero_dagster.sandbox.faults import Dropped
from cwxero_dagster.sandbox.wire import Clock, Request, Response, json_response
from cwxero_dagster.sandbox.xero import Xero

TIMEOUT = 60.0
"""Seconds after which the product gives an answer up."""


class Killed(BaseException):
    """The process ends here, as SIGKILL ends it: what was committed stays, and nothing else runs."""


@dataclass(frozen=True)
class Strike:
    """One disturbance of the ``at``-th request or commit of a whole history (1 is the first)."""

    at: int
    kind: str
    seconds: float = 0.0
    """For a late commit: how long after the connection was lost."""

    def __str__(self) -> str:
        return f"{self.kind}@{self.at}" + (f"+{self.seconds:.0f}s" if self.seconds else "")


REQUEST_KINDS = (
    "dropped", "lost", "timed out", "commits late", "minute limit", "day limit", "concurrency limit", "app limit",
    "500", "500 after", "503", "malformed", "token expired", "killed before", "killed after",
)  # fmt: skip
COMMIT_KINDS = ("killed before commit", "killed after commit")

_LIMITS = {
    "minute limit": {"Retry-After": "17", "X-Rate-Limit-Problem": "minute"},
    "day limit": {"Retry-After": "43000", "X-Rate-Limit-Problem": "day"},
    "concurrency limit": {"X-Rate-Limit-Problem": "concurrent"},
    "app limit": {"Retry-After": "9", "X-Rate-Limit-Problem": "appminute"},
}
_BROKEN = {"title": "An error occurred", "detail": "An error occurred in Xero."}
_EXPIRED = {"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"}


class Wire:
    """Carries requests to the simulated Xero, and strikes as planned. ``people`` are asked before every request."""

    def __init__(self, xero: Xero, clock: Clock, people: Callable[[int, Request], None] = lambda _n, _r: None) -> None:
        self._xero = xero
        self._clock = clock
        self._people = people
        self.plan: dict[int, Strike] = {}
        self.seen: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.seen.append(f"{request.method} {request.path}")
        number = len(self.seen)
        self._people(number, request)
        strike = self.plan.get(number)
        return self._struck(strike, request) if strike else self._xero.handle(request)

    def _struck(self, strike: Strike, request: Request) -> Response:
        kind = strike.kind
        if kind == "killed before":
            raise Killed
        if kind in _LIMITS:
            return json_response(429, {"Title": "Too Many Requests", "Status": 429}, _LIMITS[kind])
        if kind in {"500", "503"}:
            return json_response(int(kind), _BROKEN)
        if kind == "token expired":
            return json_response(401, _EXPIRED)
        if kind == "commits late" and request.method != "GET":
            self._xero.delay_next_write(strike.seconds)
        if kind in {"dropped", "commits late"}:
            # A write that commits late is taken in here, and its connection closes at once.
            if kind == "commits late":
                self._xero.handle(request)
            raise Dropped
        answer = self._xero.handle(request)
        if kind == "killed after":
            raise Killed
        if kind == "lost":
            raise Dropped
        if kind == "timed out":
            self._clock.travel(TIMEOUT)
            raise httpx.ReadTimeout("timed out")
        if kind == "500 after":
            return json_response(500, _BROKEN)
        return Response(answer.status, answer.body[: len(answer.body) // 2] or b"<html>", answer.headers)
