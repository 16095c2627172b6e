"""The parallel run in workbook and page: the same figures, every currency, hostile text, and nothing where none was."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from compared_pack import HOSTILE, MADE, a_pack, a_run, d
from filled_in import read, rows_of, write
from spreadsheets import needs_libreoffice, worked_out_again

from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.review.charts import bridge
from cwxero_dagster.review.entries import entered
from cwxero_dagster.review.headings import Written
from cwxero_dagster.review.page import write_page
from cwxero_dagster.review.workbook import write_workbook


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
    assert [one.called for one in found.verdicts] == [f"{HOSTILE}, +7", f"2 bills: {HOSTILE}"]
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


@needs_libreoffice
def test_libreoffice_works_the_tie_out_out_again_to_the_same_cents(tmp_path: Path) -> None:
    run = a_run()
    write_workbook(a_pack(run), tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(worked_out_again(tmp_path / "t.xlsx", tmp_path), data_only=True)
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
            assert f"{money_text(figure)} {currency}" in text
        assert f"Unexplained: {money_text(tie.unexplained)} {currency}" in text
    assert page.count('class="whole"') == 4
    assert "Compared, not synced yet" in text
    assert "Everything that is due" not in text
    assert "6,850.00 AUD, is set aside by rule" in text
    assert "take those off before you post" not in text, "no goods wait for a bill"
    assert "Account, contact or currency 1 row, 1 open" in text


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
