"""Bill units and their bills: which receipts become one bill, its lines, totals, dates and number.

What belongs here: composing a would-be bill from purchasing, mapping and decision. What does not: whether it may be
written (holds), what Xero holds already (planning), how it is sent (publishing).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.money import amount_text, decimals_text, fits, line_net, line_tax, product, rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder

Tracking = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Slice:
    """A part of a PO line's received quantity: beyond ``start``, up to ``end``.

    Line 0 is the PO's freight, whose quantity is its money: what is billed of 25.00 is 0 to 25.

    On a line of negative quantity both count downwards from zero. A change of price holds nothing: its slice begins and
    ends at the quantity whose price changed.
    """

    po_id: int
    line_id: int
    start: Decimal
    end: Decimal

    @property
    def quantity(self) -> Decimal:
        """How much the slice holds."""
        return self.end - self.start


def overlap(one: Slice, other: Slice) -> Decimal:
    """How much two slices share, without sign."""
    if (one.po_id, one.line_id) != (other.po_id, other.line_id):
        return ZERO
    (low, high), (start, end) = (sorted((abs(part.start), abs(part.end))) for part in (one, other))
    return max(min(high, end) - max(low, start), ZERO)


FREIGHT_LINE = 0
FREIGHT_WORDS = "Freight on purchase order"
PRICE_WORDS = "Change of price:"
MAX_DESCRIPTION = 4000
CREDIT = "ACCPAYCREDIT"


def owed(document_type: str, amount: Decimal) -> Decimal:
    """What a document adds to what the vendor is owed: a supplier credit takes its amount off."""
    return -amount if document_type == CREDIT else amount


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


@dataclass(frozen=True)
class Bill:
    """A would-be bill or supplier credit, complete but for Xero's own ids."""

    key: str
    cycle: str
    document_type: str
    pos: tuple[PurchaseOrder, ...]
    contact_id: str | None
    number: str
    dated: date
    due_date: date | None
    due_on: date
    currency_code: str
    line_amounts: str
    lines: tuple[BillLine, ...]
    url: str
    invoice_number: str = ""
    """The vendor invoice that it stands for; blank where none is known or the decision heeds none."""
    invoice_date: date | None = None
    slices: tuple[Slice, ...] = ()
    """The quantities that the bill allocates, those of lines that it does not show included."""
    notes: tuple[str, ...] = ()
    """What a person is told of it when it is made."""
    untested: tuple[str, ...] = ()
    """What of it there was nothing to compare with; it is beside the notes on the plan's row, and is not told again."""
    excluded: str | None = None
    """Why the bill is kept out for good (exclusions.csv, zero total), or None."""
    facts: str = field(default="")
    """Digest of what ConnectWise says: vendor, currency, slices, unit costs, freight. Mappings do not move it."""
    repriced: Decimal = ZERO
    """What the PO's prices now make of a final bill's goods beyond what is billed of them, net; below zero for less."""
    gone: tuple[Slice, ...] = ()
    """What of a final bill went back and is on no credit, and no person dealt with."""
    dealt: tuple[Slice, ...] = ()
    """What went back and a person dealt with herself, on a bill that stays what it was."""
    on_bills: tuple[str, ...] = ()
    """Keys of the bills that may have its goods already, where a person put something on those."""
    ahead: bool = False
    """True where it bills goods before they arrive; a credit then may be for goods that never did."""
    contact_rule: str = field(default="", compare=False)
    """What chose the contact, in words; blank where nothing did."""
    date_rule: str = field(default="", compare=False)
    due_rule: str = field(default="", compare=False)

    @property
    def po_numbers(self) -> tuple[str, ...]:
        """Numbers of the POs on the bill."""
        return tuple(po.po_number for po in self.pos)

    @property
    def reprices(self) -> bool:
        """True for a change of price after an approval, which bills no goods."""
        return any(line.cost_before is not None for line in self.lines)

    @property
    def vendor_id(self) -> int | None:
        """The vendor of the bill's POs."""
        return self.pos[0].vendor_id

    @property
    def vendor_name(self) -> str | None:
        """The vendor's name in ConnectWise."""
        return self.pos[0].vendor_name

    @property
    def net(self) -> Decimal:
        """Sum of the lines before tax."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        """Sum of the tax of each line, each rounded by itself, as Xero does."""
        return sum((line.tax for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        """What the vendor is owed."""
        return self.net + self.tax

    @property
    def total_left(self) -> Decimal:
        """The same without what a person dealt with."""
        return self.total - self.worth(self.dealt)

    def worth(self, slices: Iterable[Slice]) -> Decimal:
        """What some of its goods and freight come to with tax, each line's share rounded."""
        parts = list(slices)
        shares = (
            (line, overlap(line.slice, part) / abs(line.slice.quantity))
            for line in self.lines
            if line.slice is not None and line.slice.quantity
            for part in parts
        )
        return sum((rounded(line.net * share) + rounded(line.tax * share) for line, share in shares), ZERO)


def facts_of(owed_to: Sequence[object], priced: Sequence[tuple[Slice, Decimal]], currency: str) -> str:
    """Digest of the ConnectWise facts of a bill: who is owed, in what, for which quantities at which unit cost."""
    meaning = {
        "vendor": list(owed_to),
        "currency": currency,
        "lines": sorted([s.po_id, s.line_id, plain(s.start), plain(s.end), plain(cost)] for s, cost in priced),
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:16]


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


def plain(value: Decimal) -> str:
    """A figure without exponent or trailing zeros."""
    return decimals_text(value)
