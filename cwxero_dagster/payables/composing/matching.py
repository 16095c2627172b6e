"""Three-way match: what was ordered, received and invoiced, each with percent and absolute limits.

What belongs here: comparing the lines of a would-be bill with the PO's, and the tax. What does not: the vendor's
invoice, which several bills may stand for (``invoice_totals``). Over either limit is a mismatch; a blank limit is off;
nothing to compare with is not tested (CONTRACT, section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.lifecycle import Limit, MatchRule
from cwxero_dagster.payables.money import money_text, plain, price_text, rounded, total
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.states import ordered_quantity

MOST_NAMED = 3
"""Lines that a sentence names; more are counted."""


def exceeds(
    limit: Limit, difference: Decimal, base: Decimal, *, shown: Callable[[Decimal], str] = money_text
) -> str | None:
    """The limit that ``difference`` from ``base`` breaks, in words, or None. ``shown`` writes an absolute limit."""
    over = abs(difference)
    if limit.absolute is not None and over > limit.absolute:
        return f"the limit is {shown(limit.absolute)}"
    if limit.percent is not None and over and over * 100 > limit.percent * abs(base):
        return f"the limit is {plain(limit.percent)} %"
    return None


def by_line(
    bill: Bill,
    lines: Mapping[int, Line],
    *,
    match: MatchRule,
    ordered_costs: Mapping[int, Decimal],
    standing: bool = False,
) -> list[Hold]:
    """Price and quantity holds. ``standing``: the bill is written, and answers for no more than what it bills."""
    held = []
    for part in bill.slices:
        line = lines.get(part.line_id)
        if line is None:
            continue
        name = called(line)
        held += _quantity(bill, line, name, _reached(line, part) if standing else line.received, match.quantity)
        ordered = ordered_costs.get(line.line_id)
        if ordered is not None:
            held += _price(bill, line, name, ordered, part.quantity, match.price)
    return held


def called(line: Line) -> str:
    """A line by its words and its product's code."""
    if line.description and line.product_identifier:
        return f'"{line.description}" ({line.product_identifier})'
    return line.description or line.product_identifier or f"line {line.line_number}"


def _reached(line: Line, part: Slice) -> Decimal:
    """How much of a line was received up to the end of a written bill; what came later is the next bill's to match."""
    return min(line.received, part.end, key=abs) if line.present else ZERO


def _quantity(bill: Bill, line: Line, name: str, received: Decimal, limit: Limit) -> list[Hold]:
    ordered = ordered_quantity(line)
    over = abs(received) - abs(ordered)
    broken = exceeds(limit, over, ordered, shown=plain) if over > 0 else None
    if not broken:
        return []
    detail = f"{name}: {plain(received)} received, {plain(ordered)} ordered, which is {plain(over)} more; {broken}."
    return [hold("quantity_mismatch", f"bill {bill.key}", detail, line.line_id, received, ordered)]


def _price(bill: Bill, line: Line, name: str, ordered: Decimal, quantity: Decimal, limit: Limit) -> list[Hold]:
    difference = (line.unit_cost - ordered) * quantity
    broken = exceeds(limit, difference, ordered * quantity)
    if not broken:
        return []
    detail = (
        f"{name}: unit cost {price_text(line.unit_cost)} {bill.currency_code} now, {price_text(ordered)} when ordered, "
        f"which makes {money_text(difference)} on the line; {broken}."
    )
    return [hold("price_mismatch", f"bill {bill.key}", detail, line.line_id, line.unit_cost, ordered)]


def tax_difference(bill: Bill, *, limit: Decimal) -> list[Hold]:
    """A hold where ConnectWise's tax differs from Xero's computation by more than the decision allows.

    Lines of which ConnectWise shows no tax amount are nothing to compare with; one that shows zero is. A bill without
    tax differs by all of it.
    """
    untaxed = bill.line_amounts == "NoTax"
    known = [(line.tax, line.connectwise_tax) for line in bill.lines if line.connectwise_tax is not None]
    if not untaxed and any(line.priced and line.tax_type is None for line in bill.lines):
        return []
    ours, connectwise = rounded(total(tax for tax, _ in known)), rounded(total(shown for _, shown in known))
    if abs(ours - connectwise) <= limit:
        return []
    says = (
        "Bills carry no tax by the decision, but it is"
        if untaxed
        else f"Tax is {money_text(ours, bill.currency_code)} by the tax types of the bill and"
    )
    detail = f"{says} {money_text(connectwise, bill.currency_code)} in ConnectWise; the limit is {money_text(limit)}."
    return [hold("rounding", f"bill {bill.key}", detail, ours, connectwise)]


@dataclass(frozen=True)
class Uncompared:
    """What to say of prices that nothing was there to compare with: an order that was sent when it was first read."""

    moved: tuple[str, ...] = ()
    """What moved beyond the limit since that first look, where the goods had not arrived by then: it holds nothing, as
    nobody saw what was ordered.
    """
    unseen: tuple[str, ...] = ()
    """The lines of which no earlier price was seen at all, in one sentence."""


def uncompared(
    bill: Bill,
    lines: Mapping[int, Line],
    seen: Iterable[Line],
    *,
    ordered_costs: Mapping[int, Decimal],
    limit: Limit,
) -> Uncompared:
    """The prices of a bill that cannot be compared. ``seen``: every observation of its orders' lines, in order."""
    if limit.is_off:
        return Uncompared()
    first: dict[int, Line] = {}
    for one in seen:
        first.setdefault(one.line_id, one)
    moved, unseen = [], []
    for part in bill.slices:
        line = lines.get(part.line_id)
        if line is None or line.line_id in ordered_costs or not line.unit_cost:
            continue
        before, name = first.get(line.line_id), line.product_identifier or f"line {line.line_number}"
        if before is None or before.received:
            unseen.append(name)
        elif exceeds(limit, (line.unit_cost - before.unit_cost) * part.quantity, before.unit_cost * part.quantity):
            moved.append(
                f"{name}: the price could not be compared with what was ordered, as the order had been sent when it "
                f"was first read; it was {price_text(before.unit_cost)} {bill.currency_code} then and is "
                f"{price_text(line.unit_cost)} now."
            )
    names = list(dict.fromkeys(unseen))
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    named = f"The price of {', '.join(names[:MOST_NAMED])}{rest} could not be compared: no earlier price was seen."
    return Uncompared(tuple(dict.fromkeys(moved)), (named,) if names else ())


def costs_when_ordered(
    headers: Iterable[PurchaseOrder], lines: Iterable[Line], *, draft_status_ids: frozenset[int]
) -> dict[int, Decimal]:
    """Unit cost by line id at the moment when its PO was first seen out of draft status, where that was observed."""
    drafts: set[int] = set()
    left: dict[int, datetime] = {}
    for header in sorted(headers, key=lambda po: po.observed_at):
        if header.status_id in draft_status_ids:
            drafts.add(header.po_id)
        elif header.po_id in drafts:
            left.setdefault(header.po_id, header.observed_at)
    costs: dict[int, Decimal] = {}
    for line in sorted(lines, key=lambda item: item.observed_at):
        moment = left.get(line.po_id)
        if moment is not None and (line.line_id not in costs or line.observed_at <= moment):
            costs[line.line_id] = line.unit_cost
    return costs
