"""What goods cost, for whom they were bought, what they brought in, and how long cost waits for an invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from payables.making import line, po

from cwxero_dagster.payables.customers.on_billing import CustomerProduct, OnBilled, on_billed

D = Decimal
TODAY = date(2026, 6, 30)
ARRIVED = date(2026, 6, 10)


def sold(product_id: int = 1, *, quantity: str = "10", price: str = "150.00", **fields: Any) -> CustomerProduct:
    given: dict[str, Any] = {
        "customer_id": 210,
        "customer_name": "Ashgrove Dental",
        "billable": "Billable",
        "cancelled": False,
        "invoice_number": "INV7001",
        "sales_order": None,
        "present": True,
        **fields,
    }
    return CustomerProduct(product_id=product_id, quantity=D(quantity), ext_price=D(price), **given)


def found(*products: CustomerProduct, received: str = "10", cost: str = "10.00", **order: Any) -> list[OnBilled]:
    goods = replace(line(11), quantity=D(10), received_quantity=D(received), unit_cost=D(cost))
    pos = {1: replace(po(), **order)}
    links = {11: list(products)}
    return on_billed(pos, [goods], links, first_received={11: ARRIVED}, base_currency="AUD", today=TODAY)


def test_what_was_invoiced_has_revenue_and_margin() -> None:
    (row,) = found(sold())
    assert (row.status, row.cost, row.revenue, row.margin) == ("on-billed", D("100.00"), D("150.00"), D("50.00"))
    assert (row.customer, row.invoice_number, row.days) == ("Ashgrove Dental", "INV7001", 0)


def test_what_has_no_invoice_waits_since_it_arrived() -> None:
    (row,) = found(sold(invoice_number=None))
    assert (row.status, row.revenue, row.margin, row.days) == ("not on-billed", None, None, 20)


@pytest.mark.parametrize("option", ["DoNotBill", "NoCharge"])
def test_what_is_given_away_does_not_wait(option: str) -> None:
    (row,) = found(sold(invoice_number=None, billable=option))
    assert (row.status, row.days) == ("not charged", 0)


def test_a_line_that_feeds_two_customers_is_shared_by_their_quantities_to_the_cent() -> None:
    rows = found(sold(1, quantity="3"), sold(2, quantity="7", customer_name="Brightwater"), cost="3.333")
    assert [(row.customer, row.quantity, row.cost) for row in rows] == [
        ("Ashgrove Dental", D(3), D("10.00")),
        ("Brightwater", D(7), D("23.33")),
    ]
    assert sum(row.cost for row in rows) == D("33.33")


def test_what_no_customer_takes_is_nobodys() -> None:
    rows = found(sold(quantity="4"))
    assert [(row.status, row.quantity, row.cost) for row in rows] == [
        ("on-billed", D(4), D("40.00")),
        ("no customer known", D(6), D("60.00")),
    ]


def test_a_drop_ship_order_names_its_customer_without_a_product() -> None:
    (row,) = found(customer_name="Ashgrove Dental")
    assert (row.status, row.customer, row.days) == ("not on-billed", "Ashgrove Dental", 20)


def test_goods_that_have_not_come_have_no_cost_yet() -> None:
    assert found(sold(), received="0") == []


def test_a_part_that_came_has_its_part_of_the_revenue() -> None:
    (row,) = found(sold(quantity="10"), received="4")
    assert (row.cost, row.revenue) == (D("40.00"), D("60.00"))


@pytest.mark.parametrize("gone", [{"cancelled": True}, {"present": False}])
def test_a_product_that_is_gone_takes_nothing(gone: dict[str, bool]) -> None:
    (row,) = found(sold(**gone))
    assert row.status == "no customer known"


def test_cost_in_another_currency_has_no_margin() -> None:
    (row,) = found(sold(), currency_code="USD")
    assert (row.cost, row.revenue, row.margin, row.currency_code) == (D("100.00"), D("150.00"), None, "USD")


def test_cost_above_revenue_is_a_negative_margin() -> None:
    (row,) = found(sold(price="80.00"))
    assert row.margin == D("-20.00")
