"""Freight that an earlier version allocated as one piece is allocated in money: none of it is billed again."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.ledger_tables import LEDGER
from cwxero_dagster.warehouse.migrations import Part
from cwxero_dagster.warehouse.parts import PARTS

BEFORE = [Part("ledger", LEDGER.steps[:1]), *(part for part in PARTS if part.name != "ledger")]


def a_bill(connection: Connection, key: str, written: object, *, document_type: str = "ACCPAY") -> None:
    text = None if written is None else json.dumps(written)
    connection.execute(
        "insert into ledger.bills values (?, 'org', ?, '2026-05', 'd', '[7]', '[]', 'confirmed', 'x', 'f', ?, null, "
        "null, null, null, null, now(), now())",
        [key, document_type, text],
    )
    connection.execute("insert into ledger.allocations values (?, 7, 0, 0, 1)", [key])


def freight(amount: str, **more: object) -> dict[str, object]:
    return {"lines": [{"ref": "7:71:0", "unit_amount": "5"}, {"ref": "7:freight:0", "unit_amount": amount, **more}]}


@pytest.mark.parametrize(
    ("written", "document_type", "expected"),
    [
        (freight("25.5"), "ACCPAY", "25.5"),
        (freight("30", hers={"unit_amount": {"meant": "25.5", "base": "25.5"}}), "ACCPAY", "25.5"),
        (freight("12"), "ACCPAYCREDIT", "-12"),
        (None, "ACCPAY", "999999999"),
    ],
)
def test_the_amount_is_what_was_written(tmp_path: Path, written: object, document_type: str, expected: str) -> None:
    path = tmp_path / "warehouse.duckdb"
    with Warehouse(path, parts=BEFORE, patience=0).transaction() as connection:
        a_bill(connection, "po:7", written, document_type=document_type)
        connection.execute("insert into ledger.allocations values ('po:7', 7, 71, 0, 1)")
    with Warehouse(path, patience=0).transaction() as connection:
        found = connection.sql("select line_id, end_quantity from ledger.allocations order by line_id").fetchall()
    assert found == [(0, Decimal(expected)), (71, Decimal(1))]


def test_a_bill_that_was_sent_and_not_answered_has_the_amount_of_its_request(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with Warehouse(path, parts=BEFORE, patience=0).transaction() as connection:
        a_bill(connection, "po:7", None)
        writing = json.dumps({"key": "po:7", "meaning": freight("40")})
        connection.execute("insert into ledger.request_bills values ('r', 0, 'po:7', 'create', ?)", [writing])
    with Warehouse(path, patience=0).transaction() as connection:
        found = connection.sql("select end_quantity from ledger.allocations").fetchall()
    assert found == [(Decimal(40),)]
