from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pytest

from cwxero_dagster.payables.lifecycle import (
    BillRule,
    Decision,
    Events,
    Limit,
    MatchRule,
    WithoutPo,
    decision_in_words,
    describe_changes,
    parse_decision,
    preset_text,
    presets,
)
from cwxero_dagster.payables.lifecycle.decision import LATER, meaning_of

DEFAULT_DIGEST = "fb106bd23207b8a22d5a6307b091356f7e50340ba22289ddd184c4b0159f84a2"


def digest_of(text: str) -> str:
    decision, problems = parse_decision(text)
    assert decision is not None, problems
    return decision.digest


def test_the_digest_of_the_default_decision_never_changes() -> None:
    """People have signed it: a change here withdraws signatures that were given."""
    assert Decision().digest == DEFAULT_DIGEST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "go_live: 2026-05-01\nversion: 1",
        "version: 1  # comment\n\n\n# another\ngo_live: '2026-05-01'",
        "match: {price: {absolute: 10, percent: 2}, total: {percent: 0.50, absolute: 1.000}}",
        "rounding:\n    account: ~\n    limit: 0.050\n",
        "lock_date: 'hold'\nhistory_notes: off\nmark_purchase_order_billed: Yes",
        "two_way: []\nwithout_po: {}\n",
    ],
)
def test_order_comments_spacing_and_spelling_of_numbers_leave_the_digest_alone(text: str) -> None:
    assert digest_of(text) == DEFAULT_DIGEST


def test_lists_are_sets_of_names() -> None:
    assert digest_of("two_way: [Service, Labour]") == digest_of("two_way: ['labour ', service, SERVICE]")
    assert digest_of("two_way: [Service]") != digest_of("two_way: [Labour]")


@pytest.mark.parametrize(
    "changed",
    [
        Decision(go_live=date(2026, 5, 2)),
        Decision(events=Events(fully_received="nothing")),
        Decision(bill=BillRule(status="SUBMITTED")),
        Decision(bill=BillRule(number="{po_number} | {vendor_invoice}")),
        Decision(match=MatchRule(price=Limit(percent=Decimal(2), absolute=None))),
        Decision(match=MatchRule(price=Limit(percent=Decimal("2.01"), absolute=Decimal(10)))),
        Decision(link_customers=True),
        Decision(stale_draft_days=15),
        Decision(without_po=WithoutPo(accounts=("469",))),
    ],
)
def test_every_change_of_meaning_changes_the_digest(changed: Decision) -> None:
    assert changed.digest != DEFAULT_DIGEST


def test_a_key_that_is_added_later_enters_the_digest_only_when_it_is_used() -> None:
    @dataclass(frozen=True)
    class Grown(BillRule):
        merge_lines: bool = field(default=False, metadata={LATER: True})

    assert meaning_of(Grown()) == meaning_of(BillRule())
    assert meaning_of(Grown(merge_lines=True)) == {**meaning_of(BillRule()), "merge_lines": True}
    assert Decision(bill=Grown()).digest == DEFAULT_DIGEST
    assert Decision(bill=Grown(merge_lines=True)).digest != DEFAULT_DIGEST


def test_changes_are_named_key_by_key() -> None:
    now = Decision(
        events=Events(raised="draft_purchase_order"),
        match=MatchRule(price=Limit(percent=None, absolute=Decimal("12.50"))),
        two_way=("Service",),
        history_notes=True,
    )
    assert describe_changes(Decision(), now) == [
        "events.raised: nothing -> draft_purchase_order",
        "match.price.percent: 2 -> blank",
        "match.price.absolute: 10 -> 12.5",
        "two_way: none -> service",
        "history_notes: false -> true",
    ]


def test_nothing_changed_means_no_lines() -> None:
    assert describe_changes(Decision(two_way=("A", "b")), Decision(two_way=("B", "a"))) == []


def test_every_value_that_changes_the_meaning_changes_the_words() -> None:
    words = decision_in_words(Decision())
    variants = [
        replace(Decision(), go_live=date(2026, 6, 1)),
        replace(Decision(), events=Events(raised="draft_purchase_order")),
        replace(Decision(), events=Events(partially_received="draft_bill")),
        replace(Decision(), events=Events(fully_received="nothing", vendor_invoice_received="draft_bill")),
        replace(Decision(), events=Events(vendor_invoice_received="nothing")),
        replace(Decision(), events=Events(reversed="draft_credit_note")),
        replace(Decision(), bill=BillRule(one_per="vendor_invoice")),
        replace(Decision(), bill=BillRule(status="SUBMITTED")),
        replace(Decision(), bill=BillRule(number="{po_number}")),
        replace(Decision(), bill=BillRule(date="purchase_order")),
        replace(Decision(), bill=BillRule(due_date="expected")),
        replace(Decision(), bill=BillRule(line_amounts="NoTax")),
        replace(Decision(), bill=BillRule(zero_value_lines="omit")),
        replace(Decision(), vendor_invoice_from="feed"),
        replace(Decision(), lock_date="draft"),
        replace(Decision(), match=MatchRule(price=Limit())),
        replace(Decision(), match=MatchRule(quantity=Limit(percent=Decimal(1), absolute=Decimal(1)))),
        replace(Decision(), two_way=("Service",)),
        replace(Decision(), link_customers=True),
        replace(Decision(), history_notes=True),
        replace(Decision(), stale_draft_days=3),
        replace(Decision(), without_po=WithoutPo(contacts=("Landlord",))),
    ]
    for variant in variants:
        assert decision_in_words(variant) != words, describe_changes(Decision(), variant)


def test_the_words_of_the_default_decision_are_sentences_for_finance() -> None:
    words = decision_in_words(Decision())
    assert words[0] == "Nothing that was first received before 2026-05-01 is ever published."
    assert "All of it is received: what was received is billed in Xero." in words
    assert (
        "A line is held when its unit cost differs from the order's or the vendor invoice's by more than 2 % or 10.00."
        in words
    )
    assert 'The bill\'s Reference in Xero reads "INV-778 | PO-1001"; a part that is not known drops out.' in words
    for name in presets():
        decision, _ = parse_decision(preset_text(name))
        assert decision is not None
        for sentence in decision_in_words(decision):
            assert sentence.endswith(".")
            assert "_" not in sentence.replace("landed_costs.csv", "").replace("vendor_invoices.csv", "")


def test_a_number_without_the_purchase_order_is_told() -> None:
    told = decision_in_words(Decision(bill=BillRule(number="{vendor_invoice}")))
    assert "It names the purchase order only where the vendor invoice's number is not known." in told


def test_a_decision_without_bills_does_not_talk_about_bills() -> None:
    decision, _ = parse_decision(preset_text("manual"))
    assert decision is not None
    words = " ".join(decision_in_words(decision))
    assert "The sync creates no bill" in words
    assert "Each purchase order becomes" not in words
