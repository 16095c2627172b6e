"""The sandbox's page in a browser: what a person does at both desks."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGES = [
    "/", "/page/bills", "/page/bills/new", "/page/contacts", "/page/lock-dates", "/page/orders", "/page/orders/new",
    "/page/orders/4012",
]  # fmt: skip


def test_a_bill_is_keyed_found_in_the_list_and_approved(desk: Any) -> None:
    page = desk.page
    page.goto("/page/bills/new")
    page.select_option("select[name=contact]", label="Lumen Displays")
    page.fill("input[name=number]", "BROWSER-1")
    page.fill("input[name=due]", "2026-12-31")
    page.fill("textarea[name=description] >> nth=0", "Screens")
    page.fill("input[name=quantity] >> nth=0", "2")
    page.fill("input[name=unit_amount] >> nth=0", "1,199.50")
    page.select_option("select[name=account] >> nth=0", "310")
    page.click("text=Add a line")
    page.fill("textarea[name=description] >> nth=2", "Freight")
    page.fill("input[name=unit_amount] >> nth=2", "10")
    page.select_option("select[name=account] >> nth=2", "425")
    assert page.inner_text("[data-sum]") == "2,409.00"
    page.click("text=Save as draft")
    assert "BROWSER-1 from Lumen Displays over 2,649.90 AUD is kept as a draft." in desk.message()

    page.goto("/page/bills?status=draft")
    page.fill("input[name=q]", "browser-1")
    page.press("input[name=q]", "Enter")
    page.click("td.name a")
    assert page.inner_text("h1 .badge") == "Draft"
    page.click("button:text-is('Approve')")
    assert desk.message() == "Bill BROWSER-1 from Lumen Displays is approved."
    assert page.inner_text("h1 .badge") == "Awaiting payment"


def test_bills_are_ticked_and_deleted_together(desk: Any) -> None:
    page = desk.page
    for number in ("TICK-1", "TICK-2"):
        page.goto("/page/bills/new")
        page.select_option("select[name=contact]", label="Lumen Displays")
        page.fill("input[name=number]", number)
        page.fill("textarea[name=description] >> nth=0", "Screens")
        page.click("text=Save as draft")
    page.goto("/page/bills?q=tick-")
    assert page.is_disabled("button:text-is('Delete')")
    page.check("[data-all]")
    assert page.inner_text("[data-ticked]") == "2 ticked"
    page.click("button:text-is('Delete')")
    assert desk.message() == "2 documents are deleted."
    assert page.locator(".badge.deleted").count() == 2


def test_a_part_of_a_po_is_received(desk: Any) -> None:
    page = desk.page
    page.goto("/page/orders?state=raised")
    page.click("td.name a >> nth=0")
    page.click("text=Receive goods")
    page.fill("#receive input[data-open] >> nth=0", "1")
    page.fill("#receive input[name=packing_slip]", "DEL-1")
    page.click("#receive button.primary")
    assert desk.message().startswith("Received on PO-")
    assert page.inner_text("h1 .badge") == "Partly received"
    assert page.inner_text("tbody tr >> nth=0 >> td[data-label=Received]") == "1"
    page.click("text=Receive goods")
    page.click("text=Everything arrived")
    page.click("#receive button.primary")
    assert desk.message().endswith("Everything has arrived.")
    assert page.inner_text("h1 .badge") == "Received"


def test_nothing_is_wider_than_a_phone(phone: Any) -> None:
    for path in PAGES:
        phone.page.goto(path)
        assert phone.page.evaluate("document.documentElement.scrollWidth") == 360, path
        assert phone.page.is_visible("h1"), path
