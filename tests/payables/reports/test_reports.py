"""The figures of the review: buckets, goods without a bill, the accrual, paid early, volume, funnel, tie-out."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from payables.making import OTHER_VENDOR, VENDOR, at, books, d, day, document, line, po, purchasing, received, seeds

from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.coverage.equation import BilledPart, added_up, coverage_by_line
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.reports.accrual import Cost, proposal
from cwxero_dagster.payables.reports.ageing import GOODS_DAYS, QUESTION_DAYS, Waiting, aged
from cwxero_dagster.payables.reports.bills import (
    HELD,
    IN_QUESTION,
    IN_XERO,
    KEPT_OUT,
    TO_PUBLISH,
    WITHDRAWN,
    AsInXero,
    BillRow,
    cycle_figures,
    held_money,
    place_of,
    questions,
    tie_outs,
)
from cwxero_dagster.payables.reports.funnel import Passed, funnel, steps_passed
from cwxero_dagster.payables.reports.goods import unbilled
from cwxero_dagster.payables.reports.payments import PaidEarly, paid_not_received
from cwxero_dagster.payables.reports.rounding import Cents
from cwxero_dagster.payables.reports.volume import volume
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.purchasing import Purchasing

MAY = day(5, 31)


# --- ageing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "label"),
    [(-3, "0 to 2 days"), (0, "0 to 2 days"), (2, "0 to 2 days"), (3, "3 to 7 days"), (7, "3 to 7 days"),
     (8, "8 to 14 days"), (14, "8 to 14 days"), (15, "15 to 30 days"), (30, "15 to 30 days"), (31, "over 30 days"),
     (4000, "over 30 days")],
)  # fmt: skip
def test_what_waits_is_in_the_bucket_of_its_days(days: int, label: str) -> None:
    buckets = aged([Waiting(days, "AUD", d("1.10"))], QUESTION_DAYS)
    assert [bucket.label for bucket in buckets if bucket.count] == [label]


def test_buckets_add_up_by_currency() -> None:
    items = [Waiting(1, "AUD", d("1.10")), Waiting(40, "USD", d("2.20")), Waiting(45, "AUD", d("-0.10"))]
    buckets = aged(items, GOODS_DAYS)
    assert [bucket.money for bucket in buckets] == [
        {"AUD": d("1.10")},
        {"AUD": d("-0.10"), "USD": d("2.20")},
        {},
        {},
        {},
    ]


# --- goods without a bill ---------------------------------------------------------------------------------------------


def waiting(
    made: Purchasing, day_: date = MAY, *covered: Slice, elsewhere: dict[int, Decimal] | None = None
) -> list[tuple[str, str, str, date]]:
    rows = unbilled(made.pos[1], made.lines[1], made.receipts[1], covered=covered, elsewhere=elsewhere or {}, day=day_)
    return [(row.name, f"{row.quantity.normalize():f}", f"{row.amount:f}", row.since) for row in rows]


def two_deliveries() -> Purchasing:
    ordered = line()
    first = received(ordered, 4, on=at(5, 12))
    return purchasing(po(), [ordered, first, received(first, 10, on=at(6, 3))])


def test_goods_that_arrived_later_do_not_wait_yet() -> None:
    assert waiting(two_deliveries()) == [("SKU-11", "4", "20.00", day(5, 12))]
    assert waiting(two_deliveries(), day(6, 30)) == [("SKU-11", "10", "50.00", day(5, 12))]


def test_what_a_bill_covers_does_not_wait_and_the_age_is_that_of_the_rest() -> None:
    covered = Slice(1, 11, d(0), d(4))
    assert waiting(two_deliveries(), MAY, covered) == []
    assert waiting(two_deliveries(), day(6, 30), covered) == [("SKU-11", "6", "30.00", day(6, 3))]


def test_what_was_billed_elsewhere_does_not_wait() -> None:
    assert waiting(two_deliveries(), MAY, elsewhere={11: d(3)}) == [("SKU-11", "1", "5.00", day(5, 12))]
    assert waiting(two_deliveries(), MAY, elsewhere={11: d(9)}) == []


def test_freight_waits_once_everything_has_arrived() -> None:
    made = two_deliveries()
    made = dataclasses.replace(made, pos={1: dataclasses.replace(made.pos[1], freight_cost=d("12.345"))})
    assert [row[0] for row in waiting(made, MAY)] == ["SKU-11"]
    assert waiting(made, day(6, 30))[-1] == ("Freight", "1", "12.35", day(6, 3))
    assert [row[0] for row in waiting(made, day(6, 30), elsewhere={FREIGHT_LINE: d("12.35")})] == ["SKU-11"]


def test_freight_that_rose_after_it_was_billed_waits_for_the_rest() -> None:
    made = two_deliveries()
    made = dataclasses.replace(made, pos={1: dataclasses.replace(made.pos[1], freight_cost=d("30.00"))})
    covered = (Slice(1, 11, d(0), d(10)), Slice(1, FREIGHT_LINE, d(0), d("25.00")))
    assert waiting(made, day(6, 30), *covered) == [("Freight", "1", "5.00", day(6, 3))]


def test_as_at_today_the_goods_are_the_received_not_billed_of_the_coverage() -> None:
    made = two_deliveries()
    covered = Slice(1, 11, d(0), d(3))
    found = unbilled(made.pos[1], made.lines[1], made.receipts[1], covered=[covered], elsewhere={}, day=day(6, 30))
    whole = added_up(coverage_by_line(made.pos[1], made.lines[1], billed=[BilledPart([covered], d("15.00"))]).values())
    assert sum(row.amount for row in found) == whole.received_not_billed.amount == d("35.00")


# --- accrual ----------------------------------------------------------------------------------------------------------


def cost(amount: str, account: str | None = "310", currency: str = "AUD", number: str = "PO-1") -> Cost:
    return Cost(account, (), currency, d(amount), number)


def test_the_accrual_balances_in_each_currency_and_is_taken_back_the_next_day() -> None:
    made = proposal(
        [cost("10.01"), cost("5.00", number="PO-2"), cost("7.00", "425"), cost("3.00", currency="USD")],
        account="831",
        posted_on=MAY,
        reversed_on=day(6, 1),
    )
    shown = [(one.account_code, one.currency_code, f"{one.debit:f}", f"{one.credit:f}") for one in made.lines]
    assert shown == [
        ("310", "AUD", "15.01", "0"),
        ("425", "AUD", "7.00", "0"),
        ("831", "AUD", "0", "22.01"),
        ("310", "USD", "3.00", "0"),
        ("831", "USD", "0", "3.00"),
    ]
    assert made.money == {"AUD": d("22.01"), "USD": d("3.00")}
    assert made.reversed_on == day(6, 1)
    assert made.lines[0].description == "Received and not billed: PO-1, PO-2"


def test_nothing_received_is_no_journal() -> None:
    assert proposal([], account=None, posted_on=MAY, reversed_on=day(6, 1)).lines == ()


# --- paid, not received -----------------------------------------------------------------------------------------------


def early(paid: list[Document], made: Purchasing, ledger: LedgerView | None = None) -> list[PaidEarly]:
    held = books(documents=tuple(paid))
    return paid_not_received(held, made, ledger or LedgerView(), Resolver(seeds(), held))


def of_ours(key: str, one: Document, part: Slice) -> KnownBill:
    return KnownBill(key, "ACCPAY", "2026-05", "", "confirmed", one.document_id, (1,), (part,), "", None, None)


def ours(one: Document, end: str) -> LedgerView:
    return LedgerView({"po:1": of_ours("po:1", one, Slice(1, 11, d(0), d(end)))})


@pytest.mark.parametrize(
    ("arrived", "status", "billed", "missing"),
    [
        (10, "PAID", "10", []),
        (4, "PAID", "4", []),
        (4, "PAID", "10", ["30.00"]),
        (0, "PAID", "10", ["50.00"]),
        (0, "AUTHORISED", "10", []),
    ],
)
def test_a_paid_bill_of_ours_is_compared_line_by_line(
    arrived: int, status: str, billed: str, missing: list[str]
) -> None:
    ordered = line()
    history = [ordered, received(ordered, arrived)] if arrived else [ordered]
    paid = document(status=status)
    found = early([paid], purchasing(po(), history), ours(paid, billed))
    assert [f"{one.not_received:f}" for one in found] == missing


@pytest.mark.parametrize(
    ("number", "arrived", "missing"),
    [
        ("INV-9 | PO-1001", 0, ["50.00"]),
        ("INV-9 po-1001", 4, ["30.00"]),
        ("INV-9 | PO-1001", 10, []),
        ("INV-9 | PO-10012", 0, []),
        ("INV-9", 0, []),
    ],
)
def test_a_paid_bill_that_a_person_keyed_is_found_by_the_order_it_names(
    number: str, arrived: int, missing: list[str]
) -> None:
    ordered = line()
    history = [ordered, received(ordered, arrived)] if arrived else [ordered]
    paid = document(status="PAID", number=number, net=d("50.00"), lines=())
    found = early([paid], purchasing(po(), history))
    assert [f"{one.not_received:f}" for one in found] == missing


def keyed(number: str, net: str, **changes: Any) -> Document:
    return document(status="PAID", number=number, net=d(net), **changes)


def in_part(po_id: int, arrived: int) -> list[Any]:
    """Ten at 5.00 of which some arrived."""
    ordered = line(po_id * 10 + 1, po_id=po_id)
    return [ordered, received(ordered, arrived)] if arrived else [ordered]


def told(found: list[PaidEarly]) -> list[tuple[str, str, str]]:
    return [(one.po.po_number, one.document.number, f"{one.not_received:f}") for one in found]


def test_paid_bills_of_one_order_count_together_and_the_later_one_is_early() -> None:
    paid = [keyed("B PO-1001", "25.00", dated=day(5, 20)), keyed("A PO-1001", "25.00", dated=day(5, 12))]
    assert told(early(paid, purchasing(po(), in_part(1, 5)))) == [("PO-1001", "B PO-1001", "25.00")]


def test_a_paid_bill_of_ours_and_one_that_a_person_keyed_count_together() -> None:
    mine, hers = document("mine", status="PAID"), keyed("PO-1001", "25.00")
    found = early([hers, mine], purchasing(po(), in_part(1, 5)), ours(mine, "5"))
    assert told(found) == [("PO-1001", "PO-1001", "25.00")]


def test_two_paid_bills_of_ours_on_one_line_count_what_did_not_arrive_once() -> None:
    first, second = document("1", status="PAID", number="1"), document("2", status="PAID", number="2")
    known = {
        "po:1": of_ours("po:1", first, Slice(1, 11, d(0), d(5))),
        "po:1/s:1": of_ours("po:1/s:1", second, Slice(1, 11, d(5), d(10))),
    }
    found = early([first, second], purchasing(po(), in_part(1, 3)), LedgerView(known))
    assert told(found) == [("PO-1001", "2", "25.00"), ("PO-1001", "1", "10.00")]


@pytest.mark.parametrize(
    ("arrived", "missing"),
    [
        ((0, 0), [("PO-1001", "50.00"), ("PO-1002", "50.00")]),
        ((10, 0), [("PO-1002", "50.00")]),
        ((4, 0), [("PO-1002", "50.00"), ("PO-1001", "30.00")]),
        ((10, 10), []),
    ],
)
def test_a_bill_over_two_orders_counts_once(arrived: tuple[int, int], missing: list[tuple[str, str]]) -> None:
    lines = [*in_part(1, arrived[0]), *in_part(2, arrived[1])]
    found = early([keyed("STMT PO-1001 PO-1002", "100.00")], purchasing([po(1), po(2)], lines))
    assert [(number, amount) for number, _, amount in told(found)] == missing


def test_a_bill_of_one_order_takes_its_goods_before_one_of_several() -> None:
    paid = [keyed("STMT PO-1001 PO-1002", "25.00", dated=day(5, 1)), keyed("PO-1001", "25.00", dated=day(5, 9))]
    assert early(paid, purchasing([po(1), po(2)], [*in_part(1, 5), *in_part(2, 5)])) == []


@pytest.mark.parametrize(
    ("number", "text", "contact", "found"),
    [
        ("4711", "purchase order 4711", VENDOR, True),
        ("4711", "purchase order 4711", OTHER_VENDOR, False),
        ("4711", "purchase order 47110", VENDOR, False),
        ("PO/77", "INV-D PO/77", VENDOR, True),
        ("PO 78", "inv po 78, goods", VENDOR, True),
        ("PO-1001", "PO-1001", OTHER_VENDOR, True),
    ],
)
def test_an_order_is_named_as_twins_are(number: str, text: str, contact: str, found: bool) -> None:
    paid = keyed(text, "50.00", contact_id=contact)
    assert bool(early([paid], purchasing(po(po_number=number), in_part(1, 0)))) is found


@pytest.mark.parametrize(
    ("arrived", "pieces", "missing"), [(8, "8", []), (8, "10", ["250.00"]), (0, "8", ["1250.00"]), (3, "8", ["781.25"])]
)
def test_money_of_another_currency_is_not_subtracted(arrived: int, pieces: str, missing: list[str]) -> None:
    goods = DocumentLine(None, "goods", d(pieces), None, "310", "INPUT", ())
    paid = keyed("PO-1001", "1250.00", currency_code="AUD", lines=(goods,))
    found = early([paid], purchasing(po(currency_code="USD"), in_part(1, arrived)))
    assert [f"{one.not_received:f}" for one in found] == missing


def test_freight_of_the_order_that_is_paid_with_the_goods_is_not_early() -> None:
    assert early([keyed("PO-1001", "32.50")], purchasing(po(freight_cost=d("7.50")), in_part(1, 5))) == []


# --- volume and funnel ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "pattern"),
    [([19], "manual"), ([20], "scheduled_batch"), ([100], "scheduled_batch"), ([101], "real_time"),
     ([500, 10, 10, 10], "manual"), ([0, 0, 60], "scheduled_batch")],
)  # fmt: skip
def test_the_pattern_follows_the_last_three_months(months: list[int], pattern: str) -> None:
    found = volume(months)
    assert found is not None
    assert found.pattern == pattern


def test_before_the_first_complete_month_nothing_is_suggested() -> None:
    assert volume([]) is None


@pytest.mark.parametrize(
    ("state", "statuses", "step"),
    [
        ("cancelled", [], 0),
        ("raised", [], 1),
        ("partially_received", ["PAID"], 2),
        ("fully_received", [], 3),
        ("fully_received", ["DRAFT", "PAID"], 4),
        ("fully_received", ["AUTHORISED", "PAID"], 5),
        ("fully_received", ["PAID"], 6),
    ],
)
def test_an_order_stands_at_the_step_that_all_of_it_reached(state: str, statuses: list[str], step: int) -> None:
    assert steps_passed(state, statuses) == step


def test_each_step_counts_everything_that_reached_it() -> None:
    steps = funnel([Passed(6, "AUD", d(5)), Passed(2, "AUD", d(3)), Passed(0, "AUD", d(9))])
    assert [step.orders for step in steps] == [2, 2, 1, 1, 1, 1]
    assert [step.money.get("AUD") for step in steps] == [d(8), d(8), d(5), d(5), d(5), d(5)]


# --- bills and their tie-out ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "xero_id", "status", "place"),
    [
        ("create", None, None, TO_PUBLISH),
        ("create", "x", "DRAFT", IN_XERO),
        ("credit", None, None, TO_PUBLISH),
        ("update", "x", "DRAFT", IN_XERO),
        ("unchanged", "x", "PAID", IN_XERO),
        ("hold", None, None, HELD),
        ("hold", "x", "DRAFT", IN_QUESTION),
        ("hold", "x", "VOIDED", HELD),
        ("refuse", None, None, HELD),
        ("exclude", None, None, KEPT_OUT),
        ("withdraw", "x", "DRAFT", WITHDRAWN),
        ("unchanged", "x", "DELETED", WITHDRAWN),
    ],
)
def test_every_bill_stands_in_one_place(action: str, xero_id: str | None, status: str | None, place: str) -> None:
    assert place_of(action, xero_id=xero_id, xero_status=status) == place


def bill(place: str = IN_XERO, total: str = "11.00", **changes: Any) -> BillRow:
    made = BillRow(
        key="po:1",
        place=place,
        po_numbers=("PO-1",),
        vendor="Halcyon",
        number="INV-1 | PO-1",
        is_credit=False,
        dated=day(5, 12),
        due_date=day(6, 11),
        due_on=day(5, 12),
        currency_code="AUD",
        net=d("10.00"),
        tax=d("1.00"),
        total=d(total),
        as_in_xero=None,
        written=None,
        xero_status=None,
        reason="",
        question=None,
        stake=None,
        po_link=None,
        xero_link=None,
        asked_before=False,
    )
    return dataclasses.replace(made, **changes)


def test_the_tie_out_explains_everything_that_is_due_and_shows_what_was_lost() -> None:
    bills = [bill(), bill(HELD, "5.00"), bill(WITHDRAWN, "2.00", due_on=None), bill(currency_code="USD")]
    due = [("AUD", d("11.00")), ("AUD", d("5.00")), ("USD", d("11.00"))]
    dollars, foreign = tie_outs(bills, due)
    assert (dollars.due, dollars.no_longer_due, dollars.unexplained) == (d("16.00"), d("2.00"), d("0.00"))
    assert (foreign.currency_code, foreign.unexplained) == ("USD", d("0.00"))
    lost, _ = tie_outs(bills[1:], due)
    assert lost.unexplained == d("11.00")


@pytest.mark.parametrize(
    ("written", "in_xero", "left", "changed"),
    [
        ("11.00", "11.00", "0.00", "0.00"),
        ("11.00", "14.00", "0.00", "3.00"),
        ("10.00", "10.00", "-1.00", "0.00"),
        ("10.00", "14.00", "-1.00", "4.00"),
        (None, "14.00", "0.00", "3.00"),
    ],
)
def test_the_tie_out_tells_what_connectwise_changed_from_what_people_did(
    written: str | None, in_xero: str, left: str, changed: str
) -> None:
    held = AsInXero("AUD", d(in_xero), d("0.00"), d(in_xero))
    asked = bill(IN_QUESTION, "11.00", as_in_xero=held, written=written and d(written))
    (line,) = tie_outs([asked], [("AUD", d("11.00"))])
    assert (line.left, line.changed, line.unexplained) == (d(left), d(changed), d("0.00"))
    (gone,) = tie_outs([dataclasses.replace(asked, place=WITHDRAWN, as_in_xero=None)], [("AUD", d("11.00"))])
    assert (gone.left, gone.changed, gone.unexplained) == (d("0.00"), d("0.00"), d("0.00"))


def test_a_held_bill_counts_once_under_its_gravest_question() -> None:
    bills = [bill(), bill(HELD, "5.00", question="A"), bill(IN_QUESTION, "2.00", question="A"), bill(HELD, "1.00")]
    assert [(one.title, one.bills, one.money) for one in questions(bills)] == [
        ("A", 2, {"AUD": d("7.00")}),
        ("Nothing may be written yet", 1, {"AUD": d("1.00")}),
    ]


def test_of_a_bill_in_xero_that_is_held_what_is_at_stake_counts_and_not_what_it_comes_to() -> None:
    asked = bill(IN_QUESTION, "110.00", stake=("AUD", d("-330.00")), question="Gone")
    bills = [asked, bill(HELD, "5.00", question="A"), dataclasses.replace(asked, place=IN_XERO)]
    assert held_money(bills) == {"AUD": d("-325.00")}
    assert {one.title: dict(one.money) for one in questions(bills)} == {
        "Gone": {"AUD": d("-330.00")},
        "A": {"AUD": d("5.00")},
    }


def test_touchless_is_the_share_that_went_through_without_a_question() -> None:
    figures = cycle_figures(
        "2026-05", [bill(), bill(), bill(asked_before=True), bill(IN_QUESTION, asked_before=True), bill(HELD)], orders=9
    )
    assert figures.touchless_percent == 50
    assert (figures.bills, figures.orders) == (5, 9)
    assert cycle_figures("2026-05", [bill(HELD)], orders=1).touchless_percent is None


def test_cents_are_told_where_any_two_of_the_three_differ() -> None:
    same = Cents("po:1", ("PO-1",), "1", "AUD", d("1.00"), d("1.00"), d(0), d("11.00"), d("11.00"))
    assert same.is_zero
    assert dataclasses.replace(same, connectwise_tax=None, xero_total=None).is_zero
    off = dataclasses.replace(same, connectwise_tax=d("1.01"), xero_total=d("11.02"))
    assert (off.tax_difference, off.xero_difference, off.is_zero) == (d("-0.01"), d("0.02"), False)
