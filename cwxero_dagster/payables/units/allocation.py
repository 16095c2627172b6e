"""Which quantity of which PO line belongs to which bill, and which bill gives back when goods go back.

What belongs here: the arithmetic of slices over the bills of one PO line. What does not: keeping allocations
(warehouse/ledger), deciding what becomes a bill (order_units).

A slice is a stretch of the line's quantity, counted from zero outwards. Stretches of live bills never overlap: a new
bill takes free stretches only, the lowest first, and a credit frees the stretch that it names. How much may be billed
is a matter of sums (received less what is billed), so no order of events bills a quantity twice (DESIGN.md,
"Allocation").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.bills import Slice
from cwxero_dagster.payables.keys import credited_key, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.records import ZERO

Stretch = tuple[Decimal, Decimal]
Quantities = dict[int, Decimal]


def stretches(po_id: int, line_id: int, bills: Sequence[KnownBill]) -> list[Stretch]:
    """What live bills hold of a line, merged and in order; ``bills`` in the order of issue. Signs are left out."""
    held: list[Stretch] = []
    for bill in bills:
        for part in bill.slices:
            if (part.po_id, part.line_id) == (po_id, line_id):
                low, high = sorted((abs(part.start), abs(part.end)))
                held = _without(held, (low, high)) if is_credit(bill.key) else joined(held, (low, high))
    return held


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
) -> dict[str, Quantities]:
    """What each bill has to give back, by bill key and line id, where less is there than bills hold.

    ``there`` is the quantity of each line that may be billed, ``elsewhere`` what of it something else has billed,
    ``final`` names bills that can no longer be written, ``touched`` those that a person worked on. Untouched drafts
    give back first, then the others, approved bills last; each time the last one issued first.
    """
    shares: dict[str, Quantities] = {}
    order = sorted(
        (bill for bill in reversed(bills) if not is_credit(bill.key)),
        key=lambda bill: (bill.key in final, bill.key in touched),
    )
    for line_id in sorted({part.line_id for bill in bills for part in bill.slices if part.po_id == po_id}):
        room = max(abs(there.get(line_id, ZERO)) - abs(elsewhere.get(line_id, ZERO)), ZERO)
        if opposed(po_id, line_id, bills, there.get(line_id, ZERO)):
            room = ZERO
        excess = measure(stretches(po_id, line_id, bills)) - room
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
    standing = standing_slices(bill, bills)
    parts = [abs(part.quantity) for part in standing if (part.po_id, part.line_id) == (po_id, line_id)]
    return sum(parts, ZERO)


def joined(held: Iterable[Stretch], new: Stretch) -> list[Stretch]:
    """The stretches with one more, merged and in order."""
    merged: list[Stretch] = []
    for low, high in sorted([*held, new]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _without(held: Iterable[Stretch], gone: Stretch) -> list[Stretch]:
    left: list[Stretch] = []
    for low, high in held:
        left += [(low, min(high, gone[0]))] if low < gone[0] else []
        left += [(max(low, gone[1]), high)] if high > gone[1] else []
    return left


def beyond(slices: Iterable[Slice], held: Sequence[Slice]) -> tuple[Slice, ...]:
    """What of ``slices`` goes beyond ``held``: the growth of a bill."""
    grown = []
    for part in slices:
        mine = [sorted((abs(one.start), abs(one.end))) for one in held if _line(one) == _line(part)]
        left: list[Stretch] = [(min(abs(part.start), abs(part.end)), max(abs(part.start), abs(part.end)))]
        for low, high in mine:
            left = _without(left, (low, high))
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
