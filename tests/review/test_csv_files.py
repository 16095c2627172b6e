from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cwxero_dagster.review.csv_files import cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n=1"),
        ("Cable;=cmd|' /c calc'!A1", "Cable;'=cmd|' /c calc'!A1"),
        ("Cable; @SUM(A1)", "Cable;' @SUM(A1)"),
        ("Cable; 2 m", "Cable; 2 m"),
        ("O'Brien & Sons - 5%", "O'Brien & Sons - 5%"),
        (Decimal("-5.10"), "-5.10"),
        (-3, "-3"),
        (date(2026, 5, 1), "2026-05-01"),
        (None, ""),
    ],
)
def test_text_never_becomes_a_formula_and_numbers_stay_numbers(value: Any, text: str) -> None:
    assert cell(value) == text
