"""The parallel run in workbook and page: the same figures, every currency, hostile text, and nothing where none was."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from filled_in import read, rows_of, write

from cwxero_dagster.payables.calendar import cycle
from cwxero_dagster.payables.comparison.result import TieOut, Total
from cwxero_dagster.payables.reports.accrual import Accrual
from cwxero_dagster.payables.reports.bills import cycle_figures
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.payables.reports.parallel import ComparedRow, FoundDifference, FoundPattern, ParallelRun
from cwxero_dagster.review.charts import bridge
from cwxero_dagster.review.entries import entered
from cwxero_dagster.review.headings import Written
from cwxero_dagster.review.page import write_page
from cwxero_dagster.review.words import amount
from cwxero_dagster.review.workbook import write_workbook

SOFFICE = shutil.which("soffice")
HOSTILE = "=cmd|' /C calc'!A0<script>alert(\"x\")</script>"
MADE = datetime(2026, 6, 2, 3, 0, tzinfo=UTC)


def d(text: str) -> Decimal:
    return Decimal(text)


def row(row_id: str, status: str, sums: Mapping[str, TieOut], **changes: Any) -> ComparedRow:
    made: dict[str, Any] = {
        "row_id": row_id, "shown": f"F{row_id}", "status": status, "match": "po number", "vendor": HOSTILE,
        "po_numbers": ("PO-1",), "sync_number": "PO-1", "keyed_number": "+7", "keyed_where": "AUTHORISED",
        "sync_date": date(2026, 5, 4), "keyed_date": date(2026, 5, 6), "sums": sums, "set_aside": {}, "kinds": (),
        "reason": HOSTILE, "remark": "", "open": 0, "decided": "", "po_link": "javascript:alert(1)",
        "keyed_link": "https://example.test/bill",
    }  # fmt: skip
    return ComparedRow(**{**made, **changes})


def a_run(**changes: Any) -> ParallelRun:
    """A row that agrees, one in two currencies, one that only she has, one that only the sync has, and rent."""
    agrees = row("R1", "agrees", {"AUD": TieOut(keyed=d("110.10"), sync=d("110.10"))})
    two = row(
        "R2", "differs", {"AUD": TieOut(sync=d("55.05"), differences=d("55.05")),
                          "USD": TieOut(keyed=d("40.00"), differences=d("-40.00"))}, kinds=("mapping",), open=1,
    )  # fmt: skip
    hers = row("R3", "only_keyed", {"AUD": TieOut(keyed=d("20.20"), only_keyed=d("20.20"))}, kinds=("missing",), open=1)
    ours = row(
        "R4", "only_sync", {"AUD": TieOut(sync=d("0.03"), only_sync=d("0.03"))}, kinds=("extra",), keyed_link=None
    )
    rent = row("S1", "set_aside", {}, set_aside={"AUD": d("6850.00")}, match="")
    found = FoundDifference(
        row=two, kind="mapping", field="currency", line="", sync="AUD", keyed="USD", amount=d("0"), currency_code="AUD",
        explained=True, reason=HOSTILE, pattern="", decided="", cleared=False,
    )  # fmt: skip
    alike = FoundPattern(
        pattern_id="P1", shown="FP1", words=f"2 bills: {HOSTILE}", kind="mapping", differences=2, open=2,
        amounts={"AUD": d("0.00")}, decided="",
    )  # fmt: skip
    made: dict[str, Any] = {
        "compared_at": MADE, "base_currency": "AUD", "ready": False, "reasons": ("1 bill that only you have.",),
        "compared": 4, "matched": 2, "percent": "50", "remarks": (), "rows": (two, hers, ours, agrees, rent),
        "differences": (found,), "patterns": (alike,), "totals": (Total("account", "310", "AUD", d("1"), d("2")),),
        "signed": False, "standing": "Not signed off.", "changes": (),
    }  # fmt: skip
    return ParallelRun(**{**made, **changes})


def a_pack(run: ParallelRun | None) -> ReviewPack:
    """The pack of a cycle in which nothing but a parallel run happened."""
    return ReviewPack(
        cycle=cycle("2026-05"), organisation="Office", base_currency="AUD", mode="shadow", signed_by=(), made_at=MADE,
        today=date(2026, 6, 2), as_at=date(2026, 5, 31), bills=(), due=(), cases=(), decided=(), funnel=(), goods=(),
        accrual=Accrual(date(2026, 5, 31), date(2026, 6, 1), ()), drafts=(), paid=(), cents=(),
        trend=(cycle_figures("2026-05", (), orders=0),), volume=None, parallel=run,
    )  # fmt: skip


def page_text(pack: ReviewPack, folder: Path) -> str:
    write_page(pack, folder / "t.html", workbook="t.xlsx")
    return (folder / "t.html").read_text(encoding="utf-8")


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_every_row_has_typed_cells_in_each_of_its_currencies(tmp_path: Path) -> None:
    run = a_run()
    write_workbook(a_pack(run), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Comparison"]
    assert sheet.freeze_panes
    assert sheet.auto_filter.ref
    rows = read(tmp_path / "t.xlsx", "Comparison", "Row")
    assert [(one["Row"], one["Currency"]) for one in rows] == [
        ("R2", "AUD"), ("R2", "USD"), ("R3", "AUD"), ("R4", "AUD"), ("R1", "AUD"), ("S1", "AUD")
    ]  # fmt: skip
    for currency, tie in run.tie_outs.items():
        mine = [one for one in rows if one["Currency"] == currency and one["Row"] != "S1"]
        assert sum(Decimal(str(one["Yours"])) for one in mine) == tie.keyed
        assert sum(Decimal(str(one["Differences"])) for one in mine) == tie.differences
        assert tie.keyed - tie.only_keyed + tie.only_sync + tie.differences == tie.sync
    assert rows[-1]["Set aside"] == 6850
    assert {type(one["Its date"]) for one in rows} == {datetime}


def test_only_what_differs_offers_a_verdict(tmp_path: Path) -> None:
    write_workbook(a_pack(a_run()), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Comparison"]
    offered = {str(one.sqref) for one in sheet.data_validations.dataValidation}
    cells = {cells["Row"].value: cells["Verdict"].coordinate for cells in rows_of(sheet, "Row")}
    assert {name for name, place in cells.items() if place in offered} == {"R2", "R3", "R4"}
    assert {one.formula1 for one in sheet.data_validations.dataValidation} == {
        '"accepted,bookkeeper\'s error,mapping to fix,open"'
    }


def test_what_a_person_writes_is_read_back_wherever_the_row_is(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_workbook(a_pack(a_run()), path)
    write(path, "Comparison", "Row", {"Verdict": "accepted", "Your name": "Ann", "Note": "fine"}, about="R3")
    write(path, "Comparison", "Row", {"Note": "ask the vendor"}, about="R1")
    write(path, "Patterns", "Pattern", {"Verdict": "open", "Your name": "Tom"}, about="P1")
    found = entered(path)
    assert [(one.subject, one.verdict, one.name, one.note, one.token, one.written_at) for one in found.verdicts] == [
        ("R3", "accepted", "Ann", "fine", "FR3", MADE),
        ("P1", "open", "Tom", "", "FP1", MADE),
    ]
    assert found.notes["Comparison", "R1"] == "ask the vendor"


def test_what_could_not_be_taken_stands_beside_its_row_in_the_next_copy(tmp_path: Path) -> None:
    kept = Written({("Comparison", "R3"): "fine"}, {"R3": ("", "Ann", "")}, {"R3": "You chose accepted. Too late."})
    write_workbook(a_pack(a_run()), tmp_path / "t.xlsx", kept)
    (again,) = [one for one in read(tmp_path / "t.xlsx", "Comparison", "Row") if one["Row"] == "R3"]
    shown = [again[name] for name in ("Verdict", "Your name", "Note", "What became of it")]
    assert shown == [None, "Ann", "fine", "You chose accepted. Too late."]


def test_hostile_text_of_a_comparison_is_text(tmp_path: Path) -> None:
    write_workbook(a_pack(a_run()), tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    told = [cell for cell in cells if isinstance(cell.value, str) and "cmd|" in cell.value]
    assert len(told) > 10
    assert {cell.data_type for cell in told} == {"s"}
    assert not [cell for cell in cells if cell.hyperlink and "javascript" in cell.hyperlink.target]
    page = page_text(a_pack(a_run()), tmp_path)
    assert "<script" not in page
    assert "javascript:" not in page


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_works_the_tie_out_out_again_to_the_same_cents(tmp_path: Path) -> None:
    run = a_run()
    write_workbook(a_pack(run), tmp_path / "t.xlsx")
    subprocess.run(
        [str(SOFFICE), "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "again"), str(tmp_path / "t.xlsx")],
        check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    book = openpyxl.load_workbook(tmp_path / "again" / "t.xlsx", data_only=True)
    shown = {
        (cells["Currency"].value, cells["What"].value): (cells["From the sheets"].value, cells["Difference"].value)
        for cells in rows_of(book["Summary"], "What")
    }
    for currency, tie in run.tie_outs.items():
        for words, figure in (
            ("your bills", tie.keyed),
            ("= the sync's", tie.sync),
            ("+ differences", tie.differences),
        ):
            worked_out, difference = shown[currency, f"Parallel run: {words}"]
            assert (round(Decimal(str(worked_out)), 2), difference) == (figure, 0)
        assert shown[currency, "Parallel run: the line adds up (0.00)"] == (0, 0)


def test_the_page_draws_the_tie_out_and_says_why_it_is_not_ready(tmp_path: Path) -> None:
    run = a_run()
    page = page_text(a_pack(run), tmp_path)
    text = plain(page)
    assert "Parallel run: not ready yet" in text
    assert "1 bill that only you have." in text
    for currency, tie in run.tie_outs.items():
        for figure in (tie.keyed, -tie.only_keyed, tie.only_sync, tie.differences, tie.sync):
            assert f"{amount(figure)} {currency}" in text
        assert f"Unexplained: {amount(tie.unexplained)} {currency}" in text
    assert page.count('class="whole"') == 4
    assert "Compared, not synced yet" in text
    assert "Everything that is due" not in text
    assert "6,850.00 AUD, is set aside by rule" in text
    assert "Account, contact or currency 1 difference, 1 open" in text


def test_the_page_says_what_changed_since_it_was_signed(tmp_path: Path) -> None:
    run = a_run(
        ready=True, reasons=(), signed=True, standing="Signed off as ready by Ann.", changes=("Changed: a bill.",)
    )
    text = plain(page_text(a_pack(run), tmp_path))
    assert "Parallel run: ready" in text
    assert "Signed off as ready by Ann. Changed since it was signed off Changed: a bill." in text


def test_a_cycle_that_was_never_compared_shows_no_parallel_run(tmp_path: Path) -> None:
    write_workbook(a_pack(None), tmp_path / "t.xlsx")
    names = set(openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames)
    assert not names & {"Comparison", "Differences", "Patterns", "Both sides"}
    assert "arallel run" not in page_text(a_pack(None), tmp_path)


@pytest.mark.parametrize(
    ("steps", "pieces"),
    [
        ([], []),
        ([("0", "0")], [("0", "0")]),
        ([("0", "200"), ("200", "100"), ("0", "100")], [("0", "100"), ("50", "50"), ("0", "50")]),
        ([("0", "100"), ("100", "-100")], [("50", "50"), ("0", "100")]),
        ([("0", "1000"), ("1000", "1000.01")], [("0", "100"), ("99.2", "0.8")]),
    ],
)
def test_the_bridge_stands_on_one_scale(steps: list[tuple[str, str]], pieces: list[tuple[str, str]]) -> None:
    drawn = bridge([(d(begins), d(ends)) for begins, ends in steps])
    assert [(piece.start, piece.length) for piece in drawn] == [(d(start), d(length)) for start, length in pieces]
