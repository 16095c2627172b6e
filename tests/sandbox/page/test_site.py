"""What all pages share: other people's text, other sites' forms, paging, messages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cwxero_dagster.sandbox.page.site import FOLDER

PAGES = [
    "/", "/page", "/page/bills", "/page/bills/new", "/page/contacts", "/page/lock-dates", "/page/orders",
    "/page/orders/new", "/page/orders/4012",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_and_asks_nothing_of_other_hosts(running: Any, path: str) -> None:
    answer = running.client.get(running.url + path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text)


def test_every_document_of_the_firm_has_a_page(running: Any) -> None:
    for order in running.systems.store.all("cw.purchaseorders"):
        running.page(f"/page/orders/{order['id']}")
    for bill in running.systems.store.all("xero.invoices"):
        assert bill["Contact"]["Name"].replace("&", "&amp;") in running.page(f"/page/bills/{bill['InvoiceID']}")


def test_what_people_typed_is_shown_as_text(running: Any) -> None:
    vendor = running.page("/page/orders/new")
    assert "O&#39;Brien &amp; Söhne &#34;Elektro&#34; &lt;b&gt;Pty&lt;/b&gt; | Ltd" in vendor
    assert "<b>Pty" not in vendor
    attack = "</textarea><script>alert(1)</script>"
    running.press("/page/orders/4038/invoice", {"number": attack[:50], "on": "2026-09-01"})
    for path in ("/page/orders/4038", "/page/orders?q=%3Cscript%3E", f"/page/bills?q={attack}&month={attack}"):
        assert "<script>alert" not in running.page(path)


def test_a_source_link_that_is_no_web_address_is_not_offered(running: Any) -> None:
    bill = next(running.systems.store.all("xero.invoices"))
    for url, offered in (("javascript:alert(1)", False), ("http://127.0.0.1:1/po?k=1&x=2", True)):
        bill["Url"] = url
        shown = running.page(f"/page/bills/{bill['InvoiceID']}")
        assert ("Open in ConnectWise" in shown) is offered
        assert "javascript:" not in shown


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
        {"Origin": "http://evil.example:80", "Host": "evil.example:80"},
    ],
)
def test_a_form_of_another_site_changes_nothing(running: Any, headers: dict[str, str]) -> None:
    answer = running.client.post(f"{running.url}/page/orders/4038/delete", data={"back": "/"}, headers=headers)
    assert answer.status_code == 403
    assert running.ask_connectwise("/procurement/purchaseorders/4038").status_code == 200


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "/page\r\nX: 1", ""])
def test_a_form_leads_back_to_this_site_only(running: Any, back: str) -> None:
    answer = running.client.post(
        f"{running.url}/page/orders/4038/close", data={"back": back}, headers={"Origin": running.url}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_message_is_shown_once_and_to_the_one_who_asked(running: Any) -> None:
    running.client.post(f"{running.url}/page/orders/4038/close", data={"back": "/"}, headers={"Origin": running.url})
    cookies = dict(running.client.cookies)
    running.client.cookies.clear()
    assert "flash" not in running.page("/")
    running.client.cookies.update(cookies)
    assert "is closed." in running.page("/")
    assert "is closed." not in running.page("/")


def test_a_form_that_is_too_large_or_no_text_is_refused(running: Any) -> None:
    own = {"Origin": running.url}
    large = running.client.post(f"{running.url}/page/lock-dates", content=b"x" * 1_000_001, headers=own)
    assert large.status_code == 413
    answer = running.client.post(f"{running.url}/page/lock-dates", content=b"period=\xff", headers=own)
    assert "The form could not be read" in running.page(answer.headers["location"])


@pytest.mark.parametrize("path", ["/page/orders/99999", "/page/bills/none", "/page/bills/none/edit"])
def test_what_is_not_there_is_said_in_words(running: Any, path: str) -> None:
    answer = running.client.get(running.url + path)
    assert answer.status_code == 404
    assert "There is no " in answer.text


def test_actions_on_what_is_not_there_say_so(running: Any) -> None:
    for path in (
        "/page/orders/99999/close",
        "/page/lines/1/cancel",
        "/page/bills/none/approve",
        "/page/contacts/none/archive",
    ):
        assert running.press(path).startswith("Not done. There is no ")


def test_lists_are_paged_by_fifty(running: Any) -> None:
    for number in range(100, 165):
        line = {"product": "701", "quantity": "1", "unit_cost": "1"}
        running.press(
            "/page/orders/new",
            {"vendor": "801", "number": f"PAGED-{number}", "on": "2026-09-18", "status": "2", **line},
        )
    first = running.page("/page/orders?q=paged&sort=number")
    assert "1 to 50 of 65 purchase orders" in first
    assert "PAGED-149" in first
    assert "PAGED-150" not in first
    assert "Page 1 of 2" in first
    last = running.page("/page/orders?q=paged&sort=number&page=2")
    assert "51 to 65 of 65" in last
    assert "PAGED-164" in last
    assert "51 to 65 of 65" in running.page("/page/orders?q=paged&page=999")
    for page in ("0", "-1", "x", "9" * 40):
        assert "1 to 50 of 65" in running.page(f"/page/orders?q=paged&page={page}")


def test_the_start_page_counts_both_sides(running: Any) -> None:
    shown = " ".join(re.sub(r"<[^>]+>", " ", running.page("/")).split())
    assert "Awaiting payment 4 AUD" in shown
    assert "On order 2 AUD" in shown
    assert "scenario small" in shown


def test_templates_and_script_name_no_other_host() -> None:
    for file in (path for path in FOLDER.rglob("*") if path.suffix in (".html", ".css", ".js")):
        found = re.findall(r"https?://[\w.]+", Path(file).read_text(encoding="utf-8"))
        assert set(found) <= {"http://www.w3.org"}, file
