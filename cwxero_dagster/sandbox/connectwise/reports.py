"""System reports: the one table across POs that the API has, PurchaseOrderWithLineItems.

What belongs here: its columns and rows. A line that feeds several customers' products has a row for each of them, so
that adding up rows counts goods twice. What does not: how a report is filtered and paged (``listing.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cwxero_dagster.sandbox.connectwise.conditions import Language
from cwxero_dagster.sandbox.connectwise.errors import ApiError, not_found, unrecognized
from cwxero_dagster.sandbox.connectwise.fields import Field, Kind, Leaf
from cwxero_dagster.sandbox.connectwise.listing import ordered, paged
from cwxero_dagster.sandbox.connectwise.order_records import OrderRecords
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS
from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.wire import Request, Response, json_response

REPORT = "PurchaseOrderWithLineItems"
LINKS = "cw.product_purchases"
"""Which line feeds which customer's product: lineItemId, productId, quantity."""

# Column, type, nullable: as a published list of a live server's reports has them, names in that mixed spelling.
COLUMNS: tuple[tuple[str, str, bool], ...] = (
    ("Backorder_Flag", "Boolean", False),
    ("Date_Received", "DateTime", True),
    ("Description", "Text", True),
    ("Expected_Ship_Date", "DateTime", True),
    ("IV_Item_RecID", "Numeric", False),
    ("IV_Product_RecID", "Numeric", True),
    ("Item_ID", "Text", True),
    ("Last_Update", "DateTime", False),
    ("Line_Number", "Numeric", True),
    ("PO_Number", "Text", True),
    ("Purchase_Detail_RecID", "Numeric", False),
    ("Purchase_Header_RecID", "Numeric", False),
    ("Quantity", "Numeric", True),
    ("Received", "Boolean", False),
    ("Received_Qty", "Numeric", True),
    ("Serialized_Flag", "Boolean", True),
    ("Time_Zone", "Text", True),
    ("Updated_By", "Text", True),
    ("Vendor_SKU", "Text", True),
    ("itemunitcost", "Numeric", True),
    ("itemuom", "Text", True),
    ("received_status", "Text", False),
    ("shipmethoddescription", "Text", True),
    ("tracking_number", "Text", True),
    ("tracking_url", "Text", True),
)
_KINDS = {"Boolean": Kind.FLAG, "DateTime": Kind.MOMENT, "Text": Kind.TEXT, "Numeric": Kind.NUMBER}
_LEAVES = {name.lower(): Leaf((name,), Field(_KINDS[kind])) for name, kind, _ in COLUMNS}


_OF_RECEIVING = {"received_qty", "itemunitcost"}


def report(orders: OrderRecords, name: str, rest: str, request: Request) -> Response:
    """The answer to a request for a report, its columns or its count. Raises ``ApiError``."""
    if orders.switches.report_available == "forbidden":
        raise ApiError(403, "Forbidden", "You do not have security permission to perform this action.")
    if orders.switches.report_available == "missing" or name.lower() != REPORT.lower():
        raise not_found("Report", name)
    if rest == "columns":
        return json_response(200, [_definition(column) for column in _columns(orders)])
    language = Language(_leaf, dates=orders.switches.date_conditions, now=orders.clock.now())
    holds = language.predicate(request.first("conditions"))
    found = [row for row in _rows(orders) if holds(row) is True]
    if rest == "count":
        return json_response(200, {"count": len(found)})
    page, links = paged(request, ordered(request.first("orderBy"), _leaf, found))
    columns = _chosen(request.first("columns"), _columns(orders))
    body = {
        "column_definitions": [_definition(column) for column in columns],
        "row_values": [[row[column] for column, _, _ in columns] for row in page],
    }
    return json_response(200, body, links if orders.switches.report_links else None)


def _leaf(name: str) -> Leaf | None:
    return _LEAVES.get(name.lower())


def _columns(orders: OrderRecords) -> list[tuple[str, str, bool]]:
    shown = orders.switches.report_shows_received
    return [column for column in COLUMNS if shown or column[0].lower() not in _OF_RECEIVING]


def _chosen(text: str | None, columns: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    wanted = {name.strip().lower(): name.strip() for name in (text or "").split(",") if name.strip()}
    known = {name.lower() for name, _, _ in columns}
    for lower, name in wanted.items():
        if lower not in known:
            raise unrecognized(name)
    return [column for column in columns if not wanted or column[0].lower() in wanted]


def _definition(column: tuple[str, str, bool]) -> dict[str, Any]:
    name, kind, nullable = column
    return {name: {"type": kind, "isNullable": nullable, "identityColumn": False}}


def _rows(orders: OrderRecords) -> Iterator[Document]:
    products: dict[int, list[int | None]] = {}
    for link in orders.store.all(LINKS):
        products.setdefault(link["lineItemId"], []).append(link["productId"])
    for line in sorted(orders.store.all(LINES.kind), key=lambda found: (found["purchaseOrderId"], found["id"])):
        order = orders.store.get(ORDERS.kind, line["purchaseOrderId"])
        if order is not None:
            row = _row(orders, order, line)
            for product_id in products.get(line["id"], [None]):
                yield {**row, "IV_Product_RecID": product_id}


def _row(orders: OrderRecords, order: Document, line: Document) -> Document:
    product = line.get("product") or {}
    updated = line if orders.switches.report_last_update_is_lines else order
    received = line.get("receivedQuantity") or 0
    return {
        "Backorder_Flag": bool(line.get("backorderedFlag")),
        "Date_Received": line.get("dateReceived"),
        "Description": line.get("description"),
        "Expected_Ship_Date": line.get("expectedShipDate"),
        "IV_Item_RecID": product.get("id"),
        "Item_ID": product.get("identifier"),
        "Last_Update": _info(updated).get("lastUpdated"),
        "Line_Number": line.get("lineNumber"),
        "PO_Number": order.get("poNumber"),
        "Purchase_Detail_RecID": line["id"],
        "Purchase_Header_RecID": order["id"],
        "Quantity": line.get("quantity"),
        "Received": received > 0,
        "Received_Qty": received,
        "Serialized_Flag": product.get("serializedFlag"),
        "Time_Zone": None,
        "Updated_By": _info(line).get("updatedBy"),
        "Vendor_SKU": line.get("vendorSku"),
        "itemunitcost": line.get("unitCost"),
        "itemuom": (line.get("unitOfMeasure") or {}).get("name"),
        "received_status": line.get("receivedStatus") or "Waiting",
        "shipmethoddescription": (line.get("shipmentMethod") or {}).get("name"),
        "tracking_number": line.get("trackingNumber"),
        "tracking_url": None,
    }


def _info(document: Mapping[str, Any]) -> Mapping[str, Any]:
    info: Mapping[str, Any] = document.get("_info") or {}
    return info
