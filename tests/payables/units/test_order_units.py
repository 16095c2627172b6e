from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import (
    after,
    agreement,
    at,
    bounded,
    d,
    day,
    deciding,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    receipt,
    received,
    seeds,
    the_action,
    the_bill,
    with_documents,
)

from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.units.due import due_units
from cwxero_dagster.pipeline.working_out import Known


def units(made: Known) -> list[Any]:
    return due_units(made.purchasing, made.agreement, made.ledger, made.books)


def test_a_po_becomes_one_bill_when_it_is_fully_received() -> None:
    (unit,) = units(known(purchasing([po(), po(2)], [received(line()), line(21, po_id=2)])))
    assert (unit.key, unit.cycle, unit.due_on) == ("po:1", "2026-05", day(5, 12))


def test_nothing_is_due_where_the_decision_bills_nothing_at_fully_received() -> None:
    quiet = agreement(seeds(decision=deciding(events={"fully_received": "nothing"})))
    assert units(known(purchasing(po(), [received(line())]), agreement=quiet)) == []


def test_the_cycle_is_that_of_the_completing_event_in_the_firms_calendar() -> None:
    order = po(closed=True, closed_at=at(6, 14))
    (unit,) = units(known(purchasing(order, [received(line(), 4)]), agreement=agreement(cycle_start_day=15)))
    assert (unit.cycle, unit.due_on) == ("2026-05", day(6, 14))


def test_a_planned_bill_keeps_its_cycle_when_more_arrives_later() -> None:
    first = received(line())
    one = known(purchasing(po(), [first]))
    one = after(one, the_action(one))
    (unit,) = units(night(one, purchasing(po(), [first, received(line(12), on=at(6, 20))])))
    assert (unit.cycle, unit.due_on) == ("2026-05", day(6, 20))


def test_a_planned_bill_stays_what_it_is_while_a_new_line_waits() -> None:
    one = known(purchasing(po(), [received(line())]))
    one = after(one, the_action(one))
    waiting = night(one, purchasing(po(), [received(line()), line(12, observed_at=at(5, 20))]))
    (unit,) = units(waiting)
    assert [(part.line_id, part.end) for part in unit.slices] == [(11, 10)]
    assert the_action(waiting).action == "unchanged"


def test_withdrawn_bills_are_replaced_under_a_key_of_their_own() -> None:
    one = known(purchasing(po(), [received(line())]))
    one = after(one, the_action(one))
    gone = replace(one.ledger.bills["po:1"], state="withdrawn")
    ledger = LedgerView({"po:1": gone})
    both = LedgerView({"po:1": gone, "po:1/g:1": replace(gone, key="po:1/g:1")})
    assert [unit.key for unit in units(replace(one, ledger=LedgerView()))] == ["po:1"]
    assert [unit.key for unit in units(replace(one, ledger=ledger))] == ["po:1/g:1"]
    assert [unit.key for unit in units(replace(one, ledger=both))] == ["po:1/g:2"]


def test_freight_is_billed_once_whatever_bill_holds_it() -> None:
    one = known(purchasing(po(freight_cost=d("12.00")), [received(line())]))
    (unit,) = units(one)
    assert [part.line_id for part in unit.slices] == [11, FREIGHT_LINE]
    (again,) = units(after(one, the_action(one)))
    assert again.slices == unit.slices


def test_a_line_that_is_gone_is_not_billed() -> None:
    assert units(known(purchasing(po(), [received(line(), present=False)]))) == []


def test_slices_follow_the_order_of_the_lines() -> None:
    lines = [received(line(13, line_number=2)), received(line(12, line_number=None)), received(line(11, line_number=2))]
    (unit,) = units(known(purchasing(po(), lines)))
    assert [part.line_id for part in unit.slices] == [12, 11, 13]


def _clone_style(deliveries: list[int]) -> list[Line]:
    """The same line received with CloneRest: every delivery leaves its rest on a new line."""
    rest = sum(deliveries)
    history = []
    for number, delivered in enumerate(deliveries):
        last = number == len(deliveries) - 1
        waiting = line(11 + number, quantity=rest, observed_at=at(5, 2 + number))
        status = "FullyReceived" if last else "PartiallyReceiveCloneRest"
        history += [waiting, received(waiting, delivered, on=at(5, 2 + number), received_status=status)]
        rest -= delivered
    return history


def _cumulative_style(deliveries: list[int]) -> list[Line]:
    """One line whose received quantity grows."""
    history = [line(quantity=sum(deliveries), observed_at=at(5, 2, 1))]
    total = 0
    for number, delivered in enumerate(deliveries):
        total += delivered
        history.append(received(history[-1], total, on=at(5, 2 + number)))
    return history


@bounded
@given(st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=5))
def test_both_styles_of_receiving_give_one_bill_of_the_same_quantity_and_money(deliveries: list[int]) -> None:
    bills = [the_bill(known(purchasing(po(), style(deliveries)))).bill for style in (_clone_style, _cumulative_style)]
    quantities = [sum(one.quantity for one in bill.lines) for bill in bills]
    assert quantities == [sum(deliveries)] * 2
    assert bills[0].total == bills[1].total == 5 * sum(deliveries)
    assert bills[0].dated == bills[1].dated == day(5, 1 + len(deliveries))


@bounded
@given(st.lists(st.integers(min_value=0, max_value=10), min_size=1, max_size=8))
def test_whatever_is_received_and_taken_back_the_bill_holds_what_is_received(quantities: list[int]) -> None:
    """Night after night, a draft that nobody touches follows ConnectWise: never twice, never lost."""
    made = known(purchasing(po(), [line()]))
    history = [line(observed_at=at(5, 2))]
    for number, quantity in enumerate(quantities):
        seen = replace(
            history[-1],
            received_quantity=d(quantity),
            received_status="FullyReceived" if quantity == 10 else "PartiallyReceiveCancelRest",
            received_at=at(5, 3) + timedelta(days=number),
            observed_at=at(5, 3, 12) + timedelta(days=number),
        )
        history.append(seen)
        made = night(made, purchasing(po(), history))
        for action in plan_of(made):
            if action.action in {"create", "update"}:
                made = after(made, action)
            elif action.action == "withdraw":
                gone = replace(made.ledger.bills[action.key], state="withdrawn")
                made = replace(made, ledger=replace(made.ledger, bills={**made.ledger.bills, action.key: gone}))
                left = [one for one in made.books.documents if one.document_id != gone.xero_id]
                made = replace(made, books=replace(made.books, documents=tuple(left)))
            else:
                assert action.action == "unchanged"
    live = [bill for bill in made.ledger.bills.values() if bill.state == "confirmed"]
    assert sum((part.quantity for bill in live for part in bill.slices), Decimal(0)) == quantities[-1]
    assert sum((one.net for one in made.books.documents), Decimal(0)) == 5 * quantities[-1]


@pytest.mark.parametrize("hers", [{"has_attachments": True}, {"due_date": day(7, 1)}, {"status": "SUBMITTED"}])
def test_what_goes_back_leaves_drafts_that_nobody_touched_before_those_that_a_person_worked_on(
    hers: dict[str, Any],
) -> None:
    by_delivery = seeds(decision=deciding(events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"}))
    came = [
        receipt(quantity=4, packing_slip="S-1", received_on=day(5, 12)),
        receipt(quantity=6, packing_slip="S-2", received_on=day(5, 14), sequence=2),
    ]
    one = known(purchasing(po(), [received(line())], receipts={1: came}), agreement=agreement(by_delivery))
    one = after(one, *plan_of(one))
    assert [bill.slices[0].quantity for bill in one.ledger.bills.values()] == [4, 6]
    second = one.books.by_id[(one.ledger.bills["po:1/d:2"].xero_id or "").lower()]
    one = with_documents(one, replace(second, **hers))

    back = receipt(quantity=-4, packing_slip="S-2", received_on=day(5, 20), sequence=3)
    went = night(one, purchasing(po(), [received(line(), 6)], receipts={1: [*came, back]}))
    assert {action.key: action.action for action in plan_of(went)} == {
        "po:1/d:1": "withdraw",
        "po:1/d:2": "unchanged",
    }
