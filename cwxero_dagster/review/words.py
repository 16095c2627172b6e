"""Amounts as people read them on the page and in the digest.

What belongs here: grouping digits, naming currencies, shares. What does not: the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cwxero_dagster.payables.money import decimals_text, rounded


def amount(value: Decimal) -> str:
    """``65,260.48``; a true minus sign."""
    return f"{rounded(value):,f}".replace("-", "\N{MINUS SIGN}")


def money(figures: Mapping[str, Decimal], first: str = "") -> str:
    """``65,260.48 AUD, 711.78 NZD``; the currency ``first`` leads, and nothing is ``nothing``."""
    codes = sorted(figures, key=lambda code: (code != first, code))
    return ", ".join(f"{amount(figures[code])} {code}".strip() for code in codes if figures[code]) or "nothing"


def percent(value: Decimal | None) -> str:
    """A share for people; blank where there is none."""
    return "" if value is None else decimals_text(value, most=1)
