"""The pack as people open it: types, totals that tie, hostile text, and the same figures in workbook and page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from compared_pack import a_run
from simulation import Simulation
from spreadsheets import needs_libreoffice, results, worked_out_again

from cwxero_dagster.payables.money import money_text, rounded
from cwxero_dagster.payables.reports.bills import PLACES
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.pipeline.packing.pack import review_pack
from cwxero_dagster.review.files import FileInUse
from cwxero_dagster.review.page import write_page
from cwxero_dagster.review.workbook import write_workbook

HOSTILE = "=cmd|' /C calc'!A0<script>alert(\"x\")</script>"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> ReviewPack:
    """May of the small world after two nights, some bills approved."""
    simulation = Simulation(tmp_path_factory.mktemp("pack"))
    simulation.sync("2026-05")
    drafts = sorted(bill["InvoiceID"] for bill in simulation.bills() if bill["Status"] == "DRAFT")
    simulation.bookkeeper.approve(drafts[0])
    simulation.sync("2026-05")
    session = simulation.session()
    made = review_pack(session, "2026-05")
    session.close()
    return made


@pytest.fixture(scope="module")
def hostile(pack: ReviewPack) -> ReviewPack:
    """The same with text that attacks, wherever a vendor or an order has its say."""
    bills = tuple(dataclasses.replace(one, vendor=HOSTILE, number=f"+{one.number}\x0b", po_link="javascript:alert(1)")
                  for one in pack.bills)  # fmt: skip
    cases = tuple(dataclasses.replace(one, what_happened=HOSTILE, po_numbers=(HOSTILE,)) for one in pack.cases)
    return dataclasses.replace(pack, bills=bills, cases=cases, organisation=HOSTILE)


def sheet_rows(path: Path, sheet: str, *, values: bool = False) -> list[dict[str, Any]]:
    """The rows of a sheet's table by heading."""
    lines = list(openpyxl.load_workbook(path, data_only=values)[sheet].iter_rows(values_only=True))
    header = next(index for index, line in enumerate(lines) if sum(cell is not None for cell in line) > 4 and index > 1
                  and not str(line[0]).startswith("Total "))  # fmt: skip
    return [dict(zip(lines[header], line, strict=True)) for line in lines[header + 1 :] if any(line)]


def test_the_pack_ties_out_and_covers_every_bill(pack: ReviewPack) -> None:
    assert {line.currency_code: line.unexplained for line in pack.tie_out} == {"AUD": 0, "NZD": 0}
    assert {bill.place for bill in pack.bills} == {"in Xero", "held back", "kept out"}
    assert sum(question.bills for question in pack.questions) == sum(bill.is_held for bill in pack.bills) == 5
    assert pack.funnel[0].orders == 12
    assert pack.accrual.money == pack.goods_money
    assert (pack.as_at, pack.today) == (date(2026, 5, 31), date(2026, 10, 1))


def test_what_the_bookkeeper_approved_is_no_draft_any_more(pack: ReviewPack) -> None:
    statuses = sorted(bill.xero_status for bill in pack.bills if bill.is_in_xero)
    assert statuses == ["AUTHORISED", "DRAFT", "DRAFT"]
    assert {bill.xero_status for bill in pack.drafts} == {"DRAFT"}


def test_the_workbook_has_typed_cells_frozen_headers_filters_and_links(pack: ReviewPack, tmp_path: Path) -> None:
    write_workbook(pack, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    bills = book["Bills"]
    assert bills.freeze_panes
    assert bills.auto_filter.ref
    rows = sheet_rows(tmp_path / "pack.xlsx", "Bills")
    assert sorted(Decimal(str(row["Total"])) for row in rows) == sorted(bill.total for bill in pack.bills)
    assert {type(row["Date"]) for row in rows} == {datetime}
    assert sum(1 for row in bills.iter_rows() for cell in row if cell.hyperlink) >= len(rows)
    assert {row["Currency"] for row in rows} == {"AUD", "NZD"}


def test_what_people_compare_is_drawn_and_printed_on_paper_that_everybody_has(pack: ReviewPack, tmp_path: Path) -> None:
    write_workbook(pack, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    assert {sheet.title: len(sheet._charts) for sheet in book if sheet._charts} == {"Summary": 1, "Trend": 2}
    assert {(sheet.page_setup.orientation, sheet.page_setup.paperSize) for sheet in book} == {("landscape", 9)}
    assert all(sheet.sheet_properties.pageSetUpPr.fitToPage for sheet in book)
    faces = {cell.font.name for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert faces == {"Calibri"}
    (month,) = sheet_rows(tmp_path / "pack.xlsx", "Trend")
    for place, money in pack.figures.money.items():
        heading = f"{place[0].upper()}{place[1:]}"
        assert month[heading] == pack.figures.counts.get(place, 0)
        assert Decimal(str(month[f"{heading}, AUD"])) == money.get("AUD", 0)


def test_goods_are_named_by_number_and_in_words(pack: ReviewPack, tmp_path: Path) -> None:
    write_workbook(pack, tmp_path / "pack.xlsx")
    shown = {row["Goods"]: row["Description"] for row in sheet_rows(tmp_path / "pack.xlsx", "Received not billed")}
    assert shown["NB-27"] == "Parallax 16in mobile workstation"


def test_hostile_text_is_text_in_the_workbook(hostile: ReviewPack, tmp_path: Path) -> None:
    write_workbook(hostile, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    told = [cell for cell in cells if isinstance(cell.value, str) and "cmd|" in cell.value]
    assert len(told) > len(hostile.bills)
    assert {cell.data_type for cell in told} == {"s"}
    assert all(cell.quotePrefix for cell in told if cell.value.startswith("="))
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert all(re.match(r"=(SUMIFS|COUNTIFS|ROUND)\(", text) and "cmd|" not in text for text in formulas)
    assert not [cell for cell in cells if cell.hyperlink and "javascript" in cell.hyperlink.target]


def test_a_workbook_that_cannot_be_replaced_says_so_and_stays(pack: ReviewPack, tmp_path: Path) -> None:
    (tmp_path / "pack.xlsx").mkdir()
    with pytest.raises(FileInUse, match="Close it where it is open"):
        write_workbook(pack, tmp_path / "pack.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["pack.xlsx"]


def compared(pack: ReviewPack) -> ReviewPack:
    """The same cycle, keyed by hand beside the sync."""
    return dataclasses.replace(pack, parallel=a_run())


def lost(pack: ReviewPack) -> ReviewPack:
    """A pack that does not tie out."""
    return dataclasses.replace(pack, bills=pack.bills[1:])


@needs_libreoffice
@pytest.mark.parametrize("given", [compared, lost])
def test_what_is_stored_beside_each_formula_is_what_libreoffice_works_out(
    pack: ReviewPack, tmp_path: Path, given: Callable[[ReviewPack], ReviewPack]
) -> None:
    made = given(pack)
    write_workbook(made, tmp_path / "pack.xlsx")
    stored = results(tmp_path / "pack.xlsx")
    again = results(worked_out_again(tmp_path / "pack.xlsx", tmp_path))
    assert {sheet for sheet, _ in stored} >= {"Summary", "Bills", "Questions", "Received not billed"}
    assert {cell for cell, value in stored.items() if not isinstance(value, int | float)} == set()
    cents = {cell: rounded(Decimal(str(value))) for cell, value in stored.items()}
    assert cents == {cell: rounded(Decimal(str(value))) for cell, value in again.items()}
    assert any(cents.values())


@needs_libreoffice
def test_libreoffice_opens_the_workbook_and_its_totals_come_to_the_same_cents(
    hostile: ReviewPack, tmp_path: Path
) -> None:
    write_workbook(hostile, tmp_path / "pack.xlsx")
    again = worked_out_again(tmp_path / "pack.xlsx", tmp_path)
    summary = sheet_rows(again, "Summary", values=True)
    shown = {(row["Currency"], row["What"]): row["From the sheets"] for row in summary}
    for line in hostile.tie_out:
        for place in PLACES:
            assert round(Decimal(str(shown[line.currency_code, place])), 2) == line.places[place]
    for question in hostile.questions:
        for currency, money in question.money.items():
            assert round(Decimal(str(shown[currency, f"Held: {question.title}"])), 2) == money
    assert shown["AUD", f"Drafts to approve, dated up to {hostile.as_at}"] == float(hostile.drafts_money["AUD"])
    assert shown["AUD", f"Accrual to post on {hostile.as_at}"] == float(hostile.accrual.money["AUD"])
    assert {row["Difference"] for row in summary if row["Difference"] is not None} == {0}
    assert {row["Vendor"] for row in sheet_rows(again, "Bills", values=True)} == {HOSTILE}


class Reader(HTMLParser):
    """Text of a page, and everything in it that could run or reach out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.risky: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        reaches = {"src", "srcset", "data", "action", "onload", "onclick", "onerror"} & set(found)
        if tag in {"script", "iframe", "object", "embed", "link", "img", "form", "base"} or reaches:
            self.risky.append((tag, found))
        if tag == "a" and not re.match(r"(https?://|t\.xlsx$)", found["href"] or ""):
            self.risky.append((tag, found))

    def handle_data(self, data: str) -> None:
        self.text += data


def page(pack: ReviewPack, folder: Path) -> Reader:
    write_page(pack, folder / "t.html", workbook="t.xlsx")
    return Reader((folder / "t.html").read_text(encoding="utf-8"))


def test_the_page_shows_the_figures_of_the_workbook(pack: ReviewPack, tmp_path: Path) -> None:
    text = re.sub(r"\s+", " ", page(pack, tmp_path).text)
    for line in pack.tie_out:
        assert f"Due {money_text(line.due)} {line.currency_code}" in text
        for place, value in line.places.items():
            assert not value or f"{place} {money_text(value)}" in text
    assert text.count("; unexplained 0.00") == 2
    assert "Everything that is due is accounted for" in text
    assert f"{money_text(pack.goods_money['AUD'])} AUD" in text
    assert all(case.case_id in text and case.what_to_do in text for case in pack.cases)


def test_the_page_says_so_when_a_bill_was_lost(pack: ReviewPack, tmp_path: Path) -> None:
    assert "The cycle does not tie out" in page(lost(pack), tmp_path).text


def test_the_page_needs_no_network_and_runs_nothing(hostile: ReviewPack, tmp_path: Path) -> None:
    found = page(hostile, tmp_path)
    assert found.risky == []
    assert HOSTILE in found.text


def test_a_cycle_without_bills_has_a_pack_too(pack: ReviewPack, tmp_path: Path) -> None:
    empty = dataclasses.replace(
        pack, bills=(), due=(), cases=(), goods=(), drafts=(), paid=(), cents=(), funnel=(), volume=None,
        signed_by=(), mode="shadow", made_at=datetime(2026, 6, 1, tzinfo=UTC),
        trend=(dataclasses.replace(pack.trend[0], counts={}, untouched=0),),
        accrual=dataclasses.replace(pack.accrual, lines=()),
    )  # fmt: skip
    write_workbook(empty, tmp_path / "pack.xlsx")
    text = page(empty, tmp_path).text
    assert "No bill is due in this cycle" in text
    assert "nothing was written to Xero" in text
