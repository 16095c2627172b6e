"""Xero's total of a draft against the expected one: which rounding line makes up for it, and when a person is asked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from payables.making import (
    account,
    after,
    agreement,
    books,
    d,
    day,
    deciding,
    edited_line,
    in_xero,
    kinds,
    known,
    line,
    night,
    po,
    purchasing,
    rate,
    received,
    seeds,
    the_action,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.composing.rounding_lines import Allowance, allowance, amount_held, line_held
from cwxero_dagster.pipeline.working_out import Known

OWN = account("860", system_account="ROUNDING", tax_type="BASEXCLUDED")
RATES = {
    "INPUT": rate("INPUT", "10"),
    "EXEMPTEXPENSES": rate("EXEMPTEXPENSES", "0"),
    "BASEXCLUDED": rate("BASEXCLUDED", "0"),
}


def chart(*accounts: Any, **changes: Any) -> Any:
    codes = {one.code: one for one in (account("310"), account("425"), account("500"), *accounts)}
    return books(**{"accounts": codes, "tax_rates": RATES, **changes})


def archived(made: Any) -> Any:
    return replace(made, status="ARCHIVED")


def drafted(cents: str, *, made: Any = None, limit: str = "0.05", **decision: Any) -> Known:
    """A draft of ours of 50.00, whose total Xero says is ``cents`` more."""
    rounding = {"limit": d(limit), "account": decision.pop("account", None)}
    agreed = agreement(seeds(decision=deciding(rounding=rounding, **decision)))
    start = known(purchasing(po(), [received(line())]), books=made or chart(OWN), agreement=agreed)
    return answered(after(start, the_action(start)), cents)


def answered(made: Known, cents: str) -> Known:
    """The same where Xero computed ``cents`` more than its lines come to, as its answer to our last write said."""
    (document,) = made.books.documents
    bill = made.ledger.bills["po:1"]
    total = document.net + document.tax + d(cents)
    base = {**(bill.base or {}), "total": f"{total:.2f}"}
    held = replace(document, tax=document.tax + d(cents), total=total)
    ledger = replace(made.ledger, bills={"po:1": replace(bill, base=base)})
    return replace(made, ledger=ledger, books=replace(made.books, documents=(held,)))


def written(action: Action) -> list[tuple[str, str, str]]:
    """Amount, account and tax type of the rounding lines that an action writes."""
    lines = (action.meaning or {"lines": []})["lines"]
    return [(one["unit_amount"], one["account_code"], one["tax_type"]) for one in lines if one["ref"] == "rounding"]


@pytest.mark.parametrize(
    ("cents", "limit", "action", "amount"),
    [
        ("0.00", "0.05", "unchanged", None),
        ("0.01", "0.05", "update", "-0.01"),
        ("-0.01", "0.05", "update", "0.01"),
        ("0.05", "0.05", "update", "-0.05"),
        ("-0.05", "0.05", "update", "0.05"),
        ("0.06", "0.05", "hold", None),
        ("-0.06", "0.05", "hold", None),
        ("0.01", "0", "hold", None),
        ("0.30", "0.30", "update", "-0.3"),
    ],
)
def test_a_line_makes_up_for_a_difference_within_the_limit(
    cents: str, limit: str, action: str, amount: str | None
) -> None:
    made = drafted(cents, limit=limit)
    found = the_action(made)
    assert (found.action, kinds(found)) == (action, ["rounding"] if action == "hold" else [])
    assert written(found) == ([(amount, "860", "BASEXCLUDED")] if amount else [])
    if amount:
        once = answered(after(made, found), cents)
        assert once.books.documents[0].total == d("50.00")
        assert (the_action(once).action, the_action(once).reason) == (
            "unchanged",
            "The draft in Xero is as it should be.",
        )


@pytest.mark.parametrize(
    ("cents", "amount"), [("0.00", None), ("0.01", "-0.01"), ("-0.02", "0.02"), ("0.06", None), ("-0.06", None)]
)
def test_a_line_that_is_there_becomes_what_is_needed_now(cents: str, amount: str | None) -> None:
    made = drafted("0.03")
    there = answered(after(made, the_action(made)), cents)
    found = the_action(there)
    assert (found.action, written(found)) == ("update", [(amount, "860", "BASEXCLUDED")] if amount else [])
    again = the_action(answered(after(there, found), cents))
    assert (again.action, kinds(again)) == (("unchanged", []) if abs(d(cents)) < d("0.06") else ("hold", ["rounding"]))


@pytest.mark.parametrize(
    ("accounts", "rates", "named", "words"),
    [
        ((), RATES, None, "lifecycle.yaml names no rounding account, and no active one of Xero's own was found"),
        ((archived(OWN),), RATES, None, "lifecycle.yaml names no rounding account, and no active one"),
        ((OWN,), RATES, "999", "rounding account 999 is not in Xero's chart of accounts"),
        ((OWN, archived(account("404"))), RATES, "404", 'rounding account 404 "Account 404" is archived in Xero'),
        ((OWN, account("091", account_type="BANK")), RATES, "091", 'rounding account 091 "Account 091" cannot be used'),
        ((OWN,), {"INPUT": RATES["INPUT"]}, None, "no tax rate of zero may be used on rounding account 860"),
    ],
)
def test_where_no_line_can_be_written_a_case_says_why(accounts: Any, rates: Any, named: str | None, words: str) -> None:
    made = drafted("0.01", account=named)
    found = the_action(replace(made, books=replace(chart(*accounts, tax_rates=rates), documents=made.books.documents)))
    assert (found.action, kinds(found), found.meaning) == ("hold", ["rounding"], None)
    assert f"No rounding line can be written: {words}" in found.reason


def test_the_account_of_the_decision_comes_before_the_organisations_own() -> None:
    made = chart(OWN, account("404", tax_type="INPUT"))
    assert written(the_action(drafted("0.01", made=made, account="404"))) == [("-0.01", "404", "BASEXCLUDED")]


@pytest.mark.parametrize(
    ("own", "rates", "expected"),
    [
        ("BASEXCLUDED", RATES, "BASEXCLUDED"),
        ("EXEMPTEXPENSES", RATES, "EXEMPTEXPENSES"),
        ("INPUT", RATES, "BASEXCLUDED"),
        (None, RATES, "BASEXCLUDED"),
        ("INPUT", {"INPUT": rate("INPUT", "10"), "NONE": rate("NONE", "0")}, "NONE"),
        ("BASEXCLUDED", {"BASEXCLUDED": rate("BASEXCLUDED", "0", status="DELETED"), "NONE": rate("NONE", "0")}, "NONE"),
        ("INPUT", {"BASEXCLUDED": rate("BASEXCLUDED", "0", applies_to=frozenset({"assets"}))}, None),
        ("INPUT", {"INPUT": rate("INPUT", "10"), "EXEMPTEXPENSES": rate("EXEMPTEXPENSES", "0")}, None),
    ],
)
def test_the_line_carries_a_tax_type_without_tax(own: str | None, rates: Any, expected: str | None) -> None:
    made = drafted("0.01")
    bill = the_action(made).bill
    assert bill is not None
    rule = allowance(bill, deciding(), chart(replace(OWN, tax_type=own), tax_rates=rates))
    assert (rule.tax_type, bool(rule.lacking)) == (expected, expected is None)


def test_a_document_without_tax_has_a_line_without_tax_type() -> None:
    found = the_action(drafted("0.01", bill={"line_amounts": "NoTax"}))
    assert written(found) == [("-0.01", "860", "")]


@pytest.mark.parametrize(("status", "words"), [("AUTHORISED", "approved"), ("PAID", "paid")])
def test_a_final_bill_is_told_of(status: str, words: str) -> None:
    found = the_action(in_xero(drafted("0.01"), status=status))
    assert (found.action, found.meaning) == ("unchanged", None)
    assert found.reason == (
        f"Already {words} in Xero; ConnectWise agrees. Xero computes 50.01 AUD where 50.00 was expected; the "
        f"bill is {words}, so no rounding line was written."
    )
    assert "rounding line" not in the_action(in_xero(drafted("0.30"), status=status)).reason


@pytest.mark.parametrize(
    "changes",
    [{"number": "hers"}, {"has_attachments": True}, {"total": d("50.02")}, {"status": "SUBMITTED"}],
)
def test_a_draft_that_a_person_worked_on_is_told_of(changes: Any) -> None:
    found = the_action(in_xero(drafted("0.01"), **changes))
    assert (found.action, found.meaning) == ("unchanged", None)
    assert "a person worked on the draft, so no rounding line was written." in found.reason


@pytest.mark.parametrize(("lock", "action"), [("hold", "unchanged"), ("draft", "unchanged")])
@pytest.mark.parametrize(
    ("locked", "cents", "expected"), [(12, "0.01", None), (11, "0.01", "update"), (12, "0.06", "hold")]
)
def test_a_draft_in_a_locked_period_is_told_of(
    lock: str, action: str, locked: int, cents: str, expected: str | None
) -> None:
    made = drafted(cents, lock_date=lock)
    organisation = replace(made.books.organisation, year_end_lock=day(5, locked))  # type: ignore[type-var]
    found = the_action(replace(made, books=replace(made.books, organisation=organisation)))
    assert found.action == (expected or action)
    assert ("Xero is locked up to and including 2026-05-12" in found.reason) == (expected is None)


def test_what_a_person_did_to_the_line_stays_when_the_bill_changes() -> None:
    made = drafted("0.01")
    there = answered(after(made, the_action(made)), "0.01")
    (document,) = there.books.documents
    moved = in_xero(there, lines=edited_line(there, 1, account_code="404"))
    deleted = in_xero(there, lines=document.lines[:1], net=d("50.00"), total=d("50.01"))
    for hers, expected in ((moved, [("-0.01", "404", "BASEXCLUDED")]), (deleted, [])):
        assert the_action(hers).action == "unchanged"
        dearer = night(hers, purchasing(po(), [received(line(cost="5.05"))]))
        found = the_action(dearer)
        assert (found.action, written(found)) == ("update", expected)
        again = the_action(after(dearer, found))
        assert (again.action, kinds(again)) == ("unchanged", [])


def test_a_line_that_a_person_made_larger_is_hers_and_stays() -> None:
    made = drafted("0.01")
    there = answered(after(made, the_action(made)), "0.01")
    larger = in_xero(there, lines=edited_line(there, 1, unit_amount=d("5.00")), total=d("55.01"), net=d("55.00"))
    assert (the_action(larger).action, line_held(larger.books.documents[0], d("0.05"))) == ("unchanged", None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "-0.01"),
        ({"description": "Rounding"}, "0"),
        ({"tax": d("0.01")}, "0"),
        ({"quantity": d(2)}, "0"),
        ({"unit_amount": d("0.06")}, "0"),
    ],
)
def test_a_rounding_line_is_known_by_what_it_says(changes: Any, expected: str) -> None:
    made = drafted("0.01")
    there = answered(after(made, the_action(made)), "0.01")
    edited = in_xero(there, lines=edited_line(there, 1, **changes))
    assert amount_held(edited.books.documents[0], d("0.05")) == d(expected)
    (document,) = there.books.documents
    twice = replace(document, lines=(*document.lines, document.lines[-1]))
    assert amount_held(twice, d("0.05")) == 0


@pytest.mark.parametrize(
    ("cents", "after_rebuild", "words"),
    [
        ("0.00", "unchanged", "as it should be."),
        ("0.02", "unchanged", "what was last written to the draft is no longer known here, so no rounding line"),
        ("0.09", "hold", "50.09 AUD for the bill, 50.00 was expected. It carries a rounding line of -0.01 already."),
    ],
)
def test_without_a_base_nothing_is_written_over_cents(cents: str, after_rebuild: str, words: str) -> None:
    made = drafted("0.01")
    there = answered(after(made, the_action(made)), f"{d('0.01') + d(cents)}")
    bare = replace(there.ledger.bills["po:1"], written=None, base=None)
    found = the_action(replace(there, ledger=replace(there.ledger, bills={"po:1": bare})))
    assert (found.action, found.meaning) == (after_rebuild, None)
    assert words in found.reason


def test_a_bill_that_the_ledger_does_not_know_is_recognised_with_its_line() -> None:
    made = drafted("0.01")
    there = answered(after(made, the_action(made)), "0.01")
    lost = replace(there, ledger=replace(there.ledger, bills={}))
    assert the_action(lost).reason == "Xero already holds this bill; that is noted here."


def test_no_allowance_makes_every_cent_a_case() -> None:
    assert not Allowance().covers(Decimal("0.01"))
