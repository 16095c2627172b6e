"""Purchase orders: unique numbers, statuses, four decimals, discounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

INVALID = "The Purchase Order status change is invalid."
CONTACT = (
    "The Contact must contain at least 1 of the following elements to identify the contact: ContactID, ContactNumber."
)


def order(sample: Any, **more: Any) -> dict[str, Any]:
    return {
        "PurchaseOrderNumber": "PO-1001",
        "Reference": "4001",
        "Contact": {"ContactID": sample.ingram},
        "Date": "2026-06-03",
        "DeliveryDate": "2026-06-20",
        "Status": "AUTHORISED",
        "LineItems": [sample.line()],
        **more,
    }


def write(firm: Any, *orders: dict[str, Any], method: str = "PUT") -> list[dict[str, Any]]:
    answer = firm.call(method, "PurchaseOrders", {"PurchaseOrders": list(orders)}, summarizeErrors="false")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["PurchaseOrders"])


def test_an_order_keeps_its_reference_and_is_read_by_id_or_number(firm: Any, sample: Any) -> None:
    (made,) = write(firm, order(sample))
    by_id = firm.get(f"PurchaseOrders/{made['PurchaseOrderID']}")["PurchaseOrders"]
    by_number = firm.get("PurchaseOrders/PO-1001")["PurchaseOrders"]
    assert by_id == by_number
    assert (by_id[0]["Reference"], by_id[0]["Total"]) == ("4001", 550)
    assert by_id[0]["DeliveryDateString"] == "2026-06-20T00:00:00"
    assert firm.xero.complaints == []


def test_numbers_are_unique_and_given_where_none_was_sent(firm: Any, sample: Any, refusals: Any) -> None:
    write(firm, order(sample))
    (twice,) = write(firm, order(sample))
    (unnamed,) = write(firm, order(sample, PurchaseOrderNumber=None))
    assert refusals(twice) == ["Order number PO-1001 must be unique"]
    assert unnamed["PurchaseOrderNumber"] == "PO-0001"


@pytest.mark.parametrize(("reusable", "message"), [(False, ["Order number PO-1001 must be unique"]), (True, [])])
def test_the_number_of_a_deleted_order(
    reusable: bool, message: list[str], make: Any, sample: Any, refusals: Any
) -> None:
    firm = make(deleted_po_number_reusable=reusable)
    (made,) = write(firm, order(sample, Status="DRAFT"))
    write(firm, {"PurchaseOrderID": made["PurchaseOrderID"], "Status": "DELETED"}, method="POST")
    assert refusals(write(firm, order(sample))[0]) == message


def test_unit_amounts_have_four_decimals_and_lines_take_discounts(firm: Any, sample: Any) -> None:
    (made,) = write(firm, order(sample, LineItems=[sample.line(UnitAmount="10.1234", Quantity=10, DiscountRate=10)]))
    assert made["LineItems"][0]["UnitAmount"] == 10.1234
    assert made["SubTotal"] == 91.11


def test_a_contact_is_found_by_number_never_created(firm: Any, sample: Any, refusals: Any) -> None:
    (by_number,) = write(firm, order(sample, Contact={"ContactNumber": "801"}))
    (by_name,) = write(firm, order(sample, PurchaseOrderNumber="PO-2", Contact={"Name": "Fresh"}))
    (archived,) = write(firm, order(sample, PurchaseOrderNumber="PO-3", Contact={"ContactID": sample.old}))
    assert by_number["Contact"]["ContactID"] == sample.ingram
    assert refusals(by_name) == [CONTACT]
    assert "has been archived" in refusals(archived)[0]


MOVES = [
    ("DRAFT", "SUBMITTED", {}, True),
    ("DRAFT", "AUTHORISED", {}, True),
    ("DRAFT", "DELETED", {}, True),
    ("DRAFT", "BILLED", {}, False),
    ("SUBMITTED", "AUTHORISED", {}, True),
    ("AUTHORISED", "BILLED", {}, True),
    ("AUTHORISED", "BILLED", {"po_billed_by_api": False}, False),
    ("AUTHORISED", "DRAFT", {}, False),
    ("AUTHORISED", "DELETED", {}, False),
    ("AUTHORISED", "DELETED", {"authorised_po_deletable": True}, True),
]


@pytest.mark.parametrize(("before", "after", "switches", "legal"), MOVES)
def test_status_moves(
    before: str, after: str, switches: dict[str, bool], legal: bool, make: Any, sample: Any, refusals: Any
) -> None:
    firm = make(**switches)
    (made,) = write(firm, order(sample, Status=before))
    (answer,) = write(firm, {"PurchaseOrderID": made["PurchaseOrderID"], "Status": after}, method="POST")
    assert refusals(answer) == ([] if legal else [INVALID])
    assert firm.get("PurchaseOrders/PO-1001")["PurchaseOrders"][0]["Status"] == (after if legal else before)


def test_an_order_that_a_person_billed_stays_billed(make: Any, sample: Any, refusals: Any) -> None:
    firm = make(po_unbilled_by_api=True)
    (by_api,) = write(firm, order(sample))
    (by_person,) = write(firm, order(sample, PurchaseOrderNumber="PO-2"))
    write(firm, {"PurchaseOrderID": by_api["PurchaseOrderID"], "Status": "BILLED"}, method="POST")
    bill = firm.person.bill_purchase_order(by_person["PurchaseOrderID"])

    back = [
        write(firm, {"PurchaseOrderID": one["PurchaseOrderID"], "Status": "AUTHORISED"}, method="POST")[0]
        for one in (by_api, by_person)
    ]
    assert [refusals(one) for one in back] == [[], [INVALID]]
    assert firm.read(bill["InvoiceID"])["Total"] == 550
    assert firm.read(bill["InvoiceID"])["Status"] == "DRAFT"


def test_errors_of_lines_stand_in_the_lines(firm: Any, sample: Any) -> None:
    (answer,) = write(firm, order(sample, LineItems=[sample.line(), sample.line(AccountCode="999")]))
    assert answer["ValidationErrors"] == []
    assert "ValidationErrors" not in answer["LineItems"][0]
    assert answer["LineItems"][1]["ValidationErrors"] == [
        {"Message": "Account code '999' is not a valid code for this document."}
    ]
    assert answer["PurchaseOrderID"] == "00000000-0000-0000-0000-000000000000"


def test_echoed_lines_stay_and_others_go(firm: Any, sample: Any) -> None:
    (made,) = write(firm, order(sample, LineItems=[sample.line(), sample.line(Description="dock")]))
    kept = made["LineItems"][1]["LineItemID"]
    body = {"LineItems": [{"LineItemID": kept}, sample.line(Description="bag")]}
    answer = firm.call("POST", f"PurchaseOrders/{made['PurchaseOrderID']}", body).json()["PurchaseOrders"][0]
    assert [one["Description"] for one in answer["LineItems"]] == ["dock", "bag"]
    assert answer["LineItems"][0]["LineItemID"] == kept


def test_the_list_is_filtered_by_status_and_date(firm: Any, sample: Any) -> None:
    write(
        firm,
        order(sample),
        order(sample, PurchaseOrderNumber="PO-2", Date="2026-06-09", Status="DRAFT"),
        order(sample, PurchaseOrderNumber="PO-3", Date="2026-06-15"),
    )

    def numbers(**query: Any) -> list[str]:
        return sorted(one["PurchaseOrderNumber"] for one in firm.get("PurchaseOrders", **query)["PurchaseOrders"])

    assert numbers(Status="AUTHORISED") == ["PO-1001", "PO-3"]
    assert numbers(DateFrom="2026-06-04", DateTo="2026-06-15") == ["PO-2", "PO-3"]
    assert numbers(page=2, pageSize=2, order="Date") == ["PO-3"]
    assert Decimal(firm.get("PurchaseOrders")["pagination"]["itemCount"]) == 3
