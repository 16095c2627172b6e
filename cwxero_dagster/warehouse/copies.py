"""Consistent copies of the file: out, and back.

What belongs here: moving whole files safely. What does not: what is in them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import duckdb

from cwxero_dagster.warehouse import migrations
from cwxero_dagster.warehouse.connection import Connection, open_file, translated, where_copies_are
from cwxero_dagster.warehouse.errors import WarehouseBusy, WarehouseDamaged, WarehouseUnavailable
from cwxero_dagster.warehouse.migrations import Part


def copy_out(connection: Connection, path: Path, to: Path) -> None:
    """Copy the file under ``connection`` to ``to``, which appears whole or not at all.

    Close the connection afterwards: reading the file releases the lock that it holds. Raises ``WarehouseDamaged`` where
    a value cannot be read; what stands at ``to`` then stays, as it may be the last good copy.
    """
    try:
        read_whole(connection)
        connection.execute("checkpoint")
        _copy(path, to)
    except duckdb.Error as error:
        raise translated(path, error) from error
    except OSError as error:
        message = (
            f"The copy {to} could not be written ({error.strerror}). The warehouse is unchanged. "
            "Free some space, correct the rights of its folder, or choose another place."
        )
        raise WarehouseUnavailable(message) from error


def keep_newest(folder: Path, pattern: str, number: int) -> None:
    """Remove all but the last ``number`` copies whose names fit ``pattern``; their names tell their order."""
    for old in sorted(folder.glob(pattern))[:-number]:
        old.unlink(missing_ok=True)


def put_back(
    source: Path, path: Path, *, parts: Sequence[Part], beforehand: Callable[[Connection, Path | None], None]
) -> Path | None:
    """Put the copy ``source`` in the place of ``path``; answers where the former file is kept, None without one.

    ``beforehand`` gets a connection to what takes its place, brought to this version, and where the former file is
    kept: what it writes is there from the first moment.
    """
    if not source.is_file():
        message = f"There is no copy at {source}. Nothing was changed. {_what_to_name(path)}"
        raise WarehouseUnavailable(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    arriving = path.with_name(f"{path.name}.arriving")
    try:
        _copy(source, arriving)
        _verify(arriving, source, path, parts)
        kept = _keep(path)
        with closing(open_file(arriving, patience=0)) as connection:
            connection.begin()
            migrations.upgrade(connection, parts)
            beforehand(connection, kept)
            connection.commit()
        arriving.replace(path)
    except duckdb.Error as error:
        raise translated(path, error) from error
    except OSError as error:
        message = f"{source} could not be put back ({error.strerror}). The warehouse {path} is unchanged."
        raise WarehouseUnavailable(message) from error
    finally:
        for rest in (arriving, _log_of(arriving)):
            rest.unlink(missing_ok=True)
    return kept


def _verify(arriving: Path, source: Path, path: Path, parts: Sequence[Part]) -> None:
    no_copy = f"is no copy of a warehouse. The warehouse {path} is unchanged. {_what_to_name(path)}"
    try:
        with closing(open_file(arriving, patience=0)) as connection:
            migrations.is_behind(connection, parts)
            known = migrations.versions(connection)
            read_whole(connection)
    except (WarehouseDamaged, duckdb.Error) as error:
        message = f"{source} cannot be read: the file is damaged, or {no_copy}"
        raise WarehouseUnavailable(message) from error
    except WarehouseUnavailable as error:
        raise WarehouseUnavailable(str(error).replace(str(arriving), str(source))) from error
    if not known:
        message = f"{source} is a database, but {no_copy}"
        raise WarehouseUnavailable(message)


def read_whole(connection: Connection) -> None:
    """Read every value: DuckDB tells a block that is damaged when it is read, and not before."""
    tables = connection.sql(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    for names in tables:
        of_table = ".".join('"' + name.replace('"', '""') + '"' for name in names)
        connection.sql(f"select bit_xor(hash(each)) from {of_table} each").fetchall()


def _what_to_name(path: Path) -> str:
    return f"Name a file that `cwxero backup FILE` wrote. {where_copies_are(path)}"


def _keep(path: Path) -> Path | None:
    """Keep the present file under another name; its log of unfinished changes must not meet the restored file."""
    if not path.exists():
        return None
    try:
        open_file(path, patience=0).close()
    except WarehouseBusy:
        raise
    except WarehouseUnavailable:
        # A damaged file is what a restore is for: it is kept as it is.
        pass
    kept = _free_name(path)
    _copy(path, kept)
    if _log_of(path).exists():
        _log_of(path).replace(_log_of(kept))
    return kept


def _free_name(path: Path) -> Path:
    """Where a replaced file is kept: each under a name of its own, as an earlier one may be the only copy there is."""
    names = (f"{path.stem}.before-restore{f'-{number}' if number > 1 else ''}.duckdb" for number in count(1))
    places = (path.with_name(name) for name in names)
    return next(place for place in places if not place.exists() and not _log_of(place).exists())


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    beside = to.with_name(f"{to.name}.partial")
    try:
        shutil.copyfile(source, beside)
        with beside.open("rb+") as copy:
            os.fsync(copy.fileno())
        beside.replace(to)
    finally:
        beside.unlink(missing_ok=True)
