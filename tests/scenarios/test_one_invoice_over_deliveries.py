"""One vendor invoice over several deliveries, each of which has a bill of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import VENDOR, Story, balances

FIRST, SECOND, THIRD = "po:1/d:1", "po:1/d:2", "po:1/d:3"
BY_DELIVERY: dict[str, Any] = {"events": {"partially_received": "draft_bill"}, "bill": {"one_per": "receipt"}}


def invoiced(story: Story, *rows: tuple[str, str, str]) -> None:
    """vendor_invoices.csv holds these rows: number, net, total."""
    lines = ["connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total"]
    lines += [f"{VENDOR},{number},2026-10-05,PO-1,{net},,{total}" for number, net, total in rows]
    (story.seeds / "vendor_invoices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def arrives(story: Story, po: dict[str, Any], quantity: int) -> None:
    """A delivery comes, and a night passes."""
    story.receive(po, quantity)
    story.until_lines_are_known()
    story.night()


@pytest.mark.parametrize("source", ["header", "feed"])
@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("amounts", [("1000.00", "1100.00"), ("1000.00", ""), ("", "1100.00")])
def test_deliveries_that_come_to_the_invoice_together_are_no_question(
    tmp_path: Path, source: str, amounts: tuple[str, str], *, approved: bool
) -> None:
    story = Story(tmp_path, **BY_DELIVERY, vendor_invoice_from=source)
    po = story.order(10, number="PO-1")
    invoiced(story, ("I-1", *amounts))
    if source == "header":
        story.buyer.attach_invoice(po["id"], "I-1", date(2026, 10, 5))
    arrives(story, po, 4)
    assert (story.quantities(), story.kinds()) == ({FIRST: ["4"]}, set())
    if approved:
        story.bookkeeper.approve(story.document(FIRST)["InvoiceID"])
    arrives(story, po, 6)
    assert (story.quantities(), story.kinds()) == ({FIRST: ["4"], SECOND: ["6"]}, set())
    writes = len(story.writes())
    story.night()
    assert (len(story.writes()), story.kinds()) == (writes, set())
    assert [story.document(key)["InvoiceNumber"] for key in (FIRST, SECOND)] == ["I-1 | PO-1/1", "I-1 | PO-1/2"]
    balances(story)


@pytest.mark.parametrize("source", ["header", "feed"])
def test_the_delivery_with_which_the_bills_are_over_the_invoice_is_held(tmp_path: Path, source: str) -> None:
    story = Story(tmp_path, **BY_DELIVERY, vendor_invoice_from=source)
    po = story.order(10, number="PO-1")
    invoiced(story, ("I-1", "900.00", "990.00"))
    if source == "header":
        story.buyer.attach_invoice(po["id"], "I-1", date(2026, 10, 5))
    arrives(story, po, 4)
    assert not story.kinds()
    arrives(story, po, 3)
    assert not story.kinds()
    arrives(story, po, 3)
    assert story.quantities() == {FIRST: ["4"], SECOND: ["3"]}
    case = story.open_case("total_mismatch").case
    assert case.bill_keys == (THIRD,)
    assert "I-1 | PO-1/1 (440.00), I-1 | PO-1/2 (330.00) and I-1 | PO-1/3 (330.00)" in case.what_happened
    assert "1,100.00 AUD, the vendor's invoice I-1 to 990.00: 110.00 more" in case.what_happened
    story.settle("total_mismatch", "release")
    story.night()
    assert story.quantities() == {FIRST: ["4"], SECOND: ["3"], THIRD: ["3"]}
    story.night()
    assert not story.kinds()
    story.bookkeeper.edit_line(story.document(THIRD)["InvoiceID"], 0, UnitAmount=Decimal("110.0000"))
    story.night()
    assert "1,133.00 AUD" in story.open_case("total_mismatch").case.what_happened


def test_bills_under_the_invoice_are_asked_about_once_nothing_more_can_come(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10, number="PO-1")
    invoiced(story, ("I-1", "", "1210.00"))
    arrives(story, po, 4)
    arrives(story, po, 3)
    assert (story.quantities(), story.kinds()) == ({FIRST: ["4"], SECOND: ["3"]}, set())
    arrives(story, po, 3)
    assert story.quantities() == {FIRST: ["4"], SECOND: ["3"]}
    case = story.open_case("total_mismatch").case
    assert (case.bill_keys, "110.00 less" in case.what_happened) == ((THIRD,), True)
    invoiced(story, ("I-1", "", "1100.00"))
    story.night()
    assert story.quantities() == {FIRST: ["4"], SECOND: ["3"], THIRD: ["3"]}
    assert not story.kinds()


def test_a_rest_that_is_cancelled_leaves_the_last_bill_asked_about(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10, number="PO-1")
    invoiced(story, ("I-1", "", "1100.00"))
    arrives(story, po, 4)
    arrives(story, po, 3)
    assert not story.kinds()
    story.buyer.cancel_line(story.lines(po)[0]["id"])
    story.until_lines_are_known()
    writes = len(story.writes())
    story.night()
    case = story.open_case("total_mismatch").case
    assert case.bill_keys == (SECOND,)
    assert "770.00 AUD, the vendor's invoice I-1 to 1,100.00: 330.00 less" in case.what_happened
    assert len(story.writes()) == writes
    story.settle("total_mismatch", "release")
    story.night()
    assert not story.kinds()
    balances(story)


def test_each_delivery_with_its_own_invoice_is_matched_with_that(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY, vendor_invoice_from="feed")
    po = story.order(10, number="PO-1")
    invoiced(story, ("I-1", "400.00", "440.00"), ("I-2", "660.00", "726.00"))
    arrives(story, po, 4)
    assert not story.kinds()
    arrives(story, po, 6)
    case = story.open_case("total_mismatch").case
    assert case.bill_keys == (SECOND,)
    assert "The bill comes to 660.00 AUD, the vendor's invoice I-2 to 726.00: 66.00 less" in case.what_happened


def test_a_delivery_that_a_person_settled_is_not_on_the_invoice(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10, number="PO-1")
    invoiced(story, ("I-1", "", "660.00"))
    arrives(story, po, 10)
    story.settle("total_mismatch", "not-owed")
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(16))
    arrives(story, po, 6)
    assert (story.quantities(), story.kinds()) == ({SECOND: ["6"]}, set())


def test_a_supplement_is_matched_beside_the_bill_that_it_supplements(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.order(10, number="PO-1")
    arrives(story, po, 10)
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    invoiced(story, ("I-1", "", "1430.00"))
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(13))
    arrives(story, po, 3)
    assert (story.quantities(), story.kinds()) == ({"po:1": ["10"], "po:1/s:1": ["3"]}, set())
