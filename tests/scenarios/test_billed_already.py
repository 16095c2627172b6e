"""Goods that are in Xero already, on a bill that the sync did not make for them: held, and never billed twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import CYCLE, Story

from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.xero import BookLine

EACH_DELIVERY = {"partially_received": "draft_bill"}


def keyed(story: Story, number: str, quantity: int, *, on: date = date(2026, 10, 8)) -> dict[str, Any]:
    """A bill that the bookkeeper keys for the vendor of the story's first bill."""
    contact = next(iter(story.published().values()))[0]["Contact"]["ContactID"]
    goods = BookLine(
        description=f"rest of {number}",
        quantity=Decimal(quantity),
        unit_amount=Decimal(100),
        account_code="310",
        tax_type="INPUT",
    )
    return story.bookkeeper.key_bill(contact, number, [goods], on=on)


def totals(story: Story) -> dict[str, list[Decimal]]:
    """Totals of the live documents by the key that they carry."""
    return {key: [document["Total"] for document in documents] for key, documents in story.published().items()}


# --- more for a draft -------------------------------------------------------------------------------------------------


@pytest.fixture
def grown(tmp_path: Path) -> Story:
    """Four of ten are on a draft, she keyed the other six by hand, and they arrive."""
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.order(10)
    story.receive(po, 4)
    story.night()
    keyed(story, f"INV-2 {po['poNumber']}", 6)
    story.receive(po, 6)
    story.night()
    return story


def test_goods_that_she_keyed_by_hand_are_not_put_on_the_draft_as_well(grown: Story) -> None:
    assert totals(grown) == {"po:1": [Decimal("440.00")]}
    assert grown.open_case("possible_duplicate").case.ways_out == ("release",)


def test_once_the_draft_is_approved_her_bill_can_be_named_as_the_one_that_has_the_rest(grown: Story) -> None:
    hers = next(bill for bill in grown.bills() if bill["InvoiceNumber"].startswith("INV-2"))
    grown.bookkeeper.approve(grown.document("po:1")["InvoiceID"])
    grown.night()
    grown.settle("possible_duplicate", "billed-by", xero_id=hers["InvoiceID"])
    grown.night()
    grown.night()
    assert totals(grown) == {"po:1": [Decimal("440.00")]}
    assert not grown.kinds()


def test_a_release_puts_them_on_the_draft_and_asks_again_only_once_her_bill_changes(grown: Story) -> None:
    hers = next(bill for bill in grown.bills() if bill["InvoiceNumber"].startswith("INV-2"))
    grown.settle("possible_duplicate", "release")
    grown.night()
    assert totals(grown) == {"po:1": [Decimal("1100.00")]}
    (po,) = [po for po in grown.store.all("cw.purchaseorders") if po["id"] == 1]
    (product,) = {line["product"]["id"] for line in grown.lines(po)}
    for more, expected in ((1, "1210.00"), (2, "1210.00")):
        line = grown.buyer.add_line(1, NewLine(product_id=product, quantity=Decimal(more), unit_cost=Decimal(100)))
        grown.buyer.receive(line["id"], more)
        if more == 2:
            grown.bookkeeper.approve(hers["InvoiceID"])
        grown.night()
        assert totals(grown) == {"po:1": [Decimal(expected)]}
    assert grown.kinds() == {"possible_duplicate"}


def test_a_release_lets_no_bill_pass_that_its_case_did_not_name(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.order(20)
    story.receive(po, 4)
    story.night()
    keyed(story, f"INV-2 {po['poNumber']}", 6)
    keyed(story, "INV-7", 5)
    story.receive(po, 6)
    story.night()
    assert "INV-7" not in story.open_case("possible_duplicate").case.what_happened
    story.settle("possible_duplicate", "release")
    story.night()
    assert totals(story) == {"po:1": [Decimal("1100.00")]}
    story.receive(po, 5)
    story.night()
    assert totals(story) == {"po:1": [Decimal("1100.00")]}
    asked = story.open_case("possible_duplicate").case.what_happened
    assert "INV-7" in asked
    assert "INV-2" not in asked
    story.settle("possible_duplicate", "release")
    story.night()
    assert totals(story) == {"po:1": [Decimal("1650.00")]}
    assert not story.kinds()


def test_a_bill_that_she_let_the_draft_be_made_beside_is_asked_about_when_more_comes(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    story.received(1, number="PO-9")
    story.night()
    po = story.order(10)
    keyed(story, f"INV-2 {po['poNumber']}", 6)
    story.receive(po, 4)
    story.night()
    story.settle("possible_duplicate", "release")
    story.night()
    story.receive(po, 6)
    story.night()
    assert totals(story)["po:2"] == [Decimal("440.00")]
    assert "INV-2" in story.open_case("possible_duplicate").case.what_happened


def test_goods_that_another_tool_has_batched_are_not_put_on_the_draft(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.order(10)
    story.receive(po, 4)
    story.night()
    story.receive(po, 6)
    story.buyer.edit_line(story.lines(po)[0]["id"], closedFlag=True)
    story.buyer.batch_po(po["id"])
    story.night()
    assert totals(story) == {"po:1": [Decimal("440.00")]}
    assert story.kinds() == {"possible_duplicate"}


# --- a number for a draft ---------------------------------------------------------------------------------------------


@pytest.fixture
def numbered(tmp_path: Path) -> Story:
    """A draft has no vendor invoice yet; she keys the invoice, freight included, and then the order gets its number."""
    story = Story(tmp_path)
    po = story.received(4)
    story.night()
    keyed(story, "INV-4711", 5)
    story.buyer.attach_invoice(po["id"], "INV-4711", date(2026, 10, 6))
    story.night()
    return story


def test_a_draft_does_not_take_the_number_of_a_bill_that_she_keyed(numbered: Story) -> None:
    assert numbered.document("po:1")["InvoiceNumber"] == "PO-1001"
    assert numbered.kinds() == {"possible_duplicate"}


def test_named_as_the_bill_hers_stays_and_the_draft_goes(numbered: Story) -> None:
    hers = next(bill for bill in numbered.bills() if bill["InvoiceNumber"] == "INV-4711")
    numbered.settle("possible_duplicate", "billed-by", xero_id=hers["InvoiceID"])
    numbered.night()
    assert numbered.published() == {}
    numbered.night()
    assert not numbered.kinds()


def test_released_the_draft_takes_the_number_and_is_not_asked_about_again(numbered: Story) -> None:
    numbered.settle("possible_duplicate", "release")
    for _ in range(2):
        numbered.night()
        assert numbered.document("po:1")["InvoiceNumber"] == "INV-4711 | PO-1001"
        assert not numbered.kinds()


# --- copies -----------------------------------------------------------------------------------------------------------


def test_a_bill_that_she_made_by_copying_one_of_ours_is_a_twin_of_the_order_that_it_names(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.received(2)
    story.night()
    ours = story.document("po:1")["InvoiceID"]
    story.bookkeeper.approve(ours)
    story.night()
    copy = story.bookkeeper.copy_bill(ours)
    story.bookkeeper.edit_bill(copy["InvoiceID"], number="INV-9 PO-2002")
    story.received(2, number="PO-2002")
    story.night()
    assert totals(story) == {"po:1": [Decimal("220.00"), Decimal("220.00")]}
    held = {key for kept in story.session().case_book.cases() for key in kept.case.bill_keys}
    assert held == {"po:1", "po:2"}


def test_a_copy_of_a_paid_bill_of_an_earlier_month_is_work_for_that_month(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.received(2)
    story.night()
    ours = story.document("po:1")["InvoiceID"]
    story.bookkeeper.approve(ours)
    story.bookkeeper.pay(ours)
    story.night()
    assert story.cycles_with_work() == []
    story.later(40)
    story.bookkeeper.copy_bill(ours)
    assert story.cycles_with_work() == [CYCLE]
    story.night()
    assert story.kinds() == {"possible_duplicate"}


# --- a bill that a person named ---------------------------------------------------------------------------------------


@pytest.fixture
def named(tmp_path: Path) -> Story:
    """She keyed the bill herself, said so, and removed it a month later."""
    story = Story(tmp_path)
    story.received(1)
    story.night()
    hers = keyed(story, "PO-31", 4)
    story.received(4, number="PO-31")
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=hers["InvoiceID"])
    story.night()
    assert not story.kinds()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.later(35)
    story.bookkeeper.delete(hers["InvoiceID"])
    return story


def test_a_bill_that_a_person_named_and_that_is_gone_is_a_case(named: Story) -> None:
    assert named.cycles_with_work() == [CYCLE]
    named.night()
    case = named.open_case("removed_in_xero").case
    assert "PO-31" in case.what_happened
    assert case.ways_out == ("release", "not-owed", "billed-by")
    assert "po:2" not in named.published()


def test_released_its_goods_are_billed_once(named: Story) -> None:
    named.night()
    named.settle("removed_in_xero", "release")
    for _ in range(3):
        named.night()
    assert totals(named)["po:2"] == [Decimal("440.00")]
    assert "removed_in_xero" not in named.kinds()


def test_settled_anew_they_are_billed_by_what_she_names_then(named: Story) -> None:
    named.night()
    again = keyed(named, "PO-31", 4)
    named.night()
    named.settle("removed_in_xero", "billed-by", xero_id=again["InvoiceID"])
    named.night()
    assert "po:2" not in named.published()
    assert "removed_in_xero" not in named.kinds()


def test_goods_that_go_back_are_those_of_the_approved_bill_that_came_after_the_one_that_she_named(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    story.received(1)
    story.night()
    hers = keyed(story, "PO-31", 4)
    po = story.order(10, number="PO-31")
    story.receive(po, 4)
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=hers["InvoiceID"])
    story.night()
    story.receive(po, 6)
    story.night()
    story.bookkeeper.approve(story.document("po:2/s:1")["InvoiceID"])
    story.night()
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 3)
    story.night()
    assert story.open_case("reversed_after_authorised").case.bill_keys == ("po:2/s:1",)
    story.settle("reversed_after_authorised", "credit")
    story.night()
    assert totals(story)["po:2/s:1/c:1"] == [Decimal("330.00")]
    assert not story.kinds()
    story.buyer.unreceive(line["id"], 5)
    story.night()
    assert story.kinds() == {"reversed_after_authorised", "credit_needed"}


# --- an order that is entered again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("approved", [False, True])
def test_an_order_that_is_deleted_and_entered_again_is_billed_once(tmp_path: Path, approved: bool) -> None:
    story = Story(tmp_path)
    first = story.received(2, number="PO-77")
    story.night()
    if approved:
        story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.buyer.delete_po(first["id"])
    story.received(2, number="PO-77")
    for _ in range(4):
        story.night()
        assert len(totals(story)) <= 1
    kinds = {"possible_duplicate", "reversed_after_authorised"} if approved else {"reversed_after_authorised"}
    assert (totals(story), story.kinds()) == ({f"po:{1 if approved else 2}": [Decimal("220.00")]}, kinds)


def test_two_orders_that_share_a_number_and_not_their_money_are_both_billed(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.received(2, number="PO-77")
    story.received(3, number="PO-77")
    story.night()
    assert totals(story) == {"po:1": [Decimal("220.00")], "po:2": [Decimal("330.00")]}


# --- an order that turns ----------------------------------------------------------------------------------------------


def test_a_draft_whose_order_comes_to_a_credit_goes_and_the_credit_comes(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.received(1)
    story.night()
    add(story, po, "-150", 1)
    story.night()
    story.night()
    (documents,) = story.published().values()
    assert [(one["Type"], one["Total"], one["Status"]) for one in documents] == [
        ("ACCPAYCREDIT", Decimal("55.00"), "DRAFT")
    ]
    assert not story.kinds()


def test_a_draft_credit_whose_order_comes_to_a_bill_goes_and_the_bill_comes(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.received(1, cost="-150.00")
    story.night()
    assert [one["Type"] for documents in story.published().values() for one in documents] == ["ACCPAYCREDIT"]
    add(story, po, "100", 4)
    story.night()
    story.night()
    (documents,) = story.published().values()
    assert [(one["Type"], one["Total"], one["Status"]) for one in documents] == [("ACCPAY", Decimal("275.00"), "DRAFT")]
    assert not story.kinds()


def add(story: Story, po: dict[str, Any], cost: str, quantity: int) -> None:
    """A line is added to an order and received."""
    product = story.lines(po)[0]["product"]["id"]
    line = story.buyer.add_line(
        po["id"], NewLine(product_id=product, quantity=Decimal(quantity), unit_cost=Decimal(cost))
    )
    story.buyer.receive(line["id"], quantity)


# --- a bill that was named for a part of its goods --------------------------------------------------------------------


def named_for_four_of_ten(story: Story, billed: int) -> str:
    """Her bill over so many is named for the four that came; the other six come. Answers the bill's id."""
    story.received(1)
    story.night()
    po = story.order(10)
    hers: str = keyed(story, f"INV-9 {po['poNumber']}", billed)["InvoiceID"]
    story.receive(po, 4)
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=hers)
    story.receive(po, 6)
    story.night()
    return hers


def test_a_bill_for_the_whole_order_that_was_named_for_a_part_is_asked_about_for_the_rest(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    hers = named_for_four_of_ten(story, 10)
    assert totals(story) == {"po:1": [Decimal("110.00")]}
    case = story.open_case("possible_duplicate").case
    assert "bills 600.00 AUD more than those come to" in case.what_happened
    story.settle("possible_duplicate", "billed-by", xero_id=hers)
    story.night()
    assert totals(story) == {"po:1": [Decimal("110.00")]}
    assert not story.kinds()


def test_a_bill_that_was_named_for_all_of_its_goods_is_not_asked_about_again(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    named_for_four_of_ten(story, 4)
    assert totals(story) == {"po:1": [Decimal("110.00")], "po:2/s:1": [Decimal("660.00")]}
