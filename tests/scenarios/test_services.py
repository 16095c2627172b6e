"""Services are billed without a receipt, once, when their purchase order is closed or their invoice arrives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import VENDOR, Story, balances

from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.xero import BookLine

ON = date(2026, 10, 6)


def with_service(story: Story, *, goods: int = 0, **fields: Any) -> dict[str, Any]:
    """A PO over five hours of a service, and goods before them."""
    hardware, service = (
        next(item["id"] for item in story.store.all("cw.catalog") if item["type"]["name"] == name)
        for name in ("Hardware", "Service")
    )
    lines = [NewLine(product_id=service, quantity=Decimal(5), unit_cost=Decimal("80.00"))]
    if goods:
        lines.insert(0, NewLine(product_id=hardware, quantity=Decimal(goods), unit_cost=Decimal("100.00")))
    return story.buyer.raise_po(VENDOR, lines, **fields)


def nights(story: Story, number: int = 2) -> dict[str, list[str]]:
    """What Xero holds after some nights, of which only the first may write."""
    story.night()
    written = len(story.writes())
    for _ in range(number - 1):
        story.night()
    assert len(story.writes()) == written
    return story.quantities()


def test_a_service_is_billed_when_its_order_is_closed_and_goes_when_it_is_opened_again(tmp_path: Path) -> None:
    story = Story(tmp_path, two_way=["service"])
    po = with_service(story)
    key = f"po:{po['id']}"
    assert nights(story) == {}
    story.buyer.close_po(po["id"])
    assert nights(story) == {key: ["5"]}
    assert story.document(key)["SubTotal"] == Decimal("400.00")
    story.buyer.reopen_po(po["id"])
    assert nights(story) == {}
    story.buyer.close_po(po["id"])
    assert nights(story) == {f"{key}/g:1": ["5"]}
    assert story.kinds() == set()


@pytest.mark.parametrize("reversed_", ["open_case", "draft_credit_note"])
def test_an_order_that_is_opened_again_takes_nothing_off_an_approved_bill(tmp_path: Path, reversed_: str) -> None:
    story = Story(tmp_path, two_way=["Service"], events={"reversed": reversed_})
    po = with_service(story)
    key = f"po:{po['id']}"
    story.buyer.close_po(po["id"])
    assert nights(story) == {key: ["5"]}
    approved = story.bookkeeper.approve(story.document(key)["InvoiceID"])
    for again in (story.buyer.reopen_po, story.buyer.close_po, story.buyer.reopen_po):
        again(po["id"])
        assert nights(story) == {key: ["5"]}
        assert story.document(key) == approved
        assert story.kinds() == set()
        balances(story)
    (line,) = story.lines(po)
    story.buyer.edit_line(line["id"], quantity=Decimal(3))
    credited = {key: ["5"], f"{key}/c:1": ["-2"]} if reversed_ == "draft_credit_note" else {key: ["5"]}
    assert nights(story) == credited
    assert story.kinds() == (set() if reversed_ == "draft_credit_note" else {"reversed_after_authorised"})
    balances(story)
    story.buyer.edit_line(line["id"], quantity=Decimal(6))
    assert nights(story) == credited
    story.buyer.close_po(po["id"])
    more = "3" if reversed_ == "draft_credit_note" else "1"
    assert nights(story) == credited | {f"{key}/s:1": [more]}
    assert story.kinds() == set()
    balances(story)


@pytest.mark.parametrize("takes_back", ["cancel_po", "delete_po"])
def test_a_cancelled_or_deleted_order_still_takes_its_service_back(tmp_path: Path, takes_back: str) -> None:
    story = Story(tmp_path, two_way=["Service"])
    po, _ = with_service(story), with_service(story)
    story.buyer.close_po(po["id"])
    nights(story)
    story.bookkeeper.approve(story.document(f"po:{po['id']}")["InvoiceID"])
    story.buyer.reopen_po(po["id"])
    nights(story)
    getattr(story.buyer, takes_back)(po["id"])
    nights(story, 3)
    assert story.open_case("reversed_after_authorised").case.bill_keys == (f"po:{po['id']}",)


def test_an_open_order_asks_for_no_credit_of_a_service_on_a_bill_that_a_person_named(tmp_path: Path) -> None:
    story = Story(tmp_path, two_way=["Service"])
    first, po = with_service(story), with_service(story, number="PO-31")
    story.buyer.close_po(first["id"])
    assert nights(story) == {f"po:{first['id']}": ["5"]}
    service = BookLine(description="service", quantity=Decimal(5), unit_amount=Decimal(80), account_code="310")
    contact = story.document(f"po:{first['id']}")["Contact"]["ContactID"]
    hers = story.bookkeeper.key_bill(contact, "PO-31", [service], on=ON)
    story.buyer.close_po(po["id"])
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=hers["InvoiceID"])
    story.buyer.reopen_po(po["id"])
    assert nights(story) == {f"po:{first['id']}": ["5"]}
    assert story.kinds() == set()


def test_a_cancelled_order_or_line_bills_no_service(tmp_path: Path) -> None:
    story = Story(tmp_path, two_way=["Service"])
    whole, line = with_service(story), with_service(story, goods=2)
    story.buyer.cancel_po(whole["id"])
    hardware, service = story.lines(line)
    story.buyer.receive(hardware["id"], 2)
    story.buyer.cancel_line(service["id"])
    story.buyer.close_po(line["id"])
    assert nights(story) == {f"po:{line['id']}": ["2"]}


def test_goods_and_their_service_are_one_bill_once_the_invoice_is_there(tmp_path: Path) -> None:
    story = Story(tmp_path, two_way=["Service"])
    po = with_service(story, goods=2)
    story.buyer.receive(story.lines(po)[0]["id"], 2)
    assert nights(story) == {}
    story.buyer.attach_invoice(po["id"], "INV-77", ON)
    key = f"po:{po['id']}"
    assert nights(story) == {key: ["2", "5"]}
    story.buyer.close_po(po["id"])
    assert nights(story) == {key: ["2", "5"]}
    assert story.document(key)["InvoiceNumber"].startswith("INV-77 | ")
    assert story.kinds() == set()


def test_an_invoice_before_the_goods_bills_the_service_and_the_goods_follow(tmp_path: Path) -> None:
    story = Story(
        tmp_path,
        two_way=["Service"],
        bill={"one_per": "vendor_invoice"},
        events={"vendor_invoice_received": "draft_bill"},
    )
    po = with_service(story, goods=2)
    story.buyer.attach_invoice(po["id"], "INV-77", ON)
    key = f"vi:{VENDOR}/1"
    assert nights(story) == {key: ["5"]}
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.receive(story.lines(po)[0]["id"], 2)
    assert nights(story) == {key: ["5"], f"{key}/s:1": ["2"]}


def test_a_new_decision_neither_bills_a_service_again_nor_takes_it_back(tmp_path: Path) -> None:
    story = Story(tmp_path, two_way=["Service"], events={"reversed": "draft_credit_note"})
    approved, draft = with_service(story), with_service(story)
    for po in (approved, draft):
        story.buyer.close_po(po["id"])
    expected = {f"po:{approved['id']}": ["5"], f"po:{draft['id']}": ["5"]}
    assert nights(story) == expected
    story.bookkeeper.approve(story.document(f"po:{approved['id']}")["InvoiceID"])
    story.decide(two_way=[], events={"reversed": "draft_credit_note"})
    assert nights(story) == expected
    for po in (approved, draft):
        story.buyer.receive(story.lines(po)[0]["id"], 5)
    assert nights(story) == expected
    story.decide(two_way=["Service"])
    assert nights(story) == expected
    assert story.kinds() == set()


def test_what_the_decision_does_not_name_waits_for_its_receipt(tmp_path: Path) -> None:
    story = Story(tmp_path, two_way=["Labour"])
    po = with_service(story)
    story.buyer.close_po(po["id"])
    assert nights(story) == {}
