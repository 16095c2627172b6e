from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from payables.making import (
    agreement,
    at,
    d,
    day,
    deciding,
    deciding_on,
    kinds,
    known,
    line,
    po,
    purchasing,
    received,
    seeds,
    the_action,
    the_bill,
)

from cwxero_dagster.payables.composing.matching import costs_when_ordered, exceeds
from cwxero_dagster.payables.lifecycle import Limit, MatchRule
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.seeds import VendorInvoiceRow


@pytest.mark.parametrize(
    ("percent", "absolute", "difference", "base", "over"),
    [
        ("2", "10", "2.00", "100", False),
        ("2", "10", "2.01", "100", True),
        ("2", "10", "-2.01", "100", True),
        ("2", "10", "10.01", "1000", True),
        ("2", "10", "10.00", "1000", False),
        (None, None, "1000", "1", False),
        (None, "10", "10.01", "1", True),
        ("2", None, "10.01", "1000", False),
        ("0", "0", "0", "0", False),
        ("0", None, "1", "0", True),
        ("2", None, "-3", "-100", True),
    ],
)
def test_over_either_limit_is_over(percent: Any, absolute: Any, difference: str, base: str, over: bool) -> None:
    limit = Limit(percent=None if percent is None else d(percent), absolute=None if absolute is None else d(absolute))
    assert bool(exceeds(limit, d(difference), d(base))) is over


# --- quantity ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "held"),
    [
        (received(line()), False),
        (received(line(), 12), True),
        (received(line(), 4, closed=True), False),
        (received(line(), 4, received_status="PartiallyReceiveCloneRest"), False),
        (received(line(quantity="37.5"), 38, received_status="FullyReceived"), False),
        (received(line(quantity=-2), -2), False),
        (received(line(quantity=-2), -3), True),
    ],
)
def test_only_more_than_was_ordered_is_a_mismatch(seen: Line, held: bool) -> None:
    assert ("quantity_mismatch" in kinds(the_bill(known(purchasing(po(), [seen]))))) is held


def test_a_release_lets_the_same_quantity_through_and_holds_another_one() -> None:
    first = received(line(), 12)
    held = known(purchasing(po(), [first]))
    action = the_action(held)
    released = deciding_on(held, action)
    assert (action.action, the_action(released).action) == ("hold", "create")
    more = replace(first, received_quantity=d(13), observed_at=at(5, 20))
    assert the_action(replace(released, purchasing=purchasing(po(), [first, more]))).action == "hold"


def test_a_blank_limit_tests_nothing() -> None:
    off = agreement(seeds(decision=deciding(match=MatchRule(quantity=Limit()))))
    assert kinds(the_bill(known(purchasing(po(), [received(line(), 12)]), agreement=off))) == []


# --- price ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ordered", "held"),
    [({11: "5.00"}, False), ({11: "4.91"}, False), ({11: "4.90"}, True), ({11: "5.11"}, True), ({}, False)],
)
def test_a_price_is_compared_with_the_one_that_was_ordered_where_that_was_seen(ordered: Any, held: bool) -> None:
    costs = {line_id: d(cost) for line_id, cost in ordered.items()}
    made = purchasing(po(), [received(line())], ordered_costs=costs)
    assert ("price_mismatch" in kinds(the_bill(known(made)))) is held


def test_the_absolute_limit_of_a_price_is_for_the_whole_line() -> None:
    made = purchasing(po(), [received(line(quantity=10_000))], ordered_costs={11: d("4.99")})
    assert "price_mismatch" in kinds(the_bill(known(made)))


@pytest.mark.parametrize(
    ("history", "note", "untested"),
    [
        ([line(cost="5.00"), received(line(cost="5.50"))], "it was 5.00 AUD then and is 5.50 now", False),
        ([line(cost="5.00"), received(line(cost="5.09"))], "", False),
        ([received(line(cost="5.00"))], "", True),
        ([received(line(cost="5.00"), 4), received(line(cost="9.00"), on=at(5, 14))], "", True),
    ],
)
def test_a_price_that_nobody_saw_ordered_holds_nothing_and_is_said_to_be_untested(
    history: list[Line], note: str, untested: bool
) -> None:
    made = known(purchasing(po(), history))
    bill = the_bill(made)
    assert bill.holds == ()
    assert bill.bill.untested == (
        ("The price of SKU-11 could not be compared: no earlier price was seen.",) if untested else ()
    )
    reason = the_action(made).reason
    assert note in reason
    assert ("could not be compared" in reason) is bool(note)
    off = deciding(match=MatchRule(price=Limit(percent=None, absolute=None)))
    silent = the_bill(replace(made, agreement=agreement(seeds(decision=off)))).bill
    assert not [said for said in (*silent.notes, *silent.untested) if "compared" in said]


def test_the_price_that_counts_is_the_one_when_the_po_left_draft() -> None:
    drafts = frozenset({1})
    nights = [at(5, 4) + timedelta(days=number) for number in range(4)]
    headers = [po(status_id=status, observed_at=night) for status, night in zip([1, 1, 3, 3], nights, strict=True)]
    lines = [
        line(cost=cost, observed_at=night) for cost, night in zip(["4.00", "4.50", "5.00", "6.00"], nights, strict=True)
    ]
    lines.append(line(12, cost="7.00", observed_at=nights[3]))
    assert costs_when_ordered(headers, lines, draft_status_ids=drafts) == {11: d("5.00"), 12: d("7.00")}
    assert costs_when_ordered(headers[2:], lines[2:], draft_status_ids=drafts) == {}


@pytest.mark.parametrize(
    ("limits", "seen", "costs", "kind", "words"),
    [
        (
            {"quantity": Limit(percent=d(10))},
            received(line(), 12),
            {},
            "quantity_mismatch",
            "2 more; the limit is 10 %",
        ),
        ({"quantity": Limit(absolute=d(1))}, received(line(), 12), {}, "quantity_mismatch", "2 more; the limit is 1."),
        (
            {"price": Limit(percent=d(2))},
            received(line()),
            {11: d(4)},
            "price_mismatch",
            "10.00 on the line; the limit is 2 %",
        ),
        (
            {"price": Limit(absolute=d(9))},
            received(line()),
            {11: d(6)},
            "price_mismatch",
            "-10.00 on the line; the limit is 9.",
        ),
    ],
)
def test_a_held_bill_says_which_limit_is_broken_and_by_how_much(
    limits: dict[str, Limit], seen: Line, costs: dict[int, Decimal], kind: str, words: str
) -> None:
    off: dict[str, Limit] = {"price": Limit(), "quantity": Limit(), "total": Limit()}
    agreed = agreement(seeds(decision=deciding(match=MatchRule(**{**off, **limits}))))
    (held,) = the_bill(known(purchasing(po(), [seen], ordered_costs=costs), agreement=agreed)).holds
    assert held.kind == kind
    assert words in held.detail


@pytest.mark.parametrize(("released", "again", "held"), [("6.00", "6.00", False), ("6.00", "7.00", True)])
def test_a_release_lets_the_same_price_through_and_holds_another_one(released: str, again: str, held: bool) -> None:
    first = known(purchasing(po(), [received(line(cost=released))], ordered_costs={11: d("5.00")}))
    let = deciding_on(first, the_action(first))
    later = replace(let, purchasing=purchasing(po(), [received(line(cost=again))], ordered_costs={11: d("5.00")}))
    assert (the_action(later).action == "hold") is held


# --- totals and tax ---------------------------------------------------------------------------------------------------


def invoice(total: str | None, **changes: Any) -> VendorInvoiceRow:
    made = VendorInvoiceRow(
        line=2,
        connectwise_vendor_id="801",
        invoice_number="INV-1",
        invoice_date=day(5, 12),
        po_number="PO-1001",
        net=None,
        tax=None,
        total=None if total is None else d(total),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("rows", "held"),
    [
        ([invoice("50.00")], False),
        ([invoice("50.25")], False),
        ([invoice("50.30")], True),
        ([invoice("30.00"), invoice("20.00")], False),
        ([invoice(None)], False),
        ([invoice(None, net=d("45.00"), tax=d("4.50"))], True),
        ([invoice("99.00", connectwise_vendor_id="802")], False),
        ([invoice("99.00", po_number="PO-1002")], False),
        ([invoice("99.00", po_number="#1")], True),
        ([invoice("99.00", po_number="po-1001 ")], True),
        ([invoice("99.00", invoice_number="INV-2")], False),
        ([invoice("50.00", invoice_number="inv-1"), invoice("99.00", invoice_number="INV-2")], False),
    ],
)
def test_the_total_is_compared_with_the_vendors_invoices_of_the_po(rows: Any, held: bool) -> None:
    order = po(vendor_invoice_number="INV-1", vendor_invoice_date=day(5, 12))
    made = known(purchasing(order, [received(line())]), agreement=agreement(seeds(vendor_invoices=tuple(rows))))
    assert kinds(the_bill(made)) == (["total_mismatch"] if held else [])


def test_a_credit_is_compared_with_the_invoice_that_says_less_than_nothing() -> None:
    rows = (invoice("-50.00"),)
    made = known(purchasing(po(), [received(line(cost="-5.00"))]), agreement=agreement(seeds(vendor_invoices=rows)))
    assert kinds(the_bill(made)) == []


@pytest.mark.parametrize(("cost", "invoiced"), [("5.00", "-55.00"), ("-5.00", "55.00")])
def test_a_credit_note_is_no_match_for_a_bill_nor_an_invoice_for_a_credit(cost: str, invoiced: str) -> None:
    rows = (invoice(invoiced),)
    made = known(purchasing(po(), [received(line(cost=cost))]), agreement=agreement(seeds(vendor_invoices=rows)))
    assert kinds(the_bill(made)) == ["total_mismatch"]


@pytest.mark.parametrize(("tax", "held"), [("5.00", True), ("0.05", False), ("0", False), (None, False)])
def test_tax_that_bills_without_tax_leave_out_is_no_silent_difference(tax: str | None, held: bool) -> None:
    agreed = agreement(seeds(decision=deciding(bill={"line_amounts": "NoTax"})))
    seen = received(line(tax=None if tax is None else Decimal(tax)))
    found = the_bill(known(purchasing(po(), [seen]), agreement=agreed))
    assert (kinds(found) == ["rounding"]) is held


@pytest.mark.parametrize(
    ("tax", "held"),
    [("5.00", False), ("5.05", False), ("4.95", False), ("5.054", False), ("5.06", True), (None, False), ("0", False)],
)
def test_connectwise_tax_may_differ_from_xeros_by_the_limit(tax: str | None, held: bool) -> None:
    seen = received(line(tax=None if tax is None else Decimal(tax)))
    found = the_bill(known(purchasing(po(), [seen])))
    assert (kinds(found) == ["rounding"]) is held
