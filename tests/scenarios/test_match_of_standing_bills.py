"""Bills that stand in Xero and are asked about once invoice, order or tax say otherwise; they stay as they are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import CYCLE, VENDOR, Story, balances

BILL = "po:1"


def invoiced(story: Story, *rows: tuple[str, str, str]) -> None:
    """vendor_invoices.csv holds these rows: number, purchase order, total."""
    lines = ["connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total"]
    lines += [f"{VENDOR},{number},2026-10-05,{po_number},,,{total}" for number, po_number, total in rows]
    (story.seeds / "vendor_invoices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def taxed(story: Story, po: dict[str, Any], tax: str) -> None:
    """The buyer corrects the tax in ConnectWise, and a night passes."""
    story.buyer.edit_line(story.lines(po)[0]["id"], tax=Decimal(tax))
    story.until_lines_are_known()
    story.night()


def approve(story: Story, key: str = BILL) -> None:
    """The bookkeeper approves a bill."""
    story.bookkeeper.approve(story.document(key)["InvoiceID"])


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED"])
def test_the_tax_of_a_draft_is_asked_about_again_by_the_figures_of_today(tmp_path: Path, status: str) -> None:
    story = Story(tmp_path, bill={"status": status})
    po = story.received(10)
    taxed(story, po, "100.00")
    draft, writes = story.document(BILL), len(story.writes())
    assert (draft["Status"], draft["TotalTax"]) == (status, Decimal("100.00"))
    assert not story.kinds()
    taxed(story, po, "120.00")
    case = story.open_case("rounding").case
    assert "tax of 100.00 AUD, and ConnectWise now says 120.00" in case.what_happened
    story.settle("rounding", "release")
    story.night()
    assert not story.kinds()
    taxed(story, po, "150.00")
    assert "ConnectWise now says 150.00" in story.open_case("rounding").case.what_happened
    story.settle("rounding", "release")
    approve(story)
    story.night()
    assert not story.kinds()
    assert story.document(BILL)["LineItems"] == draft["LineItems"]
    assert len(story.writes()) == writes
    balances(story)


def test_tax_that_a_person_made_on_the_draft_what_connectwise_says_is_no_question(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.received(10)
    taxed(story, po, "100.00")
    story.bookkeeper.edit_line(story.document(BILL)["InvoiceID"], 0, TaxAmount=Decimal("120.00"))
    taxed(story, po, "120.00")
    assert story.document(BILL)["TotalTax"] == Decimal("120.00")
    assert "rounding" not in story.kinds()


@pytest.mark.parametrize("approved", [False, True])
def test_an_invoice_that_becomes_known_is_matched_with_the_bill_in_xero(tmp_path: Path, approved: bool) -> None:
    story = Story(tmp_path)
    story.received(10, number="PO-1")
    story.night()
    if approved:
        approve(story)
    bill, writes = story.document(BILL), len(story.writes())
    invoiced(story, ("INV-9", "PO-1", "1155.00"))
    for _ in range(2):
        story.night()
        case = story.open_case("total_mismatch").case
        assert "1,100.00 AUD, the vendor's invoice INV-9 to 1,155.00: 55.00 less" in case.what_happened
        assert case.money == {"AUD": Decimal(55)}
        assert story.kinds() == {"total_mismatch"}
    invoiced(story, ("INV-9", "PO-1", "1100.00"))
    story.night()
    (closed,) = story.session().case_book.cases(status=None)
    assert (closed.status, closed.closed_because) == (
        "closed",
        "Bill and vendor's invoice agree within the limits now, as far as its goods are there.",
    )
    for total in ("1265.00", "1276.00"):
        invoiced(story, ("INV-9", "PO-1", total))
        story.night()
        assert story.kinds() == {"total_mismatch"}
        story.settle("total_mismatch", "release")
        story.night()
        assert not story.kinds()
    assert story.document(BILL) == bill
    assert len(story.writes()) == writes


def test_a_bill_that_she_made_what_the_vendor_invoiced_is_no_question(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.received(10, number="PO-1")
    story.night()
    story.bookkeeper.edit_line(story.document(BILL)["InvoiceID"], 0, UnitAmount=Decimal("105.0000"))
    invoiced(story, ("INV-9", "PO-1", "1155.00"))
    story.night()
    assert story.document(BILL)["Total"] == Decimal("1155.00")
    assert story.kinds() == {"edited_in_xero"}
    approve(story)
    story.night()
    assert "total_mismatch" not in story.kinds()


def test_the_row_of_the_feed_that_gave_the_draft_its_number_may_be_corrected_later(tmp_path: Path) -> None:
    story = Story(tmp_path, vendor_invoice_from="feed")
    story.received(10, number="PO-1")
    invoiced(story, ("INV-9", "PO-1", "1100.00"))
    story.night()
    assert story.document(BILL)["InvoiceNumber"] == "INV-9 | PO-1"
    invoiced(story, ("INV-9", "PO-1", "1199.00"))
    story.night()
    assert story.kinds() == {"total_mismatch"}
    assert story.document(BILL)["Total"] == Decimal("1100.00")


def test_one_invoice_over_a_bill_and_its_supplement_is_matched_with_both(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.received(10, number="PO-1")
    story.night()
    approve(story)
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(13))
    story.buyer.receive(story.lines(po)[0]["id"], 3)
    story.night()
    assert story.quantities() == {BILL: ["10"], f"{BILL}/s:1": ["3"]}
    invoiced(story, ("INV-9", "PO-1", "1430.00"))
    story.night()
    assert not story.kinds()
    invoiced(story, ("INV-9", "PO-1", "1540.00"))
    story.night()
    assert story.kinds() == {"total_mismatch"}
    balances(story)


@pytest.mark.parametrize(("credit", "kinds"), [("-440.00", set()), ("-550.00", {"total_mismatch"})])
def test_a_credit_that_the_vendor_gave_for_goods_that_she_dealt_with_is_no_question(
    tmp_path: Path, credit: str, kinds: set[str]
) -> None:
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    approve(story)
    invoiced(story, ("INV-1", po["poNumber"], "1100.00"))
    story.night()
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    story.night()
    story.settle("reversed_after_authorised", "release")
    invoiced(story, ("INV-1", po["poNumber"], "1100.00"), ("CN-7", po["poNumber"], credit))
    story.night()
    assert story.kinds() == kinds


def test_an_order_reduced_below_what_its_bill_holds_is_asked_about_and_a_later_delivery_by_itself(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"})
    po = story.order(10)
    story.receive(po, 6)
    story.night()
    story.later()
    story.receive(po, 6)
    story.night()
    assert story.open_case("quantity_mismatch").case.bill_keys == (f"{BILL}/d:2",)
    story.settle("quantity_mismatch", "release")
    story.night()
    assert story.quantities() == {f"{BILL}/d:1": ["6"], f"{BILL}/d:2": ["6"]}
    story.night()
    assert not story.kinds()
    writes = len(story.writes())
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(8))
    story.until_lines_are_known()
    story.night()
    case = story.open_case("quantity_mismatch").case
    assert case.bill_keys == (f"{BILL}/d:2",)
    assert "12 received, 8 ordered" in case.what_happened
    assert len(story.writes()) == writes


def test_a_credit_by_a_decision_signed_later_closes_the_case_and_says_so(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.received(5)
    story.night()
    approve(story)
    story.buyer.unreceive(story.lines(po)[0]["id"], 2)
    story.night()
    assert story.kinds() == {"reversed_after_authorised"}
    story.decide(events={"reversed": "draft_credit_note"})
    story.night()
    assert story.quantities() == {BILL: ["5"], f"{BILL}/c:1": ["-2"]}
    (closed,) = story.session().case_book.cases(status=None)
    assert closed.status == "closed"
    assert closed.closed_because == "A supplier credit of its own gives back what went back; the bill stays as it is."


def test_an_invoice_of_an_earlier_month_that_is_corrected_is_work_for_that_month_until_its_case_ends(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    approve(story)
    invoiced(story, ("INV-1", po["poNumber"], "1100.00"))
    story.night()
    story.later(40)
    assert story.cycles_with_work() == []
    for stated, kinds in (("1300.00", {"total_mismatch"}), ("1100.00", set())):
        invoiced(story, ("INV-1", po["poNumber"], stated))
        assert story.cycles_with_work() == [CYCLE]
        story.night()
        assert story.kinds() == kinds
    assert story.cycles_with_work() == []
