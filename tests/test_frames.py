"""Every table's contract: what the quick questions let through is what Pandera lets through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as arrow
import pytest
from pandera.errors import SchemaErrors

from cwxero_dagster import frames
from cwxero_dagster.frames import Table
from cwxero_dagster.warehouse.tables import models, nullable


def value(model: type[Table], field: arrow.Field, number: int) -> Any:
    """Something that the column may hold, different for each ``number`` where the column chooses freely."""
    choices = [c.statistics["allowed_values"] for c in model.to_schema().columns[field.name].checks]
    if choices:
        return choices[0][0]
    kind = field.type
    if arrow.types.is_decimal(kind):
        return Decimal(number)
    plain = {
        arrow.string(): f"text {number}",
        arrow.int64(): number,
        arrow.bool_(): True,
        arrow.date32(): date(2026, 6, number),
    }
    return plain.get(kind, datetime(2026, 6, number, tzinfo=UTC))


def frame_of(model: type[Table], *, full: bool = True) -> pd.DataFrame:
    """Two rows; where not ``full``, everything that may be missing is."""
    left_out = frozenset() if full else nullable(model)
    return model.of(
        {field.name: value(model, field, number) for field in model.arrow_schema() if field.name not in left_out}
        for number in (1, 2)
    )


def refusal(check: Callable[[pd.DataFrame], Any], frame: pd.DataFrame) -> Any:
    """What of the frame is refused, and why; None where nothing is."""
    try:
        check(frame)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        return sorted(zip(map(str, cases["column"]), map(str, cases["check"]), cases["index"].map(str), strict=True))
    return None


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
@pytest.mark.parametrize("full", [True, False])
def test_rows_that_keep_the_contract_pass(model: type[Table], full: bool) -> None:
    frame = frame_of(model, full=full)
    assert refusal(model.checked, frame) is None
    assert refusal(lambda given: model.validate(given, lazy=True), frame) is None
    assert len(frame) == 2


def one_of_each() -> list[tuple[type[Table], str]]:
    """A column for each thing that a contract says of columns: type, whether it may be null, once only, a choice."""
    found: dict[tuple[Any, ...], tuple[type[Table], str]] = {}
    for model in models():
        for name, column in model.to_schema().columns.items():
            found.setdefault((str(column.dtype), column.nullable, column.unique, bool(column.checks)), (model, name))
    return list(found.values())


@pytest.mark.parametrize(("model", "name"), one_of_each())
def test_every_broken_promise_is_refused_in_panderas_words(model: type[Table], name: str) -> None:
    frame, column = frame_of(model), model.to_schema().columns[name]
    kind = frame[name].dtype
    other = pd.ArrowDtype(arrow.int64() if kind.pyarrow_dtype != arrow.int64() else arrow.string())
    spoilt = [
        frame.drop(columns=name),
        frame.assign(**{name: pd.Series([None, None], dtype=other)}),
        frame.assign(**{name: frame[name].astype(object)}),
    ]
    if not column.nullable:
        spoilt.append(frame.assign(**{name: pd.Series([frame[name][0], None], dtype=kind)}))
    if column.unique:
        spoilt.append(frame.assign(**{name: pd.Series([frame[name][0]] * 2, dtype=kind)}))
    if column.checks:
        spoilt.append(frame.assign(**{name: pd.Series([frame[name][0], "another word"], dtype=kind)}))
    for broken in spoilt:
        expected = refusal(lambda given: model.validate(given, lazy=True), broken)
        assert expected
        assert refusal(model.checked, broken) == expected


def test_a_column_that_does_not_belong_is_refused() -> None:
    with pytest.raises(SchemaErrors):
        frames.Holds.checked(frame_of(frames.Holds).assign(surplus="text"))


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_the_contract_consists_of_what_is_asked_first(model: type[Table]) -> None:
    schema = model.to_schema()
    rest = (schema.checks, schema.unique, schema.index, schema.parsers, schema.coerce, schema.dtype)
    assert rest == ([], None, None, [], False, None)
    assert schema.strict is True
    for column in schema.columns.values():
        assert (column.coerce, column.regex, column.parsers, column.required) == (False, False, [], True)
