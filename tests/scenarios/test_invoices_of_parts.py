"""A purchase order that arrives in parts, each with a vendor invoice of its own: which bill stands for which."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from story import VENDOR, Story

IN_PARTS: dict[str, Any] = {"events": {"partially_received": "draft_bill"}}
HEADER = "connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total"
FIRST = f"{VENDOR},INV-1,2026-10-05,PO-5,400.00,40.00,440.00"
SECOND = f"{VENDOR},INV-2,2026-10-06,PO-5,600.00,60.00,660.00"


def feed(story: Story, *rows: str) -> None:
    (story.seeds / "vendor_invoices.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def numbers(story: Story) -> dict[str, str]:
    """Numbers of the live bills in Xero by key."""
    return {key: documents[0]["InvoiceNumber"] for key, documents in story.published().items()}


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize(("one_per", "steps"), [("receipt", ("/d:1", "/d:2")), ("purchase_order", ("", "/s:1"))])
def test_each_delivery_stands_for_its_own_invoice_of_the_feed(
    tmp_path: Path, one_per: str, steps: tuple[str, str], approved: bool
) -> None:
    story = Story(tmp_path, **IN_PARTS, bill={"one_per": one_per}, vendor_invoice_from="feed")
    (line,) = story.lines(story.order(10, number="PO-5"))
    feed(story, FIRST)
    story.buyer.receive(line["id"], 4)
    story.night()
    if approved or one_per == "purchase_order":
        story.bookkeeper.approve(story.document(f"po:1{steps[0]}")["InvoiceID"])
        story.night()
    feed(story, FIRST, SECOND)
    story.buyer.receive(line["id"], 6)
    for _ in range(2):
        story.night()
    assert {key: number.partition(" | ")[0] for key, number in numbers(story).items()} == {
        f"po:1{steps[0]}": "INV-1",
        f"po:1{steps[1]}": "INV-2",
    }
    assert not story.kinds()


def test_a_draft_of_an_earlier_decision_keeps_its_invoice_when_the_next_one_comes(tmp_path: Path) -> None:
    story = Story(tmp_path, **IN_PARTS)
    po = story.order(10)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 4)
    story.buyer.attach_invoice(po["id"], "INV-1", date(2026, 10, 5))
    story.night()
    story.decide(events={"vendor_invoice_received": "draft_bill"}, bill={"one_per": "vendor_invoice"})
    story.buyer.receive(line["id"], 6)
    story.buyer.attach_invoice(po["id"], "INV-2", date(2026, 10, 7))
    for _ in range(2):
        story.night()
        assert numbers(story) == {"po:1": "INV-1 | PO-1001", f"vi:{VENDOR}/1": "INV-2 | PO-1001"}
    assert story.quantities() == {"po:1": ["4"], f"vi:{VENDOR}/1": ["6"]}
