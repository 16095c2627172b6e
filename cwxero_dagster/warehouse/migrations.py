"""Versions of the file: forward-only steps, one numbered row of steps a part, applied in one transaction.

What belongs here: the order of upgrades and the fit between tables and models. What does not: the steps themselves,
which stand in ``parts.py``.

A step that was released is never edited; a change is a new step at the end. Tables that hold frames need no steps:
they are fitted to their models. A staged table gains nullable columns and nothing else; a derived table whose shape
changed is made anew, because the next run computes it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cwxero_dagster.warehouse import tables
from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.errors import WarehouseUnavailable
from cwxero_dagster.warehouse.tables import Model

_VERSIONS = "create table if not exists schema_versions (part varchar primary key, version integer not null)"


@dataclass(frozen=True)
class Part:
    """Tables that are upgraded together: a name, and one SQL text (any number of statements) for each version."""

    name: str
    steps: tuple[str, ...]


def versions(connection: Connection) -> dict[str, int]:
    """Part to version as the file has them; empty for a new file."""
    known = connection.sql("select 1 from duckdb_tables() where table_name = 'schema_versions'").fetchall()
    if not known:
        return {}
    return dict(connection.sql("select part, version from schema_versions").fetchall())


def is_behind(connection: Connection, parts: Sequence[Part]) -> bool:
    """True when the file holds tables that a step would change. Raises ``WarehouseUnavailable`` for a newer file."""
    found = versions(connection)
    for part in parts:
        if found.get(part.name, 0) > len(part.steps):
            message = (
                f"This warehouse was written by a newer version of cwxero (its {part.name} tables are at version "
                f"{found[part.name]}, this program knows {len(part.steps)}). Nothing was changed. Install the newer "
                "version, or restore a copy that was made before the upgrade."
            )
            raise WarehouseUnavailable(message)
    return bool(found) and any(found.get(part.name, 0) < len(part.steps) for part in parts)


def upgrade(connection: Connection, parts: Sequence[Part]) -> None:
    """Bring every part to its last version and every frame table to its model; call inside a transaction."""
    connection.execute(_VERSIONS)
    found = versions(connection)
    for part in parts:
        for step in part.steps[found.get(part.name, 0) :]:
            connection.execute(step)
        if found.get(part.name) != len(part.steps):
            connection.execute(
                "insert into schema_versions values (?, ?) on conflict (part) do update set version = excluded.version",
                [part.name, len(part.steps)],
            )
    connection.execute("create schema if not exists staged; create schema if not exists bills")
    connection.execute("create sequence if not exists staged.observations")
    standing = _columns(connection)
    for model in tables.models():
        _fit(connection, model, standing.get(tables.table_name(model), []))


def _columns(connection: Connection) -> dict[str, list[tuple[str, str, bool]]]:
    """Name, type and nullability of the columns of every table, by the table's qualified name."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for schema, name, *column in connection.sql(
        "select schema_name, table_name, column_name, data_type, is_nullable from duckdb_columns() where not internal"
    ).fetchall():
        found.setdefault(f"{schema}.{name}", []).append(tuple(column))
    return found


def _fit(connection: Connection, model: Model, rows: Sequence[tuple[str, str, bool]]) -> None:
    table = tables.table_name(model)
    if not rows:
        connection.execute(tables.ddl(model, table))
        return
    free = tables.nullable(model)
    wanted = {column: (kind, column in free) for column, kind in tables.columns(model).items()}
    found = {column: (kind, bool(null)) for column, kind, null in rows if column != tables.SEQUENCE}
    if wanted == found:
        return
    if not tables.is_staged(model):
        connection.execute(f"drop table {table}; {tables.ddl(model, table)}")
        return
    added = {column: kind for column, (kind, null) in wanted.items() if column not in found and null}
    if {column: fact for column, fact in wanted.items() if column not in added} != found:
        message = (
            f"The table {table} of this warehouse has other columns than this version of cwxero expects, and no "
            "upgrade step leads from one to the other. Nothing was changed. Install the version that wrote the file."
        )
        raise WarehouseUnavailable(message)
    for column, kind in added.items():
        connection.execute(f"alter table {table} add column {tables.quoted(column)} {kind}")
