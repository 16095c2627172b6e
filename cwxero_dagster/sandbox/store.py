"""State of the simulated systems: documents by table and key, written through to one SQLite file.

What belongs here: keeping and finding documents. What does not: what they mean.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

Document = dict[str, Any]


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    message = f"{type(value).__name__} cannot be kept"
    raise TypeError(message)


def _exact(value: dict[str, Any]) -> Any:
    return Decimal(value["$decimal"]) if value.keys() == {"$decimal"} else value


class Store:
    """Tables of documents. ``path`` None keeps them in memory only; with a path every ``put`` is on disk at return."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._tables: dict[str, dict[str, Document]] = {}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.execute("create table if not exists documents (kind text, id text, body text, primary key (kind, id))")
        for kind, key, body in self._db.execute("select kind, id, body from documents order by rowid"):
            self._tables.setdefault(kind, {})[key] = json.loads(body, object_hook=_exact)

    @property
    def empty(self) -> bool:
        """True when nothing was ever kept."""
        return not any(self._tables.values())

    def get(self, kind: str, key: object) -> Document | None:
        """The document, itself (not a copy): change it and ``put`` it."""
        return self._tables.get(kind, {}).get(str(key))

    def all(self, kind: str) -> Iterator[Document]:
        """Documents of a table in the order of their first ``put``."""
        return iter(list(self._tables.get(kind, {}).values()))

    def put(self, kind: str, key: object, document: Document) -> Document:
        """Keep a document."""
        with self.lock:
            self._tables.setdefault(kind, {})[str(key)] = document
            self._db.execute(
                "insert into documents values (?, ?, ?) on conflict do update set body = excluded.body",
                (kind, str(key), json.dumps(document, default=_plain)),
            )
        return document

    def put_many(self, kind: str, documents: list[tuple[object, Document]]) -> None:
        """Keep many documents in one transaction."""
        with self.lock:
            self._db.execute("begin")
            try:
                for key, document in documents:
                    self.put(kind, key, document)
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def delete(self, kind: str, key: object) -> None:
        """Forget a document; no error when there is none."""
        with self.lock:
            self._tables.get(kind, {}).pop(str(key), None)
            self._db.execute("delete from documents where kind = ? and id = ?", (kind, str(key)))

    def next_id(self, kind: str, start: int = 1) -> int:
        """The next integer key of a table; never reused."""
        with self.lock:
            counter = self.get("counters", kind) or {"last": start - 1}
            counter["last"] = max(counter["last"] + 1, start)
            self.put("counters", kind, counter)
            return int(counter["last"])

    def close(self) -> None:
        """Close the file."""
        self._db.close()
