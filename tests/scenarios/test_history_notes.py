"""Under ``history_notes: true``: what the history of a bill in Xero says of what the sync did, and says once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story

from cwxero_dagster.sandbox.faults import Fault

DAY_LIMIT = {"Retry-After": "40000", "X-Rate-Limit-Problem": "day"}


def noting(tmp_path: Path, **options: Any) -> tuple[Story, dict[str, Any]]:
    """A firm with notes switched on, and one order that was received today."""
    story = Story(tmp_path, history_notes=True, **options)
    return story, received(story, "PO-1")


def received(story: Story, number: str) -> dict[str, Any]:
    po = story.order(4, number=number, cost="10.00")
    story.buyer.receive(story.lines(po)[0]["id"], 4)
    return po


def notes(story: Story, *, endpoint: str = "xero.invoices") -> list[str]:
    """Every note that the simulated Xero holds, oldest first."""
    ids = {document.get("InvoiceID") or document.get("CreditNoteID") for document in story.store.all(endpoint)}
    found = [one for one in story.store.all("xero.history") if one["Changes"] == "Note"]
    return [one["Details"] for one in found if one["DocumentID"] in ids]


def fail(story: Story, kind: str, **options: Any) -> None:
    story.xero.faults.add(Fault(system="xero", kind=kind, method="PUT", path_contains="/History", **options))


def test_a_new_bill_says_once_where_it_comes_from(tmp_path: Path) -> None:
    story, _ = noting(tmp_path)
    story.night()
    said = ["Drafted by cwxero from purchase order PO-1 (received 2026-10-05), billing cycle 2026-10."]
    assert notes(story) == said
    writes = len(story.writes())
    story.night()
    assert (notes(story), len(story.writes())) == (said, writes)
    assert story.kinds() == set()
    assert story.xero.complaints == []


def test_without_the_decision_nothing_is_noted(tmp_path: Path) -> None:
    story = Story(tmp_path)
    received(story, "PO-1")
    story.night()
    assert (notes(story), len(story.quantities())) == ([], 1)


def test_a_shadow_run_notes_nothing(tmp_path: Path) -> None:
    story, _ = noting(tmp_path)
    story.later()
    story.sync("2026-10", mode="shadow")
    assert notes(story) == []


@pytest.mark.parametrize("moves", [True, False])
def test_an_update_and_a_withdrawal_are_noted_and_a_note_is_nobodys_work(tmp_path: Path, moves: bool) -> None:
    story, po = noting(tmp_path, of_xero={"notes_move_stamp": moves})
    handle = story.xero.handle

    def some_seconds_later(request: Any) -> Any:
        if request.path.endswith("/History"):
            story.clock.travel(3)
        return handle(request)

    story.xero.handle = some_seconds_later
    story.night()
    line = story.lines(po)[0]["id"]
    story.buyer.change_cost(line, Decimal("12.00"))
    story.night()
    story.buyer.unreceive(line)
    story.night()
    created, updated, withdrawn = notes(story)
    assert created.startswith("Drafted by cwxero")
    assert updated.startswith("Updated by cwxero. ConnectWise changed: ")
    assert '"10" -> "12"' in updated
    assert withdrawn.startswith("Withdrawn by cwxero. The purchase order is ")
    assert (story.quantities(), story.kinds()) == ({}, set())


@pytest.mark.parametrize("kind", ["before", "lose", "malformed"])
def test_a_note_whose_answer_is_lost_is_not_sent_again(tmp_path: Path, kind: str) -> None:
    story, po = noting(tmp_path)
    fail(story, kind)
    story.night()
    story.xero.faults.clear()
    for _ in range(2):
        story.night()
    assert len(notes(story)) == (0 if kind == "before" else 1)
    assert sum("/History" in seen.path for seen in story.writes()) == 1
    assert (story.quantities(), story.kinds()) == ({f"po:{po['id']}": ["4"]}, set())


def test_a_refused_note_leaves_the_bill_confirmed_and_the_other_notes_go(tmp_path: Path) -> None:
    story, _ = noting(tmp_path)
    received(story, "PO-2")
    body = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred"}
    fail(story, "status", status=400, body=body)
    published = story.night()
    assert {outcome.result for outcome in published.report.outcomes.values()} == {"confirmed"}
    assert (len(notes(story)), len(story.quantities()), story.kinds()) == (1, 2, set())
    story.night()
    assert len(notes(story)) == 1


def test_a_day_limit_leaves_the_notes_to_the_next_run_and_the_night_ends_well(tmp_path: Path) -> None:
    story, _ = noting(tmp_path)
    received(story, "PO-2")
    fail(story, "status", status=429, headers=DAY_LIMIT, nth=2)
    published = story.night()
    assert published.report.count("confirmed") == 2
    assert len(notes(story)) == 1
    story.xero.faults.clear()
    story.night()
    assert sorted(note.partition(" (")[0] for note in notes(story)) == [
        "Drafted by cwxero from purchase order PO-1",
        "Drafted by cwxero from purchase order PO-2",
    ]


def test_a_bill_whose_own_answer_was_lost_is_noted_once_it_was_found(tmp_path: Path) -> None:
    story, _ = noting(tmp_path)
    lost = Fault(system="xero", kind="lose", method="PUT", path_contains="/Invoices", times=4)
    story.xero.faults.add(lost)
    story.night()
    story.xero.faults.clear()
    assert notes(story) == []
    for _ in range(2):
        story.night()
    assert len(notes(story)) == 1


def test_a_run_that_dies_with_a_note_under_way_does_not_send_it_again(tmp_path: Path) -> None:
    story, po = noting(tmp_path)
    story.dies_after_a_put("/History")
    for _ in range(2):
        story.night()
    assert len(notes(story)) == 1
    assert (story.quantities(), story.kinds()) == ({f"po:{po['id']}": ["4"]}, set())


def test_an_unsigned_decision_sends_no_note_that_waits(tmp_path: Path) -> None:
    story, _ = noting(tmp_path)
    fail(story, "status", status=429, headers=DAY_LIMIT)
    story.night()
    story.xero.faults.clear()
    (story.seeds / "signoff.yaml").write_text("[]\n", encoding="utf-8")
    story.night()
    assert notes(story) == []


def test_a_credit_is_noted_in_its_own_history(tmp_path: Path) -> None:
    story, po = noting(tmp_path, events={"reversed": "draft_credit_note"})
    story.night()
    story.bookkeeper.approve(story.document(f"po:{po['id']}")["InvoiceID"])
    story.buyer.unreceive(story.lines(po)[0]["id"])
    for _ in range(2):
        story.night()
    (note,) = notes(story, endpoint="xero.creditnotes")
    assert note.startswith("Supplier credit drafted by cwxero from purchase order PO-1, billing cycle 2026-10.")
