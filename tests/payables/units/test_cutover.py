from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    GO_LIVE,
    STAGED,
    agreement,
    at,
    d,
    deciding_on,
    kinds,
    known,
    line,
    plan_of,
    po,
    purchasing,
    received,
    the_action,
    the_bill,
)

from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.units.cutover import elsewhere

BEFORE, SINCE = at(4, 20), at(5, 12)


def early(line_id: int = 11, quantity: int | None = None, **changes: Any) -> Line:
    """A line that arrived on 20 April and was there when staging began."""
    return received(line(line_id), quantity, on=BEFORE, **{"observed_at": STAGED, **changes})


def test_goods_received_before_go_live_are_billed_elsewhere_and_never_published() -> None:
    action = the_action(known(purchasing(po(), [early()])), "2026-04")
    assert (action.action, action.holds) == ("exclude", ())
    assert "before go-live" in action.reason


def test_a_receipt_seen_before_go_live_counts_as_known_by_then() -> None:
    made = purchasing(po(), [early(observed_at=at(4, 21))], first_staged_at=at(4, 1))
    assert the_action(known(made), "2026-04").action == "exclude"


def test_goods_that_came_before_go_live_and_were_completed_by_closing_after_it_are_billed_elsewhere() -> None:
    order = po(closed=True, closed_at=at(5, 20))
    assert the_action(known(purchasing(order, [early(quantity=4)]))).action == "exclude"


def test_a_po_that_goes_on_after_go_live_is_held_and_a_release_bills_what_came_since() -> None:
    first = early(quantity=4)
    held = known(purchasing(po(), [first, received(first, 10, on=SINCE), received(line(12), on=SINCE)]))
    action = the_action(held)
    assert (action.action, [(one.kind, one.cause) for one in action.holds]) == (
        "hold",
        [("possible_duplicate", "began before go-live")],
    )
    released = the_action(deciding_on(held, action))
    assert released.action == "create"
    assert released.bill is not None
    assert [(part.line_id, part.start, part.end) for part in released.bill.slices] == [(11, 4, 10), (12, 0, 10)]
    assert released.bill.net == d("80.00")


def test_all_pos_that_began_before_go_live_are_one_case() -> None:
    held = known(
        purchasing(
            [po(), po(2)],
            [early(), received(line(12)), early(21, po_id=2), received(line(22, po_id=2))],
        )
    )
    assert len({one.case_id for action in plan_of(held) for one in action.holds}) == 1


def test_a_receipt_that_shows_up_later_with_a_day_before_go_live_is_held_and_a_release_bills_it() -> None:
    held = known(purchasing(po(), [line(observed_at=STAGED), early(observed_at=at(5, 9))]))
    action = the_action(held, "2026-05")
    assert kinds(action) == ["possible_duplicate"]
    assert "first seen after it" in action.holds[0].detail
    released = the_action(deciding_on(held, action), "2026-05")
    assert (released.action, released.bill and released.bill.net) == ("create", d("50.00"))


def test_another_late_receipt_holds_a_released_po_again() -> None:
    first = early(quantity=4, observed_at=at(5, 9), received_status="PartiallyReceiveCancelRest")
    held = known(purchasing(po(), [first]))
    released = deciding_on(held, the_action(held, "2026-05"))
    again = [first, early(12, observed_at=at(5, 10))]
    assert the_action(replace(released, purchasing=purchasing(po(), again)), "2026-05").action == "hold"


def test_goods_that_went_back_and_came_again_are_held_because_the_po_began_before() -> None:
    arrived = early()
    back = replace(arrived, received_quantity=d(0), received_status="Waiting", observed_at=at(5, 5))
    held = known(purchasing(po(), [arrived, back, received(back, on=SINCE)]))
    action = the_action(held)
    assert kinds(action) == ["possible_duplicate"]
    released = the_action(deciding_on(held, action)).bill
    assert released is not None
    assert released.net == d("50.00")


def test_goods_received_from_go_live_on_are_billed() -> None:
    assert the_action(known(purchasing(po(), [received(line(), on=at(5, 1, 3))]))).action == "create"


@pytest.mark.parametrize(
    ("freight_slip", "early_slip", "later_slip", "billed"),
    [
        (None, "A", "B", True),
        ("B", "A", "B", True),
        ("A", "A", "B", False),
        (" a ", "A", "B", False),
        ("PO-1001", "PO-1001", "PO-1001", True),
        ("C", "A", "B", True),
    ],
)
def test_freight_of_a_delivery_before_go_live_was_billed_with_it(
    freight_slip: str | None, early_slip: str, later_slip: str, billed: bool
) -> None:
    order = po(freight_cost=d("12.00"), freight_packing_slip=freight_slip)
    made = purchasing(order, [early(packing_slip=early_slip), received(line(12), on=SINCE, packing_slip=later_slip)])
    assert (0 not in elsewhere(order, made, GO_LIVE)) is billed
    assert any(one.kind == "freight" for one in the_bill(known(made)).bill.lines) is billed


# --- already batched --------------------------------------------------------------------------------------------------


def batched(**changes: Any) -> Any:
    return known(purchasing(po(), [line(), received(line(), batched=True)]), **changes)


def test_a_line_that_was_batched_when_its_receipt_was_seen_is_held_in_live_mode() -> None:
    action = the_action(batched())
    assert [(one.kind, one.cause) for one in action.holds] == [("possible_duplicate", "already batched in ConnectWise")]


def test_in_shadow_mode_it_counts_because_the_other_tool_is_still_at_work() -> None:
    assert the_action(batched(agreement=agreement(live=False))).action == "create"


def test_a_line_batched_before_go_live_does_not_hold_what_came_since() -> None:
    held = known(purchasing(po(), [early(batched=True), received(line(12), on=SINCE)]))
    assert [one.cause for one in the_action(held).holds] == ["began before go-live"]


def test_a_released_batched_bill_goes_through() -> None:
    held = batched()
    assert the_action(deciding_on(held, the_action(held))).action == "create"
