"""The warehouse: frames in, frames out, one transaction at a time.

What belongs here: reading and writing tables that a Pandera model describes. What does not: the small tables of
staging (``notes.py``) and publishing (``ledger.py``), which use ``transaction()``; copies of the file (``copies.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd
import pyarrow as arrow

from cwxero_dagster.frames import Observation
from cwxero_dagster.warehouse import copies, migrations, tables
from cwxero_dagster.warehouse.connection import BROKEN, MOUNTS, Connection, open_file, refuse_network_folder, translated
from cwxero_dagster.warehouse.migrations import Part
from cwxero_dagster.warehouse.parts import PARTS
from cwxero_dagster.warehouse.tables import CYCLE, SEQUENCE, Model

T = TypeVar("T")


@dataclass(frozen=True)
class Observed:
    """What became of observations: records first seen, records that changed (or went), and records as before."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def stored(self) -> int:
        """Rows that were appended."""
        return self.new + self.changed


class Warehouse:
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
            except BROKEN as error:
                raise translated(self.path, error) from error
            finally:
                self._current = None
                self._left = self._stamp()

    def read(self, model: Model, *, where: str = "", parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """Rows of a table as a validated frame; ``where`` is SQL with ``?`` for ``parameters``."""
        condition = f"where {where}" if where else ""
        return self._frame(model, f"select {_names(model)} from {tables.table_name(model)} {condition}", parameters)

    def observe(self, model: type[Observation], frame: pd.DataFrame) -> Observed:
        """Append the observations that say something new.

        A row is stored when its key was never seen, or its fingerprint or ``present`` differs from the key's latest
        observation. ``observed_at`` never runs backwards within a key, whatever the machine's clock does.
        Raises ``ValueError`` where the frame holds a key twice.
        """
        key = tables.key_of(model)
        if bool(frame.duplicated(list(key)).any()):
            message = f"{model.__name__}: a record is in the frame twice; each has one state at one moment"
            raise ValueError(message)
        table, keys = tables.table_name(model), ", ".join(key)
        with self.transaction() as connection:
            connection.register("arrived", _arrow(model, frame))
            sorted_out = f"""
                with latest as (
                    select {keys}, fingerprint, present, observed_at from {table} semi join arrived using ({keys})
                    qualify row_number() over (partition by {keys} order by observed_at desc, {SEQUENCE} desc) = 1
                ), sorted_out as (
                    select
                        arrived.* replace (
                            greatest(arrived.observed_at, coalesce(latest.observed_at, arrived.observed_at))
                                as observed_at
                        ),
                        latest.fingerprint is null as is_new,
                        latest.fingerprint is distinct from arrived.fingerprint
                            or latest.present is distinct from arrived.present as differs
                    from arrived left join latest using ({keys})
                )
            """
            new, changed, unchanged = connection.sql(
                f"""
                {sorted_out}
                select count(*) filter (where is_new), count(*) filter (where differs and not is_new),
                    count(*) filter (where not differs)
                from sorted_out
                """
            ).fetchall()[0]
            if new or changed:
                connection.execute(
                    f"insert into {table} by name "
                    f"{sorted_out} select * exclude (is_new, differs) from sorted_out where differs"
                )
            connection.unregister("arrived")
        return Observed(new, changed, unchanged)

    def current(self, model: type[Observation], *, as_of: datetime | None = None) -> pd.DataFrame:
        """The latest observation of each key, gone records included (``present`` false), ordered by key.

        ``as_of`` is a past moment with a time zone: the state as a run at that moment knew it.
        """
        return self._frame(model, *_latest(model, _names(model), as_of))

    def current_rows(self, model: type[Observation], columns: Sequence[str]) -> list[dict[str, Any]]:
        """The same, narrowed to ``columns``, as plain values: what staging compares with."""
        statement, parameters = _latest(model, ", ".join(tables.quoted(name) for name in columns), None)
        with self.transaction() as connection:
            rows: list[dict[str, Any]] = connection.sql(statement, params=parameters).to_arrow_table().to_pylist()
        return rows

    def count_current(self, model: type[Observation]) -> int:
        """How many records stand now, gone ones left out."""
        statement, parameters = _latest(model, "present", None)
        with self.transaction() as connection:
            counted = connection.sql(f"select count(*) from ({statement}) where present", params=parameters).fetchall()
        return int(counted[0][0])

    def history(self, model: type[Observation]) -> pd.DataFrame:
        """All observations, ordered by key and moment."""
        keys = ", ".join(tables.key_of(model))
        table = tables.table_name(model)
        return self._frame(model, f"select {_names(model)} from {table} order by {keys}, observed_at, {SEQUENCE}", ())

    def history_rows(self, model: type[Observation], columns: Sequence[str]) -> list[dict[str, Any]]:
        """All observations, narrowed to ``columns``, as plain values."""
        table = tables.table_name(model)
        with self.transaction() as connection:
            names = ", ".join(tables.quoted(name) for name in columns)
            statement = f"select {names} from {table} order by observed_at, {SEQUENCE}"
            rows: list[dict[str, Any]] = connection.sql(statement).to_arrow_table().to_pylist()
        return rows

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

    def replace_cycle(self, model: Model, cycle: str, frame: pd.DataFrame) -> None:
        """Put ``frame`` in the place of everything that the table holds of a billing cycle, all or nothing.

        Raises ``ValueError`` where the frame holds rows of another cycle.
        """
        others = sorted(set(frame[CYCLE].dropna()) - {cycle})
        if others:
            message = f"{model.__name__}: rows of {', '.join(others)} do not belong into cycle {cycle}"
            raise ValueError(message)
        self._replace(model, frame, f"where {CYCLE} = ?", [cycle])

    def read_cycle(self, model: Model, cycle: str) -> pd.DataFrame:
        """The rows of one billing cycle."""
        return self.read(model, where=f"{CYCLE} = ?", parameters=[cycle])

    def replace(self, model: Model, frame: pd.DataFrame) -> None:
        """Put ``frame`` in the place of a whole derived table, all or nothing."""
        self._replace(model, frame, "", [])

    def set_watermark(self, source: str, moment: datetime) -> None:
        """Remember the moment up to which ``source`` was read."""
        with self.transaction() as connection:
            connection.execute(
                "insert into staged.watermarks values (?, ?) "
                "on conflict (source) do update set moment = excluded.moment",
                [source, moment],
            )

    def backup(self, to: Path) -> None:
        """A consistent copy of the file; ``to`` appears whole or not at all."""
        with self._turn, closing(self._opened()) as connection:
            copies.copy_out(connection, self.path, to)

    def restore(self, source: Path) -> Path | None:
        """Put a copy back. The file that stood here is kept; its new path is the answer (None where there was none).

        Raises ``WarehouseUnavailable`` where ``source`` is no readable warehouse or is of a newer version, or another
        program has the present file open; the present file then stays.
        """
        with self._turn:
            kept = copies.put_back(source, self.path, parts=self._parts)
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
        except BROKEN as error:
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

    def _frame(self, model: Model, statement: str, parameters: Sequence[Any]) -> pd.DataFrame:
        with self.transaction() as connection:
            table = connection.sql(statement, params=list(parameters)).to_arrow_table()
        return model.from_arrow(table)

    def _replace(self, model: Model, frame: pd.DataFrame, condition: str, parameters: list[Any]) -> None:
        if tables.is_staged(model):
            message = f"{model.__name__} holds observations: they are appended, never replaced"
            raise ValueError(message)
        table = tables.table_name(model)
        with self.transaction() as connection:
            connection.register("arrived", _arrow(model, frame))
            connection.execute(f"delete from {table} {condition}", parameters)
            connection.execute(f"insert into {table} by name select * from arrived")
            connection.unregister("arrived")


def _names(model: Model) -> str:
    return ", ".join(tables.quoted(name) for name in tables.columns(model))


def _latest(model: type[Observation], columns: str, as_of: datetime | None) -> tuple[str, list[datetime]]:
    if as_of is not None and as_of.tzinfo is None:
        message = f"as_of {as_of} has no time zone"
        raise ValueError(message)
    keys = ", ".join(tables.key_of(model))
    return (
        f"""
        select {columns} from {tables.table_name(model)} {"" if as_of is None else "where observed_at <= ?"}
        qualify row_number() over (partition by {keys} order by observed_at desc, {SEQUENCE} desc) = 1
        order by {keys}
        """,
        [] if as_of is None else [as_of],
    )


def _arrow(model: Model, frame: pd.DataFrame) -> arrow.Table:
    return arrow.Table.from_pandas(model.checked(frame), schema=model.arrow_schema(), preserve_index=False)
