"""What money a question is about: by kind and by what Xero holds, and what the document that answers it comes to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from payables.adjusted import BASE, approved, at_the_price, nets, ordered, settled, written
from payables.making import (
    after,
    at,
    d,
    in_xero,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    received,
    the_action,
    with_documents,
)

from cwxero_dagster.payables.cases.grouping import group, held_bills
from cwxero_dagster.payables.cases.stakes import at_stake, with_stakes
from cwxero_dagster.payables.holds import GRAVITY, Hold, Money, hold
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.money import line_net, line_tax
from cwxero_dagster.payables.records import Line
from cwxero_dagster.pipeline.working_out import Known

TAXED = received(line(tax=d("5.00")))
"""Ten at 5.00 with 10 % of tax: 55.00."""


def asked(made: Known, cycle: str = "2026-05") -> dict[str, tuple[str, Decimal]]:
    """What is at stake, by kind of case, as the cases say it."""
    actions = with_stakes(plan_of(made, cycle), made.standing, made.books)
    cases = group(held_bills(actions, cycle=cycle))
    return {case.kind: (case.currency_code, case.amount) for case in cases}


def published(*, status: str = "AUTHORISED", **document: Any) -> Known:
    made = known(purchasing(po(), [TAXED]))
    return in_xero(after(made, the_action(made)), status=status, **document)


def as_xero_says(made: Known) -> Known:
    """The same with the amounts of each line, which Xero tells beside quantity and price."""
    documents = []
    for one in made.books.documents:
        lines = []
        for each in one.lines:
            net = line_net(each.quantity or d(0), each.unit_amount or d(0))
            percent = made.books.tax_rates[each.tax_type].rate if each.tax_type else d(0)
            lines.append(replace(each, net=net, tax=line_tax(net, percent)))
        documents.append(replace(one, lines=tuple(lines)))
    return with_documents(made, *documents)


BACK = received(TAXED, 4, on=at(5, 20))
RAISED = replace(TAXED, unit_cost=d("7.00"), tax=d("7.00"), observed_at=at(5, 20))
AWAY = replace(TAXED, received_quantity=d(0), received_status="Waiting", observed_at=at(5, 20))


@pytest.mark.parametrize(
    ("document", "then", "kind", "amount"),
    [
        # What ConnectWise now says less what Xero holds, tax included.
        ({}, RAISED, "changed_after_authorised", "22.00"),
        ({}, BACK, "reversed_after_authorised", "-33.00"),
        ({"status": "PAID"}, BACK, "reversed_after_authorised", "-33.00"),
        ({}, AWAY, "reversed_after_authorised", "-55.00"),
        # A person had made it another amount: what Xero holds counts.
        ({"total": d("60.00"), "net": d("55.00")}, BACK, "reversed_after_authorised", "-38.00"),
        # Gone in Xero: what a release creates.
        ({"status": "VOIDED"}, TAXED, "removed_in_xero", "55.00"),
        # A draft of another amount that a person worked on, and goods that are gone.
        ({"status": "DRAFT", "total": d("54.00")}, BACK, "edited_in_xero", "54.00"),
    ],
)
def test_a_question_about_a_bill_in_xero_is_about_the_difference(
    document: dict[str, Any], then: Line, kind: str, amount: str
) -> None:
    made = night(published(**document), purchasing(po(), [TAXED, then]))
    assert asked(made) == {kind: ("AUD", d(amount))}


def test_where_only_the_currency_changed_the_bill_is_at_stake_as_xero_holds_it() -> None:
    made = night(published(total=d("57.00")), purchasing(po(currency_code="USD"), [TAXED]))
    assert asked(made) == {"changed_after_authorised": ("AUD", d("57.00"))}


@pytest.mark.parametrize("kind", GRAVITY)
def test_a_bill_that_is_not_in_xero_is_at_stake_whatever_is_asked(kind: str) -> None:
    action = the_action(known(purchasing(po(), [TAXED])))
    one = replace(hold(kind, "cause", "Detail.", 1), stake=("AUD", d("3.00")))
    assert at_stake(one, action.bill, None, None, LedgerView(), known(purchasing(po(), [])).books) == (
        "AUD",
        d("55.00"),
    )


ABOUT_THE_CHANGE = {
    "wrong_organisation",
    "unsigned_lifecycle",
    "outcome_unknown",
    "possible_duplicate",
    "changed_after_authorised",
    "reversed_after_authorised",
    "edited_in_xero",
    "price_mismatch",
    "quantity_mismatch",
    "total_mismatch",
    "rejected_by_xero",
}


@pytest.mark.parametrize("kind", GRAVITY)
def test_of_a_draft_whose_change_waits_the_change_or_the_draft_is_at_stake(kind: str) -> None:
    made = night(published(status="DRAFT"), purchasing(po(), [TAXED, RAISED]))
    action = the_action(made)

    def stake(one: Hold) -> Money:
        return at_stake(one, action.bill, action.document, action.known, made.standing, made.books)

    one = hold(kind, "cause", "Detail.", 1)
    assert stake(one) == ("AUD", d("22.00" if kind in ABOUT_THE_CHANGE else "55.00"))
    assert stake(replace(one, beside=True)) == ("AUD", d("55.00")), "two documents stand, and one may be too many"
    assert stake(replace(one, stake=("AUD", d("1.25")))) == ("AUD", d("1.25")), "the rule knows it better"


@pytest.mark.parametrize(
    ("history", "verb", "net"),
    [
        (at_the_price("5.50"), "supplement", "5.00"),
        (at_the_price("4.00"), "credit", "-10.00"),
        (at_the_price(quantities=(6,)), "credit", "-20.00"),
    ],
)
def test_what_is_at_stake_is_what_the_document_that_answers_it_comes_to(history: Any, verb: str, net: str) -> None:
    made = night(approved(), ordered(history))
    ((_, stake),) = asked(as_xero_says(made)).values()
    made = written(settled(made, verb))
    (added,) = [amount for key, amount in nets(made).items() if key != BASE]
    assert stake == d(added) == d(net)


def test_what_documents_beside_the_bill_give_back_or_bill_is_not_at_stake_again() -> None:
    made = night(approved(), ordered(at_the_price("5.50")))
    made = written(settled(made, "supplement"), status="AUTHORISED")
    for quantities, key, net in (
        ((8,), "po:1/c:1", "-11"),
        ((8, 5), "po:1/c:2", "-16.5"),
        ((8, 5, 0), "po:1/c:3", "-27.5"),
    ):
        made = as_xero_says(night(made, ordered(at_the_price("5.50", quantities=quantities))))
        (of_bill,) = [one for one in with_stakes(plan_of(made), made.standing, made.books) if one.key == BASE]
        made = written(settled(made, "credit"), status="AUTHORISED")
        assert [one.stake for one in of_bill.holds] == [("AUD", d(nets(made)[key]))] == [("AUD", d(net))]


def test_what_a_person_dealt_with_is_not_at_stake_again() -> None:
    made = night(approved(), ordered(at_the_price(quantities=(8,))))
    assert asked(made) == {"reversed_after_authorised": ("AUD", d("-10.00"))}
    made = settled(made, "release")
    made = night(made, ordered(at_the_price(quantities=(8, 5))))
    assert asked(as_xero_says(made)) == {"reversed_after_authorised": ("AUD", d("-15.00"))}
