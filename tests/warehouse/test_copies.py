"""Copies are whole; putting one back is safe, also over a damaged file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from warehouse.damaged import damage_in_the_middle, fill

from cwxero_dagster.frames import PurchaseOrders
from cwxero_dagster.warehouse.copies import keep_newest
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.errors import WarehouseDamaged, WarehouseUnavailable
from cwxero_dagster.warehouse.migrations import Part
from cwxero_dagster.warehouse.parts import PARTS


def numbers(warehouse: Warehouse) -> list[int]:
    return [row["po_id"] for row in PurchaseOrders.rows(warehouse.current(PurchaseOrders))]


@pytest.fixture
def copied(warehouse: Warehouse, order, tmp_path: Path) -> Path:
    """A copy that holds PO 1; the warehouse goes on to PO 2."""
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    copy = tmp_path / "copies" / "monday.duckdb"
    warehouse.backup(copy)
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(2)]))
    return copy


def test_a_copy_is_a_warehouse_of_its_own(warehouse: Warehouse, copied: Path) -> None:
    assert numbers(Warehouse(copied)) == [1]
    assert numbers(warehouse) == [1, 2]
    assert [path.name for path in copied.parent.iterdir()] == ["monday.duckdb"]


def test_a_copy_replaces_an_older_copy_under_the_same_name(warehouse: Warehouse, copied: Path) -> None:
    warehouse.backup(copied)
    assert numbers(Warehouse(copied)) == [1, 2]


def test_the_last_copies_stay_and_what_is_none_of_them_does_too(tmp_path: Path) -> None:
    for name in ("2026-10-02-a.duckdb", "2026-10-01-b.duckdb", "2026-10-03-a.duckdb", "mine.duckdb"):
        (tmp_path / name).touch()
    for _ in range(2):
        keep_newest(tmp_path, "2026-*.duckdb", 2)
        assert {path.name for path in tmp_path.iterdir()} == {
            "2026-10-02-a.duckdb",
            "2026-10-03-a.duckdb",
            "mine.duckdb",
        }


def test_putting_a_copy_back_keeps_the_present_file_beside_it(warehouse: Warehouse, copied: Path) -> None:
    kept = warehouse.restore(copied)
    assert numbers(warehouse) == [1]
    assert kept is not None
    assert numbers(Warehouse(kept)) == [1, 2]
    assert sorted(path.name for path in warehouse.path.parent.iterdir()) == [
        "copies",
        "warehouse.before-restore.duckdb",
        "warehouse.duckdb",
    ]


def test_a_second_restore_leaves_what_the_first_one_kept(warehouse: Warehouse, copied: Path) -> None:
    first = warehouse.restore(copied)
    second = warehouse.restore(copied)
    assert first is not None
    assert second is not None
    assert numbers(Warehouse(first)) == [1, 2]
    assert numbers(Warehouse(second)) == [1]
    assert second.name == "warehouse.before-restore-2.duckdb"


def test_a_copy_goes_into_an_empty_home(copied: Path, tmp_path: Path) -> None:
    elsewhere = Warehouse(tmp_path / "other" / "warehouse.duckdb")
    assert elsewhere.restore(copied) is None
    assert numbers(elsewhere) == [1]


def test_a_damaged_warehouse_is_replaced_by_a_copy_and_kept(warehouse: Warehouse, copied: Path) -> None:
    warehouse.path.write_bytes(b"broken")
    kept = warehouse.restore(copied)
    assert numbers(warehouse) == [1]
    assert kept is not None
    assert kept.read_bytes() == b"broken"


def test_unfinished_changes_of_the_replaced_file_do_not_reach_the_restored_one(
    warehouse: Warehouse, copied: Path
) -> None:
    log = warehouse.path.with_name("warehouse.duckdb.wal")
    warehouse.path.write_bytes(b"broken")
    log.write_bytes(b"left behind")
    warehouse.restore(copied)
    assert numbers(warehouse) == [1]
    assert not log.exists()


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_a_damaged_copy_is_refused_and_the_warehouse_stays(warehouse: Warehouse, copied: Path, content: bytes) -> None:
    copied.write_bytes(content)
    with pytest.raises(WarehouseUnavailable, match=r"monday\.duckdb cannot be read") as raised:
        warehouse.restore(copied)
    assert f"The warehouse {warehouse.path} is unchanged" in str(raised.value)
    assert "rebuild-ledger" not in str(raised.value)
    assert numbers(warehouse) == [1, 2]


def test_a_copy_that_is_damaged_in_the_middle_is_refused_and_the_warehouse_stays(
    warehouse: Warehouse, tmp_path: Path, order
) -> None:
    fill(warehouse, PurchaseOrders.rows(PurchaseOrders.of([order(1)]))[0])
    copied = tmp_path / "tuesday.duckdb"
    warehouse.backup(copied)
    damage_in_the_middle(copied)
    with pytest.raises(WarehouseUnavailable, match=r"tuesday\.duckdb cannot be read") as raised:
        warehouse.restore(copied)
    assert f"The warehouse {warehouse.path} is unchanged" in str(raised.value)
    assert len(numbers(warehouse)) >= 3000


def test_a_warehouse_that_is_damaged_in_the_middle_is_not_copied_over_a_good_copy(
    warehouse: Warehouse, tmp_path: Path, order
) -> None:
    fill(warehouse, PurchaseOrders.rows(PurchaseOrders.of([order(1)]))[0])
    copied = tmp_path / "tuesday.duckdb"
    warehouse.backup(copied)
    good = copied.read_bytes()
    damage_in_the_middle(warehouse.path)
    damaged = warehouse.path.read_bytes()
    with pytest.raises(WarehouseDamaged, match="the file is damaged"):
        Warehouse(warehouse.path).backup(copied)
    assert copied.read_bytes() == good
    assert warehouse.path.read_bytes() == damaged


def test_another_database_is_no_copy(warehouse: Warehouse, copied: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).close()
    with pytest.raises(WarehouseUnavailable, match="is no copy of a warehouse"):
        warehouse.restore(other)
    with pytest.raises(WarehouseUnavailable, match="no copy at"):
        warehouse.restore(tmp_path / "absent.duckdb")
    assert numbers(warehouse) == [1, 2]


def test_a_copy_of_a_newer_version_is_refused(warehouse: Warehouse, copied: Path, tmp_path: Path) -> None:
    newer = Warehouse(tmp_path / "newer.duckdb", parts=(*PARTS, Part("book", ("select 1", "select 2"))))
    numbers(newer)
    older = Warehouse(warehouse.path, parts=(*PARTS, Part("book", ("select 1",))))
    with pytest.raises(WarehouseUnavailable, match="newer version"):
        older.restore(newer.path)
    assert numbers(older) == [1, 2]


def test_a_copy_that_cannot_be_written_says_so(warehouse: Warehouse, copied: Path, tmp_path: Path) -> None:
    with pytest.raises(WarehouseUnavailable, match="could not be written"):
        warehouse.backup(copied / "inside a file" / "copy.duckdb")
    assert numbers(warehouse) == [1, 2]
