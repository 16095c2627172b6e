"""What is sent: exact bytes, fixed order, shapes that Xero's own specification accepts."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from specification import violations

from cwxero_dagster.xero.documents import (
    DocumentLine,
    bill,
    encode,
    envelope,
    history,
    purchase_order,
    supplier_credit,
)

CONTACT = "aaaaaaaa-0000-4000-8000-00000000000a"
BILL = "bbbbbbbb-0000-4000-8000-00000000000b"
LINE = "cccccccc-0000-4000-8000-00000000000c"

GOODS = DocumentLine(
    description='Dock "USB-C" 14″ ±2',
    quantity=Decimal("3.0000000000"),
    unit_amount=Decimal("-249.1250"),
    account_code="310",
    tax_type="INPUT",
    tracking=(("Location", "Sydney"), ("Department", "Projects")),
    item_code="DOCK",
    line_item_id=LINE,
)
TEXT = DocumentLine(description="PO-1001")


def sample_bill(**changes):
    given_values = {
        "contact_id": CONTACT,
        "number": "INV-77 | PO-1001",
        "date": date(2026, 5, 4),
        "due_date": date(2026, 6, 3),
        "lines": [TEXT, GOODS],
        "url": "https://na.example.com/open?recid=4001&k=po:4001",
        "currency": "AUD",
        "invoice_id": BILL,
    }
    return bill(**{**given_values, **changes})


def test_a_bill_has_one_spelling():
    assert encode(envelope([sample_bill()])) == (
        b'{"Invoices":[{"Type":"ACCPAY","InvoiceID":"bbbbbbbb-0000-4000-8000-00000000000b",'
        b'"Contact":{"ContactID":"aaaaaaaa-0000-4000-8000-00000000000a"},"Date":"2026-05-04","DueDate":"2026-06-03",'
        b'"LineAmountTypes":"Exclusive","InvoiceNumber":"INV-77 | PO-1001",'
        b'"Url":"https://na.example.com/open?recid=4001&k=po:4001","CurrencyCode":"AUD","Status":"DRAFT",'
        b'"LineItems":[{"Description":"PO-1001"},'
        b'{"LineItemID":"cccccccc-0000-4000-8000-00000000000c","Description":"Dock \\"USB-C\\" 14\\u2033 \\u00b12",'
        b'"Quantity":3,"UnitAmount":-249.125,"ItemCode":"DOCK","AccountCode":"310","TaxType":"INPUT",'
        b'"Tracking":[{"Name":"Location","Option":"Sydney"},{"Name":"Department","Option":"Projects"}]}]}]}'
    )


def test_what_xero_drops_or_computes_is_never_sent():
    everything = encode(envelope([sample_bill()])) + encode(envelope([sample_credit()]))
    for name in (b'"Reference"', b'"LineAmount"', b'"SubTotal"', b'"TotalTax"', b'"Total"', b'"CurrencyRate"', b"null"):
        assert name not in everything


def test_what_is_not_given_is_not_sent():
    document = bill(contact_id=CONTACT, number="A", date=date(2026, 5, 4), lines=[])
    assert list(document) == ["Type", "Contact", "Date", "LineAmountTypes", "InvoiceNumber", "Status", "LineItems"]


def sample_credit():
    return supplier_credit(
        contact_id=CONTACT, number="PO-1001/C1", date=date(2026, 5, 4), lines=[TEXT, GOODS], currency="AUD"
    )


def sample_order():
    return purchase_order(
        contact_id=CONTACT, number="PO-1001", date=date(2026, 5, 4), lines=[GOODS], reference="4001", status="BILLED"
    )


def test_each_kind_goes_under_its_own_name():
    assert list(envelope([sample_bill()])) == ["Invoices"]
    assert list(envelope([sample_credit()])) == ["CreditNotes"]
    assert list(envelope([sample_order()])) == ["PurchaseOrders"]


@pytest.mark.parametrize("documents", [[], [sample_bill(), sample_credit()], [sample_bill(), sample_order()]])
def test_an_envelope_holds_one_kind(documents):
    with pytest.raises(ValueError, match="one kind"):
        envelope(documents)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": ""},
        {"number": "x" * 256},
        {"number": "PO\u20131001"},
        {"number": "a\tb"},
        {"url": "https://go.Xero.com/x"},
        {"url": "www.example.com"},
        {"contact_id": "Dicker"},
        {"invoice_id": "1"},
    ],
)
def test_a_bill_that_xero_would_refuse_is_not_made(changes):
    with pytest.raises(ValueError, match=r"number|link|Xero id"):
        sample_bill(**changes)


@pytest.mark.parametrize(
    "fields",
    [
        {"description": ""},
        {"description": "x" * 4001},
        {"description": "x", "quantity": Decimal(1)},
        {"description": "x", "unit_amount": Decimal(1)},
        {"description": "x", "quantity": Decimal(-1), "unit_amount": Decimal(1)},
        {"description": "x", "tracking": (("A", "1"), ("B", "2"), ("C", "3"))},
    ],
)
def test_a_line_that_xero_would_refuse_is_not_made(fields):
    with pytest.raises(ValueError, match=r"line|quantity"):
        DocumentLine(**fields)


def test_a_text_line_carries_its_description_alone():
    line = DocumentLine(description="Invoice 77", account_code="310", tax_type="INPUT", line_item_id=LINE)
    assert line.shape() == {"LineItemID": LINE, "Description": "Invoice 77"}


@given(some.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**17), max_value=10**17))
def test_every_digit_of_an_amount_arrives(amount):
    written = encode({"a": amount})
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal)["a"] == amount
    assert b"e" not in written.lower()


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1E+3", b"1000"),
        ("1E-7", b"0.0000001"),
        ("-0.00", b"0"),
        ("10.500", b"10.5"),
        ("123456789012345678901234.56789", None),
    ],
)
def test_amounts_have_one_spelling(amount, written):
    assert encode({"a": Decimal(amount)}) == b'{"a":' + (written or amount.encode()) + b"}"


@pytest.mark.parametrize(
    "value", [1.5, Decimal("NaN"), Decimal("Infinity"), datetime(2026, 5, 1, tzinfo=UTC), {1}, b"x", {1: 2}]
)
def test_what_has_no_exact_spelling_is_refused(value):
    with pytest.raises(TypeError):
        encode({"a": value})


@given(some.text(max_size=50))
def test_every_text_can_be_written(text):
    assert json.loads(encode({"a": text})) == {"a": text}


def test_a_note_is_cut_to_what_xero_takes():
    (record,) = history("x" * 3000)["HistoryRecords"]
    assert len(record["Details"]) == 2500


@pytest.mark.parametrize(
    ("collection", "make"),
    [("Invoices", sample_bill), ("CreditNotes", sample_credit), ("PurchaseOrders", sample_order)],
)
def test_every_document_fits_xeros_specification(collection, make):
    assert violations(collection, encode(envelope([make()]))) == []


@pytest.mark.parametrize("field", ["SubTotal", "Reverence"])
def test_the_specification_would_notice_a_field_that_cannot_be_set(field):
    assert violations("Invoices", encode({"Invoices": [{**sample_bill(), field: Decimal(1)}]}))


def test_a_note_fits_xeros_specification():
    assert violations("HistoryRecords", encode(history("Published."))) == []
