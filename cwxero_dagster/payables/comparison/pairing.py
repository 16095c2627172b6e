"""Which keyed bill is which of the sync's: passes of falling certainty, each bill used once, nothing guessed.

What belongs here: the passes and their order. What does not: how a knot of several candidates is untied (knots), how
the bills of a pair differ (differences).

Where several bills could be each other and nothing tells them apart, they stay unpaired and are named as ambiguous.
The purchase order that they name may still settle them, among themselves; amount and date may not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from cwxero_dagster.payables.comparison.knots import Edge, Group, knots, untied
from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.comparison.sums import Budget, parts_of
from cwxero_dagster.payables.composing.twins import NEAR, REACH, is_telling, names, words_in

CLOSE = timedelta(days=30)
STATEMENT = timedelta(days=45)
CLOSE_SHARE = Decimal("0.01")
MOST_CANDIDATES = 40

Candidates = Callable[[Sequence[BillSide], Sequence[BillSide]], Iterable[Edge]]


@dataclass(frozen=True)
class Pairing:
    """What was found: groups that belong together, and knots that nobody but a person can untie."""

    groups: tuple[Group, ...] = ()
    ambiguous: tuple[Group, ...] = ()


@dataclass
class _Pool:
    """Bills that no pass has used yet, and whom an ambiguous one may still be paired with."""

    sync: dict[str, BillSide]
    keyed: dict[str, BillSide]
    groups: list[Group] = field(default_factory=list)
    among: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """By side and id of a bill of a knot: the ids of the other side that are in the knot with it."""

    def use(self, group: Group) -> None:
        self.groups.append(group)
        for one in group.sync:
            del self.sync[one]
        for one in group.keyed:
            del self.keyed[one]

    def knot(self, group: Group) -> None:
        for one in group.sync:
            self.among.setdefault(("sync", one), set(group.keyed)).intersection_update(group.keyed)
        for one in group.keyed:
            self.among.setdefault(("keyed", one), set(group.sync)).intersection_update(group.sync)

    def allows(self, edge: Edge) -> bool:
        first, second = self.among.get(("sync", edge[0])), self.among.get(("keyed", edge[1]))
        return (first is None or edge[1] in first) and (second is None or edge[0] in second)


def pair(
    sync: Iterable[BillSide],
    keyed: Iterable[BillSide],
    *,
    fixed: Iterable[Group] = (),
    po_numbers: Collection[str] = (),
    several: bool = True,
) -> Pairing:
    """Pair both sides.

    ``fixed``: what a person settled or signed off, which comes first. ``po_numbers``: all that there are, so that a
    bill that names another one is not taken by its amount. ``several``: look for sums and near totals too.
    """
    pool = _Pool({bill.id: bill for bill in sync}, {bill.id: bill for bill in keyed})
    for group in fixed:
        if all(one in pool.sync for one in group.sync) and all(one in pool.keyed for one in group.keyed):
            pool.use(group)
    orders = Orders(po_numbers)
    _pass(pool, "vendor_invoice_number", same_invoice, strong=True)
    _pass(pool, "po_number", same_order, strong=True)
    _pass(pool, "vendor_total_date", orders.same_amount, strong=False)
    if several:
        budget = Budget()
        _sums(pool, orders, budget, by_keyed=True)
        _sums(pool, orders, budget, by_keyed=False)
        _pass(pool, "vendor_near_total", orders.near_amount, strong=False, alone=True)
    return Pairing(tuple(pool.groups), tuple(_still_ambiguous(pool)))


def _pass(pool: _Pool, match: str, candidates: Candidates, *, strong: bool, alone: bool = False) -> None:
    """One pass; ``strong``: bills that name each other belong together though their amounts differ."""
    sync = [bill for bill in pool.sync.values() if strong or _free(pool, bill, "sync")]
    keyed = [bill for bill in pool.keyed.values() if strong or _free(pool, bill, "keyed")]
    edges = [edge for edge in dict.fromkeys(candidates(sync, keyed)) if pool.allows(edge)]
    for knot in knots(edges):
        found, left = untied(knot, pool.sync, pool.keyed, match=match, strong=strong)
        if alone and (left or len(found) > 1):
            continue
        for group in found:
            pool.use(group)
        for group in left:
            pool.knot(group)


def _still_ambiguous(pool: _Pool) -> list[Group]:
    edges = [
        (one, other)
        for (side, one), others in pool.among.items()
        if side == "sync" and one in pool.sync
        for other in sorted(others)
        if other in pool.keyed
    ]
    return [Group("ambiguous", knot.sync, knot.keyed) for knot in knots(edges)]


# --- candidates of the passes -----------------------------------------------------------------------------------------


def comparable(one: BillSide, other: BillSide, reach: timedelta) -> bool:
    """Both bills or both credits, not further apart than ``reach`` (a date that is missing is near)."""
    apart = abs(one.dated - other.dated) if one.dated and other.dated else timedelta(0)
    return one.total * other.total >= 0 and apart <= reach


def same_invoice(sync: Sequence[BillSide], keyed: Sequence[BillSide]) -> Iterable[Edge]:
    """The same vendor and vendor invoice number."""
    index: dict[tuple[str, str], list[BillSide]] = {}
    for bill in keyed:
        for number in bill.invoice_numbers:
            index.setdefault((bill.vendor, number), []).append(bill)
    for bill in sync:
        for number in sorted(bill.invoice_numbers):
            for other in index.get((bill.vendor, number), ()):
                if comparable(bill, other, REACH):
                    yield bill.id, other.id


def same_order(sync: Sequence[BillSide], keyed: Sequence[BillSide]) -> Iterable[Edge]:
    """The keyed bill names the purchase order, in its number or in a line; of another vendor only if it tells enough.

    The same caution as with twins: a number that is an ordinary word or figure says nothing about another vendor.
    """
    by_word: dict[str, list[BillSide]] = {}
    for bill in keyed:
        for word in words_in(bill.text):
            by_word.setdefault(word, []).append(bill)
    for bill in sync:
        for number in bill.po_numbers:
            lists = [by_word.get(word, []) for word in words_in(number)]
            for other in min(lists, key=len, default=[]):
                same_vendor = other.vendor == bill.vendor
                telling = same_vendor or is_telling(number, alone=other.total != bill.total)
                if telling and comparable(bill, other, REACH) and names(other.text, number):
                    yield bill.id, other.id


class Orders:
    """The purchase orders that there are, and the passes by amount, which must not take another order's bill."""

    def __init__(self, numbers: Collection[str]) -> None:
        telling = [number for number in numbers if is_telling(number)]
        self._words = {number.casefold() for number in telling if words_in(number) == {number.casefold()}}
        self._phrases = [number for number in telling if number.casefold() not in self._words]

    def named_in(self, text: str) -> set[str]:
        """The numbers (in lower case) of the orders that ``text`` names."""
        return (words_in(text) & self._words) | {number.casefold() for number in self._phrases if names(text, number)}

    def names_another(self, keyed: BillSide, sync: BillSide) -> bool:
        """True where the keyed bill names an order that is not on the sync's bill."""
        return bool(self.named_in(keyed.text) - {number.casefold() for number in sync.po_numbers})

    def same_amount(self, sync: Sequence[BillSide], keyed: Sequence[BillSide]) -> Iterable[Edge]:
        """The same vendor, currency and total, at most a week apart."""
        index: dict[tuple[str, str, Decimal], list[BillSide]] = {}
        for bill in keyed:
            index.setdefault((bill.vendor, bill.currency, bill.total), []).append(bill)
        for bill in sync:
            for other in index.get((bill.vendor, bill.currency, bill.total), ()):
                if comparable(bill, other, NEAR) and not self.names_another(other, bill):
                    yield bill.id, other.id

    def near_amount(self, sync: Sequence[BillSide], keyed: Sequence[BillSide]) -> Iterable[Edge]:
        """The same vendor and currency, totals within one per cent, at most a month apart."""
        by_vendor = _by_vendor(keyed)
        for bill in sync:
            for other in by_vendor.get((bill.vendor, bill.currency), ()):
                near = abs(bill.total - other.total) <= abs(bill.total) * CLOSE_SHARE
                if near and comparable(bill, other, CLOSE) and not self.names_another(other, bill):
                    yield bill.id, other.id


def _by_vendor(bills: Iterable[BillSide]) -> Mapping[tuple[str, str], list[BillSide]]:
    groups: dict[tuple[str, str], list[BillSide]] = {}
    for bill in bills:
        groups.setdefault((bill.vendor, bill.currency), []).append(bill)
    return groups


def _sums(pool: _Pool, orders: Orders, budget: Budget, *, by_keyed: bool) -> None:
    """One keyed bill for several of the sync's (a statement bill), or the reverse.

    Bills that name a purchase order were looked at by it and are no parts of a sum that is found by amount alone.
    """
    free_keyed = [bill for bill in pool.keyed.values() if not orders.named_in(bill.text) and _free(pool, bill, "keyed")]
    free_sync = [bill for bill in pool.sync.values() if _free(pool, bill, "sync")]
    wholes, parts = (free_keyed, free_sync) if by_keyed else (free_sync, free_keyed)
    by_vendor = _by_vendor(parts)
    found: list[Group] = []
    for whole in wholes:
        near = [
            part
            for part in by_vendor.get((whole.vendor, whole.currency), ())
            if comparable(whole, part, STATEMENT) and abs(part.total) < abs(whole.total)
        ]
        if len(near) > MOST_CANDIDATES:
            near = sorted(near, key=lambda part: (_apart(whole, part), part.id))[:MOST_CANDIDATES]
        way = parts_of(whole.total, [part.total for part in near], budget)
        if way.only:
            members = tuple(near[place].id for place in way.only)
            sync, keyed = (members, (whole.id,)) if by_keyed else ((whole.id,), members)
            found.append(Group("sum_of_several", sync, keyed))
    for group in found:
        claims = [other for other in found if set(other.sync) & set(group.sync) or set(other.keyed) & set(group.keyed)]
        if len(claims) == 1:
            pool.use(group)
        else:
            pool.knot(group)


def _free(pool: _Pool, bill: BillSide, side: str) -> bool:
    return (side, bill.id) not in pool.among


def _apart(one: BillSide, other: BillSide) -> timedelta:
    return abs(one.dated - other.dated) if one.dated and other.dated else timedelta(0)
