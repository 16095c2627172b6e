"""Purchase orders as ConnectWise writes them down: headers and lines in the API's own shape.

What belongs here: ids, numbers, totals, flags, ``_info``. What does not: what happened to an order (order.py).

A field without a value is absent, as in the real answers. Header totals count every line that is not cancelled at its
whole quantity; whether ConnectWise leaves a cancelled rest out of them is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cwxero_dagster.sandbox.world import firm
from cwxero_dagster.sandbox.world.catalog import SUPPLIER_INVOICE
from cwxero_dagster.sandbox.world.companies import customer
from cwxero_dagster.sandbox.world.days import midnight, stamp
from cwxero_dagster.sandbox.world.order import Line, Order

FIRST_ORDER_ID, FIRST_LINE_ID, FIRST_NUMBER = 4001, 9001, 1001


@dataclass(frozen=True)
class Written:
    """An order with its ids: ``line_ids`` run parallel to the order's lines."""

    po_id: int
    number: str
    order: Order
    line_ids: tuple[int, ...]


def write(orders: list[Order]) -> list[Written]:
    """Give every order its id and number, every line its id; clones come into being after all other lines."""
    numbers: dict[int, str] = {}
    for place, order in enumerate(orders):
        numbers[id(order)] = order.number or f"PO-{FIRST_NUMBER + place}"
    keyed = [(clone, id(line)) for clone in (False, True) for o in orders for line in o.lines if line.clone is clone]
    ids = {key: FIRST_LINE_ID + place for place, (_, key) in enumerate(keyed)}
    return [
        Written(
            po_id=FIRST_ORDER_ID + place,
            number=numbers[id(order.same_number_as or order)],
            order=order,
            line_ids=tuple(ids[id(line)] for line in order.lines),
        )
        for place, order in enumerate(orders)
    ]


def tables(written: list[Written]) -> dict[str, list[firm.Record]]:
    """Headers and lines of all orders."""
    return {
        "cw.purchaseorders": [_header(one) for one in written],
        "cw.lineitems": [
            _line(one, place, line_id, line)
            for one in written
            for place, (line_id, line) in enumerate(zip(one.line_ids, one.order.lines, strict=True), 1)
        ],
    }


def _info(entered: datetime, updated: datetime) -> firm.Record:
    return {
        "dateEntered": stamp(entered),
        "enteredBy": "buyer1",
        "lastUpdated": stamp(updated + timedelta(seconds=4)),
        "updatedBy": "buyer1",
    }


def _present(**fields: object) -> firm.Record:
    return {name: value for name, value in fields.items() if value is not None}


def _header(one: Written) -> firm.Record:
    order = one.order
    return _present(
        id=one.po_id,
        poNumber=one.number,
        poDate=midnight(order.placed),
        status=firm.status(order.status),
        closedFlag=firm.STATUSES[order.status][1],
        closedBy=order.closed_by if order.closed_at else None,
        dateClosed=stamp(order.closed_at) if order.closed_at else None,
        cancelReason=order.cancel_reason,
        vendorCompany=order.vendor.reference,
        vendorSite=firm.named(order.vendor.id + 1000, "Main"),
        vendorInvoiceNumber=order.invoice_number,
        vendorInvoiceDate=midnight(order.invoice_date) if order.invoice_date else None,
        vendorOrderNumber=f"SO-{one.po_id * 13}",
        terms=firm.terms(order.terms),
        currency=firm.currency(order.vendor.currency),
        subTotal=order.sub_total,
        salesTax=order.sales_tax,
        taxCode=firm.tax_code(order.tax_code) if order.tax_code else None,
        taxPoFlag=order.sales_tax != 0,
        taxFreightFlag=order.freight_taxed,
        freightCost=order.freight,
        freightTaxTotal=order.freight_tax,
        freightPackingSlip=(order.freight_slip or one.number) if order.freight else None,
        total=order.total,
        locationId=order.location,
        location=firm.location(order.location),
        businessUnitId=order.department,
        businessUnit=firm.department(order.department),
        warehouse=firm.warehouse(order.location),
        customerCompany=customer(order.customer) if order.customer else None,
        dropShipCustomerFlag=order.customer is not None,
        shipmentDate=midnight(order.arrival),
        shipmentMethod=firm.named(1, firm.SHIPMENT_METHODS[1]),
        enteredBy="buyer1",
        customFields=[],
        _info=_info(order.entered_at, order.last_moment),
    )


def _line(one: Written, place: int, line_id: int, line: Line) -> firm.Record:
    order = one.order
    touched = [order.entered_at, line.received_at, line.cancelled_at]
    if line.received and line.received_at is None:
        touched.append(order.last_event)
    return _present(
        id=line_id,
        purchaseOrderId=one.po_id,
        purchaseOrderNumber=one.number,
        lineNumber=place,
        product=line.item.reference,
        description=_invoice_text(order) if line.item.id == SUPPLIER_INVOICE else line.description,
        quantity=line.quantity,
        unitOfMeasure=firm.unit(line.item.unit),
        unitCost=line.unit_cost,
        extCost=line.extended,
        tax=order.tax_of(line),
        receivedQuantity=line.received,
        receivedStatus=None if line.sparse else line.received_status,
        dateReceived=stamp(line.received_at) if line.received_at else None,
        packingSlip=(line.packing_slip or one.number)[:50] if line.received else None,
        serialNumbers=line.serial_numbers or None,
        closedFlag=_flag(line, line.closed),
        canceledFlag=_flag(line, line.cancelled_at),
        canceledBy="buyer1" if line.cancelled_at else None,
        canceledReason="No longer needed" if line.cancelled_at else None,
        dateCanceled=stamp(line.cancelled_at) if line.cancelled_at else None,
        dateCanceledUtc=stamp(line.cancelled_at) if line.cancelled_at else None,
        backorderedFlag=order.status == firm.BACKORDERED,
        batchedFlag=_flag(line, line.batched),
        isDetachAvailable=False,
        displayInternalNotesFlag=False,
        vendorSku=f"{line.item.identifier}-V",
        expectedArrivalDate=midnight(order.arrival),
        warehouse=firm.warehouse(order.location),
        customFields=[],
        _info=_info(order.entered_at, max(moment for moment in touched if moment is not None)),
    )


def _flag(line: Line, value: object) -> bool | None:
    return bool(value) or (None if line.sparse else False)


def _invoice_text(order: Order) -> str:
    day = f"{order.invoice_date:%d/%m/%Y}" if order.invoice_date else "unknown"
    net = order.sub_total + order.freight
    tax = order.sales_tax + order.freight_tax
    return (
        f"Invoice # {order.invoice_number}\nInvoice Date {day}\n"
        f"Subtotal {net:.2f}\nTax {tax:.2f}\nTotal {net + tax:.2f}"
    )
