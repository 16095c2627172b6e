from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from payables.making import at, d, day, line, po, purchasing, received

from cwxero_dagster.payables.records import Line, PurchaseOrder, Reference
from cwxero_dagster.payables.states import PurchaseOrderState, cancelled_quantity, open_rest, ordered_quantity


def state(order: PurchaseOrder, *history: Line, **changes: Any) -> PurchaseOrderState:
    return purchasing(order, history, **changes).states[order.po_id]


GHOST = line(19, quantity=0)
WORDS = line(18, quantity=1, cost="0")

CASES: list[tuple[str, PurchaseOrder, list[Line], str, date | None]] = [
    ("nothing arrived", po(), [line()], "raised", None),
    ("no lines at all", po(), [], "raised", None),
    ("a part arrived", po(), [received(line(), 4)], "partially_received", None),
    ("everything arrived", po(), [received(line())], "fully_received", day(5, 12)),
    ("more arrived than was ordered", po(), [received(line(), 12)], "fully_received", day(5, 12)),
    ("arrived, and nobody closed the PO", po(closed=False), [received(line())], "fully_received", day(5, 12)),
    ("one line arrived, one waits", po(), [received(line()), line(12)], "partially_received", None),
    (
        "one line arrived, one was cancelled later",
        po(),
        [received(line()), line(12, cancelled=True, cancelled_at=at(5, 20))],
        "fully_received",
        day(5, 20),
    ),
    (
        "the rest was cancelled before the last receipt",
        po(),
        [received(line()), line(12, cancelled=True, cancelled_at=at(5, 6))],
        "fully_received",
        day(5, 12),
    ),
    (
        "the rest was dropped at receiving",
        po(),
        [received(line(), 4, received_status="PartiallyReceiveCancelRest")],
        "fully_received",
        day(5, 12),
    ),
    (
        "the line was closed short",
        po(),
        [received(line(), 4, closed=True, last_updated=at(5, 14))],
        "fully_received",
        day(5, 14),
    ),
    (
        "the PO was closed short",
        po(closed=True, closed_at=at(5, 30)),
        [received(line(), 4)],
        "fully_received",
        day(5, 30),
    ),
    (
        "the rest lives on as another line that waits",
        po(),
        [received(line(), 4, received_status="PartiallyReceiveCloneRest"), line(12, quantity=6)],
        "partially_received",
        None,
    ),
    (
        "the rest arrived on another line, and the first kept its quantity",
        po(),
        [
            received(line(), 4, received_status="PartiallyReceiveCloneRest"),
            received(line(12, quantity=6), on=at(5, 19)),
        ],
        "fully_received",
        day(5, 19),
    ),
    ("a ghost of quantity zero stays behind", po(), [received(line()), GHOST], "fully_received", day(5, 12)),
    ("a line in words is never received", po(), [received(line()), WORDS], "fully_received", day(5, 12)),
    ("only the line in words arrived", po(), [line(), received(WORDS)], "raised", None),
    ("free goods arrived", po(), [received(line(cost="0"))], "fully_received", day(5, 12)),
    ("free goods wait", po(), [received(line(cost="0")), line(12, cost="0")], "partially_received", None),
    ("goods arrived on a line of quantity zero", po(), [received(GHOST, 2)], "fully_received", day(5, 12)),
    ("closed, nothing came", po(closed=True, closed_at=at(5, 9)), [line()], "cancelled", None),
    ("every line cancelled", po(), [line(cancelled=True)], "cancelled", None),
    ("a draft", po(status_id=1), [line()], "draft", None),
    ("a draft that was received all the same", po(status_id=1), [received(line())], "fully_received", day(5, 12)),
    ("gone from ConnectWise", po(present=False), [received(line())], "deleted", day(5, 12)),
    ("a credit of negative quantity waits", po(), [line(quantity=-2)], "raised", None),
    ("a credit of negative quantity arrived", po(), [received(line(quantity=-2), -2)], "fully_received", day(5, 12)),
    ("half a credit arrived", po(), [received(line(quantity=-2), -1)], "partially_received", None),
]


@pytest.mark.parametrize(
    ("order", "lines", "expected", "completed"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_po_stands_where_its_quantities_and_flags_say(
    order: PurchaseOrder, lines: list[Line], expected: str, completed: date | None
) -> None:
    found = state(order, *lines, reference=Reference(draft_status_ids=frozenset({1})))
    assert (found.state, found.fully_received_on) == (expected, completed)


def test_the_name_of_a_status_decides_nothing() -> None:
    cancelled_by_name = po(status_name="Cancelled")
    assert state(cancelled_by_name, received(line())).state == "fully_received"


def test_goods_that_all_went_back_leave_the_po_reversed() -> None:
    arrived = received(line())
    back = replace(arrived, received_quantity=d(0), received_status="Waiting", observed_at=at(5, 25))
    found = state(po(), arrived, back)
    assert (found.state, found.received, found.last_received_on) == ("reversed", 0, None)


def test_goods_received_again_complete_the_po_on_the_later_day() -> None:
    arrived = received(line())
    back = replace(arrived, received_quantity=d(0), received_status="Waiting", observed_at=at(5, 25))
    again = received(back, on=at(6, 3))
    found = state(po(), arrived, back, again)
    assert (found.state, found.fully_received_on) == ("fully_received", day(6, 3))


def test_a_receipt_that_was_taken_back_does_not_move_the_day_of_completion() -> None:
    first = received(line())
    too_many = received(first, 15, on=at(6, 8))
    corrected = replace(too_many, received_quantity=d(10), received_at=at(5, 12), observed_at=at(6, 9))
    assert state(po(), first, too_many, corrected).fully_received_on == day(5, 12)


def test_quantities_add_up() -> None:
    found = state(
        po(),
        received(line(), 4, received_status="PartiallyReceiveCancelRest"),
        received(line(12)),
        line(13, cancelled=True),
    )
    assert (found.ordered, found.received, found.cancelled) == (30, 14, 16)


@pytest.mark.parametrize(
    ("seen", "ordered", "rest", "cancelled"),
    [
        (line(), 10, 10, 0),
        (received(line(), 12), 10, 0, 0),
        (received(line(), 4, received_status="PartiallyReceiveCloneRest"), 4, 0, 0),
        (received(line(), 4, received_status="FullyReceived"), 4, 0, 0),
        (received(line(), 12, received_status="FullyReceived"), 10, 0, 0),
        (received(line(), 4, received_status="PartiallyReceiveCancelRest"), 10, 6, 6),
        (received(line(), 4, closed=True), 10, 6, 6),
        (line(present=False), 0, 0, 0),
        (received(line(quantity=-5), -2, cancelled=True), -5, -3, -3),
    ],
)
def test_cloned_and_closed_lines_have_no_open_rest(seen: Line, ordered: int, rest: int, cancelled: int) -> None:
    assert (ordered_quantity(seen), open_rest(seen), cancelled_quantity(po(), seen)) == (ordered, rest, cancelled)
