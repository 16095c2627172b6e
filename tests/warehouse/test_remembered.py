"""An answer that is remembered is the answer that would be worked out now."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cwxero_dagster.frames import PurchaseOrders, Vendors
from cwxero_dagster.warehouse.database import Warehouse


@pytest.fixture
def bodies(warehouse: Warehouse) -> Callable[..., list[str]]:
    """What the warehouse remembers of its purchase orders."""

    def read() -> list[str]:
        return [row["body"] for row in warehouse.current_rows(PurchaseOrders, ["body"])]

    return lambda **given: warehouse.remembered("bodies", [PurchaseOrders], read, **given)


def stored(warehouse: Warehouse, row: dict[str, Any]) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([row]))


def test_nothing_is_worked_out_again_while_nothing_new_is_observed(warehouse, order, bodies) -> None:
    stored(warehouse, order(1, "a"))
    first = bodies()
    stored(warehouse, order(1, "a"))
    assert bodies() is first == ["a"]


def test_an_observation_is_seen_at_once_also_by_the_transaction_that_makes_it(warehouse, order, bodies) -> None:
    stored(warehouse, order(1, "a"))
    assert bodies() == ["a"]
    with warehouse.transaction():
        stored(warehouse, order(1, "b"))
        assert bodies() == ["b"]
    assert bodies() == ["b"]


def test_what_another_program_observed_is_seen(warehouse, order, bodies) -> None:
    stored(warehouse, order(1, "a"))
    assert bodies() == ["a"]
    stored(Warehouse(warehouse.path), order(1, "b"))
    assert bodies() == ["b"]


def test_what_another_program_changed_behind_everybodys_back_is_seen(warehouse, order, bodies) -> None:
    stored(warehouse, order(1, "a"))
    assert bodies() == ["a"]
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("update staged.purchase_orders set body = 'b'")
    assert bodies() == ["b"]


def test_numbers_that_were_rolled_back_and_given_out_again_deceive_nobody(warehouse, order, bodies) -> None:
    stored(warehouse, order(1, "a"))
    with suppress(RuntimeError), warehouse.transaction():
        stored(warehouse, order(1, "never"))
        assert bodies() == ["never"]
        raise RuntimeError
    stored(warehouse, order(1, "b"))
    assert bodies() == ["b"]


def test_another_file_in_its_place_is_read_anew(warehouse, order, bodies, tmp_path: Path) -> None:
    stored(warehouse, order(1, "a"))
    copy = tmp_path / "copy.duckdb"
    shutil.copy(warehouse.path, copy)
    stored(Warehouse(copy), order(1, "theirs"))
    stored(warehouse, order(1, "ours"))
    assert bodies() == ["ours"]
    copy.replace(warehouse.path)
    assert bodies() == ["theirs"]
    other = tmp_path / "other.duckdb"
    stored(Warehouse(other), order(1, "restored"))
    warehouse.restore(other)
    assert bodies() == ["restored"]


def test_other_circumstances_are_another_question_and_other_tables_are_none(warehouse, order, bodies) -> None:
    stored(warehouse, order(1, "a"))
    first = bodies(given="Sydney")
    assert bodies(given="Perth") is not first
    asked = []
    warehouse.remembered("vendors", [Vendors], lambda: asked.append("once"))
    stored(warehouse, order(1, "b"))
    warehouse.remembered("vendors", [Vendors], lambda: asked.append("twice"))
    assert asked == ["once"]


def test_on_request_everything_is_worked_out_again(warehouse, order, bodies) -> None:
    stored(warehouse, order(1, "a"))
    first = bodies()
    warehouse.remember_nothing()
    assert bodies() is not first
