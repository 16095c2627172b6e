"""What people do in Xero, seen through the API."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cwxero_dagster.sandbox.xero import BookLine, NotPossibleError

RENT = BookLine(
    description="Rent June", unit_amount=Decimal(1000), account_code="310", tracking=(("Location", "Perth"),)
)


def test_a_keyed_bill_has_totals_lines_and_no_link(firm: Any, sample: Any) -> None:
    keyed = firm.person.key_bill(sample.ingram, "R-6", [RENT], on=date(2026, 6, 1), due=date(2026, 6, 15))
    read = firm.read(keyed["InvoiceID"])
    assert (read["Total"], read["AmountDue"], read["Status"]) == (1100, 1100, "DRAFT")
    assert read["LineItems"][0]["Tracking"][0]["Option"] == "Perth"
    assert "Url" not in read
    assert firm.xero.complaints == []


def test_a_keyed_credit_is_a_credit(firm: Any, sample: Any) -> None:
    keyed = firm.person.key_bill(sample.ingram, "C-6", [RENT], on=date(2026, 6, 1), credit=True, currency="USD")
    read = firm.get(f"CreditNotes/{keyed['CreditNoteID']}")["CreditNotes"][0]
    assert (read["Type"], read["RemainingCredit"], read["CurrencyCode"]) == ("ACCPAYCREDIT", 1100, "USD")


def test_an_edit_changes_the_bill_and_its_stamp(firm: Any, sample: Any) -> None:
    made = firm.bill()
    firm.person.edit_bill(
        made["InvoiceID"], number="typed", contact_id=sample.dicker, lines=[RENT], on=date(2026, 6, 5)
    )
    read = firm.read(made["InvoiceID"])
    assert (read["InvoiceNumber"], read["Total"], read["DateString"]) == ("typed", 1100, "2026-06-05T00:00:00")
    assert read["Contact"]["ContactID"] == sample.dicker
    assert read["UpdatedDateUTC"] > made["UpdatedDateUTC"]


@pytest.mark.parametrize("echoed", ["merge", "replace"])
def test_a_line_is_edited_in_place(make: Any, sample: Any, echoed: str) -> None:
    firm = make(echoed_lines=echoed)
    made = firm.bill(LineItems=[sample.line(), sample.line(Description="dock")])
    firm.person.edit_line(made["InvoiceID"], 1, AccountCode="429", TaxType="EXEMPTEXPENSES", Quantity=3)
    read = firm.read(made["InvoiceID"])
    assert [one["LineItemID"] for one in read["LineItems"]] == [one["LineItemID"] for one in made["LineItems"]]
    assert read["LineItems"][0] == made["LineItems"][0]
    assert [read["LineItems"][1][name] for name in ("Description", "AccountCode", "TaxAmount")] == ["dock", "429", 0]
    assert read["Total"] == Decimal(1300)


@pytest.mark.parametrize("echoed", ["merge", "replace"])
def test_a_line_is_added_and_taken_off_again_and_the_others_keep_their_ids(make: Any, sample: Any, echoed: str) -> None:
    firm = make(echoed_lines=echoed)
    made = firm.bill(LineItems=[sample.line(), sample.line(Description="dock")])
    more = BookLine(description="freight", unit_amount=Decimal(25), account_code="429", tax_type="EXEMPTEXPENSES")
    firm.person.add_line(made["InvoiceID"], more)
    read = firm.read(made["InvoiceID"])
    assert [one["Description"] for one in read["LineItems"]][2:] == ["freight"]
    assert read["LineItems"][:2] == made["LineItems"]
    assert read["SubTotal"] == made["SubTotal"] + 25
    firm.person.delete_line(made["InvoiceID"], 0)
    read = firm.read(made["InvoiceID"])
    assert [one["Description"] for one in read["LineItems"]] == ["dock", "freight"]
    assert read["LineItems"][0] == made["LineItems"][1]


def test_a_due_date_moved_on_a_part_paid_bill_does_not_move_its_stamp(firm: Any) -> None:
    made = firm.bill(Status="AUTHORISED")
    firm.person.pay(made["InvoiceID"], Decimal(50))
    before = firm.read(made["InvoiceID"])
    firm.person.edit_bill(made["InvoiceID"], due=date(2026, 8, 1))
    after = firm.read(made["InvoiceID"])
    assert after["DueDateString"] == "2026-08-01T00:00:00"
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]


def test_a_bill_is_approved_paid_in_parts_and_then_paid(firm: Any) -> None:
    bill_id = firm.bill()["InvoiceID"]
    firm.person.submit(bill_id)
    firm.person.approve(bill_id)
    firm.person.pay(bill_id, Decimal(150))
    part = firm.read(bill_id)
    firm.person.pay(bill_id, on=date(2026, 6, 12))
    whole = firm.read(bill_id)
    assert (part["Status"], part["AmountPaid"], part["AmountDue"]) == ("AUTHORISED", 150, 400)
    assert (whole["Status"], whole["AmountPaid"], whole["AmountDue"]) == ("PAID", 550, 0)
    assert whole["FullyPaidOnDate"] == "/Date(1781222400000+0000)/"
    assert [one["Amount"] for one in whole["Payments"]] == [150, 400]


def test_a_bill_is_voided_or_deleted_as_its_status_allows(firm: Any) -> None:
    draft, approved, paid = (firm.bill(Status=status)["InvoiceID"] for status in ("DRAFT", "AUTHORISED", "AUTHORISED"))
    firm.person.pay(paid, Decimal(1))
    assert firm.person.delete(draft)["Status"] == "DELETED"
    assert firm.person.void(approved)["Status"] == "VOIDED"
    assert firm.read(approved)["AmountDue"] == 0


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("DRAFT", lambda person, bill_id: person.void(bill_id)),
        ("DRAFT", lambda person, bill_id: person.pay(bill_id)),
        ("SUBMITTED", lambda person, bill_id: person.submit(bill_id)),
        ("AUTHORISED", lambda person, bill_id: person.delete(bill_id)),
        ("AUTHORISED", lambda person, bill_id: person.approve(bill_id)),
        ("AUTHORISED", lambda person, bill_id: person.pay(bill_id, Decimal(551))),
        ("AUTHORISED", lambda person, bill_id: person.pay(bill_id, Decimal(0))),
        ("DRAFT", lambda person, bill_id: person.edit_bill(bill_id, contact_id="nobody")),
        ("DRAFT", lambda person, bill_id: person.edit_line(bill_id, 0, AccountCode="999")),
        ("DRAFT", lambda person, _: person.settings.archive_account("999")),
        ("DRAFT", lambda person, _: person.delete("nothing")),
    ],
)
def test_what_xero_does_not_offer_is_not_possible_and_changes_nothing(status: str, action: Any, firm: Any) -> None:
    made = firm.bill(Status=status)
    with pytest.raises(NotPossibleError):
        action(firm.person, made["InvoiceID"])
    assert firm.read(made["InvoiceID"])["UpdatedDateUTC"] == made["UpdatedDateUTC"]


def test_a_paid_bill_is_neither_edited_nor_voided(firm: Any) -> None:
    bill_id = firm.bill(Status="AUTHORISED")["InvoiceID"]
    firm.person.pay(bill_id)
    for action in (firm.person.void, lambda one: firm.person.edit_bill(one, number="x")):
        with pytest.raises(NotPossibleError):
            action(bill_id)


def test_a_copy_carries_the_link_and_has_ids_of_its_own(firm: Any) -> None:
    made = firm.bill(Status="AUTHORISED", Url="https://psa.example/?k=1")
    firm.person.pay(made["InvoiceID"])
    copied = firm.read(firm.person.copy_bill(made["InvoiceID"])["InvoiceID"])
    assert (copied["Url"], copied["Status"], copied["AmountDue"]) == ("https://psa.example/?k=1", "DRAFT", 550)
    assert copied["InvoiceID"] != made["InvoiceID"]
    assert copied["LineItems"][0]["LineItemID"] != made["LineItems"][0]["LineItemID"]
    assert copied["Payments"] == []
    assert firm.get("Invoices", createdByMyApp="true")["Invoices"][0]["InvoiceID"] == made["InvoiceID"]


def test_an_attachment_is_a_flag_and_a_stamp(firm: Any) -> None:
    made = firm.bill()
    firm.person.attach_file(made["InvoiceID"])
    read = firm.read(made["InvoiceID"])
    assert (made["HasAttachments"], read["HasAttachments"]) == (False, True)
    assert read["UpdatedDateUTC"] > made["UpdatedDateUTC"]


def test_an_archived_contact_comes_back(firm: Any, sample: Any, refusals: Any) -> None:
    firm.person.settings.archive_contact(sample.ingram)
    assert refusals(firm.put(sample.bill())[0])
    firm.person.settings.restore_contact(sample.ingram)
    assert firm.bill()["Status"] == "DRAFT"


def test_people_approve_in_a_locked_period(firm: Any) -> None:
    bill_id = firm.bill()["InvoiceID"]
    firm.person.settings.set_lock_dates(period=date(2026, 6, 30))
    assert firm.person.approve(bill_id)["Status"] == "AUTHORISED"


def test_a_stored_document_never_changes_under_a_reader(firm: Any) -> None:
    made = firm.bill()
    before = firm.store.get("xero.invoices", made["InvoiceID"])
    snapshot = repr(before)
    firm.person.edit_line(made["InvoiceID"], 0, Quantity=9)
    firm.change(made["InvoiceID"], InvoiceNumber="x")
    firm.person.approve(made["InvoiceID"])
    firm.person.pay(made["InvoiceID"])
    assert repr(before) == snapshot
