"""What can only be read, notes, and links to customers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest


def test_the_organisation_shows_lock_dates_once_set(firm: Any) -> None:
    (before,) = firm.get("Organisation")["Organisations"]
    firm.person.settings.set_lock_dates(period=date(2026, 4, 30), end_of_year=date(2025, 6, 30))
    (after,) = firm.get("Organisation")["Organisations"]
    assert not before.keys() & {"PeriodLockDate", "EndOfYearLockDate"}
    assert after["PeriodLockDate"] == "/Date(1777507200000+0000)/"
    assert after["EndOfYearLockDate"] == "/Date(1751241600000+0000)/"
    assert (after["BaseCurrency"], after["Timezone"]) == ("AUD", "AUSEASTERNSTANDARDTIME")


def test_multicurrency_is_denied_with_one_currency(firm: Any) -> None:
    firm.store.delete("xero.currencies", "USD")
    actions = {one["Name"]: one["Status"] for one in firm.get("Organisation/Actions")["Actions"]}
    assert actions["UseMulticurrency"] == "NOT-ALLOWED"
    assert actions["CreateDraftBill"] == "ALLOWED"


@pytest.mark.parametrize(
    ("path", "collection", "query", "expected"),
    [
        ("Accounts", "Accounts", {"where": 'Status=="ARCHIVED"'}, ["499"]),
        ("Accounts", "Accounts", {"where": 'SystemAccount=="ROUNDING"'}, ["860"]),
        ("TaxRates", "TaxRates", {"where": "CanApplyToExpenses==true AND EffectiveRate>0"}, ["INPUT", "INPUTOLD"]),
        ("TaxRates/INPUT", "TaxRates", {}, ["INPUT"]),
        ("TrackingCategories", "TrackingCategories", {"order": "Name"}, ["Department", "Location"]),
        (
            "TrackingCategories",
            "TrackingCategories",
            {"includeArchived": "true", "order": "Name"},
            ["Department", "Location", "Season"],
        ),
        ("Currencies", "Currencies", {}, ["AUD", "USD"]),
    ],
)
def test_lists_of_settings(path: str, collection: str, query: dict[str, str], expected: list[str], firm: Any) -> None:
    found = firm.get(path, **query)[collection]
    assert [one.get("Code") or one.get("TaxType") or one["Name"] for one in found] == expected


def test_archived_options_are_shown_only_when_asked_for(firm: Any, sample: Any) -> None:
    def options(**query: str) -> list[str]:
        (location,) = firm.get("TrackingCategories", where='Name=="Location"', **query)["TrackingCategories"]
        return [one["Name"] for one in location["Options"]]

    assert options() == ["Sydney", "Perth"]
    assert options(includeArchived="true") == ["Sydney", "Perth", "Closed"]


def test_accounts_are_listed_since_a_change(firm: Any) -> None:
    since = {"if-modified-since": "2026-06-10T03:00:00"}
    assert firm.call("GET", "Accounts", headers=since).json()["Accounts"] == []
    firm.person.settings.archive_account("429")
    (changed,) = firm.call("GET", "Accounts", headers=since).json()["Accounts"]
    assert (changed["Code"], changed["Status"]) == ("429", "ARCHIVED")


def test_notes_are_kept_with_the_records_of_changes(firm: Any) -> None:
    bill_id = firm.bill()["InvoiceID"]
    added = firm.call("PUT", f"Invoices/{bill_id}/History", {"HistoryRecords": [{"Details": "From PO-1001"}]}).json()
    firm.person.approve(bill_id)

    records = firm.get(f"Invoices/{bill_id}/History")["HistoryRecords"]
    assert added["HistoryRecords"][0]["Details"] == "From PO-1001"
    assert [(one["Changes"], one["User"]) for one in records] == [
        ("Approved", "Bookkeeper"),
        ("Note", "System Generated"),
        ("Created", "System Generated"),
    ]
    assert records[0]["DateUTCString"] == "2026-06-10T03:12:40Z"


@pytest.mark.parametrize(("text", "status"), [("x" * 2500, 200), ("x" * 2501, 400), ("", 400), (5, 400)])
def test_a_note_has_1_to_2500_characters(text: Any, status: int, firm: Any) -> None:
    bill_id = firm.bill()["InvoiceID"]
    answer = firm.call("PUT", f"Invoices/{bill_id}/History", {"HistoryRecords": [{"Details": text}]})
    assert answer.status_code == status
    assert len(firm.get(f"Invoices/{bill_id}/History")["HistoryRecords"]) == (2 if status == 200 else 1)


def test_payments_are_read(firm: Any) -> None:
    bill_id = firm.bill(Status="AUTHORISED")["InvoiceID"]
    firm.person.pay(bill_id, None, on=date(2026, 6, 9))
    (payment,) = firm.get("Payments", where=f'Invoice.InvoiceID==guid("{bill_id}")')["Payments"]
    assert (payment["Amount"], payment["DateString"]) == (550, "2026-06-09T00:00:00")
    assert firm.get(f"Payments/{payment['PaymentID']}")["Payments"] == [payment]
