"""Which goods of the sync's bills a keyed bill has: what it says less of is on no bill yet.

What belongs here: the quantity of each PO line that the bookkeeper keyed. What does not: which bills are a pair
(pairing), which lines are (lines), what is left to accrue then (pipeline/packing).

A price, a tax or a coding that differs leaves the goods billed: it is the quantity that counts, and money only where
she keyed goods as one amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.comparison.lines import LinePair, pair_lines
from cwxero_dagster.payables.comparison.sides import BillSide, LineSide
from cwxero_dagster.payables.money import product, rounded
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice

WHOLE = Decimal(1)
PLACES = 10
"""Decimals of a quantity."""


def goods_on(sync: Sequence[BillSide], keyed: Sequence[BillSide]) -> list[Slice]:
    """The parts of the sync's goods that the keyed bills of a pair have, none larger than what was received."""
    same_currency = {bill.currency for bill in sync} == {bill.currency for bill in keyed}
    pairs = pair_lines([line for bill in sync for line in bill.lines], [line for bill in keyed for line in bill.lines])
    found = []
    for pair in pairs:
        share = _share(pair, same_currency=same_currency)
        for part in pair.sync.parts if pair.sync and share else ():
            places = 2 if part.line_id == FREIGHT_LINE else PLACES
            end = part.start + rounded(product(part.quantity, share), places)
            found.append(part if share == WHOLE else replace(part, end=end))
    return found


def _share(pair: LinePair, *, same_currency: bool) -> Decimal:
    """What of a line's goods the other line has: nothing is 0, all of them 1."""
    sync, keyed = pair.sync, pair.keyed
    if sync is None or keyed is None:
        return ZERO
    if not sync.freight and _counted_alike(sync, keyed):
        return _part(keyed.quantity or ZERO, sync.quantity or ZERO)
    if not same_currency:
        return WHOLE
    gross = sync.total_only or keyed.total_only
    ours, hers = (line.net + line.tax if gross else line.net for line in (sync, keyed))
    return _part(hers, ours)


def _counted_alike(sync: LineSide, keyed: LineSide) -> bool:
    """True where both quantities count the same things: a 1 beside another one may be an amount keyed as a whole."""
    if sync.quantity is None or keyed.quantity is None:
        return False
    return sync.quantity == keyed.quantity or (
        sync.unit_amount == keyed.unit_amount or WHOLE not in {sync.quantity, keyed.quantity}
    )


def _part(hers: Decimal, ours: Decimal) -> Decimal:
    return min(max(hers / ours, ZERO), WHOLE) if ours else WHOLE
