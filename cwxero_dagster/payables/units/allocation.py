"""Which quantity of which PO line belongs to which bill, and which bill gives back when goods go back.

What belongs here: the arithmetic of slices over the bills of one PO line. What does not: keeping allocations
(warehouse/ledger), deciding what becomes a bill (order_units).

A slice is a stretch of the line's quantity, counted from zero outwards. A new bill takes free stretches only, the
lowest first, and a credit frees the stretch that it names. Stretches say which goods; how much is a matter of sums:
what bills hold less what credits give back, beside what is there. So no order of events bills a quantity twice, and
where people remove a bill or a credit while other documents bill its goods, the sums still tell (DESIGN.md,
"Allocation").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.keys import credited_key, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice

Stretch = tuple[Decimal, Decimal]
Quantities = dict[int, Decimal]


def stretches(po_id: int, line_id: int, bills: Sequence[KnownBill]) -> list[Stretch]:
    """What live bills hold of a line, merged and in order; ``bills`` in the order of issue. Signs are left out.

    A credit whose bill was removed frees its stretch of the bill that comes after it.
    """
    held: list[Stretch] = []
    there = {bill.key for bill in bills}
    alone: list[Stretch] = []
    for bill in bills:
        for part in bill.slices:
            if (part.po_id, part.line_id) == (po_id, line_id):
                mine = stretch(part)
                if not is_credit(bill.key):
                    held, alone = all_without(joined(held, mine), alone), []
                elif credited_key(bill.key) in there:
                    held = without(held, mine)
                else:
                    alone.append(mine)
    return held


def billed(po_id: int, line_id: int, bills: Sequence[KnownBill]) -> Decimal:
    """What live bills hold of a line less what live credits give back, whatever stretches they name; without sign.

    It is more than the measure of the stretches where two bills hold the same goods, and less where a credit stands
    whose bill was removed: the next bill of the line has to bill what that credit gives back, too.
    """
    held = sum((_left(bill, bills, po_id, line_id) for bill in bills if not is_credit(bill.key)), ZERO)
    there = {bill.key for bill in bills}
    alone = [bill for bill in bills if is_credit(bill.key) and credited_key(bill.key) not in there]
    return held - sum((_quantity(bill.slices, po_id, line_id) for bill in alone), ZERO)


def free(
    po_id: int, line_id: int, bills: Sequence[KnownBill], there: Decimal, *, elsewhere: Decimal = ZERO
) -> tuple[Slice, ...]:
    """Slices for what may be billed of ``there``, no bill holds, and nothing else has billed (``elsewhere``)."""
    held = stretches(po_id, line_id, bills)
    twice = billed(po_id, line_id, bills) - measure(held)
    before = abs(elsewhere)
    held = joined(held, (ZERO, before)) if before else held
    left = max(abs(there) - twice, ZERO)
    return free_slices(po_id, line_id, held, -left if there < 0 else left)


def measure(held: Iterable[Stretch]) -> Decimal:
    """The quantity that stretches hold together."""
    return sum((high - low for low, high in held), ZERO)


def free_slices(po_id: int, line_id: int, held: Sequence[Stretch], there: Decimal) -> tuple[Slice, ...]:
    """Slices for what may be billed of ``there`` and no bill holds: the lowest free stretches first."""
    left = abs(there) - measure(held)
    sign = -1 if there < 0 else 1
    slices = []
    position = ZERO
    for low, high in [*held, (None, None)]:
        room = left if low is None else min(left, low - position)
        if room > 0:
            slices.append(Slice(po_id, line_id, sign * position, sign * (position + room)))
            left -= room
        position = high if high is not None else position
    return tuple(slices)


def given_back(
    po_id: int,
    bills: Sequence[KnownBill],
    there: Mapping[int, Decimal],
    elsewhere: Mapping[int, Decimal],
    *,
    final: Collection[str],
    touched: Collection[str] = frozenset(),
    uncredited: Collection[str] = frozenset(),
) -> dict[str, Quantities]:
    """What each bill has to give back, by bill key and line id, where less is there than bills hold.

    ``there`` is the quantity of each line that may be billed, ``elsewhere`` what of it something else has billed,
    ``final`` names bills that are approved or that a person settled, ``touched`` those that a person worked on,
    ``uncredited`` those of which a person removed a credit. Untouched drafts give back first, then the others, final
    bills last; each time the last one issued first, but before it one whose credit is gone, as that is the question.
    """
    shares: dict[str, Quantities] = {}
    order = sorted(
        (bill for bill in reversed(bills) if not is_credit(bill.key)),
        key=lambda bill: (bill.key in final, bill.key in touched and bill.key not in final, bill.key not in uncredited),
    )
    for line_id in sorted({part.line_id for bill in bills for part in bill.slices if part.po_id == po_id}):
        room = max(abs(there.get(line_id, ZERO)) - abs(elsewhere.get(line_id, ZERO)), ZERO)
        if opposed(po_id, line_id, bills, there.get(line_id, ZERO)):
            room = ZERO
        excess = billed(po_id, line_id, bills) - room
        for bill in order:
            gives = min(excess, _left(bill, bills, po_id, line_id))
            if gives > 0:
                shares.setdefault(bill.key, {})[line_id] = gives
                excess -= gives
    return shares


def opposed(po_id: int, line_id: int, bills: Sequence[KnownBill], there: Decimal) -> bool:
    """True where bills hold what is of the other sign than what is there: they hold nothing of it."""
    return any(
        part.quantity * there < 0
        for bill in bills
        if not is_credit(bill.key)
        for part in standing_slices(bill, bills)
        if (part.po_id, part.line_id) == (po_id, line_id)
    )


def shortened(slices: Sequence[Slice], back: Mapping[int, Decimal]) -> tuple[Slice, ...]:
    """The slices without what is given back, taken from their outer ends."""
    left = dict(back)
    kept = []
    for part in reversed(slices):
        gives = min(left.get(part.line_id, ZERO), abs(part.quantity))
        left[part.line_id] = left.get(part.line_id, ZERO) - gives
        end = part.end - gives if part.quantity > 0 else part.end + gives
        if end != part.start:
            kept.append(Slice(part.po_id, part.line_id, part.start, end))
    return tuple(reversed(kept))


def lengthened(slices: Sequence[Slice], line_id: int, more: Decimal) -> tuple[Slice, ...]:
    """The slices with more of a line, put to the outer end of its last one; unchanged where they hold none of it."""
    found = list(slices)
    last = max((index for index, part in enumerate(found) if part.line_id == line_id), default=None)
    if last is not None:
        found[last] = replace(found[last], end=found[last].end + more.copy_sign(found[last].quantity))
    return tuple(found)


def returned(slices: Sequence[Slice], back: Mapping[int, Decimal]) -> tuple[Slice, ...]:
    """The slices of a credit for what is given back: each runs inwards, from the outer end."""
    kept = {(part.line_id, part.start): part.end for part in shortened(slices, back)}
    found = []
    for part in slices:
        low = kept.get((part.line_id, part.start), part.start)
        if low != part.end:
            found.append(Slice(part.po_id, part.line_id, part.end, low))
    return tuple(found)


def standing_slices(bill: KnownBill, bills: Sequence[KnownBill]) -> tuple[Slice, ...]:
    """The slices of a bill less what credits gave back of it."""
    back: Quantities = {}
    for credit in bills:
        if is_credit(credit.key) and credited_key(credit.key) == bill.key:
            for part in credit.slices:
                back[part.line_id] = back.get(part.line_id, ZERO) + abs(part.quantity)
    return shortened(bill.slices, back)


def _left(bill: KnownBill, bills: Sequence[KnownBill], po_id: int, line_id: int) -> Decimal:
    return _quantity(standing_slices(bill, bills), po_id, line_id)


def _quantity(slices: Iterable[Slice], po_id: int, line_id: int) -> Decimal:
    return sum((abs(part.quantity) for part in slices if (part.po_id, part.line_id) == (po_id, line_id)), ZERO)


def joined(held: Iterable[Stretch], new: Stretch) -> list[Stretch]:
    """The stretches with one more, merged and in order."""
    merged: list[Stretch] = []
    for low, high in sorted([*held, new]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def stretch(part: Slice) -> Stretch:
    """The stretch of a slice."""
    low, high = sorted((abs(part.start), abs(part.end)))
    return low, high


def overlap(one: Stretch, other: Stretch) -> bool:
    """True where two stretches of a line share a quantity."""
    return max(one[0], other[0]) < min(one[1], other[1])


def all_without(held: list[Stretch], gone: Iterable[Stretch]) -> list[Stretch]:
    """The stretches less several."""
    for one in gone:
        held = without(held, one)
    return held


def without(held: Iterable[Stretch], gone: Stretch) -> list[Stretch]:
    """The stretches less one."""
    left: list[Stretch] = []
    for low, high in held:
        left += [(low, min(high, gone[0]))] if low < gone[0] else []
        left += [(max(low, gone[1]), high)] if high > gone[1] else []
    return left


def beyond(slices: Iterable[Slice], held: Sequence[Slice]) -> tuple[Slice, ...]:
    """What of ``slices`` goes beyond ``held``: the growth of a bill."""
    grown = []
    for part in slices:
        left = all_without([stretch(part)], (stretch(one) for one in held if _line(one) == _line(part)))
        sign = -1 if part.quantity < 0 else 1
        grown += [Slice(part.po_id, part.line_id, sign * low, sign * high) for low, high in left]
    return tuple(part for part in grown if part.quantity)


def _line(part: Slice) -> tuple[int, int]:
    return part.po_id, part.line_id


def adjoined(slices: Iterable[Slice]) -> list[Slice]:
    """The slices, those of a line that adjoin made one."""
    merged: list[Slice] = []
    for part in slices:
        index = next((i for i, one in enumerate(merged) if (one.line_id, one.end) == (part.line_id, part.start)), None)
        if index is None:
            merged.append(part)
        else:
            merged[index] = replace(merged[index], end=part.end)
    return merged
