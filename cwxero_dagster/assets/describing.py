"""What an asset tells of itself in the Dagster UI: columns, counts, totals as text, the first rows as a table.

What belongs here: metadata from frames. What does not: anything that an asset computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import dagster as dg

from cwxero_dagster.frames import Table
from cwxero_dagster.payables.money import amount_text

OWNERS = {"data": ["team:data"], "finance": ["team:finance"], "procurement": ["team:procurement"]}
PREVIEW_ROWS = 20
HIDDEN = frozenset({"body", "fingerprint", "payload", "facts", "url"})


def column_schema(model: type[Table]) -> dg.TableSchema:
    """The table's columns and types."""
    columns = [
        dg.TableColumn(
            field.name,
            str(field.type),
            constraints=dg.TableColumnConstraints(nullable=model.to_schema().columns[field.name].nullable),
        )
        for field in model.arrow_schema()
    ]
    return dg.TableSchema(columns)


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


def rows_metadata(rows: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """Row count, further figures, and the first rows as a readable table."""
    metadata: dict[str, Any] = {"dagster/row_count": len(rows), **{name: plain(value) for name, value in more.items()}}
    if rows:
        metadata["first_rows"] = table(rows[:PREVIEW_ROWS])
    return metadata


def table(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rows as a metadata table, everything as text that people can read."""
    names = [name for name in rows[0] if name not in HIDDEN]
    records = [dg.TableRecord({name: shown(row[name]) for name in names}) for row in rows]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name) for name in names]))


def shown(value: Any) -> str:
    """One cell as text; amounts with two decimals at least."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return amount_text(value) if value == value.quantize(Decimal("0.01")) else f"{value.normalize():f}"
    return str(value)[:200]


def plain(value: Any) -> Any:
    """A metadata value that Dagster can keep: Decimals become text."""
    return amount_text(value) if isinstance(value, Decimal) else value
