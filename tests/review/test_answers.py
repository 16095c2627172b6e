"""Answers in the workbook: taken once, on what the person saw, and never over what people decided since."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from filled_in import read, write
from simulation import Simulation

from cwxero_dagster.payables.reports.pack import GoodsRow, PaidRow, ReviewPack
from cwxero_dagster.pipeline import reporting
from cwxero_dagster.pipeline.answering import Taken, take_all
from cwxero_dagster.pipeline.reporting import PackFiles, write_pack
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.entries import WorkbookUnreadable, entered
from cwxero_dagster.review.files import FileInUse
from cwxero_dagster.review.headings import Written
from cwxero_dagster.review.workbook import write_workbook

CYCLE = "2026-05"
NUMBER = "PO-1010"  # held for a difference in tax, which a person may release


class Desk:
    """A finance person with the workbook of May open."""

    def __init__(self, folder: Path) -> None:
        self.firm = Simulation(folder)
        self.firm.sync(CYCLE)
        self.files = self.pack()

    def pack(self) -> PackFiles:
        session = self.firm.session()
        self.files = write_pack(session, CYCLE)
        session.close()
        return self.files

    def night(self) -> Taken:
        """What the nightly run does with the workbooks before anything else."""
        session = self.firm.session()
        taken = take_all(session)
        session.close()
        return taken

    def case(self, status: str = "open") -> str:
        kept = self.firm.session().case_book.cases(status=None)
        return next(k.case.case_id for k in kept if k.status == status and k.case.kind == "rounding")

    def write(self, sheet: str, case_id: str, **cells: str) -> None:
        """Write into the row of a case, and save."""
        book = openpyxl.load_workbook(self.files.workbook)
        rows = book[sheet]
        (header,) = [row for row in rows.iter_rows() if row[0].value == "Case"]
        columns = {cell.value: cell.column for cell in header}
        (row,) = [row for row in rows.iter_rows() if row[0].value == case_id]
        for heading, text in cells.items():
            rows.cell(row[0].row, columns[heading.replace("_", " ")]).value = text
        book.save(self.files.workbook)

    def answer(self, verb: str = "release", name: str = "Ann", reason: str = "Xero is right") -> str:
        case_id = self.case()
        self.write("Questions", case_id, Decision=verb, Your_name=name, Your_reason=reason, Note="rang the vendor")
        return case_id

    def cell(self, sheet: str, case_id: str, heading: str) -> str | None:
        rows = list(openpyxl.load_workbook(self.files.workbook)[sheet].iter_rows(values_only=True))
        header = next(row for row in rows if row[0] == "Case")
        row = next(row for row in rows if row[0] == case_id)
        value = row[header.index(heading)]
        return None if value is None else str(value)

    def in_xero(self) -> list[str]:
        return [bill["InvoiceNumber"] for bill in self.firm.bills() if NUMBER in bill["InvoiceNumber"]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_release_in_the_workbook_publishes_the_bill(desk: Desk) -> None:
    case_id = desk.answer()
    before = len(desk.in_xero())
    assert desk.night().taken == [f"Ann answered case {case_id} with release."]
    desk.firm.sync(CYCLE)
    assert len(desk.in_xero()) == before + 1
    desk.pack()
    assert desk.cell("Decided", case_id, "Decided") == "released"
    assert desk.cell("Decided", case_id, "By whom and why") == "Ann: Xero is right"


def test_an_answer_is_taken_once_and_an_undo_is_not_overruled_by_the_old_file(desk: Desk) -> None:
    case_id = desk.answer()
    assert len(desk.night().taken) == 1
    assert desk.night().taken == []
    session = desk.firm.session()
    session.case_book.undo(case_id, by="Tom", at=session.clock.now())
    assert desk.night().taken == []
    assert desk.case() == case_id


def test_an_undo_in_the_workbook_opens_the_case_again(desk: Desk) -> None:
    case_id = desk.answer()
    desk.night()
    desk.firm.clock.travel(60)
    desk.pack()
    desk.write("Decided", case_id, Decision="undo", Your_name="Tom")
    assert desk.night().taken == [f"Tom answered case {case_id} with undo."]
    assert desk.case() == case_id
    assert desk.night().taken == []


@pytest.mark.parametrize(
    ("verb", "name", "reason", "words"),
    [
        ("release", "", "because", "needs a reason and a name"),
        ("release", "Ann", "", "needs a reason and a name"),
        ("supplement", "Ann", "because", "does not fit"),
        ("billed-by", "Ann", "because", "billed-by needs"),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing_and_says_why(
    desk: Desk, verb: str, name: str, reason: str, words: str
) -> None:
    case_id = desk.answer(verb, name, reason)
    taken = desk.night()
    assert taken.taken == []
    assert words in taken.refused[case_id]
    desk.pack()
    assert desk.case() == case_id
    assert f"You chose {verb}. " in (desk.cell("Questions", case_id, "What became of it") or "")
    assert desk.cell("Questions", case_id, "Decision") is None
    assert desk.cell("Questions", case_id, "Your reason") == (reason or None)


def test_an_answer_to_a_case_that_has_changed_since_is_not_taken(desk: Desk) -> None:
    case_id = desk.answer()
    desk.write("Questions", case_id, Seen=f"0000ff@{desk.files.pack.made_at.isoformat()}")
    assert "changed since you saw it" in desk.night().refused[case_id]
    assert desk.case() == case_id


def test_notes_stay_with_their_case_and_the_copy_that_a_person_saved_is_kept(desk: Desk) -> None:
    case_id = desk.case()
    desk.write("Questions", case_id, Note="rang the vendor")
    desk.pack()
    assert desk.cell("Questions", case_id, "Note") == "rang the vendor"
    assert entered(desk.files.workbook).notes == {("Questions", case_id): "rang the vendor"}
    assert len(list(desk.files.workbook.parent.glob("earlier/*.xlsx"))) == 1
    desk.pack()
    assert len(list(desk.files.workbook.parent.glob("earlier/*.xlsx"))) == 1
    assert desk.cell("Questions", case_id, "Note") == "rang the vendor", "however many copies are written"


def test_a_file_that_is_no_workbook_is_told_of_and_left_alone(desk: Desk) -> None:
    desk.files.workbook.write_bytes(b"not a workbook")
    assert "cannot be read as a workbook" in desk.night().refused[CYCLE]
    with pytest.raises(WorkbookUnreadable):
        desk.pack()
    assert desk.files.workbook.read_bytes() == b"not a workbook"


def test_an_answer_that_is_saved_while_the_next_copy_is_made_is_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered, saved = reporting.review_pack, []

    def while_gathering(session: Session, cycle: str) -> ReviewPack:
        pack = gathered(session, cycle)
        if not saved:
            saved.append(desk.answer(name="Tom"))
        return pack

    monkeypatch.setattr(reporting, "review_pack", while_gathering)
    files = desk.pack()
    assert files.taken.taken == [f"Tom answered case {saved[0]} with release."]
    assert [case.case_id for case in files.pack.decided] == saved
    assert desk.cell("Decided", saved[0], "Note") == "rang the vendor"
    assert len(list((files.workbook.parent / "earlier").iterdir())) == 1


def test_a_workbook_that_is_saved_without_end_is_left_as_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    gathered, saved = reporting.review_pack, itertools.count(1)

    def while_gathering(session: Session, cycle: str) -> ReviewPack:
        pack = gathered(session, cycle)
        book = openpyxl.load_workbook(desk.files.workbook)
        book.properties.title = f"saved {next(saved)} times"  # two saves within a second are else the same bytes
        book.save(desk.files.workbook)
        return pack

    monkeypatch.setattr(reporting, "review_pack", while_gathering)
    with pytest.raises(FileInUse, match="Close it and run this again"):
        desk.pack()
    assert not (desk.files.workbook.parent / "earlier").exists()


def test_an_answer_without_a_column_for_notes_or_in_a_renamed_sheet_is_taken(desk: Desk) -> None:
    case_id = desk.answer()
    book = openpyxl.load_workbook(desk.files.workbook)
    (header,) = [row for row in book["Questions"].iter_rows() if row[0].value == "Case"]
    book["Questions"].delete_cols(next(cell.column for cell in header if cell.value == "Note"))
    book["Questions"].title = "Fragen"
    book.save(desk.files.workbook)
    assert desk.night().taken == [f"Ann answered case {case_id} with release."]


def test_a_sheet_that_lost_what_an_answer_is_found_by_is_left_as_it_is(desk: Desk) -> None:
    desk.answer()
    book = openpyxl.load_workbook(desk.files.workbook)
    (header,) = [row for row in book["Questions"].iter_rows() if row[0].value == "Case"]
    next(cell for cell in header if cell.value == "Decision").value = "Entscheidung"
    book.save(desk.files.workbook)
    before = desk.files.workbook.read_bytes()
    with pytest.raises(WorkbookUnreadable, match=r"The sheet Questions .* headings Case, Decision"):
        desk.pack()
    assert desk.files.workbook.read_bytes() == before
    assert "Put the headings back" in desk.night().refused[CYCLE]


def test_a_name_and_a_reason_wait_for_the_decision(desk: Desk) -> None:
    case_id = desk.case()
    desk.write("Questions", case_id, Your_name="Ann", Your_reason="asked the vendor")
    for _ in range(2):
        desk.pack()
        assert desk.cell("Questions", case_id, "Your name") == "Ann"
        assert desk.cell("Questions", case_id, "Your reason") == "asked the vendor"
        assert desk.cell("Questions", case_id, "Decision") is None


def test_each_note_on_goods_and_paid_bills_is_carried_over_to_its_own_row(desk: Desk, tmp_path: Path) -> None:
    made = {"vendor": "Halcyon", "currency_code": "AUD", "po_link": None}
    goods = [
        GoodsRow(
            po_number="PO-1", goods=name, description="", quantity=Decimal(1), amount=Decimal(5),
            since=date(2026, 5, 4), days=3, why="", **made,
        )
        for name in ("Laptop", "Dock")
    ]  # fmt: skip
    paid = PaidRow(
        po_number="PO-2", state="raised", number="INV-2", dated=None, total=Decimal(5), not_received=Decimal(5),
        xero_link=None, **made,
    )  # fmt: skip
    pack = dataclasses.replace(desk.files.pack, goods=tuple(goods), paid=(paid,))
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    write_workbook(pack, first)
    assert write(first, "Received not billed", "Goods", {"Note": "on loan"}, about="Laptop") == 1
    assert write(first, "Received not billed", "Goods", {"Note": "sent back"}, about="Dock") == 1
    assert write(first, "Paid not received", "Bill", {"Note": "asked"}, about="INV-2") == 1
    write_workbook(pack, second, Written(entered(first).notes))
    shown = {row["Goods"]: row["Note"] for row in read(second, "Received not billed", "Goods") if row["Goods"]}
    assert shown == {"Laptop": "on loan", "Dock": "sent back"}
    assert {row["Note"] for row in read(second, "Paid not received", "Bill") if row["Bill"]} == {"asked"}


def test_every_reason_stays_where_two_rows_are_called_the_same() -> None:
    found = Taken()
    for why in ("The row has changed.", "The cycle is signed off.", "The row has changed."):
        found.refuse("“Halcyon Distribution, INV-1”", why)
    found.refuse("C-1A2B3C4D", "It is settled.")
    assert found.refused == {
        "“Halcyon Distribution, INV-1”": "The row has changed. The cycle is signed off.",
        "C-1A2B3C4D": "It is settled.",
    }
