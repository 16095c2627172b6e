"""Which of the goods that were received her bill has, line by line."""

from __future__ import annotations

import dataclasses

import pytest
from payables.comparison.sides import d, freight, goods, ours, theirs

from cwxero_dagster.payables.comparison.goods import goods_on
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice

LAPTOPS = dataclasses.replace(goods(quantity=10), parts=(Slice(1, 11, d(5), d(15)),))
DOCKS = dataclasses.replace(goods("Dock", 4, "20.00"), parts=(Slice(1, 12, d(0), d(4)),))
CARRIED = dataclasses.replace(freight("25.00"), parts=(Slice(1, FREIGHT_LINE, d(0), d("25.00")),))


@pytest.mark.parametrize(
    ("keyed", "billed"),
    [
        ([goods(quantity=10), goods("Dock", 4, "20.00"), freight("25.00")], {11: "10", 12: "4", 0: "25.00"}),
        # she keyed some of them, or more than came
        ([goods(quantity=2)], {11: "2"}),
        ([goods(quantity=12)], {11: "10"}),
        # another price, or another price and count, are the same goods
        ([goods(quantity=10, unit="49.00")], {11: "10"}),
        ([goods(quantity=4, unit="49.00")], {11: "4"}),
        # no freight, or less of it
        ([goods(quantity=10), goods("Dock", 4, "20.00")], {11: "10", 12: "4"}),
        ([goods(quantity=10), goods("Dock", 4, "20.00"), freight("10.00")], {11: "10", 12: "4", 0: "10.00"}),
        # one amount for one line: half the money is half the goods; for all of it: shares of each
        ([goods("Laptop", 1, "250.00")], {11: "5"}),
        ([goods("All of it", 1, "580.00"), freight("25.00")], {11: "10", 12: "4", 0: "25.00"}),
        ([goods("All of it", 1, "290.00"), freight("25.00")], {11: "5", 12: "2", 0: "25.00"}),
        # a bill that gives none of it
        ([freight("25.00")], {0: "25.00"}),
    ],
)
def test_her_bill_has_what_she_keyed_and_no_more(keyed, billed) -> None:
    found = goods_on([ours(1, LAPTOPS, DOCKS, CARRIED)], [theirs("k", "PO-1001", *keyed)])
    assert {part.line_id: part.quantity for part in found} == {line: d(much) for line, much in billed.items()}
    assert all(part.start == {11: 5}.get(part.line_id, 0) for part in found)


def test_in_another_currency_the_count_tells_and_no_amount() -> None:
    def billed(*keyed):
        bill = theirs("k", "PO-1001", *keyed, currency="USD")
        return {part.line_id: part.quantity for part in goods_on([ours(1, LAPTOPS, CARRIED)], [bill])}

    assert billed(goods(quantity=3, unit="33.00"), freight("16.00")) == {11: 3, 0: d("25.00")}
    assert billed(goods("Laptop", 1, "330.00")) == {11: 10}
