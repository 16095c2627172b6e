"""Every hold has a way out, and no way out doubles a bill: what Xero holds after people decided."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story

from cwxero_dagster.warehouse.case_book import CaseRefused, KeptCase


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def case(story: Story, kind: str) -> KeptCase:
    (found,) = [kept for kept in story.session().case_book.cases() if kept.case.kind == kind]
    return found


def decide(story: Story, kind: str, verb: str, **more: Any) -> KeptCase:
    book = story.session().case_book
    return book.decide(
        case(story, kind).case.case_id, verb=verb, reason="checked", by="Tom", at=story.clock.now(), **more
    )


def receive(story: Story, po: dict[str, Any]) -> None:
    for line in story.lines(po):
        story.buyer.receive(line["id"], line["quantity"])


def received(story: Story, quantity: int = 2, **more: Any) -> dict[str, Any]:
    """A PO that was received in full and has its draft in Xero."""
    po = story.order(quantity, **more)
    receive(story, po)
    story.night()
    return po


def reprice(story: Story, po: dict[str, Any], cost: str) -> None:
    (line,) = story.lines(po)
    story.buyer.change_cost(line["id"], Decimal(cost))


# --- what a person saw ------------------------------------------------------------------------------------------------


def test_a_decision_on_what_has_changed_since_is_refused(story: Story) -> None:
    po = story.order(2)
    receive(story, po)
    reprice(story, po, "150.00")
    story.night()
    seen = case(story, "price_mismatch").case
    reprice(story, po, "160.00")
    story.night()
    book = story.session().case_book
    with pytest.raises(CaseRefused, match=f"changed since you saw it .{seen.token}.*160"):
        book.decide(f"{seen.case_id}@{seen.token}", verb="release", reason="x", by="Tom", at=story.clock.now())
    story.night()
    assert story.published() == {}
    now = case(story, "price_mismatch").case
    book.decide(f"{now.case_id}@{now.token}", verb="release", reason="x", by="Tom", at=story.clock.now())
    story.night()
    assert story.document(f"po:{po['id']}")["SubTotal"] == Decimal("320.00")


def test_a_closed_case_still_names_its_bills_and_what_was_decided(story: Story) -> None:
    po = story.order(2)
    receive(story, po)
    reprice(story, po, "150.00")
    story.night()
    decide(story, "price_mismatch", "release")
    story.night()
    (kept,) = story.session().case_book.cases(status=None)
    assert (kept.status, kept.case.bill_keys) == ("released", (f"po:{po['id']}",))
    assert kept.what_we_did == "Released. Tom: checked"


# --- closing a bill that is a draft in Xero ---------------------------------------------------------------------------


def held_draft(story: Story) -> str:
    """A draft that a price beyond the limit holds."""
    po = received(story)
    reprice(story, po, "150.00")
    story.night()
    assert story.kinds() == {"price_mismatch"}
    return f"po:{po['id']}"


def test_a_draft_that_is_not_owed_is_withdrawn_and_never_made_again(story: Story) -> None:
    key = held_draft(story)
    decide(story, "price_mismatch", "not-owed")
    for _ in range(3):
        story.night()
    assert story.published() == {}
    assert [bill["Status"] for bill in story.published(live=False)[key]] == ["DELETED"]
    assert story.kinds() == set()


def test_a_withdrawal_that_is_taken_back_bills_the_goods_once(story: Story) -> None:
    key = held_draft(story)
    decided = decide(story, "price_mismatch", "not-owed")
    story.night()
    assert story.published() == {}
    story.session().case_book.undo(decided.case.case_id, by="Tom", at=story.clock.now())
    story.night()
    decide(story, "price_mismatch", "release")
    for _ in range(2):
        story.night()
    assert story.quantities() == {f"{key}/g:1": ["2"]}


def test_a_draft_that_a_person_works_on_is_not_offered_a_way_out_that_removes_it(story: Story) -> None:
    po = received(story)
    bill = story.document(f"po:{po['id']}")
    story.bookkeeper.attach_file(bill["InvoiceID"])
    reprice(story, po, "150.00")
    story.night()
    assert case(story, "price_mismatch").case.ways_out == ("release",)


def test_a_draft_that_was_worked_on_after_it_was_settled_stays_and_is_shown(story: Story) -> None:
    key = held_draft(story)
    decide(story, "price_mismatch", "not-owed")
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.night()
    assert story.document(key)["Status"] == "AUTHORISED"
    assert "Tom settled it as not-owed" in case(story, "edited_in_xero").case.what_happened
    decide(story, "edited_in_xero", "accept-theirs")
    story.night()
    assert (story.kinds(), story.document(key)["Status"]) == (set(), "AUTHORISED")


def test_billed_by_cannot_name_the_bill_itself(story: Story) -> None:
    key = held_draft(story)
    with pytest.raises(CaseRefused, match="this very bill"):
        decide(story, "price_mismatch", "billed-by", xero_id=story.document(key)["InvoiceID"])


def test_the_draft_of_a_deleted_purchase_order_goes_when_it_is_not_owed(story: Story) -> None:
    po = received(story)
    other = story.order(1)
    story.buyer.delete_po(po["id"])
    for _ in range(3):
        story.night()
    decide(story, "reversed_after_authorised", "not-owed")
    story.night()
    assert (story.published(), story.kinds()) == ({}, set())
    assert other["id"] in {order["id"] for order in story.store.all("cw.purchaseorders")}
