"""A credit that a person settled is done with: what goes back later is another one, what comes again is a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    NOW,
    after,
    agreement,
    at,
    deciding,
    deciding_on,
    in_xero,
    kinds,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    the_action,
    with_documents,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.ledger_view import KnownBill, Settlement
from cwxero_dagster.payables.records import Line
from cwxero_dagster.pipeline.covering import cover
from cwxero_dagster.pipeline.working_out import Known

CAME = received(line())
CREDIT = "po:1/c:1"


def at_hand(*quantities: int) -> list[Line]:
    """Ten came; then these quantities are there, one after the other."""
    return [CAME, *(received(CAME, left, on=at(5, 20 + index)) for index, left in enumerate(quantities))]


def settled(*, verb: str = "not-owed", left: int = 8) -> Known:
    """An approved bill of ten, of which some went back, and a person settled the credit before it was sent."""
    decision = deciding(events={"reversed": "draft_credit_note"})
    made = known(purchasing(po(), [CAME]), agreement=agreement(seeds(decision=decision)))
    made = in_xero(after(made, the_action(made)), status="AUTHORISED")
    credit = next(one for one in plan_of(night(made, purchasing(po(), at_hand(left)))) if one.key == CREDIT)
    assert credit.bill is not None
    bill = KnownBill(CREDIT, "ACCPAYCREDIT", "2026-05", "", "settled", None, (1,), credit.bill.slices, "", None, None)
    choice = Settlement("C-1", verb, frozenset(), (CREDIT,), "Tom Ashdown", "a gift", NOW, xero_id="x")
    ledger = replace(made.ledger, bills={**made.ledger.bills, CREDIT: bill}, settlements=(choice,))
    return replace(made, ledger=ledger)


def found(made: Known, *quantities: int) -> dict[str, Action]:
    return {one.key: one for one in plan_of(night(made, purchasing(po(), at_hand(*quantities))))}


@pytest.mark.parametrize("verb", ["not-owed", "billed-by"])
def test_more_that_goes_back_is_a_credit_of_its_own(verb: str) -> None:
    actions = found(settled(verb=verb), 8, 5)
    assert actions[CREDIT].action == "exclude"
    more = actions["po:1/c:2"]
    assert more.bill is not None
    assert (more.action, [one.quantity for one in more.bill.lines]) == ("credit", [3])


def test_nothing_more_is_credited_while_nothing_more_goes_back() -> None:
    actions = found(settled(), 8)
    assert {key: one.action for key, one in actions.items()} == {"po:1": "unchanged", CREDIT: "exclude"}


def test_what_comes_again_is_held_for_a_person() -> None:
    again = found(settled(), 8, 10)["po:1/s:1"]
    assert again.bill is not None
    assert [one.quantity for one in again.bill.lines] == [2]
    assert (again.action, kinds(again)) == ("hold", ["changed_after_authorised"])


def test_a_place_that_a_bill_took_since_is_no_question_of_later_deliveries() -> None:
    more = line(quantity=15)

    def seen(*quantities: int) -> list[Line]:
        return [replace(one, quantity=more.quantity) for one in at_hand(*quantities)]

    made = night(settled(), purchasing(po(), seen(8, 10)))
    (asked,) = [one for one in plan_of(made) if one.key == "po:1/s:1"]
    made = deciding_on(made, asked)
    made = after(made, *(one for one in plan_of(made) if one.key == asked.key))
    made = with_documents(made, *(replace(one, status="AUTHORISED") for one in made.books.documents))
    later = {one.key: one for one in plan_of(night(made, purchasing(po(), seen(8, 10, 15))))}
    assert (later["po:1/s:2"].action, kinds(later["po:1/s:2"])) == ("create", [])


def test_of_goods_that_come_again_and_new_ones_the_first_are_in_question() -> None:
    seen = [replace(one, quantity=line(quantity=15).quantity) for one in at_hand(8, 15)]
    again = {one.key: one for one in plan_of(night(settled(), purchasing(po(), seen)))}["po:1/s:1"]
    assert "That is about 2 of the 7 on it" in again.reason


def test_the_coverage_says_who_settled_what_there_would_be_to_credit() -> None:
    made = night(settled(), purchasing(po(), at_hand(8)))
    covered: Any = cover(made, made.purchasing.pos[1], plan_of(made), ())
    assert (covered.whole.to_credit.quantity, covered.whole.billed_elsewhere.quantity) == (2, 0)
    assert "Tom Ashdown settled it" in covered.leads["to_credit"]
