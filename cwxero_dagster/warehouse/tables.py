"""Table definitions, derived from the Pandera models: one description of a table, in ``frames``.

What belongs here: names, column types and keys of tables that hold frames. What does not: rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as arrow

from cwxero_dagster import frames
from cwxero_dagster.frames import Observation, Table

Model = type[Table]

KEYS: Mapping[type[Observation], tuple[str, ...]] = {
    frames.PurchaseOrders: ("po_id",),
    frames.PurchaseOrderLines: ("line_id",),
    frames.Vendors: ("vendor_id",),
    frames.CatalogItems: ("product_id",),
    frames.CustomerProducts: ("product_id",),
    frames.PurchaseLinks: ("line_id", "product_id"),
    frames.ConnectWiseReference: ("kind", "record_id"),
    frames.XeroContacts: ("contact_id",),
    frames.XeroReference: ("kind", "record_id"),
    frames.XeroDocuments: ("document_id",),
    frames.XeroPurchaseOrders: ("document_id",),
}
"""What identifies a record among the observations of its table."""

SEQUENCE = "observation"
"""Column of every staged table, beside those of the model: order of arrival, which settles equal moments."""

CYCLE = "billing_cycle"


def models() -> tuple[Model, ...]:
    """Every table that ``frames`` describes."""
    return tuple(
        value
        for value in vars(frames).values()
        if isinstance(value, type) and issubclass(value, Table) and value not in (Table, Observation)
    )


def is_staged(model: Model) -> bool:
    """True for tables of observations, which cannot be computed again."""
    return issubclass(model, Observation)


def schema_name(model: Model) -> str:
    """``staged`` for observations, ``bills`` for what is derived from them."""
    return "staged" if is_staged(model) else "bills"


def table_name(model: Model) -> str:
    """Qualified name: ``staged.purchase_order_lines`` for ``PurchaseOrderLines``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__.replace("ConnectWise", "Connectwise"))
    return f"{schema_name(model)}.{words.lower()}"


def key_of(model: type[Observation]) -> tuple[str, ...]:
    """Key columns of a staged table. Raises ``KeyError`` for a model that is not staged."""
    return KEYS[model]


def columns(model: Model) -> dict[str, str]:
    """Column name to DuckDB type, in declared order."""
    return {field.name: _duckdb_type(field.type) for field in model.arrow_schema()}


def nullable(model: Model) -> frozenset[str]:
    """Columns that may be null."""
    return frozenset(name for name, column in model.to_schema().columns.items() if column.nullable)


def quoted(name: str) -> str:
    """A column name as SQL takes it; some are words of the language (``case``, ``date``)."""
    return f'"{name}"'


def ddl(model: Model, table: str) -> str:
    """The CREATE TABLE statement of ``model`` under the name ``table``."""
    free = nullable(model)
    lines = [f"{quoted(name)} {kind}{'' if name in free else ' not null'}" for name, kind in columns(model).items()]
    if is_staged(model):
        lines.append(f"{SEQUENCE} bigint not null default nextval('staged.observations')")
    return f"create table {table} (\n  " + ",\n  ".join(lines) + "\n)"


def _duckdb_type(kind: arrow.DataType) -> str:
    if arrow.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    plain = {
        arrow.string(): "VARCHAR",
        arrow.int64(): "BIGINT",
        arrow.bool_(): "BOOLEAN",
        arrow.date32(): "DATE",
        arrow.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
    }
    if kind not in plain:
        message = f"no table column holds the Arrow type {kind}"
        raise TypeError(message)
    return plain[kind]
