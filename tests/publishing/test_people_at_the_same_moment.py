"""What a person does to a draft between our reading and our writing: refused by Xero, or found afterwards and shown."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from simulation import actions
from story import Story

from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.transport import LimitReached


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """One draft of two lines; then the price of its second line changes in ConnectWise."""
    told = Story(tmp_path)
    po = told.order(3, 5, number="PO-1", cost="40.00")
    for line in told.lines(po):
        told.buyer.receive(line["id"], int(line["quantity"]))
    told.night()
    told.po = po
    return told


def in_between(story: Story, act: Callable[[str], Any]) -> None:
    """Do something to the draft at the moment in which it is written to."""
    handle = story.xero.handle
    done: list[str] = []

    def at_the_write(request: Any) -> Any:
        if request.method == "POST" and request.path.endswith("/Invoices") and not done:
            done.append(request.path)
            story.clock.travel(1)
            act(story.document("po:1")["InvoiceID"])
        return handle(request)

    story.xero.handle = at_the_write


def recost(story: Story) -> None:
    story.buyer.change_cost(story.lines(story.po)[1]["id"], Decimal("47.00"))


def unreceive(story: Story) -> None:
    for line in story.lines(story.po):
        story.buyer.unreceive(line["id"])


def prices(story: Story, *, live: bool = True) -> list[Decimal]:
    (document,) = story.published(live=live)["po:1"]
    return [line["UnitAmount"] for line in document["LineItems"] if line.get("AccountCode")]


def asked(story: Story) -> tuple[str, str, str]:
    """The id, the kind and the story of the one open case."""
    (kept,) = story.session().case_book.cases()
    return kept.case.case_id, kept.case.kind, kept.case.what_happened


def test_an_approval_in_between_makes_xero_refuse_the_update(story: Story) -> None:
    recost(story)
    in_between(story, story.bookkeeper.approve)
    assert actions(story.night()) == {"po:1": "hold"}
    assert story.document("po:1")["Status"] == "AUTHORISED"
    assert prices(story) == [Decimal(40), Decimal(40)]
    that_night = asked(story)
    assert that_night[1] == "changed_after_authorised"
    assert "approved in Xero, differ" in that_night[2]
    story.night()
    assert asked(story) == that_night


def test_an_approval_in_between_makes_xero_refuse_the_withdrawal(story: Story) -> None:
    unreceive(story)
    in_between(story, story.bookkeeper.approve)
    story.night()
    assert story.document("po:1")["Status"] == "AUTHORISED"
    that_night = asked(story)
    assert that_night[1] == "reversed_after_authorised"
    story.night()
    assert asked(story) == that_night


def test_a_removal_in_between_is_told_as_one(story: Story) -> None:
    recost(story)
    in_between(story, story.bookkeeper.delete)
    story.night()
    that_night = asked(story)
    assert that_night[1] == "removed_in_xero"
    assert "deleted in Xero by a person" in that_night[2]
    story.session().case_book.decide(
        that_night[0], verb="not-owed", by="Tom Ashdown", reason="sent back", at=story.clock.now()
    )
    assert actions(story.night()) == {"po:1": "exclude"}
    assert story.kinds() == set()


def test_where_xero_cannot_be_read_again_the_refusal_is_told_in_words(story: Story) -> None:
    recost(story)

    def approved_and_busy(bill: str) -> None:
        story.bookkeeper.approve(bill)
        story.xero.faults.add(
            Fault(
                system="xero",
                kind="status",
                method="GET",
                path_contains="/Invoices",
                status=429,
                headers={"X-Rate-Limit-Problem": "day"},
                times=None,
            )
        )

    in_between(story, approved_and_busy)
    with pytest.raises(LimitReached):
        story.night()
    _, kind, words = asked(story)
    assert kind == "changed_after_authorised"
    assert "Somebody approved, paid or removed this document in Xero" in words
    assert words.endswith('Xero says: "Invoice not of valid status for modification"')


def test_where_xero_cannot_be_believed_the_second_time_the_refusal_is_told_in_words(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unbelievable(*_: Any, **__: Any) -> None:
        message = "Xero no longer shows most of its accounts. Nothing was staged."
        raise StagingRefused(message)

    monkeypatch.setattr("cwxero_dagster.pipeline.overtaken.read_xero", unbelievable)
    recost(story)
    in_between(story, story.bookkeeper.approve)
    with pytest.raises(StagingRefused):
        story.night()
    _, kind, words = asked(story)
    assert kind == "changed_after_authorised"
    assert "Somebody approved, paid or removed this document in Xero" in words


def test_an_edit_in_between_is_found_and_shown_the_same_night(story: Story) -> None:
    recost(story)
    in_between(story, lambda bill: story.bookkeeper.edit_line(bill, 0, UnitAmount=Decimal("41.00")))
    nights = []
    for _ in range(3):
        assert actions(story.night()) == {"po:1": "hold"}
        nights.append(asked(story))
    assert nights[0][1] == "edited_in_xero"
    assert "Bookkeeper" in nights[0][2]
    assert nights == [nights[0]] * 3
    assert prices(story) == [Decimal(40), Decimal(47)]


def test_a_draft_that_was_edited_and_withdrawn_at_once_is_shown(story: Story) -> None:
    unreceive(story)
    in_between(story, lambda bill: story.bookkeeper.edit_line(bill, 0, UnitAmount=Decimal("41.00")))
    story.night()
    (case,) = story.session().case_book.cases()
    assert case.case.kind == "edited_in_xero"
    assert "withdrawn all the same" in case.case.what_happened
    story.session().case_book.decide(
        case.case.case_id, verb="release", by="Tom Ashdown", reason="seen", at=story.clock.now()
    )
    assert actions(story.night()) == {}
    assert story.kinds() == set()


def test_a_released_overlap_holds_nothing_any_more(story: Story) -> None:
    recost(story)
    in_between(story, lambda bill: story.bookkeeper.edit_line(bill, 0, UnitAmount=Decimal("41.00")))
    story.night()
    (case,) = story.session().case_book.cases()
    story.session().case_book.decide(
        case.case.case_id, verb="accept-theirs", by="Tom Ashdown", reason="seen", at=story.clock.now()
    )
    assert actions(story.night()) == {"po:1": "unchanged"}
    story.buyer.change_cost(story.lines(story.po)[1]["id"], Decimal("48.00"))
    assert actions(story.night()) == {"po:1": "update"}
    assert prices(story)[1] == Decimal(48)


@pytest.mark.parametrize("also", [False, True])
def test_a_change_that_was_written_over_is_asked_about_also_once_somebody_approved_the_bill(
    story: Story, also: bool
) -> None:
    recost(story)
    in_between(story, lambda bill: story.bookkeeper.edit_line(bill, 0, AccountCode="453"))
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    if also:
        unreceive(story)
    before = story.document("po:1")
    for _ in range(2):
        assert actions(story.night())["po:1"] == "hold"
        assert story.kinds() == {"edited_in_xero", *(["reversed_after_authorised"] if also else [])}
    for kept in story.session().case_book.cases():
        story.session().case_book.decide(
            kept.case.case_id, verb="release", by="Tom Ashdown", reason="put right by hand", at=story.clock.now()
        )
    assert actions(story.night())["po:1"] == "unchanged"
    assert story.kinds() == set()
    assert story.document("po:1") == before


def test_an_edit_is_found_even_where_the_answer_was_lost(story: Story) -> None:
    recost(story)
    in_between(story, lambda bill: story.bookkeeper.edit_line(bill, 0, UnitAmount=Decimal("41.00")))
    story.xero.faults.add(Fault(system="xero", kind="lose", method="POST", path_contains="/Invoices", times=4))
    story.night()
    story.xero.faults.clear()
    story.night()
    story.night()
    assert story.kinds() == {"edited_in_xero"}


def test_an_edit_that_was_read_before_the_write_is_no_case(story: Story) -> None:
    bill = story.document("po:1")["InvoiceID"]
    story.later(0.1)
    story.bookkeeper.edit_line(bill, 0, AccountCode="453")
    recost(story)
    story.night()
    story.night()
    assert prices(story) == [Decimal(40), Decimal(47)]
    assert story.kinds() == set()
