"""``cwxero compare`` as a person types it, over a month with every kind of difference."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_line import build_firm
from filled_in import read, write
from planted import CYCLE, plant

from cwxero_dagster.sandbox.serving.systems import Systems


def test_a_month_is_compared_decided_in_the_workbook_and_ready_without_a_write(tmp_path: Path) -> None:
    month = plant(tmp_path / "month")
    systems = Systems(month.store, month.clock, month.connectwise, month.xero, "empty")
    (tmp_path / "firm").mkdir()
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        firm = build_firm(tmp_path / "firm", ends, patch, systems=systems)
        shutil.copytree(month.seeds, firm.seeds, dirs_exist_ok=True)
        before = month.snapshot()

        told = firm.tell("compare", "--cycle", CYCLE, "--json")
        assert told.status == 1, told.err
        assert not told.json["ready"]
        assert told.json["tie_out"]["unexplained"] == "0.00"
        assert len({pair["keyed_id"] for pair in told.json["pairs"] if pair["keyed_id"]}) == 37

        workbook = firm.home / "review" / CYCLE / f"review-{CYCLE}.xlsx"
        (pattern,) = [row for row in read(workbook, "Patterns", "Pattern") if "453 by you" in row["What is alike"]]
        ann = {"Verdict": "bookkeeper's error", "Your name": "Ann Lee", "Note": "453 is the old account"}
        assert write(workbook, "Patterns", "Pattern", ann, about=pattern["Pattern"]) == 1
        month.later(0.1)
        people = firm.tell("compare", "--cycle", CYCLE)
        assert "Not ready" in people.out
        assert "453 by you" not in people.out
        assert str(workbook) in people.out

        decided = [row for row in read(workbook, "Comparison", "Row") if row["Decided"]]
        assert [row["Without a verdict"] for row in decided] == [0, 0, 0]
        for row in read(workbook, "Comparison", "Row"):
            if row["Without a verdict"]:
                tom = {"Verdict": "accepted", "Your name": "Tom Ashdown", "Note": "looked at it"}
                write(workbook, "Comparison", "Row", tom, about=row["Row"])
        month.later(0.1)
        told = firm.tell("compare", "--cycle", CYCLE, "--json")
        assert (told.status, told.json["ready"]) == (0, True), told.err

        told = firm.tell("compare", "--cycle", CYCLE, "--sign-off", "Ann Lee")
        assert told.status == 0, told.err
        assert "Signed off as ready by Ann Lee" in told.out
        assert len(list((firm.home / "review" / CYCLE).glob("signed-off-*/review-*"))) == 2
        assert month.snapshot() == before
        assert firm.writes() == []
