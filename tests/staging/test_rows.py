"""Records become rows: dates never shift, nothing is rounded but noise, what is missing is null or false."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwxero_dagster.frames import (
    CatalogItems,
    ConnectWiseReference,
    PurchaseOrderLines,
    PurchaseOrders,
    Vendors,
    XeroContacts,
    XeroDocuments,
    XeroReference,
)
from cwxero_dagster.staging import connectwise_rows, xero_rows
from cwxero_dagster.staging.canonical import canonical, fingerprint
from cwxero_dagster.staging.refusal import StagingRefused

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
RUN = {"observed_at": datetime(2026, 6, 1, tzinfo=UTC), "present": True}
ORDER: dict[str, Any] = {
    "id": 4312,
    "poNumber": " PO|4312 “A” ",
    "poDate": "2026-05-04T00:00:00Z",
    "vendorInvoiceDate": "2026-05-08T23:30:00Z",
    "status": {"id": 3, "name": "🔵 Sent", "_info": {"status_href": "https://x/3"}},
    "vendorCompany": {"id": 812, "name": "Kabel & Söhne"},
    "currency": {"id": 7, "name": "Australian Dollar", "isoCode": "AUD"},
    "vendorInvoiceNumber": "  ",
    "freightCost": Decimal("15.005"),
    "total": Decimal("3426.5"),
    "somethingNew": {"deep": [1, None, True]},
    "_info": {"lastUpdated": "2026-05-08T03:12:44Z", "updatedBy": "buyer1", "purchaseOrder_href": "https://x/4312"},
}


def test_a_header_keeps_its_calendar_dates_and_exact_amounts() -> None:
    row = connectwise_rows.purchase_order(ORDER)
    assert row["po_date"] == date(2026, 5, 4)
    assert row["vendor_invoice_date"] == date(2026, 5, 8)
    assert row["freight_cost"] == Decimal("15.005")
    assert row["last_updated"] == datetime(2026, 5, 8, 3, 12, 44, tzinfo=UTC)
    assert (row["po_number"], row["currency_code"], row["status_name"]) == (" PO|4312 “A” ", "AUD", "🔵 Sent")
    assert (row["vendor_invoice_number"], row["closed_at"], row["location_id"]) == (None, None, None)
    assert (row["closed"], row["drop_ship"], row["tax_freight"]) == (False, False, False)
    assert json.loads(row["body"])["somethingNew"] == {"deep": [1, None, True]}


def test_links_do_not_make_a_change_but_the_moment_of_the_last_change_does() -> None:
    first = connectwise_rows.purchase_order(ORDER)["fingerprint"]
    moved_host = {
        **ORDER,
        "status": {"id": 3, "name": "🔵 Sent", "_info": {"status_href": "https://other/3"}},
        "_info": {**ORDER["_info"], "purchaseOrder_href": "https://other/4312"},
    }
    touched = {**ORDER, "_info": {**ORDER["_info"], "lastUpdated": "2026-05-08T03:12:45Z"}}
    assert connectwise_rows.purchase_order(moved_host)["fingerprint"] == first
    assert connectwise_rows.purchase_order(touched)["fingerprint"] != first


def test_a_line_without_flags_or_quantities_is_open_and_unreceived() -> None:
    row = connectwise_rows.purchase_order_line({"id": 9001}, 4312)
    assert (row["po_id"], row["quantity"], row["received_quantity"], row["unit_cost"]) == (4312, 0, 0, 0)
    assert (row["closed"], row["cancelled"], row["batched"]) == (False, False, False)


def test_noise_at_the_end_of_a_double_is_rounded_away_and_seven_decimals_are_kept() -> None:
    row = connectwise_rows.purchase_order_line(
        {
            "id": 1,
            "unitCost": Decimal("3.3000000000000003"),
            "quantity": Decimal("0.1234567"),
            "receivedStatus": "New!",
        },
        2,
    )
    assert (row["unit_cost"], row["quantity"]) == (Decimal("3.3"), Decimal("0.1234567"))
    assert '"unitCost":3.3000000000000003' in row["body"]
    assert row["received_status"] == "New!"


def test_half_a_character_and_control_characters_do_not_stop_anything() -> None:
    record = {"id": 1, "description": "broken \ud83d emoji \x00 \x1b[31m", "packingSlip": "\U0001f600"}
    row = connectwise_rows.purchase_order_line(record, 2)
    [back] = PurchaseOrderLines.rows(PurchaseOrderLines.of([{**row, **RUN}]))
    assert back["description"] == "broken \ufffd emoji \x00 \x1b[31m"
    assert back["packing_slip"] == "\U0001f600"
    assert json.loads(back["body"]) == record


@pytest.mark.parametrize(
    ("field", "value", "column"),
    [
        ("poDate", "someday", "po date"),
        ("dateClosed", "2026-13-01T00:00:00Z", "closed at"),
        ("total", "12,50", "total"),
        ("total", Decimal("1e20"), "total"),
        ("id", "4312a", "po id"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_in_a_sentence(field: str, value: Any, column: str) -> None:
    with pytest.raises(StagingRefused, match=rf"ConnectWise sent a purchase order .* whose {column} cannot be read"):
        connectwise_rows.purchase_order({**ORDER, field: value})


def test_small_lists_are_named_by_what_people_call_them() -> None:
    rows = [
        connectwise_rows.reference("tax_code", {"id": 8, "identifier": "GST", "description": "Goods and services"}),
        connectwise_rows.reference("status", {"id": 1, "name": "New", "defaultFlag": True}),
        connectwise_rows.reference("currency", {"id": 7, "name": "Dollar", "currencyCode": "AUD"}),
        connectwise_rows.reference("system_info", {"version": "v2025.1"}),
    ]
    frame = ConnectWiseReference.of({**row, **RUN} for row in rows)
    assert [(row["record_id"], row["name"]) for row in ConnectWiseReference.rows(frame)] == [
        (8, "GST"),
        (1, "New"),
        (7, "AUD"),
        (1, "v2025.1"),
    ]


def test_vendors_and_products_fit_their_tables() -> None:
    company = {"id": 812, "identifier": "Kabel", "name": "Kabel", "accountNumber": "", "vendorIdentifier": "V-7"}
    item = {"id": 701, "identifier": "LAPTOP-14", "category": {"id": 2, "name": "Hardware"}, "taxableFlag": True}
    [vendor] = Vendors.rows(Vendors.of([{**connectwise_rows.vendor(company), **RUN}]))
    [product] = CatalogItems.rows(CatalogItems.of([{**connectwise_rows.catalog_item(item), **RUN}]))
    assert (vendor["account_number"], vendor["vendor_identifier"], vendor["deleted"]) == (None, "V-7", False)
    assert (product["category"], product["subcategory"], product["taxable"]) == ("Hardware", None, True)


def test_bills_credits_and_contacts_of_xero_fit_their_tables() -> None:
    bill = {
        "InvoiceID": "b1",
        "Type": "ACCPAY",
        "InvoiceNumber": "INV-1 | PO1",
        "Reference": "",
        "Contact": {"ContactID": "c1", "Name": "Kabel"},
        "Status": "SOMETHING_NEW",
        "Date": "/Date(1780272000000+0000)/",
        "DateString": "2026-06-01T00:00:00",
        "SubTotal": "1025.00",
        "TotalTax": Decimal("102.5"),
        "Total": 1127,
        "UpdatedDateUTC": "/Date(1780315200123+0000)/",
    }
    credit = {
        "CreditNoteID": "k1",
        "Type": "ACCPAYCREDIT",
        "CreditNoteNumber": "CN-1",
        "Contact": {"ContactID": "c1"},
        "Status": "DRAFT",
        "RemainingCredit": Decimal(20),
    }
    rows = [{**xero_rows.bill(bill), **RUN}, {**xero_rows.supplier_credit(credit), **RUN}]
    first, second = XeroDocuments.rows(XeroDocuments.of(rows))
    assert (first["number"], first["date"], first["net"], first["total"]) == (
        "INV-1 | PO1",
        date(2026, 6, 1),
        Decimal(1025),
        Decimal(1127),
    )
    assert (first["status"], first["has_attachments"], first["url"]) == ("SOMETHING_NEW", False, None)
    assert first["updated_at"] == datetime(2026, 6, 1, 12, 0, 0, 123000, tzinfo=UTC)
    assert (second["document_type"], second["number"], second["amount_due"]) == ("ACCPAYCREDIT", "CN-1", 20)

    contact = {"ContactID": "c1", "Name": "Kabel", "ContactStatus": "ACTIVE", "Balances": {"AccountsPayable": 7}}
    paid = {**contact, "Balances": {"AccountsPayable": 0}}
    assert len(XeroContacts.of([{**xero_rows.contact(contact), **RUN}])) == 1
    assert xero_rows.contact(contact)["fingerprint"] == xero_rows.contact(paid)["fingerprint"]


def test_a_xero_record_without_its_identity_is_refused() -> None:
    with pytest.raises(StagingRefused, match="bill None whose document id"):
        xero_rows.bill({"Status": "DRAFT"})
    frame = XeroReference.of([{**xero_rows.reference("tax_rate", {"TaxType": "INPUT", "Name": "GST"}), **RUN}])
    assert XeroReference.rows(frame)[0]["record_id"] == "INPUT"


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("SYNTHETIC_purchase_order.json", connectwise_rows.purchase_order),
        ("real_purchase_order_from_zynk.json", connectwise_rows.purchase_order),
    ],
)
def test_published_headers_can_be_read(name: str, reader: Any) -> None:
    row = reader(json.loads(_sample(name), parse_float=Decimal))
    assert len(PurchaseOrders.of([{**row, **RUN}])) == 1
    assert row["total"] > 0
    assert row["currency_code"] in {"AUD", "EUR"}


def test_published_lines_can_be_read() -> None:
    records = json.loads(_sample("real_purchase_order_lineitems_from_zynk.json"), parse_float=Decimal)
    rows = [{**connectwise_rows.purchase_order_line(record, 1), **RUN} for record in records]
    [row] = PurchaseOrderLines.rows(PurchaseOrderLines.of(rows))
    assert (row["received_quantity"], row["received_status"], row["closed"]) == (20, "FullyReceived", False)


def _sample(name: str) -> str:
    if not SAMPLES.is_dir():
        pytest.skip("the published samples are not beside this checkout")
    return (SAMPLES / name).read_text(encoding="utf-8")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_canonical_text_is_json_of_the_same_value(value: Any) -> None:
    assert json.loads(canonical(value), parse_float=Decimal) == value


@given(st.dictionaries(st.text(), json_values, max_size=6))
def test_the_order_of_keys_makes_no_difference(record: dict[str, Any]) -> None:
    assert fingerprint(dict(reversed(record.items()))) == fingerprint(record)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("2.50"), "2.5"),
        (Decimal("250.0"), "250"),
        (Decimal("-0.00"), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1e999999"), "1E+999999"),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
    ],
)
def test_numbers_are_written_plainly_and_exactly(value: Decimal, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), {"a": [object()]}])
def test_what_is_not_exact_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)
