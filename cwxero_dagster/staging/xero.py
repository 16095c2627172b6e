"""Staging Xero: one run, read first and written at its end.

What belongs here: what is read of Xero, and how old it may get. What does not: walking pages (the client), and what a
document means for a bill.

Documents and contacts are read by their last change. The watermark is Xero's own newest stamp, not this machine's time:
a clock that runs ahead would else skip what changes in between. Some edits of part-paid documents move no stamp
(xero_api.md, section 2, "Reads"), so once a week documents of the last months are read again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from cwxero_dagster.frames import XeroContacts, XeroDocuments, XeroPurchaseOrders, XeroReference
from cwxero_dagster.staging import xero_rows
from cwxero_dagster.staging.clients import Record, XeroReader
from cwxero_dagster.staging.findings import DAILY, OVERLAP, Findings, Model, Row, StagingReport
from cwxero_dagster.staging.refusal import OtherOrganisation
from cwxero_dagster.staging.whole_lists import WholeLists, whole_lists
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import Memory, StagingNotes

SYSTEM = "xero"
REFERENCE = "xero.reference"
CONTACTS = "xero.contacts"
CONTACTS_READ = "xero.contacts_read"
BILLS = "xero.bills"
CREDITS = "xero.supplier_credits"
ORDERS = "xero.purchase_orders"
READ_AGAIN = "xero.documents_read_again"
EVERY_WEEK = timedelta(days=7)
READ_AGAIN_BACK = timedelta(days=120)


class _Incremental(Protocol):
    def __call__(self, *, modified_since: datetime | None = None) -> Iterator[Record]: ...


def stage_xero(
    client: XeroReader,
    warehouse: Warehouse,
    *,
    clock_now: Callable[[], datetime],
    run_id: str = "",
    night: str | None = None,
    fresh_contacts: bool = False,
    purchase_orders: bool = False,
    accept_deletions: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> StagingReport:
    """Read what is new or changed in Xero and append it to the warehouse.

    Bills and supplier credits are read by every run, contacts and settings once in 20 hours; ``fresh_contacts`` reads
    contacts in any case (before the first write of a night), ``purchase_orders`` Xero's purchase orders too, for a call
    more. See ``stage_connectwise`` for the other options.

    Raises ``StagingRefused`` where the answers cannot be believed, also where the keys reach another organisation than
    the one that this warehouse is about, and ``transport.CallFailed`` where there are no answers; in both cases nothing
    was written.
    """
    started = clock_now()
    calls_before = client.calls
    findings = Findings()
    with warehouse.transaction():
        memory = StagingNotes(warehouse).recall(started)
        small = whole_lists("Xero", XeroReference, warehouse, memory, findings, accept_deletions=accept_deletions)
    if memory.is_due(REFERENCE, DAILY, started):
        progress("Xero: reading the organisation, accounts and rates")
        _reference(client, small)
        findings.watermarks[REFERENCE] = started
    else:
        # A call in every run: bills of another organisation would be taken for this one's by their keys.
        same_organisation(warehouse, client.organisation())
    if fresh_contacts or memory.is_due(CONTACTS_READ, DAILY, started):
        progress("Xero: reading contacts")
        _changed(client.contacts, memory, findings, CONTACTS, XeroContacts, xero_rows.contact)
        findings.watermarks[CONTACTS_READ] = started
    progress("Xero: reading bills and supplier credits")
    again = started - READ_AGAIN_BACK if memory.is_due(READ_AGAIN, EVERY_WEEK, started) else None
    _changed(client.bills, memory, findings, BILLS, XeroDocuments, xero_rows.bill, again=again)
    _changed(client.supplier_credits, memory, findings, CREDITS, XeroDocuments, xero_rows.supplier_credit, again=again)
    if purchase_orders:
        _changed(client.purchase_orders, memory, findings, ORDERS, XeroPurchaseOrders, xero_rows.purchase_order)
    if again is not None:
        findings.watermarks[READ_AGAIN] = started
    report = findings.write(
        warehouse,
        system=SYSTEM,
        run_id=run_id or str(uuid.uuid4()),
        night=night,
        started=started,
        clock_now=clock_now,
        calls=client.calls - calls_before,
    )
    progress(f"Xero: staged with {report.calls} calls")
    return report


def _reference(client: XeroReader, small: WholeLists) -> None:
    # Connections come first: they tell the client which organisation it speaks to.
    connections = client.connections()
    organisation = client.organisation()
    same_organisation(small.warehouse, organisation)
    found: dict[str, Iterable[Record]] = {
        "connection": connections,
        "organisation": [organisation],
        "action": client.actions(),
        "account": client.accounts(),
        "tax_rate": client.tax_rates(),
        "tracking_category": client.tracking_categories(),
        "currency": client.currencies(),
    }
    for kind, records in found.items():
        small.take(kind, [xero_rows.reference(kind, record) for record in records])


def same_organisation(warehouse: Warehouse, organisation: Mapping[str, Any]) -> None:
    """Raises ``OtherOrganisation``: documents of two organisations in one warehouse could never be told apart again."""
    known = [
        row
        for row in warehouse.current_rows(XeroReference, ["kind", "record_id", "name", "present"])
        if row["kind"] == "organisation" and row["present"]
    ]
    reached = xero_rows.reference("organisation", organisation)
    if known and all(row["record_id"] != reached["record_id"] for row in known):
        message = (
            f"The Xero keys reach the organisation {reached['name']}, but this warehouse holds {known[0]['name']}. "
            "Nothing was staged. Set the keys (XERO_CLIENT_ID, XERO_CLIENT_SECRET, XERO_TENANT_ID) of "
            f"{known[0]['name']}, or a CWXERO_HOME of its own for {reached['name']}."
        )
        raise OtherOrganisation(message)


def _changed(
    read: _Incremental,
    memory: Memory,
    findings: Findings,
    source: str,
    model: Model,
    row_of: Callable[[Mapping[str, Any]], Row],
    *,
    again: datetime | None = None,
) -> None:
    """Read what changed since the newest stamp seen; without one, everything. ``again``: since then at least."""
    newest = memory.watermarks.get(source)
    since = None if newest is None else min(newest - OVERLAP, newest if again is None else again)
    for record in read(modified_since=since):
        row = row_of(record)
        findings.add(model, row)
        if row["updated_at"] is not None:
            newest = row["updated_at"] if newest is None else max(newest, row["updated_at"])
    if newest is not None:
        findings.watermarks[source] = newest
