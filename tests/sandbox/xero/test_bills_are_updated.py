"""What may happen to a bill that exists: status, lines, payments, locks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

NOT_MODIFIABLE = "Invoice not of valid status for modification"
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
PERIOD = "The document date cannot be before the period lock date, currently set at 30 June 2026"
YEAR_END = "The document date cannot be before the end of year lock date, currently set at 30 June 2026"

LEGAL = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "DELETED": set(),
    "VOIDED": set(),
}
ALL = ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED", "VOIDED", "PAID", "NONSENSE")


def in_status(firm: Any, status: str) -> str:
    made = firm.bill(Status="AUTHORISED" if status == "VOIDED" else "DRAFT" if status == "DELETED" else status)
    if status in ("DELETED", "VOIDED"):
        firm.change(made["InvoiceID"], Status=status)
    return str(made["InvoiceID"])


@pytest.mark.parametrize("before", LEGAL)
@pytest.mark.parametrize("after", ALL)
def test_status_moves_only_as_the_table_says(before: str, after: str, firm: Any, refusals: Any) -> None:
    bill_id = in_status(firm, before)
    answer = firm.change(bill_id, Status=after)

    legal = after in LEGAL[before]
    assert refusals(answer) == ([] if legal else [NOT_MODIFIABLE])
    assert answer["InvoiceID"] == bill_id
    assert firm.read(bill_id)["Status"] == (after if legal else before)


def test_an_update_changes_what_was_sent_and_keeps_the_rest(firm: Any) -> None:
    made = firm.bill(Url="https://psa.example/po?k=1")
    firm.change(made["InvoiceID"], InvoiceNumber="INV-2")

    read = firm.read(made["InvoiceID"])
    assert (read["InvoiceNumber"], read["Url"], read["Total"]) == ("INV-2", "https://psa.example/po?k=1", 550)
    assert read["DueDateString"] == "2026-07-03T00:00:00"
    assert read["UpdatedDateUTC"] > made["UpdatedDateUTC"]


def test_echoed_lines_keep_their_ids_new_ones_get_one_and_the_rest_is_deleted(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line(), sample.line(Description="dock"), sample.line(Description="bag")])
    first, second, _ = (one["LineItemID"] for one in made["LineItems"])

    lines = [{"LineItemID": second, "Quantity": 5}, sample.line(Description="mouse"), {"LineItemID": first}]
    read = firm.change(made["InvoiceID"], LineItems=lines)

    assert [(one["Description"], one["Quantity"], one["LineAmount"]) for one in read["LineItems"]] == [
        ("dock", 5, 1250),
        ("mouse", 2, 500),
        ("14in laptop", 2, 500),
    ]
    ids = [one["LineItemID"] for one in read["LineItems"]]
    assert (ids[0], ids[2]) == (second, first)
    assert ids[1] not in (first, second)
    assert read["TotalTax"] == 225


def test_an_echoed_line_loses_what_was_not_sent_where_the_switch_says_so(make: Any) -> None:
    firm = make(echoed_lines="replace")
    made = firm.bill()
    line_id = made["LineItems"][0]["LineItemID"]
    changed = firm.change(made["InvoiceID"], LineItems=[{"LineItemID": line_id, "Description": "text only"}])
    assert changed["LineItems"] == [{"LineItemID": line_id, "Description": "text only", "Tracking": []}]


def test_a_line_of_another_bill_is_refused(firm: Any, refusals: Any) -> None:
    made, other = firm.bill(), firm.bill()
    foreign = other["LineItems"][0]["LineItemID"]
    answer = firm.change(made["InvoiceID"], LineItems=[{"LineItemID": foreign}])
    assert refusals(answer) == ["The LineItemID does not belong to this document."]
    assert firm.read(made["InvoiceID"])["LineItems"] == made["LineItems"]


def test_an_update_without_lines_makes_them_anew_with_two_decimals_unless_four_are_asked(
    firm: Any, sample: Any
) -> None:
    made = firm.bill(LineItems=[sample.line(Quantity=1000, UnitAmount="0.0055")])
    four = firm.change(made["InvoiceID"], Status="SUBMITTED")
    two = firm.change(made["InvoiceID"], Status="DRAFT", unitdp=2)

    ids = {one["LineItems"][0]["LineItemID"] for one in (made, four, two)}
    assert len(ids) == 3
    assert (made["Total"], four["Total"], two["Total"]) == (Decimal("6.05"), Decimal("6.05"), 11)


def test_an_update_without_lines_keeps_them_where_the_switch_says_so(make: Any) -> None:
    firm = make(update_without_lines="keeps")
    made = firm.bill()
    assert firm.change(made["InvoiceID"], Status="SUBMITTED")["LineItems"] == made["LineItems"]


def test_the_type_of_a_document_stays(firm: Any, refusals: Any) -> None:
    made = firm.bill()
    assert refusals(firm.change(made["InvoiceID"], Type="ACCPAYCREDIT")) == ["Type: 'ACCPAYCREDIT' is not valid."]


def test_an_approved_unpaid_bill_can_be_edited(firm: Any, sample: Any) -> None:
    made = firm.bill(Status="AUTHORISED")
    firm.change(made["InvoiceID"], LineItems=[sample.line(Quantity=1)])
    read = firm.read(made["InvoiceID"])
    assert (read["Status"], read["Total"], read["AmountDue"]) == ("AUTHORISED", 275, 275)


def test_post_to_the_id_updates_and_answers_400_when_refused(firm: Any, refusals: Any) -> None:
    made = firm.bill()
    good = firm.call("POST", f"Invoices/{made['InvoiceID']}", {"InvoiceNumber": "INV-2"}, unitdp=4)
    bad = firm.call("POST", f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"}, unitdp=4)
    assert good.json()["Invoices"][0]["InvoiceNumber"] == "INV-2"
    assert bad.status_code == 400
    assert refusals(bad.json()["Elements"][0]) == [NOT_MODIFIABLE]
    assert firm.call("POST", f"Invoices/{made['InvoiceNumber']}", {"Status": "DELETED"}).status_code == 404


@pytest.mark.parametrize("paid", [None, Decimal(100)])
def test_a_paid_or_part_paid_bill_is_not_edited(paid: Decimal | None, firm: Any, refusals: Any) -> None:
    made = firm.bill(Status="AUTHORISED")
    firm.person.pay(made["InvoiceID"], paid)
    before = firm.read(made["InvoiceID"])

    for change in ({"InvoiceNumber": "INV-2"}, {"Status": "VOIDED"}, {"Status": "AUTHORISED"}):
        assert HAS_PAYMENT in refusals(firm.change(made["InvoiceID"], **change))
    assert firm.read(made["InvoiceID"]) == before


def test_a_paid_bill_takes_edits_that_move_no_money_where_the_switch_says_so(
    make: Any, sample: Any, refusals: Any
) -> None:
    firm = make(paid_bill_edits=True)
    made = firm.bill(Status="AUTHORISED")
    firm.person.pay(made["InvoiceID"])
    line_id = made["LineItems"][0]["LineItemID"]

    harmless = {"LineItemID": line_id, "Description": "renamed", "AccountCode": "429"}
    changed = firm.change(made["InvoiceID"], InvoiceNumber="INV-2", LineItems=[harmless])
    costly = firm.change(made["InvoiceID"], LineItems=[{"LineItemID": line_id, "Quantity": 3}])
    moved = firm.change(made["InvoiceID"], Status="VOIDED")

    assert (changed["InvoiceNumber"], changed["Status"]) == ("INV-2", "PAID")
    assert changed["LineItems"][0]["AccountCode"] == "429"
    assert refusals(costly) == [HAS_PAYMENT]
    assert refusals(moved) == [NOT_MODIFIABLE]
    assert firm.read(made["InvoiceID"])["Total"] == 550


LOCKS = [({"period": date(2026, 6, 30)}, PERIOD), ({"end_of_year": date(2026, 6, 30)}, YEAR_END)]


@pytest.mark.parametrize(("lock", "message"), LOCKS)
def test_in_a_locked_period_drafts_are_created_but_nothing_is_approved(
    lock: dict[str, date], message: str, firm: Any, sample: Any, refusals: Any
) -> None:
    firm.person.settings.set_lock_dates(**lock)
    assert refusals(firm.put(sample.bill(Status="AUTHORISED"))[0]) == [message]
    assert firm.bill(Status="SUBMITTED")["Status"] == "SUBMITTED"
    assert firm.bill(Status="AUTHORISED", Date="2026-07-01")["Status"] == "AUTHORISED"
    assert firm.bill()["Status"] == "DRAFT"


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
def test_nothing_in_a_locked_period_is_edited(status: str, firm: Any, refusals: Any) -> None:
    made = firm.bill(Status=status)
    firm.person.settings.set_lock_dates(period=date(2026, 6, 30))
    assert refusals(firm.change(made["InvoiceID"], InvoiceNumber="INV-2")) == [PERIOD]
    assert firm.read(made["InvoiceID"])["InvoiceNumber"] == "INV-1 | PO-1001"


def test_locked_drafts_are_edited_where_the_switch_says_so_but_not_approved(make: Any, refusals: Any) -> None:
    firm = make(locked_drafts_editable=True)
    made, approved = firm.bill(), firm.bill(Status="AUTHORISED")
    firm.person.settings.set_lock_dates(period=date(2026, 6, 30))
    assert refusals(firm.change(made["InvoiceID"], Status="AUTHORISED")) == [PERIOD]
    assert refusals(firm.change(approved["InvoiceID"], InvoiceNumber="x")) == [PERIOD]
    assert firm.change(made["InvoiceID"], Status="DELETED")["Status"] == "DELETED"


def test_a_bill_cannot_be_approved_onto_a_locked_date(firm: Any, refusals: Any) -> None:
    made = firm.bill(Date="2026-07-05")
    firm.person.settings.set_lock_dates(period=date(2026, 6, 30))
    assert refusals(firm.change(made["InvoiceID"], Date="2026-06-30", Status="AUTHORISED")) == [PERIOD]
    assert firm.change(made["InvoiceID"], Status="AUTHORISED")["Status"] == "AUTHORISED"
