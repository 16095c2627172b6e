"""Where a question about bills in Xero leads: to each of them, on the page and in the workbook.

What belongs here: the bills that a question opens. What does not: what it asks (tests/scenarios), its money
(test_money_of_a_case).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path

import openpyxl
from filled_in import rows_of
from story import CYCLE, Story

from cwxero_dagster.pipeline.reporting import PackFiles, write_pack
from cwxero_dagster.sandbox.xero import BookLine

HOSTILE = 'INV-1 PO-TWIN "><script>alert(1)</script>'


def bought(story: Story, number: str) -> None:
    story.receive(story.order(4, number=number))


def keyed(story: Story, number: str, said: str) -> str:
    """The bookkeeper keys a bill of the vendor that the bill of another order is from; its id."""
    (documents,) = (documents for key, documents in story.published().items() if key.startswith("po:1"))
    line = BookLine(
        description=said, quantity=Decimal(3), unit_amount=Decimal(90), account_code="310", tax_type="INPUT"
    )
    contact = documents[0]["Contact"]["ContactID"]
    return str(story.bookkeeper.key_bill(contact, number, [line], on=date(2026, 10, 7))["InvoiceID"])


@contextmanager
def packed(story: Story) -> Iterator[PackFiles]:
    session = story.session()
    try:
        yield write_pack(session, CYCLE)
    finally:
        session.close()


def on_the_page(files: PackFiles) -> list[tuple[str, str]]:
    """What each bill of the questions is called on the page, and the document that its link opens."""
    (asked,) = re.findall(r'(?s)<section id="cases">(.*?)</section>', files.page.read_text(encoding="utf-8"))
    links = re.findall(r'<a href="[^"]*/page/bills/([^"]+)" rel="noreferrer">([^<]*)</a>', asked)
    return [(unescape(name), document) for document, name in links]


def in_the_workbook(files: PackFiles) -> list[tuple[str, str]]:
    """What the bills of each question are called in the workbook, and the document that the first one's link opens."""
    book = openpyxl.load_workbook(files.workbook)
    cells = [row["In Xero"] for row in rows_of(book["Questions"], "Decision")]
    return [(cell.value, cell.hyperlink.target.rpartition("/")[2]) for cell in cells if cell.value]


def test_a_question_before_a_bill_is_created_opens_the_one_that_was_keyed(tmp_path: Path) -> None:
    story = Story(tmp_path)
    bought(story, "PO-FIRST")
    story.night()
    twin = keyed(story, HOSTILE, "goods")
    bought(story, "PO-TWIN")
    story.night()
    assert story.kinds() == {"possible_duplicate"}
    with packed(story) as files:
        assert on_the_page(files) == in_the_workbook(files) == [(HOSTILE, twin)]
        assert "<script>alert(1)" not in files.page.read_text(encoding="utf-8")


def test_a_question_about_two_bills_opens_both_and_the_other_one_first(tmp_path: Path) -> None:
    story = Story(tmp_path)
    bought(story, "PO-FIRST")
    story.night()
    ours = story.document("po:1")["InvoiceID"]
    twin = keyed(story, "INV-4410", "our order PO-FIRST")
    story.night()
    with packed(story) as files:
        assert on_the_page(files) == [("INV-4410", twin), ("PO-FIRST", ours)]
        assert in_the_workbook(files) == [("INV-4410, PO-FIRST", twin)]


def test_a_question_about_a_bill_that_is_not_in_xero_opens_none(tmp_path: Path) -> None:
    story = Story(tmp_path)
    (story.seeds / "accounts.csv").write_text("match_on,match_value,account_code,tax_type,item_code\n")
    bought(story, "PO-FIRST")
    story.night()
    assert story.kinds() == {"unmapped_account"}
    with packed(story) as files:
        assert on_the_page(files) == in_the_workbook(files) == []
