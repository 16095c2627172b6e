"""Telling the vendor invoices of one purchase order apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from payables.making import d, day

from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.units.feed_invoices import Part, told_apart


def row(number: str, net: str | None) -> VendorInvoiceRow:
    return VendorInvoiceRow(
        line=2,
        connectwise_vendor_id="801",
        invoice_number=number,
        invoice_date=day(5, 12),
        po_number="PO-1001",
        net=None if net is None else Decimal(net),
        tax=None,
        total=None,
    )


def part(net: str, *, written: str = "", slip: str = "") -> Part:
    return Part(written, frozenset({slip} - {""}), d(net))


@pytest.mark.parametrize(
    ("parts", "rows", "numbers"),
    [
        # by amount, in whatever order they stand
        ([part("400"), part("600")], [row("INV-2", "600"), row("INV-1", "400")], ["INV-1", "INV-2"]),
        # what was written stays, and the other one is the other's
        ([part("400", written="inv-1"), part("600")], [row("INV-1", "1"), row("INV-2", None)], ["INV-1", "INV-2"]),
        # a slip beats an amount
        ([part("400", slip="inv-2"), part("600")], [row("INV-1", "400"), row("INV-2", "600")], ["INV-2", "INV-1"]),
        # nothing is guessed
        ([part("500"), part("500")], [row("INV-1", "500"), row("INV-2", "500")], ["", ""]),
        ([part("400"), part("600")], [row("INV-1", None), row("INV-2", None)], ["", ""]),
        ([part("400"), part("600")], [row("INV-1", "450")], ["", ""]),
        # an invoice ahead of its goods waits for them
        ([part("400")], [row("INV-1", "400"), row("INV-2", "600")], ["INV-1"]),
        ([part("400")], [row("INV-1", "410")], ["INV-1"]),
        # one invoice over several deliveries, which came together or one after the other
        ([part("400"), part("600")], [row("INV-1", "1000")], ["INV-1", "INV-1"]),
        ([part("400", written="INV-1"), part("590")], [row("INV-1", "1000")], ["INV-1", "INV-1"]),
        ([part("400", written="INV-1"), part("600", written="INV-1")], [row("INV-1", "1000")], ["INV-1", "INV-1"]),
        ([part("400", written="INV-1"), part("600")], [row("INV-1", "900")], ["INV-1", "INV-1"]),
        ([part("400"), part("600")], [row("INV-1", None)], ["INV-1", "INV-1"]),
        # one that is used up takes no more
        ([part("400", written="INV-1"), part("600")], [row("INV-1", "400")], ["INV-1", ""]),
        ([part("400", written="INV-1"), part("600")], [row("INV-1", "600")], ["INV-1", ""]),
        # the next invoice comes before room on the one before
        (
            [part("400", written="INV-1"), part("600")],
            [row("INV-1", "1000"), row("INV-2", "600")],
            ["INV-1", "INV-2"],
        ),
    ],
)
def test_each_bill_has_the_invoice_that_can_be_told(
    parts: list[Part], rows: list[VendorInvoiceRow], numbers: list[str]
) -> None:
    found = told_apart({f"po:1/d:{n}": one for n, one in enumerate(parts, 1)}, rows)
    assert [invoice.number for invoice in found.values()] == numbers
