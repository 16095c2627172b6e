"""What a person has billed or credited beside a final bill: exactly the difference, once, whatever changes later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from payables.adjusted import BASE, CAME, approved, at_the_price, moment, nets, ordered, planned, settled, written
from payables.making import (
    NOW,
    OTHER_VENDOR,
    after,
    agreement,
    at,
    d,
    deciding_on,
    in_xero,
    known,
    night,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    vendor_row,
    with_documents,
)

from cwxero_dagster.payables.actions import Guard
from cwxero_dagster.payables.cases.ways_out import fitting
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.planning.rebuilding import rebuilt
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.pipeline.covering import cover
from cwxero_dagster.pipeline.working_out import Known, every_action


def offered(made: Known, key: str = BASE) -> tuple[str, ...]:
    action = planned(made)[key]
    return fitting(action.holds[0], action)


def balanced(made: Known, **figures: str) -> None:
    """The coverage of the PO adds up, each figure leads somewhere, and these amounts are in it."""
    covered = cover(made, made.purchasing.pos[1], every_action(made, Guard(now=NOW)), ())
    assert (covered.whole.difference.quantity, covered.whole.difference.amount) == (0, 0)
    assert all(covered.leads.values()), covered.leads
    assert {name: getattr(covered.whole, name).amount for name in figures} == {
        name: d(value) for name, value in figures.items()
    }


@pytest.mark.parametrize("status", ["AUTHORISED", "PAID"])
@pytest.mark.parametrize(
    ("cost", "verb", "key", "net", "suffix"),
    [("5.50", "supplement", "po:1/s:1", "5.00", "/S1"), ("4.80", "credit", "po:1/c:1", "-2.00", "/C1")],
)
def test_a_change_of_price_after_the_approval_is_drafted_once(
    cost: str, verb: str, key: str, net: str, suffix: str, status: str
) -> None:
    made = night(approved(status=status), ordered(at_the_price(cost)))
    assert offered(made) == ("release", "accept-theirs", "future-only", verb)
    made = settled(made, verb)
    assert {one.key: one.action for one in plan_of(made)}[BASE] == "unchanged"
    made = written(made)
    bill = planned(made)[key].bill
    assert bill is not None
    assert (bill.number, bill.cycle, bill.dated) == (f"PO-1001{suffix}", "2026-05", at(5, 20).date())
    assert [(one.quantity, one.description) for one in bill.lines] == [
        (1, f"Change of price: Goods 11 (10 at {d(cost).normalize():f} instead of 5)")
    ]
    assert nets(made) == {BASE: "50.00", key: net}
    assert {one.action for one in plan_of(made)} == {"unchanged"}
    balanced(made, ordered="50", price_difference=net, billed=str(50 + d(net)), to_credit="0")


def test_each_later_change_is_about_the_new_difference_only() -> None:
    made = approved()
    seen: tuple[str, ...] = ()
    for cost, verb, key, net in (
        ("5.50", "supplement", "po:1/s:1", "5.00"),
        ("5.70", "supplement", "po:1/s:2", "2.00"),
        ("5.00", "credit", "po:1/c:1", "-7.00"),
        ("5.50", "supplement", "po:1/s:3", "5.00"),
    ):
        seen = (*seen, cost)
        made = night(made, ordered(at_the_price(*seen)))
        assert planned(made)[BASE].action == "hold", "a decision on an earlier change says nothing of this one"
        assert offered(made)[-1] == verb
        made = written(settled(made, verb), status="AUTHORISED")
        assert nets(made)[key] == net
        assert {one.action for one in plan_of(made)} == {"unchanged"}
    balanced(made, billed="55", price_difference="5")


def test_a_decision_holds_for_the_price_that_it_was_taken_on() -> None:
    made = settled(night(approved(), ordered(at_the_price("5.50"))), "supplement")
    moved = planned(night(made, ordered(at_the_price("5.50", "5.60"))))
    assert {key: one.action for key, one in moved.items()} == {BASE: "hold"}
    back = planned(night(made, ordered(at_the_price("5.50", "5.00"))))
    assert {key: one.action for key, one in back.items()} == {BASE: "unchanged"}


def test_a_supplement_that_xero_refused_keeps_its_key_until_its_cause_is_gone() -> None:
    made = settled(night(approved(), ordered(at_the_price("5.50"))), "supplement")
    bill = planned(made)["po:1/s:1"].bill
    assert bill is not None
    refused = KnownBill(
        "po:1/s:1", "ACCPAY", "2026-05", "", "refused", None, (1,), bill.slices, "", None, None, issued_at=NOW
    )
    made = replace(made, ledger=replace(made.ledger, bills={**made.ledger.bills, refused.key: refused}))
    assert {key: one.action for key, one in planned(made).items()} == {BASE: "unchanged", "po:1/s:1": "create"}


def test_a_supplement_goes_with_the_bill_that_it_supplements() -> None:
    made = written(settled(night(approved(), ordered(at_the_price("5.50"))), "supplement"))
    base = made.books.by_id[str(made.ledger.bills[BASE].xero_id)]
    made = with_documents(made, replace(base, status="VOIDED"))
    assert planned(made)[BASE].holds[0].kind == "removed_in_xero"
    again = planned(deciding_on(made, planned(made)[BASE], "release"))
    assert again["po:1/s:1"].action == "withdraw"
    assert again["po:1/g:1"].bill is not None
    assert again["po:1/g:1"].bill.net == 55


@pytest.mark.parametrize("changes", [{"vendor_id": 802}, {"currency_code": "USD"}])
def test_no_difference_is_offered_where_more_than_the_price_changed(changes: dict[str, Any]) -> None:
    firm = seeds(vendors=(vendor_row(), vendor_row("802", OTHER_VENDOR)))
    made = replace(approved(), agreement=agreement(firm))
    made = night(made, purchasing(po(**changes), at_the_price("5.50")))
    assert offered(made) == ("release", "accept-theirs", "future-only")


def test_a_price_that_the_bookkeeper_had_corrected_before_is_no_difference() -> None:
    made = approved()
    (only,) = made.books.documents
    lines = tuple(replace(one, unit_amount=d("5.50")) for one in only.lines)
    made = with_documents(made, replace(only, lines=lines, net=d(55), total=d(55)))
    assert planned(night(made, ordered(at_the_price("5.50"))))[BASE].action == "unchanged"


def test_goods_that_went_back_are_credited_when_a_person_says_so_each_time() -> None:
    made = approved()
    left: tuple[int, ...] = ()
    for now, key, net in ((8, "po:1/c:1", "-10.00"), (6, "po:1/c:2", "-10.00"), (0, "po:1/c:3", "-30.00")):
        left = (*left, now)
        made = night(made, ordered(at_the_price(quantities=left)))
        assert planned(made).keys() == {*made.ledger.bills}, "nothing goes before a person said so"
        assert offered(made) == ("release", "accept-theirs", "credit")
        made = written(settled(made, "credit"), status="AUTHORISED")
        assert nets(made)[key] == net
        assert {one.action for one in plan_of(made)} == {"unchanged"}
    balanced(made, billed="0", to_credit="0")


def test_goods_that_come_again_after_their_credit_are_a_supplement() -> None:
    made = night(approved(), ordered(at_the_price(quantities=(8,))))
    made = written(settled(made, "credit"), status="AUTHORISED")
    made = written(night(made, ordered(at_the_price(quantities=(8, 10)))))
    assert nets(made) == {BASE: "50.00", "po:1/c:1": "-10.00", "po:1/s:1": "10.00"}
    assert {one.action for one in plan_of(made)} == {"unchanged"}


def test_goods_are_credited_at_the_price_that_is_billed_and_repriced_as_many_as_are_left() -> None:
    made = night(approved(), ordered(at_the_price("5.50")))
    made = written(settled(made, "supplement"), status="AUTHORISED")
    made = night(made, ordered(at_the_price("5.50", quantities=(6,))))
    made = written(settled(made, "credit"), status="AUTHORISED")
    assert nets(made) == {BASE: "50.00", "po:1/s:1": "5.00", "po:1/c:1": "-22.00"}
    history = [*at_the_price("5.50", quantities=(6,))]
    history.append(replace(history[-1], unit_cost=d("6.00"), observed_at=at(5, 30)))
    made = night(made, ordered(history))
    made = written(settled(made, "supplement"), status="AUTHORISED")
    assert nets(made)["po:1/s:2"] == "3.00"
    balanced(made, billed="36", to_credit="0")


@pytest.mark.parametrize("state", ["refused", "unknown"])
def test_a_price_is_not_billed_for_goods_that_a_credit_still_has_to_give_back(state: str) -> None:
    history = at_the_price("5.50", quantities=(6,))
    made = night(
        approved(events={"reversed": "draft_credit_note"}), ordered([CAME, replace(history[-1], unit_cost=d(5))])
    )
    bill = planned(made)["po:1/c:1"].bill
    assert bill is not None
    credit = KnownBill(
        bill.key, "ACCPAYCREDIT", "2026-05", "", state, None, (1,), bill.slices, "", None, None, issued_at=NOW
    )
    made = replace(made, ledger=replace(made.ledger, bills={**made.ledger.bills, credit.key: credit}))
    made = settled(night(made, ordered(history)), "supplement")
    more = planned(made)["po:1/s:1"].bill
    assert more is not None
    assert more.net == d("3.00")
    waits = planned(written(made))["po:1/c:1"].bill
    assert waits is not None
    assert waits.net == d("20.00"), "the new price was billed for the other six"


def test_a_credit_that_a_person_decided_on_waits_for_its_document_whatever_is_billed_of_prices() -> None:
    made = night(approved(), ordered(at_the_price("5.50", quantities=(6,))))
    made = settled(settled(made, "credit"), "supplement")
    both = planned(made)
    assert {both[key].action for key in ("po:1/s:1", "po:1/c:1")} == {"create", "credit"}
    more = after(made, both["po:1/s:1"])
    bills = {**more.ledger.bills, "po:1/s:1": replace(more.ledger.bills["po:1/s:1"], issued_at=moment(made))}
    later = planned(replace(more, ledger=replace(more.ledger, bills=bills)))
    assert {key: one.action for key, one in later.items() if key != "po:1/s:1"} == {
        BASE: "unchanged",
        "po:1/c:1": "credit",
    }
    assert later["po:1/c:1"].bill is not None
    assert later["po:1/c:1"].bill.net == d("20.00")


@pytest.mark.parametrize(
    ("status", "verb", "price"),
    [
        ("AUTHORISED", "", "5.50"),
        ("DRAFT", "", "5.50"),
        ("DELETED", "", "5.00"),
        ("VOIDED", "", "5.00"),
        ("DELETED", "not-owed", "5.00"),
        ("DELETED", "billed-by", "5.50"),
    ],
)
def test_a_change_of_price_counts_where_a_document_bills_it(status: str, verb: str, price: str) -> None:
    made = night(approved(events={"reversed": "draft_credit_note"}), ordered(at_the_price("5.50")))
    made = written(settled(made, "supplement"), status=status)
    made = settled(made, verb, "po:1/s:1") if verb else made
    made = night(made, ordered(at_the_price("5.50", quantities=(6,))))
    bill = planned(made)["po:1/c:1"].bill
    assert bill is not None
    assert [(one.quantity, one.unit_amount) for one in bill.lines if one.priced] == [(d(4), d(price))]


@pytest.mark.parametrize("verb", ["", "not-owed"])
@pytest.mark.parametrize(
    ("price", "way", "key", "net", "billed"),
    [
        ("4.60", "credit", "po:1/c:1", "-4.00", "46"),
        ("5.20", "supplement", "po:1/s:2", "2.00", "52"),
        ("5.70", "supplement", "po:1/s:2", "2.00", "52"),
        ("5.00", "", "", "", "50"),
        ("5.50", "", "", "", "50"),
    ],
)
def test_a_price_that_turns_back_is_held_against_what_documents_bill_and_not_against_what_was_refused(
    verb: str, price: str, way: str, key: str, net: str, billed: str
) -> None:
    made = night(approved(), ordered(at_the_price("5.50")))
    made = written(settled(made, "supplement"), status="DELETED")
    made = settled(made, verb, "po:1/s:1") if verb else made
    made = night(made, ordered(at_the_price("5.50", price)))
    if not way:
        assert planned(made)[BASE].action == "unchanged"
        return
    assert way in offered(made)
    made = written(settled(made, way))
    assert nets(made) == {BASE: "50.00", key: net}
    assert planned(made)[BASE].action == planned(made)[key].action == "unchanged"
    assert {action.action for action in plan_of(night(made, made.purchasing))} <= {"unchanged", "hold", "exclude"}
    balanced(made, billed=billed)


def test_freight_that_fell_is_credited_when_a_person_says_so() -> None:
    made = known(purchasing(po(freight_cost=d(25)), [CAME]))
    (bill,) = plan_of(made)
    made = in_xero(after(made, bill), status="AUTHORISED")
    made = night(made, purchasing(po(freight_cost=d(10)), [CAME]))
    assert offered(made) == ("release", "accept-theirs", "credit")
    made = written(settled(made, "credit"))
    assert nets(made) == {BASE: "75.00", "po:1/c:1": "-15.00"}
    balanced(made, billed="60", to_credit="0")


def test_a_rebuilt_ledger_knows_which_changes_of_price_are_billed() -> None:
    made = night(approved(), ordered(at_the_price("5.50")))
    made = written(settled(made, "supplement"), status="AUTHORISED")
    bills = {one.known.key: one.known for one in rebuilt(made.purchasing, made.agreement, made.books)}
    made = replace(made, ledger=LedgerView(bills=bills))
    assert {one.key: one.action for one in plan_of(made)} == {BASE: "unchanged", "po:1/s:1": "unchanged"}
    balanced(made, billed="55", price_difference="5")
    made = night(made, ordered(at_the_price("5.50", "5.70")))
    made = written(settled(made, "supplement"))
    assert nets(made)["po:1/s:2"] == "2.00"


def test_a_price_that_is_decided_when_a_credit_of_goods_is_planned_stays_decided() -> None:
    history = at_the_price("5.50")
    made = night(approved(), ordered([*history, received(history[-1], 7, on=at(5, 26))]))
    made = settled(made, "credit")
    assert {key: one.action for key, one in planned(made).items()} == {BASE: "hold", "po:1/c:1": "credit"}
    assert (
        "For the goods that this is about, the price comes to 3.50 AUD more before tax." in planned(made)[BASE].reason
    )
    asked = planned(made)[BASE]
    made = written(made)
    decided = deciding_on(made, asked, "supplement")
    *before, last = decided.ledger.settlements
    issued = made.ledger.bills["po:1/c:1"].issued_at
    made = replace(decided, ledger=replace(decided.ledger, settlements=(*before, replace(last, at=issued))))
    made = written(made)
    assert nets(made) == {BASE: "50.00", "po:1/c:1": "-15.00", "po:1/s:1": "3.50"}
    assert {one.action for one in plan_of(made)} == {"unchanged"}
    balanced(made, billed="38.50", to_credit="0")


def partly_repriced() -> Known:
    """Ten at 5.00, of which four are on a credit that a person removed; 5.50 was billed for the six that stood."""
    history = at_the_price(quantities=(6,))
    made = written(settled(night(approved(), ordered(history)), "credit"), status="AUTHORISED")
    made = night(made, ordered([*history, replace(history[-1], unit_cost=d("5.50"), observed_at=at(5, 27))]))
    made = written(settled(made, "supplement"), status="AUTHORISED")
    assert nets(made) == {BASE: "50.00", "po:1/c:1": "-20.00", "po:1/s:1": "3.00"}
    credit = made.books.by_id[str(made.ledger.bills["po:1/c:1"].xero_id)]
    return with_documents(made, replace(credit, status="VOIDED"))


def seen_again(quantity: int, cost: str = "5.50") -> Purchasing:
    """Six at 5.50 were there, and then this quantity at this price."""
    history = at_the_price(quantities=(6,))
    history.append(replace(history[-1], unit_cost=d("5.50"), observed_at=at(5, 27)))
    return ordered([*history, received(replace(history[-1], unit_cost=d(cost)), quantity, on=at(5, 28))])


def test_goods_that_stand_again_are_billed_at_the_new_price_as_well() -> None:
    made = night(partly_repriced(), seen_again(10))
    asked = planned(made)[BASE]
    assert "For the goods that this is about, the price comes to 2.00 AUD more before tax." in asked.reason
    made = written(settled(made, "supplement"), status="AUTHORISED")
    assert nets(made) == {BASE: "50.00", "po:1/s:1": "3.00", "po:1/s:2": "2.00"}
    assert planned(made)[BASE].action == "unchanged"
    balanced(made, billed="55")
    bill = planned(made)["po:1/s:2"].bill
    assert bill is not None
    assert bill.lines[0].description == "Change of price: Goods 11 (4 at 5.5 instead of 5)"
    made = night(made, seen_again(10, "5.60"))
    made = written(settled(made, "supplement"), status="AUTHORISED")
    assert nets(made)["po:1/s:3"] == "1.00"
    assert planned(made)[BASE].action == "unchanged"


def test_goods_that_are_credited_anew_go_back_at_the_price_at_which_they_are_billed() -> None:
    made = partly_repriced()
    made = deciding_on(made, planned(made)["po:1/c:1"])
    made = written(settled(made, "credit"), status="AUTHORISED")
    assert nets(made) == {BASE: "50.00", "po:1/s:1": "3.00", "po:1/c:2": "-20.00"}
    assert {action.action for action in plan_of(made)} <= {"unchanged", "exclude"}
    balanced(made, billed="33", to_credit="0")
