"""Tax that ConnectWise corrects after a bill was approved: asked about once, and nothing is written."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from story import Story

BILL = "po:1"


def approved(story: Story) -> dict[str, Any]:
    """Ten at 100.00 and their tax of 100.00, on an approved bill."""
    po = story.order(10)
    story.buyer.edit_line(story.lines(po)[0]["id"], tax=Decimal("100.00"))
    story.buyer.receive(story.lines(po)[0]["id"], 10)
    story.night()
    assert story.document(BILL)["TotalTax"] == Decimal("100.00")
    story.bookkeeper.approve(story.document(BILL)["InvoiceID"])
    story.night()
    assert not story.kinds()
    return po


def taxed(story: Story, po: dict[str, Any], tax: str) -> None:
    """The buyer corrects the tax in ConnectWise, and a night passes."""
    story.buyer.edit_line(story.lines(po)[0]["id"], tax=Decimal(tax))
    story.until_lines_are_known()
    story.night()


def test_it_is_a_case_that_says_both_amounts_until_they_agree_again(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = approved(story)
    bill, writes = story.document(BILL), len(story.writes())
    taxed(story, po, "0.00")
    for _ in range(2):
        case = story.open_case("rounding").case
        assert case.bill_keys == (BILL,)
        assert "tax of 100.00 AUD" in case.what_happened
        assert "ConnectWise now says 0.00" in case.what_happened
        assert case.money == {"AUD": Decimal(-100)}
        assert case.ways_out == ("release",)
        assert story.kinds() == {"rounding"}
        story.night()
    taxed(story, po, "99.97")
    assert not story.kinds()
    taxed(story, po, "50.00")
    assert story.kinds() == {"rounding"}
    story.settle("rounding", "release")
    story.night()
    assert not story.kinds()
    taxed(story, po, "40.00")
    assert "ConnectWise now says 40.00" in story.open_case("rounding").case.what_happened
    assert story.document(BILL) == bill
    assert len(story.writes()) == writes


def test_tax_that_was_let_through_on_the_draft_or_that_she_corrected_herself_is_asked_about_no_more(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path)
    released, hers = story.order(10), story.order(10)
    for po, tax in ((released, "90.00"), (hers, "100.00")):
        story.buyer.edit_line(story.lines(po)[0]["id"], tax=Decimal(tax))
        story.buyer.receive(story.lines(po)[0]["id"], 10)
    story.night()
    story.settle("rounding", "release")
    story.night()
    (line,) = [line for line in story.document("po:2")["LineItems"] if line.get("AccountCode")]
    position = story.document("po:2")["LineItems"].index(line)
    story.bookkeeper.edit_line(story.document("po:2")["InvoiceID"], position, TaxType="EXEMPTEXPENSES")
    for key in ("po:1", "po:2"):
        story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.night()
    assert story.document("po:2")["TotalTax"] == 0
    assert story.kinds() == {"edited_in_xero"}


def test_a_credit_of_goods_asks_nothing_about_tax(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = approved(story)
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    story.night()
    assert story.document(f"{BILL}/c:1")["TotalTax"] == Decimal("40.00")
    assert not story.kinds()
    taxed(story, po, "0.00")
    assert story.open_case("rounding").case.bill_keys == (BILL,)


def test_a_price_that_a_supplement_bills_brings_its_own_tax(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = approved(story)
    line = story.lines(po)[0]["id"]
    story.buyer.edit_line(line, unitCost=Decimal("105.00"), tax=Decimal("105.00"))
    story.until_lines_are_known()
    story.night()
    assert story.kinds() == {"changed_after_authorised"}
    story.settle("changed_after_authorised", "supplement")
    for _ in range(2):
        story.night()
        assert story.document(f"{BILL}/s:1")["TotalTax"] == Decimal("5.00")
        assert not story.kinds()


def test_freight_that_is_taken_back_takes_its_tax_with_it(tmp_path: Path) -> None:
    """The credit gives both back; what the bill has of tax is no question."""
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = story.order(10)
    (line,) = story.lines(po)
    story.buyer.edit_line(line["id"], tax=Decimal("100.00"))
    story.buyer.set_freight(po["id"], Decimal(25), tax=Decimal("2.50"))
    story.buyer.receive(line["id"], 10)
    story.night()
    assert story.document(BILL)["TotalTax"] == Decimal("102.50")
    story.bookkeeper.approve(story.document(BILL)["InvoiceID"])
    story.buyer.set_freight(po["id"], Decimal(0), tax=Decimal(0))
    for _ in range(2):
        story.night()
        assert story.document("po:1/c:1")["Total"] == Decimal("27.50")
        assert not story.kinds()


def test_tax_that_she_took_off_the_bill_stays_hers_when_its_price_is_billed_anew(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.order(10)
    story.buyer.edit_line(story.lines(po)[0]["id"], tax=Decimal("100.00"))
    story.buyer.receive(story.lines(po)[0]["id"], 10)
    story.night()
    bill = story.document(BILL)["InvoiceID"]
    story.bookkeeper.edit_line(bill, 0, TaxType="EXEMPTEXPENSES")
    story.bookkeeper.approve(bill)
    story.night()
    assert story.kinds() == {"edited_in_xero"}
    story.buyer.change_cost(story.lines(po)[0]["id"], Decimal(105))
    taxed(story, po, "105.00")
    story.settle("changed_after_authorised", "supplement")
    for _ in range(2):
        story.night()
        assert story.kinds() == {"edited_in_xero"}
    taxed(story, po, "60.00")
    assert "ConnectWise now says 60.00" in story.open_case("rounding").case.what_happened
