"""Names that turn the direction of writing turn nothing that people read: page, workbook, lists, mail, console."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from story import CYCLE, Story

from cwxero_dagster.assets.describing import shown
from cwxero_dagster.cli import showing
from cwxero_dagster.pipeline.news import write_news
from cwxero_dagster.pipeline.reporting import write_pack
from cwxero_dagster.pipeline.reviewing import export_cases
from cwxero_dagster.review.digest import posted, without_figures, worded

TURNED = "Halcyon \u202eDistribution\u2067 \u200fLtd"
TURNING = {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


def turns(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in TURNING or char in "\u061c\u200e\u200f" for char in text)


class Hostile(Story):
    """An order whose number and vendor turn the direction of writing, held for a person."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        po = self.order(3, number="PO-1 \u202e")
        self.buyer.receive(self.lines(po)[0]["id"], 4)
        row = next(one for one in self.store.all("cw.purchaseorders") if one["id"] == po["id"])
        self.store.put(
            "cw.purchaseorders", row["id"], {**row, "vendorCompany": {**row["vendorCompany"], "name": TURNED}}
        )
        self.night()


def test_a_name_that_turns_the_direction_of_writing_turns_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Hostile(tmp_path)
    session = story.session()
    kept, files, news = session.case_book.cases(), write_pack(session, CYCLE), write_news(session)
    _, listed = export_cases(session, CYCLE)
    session.close()
    assert any(turns(number) for one in kept for number in one.case.po_numbers), "the sandbox serves what was typed"
    assert any(turns(bill.vendor) for bill in files.pack.bills)
    showing.cases(kept, today=story.clock.now().date(), zone="UTC")
    message = worded(news, troubles=[TURNED], findings=[TURNED])
    first_night = without_figures(troubles=[TURNED])
    book = openpyxl.load_workbook(files.workbook)
    cells: list[Any] = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    shown_to_people = {
        "page": files.page.read_text(encoding="utf-8"),
        "workbook": "".join(value for value in cells if isinstance(value, str)),
        "list": listed.read_text(encoding="utf-8-sig"),
        "console": capsys.readouterr().out,
        "mail": message.subject + message.text + message.html + first_night.text,
        "webhook": json.dumps(
            [posted(message, "hooks.slack.com"), posted(message, "x.office.com")], ensure_ascii=False
        ),
        "Dagster": shown("vendor", TURNED),
    }
    assert [place for place, text in shown_to_people.items() if turns(text)] == []
    assert [place for place, text in shown_to_people.items() if "\N{REPLACEMENT CHARACTER}" not in text] == []
