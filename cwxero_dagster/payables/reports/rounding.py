"""Cents of a cycle: where ConnectWise, the bill and Xero differ.

What belongs here: the differences of each bill. What does not: which of them is tolerable (matching, publishing).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.records import ZERO


@dataclass(frozen=True)
class Cents:
    """The differences of one bill that is in Xero, in its currency."""

    bill_key: str
    po_numbers: tuple[str, ...]
    number: str
    currency_code: str
    tax: Decimal
    """Tax as the bill computes it."""
    connectwise_tax: Decimal | None
    """Tax as ConnectWise shows it; None where it shows none."""
    rounding_line: Decimal
    """Visible rounding line on the bill."""
    total: Decimal
    xero_total: Decimal | None
    """None where Xero's total is not to be compared: a person changed it there."""

    @property
    def tax_difference(self) -> Decimal:
        """What the bill's tax is above ConnectWise's."""
        return ZERO if self.connectwise_tax is None else self.tax - self.connectwise_tax

    @property
    def xero_difference(self) -> Decimal:
        """What Xero's total is above ours."""
        return ZERO if self.xero_total is None else self.xero_total - self.total

    @property
    def is_zero(self) -> bool:
        """True where all three agree."""
        return not (self.tax_difference or self.rounding_line or self.xero_difference)
