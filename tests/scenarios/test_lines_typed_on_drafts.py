"""Lines that a person types on a draft, and goods that come or go afterwards: on the bill once, or in question."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story, typed_anew
from simulation import actions

from cwxero_dagster.sandbox.xero import BookLine


def drafted(folder: Path, *quantities: int, arrived: int = 1) -> tuple[Story, dict[str, Any]]:
    """A story with an order of which the first lines arrived and are on a draft."""
    story = Story(folder, events={"partially_received": "draft_bill"})
    po = story.order(*quantities)
    for line in story.lines(po)[:arrived]:
        story.buyer.receive(line["id"], int(line["quantity"]))
    story.night()
    return story, po


def bill_id(story: Story) -> str:
    return str(story.document("po:1")["InvoiceID"])


def adds(story: Story, description: str, quantity: str, price: str, account: str) -> None:
    """She types one more line on the draft."""
    line = BookLine(
        description=description,
        quantity=Decimal(quantity),
        unit_amount=Decimal(price),
        account_code=account,
        tax_type="INPUT",
    )
    story.bookkeeper.add_line(bill_id(story), line)


def deletes(story: Story, description: str) -> None:
    """She deletes her line again; the others stay as they are."""
    bill = story.document("po:1")
    story.bookkeeper.delete_line(
        bill["InvoiceID"], [line["Description"] for line in bill["LineItems"]].index(description)
    )


def amounts(story: Story) -> list[str]:
    """Net amounts of the lines of the one document in Xero."""
    assert list(story.published()) == ["po:1"]
    return [f"{line['LineAmount'].normalize():f}" for line in story.document("po:1")["LineItems"]]


def about_the_lines(story: Story) -> str:
    """What the case says that holds the draft."""
    (found,) = [
        kept.case.what_happened
        for kept in story.session().case_book.cases()
        if kept.case.kind == "edited_in_xero" and kept.case.cause == "bill po:1"
    ]
    return found


def lets_it_stand(story: Story) -> None:
    """Tom releases the case that holds the draft."""
    (case_id,) = [
        kept.case.case_id
        for kept in story.session().case_book.cases()
        if kept.case.kind == "edited_in_xero" and kept.case.cause == "bill po:1"
    ]
    story.session().case_book.decide(case_id, verb="release", reason="checked", by="Tom", at=story.clock.now())


# --- what she typed first, and ConnectWise brings later ---------------------------------------------------------------


def with_her_freight(folder: Path, amount: str) -> tuple[Story, dict[str, Any]]:
    """She types the freight of the vendor's invoice on the draft, and the buyer types it on the order next day."""
    story, po = drafted(folder, 10)
    adds(story, "Freight as invoiced", "1", "25", "425")
    story.night()
    story.buyer.set_freight(po["id"], Decimal(amount))
    return story, po


@pytest.mark.parametrize("amount", ["25", "24.50"])
def test_freight_that_she_typed_on_the_draft_is_not_written_beside_it(tmp_path: Path, amount: str) -> None:
    story, _ = with_her_freight(tmp_path, amount)
    for _ in range(2):
        assert actions(story.night()) == {"po:1": "hold"}
        assert amounts(story) == ["1000", "25"]
    asked = about_the_lines(story)
    assert "Freight as invoiced" in asked
    assert "Freight on purchase order" in asked


def test_freight_of_hers_that_a_person_lets_stand_is_the_order_s_and_follows_it(tmp_path: Path) -> None:
    story, po = with_her_freight(tmp_path, "25")
    story.night()
    lets_it_stand(story)
    story.night()
    assert amounts(story) == ["1000", "25"]
    assert actions(story.night()) == {"po:1": "unchanged"}
    story.buyer.set_freight(po["id"], Decimal(30))
    story.night()
    assert amounts(story) == ["1000", "30"]
    story.bookkeeper.approve(bill_id(story))
    for _ in range(2):
        story.night()
    assert amounts(story) == ["1000", "30"]


def test_freight_that_she_deletes_again_is_written_from_the_order(tmp_path: Path) -> None:
    story, _ = with_her_freight(tmp_path, "25")
    story.night()
    deletes(story, "Freight as invoiced")
    assert actions(story.night()) == {"po:1": "update"}
    assert amounts(story) == ["1000", "25"]
    assert story.document("po:1")["LineItems"][1]["Description"].startswith("Freight on purchase order")
    story.night()
    assert story.kinds() == set()


def test_goods_that_she_typed_on_the_draft_are_not_written_beside_it_when_they_arrive(tmp_path: Path) -> None:
    story, po = drafted(tmp_path, 10, 5)
    second = story.lines(po)[1]
    adds(story, second["description"], "5", "100", "310")
    story.night()
    story.buyer.receive(second["id"], 5)
    assert actions(story.night()) == {"po:1": "hold"}
    lets_it_stand(story)
    story.night()
    story.bookkeeper.approve(bill_id(story))
    for _ in range(2):
        story.night()
    assert amounts(story) == ["1000", "500"]


def test_more_of_the_goods_on_a_line_of_hers_is_not_written_on_ours_as_well(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"partially_received": "draft_bill"})
    po = story.order(15)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 10)
    story.night()
    adds(story, "The rest, as invoiced", "5", "100", "310")
    story.night()
    story.buyer.receive(line["id"], 5)
    for _ in range(2):
        assert actions(story.night()) == {"po:1": "hold"}
        assert amounts(story) == ["1000", "500"]


def test_a_fee_that_she_typed_stays_beside_goods_that_arrive(tmp_path: Path) -> None:
    story, po = drafted(tmp_path, 10, 5)
    adds(story, "Small order fee", "1", "12.50", "453")
    story.night()
    story.buyer.receive(story.lines(po)[1]["id"], 5)
    assert actions(story.night()) == {"po:1": "update"}
    assert amounts(story) == ["1000", "12.5", "500"]


# --- what she split, moved or typed anew, and ConnectWise changes -----------------------------------------------------


def split(folder: Path) -> tuple[Story, dict[str, Any]]:
    """She splits the draft's line of ten into six and four, for two cost centres."""
    story, po = drafted(folder, 10)
    story.bookkeeper.edit_line(bill_id(story), 0, Quantity=Decimal(6))
    adds(story, "For the store", "4", "100", "453")
    assert actions(story.night()) == {"po:1": "unchanged"}
    return story, po


def test_goods_that_go_back_from_a_line_that_she_split_are_a_question(tmp_path: Path) -> None:
    story, po = split(tmp_path)
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    for _ in range(2):
        assert actions(story.night()) == {"po:1": "hold"}
        assert amounts(story) == ["600", "400"]
    asked = about_the_lines(story)
    assert "For the store" in asked
    assert "600.00 in ConnectWise instead of 1,000.00" in asked


def test_a_price_that_changes_on_a_line_that_she_split_is_not_written_on_one_part_alone(tmp_path: Path) -> None:
    story, po = split(tmp_path)
    story.buyer.change_cost(story.lines(po)[0]["id"], Decimal(105))
    for _ in range(2):
        assert actions(story.night()) == {"po:1": "hold"}
        assert amounts(story) == ["600", "400"]
    assert "1,050.00 in ConnectWise instead of 1,000.00" in about_the_lines(story)


def test_a_split_that_she_undoes_follows_connectwise_again(tmp_path: Path) -> None:
    story, po = split(tmp_path)
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    story.night()
    deletes(story, "For the store")
    assert actions(story.night()) == {"po:1": "unchanged"}
    assert amounts(story) == ["600"]
    assert story.kinds() == set(), "both sides say the same again"


def test_goods_that_go_back_from_lines_that_she_typed_anew_are_a_question(tmp_path: Path) -> None:
    story, po = drafted(tmp_path, 10, 5, arrived=2)
    anew = [typed_anew(line) for line in story.document("po:1")["LineItems"]]
    story.bookkeeper.edit_bill(bill_id(story), lines=anew)
    assert actions(story.night()) == {"po:1": "unchanged"}
    story.buyer.unreceive(story.lines(po)[1]["id"], 5)
    for _ in range(2):
        assert actions(story.night()) == {"po:1": "hold"}
        assert amounts(story) == ["1000", "500"]
    assert "500.00 was deleted in Xero and is gone in ConnectWise" in about_the_lines(story)
