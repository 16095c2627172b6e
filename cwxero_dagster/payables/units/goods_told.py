"""How much of some goods a document in Xero bills, told from its lines, else from its money.

What belongs here: laying a document's lines into the goods for which a person named it. What does not: which document
she named for which goods (billed_by), reading one line's words and figures (told).

A line tells how many pieces it bills where it has the words of a PO line, or comes to its price within the limits of
the three-way match. What the others come to pays for the goods in the order of their lines, freight last. A document
that comes to as much as the goods bills them all, whatever its lines say: a bookkeeper may sum an order up in one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from cwxero_dagster.payables import told
from cwxero_dagster.payables.books import DocumentLine
from cwxero_dagster.payables.lifecycle import MatchRule
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import line_net, rounded, total
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice

_PLACES = 10
"""Decimals of a quantity (frames/table.py)."""


@dataclass(frozen=True)
class Goods:
    """A part of a PO line, or of a PO's freight, and what a piece of it costs; the pieces of freight are its money."""

    part: Slice
    unit_cost: Decimal
    line: Line | None
    po: PurchaseOrder | None

    @property
    def worth(self) -> Decimal:
        """What it comes to before tax; negative for what a supplier credit gives back."""
        return line_net(self.part.quantity, self.unit_cost)


@dataclass(frozen=True)
class Said:
    """A line of a document: how many pieces of it, and how much of its net amount, are laid into no goods yet."""

    held: DocumentLine
    pieces: Decimal
    net: Decimal

    @staticmethod
    def of(held: DocumentLine) -> Said:
        """The whole line."""
        return Said(held, told.pieces(held.description, held.quantity or ZERO), told.net(held))


@dataclass(frozen=True)
class Room:
    """What of a document is laid into no goods yet."""

    lines: tuple[Said, ...]
    net: Decimal
    """Its money before tax, without sign, as Xero's documents are."""


def lay(goods: Sequence[Goods], room: Room, match: MatchRule, cents: Decimal) -> tuple[list[Decimal], Room]:
    """How much of each of the goods a document with so much room bills, without sign, and what room is left on it.

    ``cents``: what is no difference where a limit of the match is off.
    """
    worth = total(one.worth for one in goods)
    sign = -1 if worth < 0 else 1
    laying = _Laying(goods, room, sign)
    laying.by_line(lambda said, one: said.pieces != 1 and _named(said.held, one))
    laying.by_line(lambda said, one: _at_its_price(said, one, match, cents))
    if room.net >= abs(worth) or _within(match, abs(worth) - room.net, worth, cents):
        return [abs(one.part.quantity) for one in goods], Room(tuple(laying.lines), max(room.net - abs(worth), ZERO))
    laying.by_money(lambda money: _within(match, money, worth, cents))
    return [abs(one.part.quantity) - left for one, left in zip(goods, laying.left, strict=True)], laying.room


class _Laying:
    """A document while it is laid into goods."""

    def __init__(self, goods: Sequence[Goods], room: Room, sign: int) -> None:
        self._goods, self._sign = goods, sign
        self._net = room.net
        self._pays = room.net + total(-said.net for said in room.lines if said.net < ZERO)
        self.lines = list(room.lines)
        self.left = [abs(one.part.quantity) if one.worth else ZERO for one in goods]
        """What of each of the goods is billed by nothing yet; of goods that cost nothing there is nothing to bill."""

    @property
    def room(self) -> Room:
        return Room(tuple(self.lines), max(self._net, ZERO))

    def by_line(self, tells: Callable[[Said, Goods], bool]) -> None:
        """Lay each line into the goods of which it tells the pieces."""
        for place, index in product(range(len(self.lines)), range(len(self._goods))):
            said, one = self.lines[place], self._goods[index]
            if not self.left[index] or said.pieces <= 0 or not said.net * self._sign * one.worth > ZERO:
                continue
            if tells(said, one):
                pieces = abs(said.net) if _is_freight(one) else said.pieces
                paid = max(pieces * self._pays / said.net, ZERO) if said.net > ZERO else pieces
                taken = min(pieces, self.left[index], paid)
                net = said.net * taken / pieces
                self.left[index] -= taken
                self._net -= net
                self._pays -= max(net, ZERO)
                self.lines[place] = replace(said, pieces=said.pieces * (pieces - taken) / pieces, net=said.net - net)

    def by_money(self, is_nothing: Callable[[Decimal], bool]) -> None:
        """Lay the money of all other lines into the goods in their order, freight last.

        Less than a piece, beside lines that tell pieces, is a charge that she typed as well.
        """
        by_pieces = any(left < abs(one.part.quantity) for left, one in zip(self.left, self._goods, strict=True))
        order = sorted(range(len(self._goods)), key=lambda index: _is_freight(self._goods[index]))
        for index in order:
            one, left = self._goods[index], self.left[index]
            cost = abs(one.unit_cost)
            charge = by_pieces and not _is_freight(one) and self._net < cost
            if not left or one.worth * self._sign <= 0 or self._net <= 0 or charge:
                continue
            pieces = min(self._net / cost, left)
            whole = min(rounded(pieces, 0), left)
            pieces = next((each for each in (left, whole) if is_nothing((each - pieces) * cost)), pieces)
            self.left[index] -= rounded(pieces, _PLACES)
            self._net -= pieces * cost


def _named(held: DocumentLine, one: Goods) -> bool:
    """True where a line has the words of a PO line, or speaks of freight."""
    if _is_freight(one):
        return "freight" in folded(held.description)
    if one.line is None or one.po is None:
        return False
    product = folded(one.line.product_identifier)
    return told.says(held, one.line, one.po) or (product != "" and product in folded(held.description).split())


def _at_its_price(said: Said, one: Goods, match: MatchRule, cents: Decimal) -> bool:
    """True where a line comes to the price of the goods; freight has none, and is told by all of its amount."""
    if _is_freight(one):
        return said.net == abs(one.worth)
    costs = abs(line_net(said.pieces, one.unit_cost))
    over = abs(abs(said.net) - costs)
    limit = match.price
    return over <= cents or (not limit.is_off and not limit.is_over(over, costs))


def _within(match: MatchRule, difference: Decimal, worth: Decimal, cents: Decimal) -> bool:
    """True for a difference that the match of totals lets pass."""
    over = abs(difference)
    return over <= cents or (not match.total.is_off and not match.total.is_over(over, worth))


def _is_freight(one: Goods) -> bool:
    return one.part.line_id == FREIGHT_LINE


def parted(parts: Iterable[Slice], taken: Iterable[Decimal]) -> tuple[tuple[Slice, ...], tuple[Slice, ...]]:
    """Slices as far as so much of each is ``taken``, and the rest of them."""
    first, rest = [], []
    for part, quantity in zip(parts, taken, strict=True):
        middle = part.start + quantity.copy_sign(part.quantity)
        first += [replace(part, end=middle)] if middle != part.start else []
        rest += [replace(part, start=middle)] if middle != part.end else []
    return tuple(first), tuple(rest)
