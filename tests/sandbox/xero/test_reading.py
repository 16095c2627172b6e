"""Lists: lines only when paged, filters, order, change dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest


@pytest.fixture
def shelf(firm: Any, sample: Any) -> Any:
    """Five bills, a minute apart."""
    bills = [
        {"InvoiceNumber": "A-1", "Date": "2026-05-01"},
        {"InvoiceNumber": "A-2", "Date": "2026-05-31", "Status": "SUBMITTED"},
        {"InvoiceNumber": "B,3", "Date": "2026-06-01", "Status": "AUTHORISED", "Contact": {"ContactID": sample.dicker}},
        {"InvoiceNumber": "B-4 | PO-1004", "Date": "2026-06-02", "LineItems": [sample.line(Quantity=1)]},
        {"InvoiceNumber": 'q"5', "Date": "2026-06-03", "CurrencyCode": "USD", "Url": "https://psa.example/?k=5"},
    ]
    firm.ids = {}
    for fields in bills:
        firm.ids[fields["InvoiceNumber"]] = firm.bill(**fields)["InvoiceID"]
        firm.clock.travel(60)
    return firm


def numbers(firm: Any, **query: Any) -> list[str]:
    return [one["InvoiceNumber"] for one in firm.get("Invoices", **query)["Invoices"]]


EVERYTHING = ["A-1", "A-2", "B,3", "B-4 | PO-1004", 'q"5']


def test_an_unpaged_list_has_no_lines_and_no_pagination(shelf: Any) -> None:
    body = shelf.get("Invoices")
    assert [one["InvoiceNumber"] for one in body["Invoices"]] == EVERYTHING
    assert {len(one["LineItems"]) for one in body["Invoices"]} == {0}
    assert {frozenset(one["Contact"]) for one in body["Invoices"]} == {frozenset({"ContactID", "Name"})}
    assert "pagination" not in body


@pytest.mark.parametrize(
    ("page", "size", "expected", "pages"),
    [(1, 2, EVERYTHING[:2], 3), (3, 2, EVERYTHING[4:], 3), (4, 2, [], 3), (1, 0, EVERYTHING[:1], 5)],
)
def test_a_page_has_lines_and_says_how_many_there_are(
    page: int, size: int, expected: list[str], pages: int, shelf: Any
) -> None:
    body = shelf.get("Invoices", page=page, pageSize=size)
    assert [one["InvoiceNumber"] for one in body["Invoices"]] == expected
    assert all(one["LineItems"] for one in body["Invoices"])
    assert body["pagination"] == {"page": page, "pageSize": max(size, 1), "pageCount": pages, "itemCount": 5}


def test_the_size_of_a_page_is_100_and_at_most_1000(shelf: Any) -> None:
    assert shelf.get("Invoices", page=1)["pagination"]["pageSize"] == 100
    assert shelf.get("Invoices", page=1, pageSize=5000)["pagination"]["pageSize"] == 1000


@pytest.mark.parametrize("query", [{"Statuses": "DRAFT"}, {"summaryOnly": "true"}])
def test_statuses_and_summaries_are_always_paged(query: dict[str, str], shelf: Any) -> None:
    assert shelf.get("Invoices", **query)["pagination"]["page"] == 1


def test_a_summary_leaves_lines_payments_and_attachments_out(shelf: Any) -> None:
    (one, *_) = shelf.get("Invoices", summaryOnly="true", page=1)["Invoices"]
    assert not one.keys() & {"LineItems", "Payments", "HasAttachments"}
    assert one["Total"] == 550


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"Statuses": "DRAFT,AUTHORISED"}, ["A-1", "B,3", "B-4 | PO-1004", 'q"5']),
        ({"InvoiceNumbers": "A-1,A-2"}, ["A-1", "A-2"]),
        ({"InvoiceNumbers": "B,3"}, []),
        ({"searchTerm": "po-1004"}, ["B-4 | PO-1004"]),
        ({"createdByMyApp": "true"}, EVERYTHING),
        ({"order": "Date DESC"}, EVERYTHING[::-1]),
        ({"order": "Total ASC, Date DESC"}, ["B-4 | PO-1004", 'q"5', "B,3", "A-2", "A-1"]),
        ({"where": 'InvoiceNumber=="B,3"'}, ["B,3"]),
        ({"where": r'InvoiceNumber=="q\"5"'}, ['q"5']),
        ({"where": 'Type=="ACCPAY" AND Status=="DRAFT"'}, ["A-1", "B-4 | PO-1004", 'q"5']),
        ({"where": 'Status=="SUBMITTED" OR Status="AUTHORISED"'}, ["A-2", "B,3"]),
        ({"where": 'Status!="DRAFT" && Date<DateTime(2026,06,01)'}, ["A-2"]),
        ({"where": "Date>=DateTime(2026, 5, 31) AND Date<=DateTime(2026,6,1)"}, ["A-2", "B,3"]),
        ({"where": 'Contact.Name=="Dicker Example"'}, ["B,3"]),
        ({"where": 'Contact.ContactNumber=="802"'}, ["B,3"]),
        ({"where": 'InvoiceNumber.StartsWith("A-") AND Total>100'}, ["A-1", "A-2"]),
        ({"where": 'InvoiceNumber.Contains("PO-")'}, ["B-4 | PO-1004"]),
        ({"where": 'InvoiceNumber.EndsWith("4") || CurrencyCode=="USD"'}, ["B-4 | PO-1004", 'q"5']),
        ({"where": "AmountDue<300"}, ["B-4 | PO-1004"]),
        ({"where": "Url!=null"}, ['q"5']),
        ({"where": 'Status=="DRAFT" AND (Total<300 OR CurrencyCode=="USD")'}, ["B-4 | PO-1004", 'q"5']),
        ({"where": "HasAttachments==true"}, []),
    ],
)
def test_a_list_is_filtered_by(query: dict[str, str], expected: list[str], shelf: Any) -> None:
    assert numbers(shelf, **query) == expected


def test_ids_and_guids_select(shelf: Any, sample: Any) -> None:
    first, third = shelf.ids["A-1"], shelf.ids["B,3"]
    assert numbers(shelf, IDs=f"{first},{third}") == ["A-1", "B,3"]
    assert numbers(shelf, ContactIDs=sample.dicker) == ["B,3"]
    assert numbers(shelf, where=f'InvoiceId==guid("{first}") OR InvoiceID=Guid("{third.upper()}")') == ["A-1", "B,3"]
    assert numbers(shelf, where=f'Contact.ContactID==guid("{sample.dicker}")') == ["B,3"]


@pytest.mark.parametrize(
    "query",
    [
        {"where": "Nonsense==1"},
        {"where": 'InvoiceID=="00000000-0000-4000-8000-000000000001"'},
        {"where": 'Date>="2026-05-01"'},
        {"where": "InvoiceNumber==5"},
        {"where": 'Total=="5"'},
        {"where": 'Status=="DRAFT'},
        {"where": 'Status=="DRAFT" AND'},
        {"where": 'Status=="DRAFT" Type=="ACCPAY"'},
        {"where": '(Status=="DRAFT"'},
        {"where": "Status"},
        {"where": "==1"},
        {"where": "Date>=DateTime(2026)"},
        {"where": "Date>=DateTime(2026,13,1)"},
        {"where": 'Date.Contains("x")'},
        {"where": "Status.Contains(5)"},
        {"where": "Status==DRAFT"},
        {"where": "Status=='DRAFT'"},
        {"order": "Nonsense"},
        {"order": "Date SIDEWAYS"},
        {"order": ","},
        {"page": "x"},
        {"page": "0"},
        {"page": 1, "pageSize": "many"},
        {"IDs": "nope"},
    ],
)
def test_a_query_that_cannot_be_understood_is_a_400(query: dict[str, Any], shelf: Any) -> None:
    answer = shelf.call("GET", "Invoices", **query)
    assert (answer.status_code, answer.json()["Type"]) == (400, "QueryParseException")


def test_a_filter_that_is_not_optimised_works_and_is_complained_of(shelf: Any) -> None:
    assert numbers(shelf, where="TotalTax==25") == ["B-4 | PO-1004"]
    assert shelf.xero.complaints == ["GET /api.xro/2.0/Invoices: filter on TotalTax, which Xero does not optimise"]


@pytest.mark.parametrize("form", ["2026-06-10T03:14:40", "2026-06-10T03:14:40Z", "Wed, 10 Jun 2026 03:14:40 GMT"])
def test_a_list_holds_what_changed_after_a_second(form: str, shelf: Any) -> None:
    answer = shelf.call("GET", "Invoices", headers={"if-modified-since": form})
    assert [one["InvoiceNumber"] for one in answer.json()["Invoices"]] == EVERYTHING[3:]


def test_a_change_brings_a_bill_back_to_the_end(shelf: Any) -> None:
    shelf.person.submit(shelf.ids["A-1"])
    assert numbers(shelf) == [*EVERYTHING[1:], "A-1"]
    since = {"if-modified-since": "2026-06-10T03:17:00"}
    answer = shelf.call("GET", "Invoices", headers=since)
    assert [one["InvoiceNumber"] for one in answer.json()["Invoices"]] == ["A-1"]


def test_a_change_date_that_is_no_date_is_a_400(shelf: Any) -> None:
    assert shelf.call("GET", "Invoices", headers={"if-modified-since": "yesterday"}).status_code == 400


def test_deleted_and_voided_bills_stay_in_the_list(shelf: Any) -> None:
    shelf.change(shelf.ids["A-1"], Status="DELETED")
    shelf.change(shelf.ids["B,3"], Status="VOIDED")
    assert sorted(numbers(shelf)) == sorted(EVERYTHING)
    assert numbers(shelf, Statuses="DELETED,VOIDED") == ["A-1", "B,3"]


def test_what_people_key_is_not_created_by_the_app(shelf: Any, sample: Any) -> None:
    shelf.person.key_bill(sample.ingram, "rent", [], on=date(2026, 6, 1))
    assert numbers(shelf, createdByMyApp="true") == EVERYTHING
    assert numbers(shelf)[-1] == "rent"


def test_a_bill_is_read_by_number_but_that_is_complained_of(shelf: Any) -> None:
    assert shelf.get("Invoices/A-1")["Invoices"][0]["InvoiceID"] == shelf.ids["A-1"]
    assert shelf.xero.complaints == ["Invoices looked up by the number A-1, which is not unique"]


def test_a_name_in_a_bill_follows_the_contact(shelf: Any, sample: Any) -> None:
    shelf.call("POST", f"Contacts/{sample.dicker}", {"Name": "Dicker Renamed"})
    assert numbers(shelf, where='Contact.Name=="Dicker Example"') == []
    assert shelf.read(shelf.ids["B,3"])["Contact"]["Name"] == "Dicker Renamed"


def test_amounts_are_exact(shelf: Any, sample: Any) -> None:
    made = shelf.bill(LineItems=[sample.line(Quantity="0.3333", UnitAmount="1234567.8901")])
    (line,) = shelf.read(made["InvoiceID"])["LineItems"]
    assert (line["Quantity"], line["UnitAmount"], line["LineAmount"]) == (
        Decimal("0.3333"),
        Decimal("1234567.8901"),
        Decimal("411481.48"),
    )
