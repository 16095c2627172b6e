"""What the tax amounts on ConnectWise's lines mean, where nothing public says it (connectwise_api, section 11).

What belongs here: each line's whole tax amount, from what its purchase order's lines and header show together. What
does not: the tax of the bill, which is Xero's computation (bills), and how far the two may differ (matching).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from cwxero_dagster.payables.money import product, total
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.states import dropped_its_rest, gave_up_its_rest, ordered_quantity

_HALF_A_STEP = Decimal("0.00005")
"""How far a unit's tax may be from the exact one: it is known to four decimals, as every amount."""


def tax_per_line(po: PurchaseOrder, lines: Sequence[Line]) -> dict[int, Decimal | None]:
    """Each line's tax amount for its whole quantity.

    Whether ``tax`` is the line's or a unit's is not documented; the header's ``salesTax`` tells which reading adds up.
    """
    by_line = {line.line_id: line.tax for line in lines}
    by_unit = {line.line_id: None if line.tax is None else product(line.tax, line.quantity) for line in lines}
    header = po.sales_tax
    there = on_the_order(lines)
    freight = po.freight_tax or ZERO
    found = by_line
    if header is not None:
        rest = _rest(header, there, by_unit, freight)
        if abs(rest) < abs(_rest(header, there, by_line, freight)):
            found = {**by_unit, **_to_the_cent(rest, there, by_unit)}
    for clones in _clones(lines):
        found |= _shared(clones, [found[line.line_id] or ZERO for line in clones])
    return found


def on_the_order(lines: Iterable[Line]) -> list[Line]:
    """The lines that the PO has now; those that it had where all are gone."""
    known = list(lines)
    return [line for line in known if line.present] or known


def _rest(header: Decimal, lines: Sequence[Line], taxes: Mapping[int, Decimal | None], freight: Decimal) -> Decimal:
    """What a reading lacks to the header.

    Its total may hold a cancelled line, what was received of it, or neither; the rest that was dropped of one that is
    not marked as cancelled, or not; and the tax of the freight, or not.
    """
    kept = total(taxes[line.line_id] or ZERO for line in lines if not line.cancelled)
    whole = total(taxes[line.line_id] or ZERO for line in lines if line.cancelled)
    arrived = whole - _of_rests([line for line in lines if line.cancelled], taxes)
    dropped = _of_rests([line for line in lines if dropped_its_rest(line) and not line.cancelled], taxes)
    return min(
        (
            header - kept - more + less - tax
            for more in (ZERO, arrived, whole)
            for less in (ZERO, dropped)
            for tax in (ZERO, freight)
        ),
        key=abs,
    )


def _of_rests(lines: Iterable[Line], taxes: Mapping[int, Decimal | None]) -> Decimal:
    """The tax of what did not arrive of these lines."""
    return total(
        product(taxes[line.line_id] or ZERO, line.quantity - line.received) / line.quantity
        for line in lines
        if line.quantity
    )


def _to_the_cent(rest: Decimal, lines: Sequence[Line], by_unit: Mapping[int, Decimal | None]) -> dict[int, Decimal]:
    """The taxed lines' amounts that add up to the header, where rounded units alone can be the reason that they do not.

    3,000 screws at a tax of 0.00436 show 0.0044 each, which is 13.20 instead of 13.08: nobody charged those 0.12.
    ``rest``: what the amounts by unit lack to the header.
    """
    taxed = {line.line_id: (tax, abs(line.quantity)) for line in lines if (tax := by_unit[line.line_id])}
    units = total(quantity for _, quantity in taxed.values())
    if not units or abs(rest) > product(units, _HALF_A_STEP):
        return {}
    return {line_id: tax + product(rest, quantity) / units for line_id, (tax, quantity) in taxed.items()}


def _clones(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines of one product, price and wording of which one was received and may have left its rest to the others."""
    alike: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        if (
            line.present
            and line.quantity
            and not line.cancelled
            and line.tax is not None
            and line.product_id is not None
        ):
            alike.setdefault((line.product_id, line.unit_cost, line.description), []).append(line)
    return (found for found in alike.values() if len(found) > 1 and any(gave_up_its_rest(line) for line in found))


def _shared(clones: Sequence[Line], taxes: Sequence[Decimal]) -> dict[int, Decimal]:
    """The tax of the order that the lines once were, by quantity, where cloning left it on one line or copied it.

    Left on one: it stands beside lines without tax. Copied: the same amount on different quantities. Anything else is
    what the lines say themselves. Without this the rest would be billed as untaxed, or held for a tax nobody charged.
    """
    whole = total(ordered_quantity(line) for line in clones)
    left = any(taxes) and not all(taxes)
    copied = len(set(taxes)) == 1 and any(taxes) and len({ordered_quantity(line) for line in clones}) > 1
    if not whole or not (left or copied):
        return {}
    once = taxes[0] if copied else total(taxes)
    return {line.line_id: product(once, line.quantity) / whole for line in clones}
