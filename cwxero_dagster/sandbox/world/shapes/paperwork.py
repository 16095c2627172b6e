"""Shapes of paper: invoices, packing slips, numbers, names, drop-shipments and hostile text.

What belongs here: what people type, and who the vendor is. What does not: amounts and quantities.
"""

from __future__ import annotations

from decimal import Decimal

from cwxero_dagster.sandbox.world.catalog import SUPPLIER_INVOICE
from cwxero_dagster.sandbox.world.companies import (
    CABLE_TWINS,
    HOSTILE_VENDORS,
    NZ_VENDOR,
    OFFICE_VENDOR,
    ORDINARY,
    SLOW_VENDOR,
    US_VENDORS,
    Vendor,
)
from cwxero_dagster.sandbox.world.desk import Desk
from cwxero_dagster.sandbox.world.order import Order
from cwxero_dagster.sandbox.world.shapes.shape import Shape, each

VENDOR, INVOICE, NUMBER, TAX = (frozenset({name}) for name in ("vendor", "invoice", "number", "tax"))

_HOSTILE_NUMBERS = ('PO "quoted" 77', "PO|78|'pipe'", "PO-79 Zürich ✓", "PO,80;81")
_HOSTILE_DESCRIPTIONS = (
    '<img src=x onerror="alert(1)"> 24in monitor',
    "Cable, \"blue\" | 2 m\nsecond line; 'quoted'",
    '=HYPERLINK("http://example.invalid","click")',
    "Kabel für Büro\t5 m ✓ 电缆",
)


def _redelivered(desk: Desk, order: Order, vendor: Vendor) -> None:
    desk.place_with(order, vendor)
    desk.deliver(order)


def _from_the_us(desk: Desk, order: Order) -> None:
    _redelivered(desk, order, US_VENDORS[desk.turn("us") % len(US_VENDORS)])


def _from_new_zealand(desk: Desk, order: Order) -> None:
    _redelivered(desk, order, NZ_VENDOR)


def _same_invoice(desk: Desk, orders: list[Order]) -> None:
    first, second = orders
    desk.move(second, first.placed, first.arrival)
    _redelivered(desk, second, first.vendor)
    desk.invoice(second, first.invoice_number, first.invoice_date)


def _hostile_vendor(desk: Desk, order: Order) -> None:
    _redelivered(desk, order, HOSTILE_VENDORS[desk.turn("hostile") % 2])


def _namesakes(desk: Desk, order: Order) -> None:
    _redelivered(desk, order, CABLE_TWINS[desk.turn("namesake") % 2])


def _terms_without_row(desk: Desk, order: Order) -> None:
    _redelivered(desk, order, SLOW_VENDOR)


def _vendor_default_account(desk: Desk, order: Order) -> None:
    _redelivered(desk, order, OFFICE_VENDOR)


def _same_number_two_vendors(desk: Desk, orders: list[Order]) -> None:
    first, second = orders
    _redelivered(desk, second, ORDINARY[(ORDINARY.index(first.vendor) + 1) % len(ORDINARY)])
    desk.invoice(second, first.invoice_number)


def _no_invoice(desk: Desk, order: Order) -> None:
    # ConnectWise sends no field at all, or an empty text.
    order.invoice_number = "" if desk.turn("no invoice") % 2 else None
    order.invoice_date = None


def _invoice_without_date(_: Desk, order: Order) -> None:
    order.invoice_date = None


def _text_line(desk: Desk, order: Order) -> None:
    line = desk.add(order, desk.charge(SUPPLIER_INVOICE, Decimal(0), ""))
    line.packing_slip = order.invoice_number


def _own_slip(_: Desk, order: Order) -> None:
    for line in order.lines:
        if line.received:
            line.packing_slip = line.packing_slip or order.invoice_number or f"DN{order.placed:%m%d}"


def _same_po_number(_: Desk, orders: list[Order]) -> None:
    orders[1].same_number_as = orders[0]


def _drop_ship(desk: Desk, order: Order) -> None:
    order.customer = desk.customer()


def _hostile_number(desk: Desk, order: Order) -> None:
    order.number = _HOSTILE_NUMBERS[desk.turn("number") % len(_HOSTILE_NUMBERS)]


def _hostile_description(desk: Desk, order: Order) -> None:
    order.lines[0].description = _HOSTILE_DESCRIPTIONS[desk.turn("description") % len(_HOSTILE_DESCRIPTIONS)]


FIRST_SHAPES = (
    Shape("foreign_usd", "in US dollars", each(_from_the_us), 15, facets=VENDOR | TAX),
    Shape("foreign_nzd", "in New Zealand dollars", each(_from_new_zealand), 6, facets=VENDOR | TAX),
    Shape(
        "same_invoice_two_orders",
        "one vendor invoice covers two POs",
        _same_invoice,
        4,
        orders=2,
        facets=VENDOR | INVOICE | frozenset({"days"}),
    ),
    Shape(
        "same_number_two_vendors",
        "two vendors use one invoice number",
        _same_number_two_vendors,
        3,
        orders=2,
        facets=VENDOR | INVOICE,
    ),
    Shape(
        "hostile_vendor", "a vendor whose name looks like a formula or markup", each(_hostile_vendor), 5, facets=VENDOR
    ),
    Shape("vendor_namesakes", "two vendors share one name", each(_namesakes), 5, facets=VENDOR),
    Shape("terms_without_row", "payment terms that no mapping row covers", each(_terms_without_row), 4, facets=VENDOR),
    Shape(
        "vendor_default_account",
        "the account comes from the vendor's row",
        each(_vendor_default_account),
        5,
        facets=VENDOR,
    ),
    Shape(
        "supplier_invoice_text",
        "a $0 SUPPLIER-INVOICE line that tells the vendor's invoice",
        each(_text_line),
        10,
        facets=INVOICE | frozenset({"slip", "receiving"}),
    ),
)
SHAPES = (
    Shape("missing_vendor_invoice", "no vendor invoice number", each(_no_invoice), 20, facets=INVOICE),
    Shape(
        "invoice_without_date", "a vendor invoice number without a date", each(_invoice_without_date), 5, facets=INVOICE
    ),
    Shape(
        "own_packing_slip", "packing slips other than the PO number", each(_own_slip), 12, facets=frozenset({"slip"})
    ),
    Shape("same_po_number", "two POs with one number", _same_po_number, 2, orders=2, facets=NUMBER),
    Shape("drop_ship", "shipped straight to the customer", each(_drop_ship), 15, facets=frozenset({"customer"})),
    Shape(
        "hostile_number",
        "quotes, pipes and letters from afar in the PO number",
        each(_hostile_number),
        4,
        facets=NUMBER,
    ),
    Shape(
        "hostile_description",
        "markup, formulas and line breaks in a description",
        each(_hostile_description),
        5,
        facets=frozenset({"description"}),
    ),
)
