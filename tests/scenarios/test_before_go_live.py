"""Orders that began before go-live and were billed in part since: what goes back is credited all the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from story import CYCLE, Story

EACH_DELIVERY = {"partially_received": "draft_bill", "reversed": "draft_credit_note"}


@pytest.mark.parametrize("back", [5, 6])
def test_goods_that_go_back_are_credited_also_where_only_history_is_left(tmp_path: Path, back: int) -> None:
    """Four were keyed before; six came since and are approved."""
    story = Story(tmp_path, events=EACH_DELIVERY, go_live="2026-10-06")
    (line,) = story.lines(story.order(10))
    story.buyer.receive(line["id"], 4)
    story.later(0.1)
    story.sync(CYCLE)
    story.later(2)
    story.buyer.receive(line["id"], 6)
    story.sync(CYCLE)
    story.settle("possible_duplicate", "release")
    story.night()
    assert story.document("po:1")["SubTotal"] == Decimal(600)
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.buyer.unreceive(line["id"], back)
    for _ in range(2):
        story.night()
        assert story.document("po:1/c:1")["SubTotal"] == Decimal(100 * back)
        assert story.quantities() == {"po:1": ["6"], "po:1/c:1": [str(-back)]}
        assert not story.kinds()
