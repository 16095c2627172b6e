"""The sweep over PO ids: what the lists of changes cannot show, because a deletion leaves no trace.

What belongs here: comparing ids, and proving that a PO is gone. What does not: how often a record has to be missing
(``absence.py``).

The sweep also brings the moment of each header's last change, so that it catches what a watermark missed for any
reason: a clock that is wrong, a condition that lies. A PO that no list shows but that answers by its id is not missing:
the sweep reads it by id, once a night for as long as it is watched, because nothing else shows what becomes of it.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from cwxero_dagster.frames import PurchaseOrderLines, PurchaseOrders
from cwxero_dagster.staging import connectwise_rows, values
from cwxero_dagster.staging.absence import absent, refuse_many
from cwxero_dagster.staging.clients import ConnectWiseReader, Record
from cwxero_dagster.staging.findings import DAILY, Findings
from cwxero_dagster.staging.known import Known
from cwxero_dagster.staging.windows import PURCHASE_ORDERS
from cwxero_dagster.transport import NotFound
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import MISSING_LINES, MISSING_ORDERS, Memory

SYSTEM = "ConnectWise"
SOURCE = "connectwise.sweep"
UNLISTED = "connectwise.purchase_orders_unlisted"
"""POs that a sweep did not list and that answered by id."""
LARGEST_SWEEP = 2000
"""Ids that one sweep reads; the next one goes on where it ended."""
_WITNESSES = 25
"""So many of the newest known POs are always swept, so that an empty answer cannot be the truth."""


def sweep(
    client: ConnectWiseReader,
    warehouse: Warehouse,
    memory: Memory,
    findings: Findings,
    known: Known,
    now: datetime,
    *,
    accept_deletions: bool,
) -> frozenset[int]:
    """POs whose header has to be read, because it is new here or moved unnoticed.

    Headers that only their id shows go to ``findings``, and so do POs that are gone.
    Nothing happens while the last sweep is not 20 hours old. Raises ``StagingRefused`` where too much is missing.
    """
    here = sorted(order.po_id for order in known.present())
    watched = {order.po_id for order in known.watched(now)}
    if not memory.is_due(SOURCE, DAILY, now):
        return frozenset()
    findings.watermarks[SOURCE] = now
    if not here:
        return frozenset()
    lowest = min([*here[-_WITNESSES:], *watched])
    start = max(lowest, memory.positions.get(SOURCE, lowest))
    listed = client.forward(PURCHASE_ORDERS, conditions=f"id >= {start}", fields="id,_info/lastUpdated")
    read = {
        int(record["id"]): values.moment(values.field(record, "_info/lastUpdated"))
        for record in islice(listed, LARGEST_SWEEP)
    }
    ended = len(read) < LARGEST_SWEEP
    last = here[-1] if ended else max(read)
    findings.positions[SOURCE] = None if ended else last + 1

    expected = {str(po_id) for po_id in here if start <= po_id <= last}
    unlisted = {record for record in expected if int(record) not in read}
    before = memory.missing.get(UNLISTED, {}).keys()
    if not accept_deletions:
        refuse_many(
            SYSTEM,
            "purchase orders",
            sorted(unlisted - before),
            known=len(expected),
            read=len(read) if start == lowest else None,
        )
    asked = sorted(record for record in unlisted if record not in before or int(record) in watched)
    there = unlisted.difference(asked) | _read_by_id(client, findings, asked)
    findings.note_missing(UNLISTED, dict.fromkeys(there, 1), found=(before & expected) - there)

    shown = [*(str(po_id) for po_id in read), *there]
    found = absent(expected, shown, memory.missing.get(MISSING_ORDERS, {}))
    gone = _proved(client, found.twice, witness=next((po_id for po_id in reversed(here) if po_id in read), None))
    still = {record: times for record, times in found.times.items() if record not in gone}
    findings.note_missing(MISSING_ORDERS, still, found={*found.back, *gone})
    findings.add_gone(warehouse, PurchaseOrders, {(int(record),) for record in gone})
    lines = {line.line_id for record in gone for line in known.lines.get(int(record), ())}
    findings.note_missing(MISSING_LINES, {}, found={str(line_id) for line_id in lines})
    findings.add_gone(warehouse, PurchaseOrderLines, {(line_id,) for line_id in lines})
    return frozenset(
        po_id
        for po_id, moment in read.items()
        if po_id not in known.orders
        or not known.orders[po_id].present
        or (moment is not None and moment != known.orders[po_id].last_updated)
    )


def answered(client: ConnectWiseReader, path: str) -> Record | None:
    """The record, or None for a 404; that counts only while the keys demonstrably work, else the call raises."""
    try:
        return client.record(path)
    except NotFound:
        return None


def _read_by_id(client: ConnectWiseReader, findings: Findings, unlisted: list[str]) -> set[str]:
    """Keep the headers that ConnectWise shows by id and in no list; answers whose they are."""
    answers = {record: answered(client, f"{PURCHASE_ORDERS}/{record}") for record in unlisted}
    rows = {record: connectwise_rows.purchase_order(answer) for record, answer in answers.items() if answer}
    for row in rows.values():
        findings.add(PurchaseOrders, row)
    if rows:
        names = ", ".join(row["po_number"] or f"#{record}" for record, row in rows.items())
        findings.remarks.append(
            f"The list of purchase orders leaves out {names}, which ConnectWise does show by id: what changes there is "
            "noticed once a night at best. Give the sync's user the right to see every purchase order."
        )
    return set(rows)


def _proved(client: ConnectWiseReader, suspects: list[str], *, witness: int | None) -> set[str]:
    """Suspects, none of which was answered by id, while a PO that ConnectWise lists is."""
    proved = suspects and witness is not None and answered(client, f"{PURCHASE_ORDERS}/{witness}") is not None
    return {*suspects} if proved else set()
