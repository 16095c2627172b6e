"""Drafts that nobody touched follow ConnectWise and the mapping files, whatever that makes of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story
from simulation import actions

from cwxero_dagster.sandbox.connectwise.buyer import NewLine


def said(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Quantity, price, account and tax type of each line, blank where it has none."""
    fields = ("Quantity", "UnitAmount", "AccountCode", "TaxType")
    return [
        tuple("" if line.get(name) is None else str(line[name]).removesuffix(".0000") for name in fields)
        for line in document["LineItems"]
    ]


# --- lines that lose their money --------------------------------------------------------------------------------------


@pytest.mark.parametrize("echoed", ["merge", "replace"])
def test_a_line_that_becomes_free_of_charge_loses_its_money_in_xero(tmp_path: Path, echoed: str) -> None:
    story = Story(tmp_path, of_xero={"echoed_lines": echoed})
    po = story.received(2, 3)
    story.night()
    free = story.lines(po)[0]["id"]
    story.buyer.change_cost(free, Decimal(0))
    assert actions(story.night()) == {"po:1": "update"}
    document = story.document("po:1")
    assert (said(document)[0], f"{document['SubTotal']:f}") == (("", "", "", ""), "300.00")
    assert actions(story.night()) == {"po:1": "unchanged"}
    assert story.kinds() == set()

    story.buyer.change_cost(free, Decimal(50))
    story.night()
    document = story.document("po:1")
    assert [line[0] for line in said(document)] == ["2", "3"]
    assert (f"{document['SubTotal']:f}", story.kinds()) == ("400.00", set())


# --- drafts whose bill would not be made any more ---------------------------------------------------------------------


def exclude(story: Story, po: dict[str, Any], reason: str) -> None:
    rows = f"match_on,match_value,reason\npo_number,{po['poNumber']},{reason}\n"
    (story.seeds / "exclusions.csv").write_text(rows, encoding="utf-8")


def drafted_in_part(folder: Path) -> tuple[Story, dict[str, Any], dict[str, Any]]:
    """A story with an order of ten, and its line, of which four have arrived and are on a draft."""
    story = Story(folder, events={"partially_received": "draft_bill"})
    po = story.order(10)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 4)
    story.night()
    return story, po, line


def add_credit(story: Story, po: dict[str, Any], cost: str) -> None:
    """A line that takes something off the order, received at once."""
    product = story.store.get("cw.lineitems", story.lines(po)[0]["id"])["product"]["id"]
    line = story.buyer.add_line(po["id"], NewLine(product_id=product, quantity=Decimal(1), unit_cost=Decimal(cost)))
    story.buyer.receive(line["id"], 1)


def test_a_draft_that_comes_to_zero_leaves_and_what_the_order_comes_to_later_is_made_anew(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.received(1)
    story.night()
    add_credit(story, po, "-100.00")
    assert actions(story.night()) == {"po:1": "withdraw"}
    assert (story.published(), story.kinds()) == ({}, set())
    assert set(actions(story.night()).values()) == {"exclude"}

    add_credit(story, po, "-50.00")
    story.night()
    (credit,) = [found for (found,) in story.published().values()]
    assert (credit["Type"], f"{credit['SubTotal']:f}", story.kinds()) == ("ACCPAYCREDIT", "50.00", set())


def test_a_draft_whose_order_is_excluded_afterwards_leaves_and_comes_back_with_the_order(tmp_path: Path) -> None:
    story, po, line = drafted_in_part(tmp_path)
    exclude(story, po, "paid by card")
    published = story.night()
    assert actions(published) == {"po:1": "withdraw"}
    assert "exclusions.csv: paid by card" in published.actions[0].reason
    story.buyer.receive(line["id"], 6)
    assert set(actions(story.night()).values()) == {"exclude"}
    assert (story.published(), story.kinds()) == ({}, set())

    (story.seeds / "exclusions.csv").write_text("match_on,match_value,reason\n", encoding="utf-8")
    story.night()
    assert list(story.quantities().values()) == [["10"]]


def test_a_draft_that_a_person_worked_on_stays_as_it_is_when_its_order_is_excluded(tmp_path: Path) -> None:
    story, po, line = drafted_in_part(tmp_path)
    story.bookkeeper.edit_bill(story.document("po:1")["InvoiceID"], number="PO-1 (see Bob)")
    exclude(story, po, "paid by card")
    story.buyer.receive(line["id"], 6)
    assert actions(story.night()) == {"po:1": "hold"}
    assert "paid by card" in story.open_case("edited_in_xero").case.what_happened
    assert story.quantities() == {"po:1": ["4"]}
    story.settle("edited_in_xero", "accept-theirs")
    assert actions(story.night()) == {"po:1": "unchanged"}
    assert (story.quantities(), story.kinds()) == ({"po:1": ["4"]}, set())


def test_an_approved_bill_whose_order_is_excluded_afterwards_stands_without_a_word(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.received(4)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    exclude(story, po, "paid by card")
    assert actions(story.night()) == {"po:1": "unchanged"}
    assert (story.quantities(), story.kinds()) == ({"po:1": ["4"]}, set())
