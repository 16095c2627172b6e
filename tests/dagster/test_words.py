"""What finance reads is in finance's words: no id without a name, no word of a machine, a next step in each case."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from simulation import Simulation

from cwxero_dagster import frames
from cwxero_dagster.payables.kinds import KINDS, Kind
from cwxero_dagster.pipeline.reviewing import CASE_COLUMNS, export_cases, received_without_a_bill
from cwxero_dagster.pipeline.session import Session

MACHINE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # an id of Xero
    r"|\b[0-9a-f]{16,64}\b"  # a digest
    r"|\b(?:HTTP|API|JSON|None|null|Decimal|datetime|Traceback|ACCPAY\w*|PURCHASEORDER)\b"
    r"|\b(?:po|vi):\d"  # the key of a bill
    r"|\b[45]\d\d (?:Bad|Forbidden|Not|Too|Internal|Service)"
)


@pytest.fixture(scope="module")
def world(worked: Simulation) -> Iterator[Session]:
    """The worked world; read only."""
    session = worked.session()
    yield session
    session.close()


def test_no_case_of_the_world_speaks_of_machines(world: Session) -> None:
    said = [
        (kept.case.kind, text)
        for kept in world.case_book.cases(status=None)
        for text in (kept.case.story, kept.what_we_did, kept.closed_because or "")
    ]
    assert len({kind for kind, _ in said}) >= 12, "the world shows many kinds"
    assert [(kind, text) for kind, text in said if MACHINE.search(text)] == []


def test_no_reason_of_a_plan_speaks_of_machines(world: Session) -> None:
    reasons = {row["reason"] for row in frames.Plan.rows(world.warehouse.read(frames.Plan))}
    assert reasons
    assert [reason for reason in reasons if MACHINE.search(reason)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_an_owner_a_title_and_a_next_step(kind: str) -> None:
    meaning = KINDS[kind]
    assert meaning.owner in {"procurement", "finance", "data team", "Xero adviser"}
    assert len(meaning.what_to_do) > 30
    assert set(meaning.by_verb) <= set(meaning.ways_out)
    said = [str(value) for each in fields(Kind) if (value := getattr(meaning, each.name)) is not None]
    assert [words for words in said if MACHINE.search(words)] == []


def test_the_list_of_cases_is_a_list_for_people(spoilable: Simulation) -> None:
    session = spoilable.session()
    rows, path = export_cases(session, "2026-06")
    kept = session.case_book.cases(cycle="2026-06")
    session.close()
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == len(rows) == len(kept) > 0
    assert tuple(listed[0]) == CASE_COLUMNS
    for row, one in zip(listed, kept, strict=True):
        assert row["purchase_orders"].split(", ") == list(one.case.po_numbers)
        assert row["question"] == one.case.meaning.title
        assert not row["amount"] or row["currency"]
        assert [cell for cell in row.values() if MACHINE.search(cell) or cell.startswith(("[", "{"))] == []


def test_the_weekly_list_speaks_of_no_machine(spoilable: Simulation) -> None:
    session = spoilable.session()
    rows, _ = received_without_a_bill(session)
    session.close()
    assert [row["reason"] for row in rows if MACHINE.search(row["reason"])] == []
