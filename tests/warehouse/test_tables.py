"""Table definitions follow the models."""

from __future__ import annotations

import duckdb
import pytest

from cwxero_dagster import frames
from cwxero_dagster.warehouse import tables


def test_every_staged_table_has_a_key_made_of_its_own_columns() -> None:
    for model in tables.models():
        if tables.is_staged(model):
            assert set(tables.key_of(model)) <= set(tables.columns(model))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (frames.PurchaseOrderLines, "staged.purchase_order_lines"),
        (frames.ConnectWiseReference, "staged.connectwise_reference"),
        (frames.XeroDocuments, "staged.xero_documents"),
        (frames.BillHeaders, "bills.bill_headers"),
    ],
)
def test_a_table_is_named_after_its_model(model: tables.Model, name: str) -> None:
    assert tables.table_name(model) == name


def test_definitions_carry_the_exact_types_and_what_may_be_null() -> None:
    with duckdb.connect() as connection:
        connection.execute(tables.ddl(frames.BillLines, "lines"))
        found = connection.sql(
            "select column_name, data_type, is_nullable from duckdb_columns() where table_name = 'lines'"
        ).fetchall()
    kinds = {name: (kind, nullable) for name, kind, nullable in found}
    assert kinds["net"] == ("DECIMAL(18,4)", False)
    assert kinds["quantity"] == ("DECIMAL(28,10)", False)
    assert kinds["line_id"] == ("BIGINT", True)
    assert list(kinds) == list(tables.columns(frames.BillLines))
