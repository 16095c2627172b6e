"""Drafts that nobody touched follow ConnectWise and the mapping files, whatever that makes of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story
from simulation import actions


def said(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Quantity, price, account and tax type of each line, blank where it has none."""
    fields = ("Quantity", "UnitAmount", "AccountCode", "TaxType")
    return [
        tuple("" if line.get(name) is None else str(line[name]).removesuffix(".0000") for name in fields)
        for line in document["LineItems"]
    ]


def received(story: Story, *quantities: int) -> dict[str, Any]:
    """An order of which everything has arrived."""
    po = story.order(*quantities)
    for line in story.lines(po):
        story.buyer.receive(line["id"], int(line["quantity"]))
    return po


# --- lines that lose their money --------------------------------------------------------------------------------------


@pytest.mark.parametrize("echoed", ["merge", "replace"])
def test_a_line_that_becomes_free_of_charge_loses_its_money_in_xero(tmp_path: Path, echoed: str) -> None:
    story = Story(tmp_path, of_xero={"echoed_lines": echoed})
    po = received(story, 2, 3)
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
