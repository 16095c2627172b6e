"""What every table is made of: the types of its columns, and the base of its model.

What belongs here: what all models share. What does not: a table that holds rows.

Amounts are ``DECIMAL(18,4)`` in the currency of their document, unit costs and quantities ``DECIMAL(28,10)``; moments
are UTC; dates are calendar dates (DESIGN.md, "Money" and "Time"). All columns are Arrow-backed: a missing value is
null, never NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

Text = Annotated[pd.ArrowDtype, arrow.string()]
Whole = Annotated[pd.ArrowDtype, arrow.int64()]
Flag = Annotated[pd.ArrowDtype, arrow.bool_()]
Day = Annotated[pd.ArrowDtype, arrow.date32()]
Moment = Annotated[pd.ArrowDtype, arrow.timestamp("us", tz="UTC")]
Amount = Annotated[pd.ArrowDtype, arrow.decimal128(18, 4)]
Quantity = Annotated[pd.ArrowDtype, arrow.decimal128(28, 10)]


def optional() -> Any:
    """A column that may be null."""
    return pa.Field(nullable=True)


class Table(pa.DataFrameModel):
    """Base of all frames: exact columns, nothing coerced."""

    class Config:
        """Pandera settings: unknown columns and wrong types are errors; nothing is converted silently."""

        strict = True
        coerce = False

    @classmethod
    def arrow_schema(cls) -> arrow.Schema:
        """The Arrow schema of the table, in declared column order."""
        columns = cls.to_schema().columns
        return arrow.schema([(name, column.dtype.type.pyarrow_dtype) for name, column in columns.items()])

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """A validated frame of ``rows``; a missing key is null. Raises ``pandera.errors.SchemaErrors``."""
        table = arrow.Table.from_pylist([dict(row) for row in rows], schema=cls.arrow_schema())
        return cls.from_arrow(table)

    @classmethod
    def from_arrow(cls, table: arrow.Table) -> pd.DataFrame:
        """A validated frame of an Arrow table, cast to the declared types without loss."""
        schema = cls.arrow_schema()
        return cls.checked(table.select(schema.names).cast(schema).to_pandas(types_mapper=pd.ArrowDtype))

    @classmethod
    def checked(cls, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame, which keeps the contract. Raises ``pandera.errors.SchemaErrors`` that name all that does not.

        Pandera asks each column many questions, which takes longer than anything else that is done with a small frame.
        So the few that this contract consists of are asked here first, and Pandera where one of them is answered no.
        """
        schema = cls.to_schema()
        sound = list(frame.columns) == list(schema.columns) and all(
            _is_sound(frame[name], column) for name, column in schema.columns.items()
        )
        return frame if sound else cls.validate(frame, lazy=True)

    @classmethod
    def empty(cls) -> pd.DataFrame:
        """A frame without rows that still has every column and type."""
        return cls.of([])

    @classmethod
    def rows(cls: type[Self], frame: pd.DataFrame) -> list[dict[str, Any]]:
        """The frame as Python values (Decimal, date, datetime, None), one dict a row."""
        rows: list[dict[str, Any]] = arrow.Table.from_pandas(
            frame, schema=cls.arrow_schema(), preserve_index=False
        ).to_pylist()
        return rows


def _is_sound(values: pd.Series, column: Any) -> bool:
    return (
        values.dtype == column.dtype.type
        and (column.nullable or not values.isna().any())
        and not (column.unique and values.duplicated().any())
        and all(check(values).check_passed for check in column.checks)
    )


class Observation(Table):
    """Columns of every staged table: an observation is appended when a record is new, changed or gone."""

    observed_at: Moment
    present: Flag
    """False: two complete sweeps and a look-up by id did not find the record any more."""
    fingerprint: Text
    """SHA-256 of ``body`` without links and other noise; an observation that repeats the one before is not stored."""
    body: Text
    """The record as ConnectWise or Xero sent it: JSON with sorted keys, decimals exact."""
