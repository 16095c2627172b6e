"""Drafts that stand in a period which the adviser has locked in Xero: nothing is sent that Xero would refuse.

Whether Xero takes a change of such a draft is not known (``locked_drafts_editable``): every story is told both ways.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story

LOCKED = date(2026, 10, 31)
Change = Callable[[Story, dict[str, Any]], None]


@pytest.fixture(params=[(editable, mode) for editable in (False, True) for mode in ("hold", "draft")])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    editable, lock_date = request.param
    return Story(tmp_path, of_xero={"locked_drafts_editable": editable}, lock_date=lock_date)


def lock(story: Story, until: date | None = LOCKED) -> None:
    story.bookkeeper.settings.set_lock_dates(period=until)


def drafted(story: Story) -> dict[str, Any]:
    """A PO whose draft is in Xero, in a period that was locked afterwards."""
    po = story.order(2)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 2)
    story.night()
    lock(story)
    return po


def back(story: Story, po: dict[str, Any]) -> None:
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 2)


def dearer(story: Story, po: dict[str, Any]) -> None:
    (line,) = story.lines(po)
    story.buyer.change_cost(line["id"], Decimal("101.00"))


@pytest.mark.parametrize("change", [back, dearer])
def test_the_change_is_a_case_and_nothing_is_sent_until_the_period_is_open(story: Story, change: Change) -> None:
    po = drafted(story)
    before = story.document(f"po:{po['id']}")
    change(story, po)
    sent = len(story.writes())
    for _ in range(2):
        story.night()
        case = story.open_case("lock_date").case
        assert (case.bill_keys, case.ways_out) == ((f"po:{po['id']}",), ("accept-theirs",))
    assert len(story.writes()) == sent
    assert story.document(f"po:{po['id']}") == before
    lock(story, None)
    story.night()
    assert story.kinds() == set()
    live = story.published()
    if change is back:
        assert live == {}
    else:
        assert live[f"po:{po['id']}"][0]["SubTotal"] == Decimal("202.00")


def test_a_draft_that_is_deleted_by_hand_closes_the_case(story: Story) -> None:
    po = drafted(story)
    back(story, po)
    story.night()
    story.bookkeeper.delete(story.document(f"po:{po['id']}")["InvoiceID"])
    for _ in range(2):
        story.night()
    assert (story.kinds(), story.published()) == (set(), {})


def test_a_draft_that_was_let_stand_is_not_asked_about_when_the_lock_date_moves(story: Story) -> None:
    po = drafted(story)
    back(story, po)
    story.night()
    story.settle("lock_date", "accept-theirs")
    lock(story, date(2026, 11, 30))
    for _ in range(2):
        story.night()
    assert story.kinds() == set()
    assert story.quantities() == {f"po:{po['id']}": ["2"]}


def test_a_draft_that_is_not_owed_stays_as_a_case_while_the_period_is_locked(story: Story) -> None:
    po = drafted(story)
    lock(story, None)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 1)
    story.night()
    story.settle("quantity_mismatch", "not-owed")
    lock(story)
    sent = len(story.writes())
    story.night()
    assert story.open_case("lock_date").case.ways_out == ("accept-theirs",)
    assert len(story.writes()) == sent
    lock(story, None)
    story.night()
    assert (story.kinds(), story.published()) == (set(), {})
