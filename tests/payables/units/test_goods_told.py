"""How much of an order's goods a document bills: told by its lines, else by its money, else by neither."""

from __future__ import annotations

import pytest
from payables.making import d, line, po

from cwxero_dagster.payables.books import DocumentLine
from cwxero_dagster.payables.lifecycle import Limit, MatchRule
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.goods_told import Goods, Room, Said, lay, parted

LAPTOPS, DOCKS, FREIGHT = 11, 12, FREIGHT_LINE
CENTS = d("0.05")
OFF = MatchRule(price=Limit(), total=Limit())


def goods(line_id: int, quantity: str, cost: str = "1") -> Goods:
    names = {LAPTOPS: "NB-01", DOCKS: "DK-07"}
    ours = None if line_id == FREIGHT else line(line_id, cost=cost, product_identifier=names[line_id])
    return Goods(Slice(1, line_id, d(0), d(quantity)), d(cost), ours, po())


def room(*lines: tuple[str, str, str], net: str = "") -> Room:
    held = [DocumentLine(None, words, d(quantity), d(unit), None, None, ()) for words, quantity, unit in lines]
    said = tuple(Said.of(one) for one in held)
    return Room(said, d(net) if net else sum((one.net for one in said), d(0)))


TEN = [goods(LAPTOPS, "10", "100.00")]
TWO_KINDS = [goods(LAPTOPS, "5", "100.00"), goods(DOCKS, "5", "100.00")]
WITH_FREIGHT = [goods(FREIGHT, "45.00"), goods(LAPTOPS, "10", "100.00")]


@pytest.mark.parametrize(
    ("ordered", "keyed", "billed"),
    [
        # all of it
        (TEN, room(("goods", "10", "100.00")), ["10"]),
        (TEN, room(("your order", "1", "1000.00")), ["10"]),
        (TEN, room(("your order", "1", "999.00")), ["10"]),
        (TEN, room(("your order", "1", "1200.00")), ["10"]),
        (TEN, room(("a rack", "4", "250.00")), ["10"]),
        (TEN, room(("NB-01", "10", "90.00")), ["10"]),
        (TEN, room(("goods", "10", "99.00")), ["10"]),
        (WITH_FREIGHT, room(("goods", "1", "1045.00")), ["45.00", "10"]),
        # so many pieces of it, as a line tells
        (TEN, room(("goods", "4", "100.00")), ["4"]),
        (TEN, room(("goods", "4", "101.00")), ["4"]),
        (TEN, room(("NB-01 as delivered", "4", "110.00")), ["4"]),
        (TEN, room(("goods", "1", "100.00")), ["1"]),
        (TEN, room(("goods", "3", "100.00"), ("goods", "1", "100.00")), ["4"]),
        (TWO_KINDS, room(("goods", "7", "100.00")), ["5", "2"]),
        (TWO_KINDS, room(("DK-07", "4", "100.00")), ["0", "4"]),
        (TWO_KINDS, room(("goods", "2", "100.00"), ("DK-07", "4", "100.00")), ["2", "4"]),
        (WITH_FREIGHT, room(("goods", "4", "100.00"), ("handling", "1", "45.00")), ["45.00", "4"]),
        (WITH_FREIGHT, room(("goods", "4", "100.00"), ("Freight inwards", "1", "30.00")), ["30.00", "4"]),
        # what its money pays for, where no line tells
        (TEN, room(("your order", "1", "400.00")), ["4"]),
        (TEN, room(("your order", "1", "400.30")), ["4"]),
        (TEN, room(("your order", "1", "440.00")), ["4.4"]),
        (TEN, room(("a rack", "2", "220.00")), ["4.4"]),
        (TWO_KINDS, room(("your order", "1", "700.00")), ["5", "2"]),
        (WITH_FREIGHT, room(("your order", "1", "1020.00")), ["20.00", "10"]),
        # a charge that she typed as well pays for no part of a piece
        (TEN, room(("goods", "4", "100.00"), ("handling", "1", "45.00")), ["4"]),
        (TEN, room(("goods", "4", "100.00"), ("and more", "1", "250.00")), ["6.5"]),
        # nothing of it
        (TEN, room(), ["0"]),
        (TEN, room(("goods", "10", "100.00"), net="0"), ["0"]),
    ],
)
def test_a_document_bills_what_its_lines_or_its_money_tell(
    ordered: list[Goods], keyed: Room, billed: list[str]
) -> None:
    taken, _ = lay(ordered, keyed, MatchRule(), CENTS)
    assert taken == [d(one) for one in billed]


@pytest.mark.parametrize(("net", "billed"), [("999.95", "10"), ("999.00", "9.99")])
def test_with_the_limits_off_a_few_cents_are_no_difference_and_more_is_one(net: str, billed: str) -> None:
    taken, _ = lay(TEN, room(("your order", "1", net)), OFF, CENTS)
    assert taken == [d(billed)]


def test_a_supplier_credit_gives_back_what_its_lines_tell_and_a_charge_beside_it_nothing() -> None:
    back = [Goods(Slice(1, LAPTOPS, d(10), d(6)), d("100.00"), line(LAPTOPS, cost="100.00"), po())]
    taken, left = lay(back, room(("goods", "2", "100.00")), MatchRule(), CENTS)
    assert taken == [d(2)]
    assert left.net == 0
    assert parted([one.part for one in back], taken) == (
        (Slice(1, LAPTOPS, d(10), d(8)),),
        (Slice(1, LAPTOPS, d(8), d(6)),),
    )


def test_goods_that_cost_nothing_are_no_question() -> None:
    ordered = [goods(LAPTOPS, "10", "100.00"), goods(DOCKS, "2", "0")]
    taken, _ = lay(ordered, room(("goods", "4", "100.00")), MatchRule(), CENTS)
    assert taken == [d(4), d(2)]


def test_goods_that_a_line_takes_off_are_told_by_a_line_that_does() -> None:
    ordered = [goods(LAPTOPS, "10", "100.00"), goods(DOCKS, "1", "-100.00")]
    taken, _ = lay(ordered, room(("goods", "5", "100.00"), ("discount", "1", "-100.00")), MatchRule(), CENTS)
    assert taken == [d(5), d(1)]


def test_a_document_that_was_named_twice_bills_those_goods_first_that_it_was_named_for_first() -> None:
    whole = room(("goods", "4", "100.00"), ("and more", "1", "600.00"))
    first, rest = lay([goods(LAPTOPS, "4", "100.00")], whole, MatchRule(), CENTS)
    second, none = lay([goods(LAPTOPS, "8", "100.00")], rest, MatchRule(), CENTS)
    assert (first, second, none.net) == ([d(4)], [d(6)], d(0))
    third, _ = lay(TEN, none, MatchRule(), CENTS)
    assert third == [d(0)]
