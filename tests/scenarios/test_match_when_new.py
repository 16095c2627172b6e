"""The three-way match of what is to be billed: what is held does not reach Xero, and comes once it is let through."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances

EACH_DELIVERY: dict[str, Any] = {"events": {"partially_received": "draft_bill"}, "bill": {"one_per": "receipt"}}


def sent(story: Story, quantity: int) -> dict[str, Any]:
    """An order that is seen as a draft, and then sent: what it costs by then is what was ordered."""
    statuses = list(story.store.all("cw.purchaseorderstatuses"))
    draft = next(status["id"] for status in statuses if status["defaultFlag"])
    po = story.order(quantity, number="PO-9001", status_id=draft)
    story.night()
    open_ = next(status["id"] for status in statuses if not (status["defaultFlag"] or status["closedFlag"]))
    story.buyer.edit_po(po["id"], status={"id": open_})
    story.night()
    story.later()
    return po


def nets(story: Story) -> dict[str, Decimal]:
    return {key: one["SubTotal"] for key, (one,) in story.published().items()}


@pytest.mark.parametrize(
    ("quantity", "cost", "difference", "limit"),
    [(3, "103.00", "9.00", "2 %"), (3, "97.00", "-9.00", "2 %"), (10, "101.50", "15.00", "10.00")],
)
def test_a_price_beyond_a_limit_holds_the_bill_until_it_is_released(
    tmp_path: Path, quantity: int, cost: str, difference: str, limit: str
) -> None:
    story = Story(tmp_path)
    po = sent(story, quantity)
    (line,) = story.lines(po)
    story.buyer.change_cost(line["id"], Decimal(cost))
    story.receive(po)
    story.until_lines_are_known()
    story.night()
    assert nets(story) == {}
    asked = story.open_case("price_mismatch").case.what_happened
    assert f"100.00 when ordered, which makes {difference} on the line; the limit is {limit}" in asked
    story.settle("price_mismatch", "release")
    story.night()
    assert (nets(story), story.kinds()) == ({"po:1": Decimal(cost) * quantity}, set())
    balances(story)


def test_a_price_that_makes_more_than_the_limit_on_several_deliveries_holds_the_one_with_which_it_does(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, **EACH_DELIVERY)
    po = sent(story, 30)
    (line,) = story.lines(po)
    story.buyer.change_cost(line["id"], Decimal("100.60"))
    held = {}
    for number in (1, 2, 3):
        story.receive(po, 10)
        story.until_lines_are_known()
        story.night()
        held[number] = story.kinds()
        if held[number]:
            story.settle("price_mismatch", "release")
            story.night()
        story.bookkeeper.approve(story.document(f"po:1/d:{number}")["InvoiceID"])
    assert held == {1: set(), 2: {"price_mismatch"}, 3: set()}
    assert nets(story) == {f"po:1/d:{number}": Decimal("1006.00") for number in (1, 2, 3)}
    balances(story)


def test_goods_that_were_credited_count_for_nothing_when_they_come_again_at_the_same_price(tmp_path: Path) -> None:
    reversed_ = {**EACH_DELIVERY["events"], "reversed": "draft_credit_note"}
    limits = {"price": {"percent": 10, "absolute": "5.00"}}
    story = Story(tmp_path, **{**EACH_DELIVERY, "events": reversed_}, match=limits)
    po = sent(story, 20)
    (line,) = story.lines(po)
    story.buyer.change_cost(line["id"], Decimal("100.40"))
    story.receive(po, 10)
    story.night()
    story.bookkeeper.approve(story.document("po:1/d:1")["InvoiceID"])
    story.night()
    story.buyer.unreceive(line["id"], 10)
    story.night()
    story.receive(po, 10)
    story.night()
    assert story.kinds() == set()
    assert sum(int(quantity) for quantities in story.quantities().values() for quantity in quantities) == 10
