"""The parallel run of a cycle as finance reads it: the last comparison, and where its sign-off stands.

What belongs here: the values of the pack, sums over them, and their names for people. What does not: comparing
(payables/comparison), gathering (pipeline/packing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from cwxero_dagster.payables.comparison.result import KINDS, Kind, TieOut, Total
from cwxero_dagster.payables.money import by_currency

STATUS = {
    "agrees": "Both sides agree",
    "differs": "Both sides have it and differ",
    "only_keyed": "Only you have it",
    "only_sync": "Only the sync has it",
    "ambiguous": "Nothing tells which is which",
    "in_later_cycle": "On a bill of yours that a later cycle compares",
    "set_aside": "Set aside",
}
"""Where a row stands, in words."""


@dataclass(frozen=True, kw_only=True)
class ComparedRow:
    """Bills that belong together, or that only one side has."""

    row_id: str
    shown: str
    """Digest of its differences: what a person decides on."""
    status: str
    match: str
    """How the bills found each other."""
    vendor: str
    po_numbers: tuple[str, ...]
    sync_number: str
    keyed_number: str
    keyed_where: str
    sync_date: date | None
    keyed_date: date | None
    sums: Mapping[str, TieOut]
    """What it adds to the tie-out, by currency."""
    set_aside: Mapping[str, Decimal]
    """Its money by currency where it is counted and not compared."""
    kinds: tuple[str, ...]
    reason: str
    remark: str
    open: int
    decided: str
    """What people said about it, in words."""
    po_link: str | None
    keyed_link: str | None

    @property
    def is_guess(self) -> bool:
        """True where nothing but a near amount speaks for the pair, and nobody has decided it."""
        return self.match == "vendor near total" and self.open > 0


@dataclass(frozen=True, kw_only=True)
class FoundDifference:
    """One thing on which the two sides of a row do not agree."""

    row: ComparedRow
    kind: Kind
    field: str
    line: str
    sync: str
    keyed: str
    amount: Decimal
    """The sync's less yours."""
    currency_code: str
    explained: bool
    reason: str
    pattern: str
    """The words of its pattern; blank for one that stands alone."""
    decided: str
    cleared: bool


@dataclass(frozen=True, kw_only=True)
class FoundPattern:
    """Differences that are alike on several bills: one verdict decides all of them."""

    pattern_id: str
    shown: str
    words: str
    kind: str
    differences: int
    open: int
    amounts: Mapping[str, Decimal]
    decided: str


@dataclass(frozen=True)
class KindOfDifference:
    """All differences of one kind."""

    kind: Kind
    rows: int
    """Rows that have one."""
    open: int
    """Those of them on which one has no verdict that lets it stand."""
    money: Mapping[str, Decimal]
    """Net effect by currency."""


@dataclass(frozen=True, kw_only=True)
class ParallelRun:
    """What was last compared for a cycle."""

    compared_at: datetime
    base_currency: str
    ready: bool
    reasons: tuple[str, ...]
    """Why it is not ready."""
    compared: int
    matched: int
    percent: str
    remarks: tuple[str, ...]
    rows: tuple[ComparedRow, ...]
    """Worst first; what was set aside comes last."""
    differences: tuple[FoundDifference, ...]
    patterns: tuple[FoundPattern, ...]
    totals: tuple[Total, ...]
    signed: bool
    standing: str
    """Where the sign-off stands, in one sentence."""
    changes: tuple[str, ...]
    """What changed since the sign-off, a sentence a row."""

    @cached_property
    def tie_outs(self) -> Mapping[str, TieOut]:
        """keyed - only_keyed + only_sync + differences = sync by currency; the base currency is first, always there."""
        sums = {self.base_currency: TieOut()}
        for row in self.rows:
            for currency, share in row.sums.items():
                sums[currency] = sums.get(currency, TieOut()) + share
        return sums

    @cached_property
    def statuses(self) -> Mapping[str, int]:
        """How many rows stand where; set aside left out."""
        counts = {status: sum(row.status == status for row in self.rows) for status in STATUS if status != "set_aside"}
        return {status: count for status, count in counts.items() if count}

    @cached_property
    def aside(self) -> tuple[ComparedRow, ...]:
        """What was counted and not compared."""
        return tuple(row for row in self.rows if row.status == "set_aside")

    @cached_property
    def aside_money(self) -> Mapping[str, Decimal]:
        """Its money."""
        return by_currency(item for row in self.aside for item in row.set_aside.items())

    @cached_property
    def kinds(self) -> tuple[KindOfDifference, ...]:
        """Differences by kind, those of most rows first."""
        found: dict[Kind, list[FoundDifference]] = {}
        for each in self.differences:
            found.setdefault(each.kind, []).append(each)
        made = [
            KindOfDifference(
                kind,
                len({one.row.row_id for one in each}),
                len({one.row.row_id for one in each if not one.cleared}),
                by_currency((one.currency_code, one.amount) for one in each),
            )
            for kind, each in found.items()
        ]
        return tuple(sorted(made, key=lambda one: (-one.rows, [*KINDS].index(one.kind))))
