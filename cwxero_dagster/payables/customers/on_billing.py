"""On-billing: what the goods of a purchase order cost, for which customer they were bought, and what they brought in.

What belongs here: sharing a line's cost among the customers' products that it feeds, revenue, margin, and the age of
cost that no customer was billed for. What does not: reading products (staging/on_billing), bills of vendors.

ConnectWise joins lines and products many to many and shows no quantity of the join (connectwise_api.md, section 4): a
line's cost is shared by the products' own quantities, each product's revenue by what the lines brought for it. Money is
net of tax; cost is in the order's currency, revenue in the firm's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.money import product as multiplied
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder

ON_BILLED = "on-billed"
NOT_YET = "not on-billed"
NOT_CHARGED = "not charged"
NO_CUSTOMER = "no customer known"
SHARED = "for several customers, or for one in part"
_GIVEN_AWAY = frozenset({"DoNotBill", "NoCharge"})


@dataclass(frozen=True)
class CustomerProduct:
    """What a customer was sold: a product of a ticket, project, agreement or sales order."""

    product_id: int
    customer_id: int | None
    customer_name: str | None
    quantity: Decimal
    ext_price: Decimal
    billable: str | None
    """Billable, DoNotBill or NoCharge."""
    cancelled: bool
    invoice_number: str | None
    sales_order: str | None
    present: bool


@dataclass(frozen=True)
class Customer:
    """A company in ConnectWise that goods were bought for."""

    company_id: int
    name: str


@dataclass(frozen=True)
class OnBilled:
    """A line's goods for one customer; ``revenue`` is None while nothing was invoiced."""

    po_id: int
    po_number: str
    line_id: int
    item: str
    customer: str | None
    product_id: int | None
    status: str
    quantity: Decimal
    cost: Decimal
    revenue: Decimal | None
    invoice_number: str | None
    sales_order: str | None
    since: date
    """The day of the line's first receipt."""
    days: int
    """How long the cost has waited for an invoice; zero once it has one."""
    currency_code: str
    margin: Decimal | None
    """Revenue less cost; None while nothing was invoiced, and where the two are in different currencies."""


def on_billed(
    pos: Mapping[int, PurchaseOrder],
    lines: Iterable[Line],
    products_of: Mapping[int, Sequence[CustomerProduct]],
    *,
    first_received: Mapping[int, date],
    base_currency: str,
    today: date,
) -> list[OnBilled]:
    """Every received line, split by customer, in the order of lines. ``products_of``: by line id.

    Lines of negative quantity are supplier credits, not goods for anybody; lines without a cost have none to lead.
    """
    received = [line for line in lines if line.present and line.received > 0 and line.unit_cost]
    shares = {line.line_id: _shares(products_of.get(line.line_id, ()), line.received) for line in received}
    supplied: dict[int, Decimal] = {}
    for parts in shares.values():
        for item, quantity in parts:
            if item:
                supplied[item.product_id] = supplied.get(item.product_id, ZERO) + quantity
    found = []
    for line in received:
        po = pos[line.po_id]
        since = first_received.get(line.line_id, today)
        costs = _split(rounded(multiplied(line.received, line.unit_cost)), [part for _, part in shares[line.line_id]])
        for (item, quantity), cost in zip(shares[line.line_id], costs, strict=True):
            status = _status(item, po)
            revenue = None
            if item and status == ON_BILLED:
                whole = max(item.quantity, supplied[item.product_id])
                revenue = rounded(multiplied(item.ext_price, quantity) / whole) if whole else rounded(item.ext_price)
            currency = po.currency_code or base_currency
            found.append(
                OnBilled(
                    po_id=po.po_id,
                    po_number=po.po_number,
                    line_id=line.line_id,
                    item=line.product_identifier or line.description or f"line {line.line_id}",
                    customer=(item.customer_name if item else None) or po.customer_name,
                    product_id=item.product_id if item else None,
                    status=status,
                    quantity=quantity,
                    cost=cost,
                    revenue=revenue,
                    invoice_number=item.invoice_number if item else None,
                    sales_order=item.sales_order if item else None,
                    since=since,
                    days=(today - since).days if status == NOT_YET else 0,
                    currency_code=currency,
                    margin=revenue - cost if revenue is not None and currency == base_currency else None,
                )
            )
    return found


def customer_of(line: Line, po: PurchaseOrder, items: Sequence[CustomerProduct]) -> Customer | str:
    """The one customer that the whole of a line is for; else why there is none: ``NO_CUSTOMER``, ``NOT_CHARGED`` or
    ``SHARED``.

    Of a line that nothing was received of, what was ordered counts. ``items``: the products that the line feeds.
    """
    shares = [item for item, _ in _shares(items, line.received or line.quantity)] or [None]
    if any(item and item.billable in _GIVEN_AWAY for item in shares):
        return NOT_CHARGED
    named = {_customer(item, po) for item in shares}
    if len(named) > 1:
        return SHARED
    return named.pop() or NO_CUSTOMER


def _customer(item: CustomerProduct | None, po: PurchaseOrder) -> Customer | None:
    if item and item.customer_id is not None:
        return Customer(item.customer_id, item.customer_name or "")
    return Customer(po.customer_id, po.customer_name or "") if po.customer_id is not None else None


def _status(item: CustomerProduct | None, po: PurchaseOrder) -> str:
    if item is None:
        return NOT_YET if po.customer_name else NO_CUSTOMER
    if item.billable in _GIVEN_AWAY:
        return NOT_CHARGED
    return ON_BILLED if item.invoice_number else NOT_YET


def _shares(items: Sequence[CustomerProduct], there: Decimal) -> list[tuple[CustomerProduct | None, Decimal]]:
    """How much of a line's quantity each product took, by their quantities; the rest is nobody's."""
    owed = {item.product_id: item for item in items if item.present and not item.cancelled and item.quantity > 0}
    asked = sum((item.quantity for item in owed.values()), ZERO)
    left = there
    shares: list[tuple[CustomerProduct | None, Decimal]] = []
    for item in owed.values():
        part = item.quantity if asked <= there else rounded(item.quantity * there / asked, 4)
        part = min(part, left)
        if part > 0:
            shares.append((item, part))
            left -= part
    if left > 0 and shares and asked >= there:
        last, part = shares.pop()
        shares.append((last, part + left))
    elif left > 0:
        shares.append((None, left))
    return shares


def _split(amount: Decimal, quantities: Sequence[Decimal]) -> list[Decimal]:
    """An amount by quantities, to the cent: the parts add up to the whole."""
    whole = sum(quantities, ZERO)
    parts: list[Decimal] = []
    taken, before = ZERO, ZERO
    for quantity in quantities:
        taken += quantity
        upto = rounded(multiplied(amount, taken) / whole)
        parts.append(upto - before)
        before = upto
    return parts
