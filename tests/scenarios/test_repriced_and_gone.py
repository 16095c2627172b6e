"""Goods whose price changed after their bill was approved, and that go back then: one question about each of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from story import Story, balances


def repriced(tmp_path: Path, reversed_as: str) -> Story:
    """An approved bill of ten at 100.00 and five at 100.00; the ten cost 105.00 by now, and that is asked about."""
    story = Story(tmp_path, events={"reversed": reversed_as})
    po = story.received(10, 5, number="PO-1001")
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.night()
    story.buyer.change_cost(story.lines(po)[0]["id"], Decimal("105.00"))
    story.night()
    assert asked(story) == {"changed_after_authorised": Decimal("55.00")}
    return story


def go_back(story: Story, quantity: int) -> None:
    story.buyer.unreceive(story.lines({"id": 1})[0]["id"], quantity)
    for _ in range(2):
        story.night()
    balances(story)


def asked(story: Story) -> dict[str, Decimal]:
    """The money of each open case, by its kind."""
    return {kept.case.kind: kept.case.amount for kept in story.session().case_book.cases()}


@pytest.mark.parametrize(
    ("quantity", "left"), [(10, {}), (4, {"changed_after_authorised": Decimal("33.00")})], ids=["all", "a part"]
)
def test_the_price_of_goods_that_a_credit_gives_back_is_no_question(
    tmp_path: Path, quantity: int, left: dict[str, Decimal]
) -> None:
    story = repriced(tmp_path, "draft_credit_note")
    go_back(story, quantity)
    assert story.quantities() == {"po:1": ["10", "5"], "po:1/c:1": [f"-{quantity}"]}
    assert story.document("po:1/c:1")["SubTotal"] == 100 * quantity
    assert asked(story) == left


def test_all_that_is_asked_about_goods_that_are_gone_is_their_credit(tmp_path: Path) -> None:
    story = repriced(tmp_path, "open_case")
    go_back(story, 10)
    assert asked(story) == {"reversed_after_authorised": Decimal("-1100.00")}
    story.settle("reversed_after_authorised", "credit")
    for _ in range(2):
        story.night()
    assert story.document("po:1/c:1")["SubTotal"] == 1000
    assert asked(story) == {}
    balances(story)


def test_while_their_credit_waits_nothing_else_is_asked_about_them(tmp_path: Path) -> None:
    story = repriced(tmp_path, "draft_credit_note")
    story.bookkeeper.settings.archive_contact(story.document("po:1")["Contact"]["ContactID"])
    go_back(story, 10)
    assert asked(story) == {"contact_archived": Decimal("-1100.00")}
