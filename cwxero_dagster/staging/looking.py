"""Whether lines moved although their header did not: receiving a line is not proven to move its PO.

What belongs here: choosing which watched POs to look at, reading the report, and judging what it shows. What does not:
reading lines (``orders.py``).

The report PurchaseOrderWithLineItems shows many POs a call, where the role allows it. What it may not show (a
cancelled rest, a slip) and, without it, everything is found by reading the lines of a few POs again in turn. Either way
a run looks at a few and the next one goes on where it ended. Source: connectwise_api.md, sections 7 and 8.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.connectwise.conditions import chunks
from cwxero_dagster.staging import values
from cwxero_dagster.staging.canonical import canonical
from cwxero_dagster.staging.clients import ConnectWiseReader
from cwxero_dagster.staging.findings import Findings
from cwxero_dagster.staging.known import Known, KnownOrder
from cwxero_dagster.transport import CallFailed, LimitReached
from cwxero_dagster.warehouse.notes import Memory

REPORT = "PurchaseOrderWithLineItems"
COLUMNS = ("Purchase_Header_RecID", "Purchase_Detail_RecID", "Received_Qty", "itemunitcost", "Last_Update")
REFUSED = "connectwise.report_refused"
NIGHTLY_CALLS = 5
QUICK_CALLS = 3
"""Calls of a run that look for lines which moved without their header (DESIGN.md, "Budgets")."""
OPEN_TURN = "connectwise.open_orders_in_turn"
CLOSED_TURN = "connectwise.closed_orders_in_turn"
"""The PO that the last turn ended with. Closed ones have their own: many open ones would leave them none."""
ZERO = Decimal(0)
_ROWS_A_CALL = 900

Figures = tuple[Decimal, Decimal]
"""Received quantity and unit cost of a line."""


def moved_lines(
    client: ConnectWiseReader,
    memory: Memory,
    findings: Findings,
    known: Known,
    *,
    skip: Iterable[int],
    now: datetime,
    nightly: bool,
) -> frozenset[int]:
    """POs whose lines have to be read again. ``skip``: POs whose lines are read by this run anyway.

    A report that was refused is tried again by the next nightly run, not before.
    """
    budget = NIGHTLY_CALLS if nightly else QUICK_CALLS
    calls_before = client.calls
    looked = memory.looked_at
    left_out = frozenset(skip)
    waiting = sorted(
        (order for order in known.watched(now) if order.po_id not in left_out),
        key=lambda order: (_moment_of(looked, order), order.po_id),
    )
    moved: frozenset[int] = frozenset()
    if nightly or REFUSED not in memory.positions:
        try:
            moved = _by_report(client, findings, known, waiting, looked, budget - 1 if nightly else budget)
        except LimitReached:
            raise
        except (CallFailed, LookupError, TypeError, ValueError, ArithmeticError) as failure:
            findings.positions[REFUSED] = 1
            findings.remarks.append(_refusal(failure))
        else:
            findings.positions[REFUSED] = None
            if not nightly:
                return moved
    left = max(0, budget - (client.calls - calls_before))
    return moved | _in_turn(memory, findings, [order for order in waiting if order.po_id not in moved], left)


def _in_turn(memory: Memory, findings: Findings, waiting: Sequence[KnownOrder], number: int) -> frozenset[int]:
    """The next POs whose lines are read again whatever else is known of them: open ones, and one that is closed."""
    still_open = [order.po_id for order in waiting if not order.closed]
    closed = [order.po_id for order in waiting if order.closed]
    of_closed = min(len(closed), max(1 if number > 1 else 0, number - len(still_open)))
    chosen: set[int] = set()
    for source, po_ids, share in ((OPEN_TURN, still_open, number - of_closed), (CLOSED_TURN, closed, of_closed)):
        last = memory.positions.get(source, 0)
        ahead, behind = [po_id for po_id in po_ids if po_id > last], [po_id for po_id in po_ids if po_id <= last]
        turn = [*sorted(ahead), *sorted(behind)][:share]
        if turn:
            findings.positions[source] = turn[-1]
        chosen.update(turn)
    return frozenset(chosen)


def _by_report(
    client: ConnectWiseReader,
    findings: Findings,
    known: Known,
    waiting: Sequence[KnownOrder],
    looked: Mapping[int, tuple[datetime, str | None]],
    budget: int,
) -> frozenset[int]:
    moved: set[int] = set()
    calls_before = client.calls
    for po_ids, condition in _portions(known, waiting):
        if client.calls - calls_before >= budget:
            break
        shown: dict[int, dict[int, tuple[Figures, datetime | None]]] = {po_id: {} for po_id in po_ids}
        for row in client.report(REPORT, conditions=condition, columns=COLUMNS):
            # A line that feeds several customers' products has a row for each of them.
            shown[int(row["purchase_header_recid"])][int(row["purchase_detail_recid"])] = (
                (values.quantity(row["received_qty"] or 0) or ZERO, values.quantity(row["itemunitcost"] or 0) or ZERO),
                values.moment(row["last_update"]),
            )
        for po_id, lines in shown.items():
            digest = _digest(lines)
            before = looked[po_id][1] if po_id in looked else None
            # A report that differs from the lines in the same way as last time has nothing new to say.
            if digest != before and _says_more(lines, known, po_id):
                moved.add(po_id)
            findings.looked_at[po_id] = digest
    return frozenset(moved)


def _says_more(shown: Mapping[int, tuple[Figures, datetime | None]], known: Known, po_id: int) -> bool:
    """Whether the report shows other figures than the lines, or a line that changed after it was read.

    The stamp tells of what is no figure (a cancelled rest, a slip). Whether it is the line's or the header's is not
    known, so a stamp that the header has is no news.
    """
    lines = known.lines.get(po_id, ())
    if {line_id: figures for line_id, (figures, _) in shown.items()} != {
        line.line_id: (line.received_quantity, line.unit_cost) for line in lines
    }:
        return True
    header = known.orders[po_id].last_updated
    of_lines = {line.line_id: line.last_updated for line in lines}
    for line_id, (_, stamp) in shown.items():
        seen = max((moment for moment in (header, of_lines[line_id]) if moment is not None), default=None)
        if stamp is not None and seen is not None and stamp > seen:
            return True
    return False


def _refusal(failure: Exception) -> str:
    reason = str(failure) if isinstance(failure, CallFailed) else "What it shows is not what it is known to show."
    return (
        f"ConnectWise's report {REPORT} could not be read, so each run reads the lines of a few purchase orders "
        f"again instead. With the right System > API Reports for the sync's role, a run looks at all of them. {reason}"
    )


def _portions(known: Known, waiting: Sequence[KnownOrder]) -> Iterator[tuple[list[int], str]]:
    """PO ids and the condition that asks for them, each about one page of the report."""
    portion: list[int] = []
    rows = 0
    for order in waiting:
        lines = max(1, len(known.lines.get(order.po_id, ())))
        if portion and rows + lines > _ROWS_A_CALL:
            yield from _asked(portion)
            portion, rows = [], 0
        portion.append(order.po_id)
        rows += lines
    if portion:
        yield from _asked(portion)


def _asked(po_ids: Sequence[int]) -> Iterator[tuple[list[int], str]]:
    left = list(po_ids)
    for condition in chunks(COLUMNS[0], po_ids):
        number = condition.count(",") + 1
        yield left[:number], condition
        left = left[number:]


def _digest(lines: Mapping[int, tuple[Figures, datetime | None]]) -> str:
    told: Any = {
        str(line_id): [*figures, None if stamp is None else stamp.isoformat()]
        for line_id, (figures, stamp) in lines.items()
    }
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def _moment_of(looked: Mapping[int, tuple[datetime, str | None]], order: KnownOrder) -> str:
    return looked[order.po_id][0].isoformat() if order.po_id in looked else ""
