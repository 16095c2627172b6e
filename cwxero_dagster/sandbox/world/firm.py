"""Brightwater IT's own reference lists in ConnectWise: places, departments, statuses, terms, currencies, tax codes.

What belongs here: small lists that people set up once, and references to their records. What does not: companies
(companies.py), goods (catalog.py), orders.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Record = dict[str, Any]

SET_UP = {
    "dateEntered": "2021-02-01T01:00:00Z",
    "enteredBy": "Admin1",
    "lastUpdated": "2025-11-17T02:10:00Z",
    "updatedBy": "Admin1",
}
"""``_info`` of records that nobody has touched since the firm set ConnectWise up."""

LOCATIONS = {2: "Sydney", 3: "Brisbane", 4: "Perth"}
DEPARTMENTS = {10: "Managed Services", 11: "Projects", 12: "Procurement", 13: "Cloud and Security"}
WAREHOUSES = {1: ("Sydney store", 2), 2: ("Brisbane store", 3), 3: ("Perth store", 4)}
UNITS = {1: "Each", 2: "Metre", 3: "Licence", 4: "Hour"}
SHIPMENT_METHODS = {1: "Road freight", 2: "Overnight courier", 3: "Electronic delivery", 4: "Pick up"}

NEW, SENT, ON_ORDER, BACKORDERED, RECEIVED, CANCELLED, AWAITING_INVOICE, SHELVED = range(1, 9)
STATUSES: dict[int, tuple[str, bool]] = {
    NEW: ("🔶 New", False),
    SENT: ("🔵 Sent to Vendor", False),
    ON_ORDER: ("🟡 On Order", False),
    BACKORDERED: ("⚠️ Backordered", False),
    RECEIVED: ("✅ Received In Full", True),
    CANCELLED: ("🟪 Cancelled", True),
    AWAITING_INVOICE: ("Closed (awaiting invoice)", False),
    SHELVED: ("Open orders archive 🗄", True),
}
"""Name and closedFlag. The last two were renamed by somebody: what they say is the opposite of what they do."""

TERMS: dict[str, tuple[int, int]] = {
    "Net 30": (1, 30),
    "Net 14": (2, 14),
    "Net 7": (3, 7),
    "COD": (4, 0),
    "EOM 20": (5, 20),
    "Net 45": (6, 45),
    "Credit Card": (7, 0),
}
"""Id and dueDays by name."""

CURRENCIES: dict[str, tuple[int, str, str]] = {
    "AUD": (7, "$", "Australian Dollar"),
    "USD": (8, "US$", "US Dollar"),
    "NZD": (9, "NZ$", "New Zealand Dollar"),
    "EUR": (10, "€", "Euro"),
}

TAX_CODES: dict[str, tuple[int, str, Decimal]] = {
    "GST": (8, "GST", Decimal(10)),
    "GST Free": (9, "GSTFREE", Decimal(0)),
    "Overseas": (10, "OVERSEAS", Decimal(0)),
    "NZ GST": (11, "NZGST", Decimal(15)),
}
"""Id, identifier and percent by the name that a PO's reference shows."""


def named(identifier: int, name: str) -> Record:
    """A reference of the kind {id, name}."""
    return {"id": identifier, "name": name}


def location(identifier: int) -> Record:
    """Reference to a location."""
    return named(identifier, LOCATIONS[identifier])


def department(identifier: int) -> Record:
    """Reference to a department (a PO's business unit)."""
    return named(identifier, DEPARTMENTS[identifier])


def status(identifier: int) -> Record:
    """Reference to a purchase order status."""
    return named(identifier, STATUSES[identifier][0])


def terms(name: str) -> Record:
    """Reference to billing terms."""
    return named(TERMS[name][0], name)


def tax_code(name: str) -> Record:
    """Reference to a tax code."""
    return named(TAX_CODES[name][0], name)


def unit(name: str) -> Record:
    """Reference to a unit of measure."""
    return named(next(identifier for identifier, known in UNITS.items() if known == name), name)


def warehouse(at_location: int) -> Record:
    """Reference to the warehouse of a location."""
    identifier, name = next((key, name) for key, (name, place) in WAREHOUSES.items() if place == at_location)
    return {"id": identifier, "name": name, "lockedFlag": False}


def currency(code: str) -> Record:
    """Reference to a currency, with the details that ConnectWise repeats in it."""
    identifier, symbol, name = CURRENCIES[code]
    return {"id": identifier, "currencyCode": code, "name": name, **_money_format(code, symbol)}


def _money_format(code: str, symbol: str) -> Record:
    return {
        "symbol": symbol,
        "currencyIdentifier": code,
        "decimalSeparator": ".",
        "thousandsSeparator": ",",
        "numberOfDecimals": 2,
        "negativeParenthesesFlag": False,
        "displaySymbolFlag": True,
        "displayIdFlag": False,
        "rightAlign": False,
    }


def _tax_code_record(name: str) -> Record:
    identifier, short, percent = TAX_CODES[name]
    return {
        "id": identifier,
        "identifier": short,
        "description": name,
        "invoiceCaption": name,
        "effectiveDate": "2000-07-01T00:00:00Z",
        "defaultFlag": name == "GST",
        "levelOneRate": percent / 100,
        "levelOneRateType": "Percent",
        "levelOneProductsFlag": percent > 0,
        "levelOneServicesFlag": percent > 0,
    }


def tables() -> dict[str, list[Record]]:
    """The lists of this page, by table."""
    lists: dict[str, list[Record]] = {
        "cw.locations": [
            {**location(key), "ownerLevelId": key, "structureLevel": named(2, "Location"), "locationFlag": True}
            for key in LOCATIONS
        ],
        "cw.departments": [{**department(key), "identifier": name[:15]} for key, name in DEPARTMENTS.items()],
        "cw.warehouses": [
            {
                **warehouse(place),
                "location": location(place),
                "department": {**department(12), "identifier": DEPARTMENTS[12][:15]},
                "inactiveFlag": False,
                "locationDefaultFlag": True,
                "overallDefaultFlag": key == 1,
            }
            for key, (_, place) in WAREHOUSES.items()
        ],
        "cw.unitofmeasures": [{**named(key, name), "inactiveFlag": False} for key, name in UNITS.items()],
        "cw.shipmentmethods": [named(key, name) for key, name in SHIPMENT_METHODS.items()],
        "cw.purchaseorderstatuses": [
            {
                **status(key),
                "closedFlag": closed,
                "defaultFlag": key == NEW,
                "defaultClosedFlag": key == RECEIVED,
                "inactiveFlag": False,
                "sortOrder": key,
            }
            for key, (_, closed) in STATUSES.items()
        ],
        "cw.billingterms": [
            {**terms(name), "dueDays": days, "defaultFlag": name == "Net 30"} for name, (_, days) in TERMS.items()
        ],
        "cw.currencies": [
            {**named(key, name), "currencyCode": named(key, code), **_money_format(code, symbol)}
            for code, (key, symbol, name) in CURRENCIES.items()
        ],
        "cw.taxcodes": [_tax_code_record(name) for name in TAX_CODES],
        "cw.settings": [
            {
                "id": 1,
                "startingPurchaseOrderNum": 1001,
                "purchaseOrderPrefix": "PO-",
                "prefixSuffixType": "Prefix",
                "costingMethod": "FIFO",
                "autoClosePurchaseOrderFlag": False,
                "autoClosePurchaseOrderItemFlag": True,
                "taxPurchaseOrderFlag": True,
                "taxFreightFlag": True,
                "useVendorTaxCodeFlag": True,
                "numDecimalPlaces": 2,
            }
        ],
    }
    for records in lists.values():
        for record in records:
            record["_info"] = dict(SET_UP)
    lists["cw.systeminfo"] = [
        {
            "version": "v2025.1.10333",
            "isCloud": True,
            "cloudRegion": "AU",
            "serverTimeZone": "AUS Eastern Standard Time",
            "licenseBits": [{"name": "Purchasing", "activeFlag": True}, {"name": "AuditTrail", "activeFlag": False}],
            "maxWorkFlowRecordsAllowed": 1000,
        }
    ]
    return lists
