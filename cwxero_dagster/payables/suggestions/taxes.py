"""Which Xero tax type a tax code means: by what people keyed under it, then by its rate.

What belongs here: proposals for tax_codes.csv. What does not: which line is taxable (composing), accounts (coding).
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from cwxero_dagster.payables.books import TaxRate
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import line_net, rounded
from cwxero_dagster.payables.suggestions.basis import Basis, Ordered
from cwxero_dagster.payables.suggestions.names import words
from cwxero_dagster.payables.suggestions.suggestion import Suggestion, confidence_of
from cwxero_dagster.payables.wording import counted

FILE = "tax_codes.csv"
ENOUGH_LINES = 3
_NEAR = Decimal("0.1")
"""Percent by which a rate worked out from rounded tax may miss the rate that it stands for."""

_Key = tuple[str, bool]


def tax_suggestions(basis: Basis) -> list[Suggestion]:
    """A row for every tax code, taxable and not, that a line bears and that leads to no tax type."""
    unmapped: dict[_Key, list[Ordered]] = {}
    written: dict[_Key, str] = {}
    for one in basis.ordered:
        if one.coding.tax_type is None:
            unmapped.setdefault(_key(one), []).append(one)
            written.setdefault(_key(one), (one.po.tax_code or "").strip())
    votes: dict[_Key, Counter[str]] = {}
    for ordered, line in basis.keyed_as():
        rate = basis.books.tax_rates.get(line.tax_type or "")
        if rate and rate.status == "ACTIVE":
            votes.setdefault(_key(ordered), Counter())[rate.tax_type] += 1
    return [
        _suggestion(basis, written[key], unmapped[key], votes.get(key, Counter()))
        for key in sorted(unmapped, key=lambda key: (-len(unmapped[key]), key))
    ]


def _key(one: Ordered) -> _Key:
    return folded(one.po.tax_code), one.taxable


def _suggestion(basis: Basis, code: str, lines: list[Ordered], votes: Counter[str]) -> Suggestion:
    taxable = lines[0].taxable
    row = {"connectwise_tax_code": code, "taxable": "yes" if taxable else "no"}
    if votes:
        tax_type, count = votes.most_common(1)[0]
        confidence = confidence_of(votes, tax_type, enough=ENOUGH_LINES)
        of_all = "" if count == votes.total() else f" of {votes.total()}"
        reason = f"{counted(count, 'line')}{of_all} that people keyed under it have {_shown(basis, tax_type)}."
        return Suggestion(FILE, row | {"xero_tax_type": tax_type}, confidence, reason)
    percent = _percent(lines) if taxable else Decimal(0)
    rates = [
        rate for rate in basis.books.tax_rates.values() if rate.status == "ACTIVE" and "expenses" in rate.applies_to
    ]
    fitting = [rate for rate in rates if percent is None or abs(rate.rate - percent) <= _NEAR]
    named = [rate for rate in fitting if words(code) and set(words(code)) <= set(words(rate.name))]
    at = "" if percent is None else f" of {percent.normalize():f} %"
    if len(fitting) == 1:
        reason = f"It is the only tax rate{at} for expenses in Xero: {_shown(basis, fitting[0].tax_type)}."
        return Suggestion(FILE, row | {"xero_tax_type": fitting[0].tax_type}, "medium", reason)
    if len(named) == 1:
        reason = f"Of the tax rates{at} for expenses its name is nearest: {_shown(basis, named[0].tax_type)}."
        return Suggestion(FILE, row | {"xero_tax_type": named[0].tax_type}, "low", reason)
    return Suggestion(FILE, row, "none", _choices(basis, fitting, at))


def _percent(lines: list[Ordered]) -> Decimal | None:
    """The rate that ConnectWise taxed most of the lines with, in percent; None where it shows no tax."""
    seen: Counter[Decimal] = Counter()
    for one in lines:
        net = line_net(one.line.quantity, one.line.unit_cost)
        if one.line.tax and net:
            seen[rounded(one.line.tax * 100 / net, 1)] += 1
    return seen.most_common(1)[0][0] if seen else None


def _choices(basis: Basis, fitting: list[TaxRate], at: str) -> str:
    if not at:
        return "ConnectWise shows no tax on any of its lines, and no tax rate in Xero is named like it."
    if not fitting:
        return f"No tax rate{at} for expenses is active in Xero."
    shown = ", ".join(_shown(basis, rate.tax_type) for rate in fitting[:5])
    return f"Several tax rates{at} would do: {shown}. Choose one."


def _shown(basis: Basis, tax_type: str) -> str:
    return f"{tax_type} ({basis.books.tax_rates[tax_type].name})"
