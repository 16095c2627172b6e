"""Orders that a sync must not bill as they are: something unmapped, refused by Xero, doubtful, or excluded.

What belongs here: shapes that end in a case, or in an exclusion. What does not: shapes that are merely unusual.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cwxero_dagster.sandbox.world.companies import (
    ARCHIVED_VENDOR,
    CARD_VENDOR,
    DEMO_VENDOR,
    EURO_VENDOR,
    ORDINARY,
    PRINT_VENDOR,
    TELEPHONY_VENDOR,
    UNMAPPED_VENDORS,
    Vendor,
)
from cwxero_dagster.sandbox.world.days import GO_LIVE, working_day
from cwxero_dagster.sandbox.world.desk import Desk
from cwxero_dagster.sandbox.world.order import Order
from cwxero_dagster.sandbox.world.shapes.shape import Shape, each


def _delivered_by(desk: Desk, order: Order, vendor: Vendor, outcome: str) -> None:
    desk.place_with(order, vendor)
    desk.deliver(order)
    order.outcome = outcome


def _unmapped_vendor(desk: Desk, order: Order) -> None:
    vendor = UNMAPPED_VENDORS[desk.turn("unmapped vendor") % 3 == 2]
    _delivered_by(desk, order, vendor, "hold unmapped_vendor")


def _unmapped_account(desk: Desk, order: Order) -> None:
    _delivered_by(desk, order, PRINT_VENDOR, "hold unmapped_account")


def _unmapped_tax(desk: Desk, order: Order) -> None:
    order.tax_code = "NZ GST"
    desk.deliver(order)
    order.outcome = "hold unmapped_tax"


def _unmapped_tracking(desk: Desk, order: Order) -> None:
    order.location = 4
    desk.deliver(order)
    order.outcome = "hold unmapped_tracking"


def _contact_archived(desk: Desk, order: Order) -> None:
    _delivered_by(desk, order, ARCHIVED_VENDOR, "hold contact_archived")


def _tax_conflict(desk: Desk, order: Order) -> None:
    _delivered_by(desk, order, DEMO_VENDOR, "hold account_tax_conflict")


def _account_archived(desk: Desk, order: Order) -> None:
    _delivered_by(desk, order, TELEPHONY_VENDOR, "hold account_invalid")


def _euro(desk: Desk, order: Order) -> None:
    _delivered_by(desk, order, EURO_VENDOR, "hold currency_not_enabled")


def _card(desk: Desk, order: Order) -> None:
    _delivered_by(desk, order, CARD_VENDOR, "exclude")


def _over_received(desk: Desk, order: Order) -> None:
    desk.deliver(order)
    order.lines[0].received += 1 + desk.turn("over-received") % 2
    order.outcome = "hold quantity_mismatch"


def _batched(desk: Desk, order: Order) -> None:
    desk.deliver(order)
    for line in order.lines:
        line.batched = True
    order.outcome = "hold possible_duplicate"


def _tax_far_off(desk: Desk, order: Order) -> None:
    desk.deliver(order)
    order.lines[0].taxed = True
    order.lines[0].tax_off_by = Decimal("0.35")
    order.outcome = "hold rounding"


def _one_number_two_dates(desk: Desk, orders: list[Order]) -> None:
    earlier, later = orders
    desk.move(earlier, date(2026, 6, 8), date(2026, 6, 15))
    desk.move(later, date(2026, 7, 6), date(2026, 7, 13))
    later.vendor = earlier.vendor
    for order in orders:
        desk.place_with(order, earlier.vendor)
        desk.deliver(order)
        order.outcome = "hold duplicate_vendor_invoice"
    desk.invoice(later, earlier.invoice_number)


def _keyed_by_hand(desk: Desk, order: Order) -> None:
    # The bookkeeper still keyed bills in the first cycle; that is what a parallel run compares with.
    desk.move(order, working_day(GO_LIVE, after=desk.turn("keyed")))
    order.arrival = working_day(order.placed, after=4)
    desk.place_with(order, ORDINARY[desk.turn("keyed vendor") % len(ORDINARY)])
    desk.deliver(order)
    order.outcome = "hold possible_duplicate"


def _paid_not_received(desk: Desk, order: Order) -> None:
    desk.move(order, working_day(date(2026, 7, 20), after=5 * desk.turn("paid")))
    desk.invoice(order, day=order.placed)
    desk.wait(order)


SHAPES = (
    Shape("unmapped_vendor", "nothing leads from the vendor to a Xero contact", each(_unmapped_vendor), 12, alone=True),
    Shape("unmapped_account", "goods of a category without an account", each(_unmapped_account), 6, alone=True),
    Shape("unmapped_tax", "a tax code that no row covers", each(_unmapped_tax), 4, alone=True),
    Shape("unmapped_tracking", "a location that has no tracking option yet", each(_unmapped_tracking), 4, alone=True),
    Shape("contact_archived", "the vendor's Xero contact is archived", each(_contact_archived), 4, alone=True),
    Shape("account_tax_conflict", "a tax type that its account does not take", each(_tax_conflict), 4, alone=True),
    Shape("account_archived", "mapped to an account that Xero has archived", each(_account_archived), 3, alone=True),
    Shape("foreign_eur", "in a currency that is not enabled in Xero", each(_euro), 3, alone=True),
    Shape("excluded", "paid by the firm's credit card, so never billed", each(_card), 5, alone=True),
    Shape("over_received", "more came than was ordered", each(_over_received), 4, alone=True),
    Shape("batched", "posted by another tool already (GL batch flag)", each(_batched), 5, alone=True),
    Shape("tax_differs_much", "ConnectWise's tax is far from the rate", each(_tax_far_off), 1, alone=True),
    Shape(
        "duplicate_vendor_invoice",
        "one vendor, one invoice number, two dates",
        _one_number_two_dates,
        1,
        alone=True,
        orders=2,
    ),
    Shape("keyed_by_hand", "the bookkeeper keyed the bill in Xero already", each(_keyed_by_hand), 6, alone=True),
    Shape("paid_not_received", "keyed and paid in Xero, goods still missing", each(_paid_not_received), 2, alone=True),
)
