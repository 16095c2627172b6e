"""A bill stays in the cycle in which it was first planned, whatever is edited while it is held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenarios.story import CYCLE, Story
from simulation import actions

NEXT = "2026-11"
NOBODY = (
    "connectwise_vendor_id,connectwise_vendor_name,xero_contact_id,xero_contact_name,default_account_code,"
    "default_tax_type\n"
)


def held_in_october(folder: Path, mode: str = "live") -> tuple[Story, dict[str, Any], str]:
    """A story, a line whose rest was given up without a day, and the vendors that were taken away to hold its bill."""
    story = Story(folder)
    vendors = (story.seeds / "vendors.csv").read_text(encoding="utf-8")
    (story.seeds / "vendors.csv").write_text(NOBODY, encoding="utf-8")
    (line,) = story.lines(story.order(10))
    story.buyer.receive(line["id"], 4)
    story.buyer.edit_line(line["id"], closedFlag=True)
    story.later()
    assert actions(story.sync(CYCLE, mode=mode)) == {"po:1": "hold"}
    return story, line, vendors


def note_on(story: Story, line: dict[str, Any]) -> None:
    """A month later, a word is added to the line, which moves the only day that tells when it was closed."""
    story.later(35)
    story.buyer.edit_line(line["id"], internalNotes="moved to the shelf")


def test_a_held_bill_stays_in_its_cycle_and_is_made_there(tmp_path: Path) -> None:
    story, line, vendors = held_in_october(tmp_path)
    note_on(story, line)
    assert actions(story.sync(NEXT)) == {}
    assert actions(story.sync(CYCLE)) == {"po:1": "hold"}

    (story.seeds / "vendors.csv").write_text(vendors, encoding="utf-8")
    assert (actions(story.sync(NEXT)), actions(story.sync(CYCLE))) == ({}, {"po:1": "create"})
    assert story.quantities() == {"po:1": ["4"]}
    assert story.session().ledger.view().bills["po:1"].cycle == CYCLE


def test_a_shadow_run_fixes_no_cycle(tmp_path: Path) -> None:
    story, line, _ = held_in_october(tmp_path, "shadow")
    note_on(story, line)
    assert actions(story.sync(NEXT)) == {"po:1": "hold"}


def test_goods_that_went_back_and_come_again_are_due_anew(tmp_path: Path) -> None:
    story, line, _ = held_in_october(tmp_path)
    story.buyer.unreceive(line["id"], 4)
    assert actions(story.sync(CYCLE)) == {}
    story.later(35)
    story.buyer.receive(line["id"], 10)
    assert actions(story.sync(NEXT)) == {"po:1": "hold"}
