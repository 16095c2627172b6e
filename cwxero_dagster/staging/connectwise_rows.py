"""ConnectWise records as rows of the staged tables.

What belongs here: which field becomes which column, and what in a record is noise. What does not: reading records
(``stage_connectwise``), and when a row is stored (the warehouse compares fingerprints).

Rows lack ``observed_at`` and ``present``, which belong to the run that read them. Unknown enum values and unknown
fields are kept: they are in ``body``. Source of the fields: connectwise_api.md, sections 1, 2 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cwxero_dagster.staging import values
from cwxero_dagster.staging.canonical import canonical, fingerprint
from cwxero_dagster.staging.values import field

Row = dict[str, Any]
Reader = Callable[[Any], Any]

SYSTEM = "ConnectWise"

_NAMES: Mapping[str, tuple[str, ...]] = {
    "tax_code": ("identifier", "description"),
    "currency": ("currencyCode", "isoCode", "name"),
    "system_info": ("version",),
}
"""Fields that name a record of a small list, the first that is given; elsewhere its name, else its identifier."""


def purchase_order(record: Mapping[str, Any]) -> Row:
    """A PO header. ``po_date`` and ``vendor_invoice_date`` are calendar dates, ``last_updated`` is from ``_info``."""
    return _row(
        record,
        f"purchase order {field(record, 'poNumber')} (#{field(record, 'id')})",
        po_id=(values.whole, "id"),
        po_number=(_given_text, "poNumber"),
        po_date=(values.day, "poDate"),
        status_id=(values.whole, "status/id"),
        status_name=(values.text, "status/name"),
        closed=(values.flag, "closedFlag"),
        closed_at=(values.moment, "dateClosed"),
        vendor_id=(values.whole, "vendorCompany/id"),
        vendor_name=(values.text, "vendorCompany/name"),
        vendor_invoice_number=(values.text, "vendorInvoiceNumber"),
        vendor_invoice_date=(values.day, "vendorInvoiceDate"),
        terms_id=(values.whole, "terms/id"),
        terms_name=(values.text, "terms/name"),
        currency_code=(values.text, "currency/currencyCode", "currency/isoCode", "currency/currencyIdentifier"),
        tax_code=(values.text, "taxCode/name"),
        tax_freight=(values.flag, "taxFreightFlag"),
        freight_cost=(values.amount, "freightCost"),
        freight_tax=(values.amount, "freightTaxTotal"),
        freight_packing_slip=(values.text, "freightPackingSlip"),
        sub_total=(values.amount, "subTotal"),
        sales_tax=(values.amount, "salesTax"),
        total=(values.amount, "total"),
        location_id=(values.whole, "locationId", "location/id"),
        location_name=(values.text, "location/name"),
        business_unit_id=(values.whole, "businessUnitId", "businessUnit/id"),
        business_unit_name=(values.text, "businessUnit/name"),
        customer_id=(values.whole, "customerCompany/id"),
        customer_name=(values.text, "customerCompany/name", "customerName"),
        drop_ship=(values.flag, "dropShipCustomerFlag"),
        shipment_date=(values.day, "shipmentDate"),
        shipment_method=(values.text, "shipmentMethod/name"),
        last_updated=(values.moment, "_info/lastUpdated"),
    )


def purchase_order_line(record: Mapping[str, Any], po_id: int) -> Row:
    """A PO line of the PO that it was read under."""
    row = _row(
        record,
        f"line #{field(record, 'id')} of purchase order #{po_id}",
        line_id=(values.whole, "id"),
        line_number=(values.whole, "lineNumber"),
        description=(values.text, "description"),
        product_id=(values.whole, "product/id"),
        product_identifier=(values.text, "product/identifier"),
        quantity=(_given_quantity, "quantity"),
        unit_cost=(_given_quantity, "unitCost"),
        tax=(values.amount, "tax"),
        received_quantity=(_given_quantity, "receivedQuantity"),
        received_status=(values.text, "receivedStatus"),
        received_at=(values.moment, "dateReceived"),
        packing_slip=(values.text, "packingSlip"),
        closed=(values.flag, "closedFlag"),
        cancelled=(values.flag, "canceledFlag"),
        cancelled_at=(values.moment, "dateCanceledUtc", "dateCanceled"),
        batched=(values.flag, "batchedFlag"),
        ship_date=(values.day, "shipDate"),
        expected_ship_date=(values.day, "expectedShipDate"),
        expected_arrival_date=(values.day, "expectedArrivalDate"),
        last_updated=(values.moment, "_info/lastUpdated"),
    )
    return {**row, "po_id": po_id}


def vendor(record: Mapping[str, Any]) -> Row:
    """A company that POs are raised with."""
    return _row(
        record,
        f"company {field(record, 'name')} (#{field(record, 'id')})",
        vendor_id=(values.whole, "id"),
        identifier=(values.text, "identifier"),
        name=(_given_text, "name"),
        account_number=(values.text, "accountNumber"),
        vendor_identifier=(values.text, "vendorIdentifier"),
        tax_identifier=(values.text, "taxIdentifier"),
        currency_code=(values.text, "currency/currencyCode", "currency/isoCode"),
        terms_name=(values.text, "billingTerms/name"),
        deleted=(values.flag, "deletedFlag"),
    )


def catalog_item(record: Mapping[str, Any]) -> Row:
    """A product of the catalog, which PO lines refer to."""
    return _row(
        record,
        f"catalog item {field(record, 'identifier')} (#{field(record, 'id')})",
        product_id=(values.whole, "id"),
        identifier=(_given_text, "identifier"),
        description=(values.text, "description"),
        category=(values.text, "category/name"),
        subcategory=(values.text, "subcategory/name"),
        product_type=(values.text, "type/name"),
        product_class=(values.text, "productClass"),
        taxable=(values.flag, "taxableFlag"),
    )


def customer_product(record: Mapping[str, Any]) -> Row:
    """A product that a customer was sold; the invoice is there once the customer was billed for it."""
    return _row(
        record,
        f"customer product #{field(record, 'id')}",
        product_id=(values.whole, "id"),
        customer_name=(values.text, "company/name"),
        catalog_identifier=(values.text, "catalogItem/identifier"),
        description=(values.text, "description"),
        quantity=(_given_quantity, "quantity"),
        ext_cost=(values.amount, "extCost"),
        ext_price=(_given_amount, "extPrice"),
        billable=(values.text, "billableOption"),
        cancelled=(values.flag, "cancelledFlag"),
        invoice_number=(values.text, "invoice/identifier"),
        sales_order=(values.text, "salesOrder/identifier"),
    )


def reference(kind: str, record: Mapping[str, Any]) -> Row:
    """A record of a small list; a record that stands alone and has no id is number 1."""
    row = _row(
        record,
        f"{kind.replace('_', ' ')} #{field(record, 'id')}",
        record_id=(values.whole, "id"),
        name=(values.text, *_NAMES.get(kind, ("name", "identifier"))),
    )
    return {**row, "kind": kind, "record_id": 1 if row["record_id"] is None else row["record_id"]}


def without_noise(value: Any, *, outermost: bool = True) -> Any:
    """The record without links, and without the ``_info`` of the records that it refers to.

    What stays in the record's own ``_info`` says when and by whom it was changed.
    """
    if isinstance(value, Mapping):
        return {
            key: without_noise(inner, outermost=outermost and key == "_info")
            for key, inner in value.items()
            if not key.endswith("_href") and (key != "_info" or outermost)
        }
    if isinstance(value, list):
        return [without_noise(inner, outermost=False) for inner in value]
    return value


def _row(record: Mapping[str, Any], what: str, **columns: tuple[Any, ...]) -> Row:
    read = values.reading(SYSTEM, what, {name: _reader(record, *source) for name, source in columns.items()})
    return {**read, "fingerprint": fingerprint(without_noise(record)), "body": canonical(record)}


def _reader(record: Mapping[str, Any], read: Reader, *paths: str) -> Callable[[], Any]:
    given = next((value for value in (field(record, path) for path in paths) if value is not None), None)
    return lambda: read(given)


def _given_text(value: Any) -> str:
    return values.text(value) or ""


def _given_quantity(value: Any) -> Any:
    return values.quantity(0 if value is None else value)


def _given_amount(value: Any) -> Any:
    return values.amount(0 if value is None else value)
