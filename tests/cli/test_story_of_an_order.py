"""The order in which ``explain`` tells what happened, and what is to be done next."""

from __future__ import annotations

import pytest
from payables.adjusted import approved, at_the_price, ordered, settled, written
from payables.making import known, night, plan_of, po, purchasing

from cwxero_dagster.cli import order_story
from cwxero_dagster.cli.next_step import next_step
from cwxero_dagster.cli.timeline import INVOICE_CAME, in_their_order
from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.holds import hold


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        # A day without a time stands at its beginning,
        (["2026-10-05", "2026-10-07"], ["2026-10-05", "2026-10-07"]),
        # but behind what was seen earlier on that day,
        (["2026-10-05", "2026-10-07T02:00:00Z", "2026-10-07"], ["2026-10-05", "2026-10-07T02:00:00Z", "2026-10-07"]),
        # and a day that was typed in later keeps its own place.
        (["2026-10-07T02:00:00Z", "2026-10-05"], ["2026-10-05", "2026-10-07T02:00:00Z"]),
    ],
)
def test_receipts_of_a_day_are_told_as_they_were_seen(seen: list[str], shown: list[str]) -> None:
    placed = in_their_order({"at": at, "event": "received", "detail": ""} for at in seen)
    assert [event["at"] for _, event in sorted(placed, key=lambda one: one[0])] == shown


def test_a_credit_that_waits_is_named_before_its_bill_is_paid() -> None:
    made = written(settled(night(approved(), ordered(at_the_price(quantities=(8,)))), "credit"))
    told = next_step(made, made.purchasing.pos[1], plan_of(made))
    assert told.index("review the draft PO-1001/C1") < told.index("Finance: pay PO-1001 in Xero")


def test_what_needs_nobody_is_not_told_beside_what_does() -> None:
    made = known(purchasing(po(), []))
    settled_one = Action("po:1", "exclude", "Tom settled it as not owed: broken.")
    asked = Action("po:1/s:1", "hold", "", (hold("quantity_mismatch", "bill po:1/s:1", "Seven more.", 1),))
    alone = next_step(made, made.purchasing.pos[1], [settled_one])
    both = next_step(made, made.purchasing.pos[1], [settled_one, asked])
    assert alone == "Nothing. Tom settled it as not owed: broken."
    assert both.startswith("Procurement: ")
    assert "Nothing" not in both


BILL = {
    "key": "po:14", "number": "PO-14", "date": "2026-10-05", "due_date": None, "vendor": "Halcyon", "currency": "AUD",
    "total": "10.00", "action": "unchanged", "reason": "", "xero_link": None, "link": None, "in_xero": {}, "rules": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "statuses", "waiting", "told"),
    [
        ("fully_received", ["PAID"], "0", "fully received, vendor invoice received, paid"),
        ("fully_received", ["PAID", "PAID"], "0", "fully received, vendor invoice received, paid"),
        ("fully_received", ["PAID", "AUTHORISED"], "0", "fully received, vendor invoice received"),
        ("fully_received", ["PAID"], "1", "fully received, vendor invoice received"),
        ("fully_received", [], "0", "fully received, vendor invoice received"),
        ("partially_received", ["PAID"], "0", "partially received, vendor invoice received"),
    ],
)
def test_it_begins_with_how_far_the_order_came(
    capsys: pytest.CaptureFixture[str], state: str, statuses: list[str], waiting: str, told: str
) -> None:
    coverage = {name: {"quantity": "0", "amount": "0.00"} for name in order_story.COVERAGE}
    bills = [BILL | {"in_xero": {"total": "10.00", "currency": "AUD"}, "xero_status": status} for status in statuses]
    answer = {
        "po_number": "PO-14", "state": state, "bills": bills, "next_step": "Nothing.",
        "coverage": {**coverage, "received_not_billed": {"quantity": waiting, "amount": "0.00"}},
        "timeline": [{"at": "2026-10-05", "event": INVOICE_CAME, "detail": "INV-1"}],
    }  # fmt: skip
    order_story.story(answer)
    assert capsys.readouterr().out.splitlines()[0] == f"PO-14: {told}"
