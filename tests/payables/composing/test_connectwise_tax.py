"""What the tax amounts on lines mean after a partial receipt moved the rest to a line of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from payables.making import d, line, po, received

from cwxero_dagster.payables.composing.connectwise_tax import tax_per_line
from cwxero_dagster.payables.money import rounded

CLONED = "PartiallyReceiveCloneRest"
FULL = "FullyReceived"


@pytest.mark.parametrize(
    ("quantity", "status", "taxes", "expected"),
    [
        # 4 of 10 at 10.00 with tax of 10.00 were received, the rest is a line of its own: shared out by ConnectWise,
        (4, FULL, ("4.00", "6.00"), ("4.00", "6.00")),
        (10, CLONED, ("10.00", "6.00"), ("10.00", "6.00")),
        # left on the first line, whose quantity was cut or not,
        (4, FULL, ("10.00", "0.00"), ("4.00", "6.00")),
        (10, CLONED, ("10.00", "0.00"), ("10.00", "6.00")),
        (10, FULL, ("10.00", "0.00"), ("10.00", "6.00")),
        # or copied.
        (4, FULL, ("10.00", "10.00"), ("4.00", "6.00")),
        (10, CLONED, ("10.00", "10.00"), ("10.00", "6.00")),
    ],
)
def test_the_tax_of_a_cloned_line_is_shared_by_quantity(
    quantity: int, status: str, taxes: tuple[str, str], expected: tuple[str, str]
) -> None:
    first = line(11, quantity=quantity, cost="10.00", tax=d(taxes[0]), description="Laptop", product_id=7)
    first = received(first, 4, received_status=status)
    rest = line(12, quantity=6, cost="10.00", tax=d(taxes[1]), description="Laptop", product_id=7)
    order = po(sales_tax=d(taxes[0]) + d(taxes[1]))
    assert tax_per_line(order, [first, rest]) == {11: d(expected[0]), 12: d(expected[1])}


def test_lines_that_are_no_clones_of_each_other_keep_the_tax_that_they_show() -> None:
    taxed, untaxed = (
        line(11, tax=d("10.00"), description="Laptop", product_id=7),
        line(12, tax=d("0.00"), description="Laptop", product_id=7),
    )
    for lines in (
        [taxed, untaxed],
        [received(taxed), replace(untaxed, unit_cost=d("11.00"))],
        [received(taxed), replace(untaxed, description="Licence")],
    ):
        assert tax_per_line(po(), lines) == {11: d("10.00"), 12: d("0.00")}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        # 3,000 screws at 0.0436 and a tool at 100.00: as the lines say, 13.20 and 10.00;
        ("23.20", ("13.2", "10")),
        # what the header lacks comes from the screws, whose unit was rounded three thousand times;
        ("23.08", ("13.08", "10")),
        # more than rounding explains is no rounding.
        ("22.00", ("13.2", "10")),
    ],
)
def test_tax_that_is_shown_for_a_unit_adds_up_to_the_header(header: str, expected: tuple[str, str]) -> None:
    screws = line(11, quantity=3000, cost="0.0436", tax=d("0.0044"), description="Screw", product_id=7)
    tool = line(12, quantity=1, cost="100.00", tax=d("10.00"), description="Drill", product_id=8)
    free = line(13, quantity=5, cost="1.00", tax=d("0.00"), description="Flyer", product_id=9)
    found = tax_per_line(po(sales_tax=d(header)), [screws, tool, free])
    assert [rounded(found[number] or d("0")) for number in (11, 12)] == [d(one) for one in expected]
    assert found[13] == 0
    assert abs(sum(tax or 0 for tax in found.values()) - sum(map(d, expected))) < d("0.000001")


@pytest.mark.parametrize("header", ["130.00", "70.00"])
@pytest.mark.parametrize("by_unit", [True, False])
def test_the_header_may_hold_the_tax_of_a_dropped_rest_or_not(header: str, by_unit: bool) -> None:
    """Ten laptops taxed at 10.00 each of which four came, and a bag at 30.00; the rest is not marked as cancelled."""
    dropped = {"received_quantity": d(4), "received_status": "PartiallyReceiveCancelRest", "closed": True}
    laptops = replace(line(11, quantity=10, cost="100.00", tax=d("10.00" if by_unit else "100.00")), **dropped)
    bag = line(12, quantity=1, cost="300.00", tax=d("30.00"), description="Bag", product_id=8)
    assert tax_per_line(po(sales_tax=d(header)), [laptops, bag]) == {11: d("100.00"), 12: d("30.00")}
