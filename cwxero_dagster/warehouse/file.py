"""The warehouse's file: its one writer, its transactions, its version, its copies.

What belongs here: opening and closing the file, and what is kept of it in memory between two transactions. What does
not: tables (``database.py``); how a copy is made (``copies.py``) and what a version adds (``parts.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import duckdb

from cwxero_dagster.frames import Observation
from cwxero_dagster.warehouse import copies, migrations, tables
from cwxero_dagster.warehouse.connection import (
    MOUNTS,
    Connection,
    is_broken,
    open_file,
    refuse_network_folder,
    translated,
)
from cwxero_dagster.warehouse.migrations import Part
from cwxero_dagster.warehouse.parts import PARTS
from cwxero_dagster.warehouse.tables import SEQUENCE

T = TypeVar("T")


class WarehouseFile:
    """One DuckDB file at ``path``; made, and brought to this version, by the first transaction.

    Every method opens the file, runs one transaction and closes it again; inside ``transaction()`` all of them take
    part in that one. Threads take turns. Raises ``WarehouseUnavailable`` from every method, with what to do about it.
    """

    def __init__(
        self, path: Path, *, parts: tuple[Part, ...] = PARTS, patience: float = 10.0, mounts: Path = MOUNTS
    ) -> None:
        """``patience``: seconds to wait while another process has the file open; ``mounts``: the mount table."""
        self.path = path
        self._parts = parts
        self._patience = patience
        self._mounts = mounts
        self._turn = threading.RLock()
        self._current: Connection | None = None
        self._spoiled = False
        self._fitted = False
        self._remembered: dict[str, tuple[object, object]] = {}
        self._left: object = None
        """The stamp of the file when the last transaction ended."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection inside a transaction: kept when the block ends, rolled back when it is left by any exception.

        Calls inside the block, also of other methods, join the transaction.
        """
        with self._turn:
            if self._current is not None:
                try:
                    yield self._current
                except BaseException:
                    self._spoiled = True
                    raise
                return
            if self._left != self._stamp():
                self.remember_nothing()
            try:
                with closing(self._opened()) as connection:
                    self._current, self._spoiled = connection, False
                    yield from self._inside(connection)
            except duckdb.Error as error:
                if not is_broken(error):
                    raise
                raise translated(self.path, error) from error
            finally:
                self._current = None
                self._left = self._stamp()

    def remembered(
        self, name: str, models: Sequence[type[Observation]], work: Callable[[], T], *, given: object = None
    ) -> T:
        """What ``work`` makes of staged tables; it works again only where one of them was added to.

        Observations are appended and never changed, and each has a number of its own, so a table whose last number is
        the same holds the same; where anybody else wrote the file, everything is worked out again. ``given``: what the
        answer depends on besides. Nobody may change an answer.
        """
        last = ", ".join(f"(select max({SEQUENCE}) from {tables.table_name(model)})" for model in models)
        with self.transaction() as connection:
            basis = (connection.sql(f"select {last}").fetchall(), given)
            known = self._remembered.get(name)
            if known is not None and known[0] == basis:
                return known[1]  # type: ignore[return-value]
            answer = work()
            self._remembered[name] = (basis, answer)
        return answer

    def remember_nothing(self) -> None:
        """Work everything out again that was ``remembered``."""
        self._remembered.clear()

    def backup(self, to: Path) -> None:
        """A consistent copy of the file; ``to`` appears whole or not at all."""
        with self._turn, closing(self._opened()) as connection:
            copies.copy_out(connection, self.path, to)

    def read_whole(self) -> None:
        """Read every value of the file. Raises ``WarehouseUnavailable`` where that is not possible."""
        with self.transaction() as connection:
            copies.read_whole(connection)

    def restore(
        self, source: Path, *, beforehand: Callable[[Connection, Path | None], None] = lambda *_: None
    ) -> Path | None:
        """Put a copy back. The file that stood here is kept; its new path is the answer (None where there was none).

        ``beforehand`` writes into the copy before it takes the place (``copies.put_back``).

        Raises ``WarehouseUnavailable`` where ``source`` is no readable warehouse or is of a newer version, or another
        program has the present file open; the present file then stays.
        """
        with self._turn:
            kept = copies.put_back(source, self.path, parts=self._parts, beforehand=beforehand)
            self._fitted = False
            self.remember_nothing()
            return kept

    def _stamp(self) -> object:
        """What is another whenever anybody wrote the file, or put another one in its place."""
        stamps = []
        for path in (self.path, self.path.with_name(f"{self.path.name}.wal")):
            with suppress(OSError):
                file = path.stat()
                stamps.append((file.st_dev, file.st_ino, file.st_size, file.st_mtime_ns))
        return stamps

    def _inside(self, connection: Connection) -> Iterator[Connection]:
        connection.begin()
        try:
            yield connection
            if self._spoiled:
                message = "a joined transaction failed and its failure was swallowed; nothing is kept"
                raise RuntimeError(message)
            connection.commit()
        except BaseException:
            # The numbers of observations that are rolled back are given out again.
            self.remember_nothing()
            with suppress(duckdb.Error):
                connection.rollback()
            raise

    def _opened(self) -> Connection:
        if self._fitted and self.path.exists():
            return open_file(self.path, patience=self._patience)
        refuse_network_folder(self.path.parent, self._mounts)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._fit()
        except duckdb.Error as error:
            if not is_broken(error):
                raise
            raise translated(self.path, error) from error

    def _fit(self) -> Connection:
        """A connection to the file, which is brought to this version; one that is behind is copied before."""
        connection = open_file(self.path, patience=self._patience)
        try:
            if migrations.is_behind(connection, self._parts):
                copies.copy_out(connection, self.path, self.path.with_name(f"{self.path.stem}.before-upgrade.duckdb"))
                connection.close()
                connection = open_file(self.path, patience=self._patience)
            connection.begin()
            migrations.upgrade(connection, self._parts)
            connection.commit()
        except BaseException:
            connection.close()
            raise
        self._fitted = True
        return connection
