"""At which prices the goods of a bill are billed, once changes of price were billed or credited beside it.

What belongs here: reading those prices from what was written and from what Xero holds. What does not: whether a change
of price becomes a document (adjusting), quantities (allocation).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables import keys, told
from cwxero_dagster.payables.bill_lines import price_difference
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.corrections import approved_costs
from cwxero_dagster.payables.documents import costs_before_of, unit_costs_of
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import product, rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice

Prices = dict[int, Decimal]
"""Unit costs by PO line id."""


def changed_prices(
    bill: KnownBill, document: Document | None, lines: Iterable[tuple[Line, PurchaseOrder]]
) -> tuple[Prices, Prices]:
    """The prices before and after the change that a bill of a change of price bills."""
    if bill.meant is not None:
        return costs_before_of(bill.meant), unit_costs_of(bill.meant)
    known = list(lines)
    changes = [told.price_change(held, known) for held in document.lines] if document else []
    before = {change.line.line_id: change.before for change in changes if change}
    return before, {change.line.line_id: change.now for change in changes if change}


def as_left(bill: KnownBill, document: Document | None, before: Prices, now: Prices) -> Prices:
    """The prices after the change as far as the document in Xero bills it: an amount that a person changed counts.

    ``before`` and ``now``: the prices of the change as it was written.
    """
    if document is None or not document.live or bill.base is None:
        return now
    refs = {line[name]: str(line["ref"]) for line in bill.base["lines"] for name in ("description", "line_item_id")}
    sign = -1 if keys.is_credit(bill.key) else 1
    prices = dict(now)
    for part in bill.slices:
        mine = [
            held
            for held in document.lines
            if _bills(refs.get(held.line_item_id or "") or refs.get(held.description, ""), part)
        ]
        said = sign * sum((told.net(held) for held in mine), ZERO)
        was, meant = before.get(part.line_id, ZERO), now.get(part.line_id, ZERO)
        if part.end and said != price_difference(part.end, was, meant):
            prices[part.line_id] = was + rounded(said / part.end, told.PLACES)
    return prices


def _bills(ref: str, part: Slice) -> bool:
    """True for the ``ref`` of a line that bills a change of price of a PO line."""
    return ref.startswith(f"{part.po_id}:{part.line_id}:")


def written_prices(bill: KnownBill, document: Document | None, po: PurchaseOrder, lines: Mapping[int, Line]) -> Prices:
    """The prices at which a bill was written; of one whose last write is not known, those that its lines tell."""
    if bill.written is None:
        return told.unit_costs(document, po, bill.slices, lines)
    return unit_costs_of(bill.written)


def own_prices(bill: KnownBill, document: Document | None, po: PurchaseOrder, lines: Mapping[int, Line]) -> Prices:
    """The prices at which a bill itself bills its goods: as a person approved it, where that is known."""
    if bill.written is None:
        return written_prices(bill, document, po, lines)
    return approved_costs(bill, document)


@dataclass(frozen=True)
class Tier:
    """Goods of one line that documents bill at one price."""

    quantity: Decimal
    """Without sign."""
    billed: Decimal
    decided: Decimal
    """The price that was decided last; documents do not bill it where a person removed or refused what did."""

    def to_ask(self, now: Decimal) -> Decimal:
        """What is to be asked about a unit cost (``difference``)."""
        return difference(now, self.billed, self.decided)


def changed_tiers(
    tiers: Sequence[Tier], quantity: Decimal, *, before: Decimal, now: Decimal, step: Decimal
) -> list[Tier]:
    """The tiers of a line, its innermost goods first, after a change of price of so many of them.

    It is about goods that were at the price ``before``, and about others only as far as there are not enough. ``step``:
    what documents bill of the change a piece.
    """
    rest, taken = quantity, [ZERO] * len(tiers)
    for index in sorted(range(len(tiers)), key=lambda at: before not in {tiers[at].billed, tiers[at].decided}):
        taken[index] = min(rest, tiers[index].quantity)
        rest -= taken[index]
    found = []
    for tier, part in zip(tiers, taken, strict=True):
        found += [Tier(part, tier.billed + step, now)] if part else []
        found += [replace(tier, quantity=tier.quantity - part)] if part < tier.quantity else []
    return found


def outermost(tiers: Sequence[Tier], quantity: Decimal) -> Decimal | None:
    """The price at which the outermost goods of a line are billed, on average; None where there are none."""
    rest, worth = quantity, ZERO
    for tier in reversed(tiers):
        part = min(rest, tier.quantity)
        worth += product(part, tier.billed)
        rest -= part
    prices = {tier.billed for tier in tiers}
    if len(prices) == 1:
        return prices.pop()
    return rounded(worth / (quantity - rest), told.PLACES) if quantity > rest else None


def difference(now: Decimal, billed: Decimal, decided: Decimal) -> Decimal:
    """What is to be asked about a unit cost: how far it is from the one that documents bill.

    ``decided``: the one that was decided last. Where a person removed the document of that decision, or settled it as
    not owed, that step stays decided while the price stands there or moves on; one that turns back is a new question.
    """
    step = decided - billed
    return now - decided if (now - decided) * step > 0 or now == decided else now - billed


class OrderPrices:
    """The prices of the bills of one PO, changes of price that are billed beside them included."""

    def __init__(self, po: PurchaseOrder, lines: Mapping[int, Line], ledger: LedgerView, books: Books) -> None:
        self._po, self._lines = po, lines
        self._ledger, self._books = ledger, books

    def own(self, bill: KnownBill) -> Prices:
        """The prices at which a bill, or a credit, itself bills its goods."""
        return own_prices(bill, self._document(bill), self._po, self._lines)

    def tiers(self, bill: KnownBill, slices: Iterable[Slice]) -> dict[int, list[Tier]]:
        """The prices at which documents bill goods of a bill now, by line. ``slices``: what stands of it.

        A change of price was billed for what stood then: goods that stand again, as the credit of them is gone, are
        still at the price before. A line whose price cannot be told is left out.
        """
        prices = self.own(bill)
        found = {line_id: [Tier(ZERO, price, price)] for line_id, price in prices.items()}
        for line_id, quantity in _quantities(slices).items():
            price = prices.get(line_id, None if bill.written is None else ZERO)
            if price is not None:
                found[line_id] = [Tier(quantity, price, price)]
        for one in self._ledger.repricings(bill.key):
            before, now = self._change(one)
            left = as_left(one, self._document(one), before, now)
            measure = dict.fromkeys(now, ZERO) | _ends(one.slices)
            for line_id in now:
                was = before.get(line_id, ZERO)
                step = left[line_id] - was if self._bills(one) else ZERO
                tiers = found.get(line_id, [Tier(ZERO, was, was)])
                found[line_id] = changed_tiers(tiers, measure[line_id], before=was, now=now[line_id], step=step)
        return found

    def given_back(self, bill: KnownBill, slices: Iterable[Slice], gone: Mapping[int, Decimal]) -> Prices:
        """The prices that a credit of the outermost goods of a bill gives back. ``slices``: what stands of the bill."""
        found = self.own(bill)
        for line_id, tiers in self.tiers(bill, slices).items():
            price = outermost(tiers, gone.get(line_id, ZERO))
            if price is not None:
                found[line_id] = price
        return found

    def shown(self, bill: KnownBill, slices: Iterable[Slice]) -> Prices:
        """Prices that stand in for the present ones on a bill whose changes of price are decided beside it.

        They are its own ones while the present price is decided for all that stands of it (``slices``), and of lines of
        which nothing stands. A price that nobody decided shows as that much more or less than the bill's own price as
        is to be asked about.
        """
        stands = list(slices)
        gone = {part.line_id for part in bill.slices} - {part.line_id for part in stands}
        changed = {line_id for one in self._ledger.repricings(bill.key) for line_id in self._change(one)[1]}
        if not changed | gone:
            return {}
        written = written_prices(bill, self._document(bill), self._po, self._lines)
        tiers = self.tiers(bill, stands) if changed else {}
        return {line_id: written[line_id] for line_id in gone & written.keys()} | {
            line_id: written.get(line_id, ZERO) + to_ask(tiers[line_id], self._lines[line_id].unit_cost)[1]
            for line_id in changed
            if line_id in self._lines and line_id in tiers
        }

    def _change(self, repricing: KnownBill) -> tuple[Prices, Prices]:
        lines = [(line, self._po) for line in self._lines.values()]
        return changed_prices(repricing, self._document(repricing), lines)

    def _bills(self, repricing: KnownBill) -> bool:
        """True where a document in Xero bills or credits a change of price: its own, or the one that a person named."""
        document, settled = self._document(repricing), self._ledger.settled(repricing.key)
        if document is not None and document.live:
            return True
        return settled.verb == "billed-by" if settled else document is None

    def _document(self, bill: KnownBill) -> Document | None:
        return self._books.by_id.get((bill.xero_id or "").lower())


def to_ask(tiers: Sequence[Tier], now: Decimal) -> tuple[Decimal, Decimal]:
    """How many goods of a line are to be asked about first at a unit cost, and by how much it differs for them."""
    steps = [(tier.quantity, tier.to_ask(now)) for tier in tiers if tier.quantity]
    first = next((step for _, step in steps if step), ZERO)
    return sum((quantity for quantity, step in steps if step == first), ZERO), first


def _quantities(slices: Iterable[Slice]) -> dict[int, Decimal]:
    """How many goods slices hold, by line and without sign."""
    found: dict[int, Decimal] = {}
    for part in slices:
        if part.line_id != FREIGHT_LINE:
            found[part.line_id] = found.get(part.line_id, ZERO) + abs(part.quantity)
    return found


def _ends(slices: Iterable[Slice]) -> dict[int, Decimal]:
    """How many goods a change of price is about, by line and without sign."""
    return {part.line_id: abs(part.end) for part in slices}
