from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from payables.making import at, d, deciding, line, po

from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.dealt_with import dealt_with, goods_again, without
from cwxero_dagster.payables.units.past import Past


def bill(key: str, *slices: tuple[int, int], line_id: int = 11) -> KnownBill:
    parts = tuple(Slice(1, line_id, d(start), d(end)) for start, end in slices)
    return KnownBill(key, "ACCPAY", "2026-05", "p", "confirmed", key, (1,), parts, "f", None, None)


def levels(*quantities: int) -> Past:
    """What was received of line 11 at the end of each day, from 1 May on."""
    seen = [
        line(quantity=20, received_quantity=d(now), observed_at=at(5, day))
        for day, now in enumerate(quantities, start=1)
    ]
    return Past([po(observed_at=at(5, 1))], seen, deciding())


def freights(*amounts: int) -> Past:
    """The freight of the PO at the end of each day, from 1 May on."""
    seen = [po(freight_cost=d(now), observed_at=at(5, day)) for day, now in enumerate(amounts, start=1)]
    return Past(seen, [], deciding())


def decision(
    verb: str,
    on: datetime,
    *gone: tuple[int, int],
    kind: str = "reversed_after_authorised",
    key: str = "po:1",
    line_id: int = 11,
) -> Settlement:
    """``gone``: what the question was about; nothing for all that stood of the bill."""
    parts = tuple(Slice(1, line_id, d(start), d(end)) for start, end in gone) or None
    return Settlement(case_id(kind, cause(key)), verb, frozenset(), (key,), "Tom", "checked", on, gone={key: parts})


def dealt(past: Past, *decisions: Settlement, bills: tuple[KnownBill, ...] = ()) -> list[tuple[Decimal, Decimal]]:
    """The places of the first bill that a person dealt with."""
    made = bills or (bill("po:1", (0, 10)),)
    found = dealt_with(
        1, made, past, LedgerView(settlements=decisions), elsewhere={}, final={one.key for one in made}, touched=()
    )
    return [(part.start, part.end) for part in found.get(made[0].key, ())]


RELEASED = decision("release", at(5, 2, 12), (6, 10))
NOT_OWED = decision("not-owed", at(5, 1, 12), kind="removed_in_xero")
NAMED = decision("billed-by", at(5, 1, 12), kind="possible_duplicate")
HAS_CREDIT = decision("release", at(5, 2, 12), (6, 10), kind="credit_needed")


@pytest.mark.parametrize(
    ("past", "decisions", "places"),
    [
        (levels(10, 6), [], []),
        (levels(10, 6), [RELEASED], [(6, 10)]),
        (levels(10, 6, 10), [RELEASED], [(6, 10)]),
        (levels(10, 6, 3), [RELEASED], [(6, 10)]),
        (levels(10, 6, 3), [RELEASED, decision("accept-theirs", at(5, 3, 12), (3, 6))], [(6, 10), (3, 6)]),
        (levels(10, 4), [RELEASED], [(6, 10)]),
        (levels(10, 0), [decision("release", at(5, 2, 12))], [(0, 10)]),
        (levels(10, 6), [decision("credit", at(5, 2, 12), (6, 10))], []),
        (levels(10, 6), [decision("release", at(5, 2, 12), (6, 10), key="po:2")], []),
        (levels(10, 0, 10), [NOT_OWED], [(0, 10)]),
        (levels(10, 7, 8), [NOT_OWED], [(7, 10)]),
        (levels(12, 10), [NOT_OWED], []),
        (levels(10, 6, 10), [NAMED], []),
        (levels(10, 6, 10), [NAMED, HAS_CREDIT], [(6, 10)]),
    ],
)
def test_what_a_person_dealt_with(past: Past, decisions: list[Settlement], places: list[tuple[int, int]]) -> None:
    assert dealt(past, *decisions) == places


def left(key: str, past: Past, *decisions: Settlement, **hers: Any) -> list[tuple[Decimal, Decimal]]:
    """The places of bill ``key`` that a person dealt with beside another one; each was written early on 1 May."""
    base = {"updated_at": at(5, 1, 1).isoformat(), "lines": []}
    made = [replace(one, base=base) for one in (bill("po:1", (0, 10)), bill("po:1/s:1", (10, 12)))]
    ledger, given = LedgerView(settlements=decisions), {"final": {one.key for one in made}, "touched": (), **hers}
    found = dealt_with(1, made, past, ledger, elsewhere={}, **given)
    return [(part.start, part.end) for part in found.get(key, ())]


@pytest.mark.parametrize(
    ("past", "places"),
    [
        (levels(12, 12), []),
        (levels(12, 10), [(8, 10)]),
        (levels(12, 8), [(8, 10)]),
        (levels(12, 11, 12, 10), [(9, 10), (8, 9)]),
        (levels(12, 10, 12), [(8, 10)]),
    ],
    ids=["none went back", "as many", "more", "one, and then one more", "and came again"],
)
def test_what_she_took_off_a_bill_is_dealt_with_as_far_as_it_went_back(
    past: Past, places: list[tuple[int, int]]
) -> None:
    assert left("po:1", past, taken_off={"po:1": {11: d(2)}}) == places


@pytest.mark.parametrize(
    ("past", "places"),
    [
        (levels(12, 10, 12, 12), []),
        (levels(12, 10, 10, 10), [(8, 10)]),
        (levels(12, 10, 12, 10), [(8, 10)]),
        (levels(12, 12, 10, 12), [(8, 10)]),
    ],
    ids=["came again before", "still missing then", "went back since", "and came again"],
)
def test_what_went_back_and_came_again_before_she_took_goods_off_is_none_of_them(
    past: Past, places: list[tuple[int, int]]
) -> None:
    hers = {"taken_off": {"po:1": {11: d(2)}}, "taken_off_since": {"po:1": at(5, 3)}}
    assert left("po:1", past, **hers) == places


@pytest.mark.parametrize("hours", [0, 1])
def test_what_she_took_off_is_no_more_than_what_she_answered_for_whenever_the_run_asked(hours: int) -> None:
    """Four went back, Tom released the question that the same run asked, and two were taken off the bill."""
    answer = decision("release", at(5, 2) + timedelta(hours=hours), (6, 10))
    hers = {"taken_off": {"po:1": {11: d(2)}}, "taken_off_since": {"po:1": at(5, 3)}}
    assert left("po:1", levels(12, 8, 8, 6), answer, **hers) == [(6, 10)]


def test_what_she_took_off_an_approved_bill_goes_back_before_a_draft() -> None:
    off = {"taken_off": {"po:1": {11: d(2)}}, "final": {"po:1"}}
    assert left("po:1", levels(12, 10), **off) == [(8, 10)]
    assert left("po:1/s:1", levels(12, 9), **off) == []


def test_goods_that_are_not_owed_are_the_bills_on_which_a_person_put_them() -> None:
    closed = replace(NOT_OWED, bill_keys=("po:1/s:1",))
    answer = decision("release", at(5, 2, 12), kind="credit_needed", key="po:1/s:1")
    assert left("po:1/s:1", levels(12, 8), closed) == [(10, 12)]
    assert left("po:1/s:1", levels(12, 8), closed, by_hand={"po:1/s:1"}) == []
    assert left("po:1/s:1", levels(12, 8), closed, answer, by_hand={"po:1/s:1"}) == [(10, 12)]


def test_a_refund_that_became_less_is_dealt_with_as_a_charge_is() -> None:
    assert dealt(levels(-10, -6), decision("release", at(5, 2, 12), (-6, -10)), bills=(bill("po:1", (0, -10)),)) == [
        (-6, -10)
    ]


@pytest.mark.parametrize(
    ("drafted", "places"),
    [
        pytest.param(at(5, 1, 12), [(0, 8)], id="before the question"),
        pytest.param(at(5, 3, 12), [(0, 10)], id="after it"),
    ],
)
@pytest.mark.parametrize("removed", [False, True])
def test_of_a_bill_that_is_not_due_at_all_what_stood_then_is_dealt_with(
    drafted: datetime, places: list[tuple[int, int]], removed: bool
) -> None:
    """What a credit gave back by then is the credit's, also once a person has removed it."""
    whole, credit = bill("po:1", (0, 10)), replace(bill("po:1/c:1", (10, 8)), issued_at=drafted)
    found = dealt_with(
        1,
        [whole] if removed else [whole, credit],
        levels(10, 0),
        LedgerView(settlements=(decision("release", at(5, 2, 12)),)),
        elsewhere={},
        final={"po:1"},
        touched=(),
        removed=[credit] if removed else (),
    )
    assert [(part.start, part.end) for part in found["po:1"]] == places


def test_it_is_what_the_bill_had_to_give_back_and_not_what_lies_beyond_what_is_there() -> None:
    later = bill("po:1/d:2", (6, 16))
    answer = decision("release", at(5, 2, 12), (14, 16), key=later.key)
    assert dealt(levels(16, 8, 8), answer, bills=(later,)) == [(14, 16)]


def test_freight_that_became_less_is_dealt_with_as_goods_are() -> None:
    freight = bill("po:1", (0, 50), line_id=FREIGHT_LINE)
    answer = decision("release", at(5, 2, 12), (20, 50), line_id=FREIGHT_LINE)
    assert dealt(freights(50, 20, 50), answer, bills=(freight,)) == [(20, 50)]
    not_owed = decision("not-owed", at(5, 1, 12), kind="removed_in_xero")
    assert dealt(freights(50, 20, 50), not_owed, bills=(freight,)) == [(20, 50)]
    assert dealt(freights(50, 50, 50), not_owed, bills=(freight,)) == []


def test_goods_ahead_of_their_arrival_are_those_that_are_ordered() -> None:
    seen = [
        line(quantity=10, observed_at=at(5, 1)),
        line(quantity=6, observed_at=at(5, 2)),
        line(quantity=10, observed_at=at(5, 3)),
    ]
    ahead = deciding(events={"raised": "draft_bill"})
    assert dealt(Past([po()], seen, ahead), NOT_OWED) == [(6, 10)]


WHOLE = bill("po:1", (0, 10))


@pytest.mark.parametrize(
    ("slices", "later", "disputed"),
    [
        ((6, 10), (), [4]),
        ((9, 12), (), [1]),
        ((6, 20), (), [4]),
        ((10, 12), (), []),
        ((6, 10), (bill("po:1/s:1", (6, 10)),), []),
    ],
)
def test_goods_in_the_place_of_those_are_a_question(
    slices: tuple[int, int], later: tuple[KnownBill, ...], disputed: list[int]
) -> None:
    parts = [Slice(1, 11, d(slices[0]), d(slices[1]))]
    standing = [without(WHOLE, [Slice(1, 11, d(6), d(10))]), *later]
    assert [doubt.disputed for doubt in goods_again("PO-1001", parts, standing, [WHOLE, *later])] == disputed
    assert goods_again("PO-1001", parts, [WHOLE], [WHOLE]) == []
