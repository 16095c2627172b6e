"""Tax and price of one order's bills together: each within its limit, and the delivery with which the sum is not."""

from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    after,
    agreement,
    at,
    books,
    d,
    deciding,
    deciding_on,
    kinds,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    rate,
    received,
    seeds,
    with_documents,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.pipeline.working_out import Known

RATES = {"INPUT": rate("INPUT", "10"), "EXEMPTEXPENSES": rate("EXEMPTEXPENSES", "0")}
EACH_DELIVERY = {"events": {"partially_received": "draft_bill"}, "bill": {"one_per": "receipt"}}


def firm(limit: str, **decision: Any) -> Known:
    agreed = agreement(seeds(decision=deciding(tax_difference={"limit": d(limit)}, **EACH_DELIVERY, **decision)))
    return known(purchasing(po(), [line()]), books=books(tax_rates=RATES), agreement=agreed)


def delivered(made: Known, times: int, *, tax: str, cost: str = "0.35", pieces: str = "40") -> Known:
    """The same after so many pieces came, one a day."""
    ordered = line(quantity=pieces, cost=cost, tax=d(tax))
    seen = [received(ordered, n, on=at(5, 5 + n), packing_slip=f"S{n}") for n in range(1, times + 1)]
    return night(made, purchasing(po(sales_tax=d(tax)), [ordered, *seen]))


def new(made: Known) -> Action:
    """What becomes of the delivery that is not in Xero yet."""
    (found,) = [one for one in plan_of(made) if one.known is None]
    return found


def billed(made: Known, times: int, *, tax: str, release: bool = False, **goods: str) -> tuple[Known, list[int]]:
    """Deliveries billed one by one, as far as nothing holds one, and the numbers of those that were held."""
    held = []
    for number in range(1, times + 1):
        made = delivered(made, number, tax=tax, **goods)
        action = new(made)
        if action.action == "hold":
            held.append(number)
            if not release:
                break
            made = deciding_on(made, action)
            action = new(made)
        made = after(made, action)
    return made, held


@pytest.mark.parametrize(
    ("limit", "tax", "held"),
    [
        ("0.05", "1.40", [11]),  # 0.04 on each bill where ConnectWise has 0.035: half a cent more each time
        ("0.02", "1.40", [5]),
        ("0.10", "1.40", []),
        ("0.05", "1.60", []),  # ConnectWise says 0.04 for each as well
        ("0.05", "2.00", [6]),  # ConnectWise has a cent more for each
        ("0.00", "1.60", []),
        ("0.00", "1.40", [2]),
    ],
)
def test_the_delivery_with_which_cents_of_tax_add_up_beyond_the_limit_is_held(
    limit: str, tax: str, held: list[int]
) -> None:
    made, found = billed(firm(limit), 16, tax=tax)
    assert found == held
    if held:
        (asked,) = new(made).holds
        assert (asked.kind, asked.cause) == ("rounding", "tax of purchase order PO-1001")
        more = {"0.00": "0.01", "0.02": "0.03", "0.05": "0.06"}[limit]
        assert asked.detail == (
            "Xero rounds the tax of each bill by itself. With this one the bills of purchase order PO-1001 carry "
            f"{more} AUD {'less' if tax == '2.00' else 'more'} tax than ConnectWise "
            f"shows for their goods; the limit is {limit}."
        )


def test_who_lets_the_cents_pass_is_asked_again_once_they_have_grown_by_another_limit() -> None:
    assert billed(firm("0.05"), 25, tax="1.40", release=True)[1] == [11, 19]


def test_what_a_bill_was_asked_about_by_itself_is_not_asked_about_with_the_next() -> None:
    made = delivered(firm("0.05"), 1, tax="80.00")
    assert kinds(new(made)) == ["rounding"]
    assert new(made).holds[0].cause == "bill po:1/d:1"
    made, held = billed(firm("0.05"), 3, tax="80.00", release=True)
    assert (held, new(delivered(made, 4, tax="80.00")).holds[0].cause) == ([1, 2, 3], "bill po:1/d:4")


def test_one_bill_of_the_whole_order_is_asked_about_by_itself_alone() -> None:
    ordered = line(quantity="40", cost="0.35", tax=d("1.40"))
    agreed = agreement(seeds(decision=deciding()))
    made = known(purchasing(po(), [ordered, received(ordered)]), books=books(tax_rates=RATES), agreement=agreed)
    assert kinds(new(made)) == []


def at_a_price(made: Known, costs: list[str]) -> Known:
    """The same after a delivery of 100 at each of these unit costs; 5.00 was ordered."""
    ordered = line(quantity="1000", cost="5.00")
    seen = [
        received(ordered, 100 * n, on=at(5, 5 + n), packing_slip=f"S{n}", unit_cost=d(cost))
        for n, cost in enumerate(costs, start=1)
    ]
    return night(made, purchasing(po(), [ordered, *seen], ordered_costs={11: d("5.00")}))


@pytest.mark.parametrize(
    ("costs", "held"),
    [
        (["5.03"] * 5, [4]),  # 3.00 more each time; 10.00 is the limit
        (["4.97"] * 5, [4]),
        (["5.02"] * 5, []),  # 10.00 in all
        (["5.00"] * 3 + ["5.03"] * 3, []),  # what was billed as ordered counts for nothing
        (["5.11", "5.03"], [1]),  # over 10.00 by itself
    ],
)
def test_the_delivery_with_which_a_price_makes_more_than_the_limit_on_the_line_is_held(
    costs: list[str], held: list[int]
) -> None:
    made, found = firm("0.05"), []
    for number in range(1, len(costs) + 1):
        made = at_a_price(made, costs[:number])
        action = new(made)
        if action.action == "hold":
            assert kinds(action) == ["price_mismatch"]
            found.append(number)
            made = deciding_on(made, action)  # and with the next delivery nobody is asked again
            action = new(made)
        made = after(made, action)
        approved = tuple(replace(document, status="AUTHORISED") for document in made.books.documents)
        made = with_documents(made, *approved)
    assert found == held


def test_drafts_that_take_a_price_count_at_it_in_the_night_in_which_they_do() -> None:
    made = firm("0.05")
    for number in range(1, 4):
        made = at_a_price(made, ["5.00"] * number)
        made = after(made, new(made))
    made = at_a_price(made, ["5.00"] * 3 + ["5.03"])
    assert [one.action for one in plan_of(made)] == ["update", "update", "update", "hold"]
    assert kinds(new(made)) == ["price_mismatch"]
