"""Goods go back after their bill was approved, and a person answers: what Xero holds, and where coverage leads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances

from cwxero_dagster.pipeline.covering import keep_coverage

DELIVERIES = {"events": {"partially_received": "draft_bill"}, "bill": {"one_per": "receipt"}}


def gone_back(story: Story) -> dict[str, Any]:
    """Two deliveries are billed and approved, and three pieces of the second go back."""
    po = story.order(10, number="PO-1001")
    for quantity in (4, 6):
        story.receive(po, quantity)
        story.night()
    for (bill,) in story.published().values():
        story.bookkeeper.approve(bill["InvoiceID"])
    story.night()
    story.buyer.unreceive(story.lines(po)[0]["id"], 3)
    story.night()
    return po


def to_credit(story: Story) -> tuple[int, int, str]:
    """Quantity, money and words of what is to credit; everything balances."""
    balances(story)
    (row,) = [row for row in keep_coverage(story.session(), live=True) if row["po_number"] == "PO-1001"]
    words = json.loads(row["leads_to"]).get("to_credit", "")
    return row["to_credit_quantity"], row["to_credit_amount"], words


@pytest.mark.parametrize("verb", ["release", "accept-theirs"])
def test_the_bill_stays_and_what_went_back_leads_to_it_and_to_who_let_it_stand(tmp_path: Path, verb: str) -> None:
    story = Story(tmp_path, **DELIVERIES)
    gone_back(story)
    before, writes = story.published(), len(story.writes())
    case = story.open_case("reversed_after_authorised").case
    quantity, amount, words = to_credit(story)
    assert (quantity, amount) == (3, 300)
    assert f"(case {case.case_id})" in words
    story.settle("reversed_after_authorised", verb)
    for _ in range(2):
        story.night()
    assert (story.published(), len(story.writes())) == (before, writes)
    assert story.kinds() == set()
    words = (
        "bill PO-1001/2 in Xero (approved): Already approved in Xero; Tom let it stand when goods or freight of it "
        "went back (checked)."
    )
    assert to_credit(story) == (3, 300, words)


def test_after_a_credit_nothing_is_to_credit_any_more(tmp_path: Path) -> None:
    story = Story(tmp_path, **DELIVERIES)
    gone_back(story)
    story.settle("reversed_after_authorised", "credit")
    story.night()
    assert story.quantities() == {"po:1/d:1": ["4"], "po:1/d:2": ["6"], "po:1/d:2/c:1": ["-3"]}
    assert to_credit(story) == (0, 0, "")
    assert story.kinds() == set()
