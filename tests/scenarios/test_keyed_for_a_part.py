"""The manual pattern where what was keyed and what is there part: keyed for less or more, and goods that went back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances
from test_keyed_by_hand import MANUAL, _coverage, key, to_key

from cwxero_dagster.cli.explain import explain
from cwxero_dagster.sandbox.xero import BookLine
from cwxero_dagster.warehouse.case_book import KeptCase


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A live firm with a signed decision that creates no bill."""
    return Story(tmp_path, **MANUAL)


def listed(story: Story) -> list[tuple[str, str, Decimal]]:
    """What the worklist lists after a night: document, quantity, net of the document."""
    return [(row["document"], plain(row["quantity"]), Decimal(row["net"])) for row in to_key(story)]


def plain(quantity: str) -> str:
    return f"{Decimal(quantity).normalize():f}"


def figures(story: Story, po: dict[str, Any]) -> dict[str, Decimal]:
    """The amounts of an order's coverage that are not zero."""
    balances(story)
    row = _coverage(story, po["id"])
    names = ("billed", "to_credit", "billed_elsewhere", "received_not_billed")
    return {name: row[f"{name}_amount"] for name in names if row[f"{name}_amount"]}


def keyed(story: Story, *quantities: int, **changes: Any) -> dict[str, Any]:
    """An order of ten arrives, and the bill is keyed for the quantities that are given, else for all of it."""
    story.received(10, number="PO-9001")
    rows = to_key(story)
    rows = [{**row, "quantity": str(quantity)} for row, quantity in zip(rows, quantities or (10,), strict=True)]
    return key(story, rows, **changes)


def credit(story: Story, row: dict[str, str], **changes: Any) -> None:
    """Key the supplier credit of a row of the worklist."""
    key(story, [row], credit=True, **changes)


# --- goods that go back after their bill was keyed --------------------------------------------------------------------


@pytest.mark.parametrize("number", ["PO-9001", "INV 17"])
def test_a_credit_for_exactly_what_went_back_is_listed_until_it_is_keyed(story: Story, number: str) -> None:
    po = {"id": 1}
    keyed(story, number=number)
    assert listed(story) == []
    story.buyer.unreceive(story.lines(po)[0]["id"], 3)
    rows = to_key(story)
    assert [(row["document"], plain(row["quantity"]), row["net"], row["total"]) for row in rows] == [
        ("supplier credit", "3", "300.00", "330.00")
    ]
    assert figures(story, po) == {"billed_elsewhere": 1000, "to_credit": 300}
    case = story.open_case("credit_needed").case
    assert (case.amount, case.ways_out) == (Decimal("-330.00"), ("release",))
    assert case.what_happened == (
        f"3 of the goods of purchase order PO-9001 that {number} in Xero (draft) bills are no longer there in "
        "ConnectWise. Key the supplier credit PO-9001/C1 for 330.00 AUD: once Xero holds it, the case goes by itself."
    )
    assert case.what_we_did == "1 bill named here; this case holds nothing back and writes nothing to Xero."
    assert case.what_to_do == (
        "Ask the vendor for the credit note and enter it in Xero: the case goes by itself. If no credit is owed, "
        "release the case."
    )
    assert "key the supplier credit PO-9001/C1 for 330.00 AUD" in explain(story.session(), "PO-9001")["next_step"]
    assert listed(story) == [("supplier credit", "3", Decimal(300))]
    credit(story, rows[0])
    assert listed(story) == []
    assert (figures(story, po), story.kinds(), story.writes()) == ({"billed_elsewhere": 700}, set(), [])


def test_a_credit_under_the_vendors_own_number_is_found_as_well(story: Story) -> None:
    keyed(story)
    story.buyer.unreceive(story.lines({"id": 1})[0]["id"], 3)
    credit(story, to_key(story)[0], number="CN 55")
    assert (listed(story), story.kinds(), figures(story, {"id": 1})) == ([], set(), {"billed_elsewhere": 700})


def test_a_credit_that_a_person_dealt_with_is_not_listed_any_more(story: Story) -> None:
    keyed(story)
    story.buyer.unreceive(story.lines({"id": 1})[0]["id"], 3)
    assert len(listed(story)) == 1
    story.settle("credit_needed", "release")
    assert (listed(story), story.kinds(), figures(story, {"id": 1})) == ([], set(), {"billed_elsewhere": 700})
    story.buyer.unreceive(story.lines({"id": 1})[0]["id"], 1)
    assert listed(story) == [("supplier credit", "1", Decimal(100))]
    story.settle("credit_needed", "release")
    story.buyer.receive(story.lines({"id": 1})[0]["id"], 4)
    (row,) = to_key(story)
    assert (plain(row["quantity"]), row["net"]) == ("4", "400.00")
    assert "a person dealt with herself, and goods came again" in row["before_you_key"]
    assert figures(story, {"id": 1}) == {"billed_elsewhere": 600, "received_not_billed": 400}


def all_goes_back(story: Story) -> None:
    story.buyer.unreceive(story.lines({"id": 1})[0]["id"], 10)


def it_is_cancelled(story: Story) -> None:
    all_goes_back(story)
    story.buyer.cancel_po(1)


def the_order_goes(story: Story) -> None:
    story.order(1)
    story.buyer.delete_po(1)


@pytest.mark.parametrize("goes", [all_goes_back, it_is_cancelled, the_order_goes])
def test_nothing_of_a_bill_is_there_any_more(story: Story, goes: Callable[[Story], None]) -> None:
    keyed(story)
    goes(story)
    for _ in range(2):
        to_key(story)
    rows = to_key(story)
    assert [(row["document"], plain(row["quantity"]), row["net"]) for row in rows] == [
        ("supplier credit", "10", "1000.00")
    ]
    assert figures(story, {"id": 1}) == {"billed_elsewhere": 1000, "to_credit": 1000}
    credit(story, rows[0])
    assert (listed(story), story.kinds(), figures(story, {"id": 1})) == ([], set(), {})


def test_what_comes_again_after_its_credit_is_keyed_again_once(story: Story) -> None:
    keyed(story)
    (line,) = story.lines({"id": 1})
    story.buyer.unreceive(line["id"], 3)
    credit(story, to_key(story)[0])
    assert listed(story) == []
    story.buyer.receive(line["id"], 3)
    rows = to_key(story)
    assert [(row["document"], plain(row["quantity"]), row["net"]) for row in rows] == [("bill", "3", "300.00")]
    key(story, rows)
    assert (listed(story), figures(story, {"id": 1}), story.kinds()) == ([], {"billed_elsewhere": 1000}, set())


def test_what_comes_again_before_its_credit_was_keyed_needs_none(story: Story) -> None:
    keyed(story)
    (line,) = story.lines({"id": 1})
    story.buyer.unreceive(line["id"], 3)
    assert len(listed(story)) == 1
    story.buyer.receive(line["id"], 3)
    assert (listed(story), story.kinds()) == ([], set())


def test_a_rebate_of_money_takes_no_goods_off_a_bill(story: Story) -> None:
    bill = keyed(story)
    line = BookLine(description="Rebate", quantity=Decimal(1), unit_amount=Decimal(300), account_code="310")
    day = story.clock.now().date()
    story.bookkeeper.key_bill(bill["Contact"]["ContactID"], "PO-9001 rebate", [line], on=day, credit=True)
    assert (listed(story), figures(story, {"id": 1})) == ([], {"billed_elsewhere": 1000})


# --- keyed for a part -------------------------------------------------------------------------------------------------


def rest(story: Story) -> KeptCase:
    found = story.open_case("total_mismatch")
    assert found.case.title == "Keyed bill is not what was received"
    return found


def test_what_a_bill_leaves_stays_listed_until_it_is_keyed_too(story: Story) -> None:
    keyed(story, 4, number="INV-7 PO-9001")
    rows = to_key(story)
    assert [(row["document"], plain(row["quantity"]), row["net"]) for row in rows] == [("bill", "6", "600.00")]
    said = (
        "INV-7 PO-9001 in Xero (draft) bills goods for 400.00 AUD before tax of the 1,000.00 AUD that was received on "
        "purchase order PO-9001. The other 600.00 AUD is still to be keyed, unless what was keyed is all that is owed."
    )
    case = rest(story).case
    assert (rows[0]["before_you_key"], case.what_happened) == (said, said)
    assert case.what_we_did == (
        "1 bill for 660.00 AUD named here; this case holds nothing back and writes nothing to Xero."
    )
    assert figures(story, {"id": 1}) == {"billed_elsewhere": 400, "received_not_billed": 600}
    key(story, rows)
    assert (listed(story), story.kinds(), figures(story, {"id": 1})) == ([], set(), {"billed_elsewhere": 1000})


def test_a_lower_total_that_is_all_that_is_owed_is_settled(story: Story) -> None:
    bill = keyed(story, 4)
    assert listed(story) == [("bill", "6", Decimal(600))]
    assert rest(story).case.ways_out == ("not-owed", "billed-by")
    story.settle("total_mismatch", "not-owed")
    assert (listed(story), story.kinds()) == ([], set())
    assert figures(story, {"id": 1}) == {"billed_elsewhere": 1000}
    story.bookkeeper.delete(bill["InvoiceID"])
    assert listed(story) == [("bill", "4", Decimal(400))]


def test_a_lower_sum_under_the_vendors_invoice_number_leaves_the_rest_to_be_keyed(story: Story) -> None:
    po = story.received(2, number="PO-9001")
    story.buyer.attach_invoice(po["id"], "INV-7", story.clock.now().date())
    contact = next(one for one in story.store.all("xero.contacts") if one["Name"] == to_key(story)[0]["vendor"])
    line = BookLine(description="as per invoice", quantity=Decimal(1), unit_amount=Decimal(80), account_code="310")
    story.bookkeeper.key_bill(contact["ContactID"], "INV-7", [line], on=story.clock.now().date())
    assert listed(story) == [("bill", "1.2", Decimal(120))]
    assert figures(story, po) == {"billed_elsewhere": 80, "received_not_billed": 120}
    assert rest(story).case.what_happened == (
        "INV-7 in Xero (draft) bills goods for 80.00 AUD before tax of the 200.00 AUD that was received on purchase "
        "order PO-9001. The other 120.00 AUD is still to be keyed, unless what was keyed is all that is owed."
    )


def test_the_same_goods_at_another_price_are_all_keyed(story: Story) -> None:
    story.received(10, number="PO-9001")
    key(story, [{**row, "unit_amount": "95.00"} for row in to_key(story)])
    assert (listed(story), story.kinds()) == ([], set())


def test_more_that_comes_after_a_bill_was_keyed_is_listed_without_a_question(story: Story) -> None:
    keyed(story)
    (line,) = story.lines({"id": 1})
    story.buyer.edit_line(line["id"], quantity=Decimal(13))
    story.buyer.receive(line["id"], 3)
    assert (listed(story), story.kinds()) == ([("bill", "3", Decimal(300))], set())


def test_a_statement_for_a_part_of_two_orders_leaves_the_rest_of_the_later_one(story: Story) -> None:
    story.received(4, number="PO-9001")
    story.received(3, number="PO-9002")
    rows = to_key(story)
    key(story, [rows[0], {**rows[1], "quantity": "1"}], number="PO-9001 PO-9002")
    left = to_key(story)
    assert [(row["po_numbers"], plain(row["quantity"]), row["net"]) for row in left] == [("PO-9002", "2", "200.00")]


# --- keyed for more ---------------------------------------------------------------------------------------------------


def test_a_bill_for_more_than_came_is_asked_about_until_it_is_right_or_released(story: Story) -> None:
    bill = keyed(story, 12)
    assert listed(story) == []
    case = rest(story).case
    assert case.what_happened == (
        "PO-9001 in Xero (draft) bills 200.00 AUD before tax more than what was received on purchase order PO-9001 "
        "comes to."
    )
    assert (case.amount, case.ways_out) == (Decimal("-200.00"), ("release",))
    story.bookkeeper.edit_line(bill["InvoiceID"], 0, Quantity=Decimal(10))
    assert (listed(story), story.kinds()) == ([], set())


def test_the_same_bill_keyed_twice_is_asked_about(story: Story) -> None:
    bill = keyed(story)
    line = BookLine(description="goods", quantity=Decimal(10), unit_amount=Decimal(100), account_code="310")
    day = story.clock.now().date()
    story.bookkeeper.key_bill(bill["Contact"]["ContactID"], "PO-9001 again", [line], on=day)
    assert listed(story) == []
    assert "bills 1,000.00 AUD before tax more" in rest(story).case.what_happened
    story.settle("total_mismatch", "release")
    story.night()
    assert story.kinds() == set()


def test_freight_that_she_typed_as_well_is_within_what_the_match_lets_pass_or_asked_about(story: Story) -> None:
    story.received(10, number="PO-9001")
    rows = to_key(story)
    freight = {**rows[0], "description": "Courier", "quantity": "1", "unit_amount": "20.00"}
    key(story, [*rows, freight])
    assert listed(story) == []
    assert "bills 20.00 AUD before tax more" in rest(story).case.what_happened
