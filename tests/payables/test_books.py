import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from payables.making import A_BILL, VENDOR, books, d, day, document

from cwxero_dagster.payables.books import Organisation
from cwxero_dagster.payables.reading_books import (
    account_of,
    books_of,
    contact_of,
    document_of,
    line_of,
    organisation_of,
    tax_rate_of,
    tracking_of,
)


def row(body: dict[str, Any], **columns: Any) -> dict[str, Any]:
    return {"body": json.dumps(body), "present": True, **columns}


def test_the_books_hold_what_is_present_and_active() -> None:
    reference = [
        row({"Code": "310", "Class": "EXPENSE", "Type": "DIRECTCOSTS"}, kind="account"),
        row({"Code": "999", "Status": "ACTIVE"}, kind="account") | {"present": False},
        row({"Name": "A bank without a code"}, kind="account"),
        row({"Code": "860", "SystemAccount": "ROUNDING"}, kind="account"),
        row({"TaxType": "INPUT", "EffectiveRate": "10", "CanApplyToExpenses": True}, kind="tax_rate"),
        row({"Name": "Region", "Options": [{"Name": "North", "TrackingOptionID": "o1"}]}, kind="tracking_category"),
        row({"Name": "Old", "Status": "ARCHIVED"}, kind="tracking_category"),
        row({"Code": "AUD"}, kind="currency"),
        row({"Name": "CreateDraftBill", "Status": "ALLOWED"}, kind="action"),
    ]
    contacts = [row({"ContactID": VENDOR.upper(), "Name": "Halcyon"}), row({"ContactID": "gone"}) | {"present": False}]
    found = books_of(reference, contacts, [A_BILL], organisation=None)
    assert set(found.accounts) == {"310", "860"}
    assert found.tax_rates["INPUT"].rate == 10
    assert (set(found.tracking), set(found.currencies)) == ({"region"}, {"AUD"})
    assert set(found.contacts) == {VENDOR}
    assert [one.document_id for one in found.documents] == ["d1"]


def test_a_document_reads_its_lines_from_its_body_and_amounts_without_a_float() -> None:
    found = document_of(A_BILL)
    assert found.lines[0].unit_amount == Decimal("0.1")
    assert (found.line_amounts, found.total, found.number) == ("Exclusive", d("1.10"), "")


@pytest.mark.parametrize(
    ("record", "quantity", "unit"),
    [
        ({"Description": "words"}, None, None),
        ({"Description": "words", "Quantity": 1, "UnitAmount": 0}, None, None),
        ({"Description": "words", "Quantity": "0.0000", "UnitAmount": "0.00"}, None, None),
        ({"Description": "typed half", "Quantity": 2}, d(2), d(0)),
        ({"Description": "typed half", "UnitAmount": 5}, d(1), d(5)),
        ({"Description": "free", "AccountCode": "310", "Quantity": 2, "UnitAmount": 0}, d(2), d(0)),
        ({"Description": "no figures", "AccountCode": "310"}, d(1), d(0)),
        ({"Description": "goods", "AccountCode": "310", "Quantity": "2.5", "UnitAmount": "-4"}, d("2.5"), d(-4)),
    ],
)
def test_a_line_has_both_figures_or_is_words_only(record: Any, quantity: Decimal | None, unit: Decimal | None) -> None:
    found = line_of(record)
    assert (found.quantity, found.unit_amount) == (quantity, unit)


def test_tracking_of_a_line_reads_in_one_order() -> None:
    found = line_of({"Tracking": [{"Name": "Team", "Option": "B"}, {"Name": "Region", "Option": "A"}]})
    assert found.tracking == (("Region", "A"), ("Team", "B"))


def test_flags_that_are_missing_are_false_and_archived_options_are_left_out() -> None:
    assert tax_rate_of({"TaxType": "X"}).applies_to == frozenset()
    assert tax_rate_of({"TaxType": "X", "CanApplyToAssets": True}).applies_to == {"assets"}
    options = [{"Name": "North", "TrackingOptionID": "o1"}, {"Name": "South", "Status": "ARCHIVED"}]
    assert dict(tracking_of({"Name": "Region", "Options": options}).options) == {"north": "o1"}


def test_a_contact_knows_its_own_terms() -> None:
    terms = {"Bills": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}}
    assert contact_of({"ContactID": "a", "PaymentTerms": terms}).terms == (20, "OFFOLLOWINGMONTH")
    assert contact_of({"ContactID": "a", "PaymentTerms": {}}).terms is None


def test_an_account_reads_its_class_and_system_role() -> None:
    found = account_of({"Code": 310, "Class": "expense", "SystemAccount": "DEBTORS"})
    assert (found.code, found.account_class, found.system_account, found.status) == (
        "310",
        "EXPENSE",
        "DEBTORS",
        "ACTIVE",
    )


@pytest.mark.parametrize(
    ("period", "year_end", "until"),
    [(None, None, None), (day(4, 30), None, day(4, 30)), (day(4, 30), day(6, 30), day(6, 30))],
)
def test_the_books_are_locked_until_the_later_lock_date(period: Any, year_end: Any, until: Any) -> None:
    assert organisation_of({"Name": "Demo"}, (period, year_end)).locked_until == until
    assert Organisation("o", "Demo", "AUD", None, period, year_end).locked_until == until


def test_documents_are_found_by_id_whatever_its_case() -> None:
    found = books(documents=(document("ABC"),)).by_id
    assert set(found) == {"abc"}


def test_a_stamp_is_the_moment_to_the_second_in_utc() -> None:
    assert document(updated_at=datetime(2026, 6, 1, 2, 0, 0, 999999, tzinfo=UTC)).stamp == "2026-06-01T02:00:00+00:00"
    assert document(updated_at=None).stamp == ""


@pytest.mark.parametrize(("status", "live"), [("DRAFT", True), ("PAID", True), ("DELETED", False), ("VOIDED", False)])
def test_a_document_lives_until_it_is_deleted_or_voided(status: str, live: bool) -> None:
    assert document(status=status).live is live
