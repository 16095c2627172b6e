"""A file of an earlier version is brought forward without loss; one of a later version is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cwxero_dagster.frames import PurchaseOrders, Unmapped
from cwxero_dagster.warehouse import tables
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.errors import WarehouseUnavailable
from cwxero_dagster.warehouse.migrations import Part
from cwxero_dagster.warehouse.parts import PARTS

FIRST = "create schema book; create table book.entries (id bigint); insert into book.entries values (7)"
SECOND = "alter table book.entries add column note varchar; update book.entries set note = 'from before'"


def with_book(path: Path, *steps: str) -> Warehouse:
    return Warehouse(path, parts=(*PARTS, Part("book", steps)), patience=0)


def entries(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with warehouse.transaction() as connection:
        found: list[tuple[object, ...]] = connection.sql("select * from book.entries").fetchall()
    return found


def test_a_part_is_brought_forward_step_by_step_and_once(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    assert entries(with_book(path, FIRST)) == [(7,)]
    assert entries(with_book(path, FIRST, SECOND)) == [(7, "from before")]
    assert entries(with_book(path, FIRST, SECOND)) == [(7, "from before")]


def test_a_new_part_joins_a_file_that_has_observations(warehouse: Warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    later = with_book(warehouse.path, FIRST, SECOND)
    assert entries(later) == [(7, "from before")]
    assert len(later.current(PurchaseOrders)) == 1


def test_the_file_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    entries(with_book(path, FIRST))
    assert not (tmp_path / "warehouse.before-upgrade.duckdb").exists()
    entries(with_book(path, FIRST, SECOND))
    assert entries(with_book(tmp_path / "warehouse.before-upgrade.duckdb", FIRST)) == [(7,)]


def test_an_upgrade_that_fails_leaves_the_file_at_its_version(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    entries(with_book(path, FIRST))
    with pytest.raises(duckdb.Error):
        entries(with_book(path, FIRST, SECOND, "select * from nowhere"))
    assert entries(with_book(path, FIRST)) == [(7,)]


def test_a_file_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    entries(with_book(path, FIRST, SECOND))
    with pytest.raises(WarehouseUnavailable, match=r"newer version of cwxero \(its book tables are at version 2"):
        entries(with_book(path, FIRST))
    assert entries(with_book(path, FIRST, SECOND)) == [(7, "from before")]


def test_a_staged_table_gains_a_nullable_column_without_losing_a_row(warehouse: Warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, vendor_name="Kabel")]))
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("alter table staged.purchase_orders drop column shipment_method")
    [row] = PurchaseOrders.rows(Warehouse(warehouse.path).current(PurchaseOrders))
    assert (row["vendor_name"], row["shipment_method"]) == ("Kabel", None)


def test_a_staged_table_of_another_shape_is_refused_rather_than_dropped(warehouse: Warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("alter table staged.purchase_orders drop column closed")
    with pytest.raises(WarehouseUnavailable, match=r"staged\.purchase_orders"):
        Warehouse(warehouse.path).current(PurchaseOrders)
    with duckdb.connect(str(warehouse.path)) as connection:
        assert connection.sql("select count(*) from staged.purchase_orders").fetchall() == [(1,)]


def test_a_derived_table_of_another_shape_is_made_anew(warehouse: Warehouse, unmapped) -> None:
    warehouse.replace(Unmapped, Unmapped.of([unmapped("2026-05", "801")]))
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("alter table bills.unmapped alter column amount type decimal(9,2)")
    later = Warehouse(warehouse.path)
    assert len(later.read(Unmapped)) == 0
    later.replace(Unmapped, Unmapped.of([unmapped("2026-05", "801")]))
    assert len(later.read(Unmapped)) == 1


def test_every_model_has_a_table_in_a_new_file(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        made = {
            f"{schema}.{name}"
            for schema, name in connection.sql("select schema_name, table_name from duckdb_tables()").fetchall()
        }
    assert {tables.table_name(model) for model in tables.models()} <= made
