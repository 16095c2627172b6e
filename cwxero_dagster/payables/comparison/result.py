"""What a comparison says: rows, differences with a reason in words, and everything that is told of a cycle.

What belongs here: the values, and look-ups in them. What does not: how they are found (the other modules).

Every amount is the sync's less the keyed one: positive where the sync's bill is higher.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.money import plain, total

Kind = Literal[
    "mapping", "tax", "tracking", "freight", "rounding", "quantity", "price", "date", "number", "missing", "extra",
    "timing",
]  # fmt: skip
"""``missing``: the bookkeeper has it and the sync has not; ``extra``: the sync has it and she has not."""

KINDS: Mapping[Kind, str] = {
    "mapping": "Account, contact or currency",
    "tax": "Tax",
    "tracking": "Tracking",
    "freight": "Freight",
    "rounding": "Rounding",
    "quantity": "Quantity",
    "price": "Price",
    "date": "Date",
    "number": "Invoice number",
    "missing": "Bill or line that only you have",
    "extra": "Bill or line that only the sync has",
    "timing": "Another billing cycle",
}
"""Kinds of difference, in words; a row of two bills may lack a line on either side."""

Status = Literal["agrees", "differs", "only_keyed", "only_sync", "ambiguous", "in_later_cycle"]
Verdict = Literal["accepted", "bookkeepers_error", "mapping_to_fix", "open"]
VERDICTS: tuple[Verdict, ...] = ("accepted", "bookkeepers_error", "mapping_to_fix", "open")
CLEARING = frozenset({"accepted", "bookkeepers_error"})
"""Verdicts that clear a difference. One that is to be fixed stays until it is; ``open`` takes a verdict back."""


@dataclass(frozen=True)
class Disposition:
    """What a person said about differences: exactly those whose ``facts`` are named, whatever they were shown as."""

    subject: str
    """The row or pattern that she saw."""
    facts: frozenset[str]
    verdict: Verdict
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not the same on both sides."""

    field: str
    kind: Kind
    sync: str
    keyed: str
    reason: str
    line: str = ""
    """Description of the line; blank for the bill itself."""
    amount: Decimal = Decimal(0)
    """What it adds to the sync's total."""
    currency: str = ""
    """Of the amount; blank for the row's own, which is that of its first bill."""
    explained: bool = True
    """False for money that nothing on the two bills explains."""
    pattern: str = ""
    """What makes it one of many alike; blank for one that stands alone."""
    facts: str = ""
    """Digest of the bills, the place and both values: what a disposition is given for."""
    disposition: Disposition | None = None
    named: tuple[str, str] | None = None
    """Both values, the sync's first, as Xero's pages call them; None for what people know by its code."""

    @property
    def cleared(self) -> bool:
        """True once a person's verdict lets it stand."""
        return self.disposition is not None and self.disposition.verdict in CLEARING


@dataclass(frozen=True, kw_only=True)
class Row:
    """Bills that belong together, or a bill (or knot of bills) that only one side has."""

    match: str
    """How they were found: the pass, else ``only_sync``, ``only_keyed``, ``ambiguous`` or ``in_later_cycle``."""
    sync: tuple[BillSide, ...]
    keyed: tuple[BillSide, ...]
    differences: tuple[Difference, ...] = ()
    remark: str = ""
    """What else there is to know, in words: what holds the sync's bill."""

    @property
    def row_id(self) -> str:
        """Stays the same while the row consists of the same bills."""
        return "R" + digest(
            "row", self.match in ONE_SIDED, *sorted(b.id for b in self.sync), *sorted(b.id for b in self.keyed)
        )

    @property
    def paired(self) -> bool:
        """True where both sides have it."""
        return self.match not in ONE_SIDED and self.counted

    @property
    def counted(self) -> bool:
        """False where its bills are named only: their money counts in the row of a later cycle, which has them too."""
        return self.match != IN_LATER_CYCLE

    @property
    def status(self) -> Status:
        """Where the row stands before anybody's verdict."""
        if self.match == "ambiguous":
            return "ambiguous"
        if self.match == IN_LATER_CYCLE:
            return "in_later_cycle"
        if not self.keyed:
            return "only_sync"
        if not self.sync:
            return "only_keyed"
        return "differs" if self.differences else "agrees"

    @property
    def open(self) -> tuple[Difference, ...]:
        """Differences that no verdict has cleared."""
        return tuple(each for each in self.differences if not each.cleared)

    @property
    def facts(self) -> str:
        """Digest of the differences that the row shows."""
        return facts_digest(each.facts for each in self.differences)

    @property
    def bills(self) -> tuple[BillSide, ...]:
        """All bills of the row."""
        return (*self.sync, *self.keyed)

    @property
    def vendor_name(self) -> str:
        """Who is owed."""
        return self.bills[0].vendor_name

    @property
    def unexplained(self) -> Decimal:
        """Money of the row that nothing explains."""
        return total(abs(each.amount) for each in self.differences if not each.explained)


ONE_SIDED = frozenset({"only_sync", "only_keyed", "ambiguous"})
IN_LATER_CYCLE = "in_later_cycle"


@dataclass(frozen=True)
class SetAside:
    """A keyed bill that is counted and not compared, and the rule that says so."""

    bill: BillSide
    reason: str

    @property
    def row_id(self) -> str:
        """What the row is called, whatever it says."""
        return "S" + digest("set aside", self.bill.id)


@dataclass(frozen=True)
class TieOut:
    """keyed - only_keyed + only_sync + differences = sync, in one currency, gross."""

    keyed: Decimal = Decimal(0)
    only_keyed: Decimal = Decimal(0)
    only_sync: Decimal = Decimal(0)
    differences: Decimal = Decimal(0)
    sync: Decimal = Decimal(0)
    unexplained: Decimal = Decimal(0)
    """Money of differences that no named difference explains, without regard to sign: two cannot cancel out."""

    def __add__(self, other: TieOut) -> TieOut:
        """Both together."""
        return TieOut(*(total([mine, theirs]) for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Total:
    """What both sides book on one value of vendor, account, tax type or tracking option."""

    by: Literal["vendor", "account", "tax_type", "tracking"]
    value: str
    currency: str
    keyed: Decimal
    sync: Decimal

    @property
    def difference(self) -> Decimal:
        """The sync's less the keyed."""
        return self.sync - self.keyed


@dataclass(frozen=True)
class Pattern:
    """Differences that are alike on several bills: one decision clears them."""

    pattern_id: str
    kind: Kind
    words: str
    rows: tuple[str, ...]
    facts: frozenset[str]
    open: int
    """How many of them no verdict has cleared."""
    amounts: Mapping[str, Decimal]
    """Net effect by currency."""

    @property
    def digest(self) -> str:
        """Digest of the differences that it consists of."""
        return facts_digest(self.facts)


@dataclass(frozen=True)
class Readiness:
    """Whether a cycle counts as ready by the criteria agreed beforehand, and every reason why it does not."""

    ready: bool
    reasons: tuple[str, ...]
    compared: int
    matched: int
    matched_percent: Decimal

    @property
    def percent_text(self) -> str:
        """The percentage, cut and not rounded: 97.999 must not read 98."""
        return plain(Decimal(int(self.matched_percent * 100)) / 100)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything that the parallel run of a cycle says."""

    cycle: str
    base_currency: str
    rows: tuple[Row, ...]
    set_aside: tuple[SetAside, ...]
    tie_outs: Mapping[str, TieOut]
    """By currency; the base currency is always there."""
    totals: tuple[Total, ...]
    patterns: tuple[Pattern, ...]
    readiness: Readiness
    remarks: tuple[str, ...] = field(default=())

    @property
    def tie_out(self) -> TieOut:
        """The tie-out in the organisation's base currency."""
        return self.tie_outs[self.base_currency]


def facts_digest(facts: Iterable[str]) -> str:
    """A short digest of a set of differences: what somebody was shown."""
    return "F" + digest(*sorted(set(facts)))


def digest(*parts: object) -> str:
    """A short digest of facts. Ids that people see begin with a letter: a spreadsheet takes none for a number."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]
