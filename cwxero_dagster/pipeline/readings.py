"""From the warehouse's tables to the values that rules read.

What belongs here: which columns are read and how they become records. What does not: any rule.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from cwxero_dagster import frames
from cwxero_dagster.frames import Observation
from cwxero_dagster.payables.books import Books, Organisation
from cwxero_dagster.payables.composing.matching import costs_when_ordered
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.reading_books import books_of, organisation_of
from cwxero_dagster.payables.receipts import receipts_of
from cwxero_dagster.payables.records import CatalogItem, Line, PurchaseOrder, Reference, records
from cwxero_dagster.payables.states import state_of
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.units.services import TwoWay, with_services
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import MISSING_LINES, MISSING_ORDERS, StagingNotes
from cwxero_dagster.xero.parse import day_of

R = TypeVar("R")
_NAMED = ("vendor_id", "name")
_PURCHASING = (
    frames.PurchaseOrders,
    frames.PurchaseOrderLines,
    frames.CatalogItems,
    frames.ConnectWiseReference,
    frames.Vendors,
)
_BOOKS = (frames.XeroReference, frames.XeroContacts, frames.XeroDocuments, frames.XeroPurchaseOrders)


def read_organisation(warehouse: Warehouse) -> Organisation | None:
    """The Xero organisation as last read; None before the first staging."""
    return warehouse.remembered("organisation", [frames.XeroReference], lambda: _organisation(warehouse))


def _organisation(warehouse: Warehouse) -> Organisation | None:
    rows = [
        row
        for row in warehouse.current_rows(frames.XeroReference, ("kind", "body", "present"))
        if row["kind"] == "organisation" and row["present"]
    ]
    if not rows:
        return None
    record = json.loads(rows[0]["body"], parse_float=Decimal)
    return organisation_of(record, (day_of(record, "PeriodLockDate"), day_of(record, "EndOfYearLockDate")))


def read_books(warehouse: Warehouse) -> Books:
    """Everything that was last read of the Xero organisation."""
    return warehouse.remembered("books", _BOOKS, lambda: _books(warehouse))


def _books(warehouse: Warehouse) -> Books:
    documents = [name for name in frames.XeroDocuments.arrow_schema().names if name != "fingerprint"]
    return books_of(
        warehouse.current_rows(frames.XeroReference, ("kind", "body", "present")),
        warehouse.current_rows(frames.XeroContacts, ("body", "present")),
        warehouse.current_rows(frames.XeroDocuments, documents),
        warehouse.current_rows(
            frames.XeroPurchaseOrders,
            [name for name in frames.XeroPurchaseOrders.arrow_schema().names if name != "fingerprint"],
        ),
        organisation=read_organisation(warehouse),
        seen=warehouse.history_rows(frames.XeroDocuments, documents, changed="total"),
    )


def read_reference(warehouse: Warehouse) -> Reference:
    """Statuses and billing terms."""
    rows = [
        {**row, "body": json.loads(row["body"], parse_float=Decimal)}
        for row in warehouse.current_rows(frames.ConnectWiseReference, ("kind", "record_id", "name", "body", "present"))
        if row["present"] and row["kind"] in {"status", "terms"}
    ]
    return Reference(
        draft_status_ids=_statuses(rows, "defaultFlag"),
        closing_status_ids=_statuses(rows, "defaultClosedFlag"),
        terms_days={
            folded(row["name"]): int(row["body"]["dueDays"])
            for row in rows
            if row["kind"] == "terms" and row["body"].get("dueDays") is not None
        },
    )


def _statuses(rows: Iterable[Mapping[str, Any]], flag: str) -> frozenset[int]:
    return frozenset(row["record_id"] for row in rows if row["kind"] == "status" and row["body"].get(flag) is True)


def read_purchasing(warehouse: Warehouse, *, zone: str, two_way: TwoWay) -> Purchasing:
    """ConnectWise as it stands, its receipt events and the state of every PO.

    ``two_way``: product types that count as received without a receipt.
    """
    with warehouse.transaction():
        staged = first_staged_at(warehouse)
        notes = StagingNotes(warehouse)
        lines, missed = notes.missing(MISSING_LINES), frozenset(notes.missing(MISSING_ORDERS))
        return warehouse.remembered(
            "purchasing",
            _PURCHASING,
            lambda: dataclasses.replace(
                _purchasing(warehouse, zone=zone, two_way=two_way, staged=staged),
                missing_lines=lines,
                missing_orders=missed,
            ),
            given=(zone, two_way, staged, frozenset(lines.items()), missed),
        )


def _purchasing(warehouse: Warehouse, *, zone: str, two_way: TwoWay, staged: datetime | None) -> Purchasing:
    reference = read_reference(warehouse)
    orders = _current(warehouse, frames.PurchaseOrders, PurchaseOrder)
    catalog = {item.product_id: item for item in _current(warehouse, frames.CatalogItems, CatalogItem)}
    history = records(Line, warehouse.history_rows(frames.PurchaseOrderLines, _columns(Line)))
    headers = records(PurchaseOrder, warehouse.history_rows(frames.PurchaseOrders, _columns(PurchaseOrder)))
    observed = with_services(history, headers, catalog, reference, two_way)
    receipts = _grouped(receipts_of(observed, zone=zone))
    by_po = _grouped(list({line.line_id: line for line in observed}.values()))
    pos = {po.po_id: po for po in orders}
    return Purchasing(
        pos=pos,
        lines=by_po,
        receipts=receipts,
        states={
            po.po_id: state_of(po, by_po.get(po.po_id, []), receipts.get(po.po_id, []), reference, zone=zone)
            for po in orders
        },
        catalog=catalog,
        reference=reference,
        first_staged_at=staged,
        ordered_costs=costs_when_ordered(headers, history, draft_status_ids=reference.draft_status_ids),
        once_taxed=frozenset(line.line_id for line in history if line.tax),
        vendors={row["vendor_id"]: row["name"] for row in warehouse.current_rows(frames.Vendors, _NAMED)},
        zone=zone,
        headers_seen=_grouped(headers),
        lines_seen=_grouped(observed),
    )


def first_staged_at(warehouse: Warehouse) -> datetime | None:
    """When the first staging of ConnectWise ended; None before it."""
    return StagingNotes(warehouse).first_finished("connectwise")


def _columns(record: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(record)]


def _current(warehouse: Warehouse, model: type[Observation], record: type[R]) -> list[R]:
    return records(record, warehouse.current_rows(model, _columns(record)))


def _grouped(items: list[Any]) -> Mapping[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for item in items:
        groups.setdefault(item.po_id, []).append(item)
    return groups
