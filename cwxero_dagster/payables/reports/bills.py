"""The bills of a cycle as finance looks at them: where each stands, and the line that ties them out.

What belongs here: one row a bill, the one place in which each counts, and sums over them. What does not: the plan that
the rows come from. A supplier credit counts negative everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.money import by_currency, total
from cwxero_dagster.payables.records import ZERO

IN_XERO, TO_PUBLISH, IN_QUESTION, HELD, KEPT_OUT, WITHDRAWN = (
    "in Xero",
    "to be published",
    "in Xero, with a question",
    "held back",
    "kept out",
    "withdrawn",
)
PLACES = (IN_XERO, IN_QUESTION, TO_PUBLISH, HELD, KEPT_OUT, WITHDRAWN)
"""Where a bill can stand; every bill of a cycle is in exactly one place."""
_GONE = frozenset({"DELETED", "VOIDED"})


def place_of(action: str, *, xero_id: str | None, xero_status: str | None) -> str:
    """Where a bill stands, from its row of the plan."""
    there = bool(xero_id) and xero_status not in _GONE
    if action in {"hold", "refuse"}:
        return IN_QUESTION if there else HELD
    if action == "exclude":
        return KEPT_OUT
    if action == "withdraw" or (xero_id and not there):
        return WITHDRAWN
    return IN_XERO if there else TO_PUBLISH


@dataclass(frozen=True)
class AsInXero:
    """The figures of a bill as Xero holds them, whoever put them there; those of a credit are negative."""

    currency_code: str
    net: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class BillRow:
    """One bill or supplier credit of the cycle."""

    key: str
    place: str
    po_numbers: tuple[str, ...]
    vendor: str
    number: str
    is_credit: bool
    dated: date | None
    due_date: date | None
    due_on: date | None
    """The day of the event that made the bill due; None for a bill that is due no more."""
    currency_code: str
    net: Decimal
    tax: Decimal
    total: Decimal
    """As ConnectWise and the decision make it, like the net and the tax."""
    as_in_xero: AsInXero | None
    """None where Xero holds it no more, or never did."""
    written: Decimal | None
    """Total as the sync last wrote it to Xero, in ``currency_code``; None where that is not known."""
    xero_status: str | None
    reason: str
    question: str | None
    """Title of the gravest kind of case that holds it."""
    stake: tuple[str, Decimal] | None
    """Currency and amount of that question; None where nothing is asked, or all of the bill is at stake."""
    po_link: str | None
    xero_link: str | None
    asked_before: bool
    """A person was asked about it at some time."""

    @property
    def is_held(self) -> bool:
        """True where a person is asked about it now."""
        return self.place in {HELD, IN_QUESTION}

    @property
    def asked(self) -> str | None:
        """What a person is asked about it now; None where nobody is."""
        return (self.question or "Nothing may be written yet") if self.is_held else None

    @property
    def at_stake(self) -> tuple[str, Decimal] | None:
        """Currency and amount that a person is asked about now: of a bill in Xero, what that holds too little of it."""
        return (self.stake or (self.currency_code, self.total)) if self.is_held else None

    @property
    def is_in_xero(self) -> bool:
        """True where Xero holds it and nobody removed it."""
        return self.place in {IN_XERO, IN_QUESTION}

    @property
    def stands(self) -> tuple[str, Decimal]:
        """Currency and total where it stands: Xero's own where Xero holds it, as a person may have changed it."""
        if self.is_in_xero and self.as_in_xero:
            return self.as_in_xero.currency_code, self.as_in_xero.total
        return self.currency_code, self.total

    @property
    def left(self) -> Decimal:
        """What was written less what ConnectWise says now, of a bill that Xero holds and that stays as it was."""
        return self.written - self.total if self.is_in_xero and self.written is not None else ZERO


@dataclass(frozen=True)
class TieOut:
    """One currency's line: due + no longer due + left as written + changed in Xero = the sum over the places.

    What is due and where it stands come from two tables.
    """

    currency_code: str
    due: Decimal
    """The would-be bills of the cycle."""
    no_longer_due: Decimal
    """Bills that were planned once and whose goods went back or were billed another way."""
    left: Decimal
    """What approved bills, and those that a person has in hand, were written with more than ConnectWise says now."""
    changed: Decimal
    """What Xero holds more than was sent there, because people changed it (or Xero rounds otherwise)."""
    places: Mapping[str, Decimal]

    @property
    def unexplained(self) -> Decimal:
        """Left side less right side: zero, or a bill was lost on the way from goods to plan."""
        return self.due + self.no_longer_due + self.left + self.changed - total(self.places.values())


@dataclass(frozen=True)
class Question:
    """What a kind of question is about in a cycle, each bill counted once, under its gravest kind."""

    title: str
    bills: int
    money: Mapping[str, Decimal]


@dataclass(frozen=True)
class CycleFigures:
    """One cycle in the trend."""

    cycle: str
    counts: Mapping[str, int]
    """Bills by place."""
    money: Mapping[str, Mapping[str, Decimal]]
    """Place to amount by currency."""
    untouched: int
    """Bills in Xero that no person was ever asked about."""
    orders: int
    """Purchase orders raised in the cycle."""
    held_money: Mapping[str, Decimal]
    """What is at stake in the bills that a person is asked about, by currency."""

    @property
    def bills(self) -> int:
        """All bills of the cycle."""
        return sum(self.counts.values())

    @property
    def held_bills(self) -> int:
        """Bills that a person is asked about."""
        return self.counts.get(HELD, 0) + self.counts.get(IN_QUESTION, 0)

    @property
    def touchless_percent(self) -> Decimal | None:
        """Share of the bills in Xero that went through without a question; None while there is none."""
        there = self.counts.get(IN_XERO, 0) + self.counts.get(IN_QUESTION, 0)
        return Decimal(100) * self.untouched / there if there else None


def tie_outs(bills: Sequence[BillRow], due: Iterable[tuple[str, Decimal]]) -> tuple[TieOut, ...]:
    """The line of each currency. ``due``: currency and total of each would-be bill, as they were put together."""
    left = by_currency(due)
    gone = by_currency((bill.currency_code, bill.total) for bill in bills if bill.due_on is None)
    places = {place: by_currency(bill.stands for bill in bills if bill.place == place) for place in PLACES}
    stands = by_currency(bill.stands for bill in bills)
    planned = by_currency((bill.currency_code, bill.total) for bill in bills)
    as_written = by_currency((bill.currency_code, bill.left) for bill in bills)
    currencies = sorted({*left, *gone, *planned, *stands})
    lines = (
        TieOut(
            currency,
            left.get(currency, ZERO),
            gone.get(currency, ZERO),
            as_written.get(currency, ZERO),
            stands.get(currency, ZERO) - planned.get(currency, ZERO) - as_written.get(currency, ZERO),
            {place: money.get(currency, ZERO) for place, money in places.items()},
        )
        for currency in currencies
    )
    # A bill of which nothing is left has no currency.
    return tuple(one for one in lines if one.currency_code or one.due or any(one.places.values()))


def questions(bills: Iterable[BillRow]) -> tuple[Question, ...]:
    """What is held, by the gravest kind of question, most bills first."""
    groups: dict[str, list[BillRow]] = {}
    for bill in bills:
        if bill.asked:
            groups.setdefault(bill.asked, []).append(bill)
    found = [Question(title, len(mine), held_money(mine)) for title, mine in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.bills, one.title)))


def held_money(bills: Iterable[BillRow]) -> Mapping[str, Decimal]:
    """What is at stake in the bills that a person is asked about, by currency."""
    return by_currency(bill.at_stake for bill in bills if bill.at_stake)


def cycle_figures(cycle: str, bills: Sequence[BillRow], *, orders: int) -> CycleFigures:
    """The cycle's place in the trend."""
    there = [bill for bill in bills if bill.is_in_xero]
    return CycleFigures(
        cycle,
        {place: count for place in PLACES if (count := sum(bill.place == place for bill in bills))},
        {place: by_currency(bill.stands for bill in bills if bill.place == place) for place in PLACES},
        sum(not bill.asked_before for bill in there),
        orders,
        held_money(bills),
    )
