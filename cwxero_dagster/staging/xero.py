"""Staging Xero: one run, read first and written at its end.

What belongs here: what is read of Xero, and how old it may get. What does not: walking pages (the client), and what a
document means for a bill.

Documents and contacts are read by their last change. The watermark is Xero's own newest stamp, not this machine's time:
a clock that runs ahead would else skip what changes in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from cwxero_dagster.frames import XeroContacts, XeroDocuments, XeroReference
from cwxero_dagster.staging import xero_rows
from cwxero_dagster.staging.clients import Record, XeroReader
from cwxero_dagster.staging.findings import DAILY, OVERLAP, Findings, Model, Row, StagingReport, is_due
from cwxero_dagster.staging.lists import whole_list
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.warehouse.database import Warehouse

SYSTEM = "xero"
REFERENCE = "xero.reference"
CONTACTS = "xero.contacts"
CONTACTS_READ = "xero.contacts_read"
BILLS = "xero.bills"
CREDITS = "xero.supplier_credits"


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
    accept_deletions: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> StagingReport:
    """Read what is new or changed in Xero and append it to the warehouse.

    Bills and supplier credits are read by every run, contacts and settings once in 20 hours; ``fresh_contacts`` reads
    contacts in any case (before the first write of a night). See ``stage_connectwise`` for the other options.

    Raises ``StagingRefused`` where the answers cannot be believed, also where the keys reach another organisation than
    the one that this warehouse is about, and ``transport.CallFailed`` where there are no answers; in both cases nothing
    was written.
    """
    started = clock_now()
    calls_before = client.calls
    findings = Findings()
    if is_due(warehouse, REFERENCE, DAILY, started):
        progress("Xero: reading the organisation, accounts and rates")
        _reference(client, warehouse, findings, accept_deletions=accept_deletions)
        findings.watermarks[REFERENCE] = started
    if fresh_contacts or is_due(warehouse, CONTACTS_READ, DAILY, started):
        progress("Xero: reading contacts")
        _changed(client.contacts, warehouse, findings, CONTACTS, XeroContacts, xero_rows.contact)
        findings.watermarks[CONTACTS_READ] = started
    progress("Xero: reading bills and supplier credits")
    _changed(client.bills, warehouse, findings, BILLS, XeroDocuments, xero_rows.bill)
    _changed(client.supplier_credits, warehouse, findings, CREDITS, XeroDocuments, xero_rows.supplier_credit)
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


def _reference(client: XeroReader, warehouse: Warehouse, findings: Findings, *, accept_deletions: bool) -> None:
    # Connections come first: they tell the client which organisation it speaks to.
    connections = client.connections()
    organisation = client.organisation()
    _same_organisation(warehouse, organisation)
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
        rows = [xero_rows.reference(kind, record) for record in records]
        whole_list(
            warehouse,
            findings,
            XeroReference,
            rows,
            system="Xero",
            kind=kind,
            accept_deletions=accept_deletions,
        )


def _same_organisation(warehouse: Warehouse, organisation: Mapping[str, Any]) -> None:
    """Raises ``StagingRefused``: documents of two organisations in one warehouse could never be told apart again."""
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
        raise StagingRefused(message)


def _changed(
    read: _Incremental,
    warehouse: Warehouse,
    findings: Findings,
    source: str,
    model: Model,
    row_of: Callable[[Mapping[str, Any]], Row],
) -> None:
    """Read what changed since the newest stamp seen; without one, everything."""
    newest = warehouse.watermark(source)
    for record in read(modified_since=None if newest is None else newest - OVERLAP):
        row = row_of(record)
        findings.add(model, row)
        if row["updated_at"] is not None:
            newest = row["updated_at"] if newest is None else max(newest, row["updated_at"])
    if newest is not None:
        findings.watermarks[source] = newest
