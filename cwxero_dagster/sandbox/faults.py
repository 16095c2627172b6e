"""Planned faults: what goes wrong between the product and a simulated system, on which request, and how.

What belongs here: the plan, its file format, and what each kind of fault does to a request. What does not: the limits
and refusals that a system has of its own accord (they live with the system).

A faults file is a JSON list of objects with the fields of ``Fault``::

    [{"system": "xero", "kind": "lose", "method": "PUT", "path_contains": "/Invoices", "nth": 2},
     {"system": "connectwise", "kind": "status", "path_contains": "purchaseorders", "status": 200, "body": []}]
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cwxero_dagster.sandbox.wire import Request, Response

SYSTEMS = ("connectwise", "xero")
KINDS = {
    "before": "the connection closes before the request is processed",
    "lose": "the request is processed, then the connection closes: the answer is lost",
    "status": "the request is not processed; `status`, `headers`, `body` are the answer (200 and []: an empty list)",
    "malformed": "the request is processed and half of the answer arrives, with its status",
    "slow": "the request is processed and the answer takes `seconds`",
}


class Dropped(httpx.RemoteProtocolError):
    """The connection closes without an answer.

    A server closes the socket when it sees this. It is httpx's own error so that a client over the in-process
    transport sees exactly what it would see over a socket.
    """

    def __init__(self) -> None:
        super().__init__("Server disconnected without sending a response.")


class FaultFileError(ValueError):
    """The faults file cannot be used. The message names the file, the entry, the value found and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One planned fault: it strikes the ``nth`` request that matches, and ``times - 1`` matching ones after it."""

    system: str
    """``connectwise`` or ``xero``."""
    kind: str
    """One of ``KINDS``."""
    method: str = "*"
    """HTTP method, or ``*`` for any."""
    path_contains: str = ""
    """Part of the path; upper and lower case differ. Blank matches every path."""
    nth: int = 1
    """1 is the next request that matches."""
    times: int | None = 1
    """How many matching requests in a row are struck; None (``null``) is all from there on."""
    status: int = 503
    """HTTP status of kind ``status``."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of kind ``status``, such as ``Retry-After``."""
    body: Any = ""
    """Body of kind ``status``: text is sent as it is, anything else as JSON."""
    seconds: float = 0.0
    """Delay of kind ``slow``."""

    def matches(self, system: str, request: Request) -> bool:
        """Whether the fault is about this request at all."""
        return system == self.system and self.method in ("*", request.method) and (self.path_contains in request.path)

    def answer(self) -> Response:
        """The answer of kind ``status``."""
        if isinstance(self.body, str):
            return Response(self.status, self.body.encode(), dict(self.headers))
        return Response(
            self.status, json.dumps(self.body).encode(), {"content-type": "application/json", **self.headers}
        )


class FaultPlan:
    """A list of faults, each with its own count of matching requests. Thread-safe.

    A request is struck by the first fault in the list that is due; all faults that match it count it.
    """

    def __init__(self, faults: tuple[Fault, ...] = (), *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._lock = threading.Lock()
        self._sleep = sleep
        self._planned: list[tuple[Fault, list[int]]] = []
        self.struck: list[tuple[Fault, str, str]] = []
        """What happened so far: the fault, the method and the path, in order."""
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Plan one more fault; its count starts now."""
        with self._lock:
            self._planned.append((fault, [0]))

    def clear(self) -> None:
        """Forget the faults that are still planned."""
        with self._lock:
            self._planned.clear()

    @property
    def planned(self) -> tuple[Fault, ...]:
        """Faults that can still strike."""
        with self._lock:
            return tuple(fault for fault, (seen,) in self._planned if _can_strike(fault, seen))

    def around(self, system: str, request: Request, process: Callable[[Request], Response]) -> Response:
        """The answer of ``process`` to the request, or what the planned fault makes of it. Raises ``Dropped``."""
        fault = self._due(system, request)
        if fault is None:
            return process(request)
        if fault.kind == "before":
            raise Dropped
        if fault.kind == "status":
            return fault.answer()
        response = process(request)
        if fault.kind == "lose":
            raise Dropped
        if fault.kind == "malformed":
            return Response(response.status, response.body[: len(response.body) // 2] or b"<html>", response.headers)
        self._sleep(fault.seconds)
        return response

    def _due(self, system: str, request: Request) -> Fault | None:
        due: Fault | None = None
        with self._lock:
            for fault, count in self._planned:
                if not fault.matches(system, request):
                    continue
                count[0] += 1
                if (
                    due is None
                    and count[0] >= fault.nth
                    and (fault.times is None or count[0] < fault.nth + fault.times)
                ):
                    due = fault
                    self.struck.append((fault, request.method, request.path))
        return due

    @classmethod
    def load(cls, path: Path) -> FaultPlan:
        """The plan in a JSON file. Raises ``FaultFileError``."""
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{path}: cannot be read ({error.strerror}). Give the path of a JSON file with a list of faults."
            raise FaultFileError(message) from None
        except UnicodeDecodeError:
            message = f"{path}: is not UTF-8 text. Save the file as UTF-8."
            raise FaultFileError(message) from None
        except json.JSONDecodeError as error:
            message = f"{path}, line {error.lineno}, column {error.colno}: is not JSON ({error.msg})."
            raise FaultFileError(message) from None
        if not isinstance(entries, list):
            message = f"{path}: holds a JSON {_kind_of(entries)}; allowed is a list of faults, [] for none."
            raise FaultFileError(message)
        return cls(tuple(_fault(f"{path}, fault {position}", entry) for position, entry in enumerate(entries, 1)))


def _can_strike(fault: Fault, seen: int) -> bool:
    return fault.times is None or seen < fault.nth + fault.times - 1


_METHODS = ("*", "GET", "POST", "PUT", "PATCH", "DELETE")
_ALLOWED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "system": (lambda value: value in SYSTEMS, " or ".join(SYSTEMS)),
    "kind": (lambda value: isinstance(value, str) and value in KINDS, ", ".join(KINDS)),
    "method": (lambda value: value in _METHODS, ", ".join(_METHODS)),
    "path_contains": (lambda value: isinstance(value, str), "text"),
    "nth": (lambda value: _whole(value, 1), "a whole number from 1"),
    "times": (lambda value: value is None or _whole(value, 1), "a whole number from 1, or null for all that follow"),
    "status": (lambda value: _whole(value, 200) and value <= 599, "a whole number from 200 to 599"),
    "headers": (
        lambda value: isinstance(value, dict) and all(isinstance(text, str) for text in value.values()),
        "an object of texts",
    ),
    "body": (lambda value: True, "anything"),
    "seconds": (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 600,
        "a number from 0 to 600",
    ),
}


def _fault(where: str, entry: object) -> Fault:
    if not isinstance(entry, dict):
        message = f"{where}: is a JSON {_kind_of(entry)}; allowed is an object with the fields {', '.join(_ALLOWED)}."
        raise FaultFileError(message)
    for name in ("system", "kind"):
        if name not in entry:
            message = f'{where}: has no "{name}"; allowed: {_ALLOWED[name][1]}.'
            raise FaultFileError(message)
    for name, value in entry.items():
        if name not in _ALLOWED:
            message = f'{where}: unknown field "{name}"; allowed: {", ".join(_ALLOWED)}.'
            raise FaultFileError(message)
        accepts, allowed = _ALLOWED[name]
        if not accepts(value):
            message = f'{where}, field "{name}": {json.dumps(value)} is not allowed; allowed: {allowed}.'
            raise FaultFileError(message)
    return Fault(**entry)


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    return {dict: "object", list: "list", str: "text", bool: "true/false"}.get(type(value), "number")
