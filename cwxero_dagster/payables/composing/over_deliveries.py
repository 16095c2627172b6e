"""What the bills of one purchase order's deliveries come to together, against the limits that each is within by itself.

Xero works tax out on each bill and rounds it there, so a line that is billed in many parts carries other tax in all
than ConnectWise shows for it; and a price that is a little higher makes little of each part. What belongs here: those
sums, and the hold on the bill with which one goes beyond its limit. What does not: a bill's own differences
(``matching``), and what ConnectWise corrects later (``tax_in_xero``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.bill_lines import BillLine, slice_net
from cwxero_dagster.payables.bills import CREDIT, Bill
from cwxero_dagster.payables.books import FINAL, Books
from cwxero_dagster.payables.composing.matching import called
from cwxero_dagster.payables.documents import unit_costs_of
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import Limit
from cwxero_dagster.payables.money import line_tax, money_text, price_text, product, rounded, total
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units.allocation import standing_slices


@dataclass(frozen=True)
class _Tax:
    """Tax on one bill, for the goods of one PO."""

    xero: Decimal
    connectwise: Decimal

    @property
    def exact(self) -> Decimal:
        """By how much Xero's is above ConnectWise's, fractions of a cent included, so that sums are exact."""
        return self.xero - self.connectwise

    @property
    def in_cents(self) -> Decimal:
        """The same as the bill by itself is asked about it."""
        return rounded(self.xero) - rounded(self.connectwise)


def tax_of_deliveries(bill: Bill, ledger: LedgerView, books: Books, *, limit: Decimal) -> list[Hold]:
    """A hold for each PO whose bills' tax, this one's included, is beyond ``limit`` from ConnectWise's.

    A bill that is beyond the limit by itself is asked about as such, and counts for nothing here. The facts are how
    many limits the sum comes to: who lets it pass is asked again only once it has grown by another one.
    """
    if bill.document_type == CREDIT:
        return []
    held = []
    for po in bill.pos:
        mine = [line for line in bill.lines if line.po_id == po.po_id and _comparable(line)]
        lines = {line.line_id: line for line in mine}
        own = _Tax(total(line.tax for line in mine), total(line.connectwise_tax or ZERO for line in mine))
        before = _before(bill.key, ledger.bills_of(po.po_id))
        earlier = [_tax_of(one, lines, books) for one in before if any(part.line_id in lines for part in one.slices)]
        small = [one.exact for one in earlier if abs(one.in_cents) <= limit]
        more = rounded(own.exact + total(small))
        if not small or abs(own.in_cents) > limit or abs(more) <= limit:
            continue
        cause = f"tax of purchase order {po.po_number}"
        detail = (
            f"Xero rounds the tax of each bill by itself. With this one the bills of purchase order {po.po_number} "
            f"carry {money_text(abs(more), bill.currency_code)} {'more' if more > 0 else 'less'} tax than ConnectWise "
            f"shows for their goods; the limit is {money_text(limit)}."
        )
        held.append(hold("rounding", cause, detail, po.po_id, more > 0, abs(more) // limit if limit else more))
    return held


def price_of_deliveries(
    bill: Bill,
    lines: Mapping[int, Line],
    ledger: LedgerView,
    books: Books,
    *,
    limit: Limit,
    ordered_costs: Mapping[int, Decimal],
) -> list[Hold]:
    """A hold for each PO line of which this bill and those before it bill more, or less, than it was ordered at.

    The absolute limit is the line's, however many bills it is on. A bill that is over a limit by itself is asked about
    as such. The facts are the two prices: who lets them pass is not asked again with the next delivery.
    """
    if limit.absolute is None:
        return []
    held = []
    for part in bill.slices:
        line, ordered = lines.get(part.line_id), ordered_costs.get(part.line_id)
        if line is None or ordered is None:
            continue
        own = (line.unit_cost - ordered) * part.quantity
        before = total(
            more
            for one in _before(bill.key, ledger.bills_of(part.po_id))
            for more in _more_than_ordered(one, line, ordered, limit, books)
        )
        if limit.is_over(own, ordered * part.quantity) or not own or abs(own + before) <= limit.absolute:
            continue
        number = next((po.po_number for po in bill.pos if po.po_id == part.po_id), "")
        detail = (
            f"{called(line)}: unit cost {price_text(line.unit_cost)} {bill.currency_code} now, {price_text(ordered)} "
            f"when ordered. With this bill that makes {money_text(own + before)} on all deliveries of the line "
            f"together; the limit is {money_text(limit.absolute)}."
        )
        cause = f"price on purchase order {number}"
        held.append(hold("price_mismatch", cause, detail, line.line_id, line.unit_cost, ordered))
    return held


def _more_than_ordered(
    before: KnownBill, line: Line, ordered: Decimal, limit: Limit, books: Books
) -> Iterator[Decimal]:
    """What an earlier bill bills of a line beyond what was ordered; nothing where it was asked about by itself.

    A draft counts at the price of now, which it takes.
    """
    document = books.by_id.get((before.xero_id or "").lower())
    follows = document is not None and document.live and document.status not in FINAL
    cost = line.unit_cost if follows else unit_costs_of(before.meant).get(line.line_id)
    for part in before.slices:
        if part.line_id == line.line_id and cost is not None:
            more = (cost - ordered) * part.quantity
            if not limit.is_over(more, ordered * part.quantity):
                yield more


def _comparable(line: BillLine) -> bool:
    """True for goods of which ConnectWise shows tax."""
    return line.kind == "goods" and line.connectwise_tax is not None and line.slice is not None


def _before(key: str, bills: Sequence[KnownBill]) -> Iterable[KnownBill]:
    """The bills of goods that were issued before the one of a key, and that stand; without what credits gave back."""
    for one in bills:
        if one.key == key:
            return
        if not (is_credit(one.key) or one.reprices or (one.state == "settled" and one.xero_id is None)):
            yield replace(one, slices=standing_slices(one, bills))


def _tax_of(before: KnownBill, lines: Mapping[int | None, BillLine], books: Books) -> _Tax:
    """An earlier bill's tax on its parts of ``lines``, as both systems would say it now."""
    parts = [(part, lines[part.line_id]) for part in before.slices if part.line_id in lines]
    return _Tax(
        total(_tax_in_xero(part, line, books) for part, line in parts),
        total(_tax_in_connectwise(part, line) for part, line in parts),
    )


def _tax_in_xero(part: Slice, line: BillLine, books: Books) -> Decimal:
    rate = books.tax_rates.get(line.tax_type or "")
    return line_tax(slice_net(part, line.unit_cost or ZERO), rate.rate if rate else ZERO)


def _tax_in_connectwise(part: Slice, line: BillLine) -> Decimal:
    if line.slice is None or not line.slice.quantity:
        return ZERO
    return product(line.connectwise_tax or ZERO, part.quantity) / line.slice.quantity
