"""The warehouse: frames in, frames out, one transaction at a time.

What belongs here: reading and writing tables that a Pandera model describes. What does not: the file and its
transactions (``file.py``); the small tables of staging (``notes.py``) and publishing (``ledger.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as arrow

from cwxero_dagster.frames import Observation
from cwxero_dagster.warehouse import tables
from cwxero_dagster.warehouse.connection import rows_of
from cwxero_dagster.warehouse.file import WarehouseFile
from cwxero_dagster.warehouse.tables import CYCLE, SEQUENCE, Model


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


class Warehouse(WarehouseFile):
    """Tables of the file at ``path``, each as the frame that its Pandera model describes."""

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
            return rows_of(connection, statement, parameters)

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

    def history_rows(
        self, model: type[Observation], columns: Sequence[str], *, changed: str = ""
    ) -> list[dict[str, Any]]:
        """All observations, narrowed to ``columns``, as plain values.

        ``changed``: a column; only of records that had more than one value in it.
        """
        table = tables.table_name(model)
        keys = ", ".join(tables.key_of(model))
        several = f"select {keys} from {table} group by {keys} having count(distinct {tables.quoted(changed)}) > 1"
        of = f"semi join ({several}) using ({keys})" if changed else ""
        with self.transaction() as connection:
            names = ", ".join(tables.quoted(name) for name in columns)
            statement = f"select {names} from {table} {of} order by observed_at, {SEQUENCE}"
            return rows_of(connection, statement)

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
