"""Contacts: unique names and numbers, archived ones, what a list leaves out."""

from __future__ import annotations

from typing import Any

import pytest

TAKEN = (
    "The contact number 801 is already assigned to another contact. "
    "The contact number must be unique across all contacts."
)


def write(firm: Any, *contacts: dict[str, Any], method: str = "PUT") -> list[dict[str, Any]]:
    answer = firm.call(method, "Contacts", {"Contacts": list(contacts)}, summarizeErrors="false")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["Contacts"])


def names(firm: Any, **query: Any) -> list[str]:
    return sorted(one["Name"] for one in firm.get("Contacts", **query)["Contacts"])


def test_put_creates_and_post_updates_without_losing_what_was_not_sent(firm: Any) -> None:
    (made,) = write(firm, {"Name": "Fresh Vendor", "ContactNumber": "900", "AccountNumber": "FV"})
    (again,) = write(firm, {"ContactNumber": "900", "Name": "Fresh Vendor Ltd"}, method="POST")
    read = firm.get(f"Contacts/{made['ContactID']}")["Contacts"][0]
    assert again["ContactID"] == made["ContactID"]
    assert (read["Name"], read["AccountNumber"], read["ContactStatus"]) == ("Fresh Vendor Ltd", "FV", "ACTIVE")
    assert firm.get("Contacts/900")["Contacts"][0] == read


@pytest.mark.parametrize(
    ("contact", "message"),
    [
        (
            {"Name": "Ingram Example"},
            "The contact name Ingram Example is already assigned to another contact. The contact name must be unique.",
        ),
        (
            {"Name": "Other", "ContactNumber": "801"},
            TAKEN,
        ),
        ({"ContactNumber": "900"}, "Name: '' is not valid."),
        ({"Name": "<b>"}, "Name: '<b>' is not valid."),
        ({"Name": " lead"}, "Name: ' lead' is not valid."),
        ({"Name": "two  spaces"}, "Name: 'two  spaces' is not valid."),
        ({"Name": "Other", "ContactNumber": "9" * 51}, f"ContactNumber: '{'9' * 51}' is not valid."),
        ({"Name": "Other", "ContactStatus": "GONE"}, "ContactStatus: 'GONE' is not valid."),
        (
            {"Name": "Other", "ContactID": "00000000-0000-4000-8000-000000000001"},
            "An identifier cannot be given when a document is created.",
        ),
    ],
)
def test_a_new_contact_is_refused_for(contact: dict[str, str], message: str, firm: Any, refusals: Any) -> None:
    (answer,) = write(firm, contact)
    assert refusals(answer) == [message]
    assert len(list(firm.store.all("xero.contacts"))) == 3


def test_account_numbers_are_unique_only_by_switch(make: Any, refusals: Any) -> None:
    other = {"Name": "Other", "AccountNumber": "ING"}
    assert refusals(write(make(), other)[0]) == []
    assert refusals(write(make(account_number_unique=True), other)[0]) == ["AccountNumber: 'ING' is not valid."]


def test_archived_contacts_are_listed_only_when_asked_for(firm: Any, sample: Any) -> None:
    assert names(firm) == ["Dicker Example", "Ingram Example"]
    assert names(firm, includeArchived="true") == ["Dicker Example", "Ingram Example", "Old Vendor"]
    assert names(firm, IDs=sample.old) == []
    assert names(firm, where='ContactStatus=="ARCHIVED"') == []
    assert firm.get(f"Contacts/{sample.old}")["Contacts"][0]["ContactStatus"] == "ARCHIVED"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"where": 'ContactNumber=="801"'}, ["Ingram Example"]),
        ({"where": 'AccountNumber=="ING"'}, ["Ingram Example"]),
        ({"where": 'Name=="Dicker Example"'}, ["Dicker Example"]),
        ({"where": "AccountNumber==null"}, ["Dicker Example"]),
        ({"searchTerm": "dick"}, ["Dicker Example"]),
        ({"searchTerm": "801"}, ["Ingram Example"]),
        ({"searchTerm": "ING"}, ["Ingram Example"]),
        ({"order": "Name DESC", "page": 1, "pageSize": 1}, ["Ingram Example"]),
    ],
)
def test_contacts_are_found_by(query: dict[str, Any], expected: list[str], firm: Any) -> None:
    assert names(firm, **query) == expected


def test_a_supplier_without_a_bill_is_not_found_as_supplier(firm: Any) -> None:
    assert names(firm, where="IsSupplier==true") == []
    firm.bill()
    assert names(firm, where="IsSupplier==true") == ["Ingram Example"]


def test_an_unpaged_list_leaves_persons_and_merges_out(firm: Any, sample: Any) -> None:
    firm.person.settings.archive_contact(sample.ingram, merged_to=sample.dicker)
    (unpaged,) = firm.get("Contacts", IDs=sample.ingram, includeArchived="true")["Contacts"]
    (paged,) = firm.get("Contacts", IDs=sample.ingram, includeArchived="true", page=1)["Contacts"]
    assert "MergedToContactID" not in unpaged
    assert paged["MergedToContactID"] == sample.dicker
    (dicker,) = firm.get("Contacts", IDs=sample.dicker)["Contacts"]
    assert "ContactPersons" not in dicker
    assert firm.get(f"Contacts/{sample.dicker}")["Contacts"][0]["ContactPersons"][0]["FirstName"] == "Ana"


def test_post_to_the_id_updates_and_an_unknown_one_is_refused(firm: Any, sample: Any, refusals: Any) -> None:
    firm.call("POST", f"Contacts/{sample.ingram}", {"ContactNumber": "855"})
    (unknown,) = write(firm, {"ContactID": sample.guid(999), "Name": "x"}, method="POST")
    assert firm.get("Contacts/855")["Contacts"][0]["ContactID"] == sample.ingram
    assert refusals(unknown) == ["The specified contact details matched no contact"]


def test_fields_that_a_contact_does_not_take_are_complained_of(firm: Any) -> None:
    write(firm, {"Name": "Fresh", "IsSupplier": True})
    assert firm.xero.complaints == ["PUT /api.xro/2.0/Contacts: contact field IsSupplier is not writable"]
