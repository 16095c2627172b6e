"""The calls themselves.

What belongs here: sending a request, trying a read again, never sending a write twice, counting, logging. What does
not: endpoints, paging, and anything that only one of the systems does.
"""

from __future__ import annotations

import ipaddress
import logging
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx

from cwxero_dagster.transport.answer import Answer
from cwxero_dagster.transport.clock import Clock
from cwxero_dagster.transport.failures import CallFailed, LimitReached, MalformedAnswer, TransientFailure
from cwxero_dagster.transport.pace import Limits, Pace
from cwxero_dagster.transport.redaction import Redactor
from cwxero_dagster.transport.verdicts import LONGEST_WAIT, Judge, Lost

TRIES = 4
_FIRST_WAIT = 1.0
_LONGEST_BACKOFF = 20.0
TIMEOUT = httpx.Timeout(60.0, connect=10.0)

# Raised before the first byte of a request is on the wire.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)

log = logging.getLogger("cwxero")

Params = Iterable[tuple[str, str]]


def backoff(attempt: int, chance: float) -> float:
    """Seconds before the next try: doubling, capped, and spread by ``chance`` (0 to 1) over its upper half."""
    ceiling = min(_LONGEST_BACKOFF, _FIRST_WAIT * 2.0 ** (attempt - 1))
    return ceiling * (0.5 + chance / 2)


def is_loopback(host: str) -> bool:
    """Whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def checked_address(system: str, address: str) -> str:
    """``address`` without a trailing slash. Raises ``ValueError`` unless it is https, or http on this machine."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if not url.host or url.scheme not in {"https", "http"} or url.userinfo or url.query or url.fragment:
        message = f"the address set for {system} is not a plain web address such as https://api.example.com/path"
        raise ValueError(message)
    if url.scheme == "http" and not is_loopback(url.host):
        message = f"the address set for {system} must begin with https:// (http is for this machine only): {url.host}"
        raise ValueError(message)
    return address.rstrip("/")


class Transport:
    """All calls to one system. Safe to share between threads; close it, or use it as a context manager.

    ``also`` lists full addresses outside ``base_url`` that may be called with the same keys. ``keys`` names, for
    people, the settings that hold the credentials; ``secrets`` are values that must never be seen.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        *,
        limits: Limits,
        clock: Clock,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        also: Iterable[str] = (),
        keys: str = "its keys",
        secrets: Iterable[str] = (),
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.system = system
        self._base_url = checked_address(system, base_url)
        self._also = frozenset(checked_address(system, address) for address in also)
        self._limits = limits
        self._clock = clock
        self._pace = Pace(limits, clock)
        self._redactor = Redactor(secrets)
        self._judge = Judge(system, keys, self._redactor)
        self._chance = chance
        self._lock = threading.Lock()
        self._calls = 0
        self._day_remaining: int | None = None
        self._minute_remaining: int | None = None
        self._client = httpx.Client(
            auth=auth,
            headers={"user-agent": "cwxero", "accept": "application/json", **(headers or {})},
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
            # A web proxy is for the outside world: asked for a loopback address it would look on its own machine.
            trust_env=not is_loopback(httpx.URL(self._base_url).host),
            limits=httpx.Limits(max_connections=limits.concurrent + 1, max_keepalive_connections=limits.concurrent),
            event_hooks={"request": [self._count]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    @property
    def calls(self) -> int:
        """Requests tried so far: repeated tries and token requests count, as they do at the other end."""
        return self._calls

    @property
    def day_remaining(self) -> int | None:
        """Calls left today as the system last said; None where it never did."""
        return self._day_remaining

    @property
    def minute_remaining(self) -> int | None:
        """Calls left this minute as the system last said; None where it never did."""
        return self._minute_remaining

    def get(
        self, path: str, params: Params = (), headers: Mapping[str, str] | None = None, *, what: str = ""
    ) -> Answer:
        """Read. Tried up to four times where trying again can help; the answer's body is JSON.

        ``what`` names the thing that is asked for in messages to people. Raises any ``CallFailed`` but
        ``OutcomeUnknown``.
        """
        attempt = 1
        while True:
            request = self._request("GET", path, params, headers, b"")
            outcome = self._once(request)
            failure: CallFailed | None
            if isinstance(outcome, CallFailed):
                failure = outcome
            else:
                failure = self._judge.of_read(outcome, what or path, self._clock.now())
            if failure is None and isinstance(outcome, Answer):
                return outcome
            if failure is not None and not self._try_again(failure, attempt):
                raise failure
            attempt += 1

    def send(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        params: Params = (),
        headers: Mapping[str, str] | None = None,
        what: str = "",
        not_after: datetime | None = None,
    ) -> Answer:
        """Write ``body`` exactly as it is. One request, unless it was certainly not carried out.

        Certain are: it never left (no connection, no token), it was turned away at the door for a minute's or
        concurrency limit, or its token was stale (the sign-in renews it once). Then the identical bytes go again.
        Raises ``OutcomeUnknown`` for everything uncertain and ``LimitReached`` before sending while the day's reserve
        is touched. After ``not_after`` nothing leaves any more, however long a limit kept it waiting.
        """
        if self._day_remaining is not None and self._day_remaining <= self._limits.day_reserve:
            raise self._judge.reserve_reached(self._day_remaining)
        attempt = 1
        while True:
            request = self._request(method, path, params, headers, body)
            outcome = self._once(request, not_after)
            failure: CallFailed | None
            if isinstance(outcome, CallFailed):
                failure = outcome
            else:
                failure = self._judge.of_write(outcome, what or path, self._clock.now())
            if failure is None and isinstance(outcome, Answer):
                return outcome
            if failure is not None and not self._try_again(failure, attempt):
                raise failure
            attempt += 1

    def _try_again(self, failure: CallFailed, attempt: int) -> bool:
        """The one decision about another try; waits first where the answer is yes.

        A write's uncertain outcome is never a ``TransientFailure``, so it never gets here with another try.
        """
        if attempt >= TRIES or not isinstance(failure, TransientFailure | MalformedAnswer):
            return False
        wait = backoff(attempt, self._chance())
        if isinstance(failure, LimitReached):
            if failure.limit == "day" or (failure.retry_after or 0.0) > LONGEST_WAIT:
                return False
            # Everybody waits: the next call of another thread would meet the same limit and count against it.
            self._pace.hold(wait if failure.retry_after is None else failure.retry_after)
        else:
            self._clock.sleep(wait)
        log.warning("%s: %s; trying again (%d of %d)", self.system, failure.reason, attempt + 1, TRIES)
        return True

    def _request(
        self, method: str, path: str, params: Params, headers: Mapping[str, str] | None, body: bytes
    ) -> httpx.Request:
        if path not in self._also and ("://" in path or "?" in path or "#" in path):
            message = f"{path!r} is not a path below the address of {self.system}"
            raise ValueError(message)
        url = path if path in self._also else f"{self._base_url}/{path.lstrip('/')}"
        return self._client.build_request(
            method, url, params=list(params) or None, headers=headers, content=body if method != "GET" else None
        )

    def _once(self, request: httpx.Request, not_after: datetime | None = None) -> Answer | Lost | CallFailed:
        """One try. Failures of the sign-in come back as they are: then the request itself never left."""
        with self._pace.turn():
            if not_after is not None and self._clock.now() > not_after:
                return Lost("too late to be sent", never_left=True)
            started = self._clock.monotonic()
            outcome = self._exchange(request)
        elapsed = round((self._clock.monotonic() - started) * 1000)
        result = str(outcome.status) if isinstance(outcome, Answer) else outcome.reason
        log.log(
            logging.DEBUG if request.method == "GET" else logging.INFO,
            "%s %s %s: %s, %d ms",
            self.system,
            request.method,
            request.url.path,
            result,
            elapsed,
        )
        return outcome

    def _exchange(self, request: httpx.Request) -> Answer | Lost | CallFailed:
        try:
            response = self._client.send(request)
        except CallFailed as failure:
            return failure
        except httpx.RequestError as error:
            # Only the kind of error: some of httpx's texts quote the header that they stumbled on.
            reason = type(error).__name__
            failed_at_sign_in = error.request.url != request.url
            return Lost(reason, never_left=failed_at_sign_in or isinstance(error, _NEVER_LEFT))
        headers = {key.lower(): value for key, value in response.headers.items()}
        self._note_remaining(headers)
        # What is kept of an answer is kept for years: a proxy that repeats the request must not put its keys there.
        body = self._redactor.body(response.content, sent=response.request.headers.get("authorization", ""))
        return Answer(self.system, response.status_code, headers, body)

    def _note_remaining(self, headers: Mapping[str, str]) -> None:
        day, minute = headers.get("x-daylimit-remaining", ""), headers.get("x-minlimit-remaining", "")
        with self._lock:
            if day.isdigit():
                self._day_remaining = int(day)
            if minute.isdigit():
                self._minute_remaining = int(minute)

    def _count(self, _request: httpx.Request) -> None:
        with self._lock:
            self._calls += 1
