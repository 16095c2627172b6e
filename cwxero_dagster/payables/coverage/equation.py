"""The coverage equation: for one purchase order, everything that was ordered and where it went, in quantity and money.

    ordered + over-received + price difference
        = billed - to credit + billed elsewhere + received not billed + open + cancelled

What belongs here: the nine figures and the check that they add up. What does not: finding bills (ledger), cases. Money
is net of tax, in the order's currency; freight has money and no quantity. A price difference is whatever separates what
was (or will be) billed from the price that was ordered, cents of rounding included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Final

from cwxero_dagster.payables.money import product, rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.states import cancelled_quantity, open_rest, ordered_quantity


@dataclass(frozen=True)
class Covered:
    """One figure of the equation."""

    quantity: Decimal = ZERO
    amount: Decimal = ZERO

    def __sub__(self, other: Covered) -> Covered:
        """Both figures subtracted."""
        return Covered(self.quantity - other.quantity, self.amount - other.amount)


@dataclass(frozen=True)
class Coverage:
    """All figures of one purchase order; amounts to the cent."""

    ordered: Covered = field(default_factory=Covered)
    over_received: Covered = field(default_factory=Covered)
    price_difference: Covered = field(default_factory=Covered)
    billed: Covered = field(default_factory=Covered)
    to_credit: Covered = field(default_factory=Covered)
    billed_elsewhere: Covered = field(default_factory=Covered)
    received_not_billed: Covered = field(default_factory=Covered)
    open: Covered = field(default_factory=Covered)
    cancelled: Covered = field(default_factory=Covered)

    @property
    def difference(self) -> Covered:
        """Left side less right side: zero, or the figures were worked out wrongly."""
        left = (self.ordered, self.over_received, self.price_difference, self.to_credit)
        right = (self.billed, self.billed_elsewhere, self.received_not_billed, self.open, self.cancelled)
        return _sum(left) - _sum(right)


TERMS: Final = tuple(one.name for one in fields(Coverage))
"""Names of the nine figures."""


@dataclass(frozen=True)
class BilledPart:
    """A live bill of the order: the quantities that it holds, and what it says they cost."""

    slices: Sequence[Slice]
    net: Decimal
    """Net total as Xero holds it; negative for a supplier credit."""
    unit_costs: Mapping[int, Decimal] = field(default_factory=dict)
    """Unit cost by line id at which the bill was written; the line's present one where it is not known."""


BILL_TOTALS: Final = -1
"""Stands for a line id: what Xero's bills say beyond the lines that they were written with."""


def coverage_by_line(
    po: PurchaseOrder,
    lines: Iterable[Line],
    *,
    billed: Sequence[BilledPart] = (),
    elsewhere: Mapping[int, Decimal] | None = None,
    gone: Mapping[int, Decimal] | None = None,
    dealt: Mapping[int, Decimal] | None = None,
    ordered_costs: Mapping[int, Decimal] | None = None,
    billable: Mapping[int, Decimal] | None = None,
) -> dict[int, Coverage]:
    """The coverage of one order, line by line; line 0 is the freight, ``BILL_TOTALS`` what Xero's bills say beyond.

    ``elsewhere``: received quantity by line id that something else than a bill of the sync covers (keyed before
    go-live, kept out, settled by a person); line 0 is the freight. ``gone``: what such a bill covers and is not there
    any more. ``dealt``: what of ``billed`` went back and a person dealt with: it is no bill of what came again.
    ``ordered_costs``: unit cost by line id when the order was sent, where that was observed. ``billable``: quantity by
    line id that may be billed before it arrives (bills at ``raised``), line 0 the freight; what is billed of it is not
    open any more. Lines that carry words only, beside others with a price, do not count.
    """
    known = {line.line_id: line for line in lines}
    taken: dict[int, Decimal] = {}
    for part in billed:
        for held in part.slices:
            if held.po_id == po.po_id:
                taken[held.line_id] = taken.get(held.line_id, ZERO) + held.quantity
    at = _PricesWhenBilled(billed, known)
    present = {line_id: line for line_id, line in known.items() if line.present and po.present}
    words = _words_only(present.values())
    found: dict[int, Coverage] = {}
    for line_id, line in known.items():
        if line_id not in words:
            cost = (ordered_costs or {}).get(line_id, line.unit_cost)
            found[line_id] = _line(
                po,
                line if line_id in present else None,
                line,
                taken=taken.get(line_id, ZERO),
                elsewhere=(elsewhere or {}).get(line_id, ZERO),
                gone=(gone or {}).get(line_id, ZERO),
                dealt=(dealt or {}).get(line_id, ZERO),
                ordered_cost=cost,
                billed_cost=at.cost(line_id),
                billable=(billable or {}).get(line_id, ZERO),
            )
    found[FREIGHT_LINE] = _freight(
        po,
        present.values(),
        taken=taken.get(FREIGHT_LINE, ZERO),
        elsewhere=(elsewhere or {}).get(FREIGHT_LINE, ZERO),
        gone=(gone or {}).get(FREIGHT_LINE, ZERO),
        dealt=(dealt or {}).get(FREIGHT_LINE, ZERO),
        ahead=bool((billable or {}).get(FREIGHT_LINE)),
    )
    # What Xero holds is the truth about what was billed: a price that a person changed there is a price difference.
    truth = sum((part.net for part in billed), ZERO) - sum((part.billed.amount for part in found.values()), ZERO)
    found[BILL_TOTALS] = Coverage(billed=Covered(amount=truth), price_difference=Covered(amount=truth))
    return found


def added_up(parts: Iterable[Coverage]) -> Coverage:
    """The figures of all parts together."""
    all_parts = list(parts)
    return Coverage(**{name: _sum([getattr(part, name) for part in all_parts]) for name in TERMS})


def _sum(figures: Sequence[Covered]) -> Covered:
    return Covered(sum((one.quantity for one in figures), ZERO), sum((one.amount for one in figures), ZERO))


class _PricesWhenBilled:
    """Unit cost of a line as its bill was written."""

    def __init__(self, billed: Sequence[BilledPart], lines: Mapping[int, Line]) -> None:
        self._costs = {line_id: cost for part in billed for line_id, cost in part.unit_costs.items()}
        self._lines = lines

    def cost(self, line_id: int) -> Decimal:
        return self._costs.get(line_id, self._lines[line_id].unit_cost)


def _line(
    po: PurchaseOrder,
    line: Line | None,
    last: Line,
    *,
    taken: Decimal,
    elsewhere: Decimal,
    gone: Decimal,
    dealt: Decimal,
    ordered_cost: Decimal,
    billed_cost: Decimal,
    billable: Decimal,
) -> Coverage:
    """The figures of one line; ``line`` is None where it is gone, ``last`` how it was last seen."""
    ordered = ordered_quantity(line) if line else ZERO
    received = _furthest(line.received, min(taken + elsewhere, billable, key=abs)) if line else ZERO
    rest = ordered - received if (ordered - received) * ordered > 0 else ZERO
    cancelled = min(cancelled_quantity(po, line), rest, key=abs) if line else ZERO
    over = received - ordered + rest
    kept = min(elsewhere, received, key=abs) if elsewhere * received > 0 else ZERO
    unbilled = received - kept - taken + dealt
    missing = -unbilled if unbilled * (taken or received) < 0 else ZERO
    waiting = unbilled if not missing else ZERO
    missing, kept = missing + gone + dealt, kept + gone
    money = {
        "ordered": _money(ordered, ordered_cost),
        "over_received": _money(over, ordered_cost),
        "billed": _money(taken, billed_cost),
        "to_credit": _money(missing, billed_cost),
        "billed_elsewhere": _money(kept, last.unit_cost),
        "received_not_billed": _money(waiting, last.unit_cost),
        "open": _money(rest - cancelled, ordered_cost),
        "cancelled": _money(cancelled, ordered_cost),
    }
    quantities = (ordered, over, taken, missing, kept, waiting, rest - cancelled, cancelled)
    figures = {
        name: Covered(quantity, amount) for (name, amount), quantity in zip(money.items(), quantities, strict=True)
    }
    part = Coverage(**figures)
    return replace(part, price_difference=Covered(amount=-part.difference.amount))


def _freight(
    po: PurchaseOrder,
    lines: Iterable[Line],
    *,
    taken: Decimal,
    elsewhere: Decimal,
    gone: Decimal,
    dealt: Decimal,
    ahead: bool,
) -> Coverage:
    """The freight of the order: money without quantity. It is owed once goods came, and dropped where none will.

    ``taken``, ``elsewhere`` and ``gone`` are the freight that bills hold, that something else covers, and what that
    covers and is not there any more; ``dealt`` what of the bills' a person dealt with. All are money. ``ahead``: it is
    owed before goods come.
    """
    freight = rounded(po.freight) if po.present else ZERO
    kept = min(elsewhere, freight, key=abs) if elsewhere * freight > 0 else ZERO
    unbilled = freight - kept - taken + dealt
    missing = -unbilled if unbilled * (taken or freight) < 0 else ZERO
    waiting = ZERO if missing else unbilled
    missing, kept = missing + gone + dealt, kept + gone
    there = list(lines)
    place = "cancelled"
    if any(open_rest(line) and not cancelled_quantity(po, line) for line in there):
        place = "open"
    elif ahead or any(line.received for line in there):
        place = "received_not_billed"
    money = {"ordered": freight, "billed": taken, "to_credit": missing, "billed_elsewhere": kept}
    money[place] = waiting
    return Coverage(**{name: Covered(amount=amount) for name, amount in money.items()})


def _furthest(first: Decimal, second: Decimal) -> Decimal:
    """The one further from zero, in the direction of the other."""
    return max(first, second, key=abs) if first * second >= 0 else first


def _words_only(lines: Iterable[Line]) -> set[int]:
    there = list(lines)
    if not any(line.unit_cost for line in there):
        return set()
    return {line.line_id for line in there if not line.unit_cost}


def _money(quantity: Decimal, cost: Decimal) -> Decimal:
    return rounded(product(quantity, cost)) if quantity else ZERO
