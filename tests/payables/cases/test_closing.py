"""Why a case no longer holds a bill: each kind has its words; what the plan or ConnectWise says goes before them."""

from __future__ import annotations

from typing import Any

import pytest
from payables.making import books, d, document, line, po, purchasing, received

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.cases.closing import ENDED, Aftermath
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.holds import GRAVITY, hold
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.slices import Slice

GOODS = Slice(1, 11, d(0), d(10))


def held(**changes: Any) -> HeldBill:
    return HeldBill("po:1", "2026-05", ("PO-1001",), d("50.00"), "AUD", (), po_ids=(1,), slices=(GOODS,), **changes)


def why(kind: str, bill: HeldBill, *actions: Action, **changes: Any) -> str:
    made = purchasing(po(), [received(line())]) if "lines" not in changes else purchasing(po(), changes["lines"])
    return Aftermath(actions, (), books(documents=changes.get("documents", ())), made).why(kind, bill)


def test_every_kind_has_words_for_its_end() -> None:
    assert set(ENDED) == set(GRAVITY) == set(KINDS)
    assert [words for words in ENDED.values() if not words.endswith(".")] == []


def test_a_bill_that_goes_ahead_or_is_held_by_another_cause_has_the_words_of_the_kind() -> None:
    other = hold("lock_date", "cause", "Locked.")
    for action in (Action("po:1", "create", "New bill."), Action("po:1", "hold", "Locked.", (other,))):
        assert why("unmapped_vendor", held(), action) == "The vendor has a Xero contact now."


@pytest.mark.parametrize("action", ["exclude", "withdraw"])
def test_a_bill_that_is_settled_or_withdrawn_has_the_reason_of_its_plan(action: str) -> None:
    assert why("unmapped_vendor", held(), Action("po:1", action, "Tom settled it.")) == "Tom settled it."


def test_a_question_about_a_document_has_the_reason_of_its_plan() -> None:
    agreed = Action("po:1", "unchanged", "Already approved in Xero; ConnectWise agrees.")
    assert why("changed_after_authorised", held(), agreed) == agreed.reason


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("quantity_mismatch", "AUTHORISED", "The bill is approved in Xero now, as it stands there."),
        ("quantity_mismatch", "DRAFT", ENDED["quantity_mismatch"]),
        ("rounding", "AUTHORISED", ENDED["rounding"]),
    ],
)
def test_a_limit_is_not_said_to_be_kept_where_the_bill_was_approved_beyond_it(
    kind: str, status: str, words: str
) -> None:
    stands = Action("po:1", "unchanged", "As it is.", document=document(status=status))
    assert why(kind, held(), stands) == words


def test_a_bill_that_is_due_no_more_says_where_its_order_stands() -> None:
    assert why("unmapped_vendor", held(), lines=[line()]) == (
        "No bill is due for purchase order PO-1001 any more: it is raised in ConnectWise."
    )


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("stale_draft", "AUTHORISED", "The draft is approved in Xero now."),
        ("stale_draft", "DELETED", "The bill was deleted in Xero."),
        ("stale_draft", "DRAFT", ENDED["stale_draft"]),
        ("paid_not_received", "AUTHORISED", "The bill is approved in Xero, and paid no more."),
        ("paid_not_received", "PAID", ENDED["paid_not_received"]),
    ],
)
def test_a_notice_says_what_became_of_its_document(kind: str, status: str, words: str) -> None:
    one = document(status=status)
    assert why(kind, held(notice=True, xero_id=one.document_id), documents=(one,)) == words
