from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from payables.making import (
    NOW,
    after,
    at,
    books,
    d,
    day,
    deciding_on,
    document,
    kinds,
    known,
    line,
    plan_of,
    po,
    purchasing,
    received,
    the_action,
    with_documents,
)

from cwxero_dagster.payables.actions import Action, Guard
from cwxero_dagster.payables.holds import hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.planning.plan import counts, payload_digest, without_removed
from cwxero_dagster.pipeline.working_out import Known

KEYED = "https://cw.example.com/?k="


def start(**changes: Any) -> Known:
    return known(purchasing(po(), [received(line())]), **changes)


def intended(state: str, **changes: Any) -> LedgerView:
    """A ledger in which the bill was meant to be sent and Xero confirmed nothing."""
    values: dict[str, Any] = {
        "key": "po:1",
        "document_type": "ACCPAY",
        "cycle": "2026-05",
        "policy_digest": "",
        "state": state,
        "xero_id": None,
        "po_ids": (1,),
        "slices": (),
        "facts": "",
        "written": None,
        "base": None,
        **changes,
    }
    return LedgerView({"po:1": KnownBill(**values)})


def test_a_due_bill_is_created_with_the_document_to_send_and_the_reason() -> None:
    action = the_action(start())
    assert (action.action, action.holds) == ("create", ())
    assert action.reason.startswith("Received and not billed yet.")
    assert action.meaning is not None
    assert action.meaning["number"] == "PO-1001"


def test_fallbacks_are_told_with_the_reason() -> None:
    made = known(purchasing(po(terms_name=None), [received(line())]))
    assert "No payment terms are known" in the_action(made).reason


def test_a_group_below_zero_is_credited() -> None:
    assert the_action(known(purchasing(po(), [received(line(cost="-5.00"))]))).action == "credit"


def test_a_held_bill_goes_by_itself_once_its_cause_is_gone() -> None:
    archived = start(books=books(accounts={}))
    assert (the_action(archived).action, kinds(the_action(archived))) == ("hold", ["account_invalid"])
    assert the_action(start()).action == "create"


@pytest.mark.parametrize("state", ["planned", "sent", "unknown"])
def test_a_bill_whose_answer_was_lost_is_held_and_never_sent_again_by_a_plan(state: str) -> None:
    action = the_action(start(ledger=intended(state)))
    assert (action.action, kinds(action), action.meaning) == ("hold", ["outcome_unknown"], None)


@pytest.mark.parametrize("state", ["planned", "sent", "unknown"])
def test_a_lost_answer_stays_a_question_when_the_bill_is_no_longer_due(state: str) -> None:
    made = known(purchasing(po(), [received(line(), 4)]), ledger=intended(state))
    action = the_action(made)
    assert (action.action, kinds(action)) == ("hold", ["outcome_unknown"])


def test_a_bill_that_was_never_sent_and_is_no_longer_due_is_left_out() -> None:
    action = the_action(known(purchasing(po(), [received(line(), 4)]), ledger=intended("refused")))
    assert (action.action, action.po_numbers) == ("exclude", ("PO-1001",))
    assert "partially received" in action.reason


# --- what Xero refused ------------------------------------------------------------------------------------------------


def refused(hours: int, **changes: Any) -> Known:
    meaning = the_action(start()).meaning
    assert meaning is not None
    ledger = intended(
        "refused",
        refused_payload=payload_digest(meaning),
        refused_at=NOW - timedelta(hours=hours),
        refusal="Account code '310' is not valid.",
        refusal_kind="account_invalid",
    )
    return start(ledger=ledger, **changes)


def test_the_same_payload_is_not_sent_again_the_same_night() -> None:
    action = the_action(refused(2))
    assert (action.action, kinds(action)) == ("hold", ["account_invalid"])
    assert "Account code '310' is not valid." in action.reason


def test_the_next_night_tries_again() -> None:
    assert the_action(refused(21)).action == "create"


def test_another_payload_goes_at_once() -> None:
    changed = refused(2)
    other = night_of(changed, received(line(cost="6.00")))
    assert the_action(other).action == "create"


def night_of(made: Known, *lines: Any) -> Known:
    return replace(made, purchasing=purchasing(po(), lines))


def test_a_refused_update_is_tried_again_the_next_night_too() -> None:
    one = after(start(), the_action(start()))
    dearer = night_of(one, received(line(cost="5.05")))
    update = the_action(dearer)
    assert (update.action, update.meaning is not None) == ("update", True)
    assert update.meaning is not None
    before = dearer.ledger.bills["po:1"]
    marked = replace(before, refused_payload=payload_digest(update.meaning), refused_at=NOW, refusal="No.")
    again = replace(dearer, ledger=replace(dearer.ledger, bills={"po:1": marked}))
    assert the_action(again).action == "hold"
    assert the_action(again, now=NOW + timedelta(hours=21)).action == "update"


# --- documents that carry our key -------------------------------------------------------------------------------------


def test_a_bill_that_xero_already_holds_under_its_key_is_taken_note_of() -> None:
    action = the_action(start(books=books(documents=(document("x1", url=KEYED + "po:1", total=d("99")),))))
    assert (action.action, action.document and action.document.document_id) == ("unchanged", "x1")


def test_a_credit_that_xero_already_holds_under_its_key_is_taken_note_of() -> None:
    made = known(purchasing(po(), [received(line(cost="-5.00"))]))
    kept = after(made, the_action(made)).books.documents
    action = the_action(replace(made, books=books(documents=kept)))
    assert (action.action, action.document) == ("unchanged", kept[0])


def test_it_is_taken_note_of_even_where_something_would_hold_a_new_bill() -> None:
    kept = document("x1", url=KEYED + "po:1")
    assert the_action(start(books=books(accounts={}, documents=(kept,)))).action == "unchanged"


def test_two_documents_with_the_key_hold_the_bill() -> None:
    copies = tuple(document(name, url=KEYED + "po:1") for name in ("x1", "x2"))
    assert kinds(the_action(start(books=books(documents=copies)))) == ["possible_duplicate"]


def test_a_removed_document_with_the_key_holds_the_bill_until_released() -> None:
    made = start(books=books(documents=(document("x1", url=KEYED + "po:1", status="VOIDED"),)))
    action = the_action(made)
    assert kinds(action) == ["removed_in_xero"]
    assert the_action(deciding_on(made, action)).action == "create"


@pytest.mark.parametrize("other", ["po:1/g:1", "po:1/d:1", "po:1/s:1"])
def test_a_bill_of_the_same_po_that_the_ledger_does_not_know_holds_a_new_one(other: str) -> None:
    action = the_action(start(books=books(documents=(document("x1", url=KEYED + other),))))
    assert kinds(action) == ["possible_duplicate"]
    assert "rebuild-ledger" in action.reason


def test_bills_of_other_pos_hold_nothing() -> None:
    documents = tuple(document(key, url=KEYED + key, total=d("1")) for key in ("po:10", "po:2", "vi:1/1"))
    assert the_action(start(books=books(documents=documents))).action == "create"


# --- removed in Xero, released, made anew -----------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "word"), [("DELETED", "deleted"), ("VOIDED", "voided")])
def test_a_bill_that_a_person_removed_comes_back_only_after_a_release_and_under_a_new_key(
    status: str, word: str
) -> None:
    one = after(start(), the_action(start()))
    removed = with_documents(one, replace(one.books.documents[0], status=status))
    action = the_action(removed)
    assert (action.action, kinds(action)) == ("hold", ["removed_in_xero"])
    assert word in action.reason
    again = the_action(deciding_on(removed, action))
    assert (again.action, again.key) == ("create", "po:1/g:1")


def test_a_removed_bill_that_is_not_owed_is_left_out() -> None:
    one = after(start(), the_action(start()))
    removed = with_documents(one, replace(one.books.documents[0], status="DELETED"))
    action = the_action(deciding_on(removed, the_action(removed), "not-owed"))
    assert (action.action, action.reason) == ("exclude", "Ann settled it as not-owed: checked")


def test_only_removed_and_released_bills_count_as_withdrawn() -> None:
    one = after(start(), the_action(start()))
    assert without_removed(one.ledger, one.books) == one.ledger
    removed = with_documents(one, replace(one.books.documents[0], status="DELETED"))
    assert without_removed(removed.ledger, removed.books) == one.ledger
    released = deciding_on(removed, the_action(removed))
    assert without_removed(released.ledger, released.books).bills["po:1"].state == "withdrawn"


# --- the guard --------------------------------------------------------------------------------------------------------

UNSIGNED = hold("unsigned_lifecycle", "lifecycle.yaml", "Not signed.", "digest")


def test_nothing_is_written_while_something_blocks_everything() -> None:
    action = the_action(start(), blocks=(UNSIGNED,))
    assert (action.action, action.reason, action.meaning) == ("refuse", "Not signed.", None)
    assert kinds(action) == ["unsigned_lifecycle"]


def test_a_block_changes_nothing_that_writes_nothing() -> None:
    one = after(start(), the_action(start()))
    assert the_action(one, blocks=(UNSIGNED,)).action == "unchanged"
    assert Guard((UNSIGNED,)).passed(Action("po:1", "exclude", "x")).action == "exclude"


def test_every_unit_of_the_cycle_has_one_action_and_no_other_cycle_shows() -> None:
    made = purchasing(
        [po(), po(2), po(3)],
        [received(line()), received(line(21, po_id=2)), received(line(31, po_id=3), on=at(6, 2))],
    )
    assert [action.key for action in plan_of(known(made))] == ["po:1", "po:2"]
    assert [action.key for action in plan_of(known(made), "2026-06")] == ["po:3"]


def test_counts_follow_the_order_of_the_contract_and_leave_out_what_does_not_occur() -> None:
    actions = [Action(str(number), name, "") for number, name in enumerate(["hold", "create", "exclude", "create"])]
    assert list(counts(actions).items()) == [("create", 2), ("hold", 1), ("exclude", 1)]


def test_a_payload_has_one_digest_whatever_the_order_of_its_fields() -> None:
    assert payload_digest({"a": 1, "b": [{"c": 2, "d": 3}]}) == payload_digest({"b": [{"d": 3, "c": 2}], "a": 1})


def test_a_plan_says_when_xero_has_not_shown_a_published_bill_yet() -> None:
    one = after(start(), the_action(start()))
    action = the_action(replace(one, books=books()))
    assert (action.action, action.document) == ("unchanged", None)
    assert "has not shown it yet" in action.reason


def test_a_draft_bill_is_dated_as_it_was_received() -> None:
    meaning = the_action(start()).meaning
    assert meaning is not None
    assert meaning["date"] == day(5, 12).isoformat()
