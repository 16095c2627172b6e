from typing import Any

import pytest
from payables.making import NOW, d

from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.slices import Slice


def kept(key: str, *slices: Slice, **changes: Any) -> KnownBill:
    values: dict[str, Any] = {
        "document_type": "ACCPAY",
        "cycle": "2026-05",
        "policy_digest": "p",
        "state": "confirmed",
        "xero_id": "x",
        "po_ids": (1,),
        "slices": slices,
        "facts": "f",
        "written": None,
        "base": None,
        **changes,
    }
    return KnownBill(key=key, **values)


def view(*bills: KnownBill, settlements: tuple[Settlement, ...] = ()) -> LedgerView:
    return LedgerView({bill.key: bill for bill in bills}, settlements=settlements)


def part(end: int, start: int = 0, line_id: int = 11, po_id: int = 1) -> Slice:
    return Slice(po_id, line_id, d(start), d(end))


def test_a_bill_over_several_pos_belongs_to_each() -> None:
    ledger = view(kept("vi:8/1", part(4), part(3, po_id=2), po_ids=(1, 2)))
    assert [bill.key for bill in ledger.bills_of(2)] == ["vi:8/1"]


def test_a_withdrawn_bill_is_gone_but_its_key_stays_used() -> None:
    ledger = view(kept("po:1", part(4), state="withdrawn"))
    assert ledger.bills_of(1) == ()
    assert ledger.keys_of(1) == {"po:1"}


def decision(verb: str, *, case_id: str = "C-1", facts: str = "f1", key: str = "po:1") -> Settlement:
    return Settlement(case_id, verb, frozenset({facts}), (key,), "Ann", "checked", NOW)


@pytest.mark.parametrize(
    ("verb", "case_id", "facts", "through"),
    [
        ("release", "C-1", "f1", True),
        ("accept-theirs", "C-1", "f1", True),
        ("future-only", "C-1", "f1", True),
        ("not-owed", "C-1", "f1", False),
        ("release", "C-1", "f2", False),
        ("release", "C-2", "f1", False),
    ],
)
def test_a_release_lets_through_its_facts_and_no_others(verb: str, case_id: str, facts: str, through: bool) -> None:
    ledger = view(settlements=(decision(verb, case_id=case_id, facts=facts),))
    assert ledger.released("C-1", "f1") is through


def test_a_settlement_closes_the_bills_it_names_and_the_last_one_counts() -> None:
    ledger = view(settlements=(decision("not-owed"), decision("billed-by"), decision("release")))
    found = ledger.settled("po:1")
    assert found is not None
    assert found.verb == "billed-by"
    assert ledger.settled("po:2") is None


def test_a_live_bill_is_one_that_was_not_withdrawn() -> None:
    ledger = view(kept("po:1", state="withdrawn"), kept("po:1/g:1"))
    assert (ledger.live("po:1"), ledger.live("po:9")) == (None, None)
    assert ledger.live("po:1/g:1") is ledger.bills["po:1/g:1"]


@pytest.mark.parametrize(
    ("kind", "document", "waits"),
    [
        ("reversed_after_authorised", kept("po:1/c:1", part(6, 10)), False),
        ("reversed_after_authorised", kept("po:1/s:1", part(6, 6)), True),
        ("changed_after_authorised", kept("po:1/s:1", part(6, 6)), False),
        ("changed_after_authorised", kept("po:1/c:1", part(6, 10)), True),
    ],
)
def test_a_decision_waits_for_a_document_of_what_it_is_about(kind: str, document: KnownBill, *, waits: bool) -> None:
    case = case_id(kind, cause("po:1"))
    verb = "credit" if kind == "reversed_after_authorised" else "supplement"
    ledger = view(document, settlements=(decision(verb, case_id=case),))
    assert (ledger.adjusting(case, "f1") is not None) is waits


@pytest.mark.parametrize(
    ("kind", "xero_id", "verb", "expected"),
    [
        ("changed_after_authorised", None, "not-owed", True),
        ("changed_after_authorised", "id", "not-owed", False),
        ("removed_in_xero", None, "not-owed", False),
        ("changed_after_authorised", None, "release", False),
    ],
)
def test_whose_goods_a_person_was_asked_about_before_anything_was_written(
    kind: str, xero_id: str | None, verb: str, expected: bool
) -> None:
    bill = kept("po:1/s:1", part(4), state="settled", xero_id=xero_id)
    answer = decision(verb, case_id=case_id(kind, cause(bill.key)), key=bill.key)
    assert view(bill, settlements=(answer,)).asked_of_new(bill) is expected
