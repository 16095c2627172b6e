"""What accounts and tax types are called: Xero's name, and the code that the mapping files have.

What belongs here: naming codes for people. What does not: comparing codes, which is done by the codes alone (coding).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cwxero_dagster.payables.books import Books

BETWEEN = ", "
"""Between the codes of several lines that are compared as one."""


@dataclass(frozen=True)
class Names:
    """Names of accounts and tax types by code; a code without one stands for itself."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    tax_types: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, books: Books) -> Names:
        """The names that Xero has."""
        return cls(
            {code: account.name for code, account in books.accounts.items()},
            {code: rate.name for code, rate in books.tax_rates.items()},
        )

    def of_value(self, what: str, value: str) -> str:
        """The value of a field in words; the codes of several lines each by itself."""
        known = self.tax_types if what == "tax_type" else self.accounts if what in {"account", "account_code"} else {}
        codes = [value] if value in known else value.split(BETWEEN)
        return (
            BETWEEN.join(f"{known[code]} ({code})" for code in codes) if all(code in known for code in codes) else value
        )
