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


EACH = "each request"


@dataclass(frozen=True)
class Outage:
    """One disturbance of the request named ``at``, or of it and all that follow until the run ends (``lasts``).

    ``EACH`` stands for each request, whenever it is made for the first time.
    """

    at: str
    kind: str
    lasts: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {'from' if self.lasts else 'at'} {self.at}{' on' if self.lasts else ''}"


REQUEST_KINDS = (
    "dropped", "lost", "timed out", "commits late", "minute limit", "day limit", "concurrency limit", "app limit",
    "500", "500 after", "503", "malformed", "token expired", "killed before", "killed after",
)  # fmt: skip
COMMIT_KINDS = ("killed before commit", "killed after commit")

LIES = ("refused", "not found", "empty")
"""Answers that a system gives, and that are not true."""
_EITHER = ("dropped", "lost", "timed out", "500", "503", "malformed")
ONCE = {
    "connectwise": (*_EITHER, "too many", "too many for long", *LIES),
    "xero": (*_EITHER, "500 after", "minute limit", "day limit", "concurrency limit", "app limit", "token expired"),
}
"""What may befall one request of a system."""
LASTING = {
    "connectwise": ("dropped", "malformed", "too many for long", *LIES),
    "xero": ("dropped", "lost", "malformed", "day limit", "token expired"),
}
"""What may begin with one request and last until the run ends."""

_LIMITS = {
    "minute limit": {"Retry-After": "17", "X-Rate-Limit-Problem": "minute"},
    "day limit": {"Retry-After": "43000", "X-Rate-Limit-Problem": "day"},
    "concurrency limit": {"X-Rate-Limit-Problem": "concurrent"},
    "app limit": {"Retry-After": "9", "X-Rate-Limit-Problem": "appminute"},
}
_BROKEN = {"title": "An error occurred", "detail": "An error occurred in Xero."}
_TOO_MANY = {"error": "ConnectWiseAPI", "message": "Too many requests. Please try again in 30 seconds."}
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
        if kind == "commits late":
            if request.method != "GET":
                self._xero.delay_next_write(strike.seconds)
            # A write that commits late is taken in here, and its connection closes at once.
            self._xero.handle(request)
            raise Dropped
        answer = disturbed(kind, request, self._xero.handle, self._clock)
        if kind == "killed after":
            raise Killed
        return answer


def disturbed(kind: str, request: Request, process: Callable[[Request], Response], clock: Clock) -> Response:
    """The answer to ``request`` under one of ``ONCE`` or ``LASTING``. Raises as a connection does that fails."""
    if kind in _LIMITS:
        return json_response(429, {"Title": "Too Many Requests", "Status": 429}, _LIMITS[kind])
    match kind:
        case "dropped":
            raise Dropped
        case "500" | "503":
            return json_response(int(kind), _BROKEN)
        case "too many":
            return json_response(429, _TOO_MANY, {"retry-after": "30"})
        case "too many for long":
            return json_response(429, _TOO_MANY, {"retry-after": "900"})
        case "token expired":
            return json_response(401, _EXPIRED)
        case "refused":
            return json_response(
                401, {"code": "Unauthorized", "message": "Invalid company, public key or private key."}
            )
        case "not found":
            return Response(404)
        case "empty":
            return json_response(200, [])
    answer = process(request)
    match kind:
        case "lost":
            raise Dropped
        case "timed out":
            clock.travel(TIMEOUT)
            raise httpx.ReadTimeout("timed out")
        case "500 after":
            return json_response(500, _BROKEN)
        case "malformed":
            return Response(answer.status, answer.body[: len(answer.body) // 2] or b"<html>", answer.headers)
    return answer
