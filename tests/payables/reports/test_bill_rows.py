"""The tie-out of a cycle by currency: a bill of which nothing is left has none, and makes no line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cwxero_dagster.payables.reports.bills import tie_outs


@pytest.mark.parametrize(
    ("due", "currencies"),
    [
        ([("AUD", Decimal(5)), ("", Decimal(0))], ["AUD"]),
        ([("AUD", Decimal(0))], ["AUD"]),
        # What is not nothing is shown, whatever is missing of it.
        ([("", Decimal(5))], [""]),
        ([], []),
    ],
)
def test_what_has_no_currency_makes_a_line_only_where_it_has_an_amount(
    due: list[tuple[str, Decimal]], currencies: list[str]
) -> None:
    assert [line.currency_code for line in tie_outs([], due)] == currencies
