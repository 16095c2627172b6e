"""Freight: once a purchase order, on the bill that the firm decided on, and exactly what changed after an approval."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from story import Story

CARRIER = {"freight": {"bill": "carrier"}}


def freight_lines(story: Story) -> dict[str, Decimal]:
    """What each live document in Xero charges for freight, credits negative."""
    found: dict[str, Decimal] = {}
    for key, (document,) in story.published().items():
        sign = -1 if document["Type"] == "ACCPAYCREDIT" else 1
        amounts = [sign * line["LineAmount"] for line in document["LineItems"] if line.get("AccountCode") == "425"]
        if amounts:
            found[key] = sum(amounts, Decimal(0))
    return found


def carriers(story: Story, *rows: str) -> None:
    """Put landed_costs.csv in force."""
    text = "\n".join(["match_on,match_value,carrier_vendor_id", *rows, ""])
    (story.seeds / "landed_costs.csv").write_text(text, encoding="utf-8")


def billed_order(story: Story, freight: str, **fields: Any) -> dict[str, Any]:
    """A PO with freight that is fully received and billed."""
    po = story.order(10, number="PO-9100", **fields)
    story.buyer.set_freight(po["id"], Decimal(freight))
    story.buyer.receive(story.lines(po)[0]["id"], 10)
    story.night()
    return po


def test_the_carrier_is_billed_apart_and_a_carrier_that_nobody_named_holds_the_freight_alone(tmp_path: Path) -> None:
    story = Story(tmp_path, **CARRIER)
    carriers(story)
    po = billed_order(story, "25.00")
    key = f"po:{po['id']}"
    assert story.quantities() == {key: ["10"]}
    assert story.kinds() == {"freight_unresolved"}
    carriers(story, "default,,828")
    story.night()
    assert freight_lines(story) == {f"{key}/f": Decimal("25.00")}
    goods, freight = story.document(key), story.document(f"{key}/f")
    assert freight["InvoiceNumber"] == "PO-9100/F"
    assert freight["Contact"]["ContactID"] != goods["Contact"]["ContactID"]
    assert story.kinds() == set()
    writes = len(story.writes())
    story.night()
    assert len(story.writes()) == writes


def test_a_goods_bill_and_a_carriers_bill_live_apart_through_deliveries_and_approval(tmp_path: Path) -> None:
    story = Story(tmp_path, **CARRIER, events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"})
    po = story.order(10, number="PO-9101")
    key, line = f"po:{po['id']}", story.lines(po)[0]["id"]
    story.buyer.set_freight(po["id"], Decimal("25.00"), packing_slip="SLIP-1")
    story.buyer.receive(line, 4, packing_slip="SLIP-1")
    story.night()
    assert story.quantities() == {f"{key}/d:1": ["4"], f"{key}/f": ["1"]}
    story.bookkeeper.approve(story.document(f"{key}/f")["InvoiceID"])
    story.buyer.receive(line, 6, packing_slip="SLIP-2")
    story.buyer.set_freight(po["id"], Decimal("31.00"), packing_slip="SLIP-1")
    story.night()
    assert story.quantities() == {f"{key}/d:1": ["4"], f"{key}/d:2": ["6"], f"{key}/f": ["1"], f"{key}/f/s:1": ["1"]}
    assert freight_lines(story) == {f"{key}/f": Decimal("25.00"), f"{key}/f/s:1": Decimal("6.00")}
    assert story.document(f"{key}/f/s:1")["InvoiceNumber"] == "PO-9101/F/S1"


def test_freight_that_grows_changes_a_draft_and_supplements_an_approved_bill_by_the_difference_once(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path)
    po = billed_order(story, "25.00")
    key = f"po:{po['id']}"
    story.buyer.set_freight(po["id"], Decimal("30.00"))
    story.night()
    assert freight_lines(story) == {key: Decimal("30.00")}
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.set_freight(po["id"], Decimal("42.50"))
    for _ in range(2):
        story.night()
    assert freight_lines(story) == {key: Decimal("30.00"), f"{key}/s:1": Decimal("12.50")}
    assert story.document(f"{key}/s:1")["LineItems"][0]["Description"].endswith("42.50 instead of 30.00")
    story.buyer.set_freight(po["id"], Decimal("36.00"))
    story.night()
    assert freight_lines(story) == {key: Decimal("30.00"), f"{key}/s:1": Decimal("6.00")}
    assert story.kinds() == set()


def test_freight_that_came_after_the_approval_is_a_supplement_of_its_own(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.order(10)
    key = f"po:{po['id']}"
    story.buyer.receive(story.lines(po)[0]["id"], 10)
    story.night()
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.set_freight(po["id"], Decimal("18.20"))
    for _ in range(2):
        story.night()
    assert freight_lines(story) == {f"{key}/s:1": Decimal("18.20")}
    assert story.quantities()[f"{key}/s:1"] == ["1"]


def test_freight_that_shrinks_after_the_approval_is_a_case(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = billed_order(story, "25.00")
    key = f"po:{po['id']}"
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.set_freight(po["id"], Decimal("20.00"))
    writes = len(story.writes())
    story.night()
    assert story.kinds() == {"reversed_after_authorised"}
    assert len(story.writes()) == writes
    assert freight_lines(story) == {key: Decimal("25.00")}


def test_freight_that_shrinks_is_credited_by_the_difference_once_where_the_firm_decided_so(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = billed_order(story, "25.00")
    key = f"po:{po['id']}"
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.set_freight(po["id"], Decimal("20.00"))
    for _ in range(2):
        story.night()
    assert freight_lines(story) == {key: Decimal("25.00"), f"{key}/c:1": Decimal("-5.00")}
    assert story.document(f"{key}/c:1")["CreditNoteNumber"] == "PO-9100/C1"
    story.buyer.set_freight(po["id"], Decimal("22.00"))
    story.bookkeeper.approve(story.document(f"{key}/c:1")["CreditNoteID"])
    for _ in range(2):
        story.night()
    assert sum(freight_lines(story).values()) == Decimal("22.00")
