"""The sweep over PO ids: what the lists of changes cannot show, because a deletion leaves no trace.

What belongs here: comparing ids, and proving that a PO is gone. What does not: how often a record has to be missing
(``absence.py``).

The sweep also brings the moment of each header's last change, so that it catches what a watermark missed for any
reason: a clock that is wrong, a condition that lies.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from cwxero_dagster.frames import PurchaseOrderLines, PurchaseOrders
from cwxero_dagster.staging import values
from cwxero_dagster.staging.absence import absent, refuse_many
from cwxero_dagster.staging.clients import ConnectWiseReader
from cwxero_dagster.staging.findings import DAILY, Findings
from cwxero_dagster.staging.known import Known
from cwxero_dagster.staging.windows import PURCHASE_ORDERS
from cwxero_dagster.transport import NotFound
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import Memory

SYSTEM = "ConnectWise"
SOURCE = "connectwise.sweep"
MISSING = "connectwise.purchase_orders"
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
    """POs whose header has to be read, because it is new here or moved unnoticed; gone ones go to ``findings``.

    Nothing happens while the last sweep is not 20 hours old. Raises ``StagingRefused`` where too much is missing.
    """
    here = sorted(order.po_id for order in known.present())
    if not memory.is_due(SOURCE, DAILY, now):
        return frozenset()
    findings.watermarks[SOURCE] = now
    if not here:
        return frozenset()
    lowest = min([*here[-_WITNESSES:], *(order.po_id for order in known.watched(now))])
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
    found = absent(expected, [str(po_id) for po_id in read], memory.missing.get(MISSING, {}))
    if not accept_deletions:
        refuse_many(
            SYSTEM,
            "purchase orders",
            sorted(found.times),
            known=len(expected),
            read=len(read) if start == lowest else None,
        )
    gone = _proved(client, found.twice, witness=next((po_id for po_id in reversed(here) if po_id in read), None))
    still = {record: times for record, times in found.times.items() if record not in gone}
    findings.note_missing(MISSING, still, found={*found.back, *gone})
    findings.add_gone(warehouse, PurchaseOrders, {(int(record),) for record in gone})
    findings.add_gone(
        warehouse,
        PurchaseOrderLines,
        {(line.line_id,) for record in gone for line in known.lines.get(int(record), ())},
    )
    return frozenset(
        po_id
        for po_id, moment in read.items()
        if po_id not in known.orders
        or not known.orders[po_id].present
        or (moment is not None and moment != known.orders[po_id].last_updated)
    )


def is_answered(client: ConnectWiseReader, path: str) -> bool:
    """Whether ConnectWise has the record; a 404 counts only while the keys demonstrably work, else the call raises."""
    try:
        client.record(path)
    except NotFound:
        return False
    return True


def _proved(client: ConnectWiseReader, suspects: list[str], *, witness: int | None) -> set[str]:
    """Suspects that ConnectWise does not know by id either, while a PO that it lists is answered."""
    gone = {record for record in suspects if not is_answered(client, f"{PURCHASE_ORDERS}/{record}")}
    proved = gone and witness is not None and is_answered(client, f"{PURCHASE_ORDERS}/{witness}")
    return gone if proved else set()
