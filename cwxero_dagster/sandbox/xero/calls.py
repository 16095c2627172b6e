"""One call of the accounting API, as the endpoints see it, and what an endpoint is.

What belongs here: reading the call: flags, elements of the body. What does not: tokens, limits, idempotency
(service.py), which have let the call through already.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, Protocol

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.wire import Request
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.fields import elements_of
from cwxero_dagster.sandbox.xero.refusals import bad_request, unreadable

Answer = tuple[int, Document]
"""Status, and the body without the envelope."""


@dataclass(frozen=True)
class Call:
    """One call: method, the parts of the path behind the endpoint's name, and the request itself."""

    method: str
    rest: tuple[str, ...]
    request: Request

    @property
    def where(self) -> str:
        """Method and address, for complaints."""
        return f"{self.method} {self.request.path}"

    @property
    def places(self) -> int:
        """Decimals of unit amounts: two, unless ``unitdp=4`` asks for four."""
        return 4 if self.request.first("unitdp") == "4" else 2

    @property
    def summarises(self) -> bool:
        """False only for ``summarizeErrors=false``; leaving it out summarises, whatever the published schema says."""
        return (self.request.first("summarizeErrors") or "true").lower() != "false"

    def elements(self, collection: str, largest: int) -> list[Document]:
        """Objects of the body: ``{"Invoices": [...]}``, or one object on its own. Raises the 400."""
        body = self.body()
        found = elements_of(body[collection]) if collection in body else [body]
        if not found:
            raise unreadable("{} must hold a list of objects", collection)
        if len(found) > largest:
            raise bad_request(10, "ValidationException", f"A request can hold at most {largest} {collection}")
        return found

    def body(self) -> Document:
        """The body, a JSON object with exact decimals. Raises the 400."""
        if "json" not in self.request.headers.get("content-type", ""):
            raise unreadable("Data at the root level is invalid. Send JSON with Content-Type application/json.")
        try:
            body = json.loads(self.request.body, parse_float=Decimal, parse_constant=_no_constant)
        except ValueError:
            raise unreadable("JSON for post data was invalid") from None
        if not isinstance(body, dict):
            raise unreadable("JSON for post data must be an object")
        return body


def _no_constant(text: str) -> NoReturn:
    message = f"{text} is not JSON"
    raise ValueError(message)


class Endpoint(Protocol):
    """One name under ``/api.xro/2.0/``."""

    reads: frozenset[str]
    """Scopes of which one lets a GET through."""
    writes: frozenset[str]
    """The same for other methods."""
    parameters: frozenset[str]
    """Query parameters that the endpoint knows; others are ignored, not unnoticed."""

    def answer(self, call: Call) -> Answer:
        """The answer. Raises ``RequestRefusedError``."""
        ...


def scopes(name: str, *, broad: str | None = None) -> tuple[frozenset[str], frozenset[str]]:
    """Read and write scopes of an endpoint; ``broad`` is the older scope that includes it."""
    names = [name] if broad is None else [name, broad]
    writes = frozenset(names)
    return writes | {f"{one}.read" for one in names}, writes


def complain_of_parameters(books: Books, call: Call, known: frozenset[str]) -> None:
    """Note query parameters that the endpoint does not know."""
    for name, _ in call.request.query:
        if name.lower() not in {one.lower() for one in known}:
            books.complain(f"{call.where}: unknown parameter {name}")
