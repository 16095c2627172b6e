"""One bill a vendor invoice: which goods, under which key and number, in which cycle."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from payables.making import (
    OTHER_VENDOR,
    after,
    agreement,
    at,
    d,
    day,
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
    vendor_row,
    with_documents,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.numbering import key_in
from cwxero_dagster.payables.records import Line, PurchaseOrder
from cwxero_dagster.payables.seeds import ExclusionRow, VendorInvoiceRow
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.pipeline.working_out import Known, cycles_with_work

INVOICE = {"vendor_invoice_number": "INV-7", "vendor_invoice_date": day(5, 14)}
OTHER = {"vendor_invoice_number": "INV-8", "vendor_invoice_date": day(5, 14)}
FIRST, SECOND = received(line()), received(line(21, po_id=2))


def row(number: str, po_number: str = "PO-1001", net: str | None = None, **changes: Any) -> VendorInvoiceRow:
    made = VendorInvoiceRow(
        line=2,
        connectwise_vendor_id="801",
        invoice_number=number,
        invoice_date=None,
        po_number=po_number,
        net=None if net is None else d(net),
        tax=None,
        total=None,
    )
    return replace(made, **changes)


def agreed(source: str = "header", *rows: VendorInvoiceRow, **changes: Any) -> Any:
    decision = deciding(
        events={"vendor_invoice_received": "draft_bill"}, bill={"one_per": "vendor_invoice"}, vendor_invoice_from=source
    )
    vendors = (vendor_row(), vendor_row("802", OTHER_VENDOR))
    return agreement(seeds(decision=decision, vendor_invoices=rows, vendors=vendors, **changes))


def firm(
    orders: PurchaseOrder | list[PurchaseOrder], *lines: Line, source: str = "header", rows: Any = (), **changes: Any
) -> Known:
    return known(purchasing(orders, lines), agreement=agreed(source, *rows, **changes))


def billed(actions: list[Action]) -> dict[str, list[Decimal]]:
    """Quantities by bill key, in the order of the bill's lines."""
    return {
        action.key: [one.quantity for one in action.bill.lines]
        for action in actions
        if action.bill and action.action in {"create", "update", "unchanged", "credit"}
    }


def numbers(actions: list[Action]) -> dict[str, str]:
    return {action.key: action.bill.number for action in actions if action.bill}


def carried_out(made: Known, *cycles: str) -> Known:
    for cycle in cycles or ("2026-05",):
        made = after(made, *(action for action in plan_of(made, cycle) if action.meaning and action.bill))
    return made


# --- from the header --------------------------------------------------------------------------------------------------


def test_one_invoice_over_two_pos_is_one_bill_tied_to_both() -> None:
    action = the_action(firm([po(**INVOICE), po(2, **INVOICE)], FIRST, SECOND))
    assert action.bill is not None
    assert (action.key, action.action, action.bill.number) == ("vi:801/1", "create", "INV-7 | PO-1001 PO-1002")
    assert [one.description for one in action.bill.lines] == ["PO-1001: Goods 11", "PO-1002: Goods 21"]
    assert {(part.po_id, part.quantity) for part in action.bill.slices} == {(1, d(10)), (2, d(10))}
    assert (key_in(action.bill.url), "/po/1?" in action.bill.url) == ("vi:801/1", True)
    assert action.po_numbers == ("PO-1001", "PO-1002")


@pytest.mark.parametrize(
    ("dated", "came", "cycle"),
    [
        (day(5, 14), at(5, 12), "2026-05"),
        (day(6, 2), at(5, 12), "2026-06"),
        (day(5, 14), at(6, 3), "2026-06"),
        (None, at(5, 12), "2026-05"),
    ],
)
def test_the_cycle_is_that_of_the_later_of_last_receipt_and_invoice_date(dated: Any, came: Any, cycle: str) -> None:
    order = po(vendor_invoice_number="INV-7", vendor_invoice_date=dated)
    assert the_action(firm(order, received(line(), on=came)), cycle).action == "create"


@pytest.mark.parametrize(
    ("first", "second", "bills"),
    [
        (INVOICE, INVOICE, [["PO-1001", "PO-1002"]]),
        (INVOICE, {**INVOICE, "vendor_invoice_number": "inv-7 "}, [["PO-1001", "PO-1002"]]),
        (INVOICE, {**INVOICE, "vendor_invoice_date": None}, [["PO-1001", "PO-1002"]]),
        (INVOICE, OTHER, [["PO-1001"], ["PO-1002"]]),
        (INVOICE, {**INVOICE, "vendor_id": 802}, [["PO-1001"], ["PO-1002"]]),
        (INVOICE, {}, [["PO-1001"]]),
    ],
)
def test_the_same_number_of_the_same_vendor_is_one_bill_and_of_two_vendors_two(
    first: Any, second: Any, bills: Any
) -> None:
    actions = plan_of(firm([po(**first), po(2, **second)], FIRST, SECOND))
    assert [list(action.po_numbers) for action in actions] == bills
    assert {action.action for action in actions} == {"create"}


@pytest.mark.parametrize("second", [{"vendor_invoice_date": day(5, 20)}, {"currency_code": "USD"}])
def test_one_number_with_two_dates_or_currencies_is_two_bills_held_until_released(second: Any) -> None:
    made = firm([po(**INVOICE), po(2, **{**INVOICE, **second})], FIRST, SECOND)
    actions = plan_of(made)
    assert [(action.key, kinds(action)) for action in actions] == [
        ("vi:801/1", ["duplicate_vendor_invoice"]),
        ("vi:801/2", ["duplicate_vendor_invoice"]),
    ]
    assert len({action.reason for action in actions}) == 1, "one question says the same thing once"
    for action in actions:
        made = deciding_on(made, action)
    assert [action.action for action in plan_of(made)] == ["create", "create"]


def test_a_received_po_without_an_invoice_number_stays_open() -> None:
    assert plan_of(firm(po(), FIRST)) == []


def test_one_po_over_two_invoices_is_two_bills_and_the_rest_stays_open() -> None:
    made = carried_out(firm(po(**INVOICE), received(line(), 4)))
    came = [received(line(), 4), received(line(), 7, on=at(5, 20))]
    later = carried_out(night(made, purchasing(po(**OTHER), came)))
    assert numbers(plan_of(later)) == {"vi:801/1": "INV-7 | PO-1001", "vi:801/2": "INV-8 | PO-1001"}
    assert billed(plan_of(later)) == {"vi:801/1": [4], "vi:801/2": [3]}
    assert {action.action for action in plan_of(later)} == {"unchanged"}


def test_a_second_po_joins_the_draft_of_its_invoice() -> None:
    orders = [po(**INVOICE), po(2, **INVOICE)]
    made = carried_out(firm(orders, FIRST, line(21, po_id=2)))
    update = the_action(night(made, purchasing(orders, [FIRST, SECOND])))
    assert (update.key, update.action) == ("vi:801/1", "update")
    assert update.meaning is not None
    assert update.meaning["number"] == "INV-7 | PO-1001 PO-1002"


def test_a_second_po_on_an_approved_invoice_is_held_until_released() -> None:
    orders = [po(**INVOICE), po(2, **INVOICE)]
    made = in_xero(carried_out(firm(orders, FIRST, line(21, po_id=2))), status="AUTHORISED")
    made = night(made, purchasing(orders, [FIRST, SECOND]))
    first, second = plan_of(made)
    assert (first.action, second.action, kinds(second)) == ("unchanged", "hold", ["duplicate_vendor_invoice"])
    assert billed(plan_of(deciding_on(made, second)))["vi:801/2"] == [10]


def test_more_under_the_number_of_an_approved_bill_supplements_it() -> None:
    made = in_xero(carried_out(firm(po(**INVOICE), received(line(), 4))), status="AUTHORISED")
    came = [received(line(), 4), received(line(), 10, on=at(5, 20))]
    actions = plan_of(night(made, purchasing(po(**INVOICE), came)))
    assert numbers(actions) == {"vi:801/1": "INV-7 | PO-1001", "vi:801/1/s:1": "INV-7 | PO-1001/S1"}
    assert billed(actions) == {"vi:801/1": [4], "vi:801/1/s:1": [6]}


def test_goods_that_go_back_leave_the_invoice_that_came_last() -> None:
    made = carried_out(firm(po(**INVOICE), received(line(), 4)))
    came = [received(line(), 4), received(line(), 7, on=at(5, 20))]
    made = carried_out(night(made, purchasing(po(**OTHER), came)))
    back = [*came, received(line(), 5, on=at(5, 22))]
    assert billed(plan_of(night(made, purchasing(po(**OTHER), back)))) == {"vi:801/1": [4], "vi:801/2": [1]}


def test_goods_of_an_approved_invoice_over_two_pos_are_credited_once_each() -> None:
    decision = deciding(
        events={"vendor_invoice_received": "draft_bill", "reversed": "draft_credit_note"},
        bill={"one_per": "vendor_invoice"},
    )
    orders = [po(**INVOICE), po(2, **INVOICE)]
    made = replace(firm(orders, FIRST, SECOND), agreement=agreement(seeds(decision=decision)))
    made = in_xero(carried_out(made), status="PAID")
    back = [FIRST, SECOND, received(line(), 8, on=at(5, 20), closed=True)]
    made = carried_out(night(made, purchasing(orders, back)))
    assert billed(plan_of(made))["vi:801/1/c:1"] == [2]
    more = [*back, received(line(21, po_id=2), 9, on=at(5, 22), closed=True)]
    made = carried_out(night(made, purchasing(orders, more)))
    found = billed(plan_of(made))
    assert (found["vi:801/1/c:1"], found["vi:801/1/c:2"]) == ([2], [1])


def test_an_answer_about_all_goods_of_one_of_two_pos_is_about_these() -> None:
    orders = [po(**INVOICE), po(2, **INVOICE)]
    made = in_xero(carried_out(firm(orders, FIRST, SECOND)), status="PAID")
    gone = received(line(21, po_id=2), 0, on=at(5, 20), closed=True, received_status="Waiting")
    made = night(made, purchasing(orders, [FIRST, SECOND, gone]))
    (asked,) = plan_of(made)
    assert asked.bill is not None
    assert [(part.po_id, part.line_id, abs(part.quantity)) for part in asked.bill.gone] == [(2, 21, d(10))]
    made = deciding_on(made, asked)
    assert [one.action for one in plan_of(made)] == ["unchanged"]
    back = received(line(), 8, on=at(5, 22), closed=True)
    made = night(made, purchasing(orders, [FIRST, SECOND, gone, back]))
    (asked,) = plan_of(made)
    found = billed(plan_of(deciding_on(made, asked, "credit")))
    assert found["vi:801/1/c:1"] == [2]


def test_a_removed_and_released_bill_is_replaced_under_a_key_of_its_own() -> None:
    made = in_xero(carried_out(firm(po(**INVOICE), FIRST)), status="DELETED")
    held = the_action(made)
    assert kinds(held) == ["removed_in_xero"]
    fresh = next(action for action in plan_of(deciding_on(made, held)) if action.action == "create")
    assert fresh.key == "vi:801/1/g:1"


def test_freight_goes_once_with_the_invoice_that_completes_the_po() -> None:
    order = {"freight_cost": d("12.00")}
    made = carried_out(firm(po(**INVOICE, **order), received(line(), 4)))
    assert not any(part.line_id == FREIGHT_LINE for part in made.ledger.bills["vi:801/1"].slices)
    came = [received(line(), 4), received(line(), on=at(5, 20))]
    actions = plan_of(night(made, purchasing(po(**OTHER, **order), came)))
    assert billed(actions) == {"vi:801/1": [4], "vi:801/2": [6, 1]}


def test_two_pos_with_freight_each_bill_both_and_give_back_their_own() -> None:
    orders = [po(**INVOICE, freight_cost=d("12.00")), po(2, **INVOICE, freight_cost=d("7.00"))]
    made = carried_out(firm(orders, FIRST, SECOND))
    assert sum(one.net for one in made.books.documents) == d("119.00")
    cheaper = [orders[0], replace(orders[1], freight_cost=None)]
    update = the_action(night(made, purchasing(cheaper, [FIRST, SECOND])))
    assert billed([update]) == {"vi:801/1": [10, 1, 10]}


def test_a_kept_out_po_does_not_keep_out_another_on_its_invoice() -> None:
    rows = (ExclusionRow(line=2, match_on="po_number", match_value="PO-1001", reason="paid by card"),)
    actions = plan_of(firm([po(**INVOICE), po(2, **INVOICE)], FIRST, SECOND, exclusions=rows))
    assert {action.key: action.action for action in actions} == {"po:1": "exclude", "vi:801/1": "create"}


def test_goods_from_before_go_live_stay_out_of_an_invoice_over_two_pos() -> None:
    early = received(line(), on=at(4, 20), observed_at=at(4, 21))
    actions = plan_of(firm([po(**INVOICE), po(2, **INVOICE)], early, SECOND))
    assert billed(actions) == {"vi:801/1": [10]}
    assert [list(action.po_numbers) for action in actions if action.action == "create"] == [["PO-1002"]]


# --- numbers that change ----------------------------------------------------------------------------------------------


def test_a_corrected_number_is_written_to_the_draft_under_its_key() -> None:
    made = carried_out(firm(po(**INVOICE), FIRST))
    update = the_action(night(made, purchasing(po(**OTHER), [FIRST])))
    assert (update.key, update.action) == ("vi:801/1", "update")
    assert update.meaning is not None
    assert update.meaning["number"] == "INV-8 | PO-1001"


def test_a_po_whose_number_was_corrected_leaves_the_draft_and_then_gets_its_own_bill() -> None:
    made = carried_out(firm([po(**INVOICE), po(2, **INVOICE)], FIRST, SECOND))
    made = night(made, purchasing([po(**INVOICE), po(2, **OTHER)], [FIRST, SECOND]))
    (update,) = plan_of(made)
    assert (update.action, billed([update])) == ("update", {"vi:801/1": [10]})
    made = carried_out(made)
    assert billed(plan_of(made)) == {"vi:801/1": [10], "vi:801/2": [10]}
    assert numbers(plan_of(made)) == {"vi:801/1": "INV-7 | PO-1001", "vi:801/2": "INV-8 | PO-1002"}


def test_nothing_leaves_an_approved_bill_and_a_case_says_what_changed() -> None:
    orders = [po(**INVOICE), po(2, **INVOICE)]
    made = in_xero(carried_out(firm(orders, FIRST, SECOND)), status="AUTHORISED")
    changed = night(made, purchasing([po(**OTHER), po(2, **OTHER)], [FIRST, SECOND]))
    (held,) = plan_of(changed)
    assert (held.action, kinds(held)) == ("hold", ["changed_after_authorised"])
    assert "INV-8" in held.reason
    assert "INV-7" in held.reason


@pytest.mark.parametrize(("changed", "stays"), [(1, 2), (2, 1)])
def test_a_po_in_another_currency_by_now_leaves_the_draft_and_a_person_is_asked(changed: int, stays: int) -> None:
    made = carried_out(firm([po(**INVOICE), po(2, **INVOICE)], FIRST, SECOND))
    orders = [po(stays, **INVOICE), po(changed, currency_code="USD", **INVOICE)]
    made = carried_out(night(made, purchasing(orders, [FIRST, SECOND])))
    (document,) = made.books.documents
    assert (document.currency_code, document.number) == ("AUD", f"INV-7 | PO-100{stays}")
    left = {action.key: action for action in plan_of(made)}["vi:801/2"]
    assert left.bill is not None
    assert (left.action, kinds(left), left.bill.currency_code) == ("hold", ["duplicate_vendor_invoice"], "USD")
    assert {part.po_id for part in left.bill.slices} == {changed}


def test_a_draft_of_which_all_pos_are_in_another_currency_follows_them() -> None:
    made = carried_out(firm([po(**INVOICE), po(2, **INVOICE)], FIRST, SECOND))
    orders = [po(one, currency_code="USD", **INVOICE) for one in (1, 2)]
    action = the_action(night(made, purchasing(orders, [FIRST, SECOND])))
    assert action.bill is not None
    assert (action.action, action.bill.currency_code) == ("update", "USD")
    assert {part.po_id for part in action.bill.slices} == {1, 2}


def test_a_currency_that_changed_on_the_second_po_of_an_approved_bill_is_asked_about() -> None:
    made = in_xero(carried_out(firm([po(**INVOICE), po(2, **INVOICE)], FIRST, SECOND)), status="AUTHORISED")
    orders = [po(**INVOICE), po(2, currency_code="USD", **INVOICE)]
    action = {one.key: one for one in plan_of(night(made, purchasing(orders, [FIRST, SECOND])))}["vi:801/1"]
    assert "changed_after_authorised" in kinds(action)
    assert "the currency of PO-1002 is now USD, on the bill AUD" in action.reason


def test_a_number_taken_away_changes_nothing() -> None:
    made = carried_out(firm(po(**INVOICE), FIRST))
    assert the_action(night(made, purchasing(po(), [FIRST]))).action == "unchanged"


# --- from packing slips -----------------------------------------------------------------------------------------------


def test_each_slip_is_an_invoice_and_one_slip_over_two_pos_one_bill() -> None:
    lines = [
        received(line(), 4, packing_slip="S-1"),
        received(line(), 10, on=at(5, 20), packing_slip="S-2"),
        received(line(21, po_id=2), on=at(5, 21), packing_slip="s-2"),
    ]
    actions = plan_of(firm([po(), po(2)], *lines, source="packing_slip"))
    assert billed(actions) == {"vi:801/1": [4], "vi:801/2": [6, 10]}
    assert numbers(actions) == {"vi:801/1": "S-1 | PO-1001", "vi:801/2": "S-2 | PO-1001 PO-1002"}


@pytest.mark.parametrize("slip", [None, "", "po-1001"])
def test_a_slip_that_connectwise_filled_in_itself_is_no_invoice(slip: str | None) -> None:
    assert plan_of(firm(po(), received(line(), packing_slip=slip), source="packing_slip")) == []


def test_a_slip_that_is_typed_or_corrected_later_counts() -> None:
    blank = received(line(), packing_slip=None)
    typed = replace(blank, packing_slip="S-1", observed_at=at(5, 20))
    made = firm(po(), blank, typed, source="packing_slip")
    assert numbers(plan_of(made)) == {"vi:801/1": "S-1 | PO-1001"}
    made = carried_out(made)
    corrected = replace(typed, packing_slip="S-9", observed_at=at(5, 21))
    update = the_action(night(made, purchasing(po(), [blank, typed, corrected])))
    assert (update.key, update.action, update.bill and update.bill.number) == ("vi:801/1", "update", "S-9 | PO-1001")


def test_goods_without_a_slip_go_with_the_next_one_of_their_line() -> None:
    lines = [received(line(), 4), received(line(), 10, on=at(5, 20), packing_slip="S-2")]
    assert billed(plan_of(firm(po(), *lines, source="packing_slip"))) == {"vi:801/1": [10]}


@pytest.mark.parametrize(
    "second",
    [
        {"currency_code": "USD"},
        {"vendor_invoice_number": "S-1", "vendor_invoice_date": day(5, 20)},
    ],
)
def test_one_slip_in_two_currencies_or_with_two_dates_is_two_bills_held(second: Any) -> None:
    orders = [po(vendor_invoice_number="S-1", vendor_invoice_date=day(5, 14)), po(2, **second)]
    lines = [replace(FIRST, packing_slip="S-1"), replace(SECOND, packing_slip="S-1")]
    actions = plan_of(firm(orders, *lines, source="packing_slip"))
    assert [kinds(action) for action in actions] == [["duplicate_vendor_invoice"], ["duplicate_vendor_invoice"]]


def test_a_slip_of_an_approved_invoice_on_another_po_supplements_it() -> None:
    orders = [po(), po(2)]
    first = replace(FIRST, packing_slip="S-1")
    made = in_xero(carried_out(firm(orders, first, line(21, po_id=2), source="packing_slip")), status="AUTHORISED")
    actions = plan_of(night(made, purchasing(orders, [first, replace(SECOND, packing_slip="S-1")])))
    assert billed(actions) == {"vi:801/1": [10], "vi:801/1/s:1": [10]}


def under_one_slip() -> tuple[list[PurchaseOrder], list[Line]]:
    lines = (FIRST, SECOND, received(line(31, po_id=3, quantity=3)))
    return [po(), po(2), po(3)], [replace(one, packing_slip="S-1") for one in lines]


def the_third_po_under_a_slip(*, status: str, **supplement: Any) -> list[Action]:
    """The plan once a third PO comes under a slip: the first one's bill is approved, the second one's as given."""
    orders, lines = under_one_slip()
    made = in_xero(carried_out(firm(orders, lines[0], source="packing_slip")), status="AUTHORISED")
    made = carried_out(night(made, purchasing(orders, lines[:2])))
    second = replace(made.ledger.bills["vi:801/1/s:1"], **supplement)
    ledger = replace(made.ledger, bills={**made.ledger.bills, second.key: second})
    document = replace(made.books.by_id[str(second.xero_id)], status=status)
    return plan_of(night(with_documents(replace(made, ledger=ledger), document), purchasing(orders, lines)))


def test_each_po_that_comes_later_under_an_approved_invoice_gets_a_supplement_of_its_own() -> None:
    assert billed(the_third_po_under_a_slip(status="AUTHORISED"))["vi:801/1/s:2"] == [3]


def test_the_key_of_a_withdrawn_supplement_is_not_used_again() -> None:
    found = billed(the_third_po_under_a_slip(status="DELETED", state="withdrawn", slices=()))
    assert found["vi:801/1/s:2"] == [10, 3]


def test_two_pos_that_come_together_under_an_approved_invoice_share_one_supplement() -> None:
    orders, lines = under_one_slip()
    made = in_xero(carried_out(firm(orders, lines[0], source="packing_slip")), status="AUTHORISED")
    assert billed(plan_of(night(made, purchasing(orders, lines))))["vi:801/1/s:1"] == [10, 3]


@pytest.mark.parametrize("state", ["refused", "planned", "unknown"])
def test_a_bill_that_xero_never_confirmed_still_stands_for_its_invoice(state: str) -> None:
    made = carried_out(firm(po(**INVOICE), received(line(), 4)))
    (bill,) = made.ledger.bills.values()
    never = replace(bill, state=state, xero_id=None, written=None, base=None, intended=bill.written)
    made = replace(made, ledger=replace(made.ledger, bills={never.key: never}), books=firm(po()).books)
    actions = plan_of(night(made, purchasing(po(**INVOICE), [received(line(), 4), received(line(), 10, on=at(5, 20))])))
    assert [(one.key, one.bill.slices[0].quantity) for one in actions if one.bill] == [("vi:801/1", 10)]


# --- from the feed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "bills"),
    [
        ([row("A", net="50.00")], [["A", "10"]]),
        ([row("A", net="20.00"), row("B", net="15.00")], [["A", "4"], ["B", "3"]]),
        ([row("A", net="20.00"), row("B", net="30.00")], [["A", "4"], ["B", "6"]]),
        ([row("A", net="19.00"), row("B", net="31.00")], [["A", "4"], ["B", "6"]]),
        ([row("A"), row("B", net="30.00")], [["A", "10"]]),
        ([row("A", net="2.00")], [["A", "1"]]),
        ([row("A", total=d("22.00"), tax=d("2.00"))], [["A", "4"]]),
        (
            [row("A", net="20.00", invoice_date=day(5, 20)), row("B", net="15.00", invoice_date=day(5, 13))],
            [["B", "3"], ["A", "4"]],
        ),
        ([row("A", "PO-9999", net="50.00")], [["", "10"]]),
        ([], [["", "10"]]),
    ],
)
def test_each_invoice_takes_goods_up_to_its_net_amount(rows: Any, bills: Any) -> None:
    decision = agreed("feed", *(replace(one, line=index) for index, one in enumerate(rows)))
    actions = plan_of(replace(firm(po(), FIRST), agreement=decision))
    found = [
        [one.bill.pos[0].vendor_invoice_number or "", f"{one.bill.lines[0].quantity}"] for one in actions if one.bill
    ]
    assert found == bills


def test_a_slip_that_names_an_invoice_of_the_feed_beats_the_order_of_arrival() -> None:
    lines = [received(line(), 4, packing_slip="B"), received(line(), 10, on=at(5, 20), packing_slip="A")]
    rows = (row("A", net="30.00"), row("B", net="20.00", line=3))
    actions = plan_of(firm(po(), *lines, source="feed", rows=rows))
    assert {number.partition(" ")[0]: billed(actions)[key] for key, number in numbers(actions).items()} == {
        "A": [6],
        "B": [4],
    }


def test_what_is_billed_already_counts_against_an_invoice() -> None:
    rows = (row("A", net="20.00"),)
    made = carried_out(firm(po(), received(line(), 3), source="feed", rows=rows))
    assert kinds(the_action(made)) == ["total_mismatch"]
    made = carried_out(deciding_on(made, the_action(made)))
    came = [received(line(), 3), received(line(), 10, on=at(5, 20))]
    assert billed(plan_of(night(made, purchasing(po(), came)))) == {"vi:801/1": [4]}


def test_received_goods_without_a_row_are_a_case_until_the_row_is_there() -> None:
    made = firm(po(), FIRST, source="feed")
    held = the_action(made)
    assert (held.action, kinds(held)) == ("hold", ["missing_vendor_invoice"])
    assert "vendor_invoices.csv" in held.reason
    assert the_action(deciding_on(made, held)).action == "create"
    fed = replace(made, agreement=agreed("feed", row("A", net="50.00")))
    assert the_action(fed).action == "create"


@pytest.mark.parametrize(
    ("amounts", "held"),
    [
        ({"net": d("50.00"), "tax": d("0.00"), "total": d("50.00")}, None),
        ({"net": d("52.00"), "tax": d("0.00"), "total": d("52.00")}, "2.00 less"),
        ({"net": d("48.00")}, "2.00 more"),
        ({"net": d("50.00"), "tax": d("5.00"), "total": d("55.00")}, "tax 0.00 against 5.00"),
    ],
)
def test_the_bill_is_held_against_the_invoices_own_amounts(amounts: Any, held: str | None) -> None:
    action = the_action(firm(po(), FIRST, source="feed", rows=(row("A", **amounts),)))
    assert kinds(action) == (["total_mismatch"] if held else [])
    assert (held or "") in action.reason


# --- decisions --------------------------------------------------------------------------------------------------------


def test_a_po_is_billed_at_its_invoice_where_the_decision_says_so() -> None:
    decision = deciding(events={"fully_received": "nothing", "vendor_invoice_received": "draft_bill"})
    waiting = known(purchasing(po(), [FIRST]), agreement=agreement(seeds(decision=decision)))
    assert plan_of(waiting) == []
    dated = po(vendor_invoice_number="INV-7", vendor_invoice_date=day(6, 3))
    action = the_action(night(waiting, purchasing(dated, [FIRST])), "2026-06")
    assert (action.key, action.action) == ("po:1", "create")


def test_invoices_wait_for_the_last_receipt_where_only_that_drafts_a_bill() -> None:
    decision = deciding(bill={"one_per": "vendor_invoice"})
    made = known(purchasing(po(**INVOICE), [received(line(), 4)]), agreement=agreement(seeds(decision=decision)))
    assert plan_of(made) == []
    assert billed(plan_of(night(made, purchasing(po(**INVOICE), [FIRST])))) == {"vi:801/1": [10]}


def test_a_changed_decision_bills_only_what_no_bill_holds() -> None:
    made = carried_out(firm(po(**INVOICE), received(line(), 4)))
    whole = replace(made, agreement=agreement())
    came = [received(line(), 4), received(line(), on=at(5, 20))]
    assert billed(plan_of(night(whole, purchasing(po(**INVOICE), came)))) == {"vi:801/1": [4], "po:1": [6]}


def test_an_approved_bill_whose_invoice_came_later_has_work() -> None:
    made = known(purchasing(po(), [FIRST]))
    made = in_xero(after(made, the_action(made)), status="AUTHORISED")
    assert cycles_with_work(made) == []
    typed = night(made, purchasing(po(**INVOICE), [FIRST]))
    held = the_action(typed)
    assert (cycles_with_work(typed), kinds(held)) == (["2026-05"], ["changed_after_authorised"])
    assert "INV-7 dated 2026-05-14" in held.reason
    assert the_action(deciding_on(typed, held)).action == "unchanged"
    by_hand = in_xero(typed, number="INV-7 | PO-1001")
    assert the_action(by_hand).action == "unchanged"


def test_an_approved_delivery_keeps_its_invoice_when_the_header_names_the_next_one() -> None:
    decision = deciding(events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"})
    made = known(purchasing(po(**INVOICE), [received(line(), 4)]), agreement=agreement(seeds(decision=decision)))
    made = in_xero(after(made, the_action(made)), status="AUTHORISED")
    came = [received(line(), 4), received(line(), on=at(5, 20))]
    actions = plan_of(night(made, purchasing(po(**OTHER), came)))
    assert {action.key: (action.action, action.bill and action.bill.number) for action in actions} == {
        "po:1/d:1": ("unchanged", "INV-7 | PO-1001/1"),
        "po:1/d:2": ("create", "INV-8 | PO-1001/2"),
    }
