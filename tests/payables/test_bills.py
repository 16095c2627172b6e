from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import bounded, d, line, po, received

from cwxero_dagster.payables.bill_lines import (
    MAX_DESCRIPTION,
    BillLine,
    freight_line,
    goods_line,
    negated,
    printable_description,
    with_tax,
)
from cwxero_dagster.payables.bills import facts_of
from cwxero_dagster.payables.money import line_net, plain, rounded
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.slices import Slice


def part(end: str | int = 10, start: str | int = 0) -> Slice:
    return Slice(1, 11, d(start), d(end))


def billed(seen: Line, piece: Slice | None = None) -> BillLine:
    made = goods_line(seen, piece or Slice(1, seen.line_id, d(0), seen.received), zero_value_lines="text")
    assert made is not None
    return made


def test_a_line_bills_what_was_received_and_not_what_was_ordered() -> None:
    made = billed(received(line(), 4))
    assert (made.quantity, made.unit_amount, made.net) == (4, d("5.00"), d("20.00"))


def test_a_slice_bills_only_what_lies_beyond_its_start() -> None:
    made = billed(received(line()), part(10, start=4))
    assert (made.quantity, made.net) == (6, d("30.00"))


@pytest.mark.parametrize(
    ("cost", "quantities", "nets"),
    [
        ("33.335", (4, 3, 1), ("133.34", "100.01", "33.33")),
        ("33.335", (-4, -3, -1), ("-133.34", "-100.01", "-33.33")),
        ("0.123456", (501, 502), ("61.85", "61.98")),
        ("-0.335", (1, 1, 1), ("-0.34", "-0.33", "-0.34")),
        ("5.00", (4, 6), ("20.00", "30.00")),
    ],
)
def test_deliveries_come_to_their_line_together_and_each_goes_as_xero_takes_it(
    cost: str, quantities: tuple[int, ...], nets: tuple[str, ...]
) -> None:
    reached, lines = 0, []
    for quantity in quantities:
        lines.append(billed(line(cost=cost), part(reached + quantity, start=reached)))
        reached += quantity
    assert [made.net for made in lines] == [d(net) for net in nets]
    assert sum(made.net for made in lines) == line_net(d(reached), d(cost))
    assert all(line_net(made.quantity, made.unit_amount) == made.net for made in lines)
    credit = billed(line(cost=cost), part(reached - quantities[-1], start=reached))
    assert credit.net == -lines[-1].net


@pytest.mark.parametrize(
    ("quantity", "cost", "sent"),
    [
        ("3", "0.1234", ("3", "0.1234", "0.37")),
        ("3", "0.12345", ("1", "0.37", "0.37")),
        ("1000", "0.00125", ("1", "1.25", "1.25")),
        ("2.5", "10.00", ("2.5", "10.00", "25.00")),
        ("0.33333", "3", ("1", "1.00", "1.00")),
    ],
)
def test_what_xero_cannot_hold_to_four_decimals_goes_as_one_with_the_exact_amount(
    quantity: str, cost: str, sent: tuple[str, str, str]
) -> None:
    made = billed(line(quantity=quantity, cost=cost, received_quantity=d(quantity)))
    assert (made.quantity, made.unit_amount, made.net) == tuple(d(figure) for figure in sent)
    real_figures = f"({quantity} at {cost})"
    assert made.description.endswith(real_figures) == (made.quantity == 1)


def test_the_real_figures_survive_a_description_that_is_too_long() -> None:
    made = billed(line(quantity=3, cost="0.12345", received_quantity=d(3), description="x" * 5000))
    assert len(made.description) == MAX_DESCRIPTION
    assert made.description.endswith(" (3 at 0.12345)")


def test_the_sign_of_a_negative_quantity_goes_to_the_price() -> None:
    made = billed(line(quantity=-2, received_quantity=d(-2)))
    assert (made.quantity, made.unit_amount, made.net) == (2, d("-5.00"), d("-10.00"))


def test_a_line_without_a_price_carries_words_and_still_takes_its_quantity() -> None:
    made = billed(line(cost="0", received_quantity=d(10)))
    assert (made.kind, made.priced, made.net, made.slice) == ("text", False, 0, part())


def test_a_line_without_a_price_is_left_out_where_the_firm_wants_it_so() -> None:
    assert goods_line(line(cost="0", received_quantity=d(10)), part(), zero_value_lines="omit") is None


def test_nothing_received_is_nothing_billed() -> None:
    assert goods_line(line(), part(0), zero_value_lines="text") is None


@pytest.mark.parametrize(
    ("tax", "quantity", "billed_quantity", "share"),
    [("5.00", 10, 10, "5.00"), ("5.00", 10, 4, "2.00"), ("1.00", 3, 1, "0.3333"), (None, 10, 4, None)],
)
def test_connectwise_tax_is_shared_by_quantity(
    tax: str | None, quantity: int, billed_quantity: int, share: str | None
) -> None:
    seen = line(quantity=quantity, tax=None if tax is None else d(tax), received_quantity=d(billed_quantity))
    assert billed(seen).connectwise_tax == (None if share is None else d(share))


def test_freight_is_one_line_of_the_whole_amount() -> None:
    made = freight_line(po(freight_cost=d("12.50"), freight_tax=d("1.25")), part=Slice(1, 0, d(0), d("12.50")))
    assert (made.kind, made.quantity, made.net, made.connectwise_tax) == ("freight", 1, d("12.50"), d("1.25"))
    assert "PO-1001" in made.description


@pytest.mark.parametrize(("line_amounts", "tax"), [("Exclusive", "5.00"), ("Inclusive", "5.00"), ("NoTax", "0")])
def test_tax_is_the_rate_of_the_net_amount_unless_the_bill_has_none(line_amounts: str, tax: str) -> None:
    made = with_tax(billed(received(line())), d(10), line_amounts=line_amounts)
    assert (made.net, made.tax) == (d("50.00"), d(tax))


def test_words_carry_no_tax() -> None:
    assert with_tax(billed(line(cost="0", received_quantity=d(10))), d(10), line_amounts="Exclusive").tax == 0


def test_the_line_of_a_credit_is_the_bill_line_the_other_way_round() -> None:
    made = with_tax(
        billed(line(cost="-5.00", tax=d("-5.00"), received_quantity=d(10))), d(10), line_amounts="Exclusive"
    )
    credit = negated(made)
    assert (credit.quantity, credit.unit_amount, credit.net, credit.tax) == (10, d("5.00"), d("50.00"), d("5.00"))
    assert credit.connectwise_tax == d("5.00")


quantities = st.decimals(min_value=-1000, max_value=1000, places=2).filter(bool)
costs = st.decimals(min_value=-1000, max_value=1000, places=7).filter(bool)


@bounded
@given(quantities, costs, st.sampled_from([d(0), d(10), d("8.25"), d(20)]))
def test_what_is_sent_makes_exactly_the_expected_amounts(quantity: Decimal, cost: Decimal, percent: Decimal) -> None:
    made = with_tax(
        billed(line(quantity=str(quantity), cost=str(cost), received_quantity=quantity)),
        percent,
        line_amounts="Exclusive",
    )
    assert made.quantity > 0
    assert line_net(made.quantity, made.unit_amount) == made.net == line_net(quantity, cost)
    assert rounded(made.unit_amount, 4) == made.unit_amount
    assert made.tax == rounded(made.net * percent / 100)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Cable\t2 m\x00 ", "Cable 2 m"),
        ("two\nlines", "two\nlines"),
        ("", "(no description in ConnectWise)"),
        ("Kabel für Büro 电缆", "Kabel für Büro 电缆"),
    ],
)
def test_a_description_holds_no_control_characters_and_is_never_blank(text: str, expected: str) -> None:
    assert printable_description(text) == expected


@pytest.mark.parametrize(
    ("value", "text"), [("100", "100"), ("1E+2", "100"), ("2.500", "2.5"), ("-0", "0"), ("0E-10", "0")]
)
def test_a_plain_figure_has_no_exponent_and_no_idle_zeros(value: str, text: str) -> None:
    assert plain(d(value)) == text


def test_facts_move_with_what_connectwise_says_and_not_with_how_it_is_written() -> None:
    def facts(order: object = None, **changes: object) -> str:
        seen = {"vendor_id": 801, "end": "10", "cost": "5.00", "currency": "AUD", **changes}
        return facts_of([seen["vendor_id"]], [(part(str(seen["end"])), d(str(seen["cost"])))], str(seen["currency"]))

    assert facts() == facts(end="10.0000000000", cost="5")
    assert len({facts(), facts(vendor_id=802), facts(end="9"), facts(cost="5.01"), facts(currency="USD")}) == 5
