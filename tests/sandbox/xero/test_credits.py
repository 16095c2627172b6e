"""Supplier credits: the rules of bills, with numbers and allocations of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def credit(sample: Any, **more: Any) -> dict[str, Any]:
    fields = {name: value for name, value in sample.bill().items() if name != "InvoiceNumber"}
    return {**fields, "Type": "ACCPAYCREDIT", "CreditNoteNumber": "PO-1001/C1", **more}


def write(firm: Any, *notes: dict[str, Any], method: str = "PUT") -> list[dict[str, Any]]:
    query = {"unitdp": 4, "summarizeErrors": "false"}
    answer = firm.call(method, "CreditNotes", {"CreditNotes": list(notes)}, **query)
    return list(answer.json()["CreditNotes"])


def test_a_credit_is_stored_with_its_remaining_amount(firm: Any, sample: Any) -> None:
    (made,) = write(firm, credit(sample))
    read = firm.get(f"CreditNotes/{made['CreditNoteID']}", unitdp=4)["CreditNotes"][0]
    assert (read["Type"], read["Total"], read["RemainingCredit"]) == ("ACCPAYCREDIT", 550, 550)
    assert read["Allocations"] == []
    assert "AmountDue" not in read


def test_reference_and_link_are_dropped_from_a_credit(firm: Any, sample: Any) -> None:
    (made,) = write(firm, credit(sample, Reference="x", Url="https://psa.example"))
    assert made["Reference"] == ""
    assert "Url" not in made
    assert [text.split(": ")[1] for text in firm.xero.complaints] == [
        "field Reference is not writable",
        "field Url is not writable",
    ]


def test_a_credit_needs_no_due_date_and_cannot_be_negative(firm: Any, sample: Any, refusals: Any) -> None:
    approved = credit(sample, Status="AUTHORISED", DueDate=None)
    negative = credit(sample, LineItems=[sample.line(UnitAmount=-1)])
    assert write(firm, approved)[0]["Status"] == "AUTHORISED"
    assert refusals(write(firm, negative)[0]) == ["The total of this document cannot be less than zero."]


def test_a_bill_is_no_credit(firm: Any, sample: Any, refusals: Any) -> None:
    assert refusals(write(firm, credit(sample, Type="ACCPAY"))[0]) == ["Type: 'ACCPAY' is not valid."]


def test_a_credit_is_withdrawn_and_then_closed(firm: Any, sample: Any, refusals: Any) -> None:
    (made,) = write(firm, credit(sample))
    named = {"CreditNoteID": made["CreditNoteID"]}
    assert write(firm, {**named, "Status": "DELETED"}, method="POST")[0]["Status"] == "DELETED"
    again = write(firm, {**named, "Status": "DRAFT"}, method="POST")[0]
    assert refusals(again) == ["Invoice not of valid status for modification"]


def test_an_allocated_credit_shows_it_and_is_not_edited(firm: Any, sample: Any, refusals: Any) -> None:
    (made,) = write(firm, credit(sample, Status="AUTHORISED"))
    bill = firm.bill(Status="AUTHORISED")
    firm.person.allocate_credit(made["CreditNoteID"], bill["InvoiceID"], Decimal(200))

    read = firm.get(f"CreditNotes/{made['CreditNoteID']}")["CreditNotes"][0]
    assert (read["RemainingCredit"], read["Allocations"][0]["Amount"]) == (350, 200)
    assert read["Allocations"][0]["Invoice"]["InvoiceID"] == bill["InvoiceID"]
    theirs = firm.read(bill["InvoiceID"])
    assert (theirs["AmountDue"], theirs["AmountCredited"], theirs["Status"]) == (350, 200, "AUTHORISED")
    for answer in (
        write(firm, {"CreditNoteID": made["CreditNoteID"], "Status": "VOIDED"}, method="POST")[0],
        firm.change(bill["InvoiceID"], Status="VOIDED"),
    ):
        assert "has a payment or credit note allocated" in refusals(answer)[0]


def test_credits_are_listed_with_lines_when_paged_and_filtered_by_number(firm: Any, sample: Any) -> None:
    write(firm, credit(sample), credit(sample, CreditNoteNumber="PO-1002/C1"))
    brief = firm.get("CreditNotes")["CreditNotes"]
    full = firm.get("CreditNotes", page=1, where='CreditNoteNumber=="PO-1002/C1"')["CreditNotes"]
    assert [len(one["LineItems"]) for one in brief] == [0, 0]
    assert [(one["CreditNoteNumber"], len(one["LineItems"])) for one in full] == [("PO-1002/C1", 1)]
