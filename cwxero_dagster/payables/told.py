"""What a line of a document in Xero tells of the goods that it bills: which PO line, how much, at which price.

What belongs here: reading that from words and amounts, for bills whose last write the ledger does not know (a rebuilt
ledger). What does not: which quantities a bill takes (rebuilding, allocation), and prices of bills whose last write is
known (documents).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.bill_lines import PRICE_WORDS, printable_description
from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.money import line_net, rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice

_FIGURES = re.compile(r"^(?P<words>.*) \((?P<quantity>-?[0-9.]+) at (?P<price>-?[0-9.]+)( before tax)?\)$", re.DOTALL)
_CHANGE = re.compile(
    rf"^{PRICE_WORDS} (?P<words>.*) "
    r"\((?P<quantity>-?[0-9.]+) at (?P<now>-?[0-9.]+) instead of (?P<before>-?[0-9.]+)\)$",
    re.DOTALL,
)
CENT = Decimal("0.01")
"""How far the bill of one delivery may be from its own figures (``bills.slice_net``)."""
PLACES = 10
"""Decimals of a unit cost (frames/table.py)."""


def says(held: DocumentLine, line: Line, po: PurchaseOrder) -> bool:
    """True where a document's line has the words of a PO line; on a bill over several POs its number is before them."""
    figures = _FIGURES.match(held.description)
    said = {" ".join(text.split()) for text in (held.description, figures["words"] if figures else held.description)}
    return bool(said & _words(line, po))


def _words(line: Line, po: PurchaseOrder) -> set[str]:
    words = " ".join(
        printable_description(line.description or line.product_identifier or f"Line {line.line_number}").split()
    )
    return {words, f"{po.po_number}: {words}"}


@dataclass(frozen=True)
class PriceChange:
    """A change of a PO line's unit cost that a document bills: of how much, and from what to what."""

    line: Line
    quantity: Decimal
    before: Decimal
    now: Decimal


def price_change(held: DocumentLine, lines: Iterable[tuple[Line, PurchaseOrder]]) -> PriceChange | None:
    """The change of price that a document's line bills; None for a line that bills something else."""
    figures = _CHANGE.match(held.description)
    if figures is None:
        return None
    words = " ".join(figures["words"].split())
    line = next((line for line, po in lines if words in _words(line, po)), None)
    quantity, before, now = (Decimal(figures[name]) for name in ("quantity", "before", "now"))
    return PriceChange(line, quantity, before, now) if line else None


def quantity(held: DocumentLine, line: Line) -> Decimal:
    """How much a document's line bills; a line in words only bills all that came of a line without a price."""
    if held.quantity is None:
        return abs(line.received)
    return pieces(held.description, held.quantity)


def pieces(description: str, quantity: Decimal) -> Decimal:
    """How many goods a line of ours bills: its quantity; of one piece at an extended amount, what its words say."""
    figures = _FIGURES.match(description)
    return abs(Decimal(figures["quantity"])) if figures and quantity == 1 else quantity


def net(held: DocumentLine) -> Decimal:
    """The amount of a document's line before tax, whatever its unit amount includes."""
    if held.net is not None:
        return held.net
    return line_net(held.quantity or ZERO, held.unit_amount or ZERO)


def at_the_price(held: DocumentLine, line: Line) -> bool:
    """True where a document's line comes to the PO line's unit cost."""
    return _comes_to(held, quantity(held, line), line.unit_cost)


def _comes_to(held: DocumentLine, billed: Decimal, cost: Decimal) -> bool:
    """True where a line bills so many pieces at a price; one piece at an amount may carry a cent of other bills."""
    carries = CENT if held.quantity == 1 and _FIGURES.match(held.description) else ZERO
    return abs(abs(net(held)) - abs(line_net(billed, cost))) <= carries


def unit_costs(
    document: Document | None, po: PurchaseOrder, slices: Iterable[Slice], lines: Mapping[int, Line]
) -> dict[int, Decimal]:
    """Unit costs by PO line id at which a document bills ``slices`` of a PO; a line that cannot be told is left out."""
    taken: dict[int, Decimal] = {}
    for part in slices:
        if part.po_id == po.po_id and part.line_id != FREIGHT_LINE and part.line_id in lines:
            taken[part.line_id] = taken.get(part.line_id, ZERO) + abs(part.quantity)
    costs: dict[int, Decimal] = {}
    for line_id, measure in taken.items():
        line = lines[line_id]
        saying = [held for held in document.lines if says(held, line, po)] if document else []
        for candidates in (saying, [held for held in saying if quantity(held, line) == measure]):
            prices = {_unit_cost(held, line) for held in candidates}
            if len(prices) == 1:
                costs[line_id] = prices.pop()
                break
    return costs


def _unit_cost(held: DocumentLine, line: Line) -> Decimal:
    figures = _FIGURES.match(held.description)
    billed = quantity(held, line)
    stated = Decimal(figures["price"]) if figures and held.quantity == 1 else held.unit_amount or ZERO
    as_stated = not billed or _comes_to(held, billed, stated)
    price = abs(stated) if as_stated else rounded(abs(net(held)) / billed, PLACES)
    return -price if line.unit_cost < 0 else price


def named(line: Line | None) -> str:
    """A PO line by its words, for a sentence; one that is not there any more is "a line"."""
    return f'"{line.description or line.product_identifier or ""}"' if line else "a line"


def unpriced(slices: Iterable[Slice], costs: Mapping[int, Decimal], lines: Mapping[int, Line]) -> str:
    """Why a credit of ``slices`` needs a person's look, in words; blank where ``costs`` tells every price."""
    missing = sorted({part.line_id for part in slices if part.line_id != FREIGHT_LINE} - costs.keys())
    if not missing:
        return ""
    names = ", ".join(named(lines.get(line_id)) for line_id in missing)
    return (
        f"Goods of an approved bill went back, and the bill does not tell at which price it billed {names}. The credit "
        "takes the price that the purchase order shows today. Compare it with the bill; release it where it is right."
    )
