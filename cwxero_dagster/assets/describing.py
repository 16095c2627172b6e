"""What an asset tells of itself in the Dagster UI: columns, counts, totals as text, the first rows as a table.

What belongs here: metadata from frames and rows. What does not: anything that an asset computes.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import dagster as dg

from cwxero_dagster.frames import Table
from cwxero_dagster.payables.bills import owed
from cwxero_dagster.payables.money import by_currency, plain, price_text
from cwxero_dagster.payables.wording import shortened, unturned

OWNERS = {"data": ["team:data"], "finance": ["team:finance"], "procurement": ["team:procurement"]}
PREVIEW_ROWS = 20
SHOWN_LENGTH = 400
"""Characters of a cell; what is longer ends in three dots and is whole in the list that the asset names."""
LISTS = frozenset({"po_numbers", "tracking", "leads_to"})
"""Columns that hold JSON, which people read as words."""
QUANTITIES = frozenset({"quantity", "ordered", "received", "cancelled"})


def column_schema(model: type[Table]) -> dg.TableSchema:
    """The table's columns, their types, and what ``frames`` says of them."""
    declared, words = model.to_schema().columns, column_words(model)
    columns = [
        dg.TableColumn(
            field.name,
            str(field.type),
            description=words.get(field.name),
            constraints=dg.TableColumnConstraints(nullable=declared[field.name].nullable),
        )
        for field in model.arrow_schema()
    ]
    return dg.TableSchema(columns)


def column_words(model: type[Table]) -> Mapping[str, str]:
    """The sentence below a column of the model in ``frames``, by column; not every column needs one."""
    (declared,) = (one for one in ast.parse(inspect.getsource(model)).body if isinstance(one, ast.ClassDef))
    return {
        ast.unparse(column.target): inspect.cleandoc(str(said.value.value))
        for column, said in pairwise(declared.body)
        if isinstance(column, ast.AnnAssign) and isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant)
    }


def spec(
    key: str,
    model: type[Table],
    *,
    group: str,
    owner: str,
    description: str,
    kinds: set[str],
    deps: Sequence[str] = (),
    partitions: dg.PartitionsDefinition[str] | None = None,
) -> dg.AssetSpec:
    """An asset's declaration."""
    return dg.AssetSpec(
        key,
        description=description,
        group_name=group,
        owners=OWNERS[owner],
        kinds=kinds,
        deps=list(deps),
        partitions_def=partitions,
        metadata={"dagster/column_schema": column_schema(model)},
    )


def rows_metadata(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], **more: Any) -> dict[str, Any]:
    """Row count, further figures, and ``columns`` of the first rows as a readable table."""
    metadata: dict[str, Any] = {"dagster/row_count": len(rows), **more}
    if rows:
        metadata["first_rows" if len(rows) > PREVIEW_ROWS else "rows"] = table(rows[:PREVIEW_ROWS], columns)
    return metadata


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dg.TableMetadataValue:
    """Rows as a metadata table, everything as text that people can read."""
    titles = {name: name.replace("_", " ") for name in columns}
    records = [dg.TableRecord({title: shown(name, row[name]) for name, title in titles.items()}) for row in rows]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(title) for title in titles.values()]))


def shown(name: str, value: Any) -> str:
    """One cell as text: quantities without idle zeros, amounts and prices with two decimals at least."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value) if name in QUANTITIES else price_text(value)
    if name in LISTS:
        return _in_words(str(value))
    return shortened(unturned(str(value)), SHOWN_LENGTH)


def _in_words(text: str) -> str:
    """``["PO-1", "PO-2"]`` as ``PO-1, PO-2``; ``{"Region": "North"}`` as ``Region: North``."""
    value = json.loads(text)
    parts = [f"{key}: {each}" for key, each in value.items()] if isinstance(value, dict) else value
    return ", ".join(parts)


def version_of(rows: Iterable[Mapping[str, Any]]) -> dg.DataVersion:
    """A data version that stays the same while the rows do, so that the UI calls out of date only what is."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(sorted(row.items())).encode())
    return dg.DataVersion(digest.hexdigest()[:16])


def summed(moneys: Iterable[Iterable[tuple[str, Decimal]]]) -> dict[str, Decimal]:
    """Amounts added up currency by currency; different currencies are never added up."""
    return by_currency(pair for money in moneys for pair in money)


def signed(row: Mapping[str, Any]) -> tuple[str, Decimal]:
    """Currency and total of a bill or plan row; a supplier credit counts negative."""
    return row["currency_code"], owed(row["document_type"], row["total"])
