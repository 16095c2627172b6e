"""Bills that are named for goods of which they bill a part: the rest stays open, is asked about, and is billed once."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances
from test_named_bills import A_BILL_A_DELIVERY, A_BILL_AN_INVOICE, EACH_DELIVERY, Desk, answer, came, more, typed

from cwxero_dagster.pipeline.covering import keep_coverage

FOUR, SIX, TEN = (Decimal(hundreds) for hundreds in (400, 600, 1000))


def covered(story: Story, number: str) -> dict[str, Any]:
    """What coverage says of an order: quantity and money of what is billed, and where; all of it balances."""
    balances(story)
    (row,) = [
        row
        for row in keep_coverage(story.session(), live=True)
        if row["po_number"] == number and row["ordered_quantity"]
    ]
    terms = ("billed", "billed_elsewhere", "received_not_billed")
    figures: dict[str, Any] = {
        term: (row[f"{term}_quantity"], row[f"{term}_amount"]) for term in terms if row[f"{term}_amount"]
    }
    return figures | {"leads_to": json.loads(row["leads_to"])}


def named_for_ten(story: Story) -> str:
    """Ten came, she keyed four of them, and Tom names that bill for all ten. Answers its id."""
    hers = typed(story, "INV-9 PO-77", 100, pieces=4)
    came(story, "PO-77", 10)
    story.night()
    said = answer(story, "PO-77", "billed-by", xero_id=hers)
    assert said is not None
    assert "is for 440.00 AUD; the goods come to 1,100.00 AUD." in said
    story.night()
    return hers


@pytest.mark.parametrize("decision", [{}, A_BILL_A_DELIVERY, A_BILL_AN_INVOICE], ids=["order", "delivery", "invoice"])
def test_goods_that_the_named_bill_does_not_bill_are_asked_about_and_billed_when_released(
    tmp_path: Path, decision: dict[str, Any]
) -> None:
    story = Desk(tmp_path, **decision)
    named_for_ten(story)
    case = story.open_case("possible_duplicate").case
    assert "It bills 400.00 AUD of the 1,000.00 AUD that they come to before tax" in case.what_happened
    assert case.ways_out == ("release", "not-owed", "billed-by")
    figures = covered(story, "PO-77")
    assert (figures["billed_elsewhere"], figures["received_not_billed"]) == ((4, FOUR), (6, SIX))
    assert case.case_id in figures["leads_to"]["received_not_billed"]
    story.settle("possible_duplicate", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [FOUR, SIX]
        assert not story.kinds()
    figures = covered(story, "PO-77")
    assert (figures["billed_elsewhere"], figures["billed"]) == ((4, FOUR), (6, SIX))


def test_a_named_bill_that_grows_over_the_bill_of_the_rest_is_said_to_bill_the_same_goods(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = named_for_ten(story)
    story.settle("possible_duplicate", "release")
    story.night()
    (rest,) = [document for documents in story.published().values() for document in documents]
    story.bookkeeper.approve(rest["InvoiceID"])
    story.night()
    assert not story.kinds()
    story.bookkeeper.edit_line(hers, 0, Quantity=Decimal(10))
    story.night()
    (case,) = [
        kept.case for kept in story.session().case_book.cases() if rest["InvoiceNumber"] in kept.case.what_happened
    ]
    assert "the document that Tom named for goods of this purchase order bills these as well" in case.what_happened


@pytest.mark.parametrize("rest", ["draft", "approved"])
def test_once_the_named_bill_is_gone_what_it_billed_is_billed_and_the_rest_no_second_time(
    tmp_path: Path, rest: str
) -> None:
    story = Desk(tmp_path)
    hers = named_for_ten(story)
    story.settle("possible_duplicate", "release")
    story.night()
    if rest == "approved":
        ((ours,),) = story.published().values()
        story.bookkeeper.approve(ours["InvoiceID"])
    story.bookkeeper.delete(hers)
    story.night()
    assert story.kinds() == {"removed_in_xero"}
    assert story.in_xero() == [SIX]
    story.settle("removed_in_xero", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [FOUR, SIX]
        assert not story.kinds()
    assert covered(story, "PO-77")["billed"] == (10, TEN)


def test_where_nobody_owes_the_rest_it_is_settled_and_nothing_is_drafted(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    named_for_ten(story)
    story.settle("possible_duplicate", "not-owed")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [FOUR]
        assert not story.kinds()
    assert covered(story, "PO-77")["billed_elsewhere"] == (10, TEN)


def test_a_second_bill_that_has_the_rest_is_named_for_it(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    named_for_ten(story)
    other = typed(story, "INV-10 PO-77", 100, pieces=6)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=other)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [FOUR, SIX]
        assert not story.kinds()
    assert covered(story, "PO-77")["billed_elsewhere"] == (10, TEN)


def test_a_bill_whose_lines_tell_no_pieces_bills_what_its_money_pays_for(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = typed(story, "PO-77", 440)
    came(story, "PO-77", 10)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.night()
    figures = covered(story, "PO-77")
    assert (figures["billed_elsewhere"], figures["received_not_billed"]) == (
        (Decimal("4.4"), Decimal(440)),
        (Decimal("5.6"), Decimal(560)),
    )
    story.settle("possible_duplicate", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(440), Decimal(560)]
        assert not story.kinds()


def test_more_goods_that_come_are_billed_beside_both(tmp_path: Path) -> None:
    story = Desk(tmp_path, **EACH_DELIVERY)
    hers = typed(story, "INV-9 PO-77", 100, pieces=4)
    po = came(story, "PO-77", 10, of=12)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.night()
    story.settle("possible_duplicate", "release")
    story.night()
    more(story, po, 2)
    story.night()
    assert sum(story.in_xero()) == Decimal(1200)
    assert not story.kinds()
    assert covered(story, "PO-77")["billed_elsewhere"] == (4, FOUR)


# --- a bill that changes after it was named ---------------------------------------------------------------------------


def test_a_named_bill_that_she_corrects_to_less_is_a_case_until_it_bills_all_again(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = typed(story, "INV-8 PO-31", 100, pieces=4)
    came(story, "PO-31", 4)
    story.night()
    answer(story, "PO-31", "billed-by", xero_id=hers)
    story.night()
    assert not story.kinds()
    story.bookkeeper.edit_line(hers, 0, Quantity=Decimal(2))
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(200)]
        assert "bills 200.00 AUD of the 400.00 AUD" in story.open_case("possible_duplicate").case.what_happened
    assert covered(story, "PO-31")["received_not_billed"] == (2, Decimal(200))
    story.bookkeeper.edit_line(hers, 0, Quantity=Decimal(4))
    for _ in range(2):
        story.night()
        assert story.in_xero() == [FOUR]
        assert not story.kinds()


def test_a_named_bill_that_she_corrects_to_more_once_the_rest_was_billed_takes_the_draft_of_it(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = named_for_ten(story)
    story.settle("possible_duplicate", "release")
    story.night()
    story.bookkeeper.edit_line(hers, 0, Quantity=Decimal(10))
    for _ in range(2):
        story.night()
        assert story.in_xero() == [TEN]


def test_a_named_bill_that_she_corrects_to_more_once_the_rest_was_approved_is_asked_about(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = named_for_ten(story)
    story.settle("possible_duplicate", "release")
    story.night()
    story.bookkeeper.approve(story.document("po:1/s:1")["InvoiceID"])
    story.bookkeeper.edit_line(hers, 0, Quantity=Decimal(10))
    story.night()
    assert story.open_case("reversed_after_authorised").case.bill_keys == ("po:1/s:1",)
    balances(story)


# --- an order that is entered again, and a bill that is named twice ---------------------------------------------------


def test_an_order_that_is_entered_again_with_more_is_billed_for_what_its_first_bill_does_not_bill(
    tmp_path: Path,
) -> None:
    story = Desk(tmp_path)
    first = came(story, "PO-77", 4)
    story.night()
    ours = story.document("po:1")["InvoiceID"]
    story.bookkeeper.approve(ours)
    story.night()
    story.buyer.delete_po(first["id"])
    second = came(story, "PO-77", 6)
    story.night()
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=ours)
    story.night()
    assert story.in_xero() == [FOUR]
    case = story.open_case("possible_duplicate").case
    assert case.bill_keys == (f"po:{second['id']}/s:1",)
    assert "bills 400.00 AUD of the 600.00 AUD that they come to before tax" in case.what_happened
    assert case.ways_out == ("release", "not-owed", "billed-by")
    figures = covered(story, "PO-77")
    assert (figures["billed_elsewhere"], figures["received_not_billed"]) == ((4, FOUR), (2, Decimal(200)))
    story.settle("possible_duplicate", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(200), FOUR]
    assert "possible_duplicate" not in story.kinds()


def test_a_bill_that_was_named_for_other_goods_bills_of_the_next_ones_what_is_left_on_it(tmp_path: Path) -> None:
    story = Desk(tmp_path, **EACH_DELIVERY)
    hers = typed(story, "V-PO-77", 600)
    po = came(story, "PO-77", 4, of=9)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    more(story, po, 5)
    story.night()
    assert "bills 200.00 AUD more" in story.open_case("possible_duplicate").case.what_happened
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.night()
    assert "bills 600.00 AUD of the 900.00 AUD" in story.open_case("possible_duplicate").case.what_happened
    figures = covered(story, "PO-77")
    assert (figures["billed_elsewhere"], figures["received_not_billed"]) == ((6, SIX), (3, Decimal(300)))
    story.settle("possible_duplicate", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(300), SIX]
        assert not story.kinds()


# --- supplier credits -------------------------------------------------------------------------------------------------


def test_goods_that_a_named_credit_does_not_give_back_are_asked_about_and_credited_when_released(
    tmp_path: Path,
) -> None:
    story = Desk(tmp_path, events={"reversed": "draft_credit_note"})
    po = came(story, "PO-31", 10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    hers = typed(story, "CN PO-31", 200, credit=True)
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=hers)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(-200), TEN]
    assert story.kinds() == {"possible_duplicate"}
    story.settle("possible_duplicate", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(-200), Decimal(-200), TEN]
        assert not story.kinds()
    balances(story)
