"""Lines of would-be bills: goods, freight, changes of price, their words and their tax.

What belongs here: composing a line of a part of a PO line. What does not: which parts a bill takes (slices, units), its
accounts and tax types (mapping, composing).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from cwxero_dagster.payables.money import amount_text, fits, line_net, line_tax, plain, product, rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import Slice

Tracking = tuple[tuple[str, str], ...]
FREIGHT_WORDS = "Freight on purchase order"
PRICE_WORDS = "Change of price:"
MAX_DESCRIPTION = 4000


@dataclass(frozen=True)
class BillLine:
    """One line of a would-be bill. Amounts in the bill's currency; ``unit_amount`` excludes tax."""

    po_id: int
    line_id: int | None
    kind: str
    description: str
    quantity: Decimal = ZERO
    unit_amount: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO
    account_code: str | None = None
    tax_type: str | None = None
    tracking: Tracking = ()
    item_code: str | None = None
    connectwise_tax: Decimal | None = None
    slice: Slice | None = None
    unit_cost: Decimal | None = None
    """Unit cost of the PO line, which ``unit_amount`` is not where the line carries an extended amount."""
    cost_before: Decimal | None = None
    """Unit cost that is billed already, on a line that bills nothing but a change of price."""
    account_rule: str = field(default="", compare=False)
    """What chose the account, in words: a row of a file, or the bill that is corrected; blank where nothing did."""
    tax_rule: str = field(default="", compare=False)
    tracking_rule: str = field(default="", compare=False)

    @property
    def priced(self) -> bool:
        """True for lines that carry money; text lines carry words only."""
        return self.kind != "text"


def goods_line(line: Line, part: Slice, *, zero_value_lines: str) -> BillLine | None:
    """The bill line of a slice of a PO line, still without account and tax; None where nothing is to be shown.

    Quantity is the growth of ``receivedQuantity``, the price the line's unit cost; ``quantity`` and ``extCost`` of the
    PO line are never billed. Xero takes no negative quantity, so the sign of a line of negative quantity goes to the
    price. A unit cost beyond four decimals goes as quantity 1 with the exact extended amount and the real figures in
    words, because Xero keeps four (DESIGN.md, "Money"). So does a delivery whose amount carries a cent of those before
    it (``slice_net``): Xero takes no other amount of a line than quantity times price (xero_api, section 9).
    """
    description = printable_description(line.description or line.product_identifier or f"Line {line.line_number}")
    if not part.quantity:
        return None
    if not line.unit_cost:
        if zero_value_lines == "omit":
            return None
        return BillLine(line.po_id, line.line_id, "text", description, slice=part)
    net = slice_net(part, line.unit_cost)
    goods = BillLine(
        po_id=line.po_id,
        line_id=line.line_id,
        kind="goods",
        description=description,
        quantity=abs(part.quantity),
        unit_amount=line.unit_cost if part.quantity > 0 else -line.unit_cost,
        net=net,
        connectwise_tax=_share_of_tax(line, part),
        slice=part,
        unit_cost=line.unit_cost,
    )
    if needs_extended_amount(part.quantity, line.unit_cost) or net != line_net(part.quantity, line.unit_cost):
        description = with_figures(description, f"{plain(part.quantity)} at {plain(line.unit_cost)}")
        return replace(goods, description=description, quantity=Decimal(1), unit_amount=net)
    return goods


def slice_net(part: Slice, unit_cost: Decimal) -> Decimal:
    """What a slice of a PO line comes to before tax: the line up to its end, less the line up to its start.

    So the bills of several deliveries come to the line together, to the cent, and credits take exactly that back.
    """
    return line_net(part.end, unit_cost) - line_net(part.start, unit_cost)


def price_line(line: Line, part: Slice, *, before: Decimal) -> BillLine:
    """What a new unit cost makes of goods that are billed already: one piece at the difference, the figures in words.

    ``before``: the unit cost at which they are billed. One piece, so that nobody takes it for more goods.
    """
    quantity, cost = part.end, line.unit_cost
    name = line.description or line.product_identifier or f"Line {line.line_number}"
    net = price_difference(quantity, before, cost)
    return BillLine(
        po_id=line.po_id,
        line_id=line.line_id,
        kind="price",
        description=with_figures(
            f"{PRICE_WORDS} {printable_description(name)}",
            f"{plain(quantity)} at {plain(cost)} instead of {plain(before)}",
        ),
        quantity=Decimal(1),
        unit_amount=net,
        net=net,
        slice=part,
        unit_cost=cost,
        cost_before=before,
    )


def price_difference(quantity: Decimal, before: Decimal, now: Decimal) -> Decimal:
    """What a new unit cost adds to goods, each amount rounded as a bill rounds it."""
    return line_net(quantity, now) - line_net(quantity, before)


def _share_of_tax(line: Line, part: Slice) -> Decimal | None:
    """ConnectWise's tax on a slice; the line's amount is for its whole quantity."""
    if line.tax is None or not line.quantity:
        return line.tax
    return rounded(product(line.tax, part.quantity) / line.quantity, 4)


def freight_line(po: PurchaseOrder, *, part: Slice) -> BillLine:
    """The freight of a PO, or what was added to it or taken off it after another bill was approved."""
    amount = rounded(part.quantity)
    name = printable_description(po.po_number)
    description = f"{FREIGHT_WORDS} {name}"
    if part.start:
        what = "More" if abs(part.end) > abs(part.start) else "Less"
        description = (
            f"{what} freight on purchase order {name}: {amount_text(part.end)} instead of {amount_text(part.start)}"
        )
    return BillLine(
        po_id=po.po_id,
        line_id=None,
        kind="freight",
        description=description,
        quantity=Decimal(1),
        unit_amount=amount,
        net=amount,
        connectwise_tax=_share_of_freight_tax(po, part),
        slice=part,
    )


def _share_of_freight_tax(po: PurchaseOrder, part: Slice) -> Decimal | None:
    """ConnectWise's tax on a part of the freight; the header's amount is for the whole."""
    if po.freight_tax is None or not po.freight or part.quantity == po.freight:
        return po.freight_tax
    return rounded(product(po.freight_tax, part.quantity) / po.freight, 4)


def needs_extended_amount(quantity: Decimal, unit_cost: Decimal) -> bool:
    """True where Xero's four decimals of unit amount or quantity would change the money."""
    return not (fits(unit_cost, 4) and fits(quantity, 4))


def with_tax(line: BillLine, rate: Decimal, *, line_amounts: str) -> BillLine:
    """The line with Xero's computation of its tax: per line, rounded to the cent, then summed.

    ``Inclusive`` changes only how the same money is written (the unit amount includes the tax), so net, tax and total
    stay what they were (CONTRACT section 5).
    """
    if line_amounts == "NoTax" or not line.priced:
        return line
    return replace(line, tax=line_tax(line.net, rate))


def negated(line: BillLine) -> BillLine:
    """The line of a supplier credit: Xero's credits are positive, ConnectWise's are negative."""
    connectwise_tax = None if line.connectwise_tax is None else -line.connectwise_tax
    return replace(line, unit_amount=-line.unit_amount, net=-line.net, tax=-line.tax, connectwise_tax=connectwise_tax)


def printable_description(text: str) -> str:
    """Text of a line: no control characters, at most 4,000 characters (Xero's limit), never blank."""
    clean = "".join(char if char.isprintable() or char == "\n" else " " for char in text).strip()
    return clean[:MAX_DESCRIPTION].strip() or "(no description in ConnectWise)"


def with_figures(description: str, figures: str) -> str:
    """A description that ends with figures in brackets; a long one is cut before them, never the figures."""
    tail = f" ({figures})"
    return printable_description(description[: MAX_DESCRIPTION - len(tail)] + tail)
