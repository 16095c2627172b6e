"""What the weekly report lists: goods without a bill, and nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from story import Story

from cwxero_dagster.pipeline.reviewing import received_without_a_bill
from cwxero_dagster.sandbox.xero.desk import BookLine


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


def test_an_order_whose_bill_was_deleted_in_xero_is_listed(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.order(5, number="PO-9003")
    story.buyer.receive(story.lines(po)[0]["id"], 5)
    story.night()
    assert listed(story) == []
    story.bookkeeper.delete(story.document(f"po:{po['id']}")["InvoiceID"])
    story.night()
    assert listed(story) == ["PO-9003"]
    story.settle("removed_in_xero", "not-owed")
    story.night()
    assert listed(story) == []


def test_a_firm_that_keys_by_hand_is_told_of_what_nobody_keyed(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"fully_received": "nothing", "vendor_invoice_received": "nothing"})
    for number in ("PO-9004", "PO-9005"):
        story.buyer.receive(story.lines(story.order(5, number=number))[0]["id"], 5)
    story.night()
    story.later(40)
    contact = next(one for one in story.store.all("xero.contacts") if "Halcyon" in one["Name"])
    goods = BookLine(
        description="goods", quantity=Decimal(5), unit_amount=Decimal(100), account_code="310", tax_type="INPUT"
    )
    story.bookkeeper.key_bill(contact["ContactID"], "INV-7 PO-9005", [goods], on=date(2026, 11, 14))
    story.night()
    session = story.session()
    ((row,), _) = received_without_a_bill(session)
    session.close()
    assert (row["po_numbers"], row["total"], row["days"] >= 40) == ("PO-9004", Decimal("550.00"), True)
    assert row["reason"] == "To be keyed by hand: the lifecycle decision creates no bill."
