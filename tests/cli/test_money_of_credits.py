"""Bills and supplier credits side by side on the console: what is added up is what the vendor is owed.

What belongs here: sums and rows of the commands' answers. What does not: cases (tests/review/test_money_of_a_case).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from story import CYCLE, Story

from cwxero_dagster.cli import order_story, showing
from cwxero_dagster.cli.answers import as_in_xero, sync_answer
from cwxero_dagster.cli.explain import explain
from cwxero_dagster.pipeline import billing, keying
from cwxero_dagster.pipeline.bill_frames import figure_of

MANUAL = {"events": {"fully_received": "nothing", "vendor_invoice_received": "nothing"}}


def bill_and_credit(story: Story) -> None:
    """Goods for 220.00 arrive, and a rebate of 132.00."""
    for number, cost in (("PO-BILL", "100.00"), ("PO-CREDIT", "-60.00")):
        (line,) = story.lines(story.order(2, cost=cost, number=number))
        story.buyer.receive(line["id"], 2)


def told(story: Story, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the console says of a night, as JSON has it, too: lines without their indent."""
    story.night()
    session = story.session()
    plan = billing.kept_plan(session, CYCLE)
    session.close()
    answer = sync_answer(plan, cycle=CYCLE, mode="live", policy_digest="", calls={"connectwise": 0, "xero": 0})
    for bill in answer["bills"]:
        held = [document for documents in story.published().values() for document in documents]
        (total,) = [one["Total"] for one in held if bill["xero_id"] in {one.get("InvoiceID"), one.get("CreditNoteID")}]
        sign = -1 if bill["number"].startswith("PO-CREDIT") else 1
        assert Decimal(bill["total"]) == sign * total
        assert Decimal(bill["net"]) + Decimal(bill["tax"]) == Decimal(bill["total"])
    assert all(Decimal(bill["total"]) > 0 for bill in as_in_xero(answer)["bills"])
    capsys.readouterr()
    showing.sync(answer, {row["bill_key"]: figure_of(row) for row in plan}, planned_only=False)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_a_supplier_credit_is_taken_off_what_a_sync_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(tmp_path)
    bill_and_credit(story)
    first = told(story, capsys)
    assert "1 draft bill created 220.00 AUD" in first
    assert "1 supplier credit created -132.00 AUD" in first
    assert "2 already as they should be 88.00 AUD" in told(story, capsys)


def test_bills_that_wait_for_approval_are_called_no_drafts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(tmp_path, bill={"status": "SUBMITTED"})
    bill_and_credit(story)
    assert "1 bill created 220.00 AUD" in told(story, capsys)
    story.night()
    session = story.session()
    order_story.story(explain(session, "PO-BILL"))
    session.close()
    said = capsys.readouterr().out
    assert "What Xero holds, waiting for approval, is as it should be." in said
    assert "Xero holds PO-BILL as waiting for approval." in said
    assert "draft" not in said


def test_a_story_calls_a_supplier_credit_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(tmp_path)
    bill_and_credit(story)
    story.night()
    for number, said in (
        ("PO-BILL", "Bill PO-BILL: 220.00 AUD"),
        ("PO-CREDIT", "Supplier credit PO-CREDIT/C1: -132.00 AUD"),
    ):
        session = story.session()
        order_story.story(explain(session, number))
        session.close()
        assert said in capsys.readouterr().out


def test_a_purchase_order_in_xero_adds_nothing_to_what_is_owed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story(tmp_path, events={"raised": "draft_purchase_order"})
    story.order(3, number="PO-RAISED")
    story.night()
    session = story.session()
    rows = billing.kept_plan(session, CYCLE)
    session.close()
    answer = sync_answer(rows, cycle=CYCLE, mode="live", policy_digest="", calls={})
    assert [Decimal(bill["total"]) for bill in answer["bills"]] == [Decimal(330)]
    assert showing.money(answer["bills"]) == ""
    showing.sync(answer, {row["bill_key"]: figure_of(row) for row in rows}, planned_only=False)
    assert " 1  purchase order in Xero created\n" in capsys.readouterr().out


def test_a_supplier_credit_to_key_by_hand_counts_negative(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(tmp_path, **MANUAL)
    bill_and_credit(story)
    story.night()
    session = story.session()
    rows, path = keying.keep_bills_to_key(session, CYCLE, live=True)
    assert path is not None
    showing.to_key(rows, file=path)
    step = explain(session, "PO-CREDIT")["next_step"]
    session.close()
    shown = {words[-2] for line in capsys.readouterr().out.splitlines() if (words := line.split())[-1:] == ["AUD"]}
    assert shown == {"220.00", "-132.00"}
    assert step.startswith("Finance: key the supplier credit PO-CREDIT/C1 for 132.00 AUD in Xero")
