"""Idempotency-Key: the same write sent twice is done once.

What belongs here: remembering answers by key. What does not: which requests may be written at all.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from cwxero_dagster.sandbox.wire import Request, Response
from cwxero_dagster.sandbox.xero import sentences, values
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.refusals import bad_request

_TABLE = "xero.idempotency"
_LONGEST = 128


class Idempotency:
    """Answers by key, kept for about six minutes, errors too. Keys are the app's, not the organisation's."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def recall(self, request: Request) -> Response | None:
        """The answer that was given to this very request. Raises the 400 when the key was another request's."""
        key = _key(request)
        if key is None:
            return None
        if not 0 < len(key) <= _LONGEST:
            raise bad_request(10, "ValidationException", f"The Idempotency-Key must be 1 to {_LONGEST} characters long")
        self._forget()
        entry = self._books.store.get(_TABLE, key)
        if entry is None:
            return None
        if entry["request"] != _fingerprint(request):
            raise bad_request(10, "ValidationException", sentences.KEY_REUSED)
        return Response(int(entry["status"]), str(entry["body"]).encode(), dict(entry["headers"]))

    def remember(self, request: Request, response: Response) -> None:
        """Keep an answer under the request's key, if it has one."""
        key = _key(request)
        if key is None:
            return
        entry = {
            "key": key,
            "request": _fingerprint(request),
            "status": response.status,
            "body": response.body.decode(),
            "headers": dict(response.headers),
            "at": values.iso(self._books.clock.now()),
        }
        self._books.store.put(_TABLE, key, entry)

    def _forget(self) -> None:
        dead = self._books.clock.now() - timedelta(seconds=self._books.switches.idempotency_seconds)
        for entry in self._books.store.all(_TABLE):
            if values.moment(entry["at"]) <= dead:
                self._books.store.delete(_TABLE, entry["key"])


def _key(request: Request) -> str | None:
    return request.headers.get("idempotency-key") if request.method in ("POST", "PUT", "PATCH") else None


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256()
    for part in (request.method, request.path, request.raw_query):
        digest.update(f"{part}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()
