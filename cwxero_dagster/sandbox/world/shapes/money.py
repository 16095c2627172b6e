"""Shapes of money: tax, freight, currency, credits, and unit costs with many decimals.

What belongs here: unusual amounts on orders that can be billed. What does not: amounts that stop a bill (trouble.py).
"""

from __future__ import annotations

from decimal import Decimal

from cwxero_dagster.sandbox.world.catalog import REBATE, SUPPLIER_CREDIT, WARRANTY_SWAP, items_in
from cwxero_dagster.sandbox.world.desk import Desk
from cwxero_dagster.sandbox.world.order import Order, cents
from cwxero_dagster.sandbox.world.shapes.shape import Shape, each

TAX, FREIGHT, CREDIT, DECIMALS = (frozenset({name}) for name in ("tax", "freight", "credit", "decimals"))


def _freight_taxed(desk: Desk, order: Order) -> None:
    order.freight = Decimal(desk.random.choice(("9.95", "14.50", "22.00", "38.75", "61.40")))
    order.freight_taxed = True


def _freight_untaxed(desk: Desk, order: Order) -> None:
    order.freight = Decimal(desk.random.choice(("12.00", "18.33", "45.00")))


def _freight_own_slip(desk: Desk, order: Order) -> None:
    _freight_taxed(desk, order)
    order.freight_slip = f"CN{desk.random.randint(100000, 999999)}"


def _untaxed(_: Desk, order: Order) -> None:
    order.tax_code = "GST Free"
    for line in order.lines:
        line.taxed = False


def _mixed_taxable(desk: Desk, order: Order) -> None:
    order.lines[0].taxed = True
    desk.add(order, desk.line(desk.random.choice(items_in("Training")), 1))


def _no_tax_code(_: Desk, order: Order) -> None:
    order.tax_code = None


def _tax_a_cent_off(desk: Desk, order: Order) -> None:
    order.lines[0].taxed = True
    order.lines[0].tax_off_by = Decimal("0.01") if desk.turn("cent") % 2 else Decimal("-0.01")


def _many_decimals(desk: Desk, order: Order) -> None:
    item = desk.random.choice(items_in("Metered"))
    desk.add(order, desk.line(item, desk.random.randint(700, 4000), unit_cost=item.cost))


def _credit(desk: Desk, order: Order) -> None:
    returned = order.lines[0]
    order.lines = [
        desk.charge(SUPPLIER_CREDIT, -returned.unit_cost, f"Credit for return of {returned.item.identifier}"),
    ]
    order.lines[0].quantity = Decimal(1 + desk.turn("credit") % 3)
    desk.deliver(order)
    order.invoice_number = f"CR-{desk.random.randint(7000, 7999)}"
    order.outcome = "credit"


def _mixed_sign(desk: Desk, order: Order) -> None:
    desk.add(order, desk.charge(REBATE, -cents(order.sub_total * 5 / 100), "Volume rebate"))


def _zero_total(desk: Desk, order: Order) -> None:
    if desk.turn("zero") % 2:
        goods = order.lines[0]
        order.lines = [goods, desk.charge(SUPPLIER_CREDIT, -goods.net, f"Credit in full for {goods.item.identifier}")]
        goods.taxed = True
    else:
        order.lines = [desk.charge(WARRANTY_SWAP, Decimal(0), "Replacement under warranty, no charge")]
    desk.deliver(order)
    order.outcome = "zero"


SHAPES = (
    Shape("negative_credit", "a supplier credit, entered as a PO with a negative cost", each(_credit), 6, alone=True),
    Shape("zero_total", "adds up to nothing", each(_zero_total), 4, alone=True),
    Shape("untaxed", "no tax at all", each(_untaxed), 15, facets=TAX),
    Shape("mixed_taxable", "taxed and untaxed lines on one PO", each(_mixed_taxable), 15, facets=TAX),
    Shape("no_tax_code", "taxed although the PO carries no tax code", each(_no_tax_code), 6, facets=TAX),
    Shape("tax_differs_little", "ConnectWise's tax is a cent off", each(_tax_a_cent_off), 4, facets=TAX),
    Shape("freight_taxed", "freight with tax", each(_freight_taxed), 25, facets=FREIGHT | TAX),
    Shape(
        "freight_own_slip", "freight under a packing slip of its own", each(_freight_own_slip), 8, facets=FREIGHT | TAX
    ),
    Shape("freight_untaxed", "freight without tax", each(_freight_untaxed), 8, facets=FREIGHT),
    Shape("many_decimals", "unit costs with more than four decimals", each(_many_decimals), 10, facets=DECIMALS),
    Shape("mixed_sign", "a negative line among positive ones", each(_mixed_sign), 5, facets=CREDIT),
)
