"""Xero: everything once, then what changed; never another organisation."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from cwxero_dagster.frames import XeroContacts, XeroDocuments, XeroReference
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.xero import BookLine
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.transport import SystemDown
from cwxero_dagster.warehouse.notes import StagingNotes


def bill(place, status: str = "AUTHORISED") -> dict:
    return next(row for row in place.rows(XeroDocuments) if row["status"] == status)


def test_the_first_run_reads_documents_contacts_and_every_small_list(firm) -> None:
    place = firm()
    report = place.stage_xero()
    assert len(place.rows(XeroDocuments)) == len(list(place.store.all("xero.invoices"))) > 0
    assert len(place.rows(XeroContacts)) == len(list(place.store.all("xero.contacts")))
    kinds = {row["kind"] for row in place.rows(XeroReference)}
    assert kinds == {"connection", "organisation", "action", "account", "tax_rate", "tracking_category", "currency"}
    assert report.observed["xero_documents"].new == len(place.rows(XeroDocuments))


def test_documents_carry_exact_amounts_days_and_numbers(firm) -> None:
    place = firm()
    place.stage_xero()
    for row in place.rows(XeroDocuments):
        kept = place.store.get("xero.invoices", row["document_id"])
        assert (row["net"], row["tax"], row["total"]) == (kept["SubTotal"], kept["TotalTax"], kept["Total"])
        assert (row["number"] or "") == kept.get("InvoiceNumber", "")
        assert f"{row['date']}" == kept["Date"]
        assert row["updated_at"] is not None


def test_later_runs_take_what_a_person_changed(firm) -> None:
    place = firm()
    place.stage_xero()
    changed = bill(place)
    place.later(hours=1)
    place.bookkeeper.void(changed["document_id"])
    place.later(hours=1)
    report = place.stage_xero()
    assert [row["status"] for row in place.rows(XeroDocuments, document_id=changed["document_id"])] == ["VOIDED"]
    assert report.observed["xero_documents"].stored == 1


def test_a_machine_clock_that_is_an_hour_fast_misses_no_change(firm) -> None:
    place = firm()
    place.later(hours=1)
    fast = place.clock.now()
    place.later(hours=-1)
    place.stage_xero()
    place.later(hours=0.25)
    changed = bill(place)
    place.bookkeeper.void(changed["document_id"])
    place.warehouse.set_watermark("xero.contacts_read", fast)
    place.later(hours=0.25)
    place.stage_xero()
    assert [row["status"] for row in place.rows(XeroDocuments, document_id=changed["document_id"])] == ["VOIDED"]
    assert StagingNotes(place.warehouse).recall().watermarks.get("xero.bills") < place.clock.now()


def test_contacts_are_read_once_a_night_or_when_asked_for(firm) -> None:
    place = firm()
    place.stage_xero()
    contact = next(row for row in place.rows(XeroContacts) if row["status"] == "ACTIVE")
    place.later(hours=1)
    place.bookkeeper.settings.archive_contact(contact["contact_id"])
    place.later(hours=1)
    place.stage_xero()
    assert place.rows(XeroContacts, contact_id=contact["contact_id"])[0]["status"] == "ACTIVE"
    place.stage_xero(fresh_contacts=True)
    assert place.rows(XeroContacts, contact_id=contact["contact_id"])[0]["status"] == "ARCHIVED"


def test_supplier_credits_are_documents_too(firm) -> None:
    place = firm()
    place.stage_xero()
    contact = next(row for row in place.rows(XeroContacts) if row["status"] == "ACTIVE")
    place.later(hours=1)
    account = next(
        found["Code"]
        for found in place.store.all("xero.accounts")
        if found["Class"] == "EXPENSE" and found["Status"] == "ACTIVE" and "SystemAccount" not in found
    )
    credit = place.bookkeeper.key_bill(
        contact["contact_id"],
        "CN-77",
        [BookLine(description="Returned", quantity=Decimal(2), unit_amount=Decimal("10.50"), account_code=account)],
        on=place.clock.now().date(),
        credit=True,
    )
    place.later(hours=1)
    place.stage_xero()
    [row] = place.rows(XeroDocuments, document_type="ACCPAYCREDIT")
    assert (row["document_id"], row["number"], row["net"]) == (credit["CreditNoteID"], "CN-77", Decimal(21))


@pytest.mark.parametrize("hours", [1, 24], ids=["while its lists are fresh", "a day later"])
def test_another_organisation_is_refused(firm, hours: int) -> None:
    place = firm()
    place.stage_xero()
    organisation = next(place.store.all("xero.organisation"))
    known = organisation["Name"]
    organisation.update(OrganisationID="99999999-2222-4333-8444-555555555555", Name="Somebody Else Ltd")
    place.later(hours=hours)
    documents = len(place.warehouse.history(XeroDocuments))
    with pytest.raises(StagingRefused, match=rf"reach the organisation Somebody Else Ltd, .* holds {re.escape(known)}"):
        place.stage_xero()
    assert len(place.warehouse.history(XeroDocuments)) == documents


def test_a_run_that_fails_on_its_last_call_leaves_nothing(firm) -> None:
    place = firm()
    place.faults.add(Fault(system="xero", kind="status", status=500, path_contains="CreditNotes", times=None))
    with pytest.raises(SystemDown):
        place.stage_xero()
    assert place.rows(XeroDocuments) == place.rows(XeroReference) == StagingNotes(place.warehouse).runs() == []
    place.faults.clear()
    place.stage_xero()
    assert len(place.rows(XeroDocuments)) > 0


def test_an_edit_that_moves_no_stamp_is_seen_within_a_week(firm) -> None:
    place = firm()
    place.stage_xero()
    document = bill(place)
    place.bookkeeper.pay(document["document_id"], document["total"] / 2)
    place.later(hours=1)
    place.stage_xero()
    due = document["date"] + timedelta(days=55)
    place.bookkeeper.edit_bill(document["document_id"], due=due)
    place.later(days=1)
    place.stage_xero()
    place.later(days=7)
    place.stage_xero()
    assert place.rows(XeroDocuments, document_id=document["document_id"])[0]["due_date"] == due


def test_the_state_of_an_earlier_run_can_be_read_again(firm) -> None:
    place = firm()
    first = place.stage_xero()
    place.later(hours=1)
    place.bookkeeper.void(bill(place)["document_id"])
    place.later(hours=1)
    place.stage_xero()
    then = XeroDocuments.rows(place.warehouse.current(XeroDocuments, as_of=first.finished_at))
    assert "VOIDED" not in {row["status"] for row in then}
    before = XeroDocuments.rows(place.warehouse.current(XeroDocuments, as_of=first.finished_at - timedelta(seconds=1)))
    assert before == []
