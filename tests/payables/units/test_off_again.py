from dataclasses import replace

import pytest
from payables.making import at, books, d, document
from payables.units.corrected import ORDER, PLACE, held, known

from cwxero_dagster.payables.ledger_view import LedgerView, Settlement
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units.off_again import off_again


def settled(key: str, *on_bills: str) -> Settlement:
    return Settlement("C-1", "not-owed", frozenset(), (key,), "Tom", "on it", at(5, 3), on_bills={key: on_bills})


def asked(
    quantity: str,
    left: dict[str, tuple[int, int]],
    *,
    on_bills: tuple[str, ...] = ("po:1",),
    status: str = "AUTHORISED",
) -> dict[str, int]:
    """How many goods of each settled bill are in question, where her bill of ten says ``quantity`` now.

    ``left``: what is there of the goods that were settled, by key, in the order in which they were.
    """
    later = [
        replace(known(key, *there), state="settled", xero_id=None, written=None, base=None)
        for key, there in left.items()
    ]
    made = books(documents=(document("po:1", number="INV-7", lines=(held(quantity, "100"),), status=status),))
    ledger = LedgerView(settlements=tuple(settled(one.key, *on_bills) for one in later))
    slices = {key: (Slice(1, 11, d(start), d(end)),) for key, (start, end) in left.items()}
    doubts = off_again(ORDER, slices, [known("po:1", 0, 10), *later], {11: PLACE}, ledger, made)
    assert all("Tom" in one.detail and "INV-7" in one.detail for one in doubts.values())
    return {key: int(one.disputed) for key, one in doubts.items()}


TWO, THREE = {"po:1/s:1": (10, 12)}, {"po:1/s:2": (12, 15)}


@pytest.mark.parametrize(
    ("quantity", "left", "expected"),
    [
        pytest.param("12", TWO, {}, id="still on it"),
        pytest.param("10", TWO, {"po:1/s:1": 2}, id="taken off again"),
        pytest.param("11", TWO, {"po:1/s:1": 1}, id="one of them"),
        pytest.param("8", TWO, {"po:1/s:1": 2}, id="and more than that"),
        pytest.param("15", TWO | THREE, {}, id="all on it"),
        pytest.param("12", TWO | THREE, {"po:1/s:2": 3}, id="the later ones"),
        pytest.param("13", TWO | THREE, {"po:1/s:2": 2}, id="most of the later ones"),
        pytest.param("10", {"po:1/s:1": (10, 11)}, {"po:1/s:1": 1}, id="as far as they are there"),
        pytest.param("10", {"po:1/s:1": (10, 10)}, {}, id="none is there any more"),
    ],
)
def test_goods_that_are_on_the_bill_no_more_are_asked_about_again(
    quantity: str, left: dict[str, tuple[int, int]], expected: dict[str, int]
) -> None:
    assert asked(quantity, left) == expected


def test_they_are_on_no_bill_once_that_was_voided() -> None:
    assert asked("12", TWO, status="VOIDED") == {"po:1/s:1": 2}


def test_what_was_settled_for_another_reason_is_no_question() -> None:
    assert asked("10", TWO, on_bills=()) == {}
