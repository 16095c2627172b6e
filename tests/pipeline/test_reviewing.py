"""What the weekly report lists: goods without a bill, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from story import Story

from cwxero_dagster.pipeline.reviewing import received_without_a_bill


def listed(story: Story) -> list[str]:
    """POs of the report."""
    session = story.session()
    try:
        return [row["po_numbers"] for row in received_without_a_bill(session)[0]]
    finally:
        session.close()


def test_goods_that_went_back_are_no_goods_without_a_bill(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = story.order(10, number="PO-9001")
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 10)
    story.night()
    story.bookkeeper.approve(story.document(f"po:{po['id']}")["InvoiceID"])
    story.buyer.unreceive(line, 3)
    story.bookkeeper.settings.set_lock_dates(period=date(2026, 10, 31))
    story.night()
    assert {"lock_date"} <= story.kinds(), "the credit is held"
    assert listed(story) == []
    waiting = story.order(4, number="PO-9002")
    story.buyer.receive(story.lines(waiting)[0]["id"], 4)
    story.night()
    assert listed(story) == ["PO-9002"]
