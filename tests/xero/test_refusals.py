"""Xero's sentences become kinds of case, in words for finance."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cwxero_dagster.xero.refusals import element_errors, element_warnings, explain

SENTENCES = [
    (
        (
            "The contact with the specified contact details has been archived. The contact must be un-archived before "
            "creating new invoices, credit notes, or purchase orders."
        ),
        "contact_archived",
        "vendors.csv",
    ),
    ("Account code '999' is not a valid code for this document.", "account_invalid", "Account 999"),
    ("Account code '310' has been archived or has been deleted.", "account_invalid", "Account 310 is archived"),
    ("Account code must be specified", "account_invalid", "accounts.csv"),
    (
        "The TaxType code 'INPUT' cannot be used with account code '820'.",
        "account_tax_conflict",
        "tax type INPUT on account 820",
    ),
    ("TaxType code 'OLD' does not exist or cannot be used.", "account_tax_conflict", "tax type OLD"),
    ("The tracking option 'Perth' does not exist or is archived.", "tracking_invalid", "tracking.csv"),
    ("Organisation is not subscribed to currency EUR", "currency_not_enabled", "Add EUR"),
    (
        "The document date cannot be before the period lock date, currently set at 30 June 2026",
        "lock_date",
        "reopen the period",
    ),
    ("The document date cannot be before the end of year lock date, currently set at 1 July", "lock_date", "locked"),
    (
        "This document cannot be edited as it has a payment or credit note allocated to it.",
        "changed_after_authorised",
        "Nothing was written over it",
    ),
    ("Invoice not of valid status for modification", "changed_after_authorised", "approved, paid or removed"),
    ("The Purchase Order status change is invalid.", "rejected_by_xero", "already billed"),
    ("You have reached the limit of invoices you can approve", "rejected_by_xero", "plan"),
    (
        "The quantity value '-2.0000' is invalid. Quantity must not be less than zero.",
        "rejected_by_xero",
        "negative quantity",
    ),
    ("The total of this document cannot be less than zero.", "credit_needed", "supplier credit"),
    ("The line total 10.01 does not match the expected line total 10.00", "rounding", "computes 10.00 for a line"),
    ("The document total does not equal the sum of the lines", "rounding", "another total"),
    ("Order number PO-1001 must be unique", "possible_duplicate", "already has a purchase order"),
    (
        (
            "The Contact must contain at least 1 of the following elements to identify the contact: ContactID, "
            "ContactNumber."
        ),
        "unmapped_vendor",
        "vendors.csv",
    ),
    ("The Idempotency-Key has been used with a different request", "outcome_unknown", "Run again in ten minutes"),
    ("Something nobody has seen before {0} %s", "rejected_by_xero", "a reason that this program does not know"),
    ("", "rejected_by_xero", "It gave no reason."),
]


@pytest.mark.parametrize(("message", "kind", "words"), SENTENCES)
def test_a_refusal_becomes_a_kind_of_case(message, kind, words):
    refusal = explain(message)
    assert refusal.kind == kind
    assert words in f"{refusal.sentence} {refusal.next_step}"
    assert refusal.original == message
    assert refusal.told.endswith(f'Xero says: "{message}"' if message else refusal.next_step)
    assert "{" not in refusal.next_step


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (302, "has moved elsewhere"),
        (400, "gave no reason"),
        (409, "clashes with something"),
        (412, "a condition of the request"),
    ],
)
def test_a_request_that_was_turned_down_without_a_word_still_says_what_to_do(status, words):
    refusal = explain("", status=status)
    assert (refusal.kind, refusal.original) == ("rejected_by_xero", "")
    assert words in refusal.sentence
    assert refusal.next_step.startswith(("Look ", "Ask "))
    assert "what its words name" not in refusal.told


def test_words_of_a_request_that_was_turned_down_count_more_than_its_status():
    assert explain("The contact is archived.", status=409) == explain("The contact is archived.")
    assert explain("Odd", status=412) == explain("Odd")


def test_every_kind_is_one_of_the_contract():
    contract = Path(__file__).parents[3] / "shared" / "CONTRACT.md"
    if not contract.exists():
        pytest.skip("the contract is not beside this repository")
    section = contract.read_text(encoding="utf-8").split("`kind` of a case is one of:", 1)[1].split("\n\n", 1)[0]
    allowed = set(re.findall(r"`(\w+)`", section))
    assert {kind for _, kind, _ in SENTENCES} <= allowed


def test_a_hostile_account_code_cannot_break_the_sentence():
    assert "Account {x} cannot" in explain("Account code '{x}' is not a valid code for this document").sentence


def test_errors_are_collected_at_any_depth_and_once():
    element = {
        "InvoiceID": "00000000-0000-0000-0000-000000000000",
        "HasErrors": True,
        "ValidationErrors": [{"Message": "One"}, {"Message": "Two"}],
        "Contact": {"ValidationErrors": [{"Message": "Three"}], "ContactPersons": []},
        "LineItems": [
            {"ValidationErrors": [{"Message": "Four"}], "Tracking": [{"ValidationErrors": [{"Message": "Five"}]}]},
            {"ValidationErrors": [{"Message": "One"}, {}, {"Message": None}, "Six"]},
        ],
        "Warnings": [{"Message": "Rate looks odd"}],
    }
    assert element_errors(element) == ["One", "Two", "Three", "Four", "Five", "Six"]
    assert element_warnings(element) == ["Rate looks odd"]


def test_a_whole_400_body_can_be_read():
    body = {
        "ErrorNumber": 10,
        "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": "X"}]}],
    }
    assert element_errors(body) == ["X"]


@pytest.mark.parametrize("element", [None, "text", [], {}, {"ValidationErrors": None}, {"ValidationErrors": "X"}])
def test_an_element_without_errors_has_none(element):
    assert element_errors(element) == []
