"""Writing over HTTP: what a JSON body may say, and the change that it asks for.

What belongs here: PATCH operations, whole records (PUT, POST), the kinds of values, references to other records. What
does not: what follows from a change (``orders.py``, ``receiving.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.connectwise.conditions import moment
from cwxero_dagster.sandbox.connectwise.errors import ApiError, invalid, missing
from cwxero_dagster.sandbox.connectwise.fields import Field, Kind
from cwxero_dagster.sandbox.connectwise.order_records import stamp
from cwxero_dagster.sandbox.connectwise.tables import TABLES, Table
from cwxero_dagster.sandbox.store import Document, Store
from cwxero_dagster.sandbox.wire import Request

READ_ONLY = {
    "cw.purchaseorders": ("id", "closedFlag", "closedBy", "dateClosed", "subTotal", "salesTax", "total"),
    "cw.lineitems": (
        "id",
        "extCost",
        "purchaseOrderId",
        "purchaseOrderNumber",
        "batchedFlag",
        "unbatchedRecId",
        "salesOrder",
        "isDetachAvailable",
    ),
    "cw.settings": ("id",),
}
"""Fields that a body may hold and that change nothing: the answer is a success all the same."""

REQUIRED = {
    "cw.purchaseorders": ("status", "terms", "vendorCompany"),
    "cw.lineitems": ("description", "lineNumber", "product", "quantity", "unitOfMeasure"),
    "cw.settings": ("startingPurchaseOrderNum", "costingMethod"),
}
REQUIRED_ON_UPDATE = {**REQUIRED, "cw.purchaseorders": (*REQUIRED["cw.purchaseorders"], "poNumber", "poDate")}

_LONGEST = {
    "poNumber": 50,
    "vendorInvoiceNumber": 50,
    "vendorOrderNumber": 50,
    "packingSlip": 50,
    "freightPackingSlip": 50,
    "description": 6000,
}

_LARGEST_WHOLE = 2**31
_LARGEST_NUMBER = 10**15

_REFERENCES = {
    "status": "/procurement/purchaseorderstatuses",
    "terms": "/finance/billingterms",
    "vendorCompany": "/company/companies",
    "customerCompany": "/company/companies",
    "currency": "/finance/currencies",
    "taxCode": "/finance/taxcodes",
    "location": "/system/locations",
    "businessUnit": "/system/departments",
    "shipmentMethod": "/procurement/shipmentmethods",
    "warehouse": "/procurement/warehouses",
    "product": "/procurement/catalog",
    "unitOfMeasure": "/procurement/unitofmeasures",
}
"""References that must lead to a record; others (contacts, sites) are taken as they come."""


def patched(store: Store, table: Table, request: Request) -> dict[str, Any]:
    """The changes that a PATCH body asks for. Raises ``ApiError``.

    Replacing a part of a reference (``status/id``) is answered with success and changes nothing, as the vendor's guide
    warns.
    """
    operations = _body(table, request)
    if not isinstance(operations, list) or not all(isinstance(step, dict) for step in operations):
        raise ApiError(400, "InvalidObject", f"{table.resource} object is invalid: a list of operations is expected")
    changes: dict[str, Any] = {}
    for step in operations:
        kind, path = step.get("op"), str(step.get("path") or "").removeprefix("/")
        if kind not in ("add", "replace", "remove"):
            raise invalid(table.resource, path, f"The operation {kind} is not supported.")
        first, _, rest = path.partition("/")
        field = table.fields.get(first)
        if field is None or (rest and field.kind is not Kind.REFERENCE):
            raise invalid(table.resource, path, f"The field {path} does not exist.")
        if not rest and first not in READ_ONLY[table.kind]:
            changes[first] = None if kind == "remove" else accepted(store, table, first, step.get("value"))
    emptied = [name for name in REQUIRED_ON_UPDATE[table.kind] if name in changes and changes[name] is None]
    if emptied:
        raise missing(table.resource, emptied)
    return with_twins(store, table, changes)


def replaced(store: Store, table: Table, request: Request, document: Document) -> dict[str, Any]:
    """The changes that a PUT body asks for: what it omits is cleared. Raises ``ApiError``."""
    body = _record(store, table, request, REQUIRED_ON_UPDATE)
    kept = {*READ_ONLY[table.kind], "_info"}
    cleared = {name: None for name in document if name not in kept and name not in body}
    return with_twins(store, table, cleared | body)


def created(store: Store, table: Table, request: Request) -> dict[str, Any]:
    """The fields of a record that a POST body describes. Raises ``ApiError``."""
    body = _record(store, table, request, REQUIRED)
    return with_twins(store, table, {name: value for name, value in body.items() if value is not None})


def _record(store: Store, table: Table, request: Request, required: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    body = _body(table, request)
    if not isinstance(body, dict):
        raise ApiError(400, "InvalidObject", f"{table.resource} object is invalid: an object is expected")
    absent = [name for name in required[table.kind] if body.get(name) is None]
    if absent:
        raise missing(table.resource, absent)
    fields = {name: value for name, value in body.items() if name in table.fields}
    return {
        name: accepted(store, table, name, value) for name, value in fields.items() if name not in READ_ONLY[table.kind]
    }


def _body(table: Table, request: Request) -> Any:
    try:
        return request.json()
    except ValueError:
        raise ApiError(400, "InvalidObject", f"{table.resource} object is invalid: the body is not JSON") from None


def with_twins(store: Store, table: Table, changes: dict[str, Any]) -> dict[str, Any]:
    """``locationId`` and ``location`` say the same, and so do ``businessUnitId`` and ``businessUnit``."""
    if table.kind == "cw.purchaseorders":
        for name in ("location", "businessUnit"):
            if changes.get(f"{name}Id") is not None:
                changes[name] = accepted(store, table, name, {"id": changes[f"{name}Id"]})
            elif changes.get(name) is not None:
                changes[f"{name}Id"] = changes[name]["id"]
    return changes


def accepted(store: Store, table: Table, name: str, value: Any) -> Any:
    """The value as it is kept. Raises ``ApiError`` where it is of another kind or refers to nothing."""
    if value is None:
        return None
    field = table.fields[name]
    if field.kind is Kind.REFERENCE:
        return _reference(store, table, name, value)
    try:
        kept = _plain(field, value)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        raise invalid(table.resource, name, f"The value {value} is not valid for {name}.") from None
    if isinstance(kept, str) and len(kept) > _LONGEST.get(name, len(kept)):
        raise invalid(table.resource, name, f"{name} must be {_LONGEST[name]} characters or less.", "MaxLength")
    return kept


def _plain(field: Field, value: Any) -> Any:
    if isinstance(value, bool) != (field.kind is Kind.FLAG) and not isinstance(value, str):
        raise TypeError
    match field.kind:
        case Kind.FLAG:
            return value if isinstance(value, bool) else {"true": True, "false": False}[value.lower()]
        case Kind.WHOLE:
            number = Decimal(value)
            if abs(number) >= _LARGEST_WHOLE or number != number.to_integral_value():
                raise ValueError
            return int(number)
        case Kind.NUMBER:
            number = Decimal(value)
            if not abs(number) < _LARGEST_NUMBER:
                raise ValueError
            return number
        case Kind.MOMENT:
            return stamp(moment(value))
        case Kind.CHOICE:
            return {choice.lower(): choice for choice in field.choices}[value.lower()]
        case Kind.TEXT if isinstance(value, str):
            return value
        case Kind.LIST if isinstance(value, list):
            return value
    raise TypeError


def _reference(store: Store, table: Table, name: str, value: Any) -> Document:
    if not isinstance(value, Mapping):
        raise invalid(table.resource, name, f"{name} must be an object with an id.")
    target = TABLES.get(_REFERENCES.get(name, ""))
    if target is None:
        return dict(value)
    for record in store.all(target.kind):
        if any(value.get(key) is not None and record.get(key) == value[key] for key in ("id", "identifier", "name")):
            inner = {key: record[key] for key in table.fields[name].inner if record.get(key) is not None}
            return {key: found["name"] if isinstance(found, dict) else found for key, found in inner.items()}
    shown = next((f"{key} {value[key]}" for key in ("id", "identifier", "name") if key in value), "without id")
    raise invalid(table.resource, f"{name}/id", f"{name} {shown} could not be found.", "InvalidReference")
