"""What a new bill may hold, what is dropped, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

ZERO = "00000000-0000-0000-0000-000000000000"


def test_a_bill_is_stored_and_answered_with_ids_totals_and_due_amount(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line(), sample.line(Quantity=1, UnitAmount="9.99")])

    read = firm.read(made["InvoiceID"])
    assert (read["SubTotal"], read["TotalTax"], read["Total"]) == (
        Decimal("509.99"),
        Decimal("51.0"),
        Decimal("560.99"),
    )
    assert read["AmountDue"] == read["Total"]
    assert read["Status"] == "DRAFT"
    assert read["DateString"] == "2026-06-03T00:00:00"
    assert read["Date"] == "/Date(1780444800000+0000)/"
    assert len({one["LineItemID"] for one in read["LineItems"]}) == 2
    assert read["LineItems"][0]["TaxType"] == "INPUT"
    assert firm.xero.complaints == []


def test_reference_is_dropped_from_a_bill_without_a_word(firm: Any) -> None:
    made = firm.bill(Reference="PO-1001")

    assert made["StatusAttributeString"] == "OK"
    assert firm.read(made["InvoiceID"])["Reference"] == ""
    assert firm.xero.complaints == ["PUT /api.xro/2.0/Invoices: field Reference is not writable"]


def test_reference_survives_where_the_switch_says_so(make: Any) -> None:
    firm = make(bill_reference_kept=True)
    assert firm.read(firm.bill(Reference="PO-1001")["InvoiceID"])["Reference"] == "PO-1001"


def test_two_bills_with_one_number_are_two_bills(firm: Any) -> None:
    first, second = firm.bill(), firm.bill()
    assert first["InvoiceID"] != second["InvoiceID"]
    assert len(firm.get("Invoices", InvoiceNumbers="INV-1 | PO-1001")["Invoices"]) == 2


def test_a_misspelled_field_is_ignored_and_complained_of(firm: Any) -> None:
    made = firm.bill(Refrence="PO-1", LineItems=[{"Description": "note", "Acount": "1"}])
    assert made["StatusAttributeString"] == "OK"
    assert [text.split(": ")[1] for text in firm.xero.complaints] == [
        "field Refrence is not writable",
        "line field Acount is not writable",
    ]


def test_the_date_defaults_to_today_where_the_organisation_is(firm: Any, sample: Any) -> None:
    firm.clock.travel(12 * 3600)  # 15:12 UTC is already the next day in Sydney
    firm.sign_in()
    unsaid = {name: value for name, value in sample.bill().items() if name != "Date"}
    (made,) = firm.put(unsaid)
    assert made["DateString"] == "2026-06-11T00:00:00"


def test_a_bill_marks_its_contact_as_supplier_but_does_not_touch_its_stamp(firm: Any, sample: Any) -> None:
    before = firm.get(f"Contacts/{sample.ingram}")["Contacts"][0]
    firm.bill()
    after = firm.get(f"Contacts/{sample.ingram}")["Contacts"][0]
    assert (before["IsSupplier"], after["IsSupplier"]) == (False, True)
    assert before["UpdatedDateUTC"] == after["UpdatedDateUTC"]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown type", {"Type": "BILL"}, "Type: 'BILL' is not valid."),
    ("a sales invoice", {"Type": "ACCREC"}, "Type: 'ACCREC' is not valid."),
    ("an impossible date", {"Date": "2026-02-30"}, "Date: '2026-02-30' is not valid."),
    ("a date with a time", {"DueDate": "2026-06-03T10:00:00"}, "DueDate: '2026-06-03T10:00:00' is not valid."),
    ("a long number", {"InvoiceNumber": "x" * 256}, "The number must be at most 255 printable ASCII characters."),
    ("an accent", {"InvoiceNumber": "Café"}, "The number must be at most 255 printable ASCII characters."),
    ("a line break", {"InvoiceNumber": "a\nb"}, "The number must be at most 255 printable ASCII characters."),
    ("a relative link", {"Url": "/po/1"}, "Url must be an absolute http or https address."),
    ("a link by mail", {"Url": "mailto:a@b.example"}, "Url must be an absolute http or https address."),
    ("the forbidden word", {"Url": "https://cwXERO.example/po"}, "Url must not contain 'xero'."),
    ("the forbidden word in a query", {"Url": "https://a.example/?k=Xero1"}, "Url must not contain 'xero'."),
    ("no contact", {"Contact": None}, "A Contact must be specified for this type of transaction"),
    (
        "an unknown contact",
        {"Contact": {"ContactID": "00000000-0000-4000-8000-000000009999"}},
        "The specified contact details matched no contact",
    ),
    ("a foreign currency", {"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
    ("a rate of zero", {"CurrencyCode": "USD", "CurrencyRate": 0}, "CurrencyRate: '0' is not valid."),
    ("an unknown way to tax", {"LineAmountTypes": "Gross"}, "LineAmountTypes: 'Gross' is not valid."),
    ("lines that are no list", {"LineItems": "nope"}, "LineItems: 'nope' is not valid."),
    ("a paid bill", {"Status": "PAID"}, "Invoice not of valid status for modification"),
    ("a deleted bill", {"Status": "DELETED"}, "Invoice not of valid status for modification"),
    ("no due date when submitted", {"Status": "SUBMITTED", "DueDate": None}, "The due date cannot be empty."),
    ("no due date when approved", {"Status": "AUTHORISED", "DueDate": None}, "The due date cannot be empty."),
    ("no lines when submitted", {"Status": "SUBMITTED", "LineItems": []}, "One or more line items must be specified"),
    ("another total", {"Total": 1}, "The document total does not equal the sum of the lines"),
]


@pytest.mark.parametrize(("case", "fields", "message"), REFUSED, ids=[case for case, _, _ in REFUSED])
def test_a_bill_is_refused_for(
    case: str, fields: dict[str, Any], message: str, firm: Any, sample: Any, refusals: Any
) -> None:
    (answer,) = firm.put(sample.bill(**fields))

    assert refusals(answer) == [message]
    assert answer["StatusAttributeString"] == "ERROR"
    assert answer["HasErrors"] is True
    assert answer["InvoiceID"] == ZERO
    assert list(firm.store.all("xero.invoices")) == []


def test_an_archived_contact_is_refused_in_xeros_own_words(firm: Any, sample: Any, refusals: Any) -> None:
    (answer,) = firm.put(sample.bill(Contact={"ContactID": sample.old}))
    sentence = (
        "The contact with the specified contact details has been archived. The contact must be un-archived before "
        "creating new invoices, credit notes, or purchase orders."
    )
    assert refusals(answer) == [sentence]


def test_a_negative_bill_is_refused_and_by_switch_accepted(make: Any, sample: Any, refusals: Any) -> None:
    negative = sample.bill(LineItems=[sample.line(UnitAmount=-79)])
    (refused,) = make().put(negative)
    (accepted,) = make(negative_bills="accepted").put(negative)
    assert refusals(refused) == ["The total of this document cannot be less than zero."]
    assert accepted["Total"] == Decimal("-173.8")


def test_a_wrong_total_is_ignored_where_the_switch_says_so(make: Any) -> None:
    assert make(totals_mismatch="ignored").bill(Total=1, SubTotal=7)["Total"] == 550


def test_totals_that_are_right_pass(firm: Any) -> None:
    assert firm.bill(SubTotal=500, TotalTax=50, Total="550.00")["Total"] == 550


def test_a_draft_may_have_incomplete_lines_a_submitted_bill_may_not(firm: Any, sample: Any, refusals: Any) -> None:
    incomplete = [{"Description": "laptop", "UnitAmount": 5}, {"AccountCode": "310"}, {"Description": "a note"}]
    (draft,) = firm.put(sample.bill(LineItems=incomplete))
    (submitted,) = firm.put(sample.bill(LineItems=incomplete, Status="SUBMITTED"))

    assert draft["Total"] == 5
    assert refusals(submitted) == [
        "Account code must be specified",
        "Description cannot be empty",
        "Quantity and unit amount must be specified",
    ]
    assert refusals(firm.change(draft["InvoiceID"], Status="SUBMITTED")) == refusals(submitted)


def test_an_odd_currency_rate_is_accepted_with_a_warning(firm: Any) -> None:
    made = firm.bill(CurrencyCode="USD", CurrencyRate=7)
    assert made["StatusAttributeString"] == "WARNING"
    assert "far from the day's rate" in made["Warnings"][0]["Message"]
    assert firm.bill(CurrencyCode="USD")["CurrencyRate"] == Decimal("0.657895")


def test_denied_actions_refuse_drafts_and_approvals(make: Any, sample: Any, refusals: Any) -> None:
    drafts = make(denied_actions=("CreateDraftBill",))
    approvals = make(denied_actions=("CreateApprovedBill",))
    assert refusals(drafts.put(sample.bill())[0]) == ["You are not allowed to create this document."]
    assert refusals(approvals.put(sample.bill(Status="AUTHORISED"))[0]) == [
        "You have reached the limit of invoices you can approve"
    ]
    assert approvals.bill(Status="SUBMITTED")["Status"] == "SUBMITTED"
    actions = {one["Name"]: one["Status"] for one in drafts.get("Organisation/Actions")["Actions"]}
    assert (actions["CreateDraftBill"], actions["CreateApprovedBill"]) == ("NOT-ALLOWED", "ALLOWED")


def test_an_id_cannot_be_chosen(firm: Any, sample: Any, refusals: Any) -> None:
    chosen = sample.guid(77)
    (put,) = firm.put(sample.bill(InvoiceID=chosen))
    assert refusals(put) == ["An identifier cannot be given when a document is created."]
    assert refusals(firm.change(chosen, **sample.bill())) == ["The document could not be found."]
    assert list(firm.store.all("xero.invoices")) == []


def test_put_never_changes_a_bill_that_exists(firm: Any, sample: Any, refusals: Any) -> None:
    made = firm.bill()
    (answer,) = firm.put(sample.bill(InvoiceID=made["InvoiceID"], InvoiceNumber="x"))
    assert refusals(answer) == ["An identifier cannot be given when a document is created."]
    assert firm.read(made["InvoiceID"]) == {
        name: value for name, value in made.items() if name != "StatusAttributeString"
    }


@pytest.mark.parametrize(
    ("switch", "bills", "message"),
    [("duplicates", 2, []), ("updates", 1, []), ("refused", 1, ["Order number INV-1 | PO-1001 must be unique"])],
)
def test_post_without_an_id_does_what_the_switch_says(
    switch: str, bills: int, message: list[str], make: Any, sample: Any, refusals: Any
) -> None:
    firm = make(post_by_number=switch)
    firm.bill()
    answer = firm.call("POST", "Invoices", {"Invoices": [sample.bill()]}, unitdp=4, summarizeErrors="false").json()
    assert refusals(answer["Invoices"][0]) == message
    assert len(list(firm.store.all("xero.invoices"))) == bills
    assert firm.xero.complaints == [
        "POST /api.xro/2.0/Invoices: POST without an id for the existing number INV-1 | PO-1001"
    ]


def test_a_contact_named_in_a_bill_is_found_or_created(firm: Any, sample: Any) -> None:
    known = firm.bill(Contact={"Name": "Ingram Example"})
    new = firm.bill(Contact={"Name": "Fresh Vendor"})
    assert known["Contact"]["ContactID"] == sample.ingram
    assert new["Contact"]["Name"] == "Fresh Vendor"
    assert firm.get("Contacts", searchTerm="fresh")["Contacts"][0]["ContactID"] == new["Contact"]["ContactID"]
    assert len(firm.xero.complaints) == 2


def test_a_refused_bill_creates_no_contact(firm: Any, sample: Any) -> None:
    firm.put(sample.bill(Contact={"Name": "Fresh Vendor"}, CurrencyCode="EUR"))
    assert firm.get("Contacts", searchTerm="fresh")["Contacts"] == []


def test_contact_fields_in_a_bill_change_the_contact_and_remove_its_persons(make: Any, sample: Any) -> None:
    named = {"ContactID": sample.dicker, "Name": "Dicker Renamed"}
    changed, left = make(), make(contact_fields_update=False)
    changed.bill(Contact=named)
    left.bill(Contact=named)
    contact = changed.get(f"Contacts/{sample.dicker}")["Contacts"][0]
    assert contact["Name"] == "Dicker Renamed"
    assert "ContactPersons" not in contact
    assert left.get(f"Contacts/{sample.dicker}")["Contacts"][0]["Name"] == "Dicker Example"
