"""Whose line a bill's line is, which contact that customer is, and which bills take links at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from payables.making import agreement, books, contact, deciding, document, line, po, purchasing, received, seeds

from cwxero_dagster.payables.books import Books, DocumentLine
from cwxero_dagster.payables.customers.linking import LineCustomer, line_customers, unlinked_words
from cwxero_dagster.payables.customers.on_billing import (
    NO_CUSTOMER,
    NOT_CHARGED,
    SHARED,
    Customer,
    CustomerProduct,
    customer_of,
)
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView

ASHGROVE, BEACON = Customer(250, "Ashgrove Dental"), Customer(251, "Beacon Legal")
BILL, LINE = "b" * 8 + "-0000-4000-8000-" + "0" * 12, "c" * 8 + "-0000-4000-8000-" + "0" * 12
CUSTOMER = "a" * 8 + "-0000-4000-8000-" + "0" * 12
OTHER = "d" * 8 + "-0000-4000-8000-" + "0" * 12


def sold(customer: Customer | None, quantity: int = 10, **fields: Any) -> CustomerProduct:
    made = CustomerProduct(
        product_id=quantity,
        customer_id=customer.company_id if customer else None,
        customer_name=customer.name if customer else None,
        quantity=Decimal(quantity),
        ext_price=Decimal(1),
        billable="Billable",
        cancelled=False,
        invoice_number=None,
        sales_order=None,
        present=True,
    )
    return replace(made, **fields)


CUSTOMERS: list[tuple[str, list[CustomerProduct], bool, Customer | str]] = [
    ("a product's customer", [sold(ASHGROVE)], False, ASHGROVE),
    ("its customer before the order's", [sold(BEACON)], True, BEACON),
    ("the drop-ship customer", [], True, ASHGROVE),
    ("nobody", [], False, NO_CUSTOMER),
    ("two products of one customer", [sold(ASHGROVE, 4), sold(ASHGROVE, 6)], False, ASHGROVE),
    ("two customers", [sold(ASHGROVE, 4), sold(BEACON, 6)], False, SHARED),
    ("one customer in part", [sold(ASHGROVE, 4)], False, SHARED),
    ("one customer in part, the rest drop-shipped to it", [sold(ASHGROVE, 4)], True, ASHGROVE),
    ("a product without a customer", [sold(None)], True, ASHGROVE),
    ("what is given away", [sold(ASHGROVE, billable="NoCharge")], False, NOT_CHARGED),
    ("a product that was cancelled", [sold(ASHGROVE, cancelled=True)], False, NO_CUSTOMER),
    ("a product that is gone", [sold(ASHGROVE, present=False)], False, NO_CUSTOMER),
]


@pytest.mark.parametrize("arrived", [0, 10])
@pytest.mark.parametrize(
    ("items", "drop", "expected"), [row[1:] for row in CUSTOMERS], ids=[row[0] for row in CUSTOMERS]
)
def test_whose_line_it_is(items: list[CustomerProduct], drop: bool, expected: Customer | str, arrived: int) -> None:
    goods = replace(line(11), received_quantity=Decimal(arrived))
    order = replace(po(), customer_id=250, customer_name=ASHGROVE.name) if drop else po()
    assert customer_of(goods, order, items) == expected


def bill(**changes: Any) -> KnownBill:
    base = {"lines": [{"line_item_id": LINE, "ref": "1:11:0"}]}
    made = KnownBill("po:1", "ACCPAY", "2026-05", "", "confirmed", BILL, (1,), (), "", {}, base)
    return replace(made, **changes)


def held(**changes: Any) -> DocumentLine:
    made = DocumentLine(LINE, "Goods", Decimal(10), Decimal(5), "310", "INPUT", ())
    return replace(made, **changes)


def found(
    *, known: KnownBill | None = None, made: Books | None = None, off: bool = False, **changes: Any
) -> list[LineCustomer]:
    """What a drop-shipped line for customer 250 comes to. ``changes`` are of the document in Xero."""
    contacts = (made or books()).contacts or {}
    if made is None:
        contacts = {CUSTOMER: contact(CUSTOMER, name="Ashgrove", contact_number="250")}
    shown = document(BILL, **{"lines": (held(),), **changes})
    order = replace(po(), customer_id=250, customer_name=ASHGROVE.name)
    return line_customers(
        LedgerView(bills={"po:1": known or bill()}),
        books(documents=(shown,), contacts=contacts),
        purchasing(order, [line(11), received(line(11))]),
        agreement(seeds(decision=deciding(link_customers=not off))),
        {},
    )


def test_a_line_of_goods_is_for_its_customers_contact() -> None:
    (one,) = found()
    assert (one.bill_key, one.ref, one.document_id, one.line_item_id) == ("po:1", "1:11:0", BILL, LINE)
    assert (one.item, one.customer, one.contact and one.contact.contact_id) == ("SKU-11", ASHGROVE, CUSTOMER)
    assert (one.why_not, unlinked_words([one])) == ("", [])


LEFT_ALONE: list[tuple[str, dict[str, Any]]] = [
    ("the decision says no", {"off": True}),
    ("a paid bill", {"status": "PAID"}),
    ("a voided bill", {"status": "VOIDED"}),
    ("a deleted bill", {"status": "DELETED"}),
    ("a supplier credit", {"document_type": "ACCPAYCREDIT"}),
    ("a bill that Xero has not confirmed", {"known": bill(state="unknown")}),
    ("a bill that is being written", {"known": bill(waiting=True)}),
    ("a bill of which nothing is known that was written", {"known": bill(base=None)}),
    ("a line that a person keyed", {"lines": (held(line_item_id=OTHER),)}),
    ("a line of words", {"lines": (held(quantity=None, unit_amount=None),)}),
    ("a line below zero", {"lines": (held(unit_amount=Decimal(-5)),)}),
    ("freight", {"known": bill(base={"lines": [{"line_item_id": LINE, "ref": "1:freight:0"}]})}),
    ("a line that ConnectWise has no more", {"known": bill(base={"lines": [{"line_item_id": LINE, "ref": "1:99:0"}]})}),
    (
        "an order that ConnectWise has no more",
        {"known": bill(base={"lines": [{"line_item_id": LINE, "ref": "9:11:0"}]})},
    ),
]


@pytest.mark.parametrize("changes", [row[1] for row in LEFT_ALONE], ids=[row[0] for row in LEFT_ALONE])
def test_what_is_not_ours_or_takes_no_link_is_left_alone(changes: dict[str, Any]) -> None:
    assert found(**changes) == []


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
def test_an_open_bill_is_linked_whatever_its_status(status: str) -> None:
    assert len(found(status=status)) == 1


def test_neither_of_two_bills_with_one_key_is_linked() -> None:
    url = "https://cw.example.com/po/1?company=acme&k=po%3A1"
    shown = document(BILL, lines=(held(),), url=url)
    order = replace(po(), customer_id=250, customer_name=ASHGROVE.name)
    made = {CUSTOMER: contact(CUSTOMER, contact_number="250")}
    for documents, expected in (((shown,), 1), ((shown, document(OTHER, url=url)), 0)):
        lines = line_customers(
            LedgerView(bills={"po:1": bill()}),
            books(documents=documents, contacts=made),
            purchasing(order, [line(11), received(line(11))]),
            agreement(seeds(decision=deciding(link_customers=True))),
            {},
        )
        assert len(lines) == expected


CONTACTS: list[tuple[str, list[dict[str, Any]], str, str]] = [
    ("by contact number", [{"contact_number": "250"}], CUSTOMER, ""),
    ("by account number", [{"account_number": "250"}], CUSTOMER, ""),
    ("contact number before account number", [{"contact_number": "250"}, {"account_number": "250"}], CUSTOMER, ""),
    ("two account numbers", [{"account_number": "250"}, {"account_number": "250"}], "", "2 contacts in Xero carry"),
    ("none", [{"contact_number": "251"}], "", "no contact in Xero carries"),
    ("archived", [{"contact_number": "250", "status": "ARCHIVED"}], "", "is archived in Xero"),
    ("merged", [{"contact_number": "250", "status": "ARCHIVED", "merged_to": OTHER}, {}], OTHER, ""),
]


@pytest.mark.parametrize(("rows", "expected", "words"), [row[1:] for row in CONTACTS], ids=[row[0] for row in CONTACTS])
def test_which_contact_a_customer_is(rows: list[dict[str, Any]], expected: str, words: str) -> None:
    made = {key: contact(key, **row) for key, row in zip((CUSTOMER, OTHER), rows, strict=False)}
    (one,) = found(made=books(contacts=made))
    assert (one.contact.contact_id if one.contact else "") == expected
    assert words in one.why_not
    assert bool(one.why_not) is (one.contact is None)
    if words:
        assert unlinked_words([one, one])[0].startswith("2 lines: ")
        assert "Ashgrove Dental (number 250 in ConnectWise)" in one.why_not


def test_names_are_shown_in_one_line_without_control_characters() -> None:
    order = replace(po(), customer_id=250, customer_name="Evil\x1b[31m\nname")
    (one,) = line_customers(
        LedgerView(bills={"po:1": bill()}),
        books(documents=(document(BILL, lines=(held(),)),), contacts={}),
        purchasing(order, [line(11), received(line(11))]),
        agreement(seeds(decision=deciding(link_customers=True))),
        {},
    )
    assert one.why_not.isprintable()
