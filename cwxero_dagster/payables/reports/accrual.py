"""The month-end accrual: a journal for goods that were received and not billed, and its reversal.

What belongs here: the proposal. What does not: what was received (goods), posting it: a person does that, in Xero, as a
manual journal with an auto-reversing date. Amounts are without tax, because tax is claimed with the bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.money import total
from cwxero_dagster.payables.records import ZERO


@dataclass(frozen=True)
class Cost:
    """Goods to accrue: what they cost and where the bill would book them."""

    account_code: str | None
    """None where no mapping gives an account yet."""
    tracking: tuple[tuple[str, str], ...]
    currency_code: str
    amount: Decimal
    po_number: str


@dataclass(frozen=True)
class JournalLine:
    """One line of the journal; a negative amount is a credit, as in Xero's manual journals."""

    account_code: str | None
    """None: a person has to name the account."""
    description: str
    tracking: tuple[tuple[str, str], ...]
    currency_code: str
    amount: Decimal

    @property
    def debit(self) -> Decimal:
        """The amount, where it is a debit."""
        return max(self.amount, ZERO)

    @property
    def credit(self) -> Decimal:
        """The amount, where it is a credit."""
        return max(-self.amount, ZERO)


@dataclass(frozen=True)
class Accrual:
    """The proposal: posted on ``posted_on``, taken back on ``reversed_on``."""

    posted_on: date
    reversed_on: date
    lines: tuple[JournalLine, ...]
    """For each currency the costs, then the one line against them; each currency adds up to zero."""

    @property
    def money(self) -> Mapping[str, Decimal]:
        """What is accrued, by currency."""
        debits: dict[str, Decimal] = {}
        for line in self.lines:
            debits[line.currency_code] = debits.get(line.currency_code, ZERO) + line.debit
        return debits


def proposal(costs: Iterable[Cost], *, account: str | None, posted_on: date, reversed_on: date) -> Accrual:
    """The journal: a line an account, tracking and currency, against ``account`` (``accrual.account``)."""
    groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Cost]] = {}
    for cost in costs:
        groups.setdefault((cost.currency_code, cost.account_code or "", cost.tracking), []).append(cost)
    lines: list[JournalLine] = []
    for currency in sorted({key[0] for key in groups}):
        mine = [_line(members) for key, members in sorted(groups.items()) if key[0] == currency]
        against = f"Goods received and not billed by {posted_on}"
        lines += [*mine, JournalLine(account, against, (), currency, -total(line.amount for line in mine))]
    return Accrual(posted_on, reversed_on, tuple(line for line in lines if line.amount))


def _line(costs: list[Cost]) -> JournalLine:
    orders = list(dict.fromkeys(cost.po_number for cost in costs))
    shown = ", ".join(orders[:5]) + (f" and {len(orders) - 5} more" if len(orders) > 5 else "")
    first = costs[0]
    amount = total(cost.amount for cost in costs)
    words = f"Received and not billed: {shown}"
    return JournalLine(first.account_code, words, first.tracking, first.currency_code, amount)
