from datetime import datetime
from decimal import Decimal

import pytest
from payables.making import at, d, receipt

from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.records import Receipt
from cwxero_dagster.payables.units.dealt_with import came_again, dealt_with, without


def bill(key: str, *slices: tuple[int, int], line_id: int = 11) -> KnownBill:
    parts = tuple(Slice(1, line_id, d(start), d(end)) for start, end in slices)
    return KnownBill(key, "ACCPAY", "2026-05", "p", "confirmed", key, (1,), parts, "f", None, None)


def levels(*quantities: int) -> list[Receipt]:
    """What was received of line 11 at the end of each day, from 1 May on."""
    days = enumerate(zip((0, *quantities), quantities, strict=False), start=1)
    return [
        receipt(quantity=now - before, sequence=number, observed_at=at(5, number), reversal=abs(now) < abs(before))
        for number, (before, now) in days
    ]


def decision(verb: str, on: datetime, *, kind: str = "reversed_after_authorised", key: str = "po:1") -> Settlement:
    return Settlement(case_id(kind, cause(key)), verb, frozenset(), (key,), "Tom", "checked", on)


def dealt(receipts: list[Receipt], *decisions: Settlement, bills: tuple[KnownBill, ...] = ()) -> Decimal:
    made = bills or (bill("po:1", (0, 10)),)
    return dealt_with(made[0], made, receipts, LedgerView(settlements=decisions)).get(11, Decimal(0))


RELEASED = decision("release", at(5, 2, 12))
NOT_OWED = decision("not-owed", at(5, 1, 12), kind="removed_in_xero")
NAMED = decision("billed-by", at(5, 1, 12), kind="possible_duplicate")
HAS_CREDIT = decision("release", at(5, 2, 12), kind="credit_needed")


@pytest.mark.parametrize(
    ("receipts", "decisions", "quantity"),
    [
        (levels(10, 6), [], 0),
        (levels(10, 6), [RELEASED], 4),
        (levels(10, 6, 10), [RELEASED], 4),
        (levels(10, 6, 3), [RELEASED], 4),
        (levels(10, 6, 3), [RELEASED, decision("accept-theirs", at(5, 3, 12))], 7),
        (levels(10, 6, 10), [decision("release", at(5, 3, 12))], 0),
        (levels(10, 6), [decision("credit", at(5, 2, 12))], 0),
        (levels(10, 6), [decision("release", at(5, 2, 12), key="po:2")], 0),
        (levels(10, 0, 10), [NOT_OWED], 10),
        (levels(10, 7, 8), [NOT_OWED], 3),
        (levels(12, 10), [NOT_OWED], 0),
        (levels(10, 6, 10), [NAMED], 0),
        (levels(10, 6, 10), [NAMED, HAS_CREDIT], 4),
    ],
)
def test_what_a_person_dealt_with(receipts: list[Receipt], decisions: list[Settlement], quantity: int) -> None:
    assert dealt(receipts, *decisions) == quantity


def test_a_refund_that_became_less_is_dealt_with_as_a_charge_is() -> None:
    assert dealt(levels(-10, -6), RELEASED, bills=(bill("po:1", (0, -10)),)) == 4


def test_what_a_credit_gives_back_is_not_dealt_with_again() -> None:
    assert dealt(levels(10, 6), RELEASED, bills=(bill("po:1", (0, 10)), bill("po:1/c:1", (10, 8)))) == 2


def test_freight_has_no_receipts_to_tell_it_by() -> None:
    freight = bill("po:1", (0, 25), line_id=FREIGHT_LINE)
    assert dealt_with(freight, [freight], levels(10, 6), LedgerView(settlements=(RELEASED,))) == {}


WHOLE = bill("po:1", (0, 10))


@pytest.mark.parametrize(
    ("slices", "later", "asked"),
    [
        ((6, 10), (), True),
        ((9, 12), (), True),
        ((10, 12), (), False),
        ((6, 10), (bill("po:1/s:1", (6, 10)),), False),
    ],
)
def test_goods_in_the_place_of_those_are_a_question(
    slices: tuple[int, int], later: tuple[KnownBill, ...], *, asked: bool
) -> None:
    parts = [Slice(1, 11, d(slices[0]), d(slices[1]))]
    standing = [without(WHOLE, {11: d(4)}), *later]
    assert came_again(parts, standing, [WHOLE, *later]) is asked
    assert not came_again(parts, [WHOLE], [WHOLE])
