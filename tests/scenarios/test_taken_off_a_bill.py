"""Goods that a person took off a bill before she approved it: on no bill, until somebody answers that this is right."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import CYCLE, Story, balances

from cwxero_dagster.cli.explain import explain
from cwxero_dagster.pipeline.covering import keep_coverage
from cwxero_dagster.pipeline.reporting import write_pack


def eight_of_ten(story: Story, **changes: Any) -> dict[str, Any]:
    """Ten came and are drafted; she makes the line say something else (eight of them) and approves the bill."""
    po = story.received(10)
    story.night()
    bill = story.document("po:1")["InvoiceID"]
    story.bookkeeper.edit_line(bill, 0, **(changes or {"Quantity": Decimal(8)}))
    story.bookkeeper.approve(bill)
    story.night()
    return po


def covered(story: Story) -> dict[str, Any]:
    """What coverage says of the order, all of which balances and leads somewhere."""
    balances(story)
    (row,) = [row for row in keep_coverage(story.session(), live=True) if row["ordered_quantity"]]
    terms = ("billed", "price_difference", "to_credit", "billed_elsewhere", "received_not_billed")
    found = {term: (row[f"{term}_quantity"], row[f"{term}_amount"]) for term in terms}
    return {term: figure for term, figure in found.items() if any(figure)} | {"row": row}


def test_they_are_received_and_not_billed_and_lead_to_the_case_that_asks(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = eight_of_ten(story)
    figures = covered(story)
    case = story.open_case("edited_in_xero").case
    row = figures.pop("row")
    assert figures == {"billed": (8, 800), "received_not_billed": (2, 200)}
    assert case.case_id in json.loads(row["leads_to"])["received_not_billed"]
    assert json.loads(row["case_ids"]) == [case.case_id]
    (waits,) = write_pack(story.session(), CYCLE).pack.goods
    assert (waits.quantity, waits.amount) == (2, 200)
    told = explain(story.session(), po["poNumber"])
    assert told["bills"][0]["in_xero"] == {"total": "880.00", "currency": "AUD"}
    assert told["next_step"].startswith(f"Finance (case {case.case_id}): ")


def test_once_somebody_answered_that_this_is_right_they_are_billed_elsewhere_with_the_reason(tmp_path: Path) -> None:
    story = Story(tmp_path)
    eight_of_ten(story)
    story.settle("edited_in_xero", "release")
    for _ in range(2):
        story.night()
        assert story.quantities() == {"po:1": ["8"]}
        assert not story.kinds()
    figures = covered(story)
    row = figures.pop("row")
    assert figures == {"billed": (8, 800), "billed_elsewhere": (2, 200)}
    assert "Tom let that stand: checked" in json.loads(row["leads_to"])["billed_elsewhere"]


@pytest.mark.parametrize("answered", [False, True])
def test_where_connectwise_follows_her_nothing_is_left_of_them(tmp_path: Path, answered: bool) -> None:
    story = Story(tmp_path)
    po = eight_of_ten(story)
    if answered:
        story.settle("edited_in_xero", "release")
    story.buyer.unreceive(story.lines(po)[0]["id"], 2)
    story.night()
    figures = covered(story)
    del figures["row"]
    assert figures == {"billed": (8, 800)}


def test_eight_at_a_price_that_comes_to_the_same_are_eight_all_the_same(tmp_path: Path) -> None:
    story = Story(tmp_path)
    eight_of_ten(story, Quantity=Decimal(8), UnitAmount=Decimal(125))
    figures = covered(story)
    row = figures.pop("row")
    assert figures == {"billed": (8, 1000), "price_difference": (0, 200), "received_not_billed": (2, 200)}
    assert "comes to what was sent all the same" in json.loads(row["leads_to"])["received_not_billed"]


def test_goods_that_she_moved_to_the_next_bill_are_billed(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"})
    po = story.order(16)
    story.receive(po, 10)
    story.night()
    story.receive(po, 6)
    story.night()
    for key, quantity in (("po:1/d:1", 8), ("po:1/d:2", 8)):
        bill = story.document(key)["InvoiceID"]
        story.bookkeeper.edit_line(bill, 0, Quantity=Decimal(quantity))
        story.bookkeeper.approve(bill)
    story.night()
    figures = covered(story)
    del figures["row"]
    assert figures == {"billed": (16, 1600)}
