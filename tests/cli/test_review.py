"""``cwxero review`` as a person types it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_review_writes_workbook_and_page_and_says_that_a_person_is_needed(firm: Any) -> None:
    firm.sync("2026-05")
    asked = len(firm.requests)
    told = firm.tell("review", "--cycle", "2026-05", "--out", str(firm.folder / "out"), "--json")
    assert told.status == 1
    assert told.json["open_cases"] == len(firm.tell("cases", "--cycle", "2026-05", "--json").json["cases"])
    assert {tie["unexplained"] for tie in told.json["tie_out"]} == {"0.00"}
    assert Path(told.json["workbook"]) == firm.folder / "out" / "review-2026-05.xlsx"
    assert {path.name for path in (firm.folder / "out").iterdir()} == {"review-2026-05.xlsx", "review-2026-05.html"}
    assert len(firm.requests) == asked, "a review asks neither system for anything"
    people = firm.tell("review", "--cycle", "2026-05")
    assert "unexplained 0.00" in people.out
    assert (firm.home / "review" / "2026-05" / "review-2026-05.html").exists()


def test_review_of_no_cycle_is_refused(firm: Any) -> None:
    told = firm.tell("review", "--cycle", "2025-01")
    assert told.status == 2
    assert "There is no billing cycle 2025-01" in told.err
