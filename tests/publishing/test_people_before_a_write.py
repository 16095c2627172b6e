"""A person works on a draft before an update or withdrawal of it leaves, or leaves once more: what she did stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story

from cwxero_dagster.pipeline.overtaken import NEXT_TIME
from cwxero_dagster.publishing.bodies import BATCH
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.wire import Request, Response

HERS = Decimal("39.00")
CLOCKS = pytest.mark.parametrize("hours_ahead", [0, 1, 20], ids=["clock right", "an hour ahead", "20 hours ahead"])
"""How far the clock of this machine is ahead of Xero's."""
WHAT_CHANGES = pytest.mark.parametrize("withdrawn", [False, True], ids=["update", "withdrawal"])


def draft_to_change(story: Story, *, withdrawn: bool = False) -> dict[str, Any]:
    """A draft whose order costs more since, or whose goods went back."""
    po = story.received(10)
    story.night()
    (line,) = story.lines(po)
    if withdrawn:
        story.buyer.unreceive(line["id"], 10)
    else:
        story.buyer.change_cost(line["id"], Decimal(105))
    story.later()
    return story.document(f"po:{po['id']}")


def goods_of(bill: dict[str, Any]) -> int:
    """The position of the line that bills goods."""
    return next(at for at, line in enumerate(bill["LineItems"]) if line.get("AccountCode"))


def edit(story: Story, bill: dict[str, Any]) -> None:
    story.bookkeeper.edit_line(bill["InvoiceID"], goods_of(bill), UnitAmount=HERS)


def held(story: Story, bill: dict[str, Any]) -> tuple[str, set[Decimal]]:
    now = story.store.get("xero.invoices", bill["InvoiceID"])
    return now["Status"], {line["UnitAmount"] for line in now["LineItems"] if line.get("AccountCode")}


def put_ahead(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    monkeypatch.setattr(
        "simulation.SimulatedClock.now",
        lambda clock: clock._clock.now() + timedelta(hours=hours),
    )


def unanswered(story: Story, kind: str, *, times: int) -> None:
    story.xero.faults.add(Fault(system="xero", kind=kind, method="POST", path_contains="/Invoices", times=times))


def at_the_first_post(story: Story, act: Callable[[], None]) -> None:
    """Somebody acts right after Xero was first asked to change a bill."""
    handle = story.xero.handle

    def handled(request: Request) -> Response:
        try:
            return handle(request)
        finally:
            if request.method == "POST" and request.path.endswith("/Invoices"):
                story.xero.handle = handle  # type: ignore[method-assign]
                act()

    story.xero.handle = handled  # type: ignore[method-assign]


def at_the_last_read(story: Story, act: Callable[[], None]) -> None:
    """Somebody acts right after the run read Xero's bills for the last time before it writes."""
    reads = 0
    handle = story.xero.handle

    def handled(request: Request) -> Response:
        nonlocal reads
        answer = handle(request)
        if request.method == "GET" and request.path.endswith("/Invoices"):
            reads += 1
            if reads == 2:
                act()
        return answer

    story.xero.handle = handled  # type: ignore[method-assign]


@WHAT_CHANGES
def test_the_next_run_does_not_send_it_again(tmp_path: Path, withdrawn: bool) -> None:
    story = Story(tmp_path)
    bill = draft_to_change(story, withdrawn=withdrawn)
    unanswered(story, "before", times=4)
    story.sync("2026-10")
    story.xero.faults.clear()
    edit(story, bill)
    for _ in range(3):
        story.later(1 / 24 / 60)
        story.sync("2026-10")
        assert held(story, bill) == ("DRAFT", {HERS})
        assert "outcome_unknown" in story.kinds()
    for _ in range(2):
        story.night()
        assert held(story, bill) == ("DRAFT", {HERS})
        assert story.kinds() == {"edited_in_xero"}


@CLOCKS
@WHAT_CHANGES
def test_nor_does_the_run_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, withdrawn: bool, hours_ahead: int
) -> None:
    story = Story(tmp_path)
    bill = draft_to_change(story, withdrawn=withdrawn)
    put_ahead(monkeypatch, hours_ahead)
    unanswered(story, "status", times=1)
    at_the_first_post(story, lambda: edit(story, bill))
    story.sync("2026-10")
    assert held(story, bill) == ("DRAFT", {HERS})
    for _ in range(2):
        story.night()
        assert held(story, bill) == ("DRAFT", {HERS})


@WHAT_CHANGES
@pytest.mark.parametrize("kind", ["before", "lose"])
def test_where_nobody_did_anything_it_is_carried_out_in_the_same_run(
    tmp_path: Path, withdrawn: bool, kind: str
) -> None:
    story = Story(tmp_path)
    bill = draft_to_change(story, withdrawn=withdrawn)
    unanswered(story, kind, times=1)
    published = story.sync("2026-10")
    assert {one.result for one in published.report.outcomes.values()} == {"confirmed"}
    assert held(story, bill) == (("DELETED", {Decimal(100)}) if withdrawn else ("DRAFT", {Decimal(105)}))
    assert story.kinds() == set()


def test_her_work_after_an_update_whose_answer_was_lost_stays_hers(tmp_path: Path) -> None:
    story = Story(tmp_path)
    bill = draft_to_change(story)
    unanswered(story, "lose", times=1)
    at_the_first_post(story, lambda: edit(story, bill))
    story.sync("2026-10")
    for _ in range(2):
        story.night()
        assert held(story, bill) == ("DRAFT", {HERS})
    assert story.kinds() == {"edited_in_xero"}


def test_many_updates_take_their_time_and_each_is_sent_over_a_draft_as_it_was_read(tmp_path: Path) -> None:
    story = Story(tmp_path)
    pos = [story.received(10) for _ in range(BATCH + 2)]
    story.night()
    for po in pos:
        story.buyer.change_cost(story.lines(po)[0]["id"], Decimal(105))
    story.later()
    bills = [story.document(f"po:{po['id']}") for po in pos]
    at_the_first_post(story, lambda: edit(story, bills[-1]))
    published = story.sync("2026-10")
    assert [held(story, bill)[1] for bill in bills] == [{Decimal(105)}] * (BATCH + 1) + [{HERS}]
    assert published.report.left == {f"po:{pos[-1]['id']}"}
    assert story.kinds() == {"edited_in_xero"}
    assert {action.action for action in published.actions if action.key in published.report.left} == {"hold"}


@CLOCKS
def test_a_draft_on_which_she_worked_beside_what_changed_is_updated_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours_ahead: int
) -> None:
    story = Story(tmp_path)
    bill = draft_to_change(story)
    put_ahead(monkeypatch, hours_ahead)
    position = goods_of(bill)
    at_the_last_read(
        story, lambda: story.bookkeeper.edit_line(bill["InvoiceID"], position, Description="As agreed with Ann")
    )
    published = story.sync("2026-10")
    assert held(story, bill) == ("DRAFT", {Decimal(100)})
    assert [action.reason for action in published.actions if action.key in published.report.left] == [NEXT_TIME]
    story.night()
    assert held(story, bill) == ("DRAFT", {Decimal(105)})
    now = story.store.get("xero.invoices", bill["InvoiceID"])
    assert now["LineItems"][position]["Description"] == "As agreed with Ann"
    assert story.kinds() == set()
