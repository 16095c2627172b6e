from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import at, bounded, d, day, line, receipt, received

from cwxero_dagster.payables.receipts import receipts_of, standing


def test_growth_of_the_same_line_is_one_receipt_each_time_it_grows() -> None:
    first = received(line(), 2)
    second = received(first, 5, on=at(5, 20))
    events = receipts_of([second, line(), first], zone="UTC")
    assert [(e.sequence, e.quantity, e.received_on, e.reversal) for e in events] == [
        (1, d(2), day(5, 12), False),
        (2, d(3), day(5, 20), False),
    ]


def test_a_shrink_is_a_reversal_on_the_day_it_was_seen() -> None:
    first = received(line(), 5)
    back = replace(first, received_quantity=d(3), observed_at=at(5, 25))
    event = receipts_of([first, back], zone="UTC")[-1]
    assert (event.quantity, event.reversal, event.received_on, event.day_is_observed) == (d(-2), True, day(5, 25), True)


def test_a_line_that_is_gone_gives_everything_back() -> None:
    first = received(line())
    gone = replace(first, present=False, observed_at=at(5, 25))
    events = receipts_of([first, gone], zone="UTC")
    assert [e.quantity for e in events] == [d(10), d(-10)]
    assert standing(events) == []


def test_a_receipt_without_a_day_counts_on_the_day_it_was_first_seen_in_the_calendar_of_the_firm() -> None:
    seen = replace(received(line()), received_at=None, observed_at=at(5, 12, 20))
    (event,) = receipts_of([seen], zone="Australia/Sydney")
    assert (event.received_on, event.day_is_observed) == (day(5, 13), True)


def test_an_exact_midnight_is_the_calendar_day_that_connectwise_wrote() -> None:
    (event,) = receipts_of([received(line(), on=at(5, 12, 0))], zone="America/New_York")
    assert event.received_on == day(5, 12)


@pytest.mark.parametrize("before", [False, True])
def test_a_receipt_that_shows_up_batched_was_batched_before_it_was_seen(before: bool) -> None:
    waiting = replace(line(), batched=before)
    (event,) = receipts_of([waiting, received(waiting, batched=True)], zone="UTC")
    assert event.batched_before


def test_a_line_batched_after_its_receipt_was_seen_is_not_suspected() -> None:
    seen = received(line())
    (event,) = receipts_of([seen, replace(seen, batched=True, observed_at=at(5, 20))], zone="UTC")
    assert not event.batched_before


def test_a_credit_arrives_on_a_line_of_negative_quantity_and_is_no_reversal() -> None:
    (event,) = receipts_of([received(line(quantity=-2), -2)], zone="UTC")
    assert (event.quantity, event.reversal) == (d(-2), False)


def test_a_reversal_takes_back_what_arrived_last() -> None:
    events = [
        receipt(quantity=4, sequence=1),
        receipt(quantity=3, sequence=2, received_on=day(5, 20)),
        receipt(quantity=-4, sequence=3, reversal=True),
        receipt(quantity=2, sequence=4, received_on=day(5, 28)),
    ]
    assert [(e.quantity, e.received_on) for e in standing(events)] == [(d(3), day(5, 12)), (d(2), day(5, 28))]


@bounded
@given(st.lists(st.integers(min_value=-20, max_value=20), max_size=12))
def test_receipts_of_any_history_sum_to_what_is_received_now(quantities: list[int]) -> None:
    history = [
        replace(line(quantity=20), received_quantity=d(quantity), observed_at=at(5, 5) + timedelta(days=number))
        for number, quantity in enumerate(quantities)
    ]
    events = receipts_of(history, zone="UTC")
    now = d(quantities[-1]) if quantities else d(0)
    assert sum((e.quantity for e in events), Decimal(0)) == now
    assert [e.sequence for e in events] == list(range(1, len(events) + 1))


@bounded
@given(st.lists(st.integers(min_value=0, max_value=20), max_size=12))
def test_standing_receipts_are_growth_that_sums_to_what_is_received_now(quantities: list[int]) -> None:
    history = [
        replace(line(quantity=21), received_quantity=d(quantity), observed_at=at(5, 5) + timedelta(days=number))
        for number, quantity in enumerate(quantities)
    ]
    left = standing(receipts_of(history, zone="UTC"))
    assert sum((e.quantity for e in left), Decimal(0)) == (d(quantities[-1]) if quantities else d(0))
    assert all(e.quantity > 0 for e in left)
