from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import bounded, d

from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units import allocation


def bill(key: str, *slices: tuple[int, int]) -> KnownBill:
    parts = tuple(Slice(1, 11, d(start), d(end)) for start, end in slices)
    return KnownBill(key, "ACCPAY", "2026-05", "p", "confirmed", key, (1,), parts, "f", None, None)


def free(there: int, *bills: KnownBill, elsewhere: int = 0) -> list[tuple[Decimal, Decimal]]:
    found = allocation.free(1, 11, bills, d(there), elsewhere=d(elsewhere))
    return [(part.start, part.end) for part in found]


@pytest.mark.parametrize(
    ("there", "bills", "slices"),
    [
        (10, [], [(0, 10)]),
        (10, [bill("po:1", (0, 4))], [(4, 10)]),
        (10, [bill("po:1", (0, 10))], []),
        (8, [bill("po:1", (0, 10))], []),
        (-3, [bill("po:1", (0, -1))], [(-1, -3)]),
        (0, [], []),
        (10, [bill("po:1/d:2", (4, 7))], [(0, 4), (7, 10)]),
        (10, [bill("po:1", (0, 10)), bill("po:1/c:1", (10, 6))], [(6, 10)]),
        (7, [bill("po:1", (0, 10)), bill("po:1/c:1", (10, 6))], [(6, 7)]),
        (10, [bill("po:1", (0, 10)), bill("po:1/c:1", (10, 6)), bill("po:1/s:1", (6, 10))], []),
        # The credit was removed when its goods had come and been billed again.
        (12, [bill("po:1", (0, 10)), bill("po:1/s:1", (6, 10))], []),
        (15, [bill("po:1", (0, 10)), bill("po:1/s:1", (6, 10))], [(10, 11)]),
        # The bill was removed, and its credit stands.
        (6, [bill("po:1/c:1", (10, 6))], [(0, 10)]),
        (6, [bill("po:1/c:1", (10, 6)), bill("po:1/g:1", (0, 10))], []),
        (10, [bill("po:1/c:1", (10, 6)), bill("po:1/g:1", (0, 10))], [(6, 10)]),
        (10, [bill("po:1/c:1", (10, 6)), bill("po:1/g:1", (0, 10)), bill("po:1/s:1", (6, 10))], []),
    ],
)
def test_what_is_free_is_what_no_live_bill_holds(there: int, bills: list[KnownBill], slices: list) -> None:
    assert free(there, *bills) == slices


def test_what_something_else_billed_is_not_free() -> None:
    assert free(10, bill("po:1", (4, 7)), elsewhere=4) == [(7, 10)]


def back(there: int, *bills: KnownBill, final: tuple[str, ...] = (), **more: tuple[str, ...]) -> dict[str, Decimal]:
    shares = allocation.given_back(1, bills, {11: d(there)}, {}, final=final, **more)
    return {key: lines[11] for key, lines in shares.items()}


def test_what_came_last_goes_back_first() -> None:
    assert back(5, bill("po:1/d:1", (0, 4)), bill("po:1/d:2", (4, 10))) == {"po:1/d:2": 5}
    assert back(2, bill("po:1/d:1", (0, 4)), bill("po:1/d:2", (4, 10))) == {"po:1/d:2": 6, "po:1/d:1": 2}


def test_drafts_give_back_before_approved_bills() -> None:
    assert back(5, bill("po:1/d:1", (0, 4)), bill("po:1/d:2", (4, 10)), final=("po:1/d:2",)) == {
        "po:1/d:1": 4,
        "po:1/d:2": 1,
    }


def test_what_was_credited_is_not_given_back_again() -> None:
    assert back(6, bill("po:1", (0, 10)), bill("po:1/c:1", (10, 6)), final=("po:1",)) == {}
    assert back(4, bill("po:1", (0, 10)), bill("po:1/c:1", (10, 6)), final=("po:1",)) == {"po:1": 2}


AGAIN = (bill("po:1", (0, 10)), bill("po:1/s:1", (6, 10)))
"""Ten, four of which were credited, came again and were billed again; the credit is not there any more."""


def test_goods_on_two_bills_are_given_back_once_whatever_stretches_they_name() -> None:
    assert back(10, *AGAIN, final=("po:1",)) == {"po:1/s:1": 4}
    assert back(10, *AGAIN, final=("po:1", "po:1/s:1")) == {"po:1/s:1": 4}
    assert back(9, *AGAIN, final=("po:1",)) == {"po:1/s:1": 4, "po:1": 1}


def test_of_approved_bills_the_one_gives_back_first_whose_credit_is_gone() -> None:
    assert back(10, *AGAIN, final=("po:1", "po:1/s:1"), uncredited=("po:1",)) == {"po:1": 4}
    assert back(10, *AGAIN, final=("po:1",), uncredited=("po:1",)) == {"po:1/s:1": 4}


def test_a_bill_whose_goods_are_settled_gives_back_as_an_approved_one() -> None:
    bills = (bill("po:1", (0, 4)), bill("po:1/s:1", (4, 10)))
    assert back(7, *bills, final=("po:1", "po:1/s:1"), touched=("po:1/s:1",)) == {"po:1/s:1": 3}


def test_a_credit_whose_bill_is_gone_gives_back_of_the_next_one() -> None:
    assert back(6, bill("po:1/c:1", (10, 6)), bill("po:1/g:1", (0, 10))) == {}
    assert back(4, bill("po:1/c:1", (10, 6)), bill("po:1/g:1", (0, 10))) == {"po:1/g:1": 2}


@pytest.mark.parametrize("there", [-5, -25, -40])
def test_a_charge_that_became_a_refund_is_given_back_whole_and_a_refund_likewise(there: int) -> None:
    assert back(there, bill("po:1", (0, 25))) == {"po:1": 25}
    assert back(-there, bill("po:1", (0, -25))) == {"po:1": 25}
    assert back(there, bill("po:1", (0, 25)), bill("po:1/c:1", (25, 0)), final=("po:1",)) == {}
    assert back(there, bill("po:1", (0, 25)), bill("po:1/c:1", (25, 0)), bill("po:1/s:1", (0, there))) == {}


def test_a_credit_names_the_outer_end_of_what_it_gives_back() -> None:
    slices = (Slice(1, 11, d(0), d(10)), Slice(1, 12, d(2), d(5)))
    assert allocation.shortened(slices, {11: d(3), 12: d(3)}) == (Slice(1, 11, d(0), d(7)),)
    assert allocation.returned(slices, {11: d(3), 12: d(3)}) == (Slice(1, 11, d(10), d(7)), Slice(1, 12, d(5), d(2)))


@bounded
@given(st.lists(st.integers(min_value=0, max_value=12), min_size=1, max_size=10))
def test_random_lives_of_a_line_never_bill_a_quantity_twice(there: list[int]) -> None:
    """Each step receives or gives back; every bill is final at once, so what goes back is credited."""
    bills: list[KnownBill] = []
    for quantity in there:
        shares = allocation.given_back(1, bills, {11: d(quantity)}, {}, final=[one.key for one in bills])
        for key, lines in shares.items():
            held = allocation.standing_slices(next(one for one in bills if one.key == key), bills)
            parts = allocation.returned(held, lines)
            number = sum(one.key.startswith(f"{key}/c:") for one in bills) + 1
            bills.append(bill(f"{key}/c:{number}", *[(int(part.start), int(part.end)) for part in parts]))
        for part in allocation.free_slices(1, 11, allocation.stretches(1, 11, bills), d(quantity)):
            bills.append(bill(f"po:1/d:{len(bills) + 1}", (int(part.start), int(part.end))))
        assert sum((part.quantity for one in bills for part in one.slices), Decimal(0)) == quantity
        assert allocation.measure(allocation.stretches(1, 11, bills)) == quantity


@pytest.mark.parametrize(
    ("now", "before", "grown"),
    [
        ([(0, 10)], [(0, 4)], [(4, 10)]),
        ([(0, 4)], [(0, 4)], []),
        ([(0, 3)], [(0, 4)], []),
        ([(2, 6)], [(0, 4)], [(4, 6)]),
        ([(0, 2), (4, 6)], [(0, 2)], [(4, 6)]),
        ([(0, -5)], [(0, -2)], [(-2, -5)]),
        ([(0, 6)], [(2, 4)], [(0, 2), (4, 6)]),
    ],
)
def test_what_a_bill_takes_beyond_what_it_held(
    now: list[tuple[int, int]], before: list[tuple[int, int]], grown: list[tuple[int, int]]
) -> None:
    def slices(parts: list[tuple[int, int]]) -> tuple[Slice, ...]:
        return tuple(Slice(1, 11, Decimal(start), Decimal(end)) for start, end in parts)

    assert allocation.beyond(slices(now), slices(before)) == slices(grown)


def test_another_line_or_order_is_beyond_all_that_was_held() -> None:
    other, more = Slice(1, 12, Decimal(0), Decimal(1)), Slice(2, 11, Decimal(0), Decimal(1))
    assert allocation.beyond([other, more], [Slice(1, 11, Decimal(0), Decimal(4))]) == (other, more)
