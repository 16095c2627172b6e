"""What was read of ConnectWise: one model a staged table, with the endpoint that it comes from.

What belongs here: the columns that a ConnectWise record is staged in. What does not: reading them out of a record
(``staging``), and anything that is worked out of them (``goods``, ``bills``).
"""

from __future__ import annotations

from cwxero_dagster.frames.table import Amount, Day, Flag, Moment, Observation, Quantity, Text, Whole, optional


class PurchaseOrders(Observation):
    """ConnectWise purchase order headers (GET /procurement/purchaseorders)."""

    po_id: Whole
    po_number: Text
    po_date: Day = optional()
    status_id: Whole = optional()
    status_name: Text = optional()
    closed: Flag
    closed_at: Moment = optional()
    vendor_id: Whole = optional()
    vendor_name: Text = optional()
    vendor_invoice_number: Text = optional()
    vendor_invoice_date: Day = optional()
    terms_id: Whole = optional()
    terms_name: Text = optional()
    currency_code: Text = optional()
    tax_code: Text = optional()
    tax_freight: Flag
    freight_cost: Amount = optional()
    freight_tax: Amount = optional()
    freight_packing_slip: Text = optional()
    sub_total: Amount = optional()
    sales_tax: Amount = optional()
    total: Amount = optional()
    location_id: Whole = optional()
    location_name: Text = optional()
    business_unit_id: Whole = optional()
    business_unit_name: Text = optional()
    customer_id: Whole = optional()
    customer_name: Text = optional()
    drop_ship: Flag
    shipment_date: Day = optional()
    shipment_method: Text = optional()
    last_updated: Moment = optional()


class PurchaseOrderLines(Observation):
    """ConnectWise purchase order lines (GET /procurement/purchaseorders/{id}/lineitems)."""

    line_id: Whole
    po_id: Whole
    line_number: Whole = optional()
    description: Text = optional()
    product_id: Whole = optional()
    product_identifier: Text = optional()
    quantity: Quantity
    unit_cost: Quantity
    tax: Amount = optional()
    received_quantity: Quantity
    received_status: Text = optional()
    received_at: Moment = optional()
    packing_slip: Text = optional()
    closed: Flag
    cancelled: Flag
    cancelled_at: Moment = optional()
    batched: Flag
    ship_date: Day = optional()
    expected_ship_date: Day = optional()
    expected_arrival_date: Day = optional()
    last_updated: Moment = optional()


class Vendors(Observation):
    """ConnectWise companies with the vendor flag (GET /company/companies)."""

    vendor_id: Whole
    identifier: Text = optional()
    name: Text
    account_number: Text = optional()
    vendor_identifier: Text = optional()
    tax_identifier: Text = optional()
    currency_code: Text = optional()
    terms_name: Text = optional()
    deleted: Flag


class CatalogItems(Observation):
    """ConnectWise catalog items (GET /procurement/catalog): what an account is chosen from."""

    product_id: Whole
    identifier: Text
    description: Text = optional()
    category: Text = optional()
    subcategory: Text = optional()
    product_type: Text = optional()
    product_class: Text = optional()
    taxable: Flag


class CustomerProducts(Observation):
    """What customers were sold (GET /procurement/products): goods on tickets, projects, agreements, sales orders."""

    product_id: Whole
    customer_name: Text = optional()
    catalog_identifier: Text = optional()
    description: Text = optional()
    quantity: Quantity
    ext_cost: Amount = optional()
    """ConnectWise's own cost of the product, which need not be the purchase order's."""
    ext_price: Amount
    billable: Text = optional()
    cancelled: Flag
    invoice_number: Text = optional()
    sales_order: Text = optional()


class PurchaseLinks(Observation):
    """Which PO line feeds which customer's product (report PurchaseOrderWithLineItems); many to many, no quantity."""

    po_id: Whole
    line_id: Whole
    product_id: Whole


class ConnectWiseReference(Observation):
    """Small ConnectWise lists; ``kind``: status, terms, settings, system_info, category, subcategory, product_type,
    tax_code, currency, location, department.
    """

    kind: Text
    record_id: Whole
    name: Text = optional()
