"""Tax as ConnectWise shows it against tax as Xero computes it: no difference is silent, and none is made up."""

from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    account_row,
    after,
    agreement,
    d,
    deciding,
    edited_line,
    in_xero,
    item,
    kinds,
    known,
    line,
    po,
    purchasing,
    rate,
    received,
    seeds,
    the_action,
    the_bill,
)

from cwxero_dagster.payables.composing.assessing import Assessed

PRODUCT = {"product_id": 7}


def taxed(line_id: int, tax: str | None, **changes: Any) -> Any:
    return received(line(line_id, tax=None if tax is None else d(tax), **PRODUCT, **changes))


def assessed(*lines: Any, taxable: bool = True, **order: Any) -> Assessed:
    return the_bill(known(purchasing(po(**order), lines, catalog=[item(taxable=taxable)])))


@pytest.mark.parametrize(
    ("lines", "order", "types"),
    [
        # A tax amount anywhere on the order, its freight's included, says that lines without one are not taxed.
        ([("5.00", {}), ("0", {})], {}, ["INPUT", "EXEMPTEXPENSES"]),
        ([("0", {})], {"freight_cost": d(10), "freight_tax": d(1)}, ["EXEMPTEXPENSES", "INPUT"]),
        ([(None, {})], {"freight_cost": d(10), "freight_tax": d(1)}, ["EXEMPTEXPENSES", "INPUT"]),
        # None at all: the product decides.
        ([("0", {})], {"freight_cost": d(10), "freight_tax": d(0)}, ["INPUT", "EXEMPTEXPENSES"]),
        # A line that was deleted is not on the order any more.
        ([("0", {}), ("5.00", {"present": False})], {}, ["INPUT"]),
    ],
)
def test_what_is_taxable_goes_by_the_tax_amounts_of_the_order_as_it_stands(
    lines: Any, order: dict[str, Any], types: list[str]
) -> None:
    bill = assessed(*[taxed(11 + n, tax, **changes) for n, (tax, changes) in enumerate(lines)], **order).bill
    assert [one.tax_type for one in bill.lines] == types


@pytest.mark.parametrize(
    ("lines", "order", "held"),
    [
        ([("5.00", {})], {}, False),
        ([("5.06", {})], {}, True),
        # Freight of which ConnectWise shows no tax is nothing to compare with.
        ([("5.00", {})], {"freight_cost": d(10), "tax_freight": True}, False),
        ([("5.00", {})], {"freight_cost": d(10), "freight_tax": d("1.00")}, False),
        ([("5.00", {})], {"freight_cost": d(10), "freight_tax": d("1.06")}, True),
        # Amounts that cancel out are amounts.
        ([("5.00", {}), ("-5.00", {"quantity": 20})], {}, True),
    ],
)
def test_only_what_connectwise_shows_is_compared_and_all_of_it(lines: Any, order: dict[str, Any], held: bool) -> None:
    found = assessed(*[taxed(11 + n, tax, **changes) for n, (tax, changes) in enumerate(lines)], **order)
    assert ("rounding" in kinds(found)) is held


@pytest.mark.parametrize(
    ("tax", "header"),
    [("4.00", "4.00"), ("4.00", "7.00"), ("2.00", "4.00"), ("2.00", "7.00")],
    ids=["a line's", "a line's, freight in the header", "a unit's", "a unit's, freight in the header"],
)
def test_the_header_may_hold_the_tax_of_the_freight(tax: str, header: str) -> None:
    order = {"freight_cost": d(30), "freight_tax": d(3), "sales_tax": d(header)}
    found = assessed(taxed(11, tax, quantity=2, cost="20"), **order)
    assert [one.connectwise_tax for one in found.bill.lines] == [d("4.00"), d("3.00")]
    assert kinds(found) == []


def test_tax_on_a_line_that_connectwise_shows_as_untaxed_is_no_silent_difference() -> None:
    """A product's own row comes before what is taxable."""
    own = account_row("product", "SKU-7", "310", "INPUT")
    agreed = agreement(seeds(accounts=(own, *seeds().accounts)))
    other = line(11, tax=d("5.00"), **PRODUCT)
    delivered = known(purchasing(po(), [received(other), taxed(12, "0")], catalog=[item()]), agreement=agreed)
    assert [one.tax for one in the_bill(delivered).bill.lines] == [d("5.00"), d("5.00")]
    assert kinds(the_bill(delivered)) == ["rounding"]


def test_tax_that_was_taken_off_an_order_is_an_amount_of_zero() -> None:
    made = purchasing(po(), [taxed(11, "0")], catalog=[item()])
    assert [one.tax_type for one in the_bill(known(made)).bill.lines] == ["INPUT"]
    corrected = the_bill(known(replace(made, once_taxed=frozenset({11})))).bill
    assert [(one.tax_type, one.connectwise_tax) for one in corrected.lines] == [("EXEMPTEXPENSES", 0)]


def test_a_deleted_line_does_not_confuse_how_tax_is_read() -> None:
    lines = [taxed(11, "0.50"), taxed(12, "4.00", quantity=1, present=False)]
    bill = assessed(*lines, sales_tax=d("5.00")).bill
    assert [one.connectwise_tax for one in bill.lines] == [d("5.00")]


@pytest.mark.parametrize("line_amounts", ["Exclusive", "Inclusive", "NoTax"])
def test_a_draft_whose_write_is_not_known_is_no_difference_where_xero_filled_in_a_tax_type(line_amounts: str) -> None:
    agreed = agreement(seeds(decision=deciding(bill={"line_amounts": line_amounts})))
    made = known(purchasing(po(), [received(line())]), agreement=agreed)
    drafted = after(made, the_action(made))
    bare = replace(drafted.ledger.bills["po:1"], written=None, base=None)
    lost = replace(drafted, ledger=replace(drafted.ledger, bills={"po:1": bare}))
    filled = in_xero(lost, lines=edited_line(lost, tax_type="INPUT"))
    assert the_action(filled).action == ("unchanged" if line_amounts == "NoTax" else "hold")


def test_a_rate_is_taken_from_xero() -> None:
    made = known(purchasing(po(), [taxed(11, "5.00")], catalog=[item()]))
    books = replace(made.books, tax_rates={**made.books.tax_rates, "INPUT": rate("INPUT", "15")})
    assert the_bill(replace(made, books=books)).bill.tax == d("7.50")
