"""What customers were sold: the products that purchase order lines feed, and the links between the two.

What belongs here: customer products and links. What does not: catalog items (catalog.py).

ConnectWise shows the links in one system report only; one line may feed several products.
"""

from __future__ import annotations

from decimal import Decimal

from cwxero_dagster.sandbox.world import catalog, firm
from cwxero_dagster.sandbox.world.companies import CUSTOMERS, customer
from cwxero_dagster.sandbox.world.days import midnight
from cwxero_dagster.sandbox.world.documents import Written
from cwxero_dagster.sandbox.world.order import Line

FIRST_PRODUCT_ID = 55001
_MARKUP = Decimal("1.25")
_BILLED = {"id": 7001, "identifier": "INV7001"}


def tables(written: list[Written]) -> dict[str, list[firm.Record]]:
    """Products and links of every drop-shipped line and of every fifth other line of goods."""
    products: list[firm.Record] = []
    links: list[firm.Record] = []
    people = list(CUSTOMERS)
    for one in written:
        for line_id, line in zip(one.line_ids, one.order.lines, strict=True):
            if line.item.type == catalog.CHARGE or line.quantity < 1:
                continue
            if one.order.customer is None and line_id % 5:
                continue
            shares = _shares(one.order.customer, line, people[line_id % len(people)], people[line_id % 7])
            for company, quantity in shares:
                product_id = FIRST_PRODUCT_ID + len(products)
                products.append(_product(product_id, one, line, company, quantity))
                links.append(
                    {"id": 1 + len(links), "lineItemId": line_id, "productId": product_id, "quantity": quantity}
                )
    return {"cw.products": products, "cw.product_purchases": links}


def _shares(drop_ship: int | None, line: Line, one: int, other: int) -> list[tuple[int, Decimal]]:
    """Which customers take how many of a line; about half of the larger lines are shared by two."""
    if drop_ship is not None or line.quantity < 4 or one == other or int(line.quantity) % 2:
        return [(drop_ship or one, line.quantity)]
    first = line.quantity // 2
    return [(one, first), (other, line.quantity - first)]


def _product(product_id: int, one: Written, line: Line, company: int, quantity: Decimal) -> firm.Record:
    order, price = one.order, line.unit_cost * _MARKUP
    product = {
        "id": product_id,
        "catalogItem": {"id": line.item.id, "identifier": line.item.identifier},
        "description": line.item.description,
        "quantity": quantity,
        "unitOfMeasure": firm.unit(line.item.unit),
        "uom": line.item.unit,
        "cost": line.unit_cost,
        "price": price,
        "margin": price - line.unit_cost,
        "extCost": quantity * line.unit_cost,
        "extPrice": quantity * price,
        "billableOption": "Billable",
        "productClass": catalog.CLASS_OF_TYPE[line.item.type],
        "company": customer(company),
        "vendor": order.vendor.reference,
        "locationId": order.location,
        "location": firm.location(order.location),
        "businessUnitId": order.department,
        "businessUnit": firm.department(order.department),
        "purchaseDate": midnight(order.placed),
        "poApprovedFlag": True,
        "dropshipFlag": order.customer is not None,
        "specialOrderFlag": False,
        "cancelledFlag": False,
        "taxableFlag": line.item.taxable,
        "customFields": [],
        "_info": dict(firm.SET_UP),
    }
    if product_id % 2:
        product["invoice"] = dict(_BILLED)
    return product
