"""Cents of tax that the bills of one purchase order's deliveries add up to: a named difference with a limit.

Xero works tax out on each bill and rounds it there, so a line that is billed in many parts carries other tax in all
than ConnectWise shows for it, while each bill by itself is within the limit. What belongs here: that sum, and the hold
on the bill with which it goes beyond the limit. What does not: a bill's own difference (``matching``), and what
ConnectWise corrects later (``tax_in_xero``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.bill_lines import BillLine, slice_net
from cwxero_dagster.payables.bills import CREDIT, Bill
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import line_tax, money_text, product, rounded, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice


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


def _comparable(line: BillLine) -> bool:
    """True for goods of which ConnectWise shows tax."""
    return line.kind == "goods" and line.connectwise_tax is not None and line.slice is not None


def _before(key: str, bills: Sequence[KnownBill]) -> Iterable[KnownBill]:
    """The bills of goods that were issued before the one of a key, and that stand."""
    for one in bills:
        if one.key == key:
            return
        if not (is_credit(one.key) or one.reprices or (one.state == "settled" and one.xero_id is None)):
            yield one


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
