"""Every hold has a way out, and no way out doubles a bill: what Xero holds after people decided."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import CYCLE, Story, balances

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.answers import sync_answer
from cwxero_dagster.pipeline.bill_frames import figure_of
from cwxero_dagster.pipeline.billing import kept_plan
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.xero import BookLine
from cwxero_dagster.warehouse.case_book import CaseRefused, KeptCase


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def received(story: Story, quantity: int = 2, **more: Any) -> dict[str, Any]:
    """A PO that was received in full and has its draft in Xero."""
    po = story.received(quantity, **more)
    story.night()
    return po


def receive_more(story: Story, po: dict[str, Any], quantity: int) -> None:
    """More than was ordered: a case."""
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], quantity)


# --- what a person saw ------------------------------------------------------------------------------------------------


def test_a_decision_on_what_has_changed_since_is_refused(story: Story) -> None:
    po = story.order(2)
    story.receive(po)
    receive_more(story, po, 1)
    story.night()
    seen = story.open_case("quantity_mismatch").case
    receive_more(story, po, 1)
    story.night()
    book = story.session().case_book
    with pytest.raises(CaseRefused, match=f"changed since you saw it .{seen.token}.*4"):
        book.decide(f"{seen.case_id}@{seen.token}", verb="release", reason="x", by="Tom", at=story.clock.now())
    story.night()
    assert story.published() == {}
    now = story.open_case("quantity_mismatch").case
    book.decide(f"{now.case_id}@{now.token}", verb="release", reason="x", by="Tom", at=story.clock.now())
    story.night()
    assert story.document(f"po:{po['id']}")["SubTotal"] == Decimal("400.00")


def test_a_closed_case_still_names_its_bills_and_what_was_decided(story: Story) -> None:
    po = story.order(2)
    story.receive(po)
    receive_more(story, po, 1)
    story.night()
    story.settle("quantity_mismatch", "release")
    story.night()
    (kept,) = story.session().case_book.cases(status=None)
    assert (kept.status, kept.case.bill_keys) == ("released", (f"po:{po['id']}",))
    assert kept.what_we_did == "Released. Tom: checked"


# --- closing a bill that is a draft in Xero ---------------------------------------------------------------------------


def held_draft(story: Story) -> str:
    """A draft whose growth beyond the order is held."""
    po = received(story)
    receive_more(story, po, 1)
    story.night()
    assert story.kinds() == {"quantity_mismatch"}
    return f"po:{po['id']}"


def test_a_draft_that_is_not_owed_is_withdrawn_and_never_made_again(story: Story) -> None:
    key = held_draft(story)
    story.settle("quantity_mismatch", "not-owed")
    for _ in range(3):
        story.night()
    assert story.published() == {}
    assert [bill["Status"] for bill in story.published(live=False)[key]] == ["DELETED"]
    assert story.kinds() == set()


def test_a_withdrawal_that_is_taken_back_bills_the_goods_once(story: Story) -> None:
    key = held_draft(story)
    decided = story.settle("quantity_mismatch", "not-owed")
    story.night()
    assert story.published() == {}
    story.session().case_book.undo(decided.case.case_id, by="Tom", at=story.clock.now())
    story.night()
    story.settle("quantity_mismatch", "release")
    for _ in range(2):
        story.night()
    assert story.quantities() == {f"{key}/g:1": ["3"]}


def test_a_draft_that_a_person_works_on_is_not_offered_a_way_out_that_removes_it(story: Story) -> None:
    po = received(story)
    bill = story.document(f"po:{po['id']}")
    story.bookkeeper.attach_file(bill["InvoiceID"])
    receive_more(story, po, 1)
    story.night()
    assert story.open_case("quantity_mismatch").case.ways_out == ("release",)


def test_a_draft_that_was_worked_on_after_it_was_settled_stays_and_is_shown(story: Story) -> None:
    key = held_draft(story)
    story.settle("quantity_mismatch", "not-owed")
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.night()
    assert story.document(key)["Status"] == "AUTHORISED"
    assert "Tom settled it as not-owed" in story.open_case("edited_in_xero").case.what_happened
    story.settle("edited_in_xero", "accept-theirs")
    story.night()
    assert (story.kinds(), story.document(key)["Status"]) == (set(), "AUTHORISED")
    balances(story)


def test_billed_by_cannot_name_the_bill_itself(story: Story) -> None:
    key = held_draft(story)
    with pytest.raises(CaseRefused, match="this very bill"):
        story.settle("quantity_mismatch", "billed-by", xero_id=story.document(key)["InvoiceID"])


def test_billed_by_cannot_name_the_syncs_own_bill_of_another_order_unless_somebody_added_to_it(story: Story) -> None:
    other = story.received(7)
    held_draft(story)
    own = story.document(f"po:{other['id']}")
    with pytest.raises(CaseRefused, match=f"{own['InvoiceNumber']} is the sync's own bill of another purchase order"):
        story.settle("quantity_mismatch", "billed-by", xero_id=own["InvoiceID"])
    story.bookkeeper.edit_line(own["InvoiceID"], 0, Quantity=Decimal(9))
    story.night()
    story.settle("quantity_mismatch", "billed-by", xero_id=own["InvoiceID"])
    story.night()
    assert set(story.published()) == {f"po:{other['id']}"}


# --- notices: what is to be looked at and holds nothing ---------------------------------------------------------------


def notice(story: Story, kind: str) -> KeptCase:
    found = story.open_case(kind)
    assert "this case holds nothing back" in found.what_we_did
    return found


def test_a_draft_that_waits_too_long_is_listed_and_still_follows_connectwise(story: Story) -> None:
    po = story.order(2)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 2)
    story.night()
    assert story.kinds() == set()
    story.later(15)
    story.night()
    assert notice(story, "stale_draft").case.bill_keys == (f"po:{po['id']}",)
    story.buyer.set_freight(po["id"], Decimal("12.00"))
    story.night()
    assert story.document(f"po:{po['id']}")["SubTotal"] == Decimal("212.00")
    story.settle("stale_draft", "release")
    story.night()
    assert story.kinds() == set()
    story.later(14)
    story.night()
    assert story.kinds() == {"stale_draft"}
    story.bookkeeper.approve(story.document(f"po:{po['id']}")["InvoiceID"])
    story.night()
    assert story.kinds() == set()


def test_a_notice_says_nothing_of_a_write_that_has_no_answer(story: Story) -> None:
    po = received(story)
    story.later(15)
    story.night()
    story.buyer.set_freight(po["id"], Decimal("12.00"))
    story.xero.faults.add(Fault(system="xero", kind="before", method="POST", path_contains="/Invoices", times=4))
    story.night()
    assert story.kinds() == {"outcome_unknown", "stale_draft"}
    said = notice(story, "stale_draft").what_we_did
    assert said.endswith("named here; this case holds nothing back and writes nothing to Xero.")
    assert "no answer came" in story.open_case("outcome_unknown").what_we_did
    for _ in range(2):
        story.night()
    assert story.kinds() == {"stale_draft"}
    assert story.document(f"po:{po['id']}")["SubTotal"] == Decimal("212.00")


def test_a_draft_that_a_person_let_stand_counts_for_what_xero_holds(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    po = received(story)
    (line,) = story.lines(po)
    story.bookkeeper.edit_line(story.document(f"po:{po['id']}")["InvoiceID"], 0, UnitAmount=Decimal("90.00"))
    story.buyer.change_cost(line["id"], Decimal("101.00"))
    story.night()
    story.settle("edited_in_xero", "release")
    story.night()
    rows = kept_plan(story.session(), CYCLE)
    answer = sync_answer(rows, cycle=CYCLE, mode="live", policy_digest="", calls={})
    showing.sync(answer, {row["bill_key"]: figure_of(row) for row in rows}, planned_only=False)
    assert "1  already as they should be  198.00 AUD" in capsys.readouterr().out
    assert answer["bills"][0]["total"] == "222.20", "what the bill says by ConnectWise"


def test_goods_that_wait_long_for_the_rest_are_named_and_can_be_settled_as_keyed_by_hand(story: Story) -> None:
    po = story.order(10)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 4)
    story.night()
    assert story.kinds() == set()
    story.later(30)
    story.night()
    found = notice(story, "received_not_billed")
    assert (found.case.amount, found.case.po_numbers) == (Decimal("400.00"), (po["poNumber"],))
    story.settle("received_not_billed", "not-owed")
    story.night()
    assert story.kinds() == set()
    story.buyer.receive(line["id"], 6)
    story.night()
    story.sync("2026-11")
    assert story.quantities() == {f"po:{po['id']}/s:1": ["6"]}


def test_what_a_person_changed_on_a_bill_is_shown_by_what_it_is_and_kept(story: Story) -> None:
    po = received(story)
    key = f"po:{po['id']}"
    bill = story.document(key)
    other = next(c for c in story.store.all("xero.contacts") if c["ContactID"] != bill["Contact"]["ContactID"])
    story.bookkeeper.edit_bill(bill["InvoiceID"], contact_id=other["ContactID"])
    story.night()
    found = notice(story, "edited_in_xero")
    assert f"moved to the contact {other['Name']}" in found.case.what_happened
    assert found.case.ways_out == ("release", "accept-theirs")
    story.settle("edited_in_xero", "accept-theirs")
    story.night()
    assert story.kinds() == set()
    assert story.document(key)["Contact"]["ContactID"] == other["ContactID"]
    story.bookkeeper.approve(bill["InvoiceID"])
    story.bookkeeper.void(bill["InvoiceID"])
    story.night()
    assert story.kinds() == {"removed_in_xero"}


def test_goods_billed_by_another_document_that_go_back_need_its_credit(story: Story) -> None:
    po = story.order(2)
    story.receive(po)
    receive_more(story, po, 1)
    story.night()
    contact = next(iter(story.store.all("xero.contacts")))["ContactID"]
    goods = BookLine(description="goods", quantity=Decimal(3), unit_amount=Decimal(100), account_code="310")
    keyed = story.bookkeeper.key_bill(contact, "KEYED-1", [goods], on=story.clock.now().date())
    story.night()
    story.settle("quantity_mismatch", "billed-by", xero_id=keyed["InvoiceID"])
    story.night()
    assert story.kinds() == set()
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 1)
    story.night()
    owed = notice(story, "credit_needed").case
    assert (owed.ways_out, owed.money) == (("release",), {"AUD": Decimal(-100)})
    assert story.published() == {}


def test_goods_that_are_paid_for_before_they_arrive_are_named_until_they_do(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"raised": "draft_bill", "fully_received": "nothing"})
    po = story.order(2)
    story.night()
    bill = story.document(f"po:{po['id']}")
    story.bookkeeper.approve(bill["InvoiceID"])
    story.bookkeeper.pay(bill["InvoiceID"])
    story.night()
    early = notice(story, "paid_not_received").case
    assert "2 of its goods are not received" in early.what_happened
    assert early.money == {"AUD": Decimal(220)}
    story.receive(po)
    story.night()
    assert story.kinds() == set()


def test_billed_by_cannot_name_a_credit_for_goods_of_a_bill(story: Story) -> None:
    key = held_draft(story)
    credit = story.bookkeeper.key_bill(
        story.document(key)["Contact"]["ContactID"], "CN-5", [], on=story.clock.now().date(), credit=True
    )
    story.night()
    with pytest.raises(CaseRefused, match="is a supplier credit; these goods need a bill"):
        story.settle("quantity_mismatch", "billed-by", xero_id=credit["CreditNoteID"])
