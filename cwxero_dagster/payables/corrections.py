"""What a person corrected of a bill of ours: quantities, amounts, prices, freight, and lines that she added.

What belongs here: telling those from what was written and from what Xero holds: the one place that every rule asks.
What does not: what follows from them (``units.doubts``, ``units.adjusting``, ``units.repricing``), and the merge of a
draft, which goes by fields (``merging``, ``work_by_hand``).

How much a line bills is told by its quantity where both versions have one. A line of one piece at an amount has none,
nor has freight: there the amounts tell. They are net, but for freight, which counts as its line does. A supplier credit
says how much it gives back: what it gives back less is billed more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables import told
from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.documents import unit_costs_of
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.money import line_net, money_text, plain, rounded
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import FREIGHT_LINE

_PLACES = (2, 4, 10)
"""Decimals that a unit cost may have, the likeliest first; ten are the most (frames/table.py)."""


@dataclass(frozen=True)
class Correction:
    """A PO line, or the freight, of which a bill or credit in Xero says something else than was written to it."""

    line_id: int
    goods: tuple[Decimal, Decimal]
    """How much of it was written, and is there now: a quantity of goods; of freight its amount."""
    net: tuple[Decimal, Decimal]
    """What it came to, and comes to now."""
    unit_cost: Decimal | None
    """What one piece costs now, without sign; None for freight, and where the line bills none or does not tell it."""
    by_amount: bool
    """True where the amounts tell how much it bills."""
    at_its_price: bool = True
    """False where what it bills now does not come to the price that was written."""
    gives_back: bool = False
    """True on a supplier credit."""

    @property
    def more(self) -> Decimal:
        """How much more is billed than was written; negative for less, zero where the price alone is another one."""
        more = self.goods[1] - self.goods[0]
        return -more if self.gives_back else more

    @property
    def more_net(self) -> Decimal:
        """By how much more money."""
        more = self.net[1] - self.net[0]
        return -more if self.gives_back else more

    @property
    def verb(self) -> str:
        """What the document does with the goods."""
        return "gives back" if self.gives_back else "bills"

    def words(self, line: Line | None) -> str:
        """The correction in words, as what "it" does (``verb``)."""
        if self.by_amount:
            what = "freight" if self.line_id == FREIGHT_LINE else told.named(line)
            return f"{money_text(self.net[1])} for {what} instead of {money_text(self.net[0])}"
        if not self.more:
            return f"{told.named(line)} for {money_text(self.net[1])} instead of {money_text(self.net[0])}"
        return f"{plain(self.goods[1])} of {told.named(line)} instead of {plain(self.goods[0])}"


def corrections(bill: KnownBill, document: Document | None) -> dict[int, Correction]:
    """What Xero's document says otherwise than was written to it, by PO line id (0: the freight).

    A line that is no longer there counts as one that a person wrote anew with the same words; one of the same words
    that she wrote beside it counts as more of it.
    """
    if document is None or bill.base is None:
        return {}
    meant = {line["ref"]: line for line in (bill.written or {}).get("lines", ()) if _bills_something(line)}
    written = {line["line_item_id"]: line for line in bill.base["lines"] if line["ref"] in meant}
    there: dict[str | None, list[DocumentLine]] = {}
    for held in document.lines:
        name = held.line_item_id if held.line_item_id in written else held.description
        there.setdefault(name, []).append(held)
    found: dict[int, Correction] = {}
    for line_item_id, line in sorted(written.items(), key=lambda one: one[0] in there):
        lines = [*there.get(line_item_id, ()), *there.pop(line["description"], ())]
        same_tax = document.line_amounts == bill.base["line_amounts"]
        with_tax = bill.base["line_amounts"] == "Inclusive"
        one = _correction(meant[line["ref"]], line, lines, same_tax=same_tax, with_tax=with_tax)
        if one is not None:
            one = replace(one, gives_back=is_credit(bill.key))
            found[one.line_id] = _both(found[one.line_id], one) if one.line_id in found else one
    return found


def _bills_something(line: Mapping[str, Any]) -> bool:
    """True for goods and freight; a rounding line has a place on no PO."""
    _, _, place = str(line["ref"]).partition(":")
    what, _, start = place.partition(":")
    return bool(line.get("unit_cost")) or (what == "freight" and bool(start))


def _correction(
    meant: Mapping[str, Any],
    was: Mapping[str, Any],
    lines: Sequence[DocumentLine],
    *,
    same_tax: bool,
    with_tax: bool,
) -> Correction | None:
    """What ``lines`` say otherwise than the line that ``was`` written; ``meant`` is the same line as it was sent.

    ``same_tax``: amounts still are what they were written as; ``with_tax``: those included tax.
    """
    quantity, unit = Decimal(was["quantity"] or 0), Decimal(was["unit_amount"] or 0)
    amount = sum((line_net(one.quantity or ZERO, one.unit_amount or ZERO) for one in lines), ZERO)
    now = sum((one.quantity or ZERO for one in lines), ZERO)
    same = (now, amount) == (quantity, line_net(quantity, unit)) and same_tax
    if not meant.get("unit_cost"):
        before = line_net(quantity, unit)
        return None if same else Correction(FREIGHT_LINE, (before, amount), (before, amount), None, by_amount=True)
    net = sum((told.net(one) for one in lines), ZERO)
    goods = told.pieces(was["description"], quantity)
    before = abs(line_net(goods, Decimal(meant["unit_cost"])) if with_tax else line_net(quantity, unit))
    if same or (now, abs(net)) == (quantity, before):
        return None
    by_amount = goods != quantity or (now == 1 and quantity != 1)
    billed = rounded(goods * abs(net) / before) if by_amount and before else now
    pieces = goods if by_amount else now
    line_id = int(str(meant["ref"]).split(":")[1])
    if by_amount and billed != goods:
        return Correction(line_id, (goods, billed), (before, abs(net)), None, by_amount=True, at_its_price=False)
    said = abs(lines[0].unit_amount or ZERO) if len(lines) == 1 else None
    cost = said if said and line_net(pieces, said) == abs(net) else _price(abs(net), pieces)
    at_its_price = line_net(pieces, abs(Decimal(meant["unit_cost"]))) == abs(net)
    return Correction(
        line_id, (goods, billed), (before, abs(net)), cost, by_amount=by_amount, at_its_price=at_its_price
    )


def _price(net: Decimal, pieces: Decimal) -> Decimal | None:
    """The shortest price of one piece that comes to an amount."""
    if not pieces:
        return None
    prices = [rounded(net / pieces, places) for places in _PLACES]
    return next((price for price in prices if line_net(pieces, price) == net), prices[-1])


def _both(one: Correction, other: Correction) -> Correction:
    """Two lines that bill parts of one PO line, as one; it costs what the later one says."""
    return Correction(
        one.line_id,
        (one.goods[0] + other.goods[0], one.goods[1] + other.goods[1]),
        (one.net[0] + other.net[0], one.net[1] + other.net[1]),
        other.unit_cost or one.unit_cost,
        by_amount=one.by_amount or other.by_amount,
        at_its_price=one.at_its_price and other.at_its_price,
        gives_back=one.gives_back,
    )


def approved_costs(bill: KnownBill, document: Document | None) -> dict[int, Decimal]:
    """Unit costs by PO line id as the document in Xero has them: a price that a person changed counts as hers."""
    costs = unit_costs_of(bill.written)
    for line_id, one in corrections(bill, document).items():
        if one.unit_cost is not None:
            costs[line_id] = one.unit_cost.copy_sign(costs[line_id])
    return costs


def lines_of_her_own(bill: KnownBill, document: Document | None) -> list[DocumentLine]:
    """Lines that a person added with words of her own: those with the words of a line of ours count as more of it."""
    ours = {line["description"] for line in (bill.base or {}).get("lines", ())}
    return [line for line in added_lines(bill, document) if line.description not in ours]


def added_lines(bill: KnownBill, document: Document | None) -> list[DocumentLine]:
    """Lines of a document in Xero that a person added: neither written by us nor typed anew with the same words."""
    if bill.base is None or document is None:
        return []
    ours = {line["line_item_id"] for line in bill.base["lines"]}
    there = {line.line_item_id for line in document.lines}
    typed_anew = {line["description"] for line in bill.base["lines"] if line["line_item_id"] not in there}
    return [line for line in document.lines if line.line_item_id not in ours and line.description not in typed_anew]


def tells_goods(bill: KnownBill, one: Correction) -> bool:
    """True for goods as far as quantities tell them, and for freight where it is one PO's; the rest is asked."""
    return len(bill.po_ids) == 1 if one.line_id == FREIGHT_LINE else not one.by_amount


def taken_off(
    live: Sequence[tuple[KnownBill, Document, Mapping[int, Correction]]],
    *,
    of: Collection[str],
    costs: Mapping[int, Decimal] | None = None,
) -> dict[str, dict[int, Decimal]]:
    """What she took off bills and put on no other document of the PO, by key and line.

    ``live``: the PO's live bills and credits with what she corrected of each. Goods that she moved from one bill to
    another, or gave back less of on a credit, are not taken off, nor anything where she added a line that may be goods.
    ``costs``: what a piece costs now, by line: goods of which she changed the price as well, to another one than that,
    are not taken off either; None: at any price.
    """
    off: dict[int, Decimal] = {}
    for _, _, changed in live:
        for line_id, one in changed.items():
            off[line_id] = off.get(line_id, ZERO) - one.more
    if not any(gone > ZERO for gone in off.values()):
        return {}
    if _may_be_moved(live):
        return {}
    found: dict[str, dict[int, Decimal]] = {}
    for bill, _, changed in live:
        for line_id, one in changed.items() if bill.key in of and not is_credit(bill.key) else ():
            at_a_price = costs is None or one.at_its_price or one.unit_cost == costs.get(line_id)
            told_of = tells_goods(bill, one) and at_a_price
            gone = min(-one.more, off[line_id]) if told_of else ZERO
            if gone > ZERO:
                found.setdefault(bill.key, {})[line_id] = gone
                off[line_id] -= gone
    return found


def _may_be_moved(live: Sequence[tuple[KnownBill, Document, Mapping[int, Correction]]]) -> bool:
    """True where lines that she added may bill what she took off: freight, or as much as one piece of the goods.

    A courier's charge of less than that is none of the goods.
    """
    added = sum((abs(told.net(line)) for bill, held, _ in live for line in lines_of_her_own(bill, held)), ZERO)
    lowered = [one for _, _, changed in live for one in changed.values() if one.more < ZERO]
    pieces = [one.net[0] / one.goods[0] for one in lowered if one.line_id != FREIGHT_LINE and one.goods[0]]
    return bool(added) and (len(pieces) < len(lowered) or added >= min(pieces, default=ZERO))
