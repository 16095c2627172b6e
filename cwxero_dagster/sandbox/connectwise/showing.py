"""How a document leaves: links on its references, no nulls, and only the fields that were asked for.

What belongs here: the form of a record in an answer. What does not: which records are in it (``listing.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cwxero_dagster.sandbox.connectwise.errors import unrecognized
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS, Table
from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.wire import Request

_LINKS = {
    "status": ("status_href", "/procurement/purchaseorderstatuses"),
    "vendorCompany": ("company_href", "/company/companies"),
    "customerCompany": ("company_href", "/company/companies"),
    "taxCode": ("taxCode_href", "/finance/taxCodes"),
    "currency": ("currency_href", "/finance/currencies"),
    "location": ("location_href", "/system/locations"),
    "businessUnit": ("department_href", "/system/departments"),
    "product": ("catalog_href", "/procurement/catalog"),
    "unitOfMeasure": ("uom_href", "/procurement/unitOfMeasures"),
}


def linked(document: Document, table: Table, root: str) -> Document:
    """The document with a link on every reference that has one; links change with the address of the server."""
    if table not in (ORDERS, LINES):
        return document
    found = dict(document)
    for name, (link, path) in _LINKS.items():
        reference = document.get(name) or {}
        if "id" in reference:
            found[name] = {**reference, "_info": {link: f"{root}{path}/{reference['id']}"}}
    return found


def site(request: Request) -> str:
    """The root of the address under which the client reached the server."""
    return f"http://{request.headers.get('host') or 'connectwise.invalid'}"


def shown(fields: str | None, table: Table) -> Callable[[Document], Document]:
    """How a document leaves: without nulls, and with the named fields only. Raises ``ApiError``."""
    names = [name.strip() for name in (fields or "").split(",") if name.strip()]
    if not names:
        return without_nulls
    for name in names:
        if name != "_info" and table.leaf(name) is None:
            raise unrecognized(name)

    def show(document: Document) -> Document:
        kept: Document = {}
        for name in names:
            leaf = table.leaf(name)
            path = leaf.path if leaf else (name,)
            value: Any = document
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                place = kept
                for key in path[:-1]:
                    place = place.setdefault(key, {})
                place[path[-1]] = value
        return without_nulls(kept)

    return show


def without_nulls(document: Document) -> Document:
    """The document without fields that have no value, at any depth."""
    return {
        key: without_nulls(value) if isinstance(value, dict) else value
        for key, value in document.items()
        if value is not None
    }
