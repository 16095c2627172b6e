"""A line that is deleted and entered anew beside a bill that a person answered about: its goods are a question."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances

from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.xero import BookLine

EACH_DELIVERY = {"partially_received": "draft_bill"}
SAME = "they may be the same goods"


def anew(story: Story, po: dict[str, Any], quantity: int) -> None:
    """The buyer corrects the one line: it is deleted, and entered and received once more."""
    (line,) = story.lines(po)
    story.buyer.delete_line(line["id"])
    product = line["product"]["id"]
    again = story.buyer.add_line(
        po["id"], NewLine(product_id=product, quantity=Decimal(quantity), unit_cost=Decimal(100))
    )
    story.buyer.receive(again["id"], quantity)


def nets(story: Story) -> dict[str, Decimal]:
    """Net amounts of the sync's live documents by bill key."""
    return {key: document["SubTotal"] for key, (document,) in story.published().items()}


def asked(story: Story, expected: dict[str, Decimal]) -> None:
    """Night after night nothing more is in Xero, and the question about the goods is open."""
    for _ in range(3):
        story.night()
        assert nets(story) == expected
    said = [kept.case.what_happened for kept in story.session().case_book.cases()]
    assert [words for words in said if SAME in words], said


@pytest.mark.parametrize("one_per", ["purchase_order", "receipt"])
def test_leaving_the_bill_as_it_is_does_not_answer_for_the_goods(tmp_path: Path, one_per: str) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY, bill={"one_per": one_per})
    po = story.received(10)
    story.night()
    (key,) = nets(story)
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    anew(story, po, 10)
    asked(story, {key: Decimal(1000)})
    story.settle("reversed_after_authorised", "release")
    asked(story, {key: Decimal(1000)})
    story.settle("changed_after_authorised", "not-owed")
    for _ in range(2):
        story.night()
        assert nets(story) == {key: Decimal(1000)}
        assert not story.kinds()
    balances(story)


def test_a_line_that_comes_long_after_the_answer_is_asked_about_too(tmp_path: Path) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.order(10, 1)
    line, _ = story.lines(po)
    story.buyer.receive(line["id"], 10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.buyer.delete_line(line["id"])
    for _ in range(3):
        story.night()
    story.settle("reversed_after_authorised", "release")
    story.night()
    again = story.buyer.add_line(
        po["id"], NewLine(product_id=line["product"]["id"], quantity=Decimal(10), unit_cost=Decimal(100))
    )
    story.buyer.receive(again["id"], 10)
    asked(story, {"po:1": Decimal(1000)})
    story.settle("changed_after_authorised", "release")
    for _ in range(2):
        story.night()
        assert nets(story) == {"po:1": Decimal(1000), "po:1/s:1": Decimal(1000)}
        assert not story.kinds()


@pytest.mark.parametrize("verb", ["not-owed", "billed-by"])
def test_goods_that_a_person_settled_stay_off_every_bill_until_she_says_so(tmp_path: Path, verb: str) -> None:
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.received(4)
    story.night()
    contact = story.document("po:1")["Contact"]["ContactID"]
    story.bookkeeper.delete(story.document("po:1")["InvoiceID"])
    goods = BookLine(description="goods", quantity=Decimal(4), unit_amount=Decimal(100), account_code="310")
    hers = story.bookkeeper.key_bill(contact, "INV-9", [goods], on=date(2026, 10, 9))["InvoiceID"]
    story.night()
    story.settle("removed_in_xero", verb, **({"xero_id": hers} if verb == "billed-by" else {}))
    story.night()
    anew(story, po, 4)
    asked(story, {})


@pytest.mark.parametrize("moved", ["un-received", "deleted"])
def test_goods_moved_to_a_line_that_was_billed_before_are_asked_about(tmp_path: Path, moved: str) -> None:
    """A reorder on a line of its own was billed and nobody asked; then both lines are put together on it."""
    story = Story(tmp_path, events=EACH_DELIVERY)
    po = story.received(10)
    story.night()
    (line,) = story.lines(po)
    product = line["product"]["id"]
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    more = story.buyer.add_line(po["id"], NewLine(product_id=product, quantity=Decimal(20), unit_cost=Decimal(100)))
    story.buyer.receive(more["id"], 10)
    story.night()
    story.bookkeeper.approve(story.document("po:1/s:1")["InvoiceID"])
    story.night()
    if moved == "deleted":
        story.buyer.delete_line(line["id"])
    else:
        story.buyer.unreceive(line["id"], 10)
    story.buyer.receive(more["id"], 10)
    billed = {"po:1": Decimal(1000), "po:1/s:1": Decimal(1000)}
    story.night()
    assert nets(story) == billed
    story.night()
    story.settle("reversed_after_authorised", "release")
    asked(story, billed)
    story.settle("changed_after_authorised", "not-owed")
    story.night()
    assert nets(story) == billed
    assert not story.kinds()
    balances(story)


def test_goods_that_were_entered_anew_and_are_not_owed_are_missed_when_they_go_back(tmp_path: Path) -> None:
    """Ten are on the approved bill, and were entered anew; four of the new line go back."""
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    anew(story, po, 10)
    story.night()
    story.night()
    story.settle("changed_after_authorised", "not-owed")
    story.settle("reversed_after_authorised", "release")
    story.night()
    assert not story.kinds()
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 4)
    story.night()
    said = story.open_case("credit_needed").case.what_happened
    assert "4 of the goods that Tom settled as not owed when they came, as an earlier bill may cover them," in said
    story.settle("credit_needed", "release")
    story.night()
    assert nets(story) == {"po:1": Decimal(1000)}
    assert not story.kinds()


def test_goods_that_were_booked_on_the_wrong_line_and_corrected_are_asked_about(tmp_path: Path) -> None:
    """Five of the second line came with a slip, and were booked on the first one, whose bill is approved by then."""
    story = Story(tmp_path, events=EACH_DELIVERY, bill={"one_per": "receipt"})
    one, other = story.lines(story.order(10, 10))
    story.buyer.receive(one["id"], 5, packing_slip="A")
    story.night()
    story.bookkeeper.approve(story.document("po:1/d:1")["InvoiceID"])
    story.buyer.receive(other["id"], 5, packing_slip="B")
    story.night()
    story.buyer.unreceive(one["id"], 5)
    story.buyer.receive(other["id"], 5, packing_slip="A")
    billed = {"po:1/d:1": Decimal(500), "po:1/d:2": Decimal(500)}
    story.night()
    story.settle("reversed_after_authorised", "release")
    asked(story, billed)
    story.settle("changed_after_authorised", "not-owed")
    story.night()
    assert nets(story) == billed
    assert not story.kinds()
