"""Goods, or freight, that went back and that a person dealt with: what comes after that is billed or credited once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances

from cwxero_dagster.pipeline.covering import keep_coverage
from cwxero_dagster.sandbox.xero import BookLine
from cwxero_dagster.warehouse.case_book import CaseRefused

EACH_DELIVERY = {"partially_received": "draft_bill"}


def nets(story: Story) -> dict[str, Decimal]:
    """Net amounts of the live documents in Xero by bill key, credits negative."""
    return {
        key: document["SubTotal"] * (-1 if document["Type"] == "ACCPAYCREDIT" else 1)
        for key, (document,) in story.published().items()
    }


def keyed(story: Story, number: str, *, credit: bool = False) -> dict[str, Any]:
    """What the bookkeeper keys for four of the goods."""
    contact = next(iter(story.published().values()))[0]["Contact"]["ContactID"]
    goods = BookLine(description="goods", quantity=Decimal(4), unit_amount=Decimal(100), account_code="310")
    return story.bookkeeper.key_bill(contact, number, [goods], on=date(2026, 10, 9), credit=credit)


def moves(story: Story, po: dict[str, Any], quantity: int) -> None:
    """Goods come or go back, and a night passes."""
    (line,) = story.lines(po)
    (story.buyer.receive if quantity > 0 else story.buyer.unreceive)(line["id"], abs(quantity))
    story.night()


def stays(story: Story, expected: dict[str, Decimal]) -> None:
    """Night after night Xero holds this, and nobody is asked anything."""
    for _ in range(3):
        story.night()
        assert nets(story) == expected
        assert not story.kinds()
    balances(story)


def not_owed(story: Story) -> None:
    """Four wrong ones came, their draft was deleted and settled, and they were sent back."""
    po = story.order(4)
    moves(story, po, 4)
    story.bookkeeper.delete(story.document("po:1")["InvoiceID"])
    story.night()
    story.settle("removed_in_xero", "not-owed")
    moves(story, po, -4)
    assert not story.kinds()
    moves(story, po, 4)


def named(story: Story) -> None:
    """Four are on a bill that she keyed and named; they went back, and she entered the vendor's credit."""
    moves(story, story.order(1), 1)
    po = story.order(4, number="PO-31")
    hers = keyed(story, "PO-31")
    moves(story, po, 4)
    story.settle("possible_duplicate", "billed-by", xero_id=hers["InvoiceID"])
    moves(story, po, -4)
    keyed(story, "CN-1 PO-31", credit=True)
    story.settle("credit_needed", "release")
    story.night()
    assert not story.kinds()
    moves(story, po, 4)


def approved(story: Story) -> None:
    """Ten are on an approved bill; four went back, and she entered the vendor's credit."""
    po = story.order(10)
    moves(story, po, 10)
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    moves(story, po, -4)
    keyed(story, "CN-1 PO-1001", credit=True)
    story.settle("reversed_after_authorised", "release")
    for _ in range(2):
        story.night()
        assert not story.kinds()
    moves(story, po, 4)


LIVES = [
    pytest.param(not_owed, "po:1/s:1", id="not owed"),
    pytest.param(named, "po:2/s:1", id="on a bill that she named"),
    pytest.param(approved, "po:1/s:1", id="on an approved bill"),
]


@pytest.mark.parametrize(("life", "key"), LIVES)
def test_a_release_bills_them_once(tmp_path: Path, life: Callable[[Story], None], key: str) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    life(story)
    before = nets(story)
    assert key not in before
    case = story.open_case("changed_after_authorised").case
    assert case.bill_keys == (key,)
    assert "goods came again" in case.what_happened
    assert case.ways_out == ("release", "not-owed", "billed-by")
    balances(story)
    story.settle("changed_after_authorised", "release")
    stays(story, before | {key: Decimal(400)})
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    moves(story, next(po for po in story.store.all("cw.purchaseorders") if po["id"] == int(key[3])), -4)
    assert story.open_case("reversed_after_authorised").case.bill_keys == (key,)


@pytest.mark.parametrize(("life", "key"), LIVES)
def test_goods_for_which_nothing_is_owed_stay_off_every_bill(
    tmp_path: Path, life: Callable[[Story], None], key: str
) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    life(story)
    before = nets(story)
    story.settle("changed_after_authorised", "not-owed")
    stays(story, before)


def test_goods_that_come_again_before_anyone_answered_are_those_of_the_bill(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.order(10)
    moves(story, po, 10)
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    moves(story, po, -4)
    assert story.kinds() == {"reversed_after_authorised"}
    moves(story, po, 4)
    assert nets(story) == {"po:1": Decimal(1000)}
    assert not story.kinds()


@pytest.mark.parametrize(
    ("quantity", "said", "verb", "expected"),
    [
        (-2, "is now 4, on the bill 10", "credit", {"po:1": Decimal(1000), "po:1/c:1": Decimal(-200)}),
        (
            4,
            "went back, which a person dealt with herself",
            "release",
            {"po:1": Decimal(1000), "po:1/s:1": Decimal(400)},
        ),
    ],
)
def test_what_was_read_after_the_question_is_no_part_of_the_answer(
    tmp_path: Path, quantity: int, said: str, verb: str, expected: dict[str, Decimal]
) -> None:
    """Four went back; before she answers, something reads ConnectWise that puts no bills of this cycle together."""
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    moves(story, po, -4)
    (line,) = story.lines(po)
    (story.buyer.receive if quantity > 0 else story.buyer.unreceive)(line["id"], abs(quantity))
    story.later(0.2)
    story.until_lines_are_known()
    story.settle("reversed_after_authorised", "release")
    story.night()
    (kind,) = story.kinds()
    assert said in story.open_case(kind).case.what_happened
    story.settle(kind, verb)
    stays(story, expected)


def let_stand(story: Story, *, freight: int = 0) -> dict[str, Any]:
    """Ten are on an approved bill; four went back, or the freight became less, and she entered the vendor's credit."""
    po = story.order(10)
    story.buyer.set_freight(po["id"], Decimal(freight))
    moves(story, po, 10)
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    if freight:
        story.buyer.set_freight(po["id"], Decimal(20))
        story.night()
    else:
        moves(story, po, -4)
    story.settle("reversed_after_authorised", "release")
    story.night()
    assert not story.kinds()
    return po


def test_more_that_goes_back_is_credited_once_and_without_the_goods_that_she_dealt_with(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = let_stand(story)
    story.decide(events={"reversed": "draft_credit_note"})
    moves(story, po, -2)
    stays(story, {"po:1": Decimal(1000), "po:1/c:1": Decimal(-200)})


def test_a_credit_that_she_asks_for_gives_back_what_went_back_since_and_is_asked_about_once(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = let_stand(story)
    moves(story, po, -2)
    story.settle("reversed_after_authorised", "credit")
    stays(story, {"po:1": Decimal(1000), "po:1/c:1": Decimal(-200)})
    moves(story, po, -1)
    said = story.open_case("reversed_after_authorised").case.what_happened
    assert "is now 3, on the bill 10" in said
    assert "Tom dealt with a part of that before (checked): what is asked about now is 1 of them." in said
    story.settle("reversed_after_authorised", "credit")
    stays(story, {"po:1": Decimal(1000), "po:1/c:1": Decimal(-200), "po:1/c:2": Decimal(-100)})


def test_a_change_of_price_is_billed_for_what_stands(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = let_stand(story)
    story.buyer.edit_line(story.lines(po)[0]["id"], unitCost=Decimal(105))
    story.night()
    case = story.open_case("changed_after_authorised").case
    assert "supplement" in case.ways_out
    assert "What went back is left out: the rest comes to 30.00 AUD more before tax." in case.what_happened
    story.settle("changed_after_authorised", "supplement")
    stays(story, {"po:1": Decimal(1000), "po:1/s:1": Decimal(30)})


def test_freight_that_is_more_again_is_asked_about_and_billed_once(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = let_stand(story, freight=50)
    story.buyer.set_freight(po["id"], Decimal(50))
    story.night()
    assert nets(story) == {"po:1": Decimal(1050)}
    assert "is more again" in story.open_case("changed_after_authorised").case.what_happened
    story.settle("changed_after_authorised", "release")
    stays(story, {"po:1": Decimal(1050), "po:1/s:1": Decimal(30)})


def test_what_is_ordered_again_ahead_of_its_arrival_is_asked_about(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"raised": "draft_bill", "fully_received": "nothing"})
    po = story.order(10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(6))
    story.night()
    story.settle("reversed_after_authorised", "release")
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(10))
    story.night()
    assert nets(story) == {"po:1": Decimal(1000)}
    assert story.open_case("changed_after_authorised").case.bill_keys == ("po:1/s:1",)
    story.settle("changed_after_authorised", "release")
    story.night()
    assert nets(story) == {"po:1": Decimal(1000), "po:1/s:1": Decimal(400)}
    balances(story)


def test_more_than_what_she_dealt_with_is_not_closed_with_it(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.order(20)
    moves(story, po, 10)
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    moves(story, po, -4)
    story.settle("reversed_after_authorised", "release")
    moves(story, po, 14)
    case = story.open_case("changed_after_authorised").case
    assert "4 of the 14 on it" in case.what_happened
    assert case.ways_out == ("release",)
    story.settle("changed_after_authorised", "release")
    story.night()
    assert nets(story) == {"po:1": Decimal(1000), "po:1/s:1": Decimal(1400)}
    balances(story)


def test_what_a_draft_gives_back_is_not_taken_off_the_approved_bill_that_she_answered_for(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY, bill={"one_per": "receipt"})
    po = story.order(20)
    moves(story, po, 6)
    moves(story, po, 10)
    story.bookkeeper.approve(story.document("po:1/d:2")["InvoiceID"])
    moves(story, po, -8)
    assert nets(story) == {"po:1/d:2": Decimal(1000)}
    assert "is now 8, on the bill 10" in story.open_case("reversed_after_authorised").case.what_happened
    story.settle("reversed_after_authorised", "release")
    stays(story, {"po:1/d:2": Decimal(1000)})


def test_an_answer_that_a_published_bill_rests_on_is_not_taken_back(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    approved(story)
    (released,) = story.session().case_book.cases(status="released")
    story.settle("changed_after_authorised", "release")
    story.night()
    before = nets(story)
    assert before["po:1/s:1"] == 400
    with pytest.raises(CaseRefused, match=r"on that decision 1 document was published \(PO-1001/S1\)"):
        story.session().case_book.undo(released.case.case_id, by="Tom", at=story.clock.now())
    story.night()
    assert nets(story) == before
    assert not story.kinds()


def test_a_new_bill_makes_up_for_the_credit_of_one_that_was_voided(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note", **EACH_DELIVERY}, bill={"one_per": "receipt"})
    po = story.order(20)
    moves(story, po, 11)
    story.bookkeeper.approve(story.document("po:1/d:1")["InvoiceID"])
    moves(story, po, -2)
    story.bookkeeper.approve(story.document("po:1/d:1/c:1")["CreditNoteID"])
    story.bookkeeper.void(story.document("po:1/d:1")["InvoiceID"])
    story.night()
    story.settle("removed_in_xero", "release")
    for _ in range(2):
        story.night()
        live = {key: net for key, net in nets(story).items() if key != "po:1/d:1"}
        assert live == {"po:1/d:1/c:1": Decimal(-200), "po:1/d:2": Decimal(1100)}
    balances(story)


def test_an_answer_is_about_its_own_bill_whatever_becomes_of_the_others(tmp_path: Path) -> None:
    """Six are on a draft that she keeps a file on, ten on an approved bill; eight go back, and she answers for two."""
    story = Story(tmp_path, events=EACH_DELIVERY, bill={"one_per": "receipt"})
    po = story.order(16)
    moves(story, po, 6)
    moves(story, po, 10)
    first, second = (story.document(key)["InvoiceID"] for key in ("po:1/d:1", "po:1/d:2"))
    story.bookkeeper.edit_line(first, 0, Description="As on the vendor's slip")
    story.bookkeeper.approve(second)
    moves(story, po, -8)
    assert story.kinds() == {"edited_in_xero", "reversed_after_authorised"}
    assert "now 8, on the bill 10" in story.open_case("reversed_after_authorised").case.what_happened
    story.settle("reversed_after_authorised", "release")
    story.bookkeeper.approve(first)
    story.night()
    story.settle("reversed_after_authorised", "credit")
    stays(story, {"po:1/d:1": Decimal(600), "po:1/d:2": Decimal(1000), "po:1/d:2/c:1": Decimal(-600)})


@pytest.mark.parametrize("asked", ["one after the other", "at once", "the credit later"])
def test_a_price_is_not_changed_for_goods_that_a_credit_gives_back(tmp_path: Path, asked: str) -> None:
    """Ten at 100.00 are approved; four go back, and the others cost 105.00: 630.00, whoever decided what first."""
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    (line,) = story.lines(po)
    story.buyer.change_cost(line["id"], Decimal("105.00"))
    if asked == "one after the other":
        story.night()
        story.settle("changed_after_authorised", "supplement")
        moves(story, po, -4)
        story.settle("reversed_after_authorised", "credit")
    else:
        keyed(story, "CN-7 PO-1001", credit=True)
        moves(story, po, -4)
        story.settle("reversed_after_authorised", "credit")
        story.night()
        story.settle("changed_after_authorised", "supplement")
        if asked == "the credit later":
            story.night()
            assert nets(story) == {"po:1": Decimal(1000), "po:1/s:1": Decimal(30)}
            assert story.kinds() == {"possible_duplicate"}
        story.settle("possible_duplicate", "release")
    stays(story, {"po:1": Decimal(1000), "po:1/s:1": Decimal(30), "po:1/c:1": Decimal(-400)})


def test_a_credit_that_is_voided_after_a_later_return_was_dealt_with_is_missed(tmp_path: Path) -> None:
    """Four were credited, then she dealt with two more; the vendor takes the credit of the four back."""
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    moves(story, po, -4)
    story.settle("reversed_after_authorised", "credit")
    story.night()
    credit = story.document("po:1/c:1")["CreditNoteID"]
    story.bookkeeper.approve(credit)
    moves(story, po, -2)
    said = story.open_case("reversed_after_authorised").case.what_happened
    assert "credits beside the bill give back a part of that already: what is asked about now is 2 of them." in said
    story.settle("reversed_after_authorised", "release")
    story.night()
    assert not story.kinds()
    story.bookkeeper.void(credit)
    story.night()
    story.settle("removed_in_xero", "release")
    story.night()
    assert "what is asked about now is 4 of them" in story.open_case("reversed_after_authorised").case.what_happened
    story.settle("reversed_after_authorised", "credit")
    stays(story, {"po:1": Decimal(1000), "po:1/c:2": Decimal(-400)})


def test_a_return_after_a_wrong_one_that_was_put_right_is_missed(tmp_path: Path) -> None:
    """Four were un-received by mistake, and are received again; weeks later four do go back."""
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    moves(story, po, -4)
    story.settle("reversed_after_authorised", "release")
    moves(story, po, 4)
    story.settle("changed_after_authorised", "not-owed")
    stays(story, {"po:1": Decimal(1000)})
    moves(story, po, -4)
    assert "4 of the goods that Tom settled as not owed" in story.open_case("credit_needed").case.what_happened
    story.settle("credit_needed", "release")
    stays(story, {"po:1": Decimal(1000)})


def test_goods_that_come_again_do_not_go_on_the_draft_of_another_vendor_invoice(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY, bill={"one_per": "vendor_invoice"})
    po = story.order(20, 20)
    one, other = story.lines(po)
    story.buyer.receive(one["id"], 10)
    story.buyer.attach_invoice(po["id"], "INV-1", date(2026, 10, 5))
    story.night()
    (first,) = nets(story)
    story.bookkeeper.approve(story.document(first)["InvoiceID"])
    story.buyer.receive(other["id"], 5)
    story.buyer.attach_invoice(po["id"], "INV-2", date(2026, 10, 7))
    story.night()
    billed = nets(story)
    assert sorted(billed.values()) == [500, 1000]
    story.buyer.unreceive(one["id"], 4)
    story.night()
    story.settle("reversed_after_authorised", "release")
    story.night()
    story.buyer.receive(one["id"], 4)
    for _ in range(2):
        story.night()
        assert nets(story) == billed
        assert "goods came again" in story.open_case("changed_after_authorised").case.what_happened
    story.settle("changed_after_authorised", "release")
    story.night()
    assert sorted(nets(story).values()) == [400, 500, 1000]


def test_what_a_person_dealt_with_covers_nothing_that_comes_again(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.night()
    (line,) = story.lines(po)
    for quantity, waiting in ((4, 0), (0, 400)):
        if quantity:
            story.buyer.unreceive(line["id"], quantity)
            story.night()
            story.settle("reversed_after_authorised", "release")
        else:
            story.buyer.receive(line["id"], 4)
        story.night()
        balances(story)
        (row,) = keep_coverage(story.session(), live=True)
        figures = (row["billed_amount"], row["to_credit_amount"], row["received_not_billed_amount"])
        assert figures == (1000, 400, waiting)
    assert (
        story.open_case("changed_after_authorised").case.case_id in json.loads(row["leads_to"])["received_not_billed"]
    )
