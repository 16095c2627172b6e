"""The rows of the seed tables as values (CONTRACT.md, section 2): one frozen class a file.

What belongs here: fields, which equal the file's columns, and what they mean. What does not: checking text (tables).

Ids of ConnectWise records are text of digits without leading zeros. A blank cell is None. ``line`` is the row's line in
its file, counted from 1, so that a later check against ConnectWise or Xero can still name the place.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class VendorRow:
    """``vendors.csv``: a ConnectWise vendor's Xero contact and defaults; names are for people."""

    line: int
    connectwise_vendor_id: str
    connectwise_vendor_name: str | None
    xero_contact_id: str | None
    xero_contact_name: str | None
    default_account_code: str | None
    default_tax_type: str | None


@dataclass(frozen=True, kw_only=True)
class AccountRow:
    """``accounts.csv``: account, tax type and item of a kind of product; freight and default match without a value."""

    line: int
    match_on: Literal["product", "subcategory", "category", "product_type", "product_class", "freight", "default"]
    match_value: str | None
    account_code: str | None
    tax_type: str | None
    item_code: str | None


@dataclass(frozen=True, kw_only=True)
class TaxCodeRow:
    """``tax_codes.csv``: a tax code (None: POs without one) and whether the line is taxable, to a Xero tax type."""

    line: int
    connectwise_tax_code: str | None
    taxable: bool
    xero_tax_type: str


@dataclass(frozen=True, kw_only=True)
class TrackingRow:
    """``tracking.csv``: a location or business unit to an option of a Xero tracking category."""

    line: int
    source: Literal["location", "business_unit"]
    connectwise_value: str
    xero_category: str
    xero_option: str


@dataclass(frozen=True, kw_only=True)
class TermsRow:
    """``payment_terms.csv``: a ConnectWise billing term to days from the bill's date or the end of its month."""

    line: int
    connectwise_terms: str
    days: int
    counted_from: Literal["bill_date", "end_of_month"]


@dataclass(frozen=True, kw_only=True)
class LandedCostRow:
    """``landed_costs.csv``: who carries the freight; a ``product`` row sends that PO line to the carrier's bill."""

    line: int
    match_on: Literal["shipment_method", "product", "default"]
    match_value: str | None
    carrier_vendor_id: str


@dataclass(frozen=True, kw_only=True)
class ExclusionRow:
    """``exclusions.csv``: POs that are kept out, and why."""

    line: int
    match_on: Literal["po_number", "vendor_id", "po_status", "location", "terms"]
    match_value: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class VendorInvoiceRow:
    """``vendor_invoices.csv``: what a vendor's invoice charges for one PO; amounts in the invoice's currency."""

    line: int
    connectwise_vendor_id: str
    invoice_number: str
    invoice_date: dt.date | None
    po_number: str
    net: Decimal | None
    tax: Decimal | None
    total: Decimal | None


@dataclass(frozen=True, kw_only=True)
class KeyedBillRow:
    """``keyed_bills.csv``: one line of a bill that the bookkeeper keyed; net, tax and total are the line's."""

    line: int
    po_number: str | None
    vendor_name: str
    invoice_number: str | None
    date: dt.date
    due_date: dt.date | None
    description: str | None
    quantity: Decimal | None
    unit_amount: Decimal | None
    account_code: str | None
    tax_type: str | None
    tracking_1: str | None
    tracking_2: str | None
    net: Decimal | None
    tax: Decimal | None
    total: Decimal
