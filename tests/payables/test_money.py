from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwxero_dagster.payables.money import (
    amount_text,
    decimal,
    fits,
    line_net,
    line_tax,
    money_text,
    moneys_text,
    plain,
    price_text,
    product,
    rounded,
    total,
    unit_text,
)

CENT = Decimal("0.01")
quantities = st.decimals(min_value=Decimal("-1e17"), max_value=Decimal("1e17"), places=10)
places = st.integers(min_value=0, max_value=10)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.015", "0.02"),
        ("0.025", "0.03"),
        ("2.675", "2.68"),
        ("0.0049999999", "0.00"),
        ("-0.001", "0.00"),
        ("1234.5", "1234.50"),
    ],
)
def test_halves_are_rounded_away_from_zero_and_minus_zero_never_appears(value: str, expected: str) -> None:
    assert str(rounded(Decimal(value))) == expected


@given(quantities, places)
def test_rounding_moves_a_value_by_at_most_half_a_step_and_is_stable(value: Decimal, digits: int) -> None:
    once = rounded(value, digits)
    assert abs(once - value) * 2 <= Decimal(1).scaleb(-digits)
    assert rounded(once, digits) == once
    assert fits(once, digits)


@given(quantities, places)
def test_rounding_is_symmetric_around_zero(value: Decimal, digits: int) -> None:
    assert rounded(-value, digits) == -rounded(value, digits)


@given(quantities, quantities)
def test_products_of_the_largest_columns_are_exact(first: Decimal, second: Decimal) -> None:
    ours = product(first, second)
    (a, b), (c, d) = first.as_integer_ratio(), second.as_integer_ratio()
    e, f = ours.as_integer_ratio()
    assert a * c * f == e * b * d


@given(st.lists(quantities, max_size=20))
def test_sums_do_not_depend_on_the_order(values: list[Decimal]) -> None:
    assert total(values) == total(reversed(values))
    assert total([*values, *(-value for value in values)]) == 0


def test_a_product_beyond_28_digits_is_not_cut() -> None:
    exact = product(Decimal("999999999999.9999999999"), Decimal("100000.0000000001"))
    assert str(exact) == "100000000000000099.99998999999999999999"


@pytest.mark.parametrize(
    ("quantity", "unit", "net"),
    [("3", "0.3333", "1.00"), ("3", "0.335", "1.01"), ("-1", "0.005", "-0.01"), ("0", "99", "0.00")],
)
def test_a_lines_net_is_quantity_times_unit_amount_to_the_cent(quantity: str, unit: str, net: str) -> None:
    assert str(line_net(Decimal(quantity), Decimal(unit))) == net


@pytest.mark.parametrize(
    ("net", "rate", "tax"),
    [("100.00", "10", "10.00"), ("0.05", "10", "0.01"), ("-0.05", "10", "-0.01"), ("33.33", "12.5", "4.17")],
)
def test_tax_is_rounded_a_line(net: str, rate: str, tax: str) -> None:
    assert str(line_tax(Decimal(net), Decimal(rate))) == tax


@pytest.mark.parametrize("value", ["1234.50", " -3 ", "+0.10", 7, Decimal("1.5")])
def test_numbers_and_plain_text_become_decimals(value: str | int | Decimal) -> None:
    assert decimal(value) == Decimal(str(value).strip())


@pytest.mark.parametrize("value", [1.5, True, None, [], b"1"])
def test_floats_and_other_things_are_no_amounts(value: object) -> None:
    with pytest.raises(TypeError, match="an amount has to be"):
        decimal(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", "1e5", "1,234.50", "$3", "NaN", "Infinity", "1.", ".5", "٣", "1_000", "0x10"])
def test_text_that_is_no_plain_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="plain number"):
        decimal(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
def test_decimals_that_are_no_amounts_are_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        decimal(value)


def test_amounts_and_unit_amounts_are_written_plainly() -> None:
    assert amount_text(Decimal("1234.5")) == "1234.50"
    assert amount_text(Decimal("1E+3")) == "1000.00"
    assert amount_text(Decimal("-0.001")) == "0.00"
    assert unit_text(Decimal("12.5")) == "12.50"
    assert unit_text(Decimal("0.33333")) == "0.3333"
    assert unit_text(Decimal("0.3330")) == "0.333"
    assert plain(Decimal("3.0000000000")) == "3"
    assert plain(Decimal("1E-10")) == "0.0000000001"


def test_people_read_amounts_with_grouped_digits_and_their_currency() -> None:
    assert money_text(Decimal("1234567.5"), "NZD") == "1,234,567.50 NZD"
    assert money_text(Decimal("-1000")) == "-1,000.00"
    assert money_text(Decimal("-0.001"), "AUD") == "0.00 AUD"
    sums = {"AUD": Decimal("1234.5"), "EUR": Decimal(0), "USD": Decimal("-99")}
    assert moneys_text(sums) == "1,234.50 AUD, -99.00 USD"
    assert moneys_text(sums, "USD") == "-99.00 USD, 1,234.50 AUD"
    assert moneys_text({"AUD": Decimal(0)}) == "nothing"
    assert moneys_text({}, none="") == ""


@pytest.mark.parametrize(
    ("price", "words"), [("1234.5", "1,234.50"), ("0.33333", "0.33333"), ("-1000", "-1,000.00"), ("-0.5", "-0.50")]
)
def test_people_read_prices_exactly_with_two_decimals_at_least(price: str, words: str) -> None:
    assert price_text(Decimal(price)) == words


@given(quantities)
def test_written_amounts_read_back_to_the_rounded_value(value: Decimal) -> None:
    assert decimal(amount_text(value)) == rounded(value)
    assert decimal(unit_text(value)) == rounded(value, 4)
    assert decimal(plain(value)) == value
    assert abs(decimal(amount_text(value)) - value) * 2 <= CENT
    assert decimal(money_text(value).replace(",", "")) == rounded(value)
    assert decimal(price_text(value).replace(",", "")) == value
