"""Where a purchase order stands, from quantities and flags alone.

Tenants rename and recolour statuses, so no status name decides anything (connectwise_api, section 1); only the
default (new) status counts, by its flag. What belongs here: the state of a PO and the day it was completed. What does
not: what the firm decided to do about it (lifecycle, bills).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder, Receipt, Reference

RECEIVED = frozenset({"partially_received", "fully_received"})
"""States in which goods are there."""


@dataclass(frozen=True)
class PurchaseOrderState:
    """State, quantities and days of one PO."""

    po_id: int
    po_number: str
    state: str
    ordered: Decimal
    received: Decimal
    cancelled: Decimal
    fully_received_on: date | None
    first_received_on: date | None
    last_received_on: date | None
    has_vendor_invoice: bool


def in_words(states: Iterable[str]) -> str:
    """The states of a bill's POs, as people read them."""
    return ", ".join(sorted({state.replace("_", " ") for state in states}))


def gave_up_its_rest(line: Line) -> bool:
    """True where nothing more is received on the line: it was cloned, or says itself that it is fully received."""
    return line.was_cloned or (line.received_status == "FullyReceived" and bool(line.received))


def dropped_its_rest(line: Line) -> bool:
    """True where a part of the line was received and the rest given up."""
    return line.received_status == "PartiallyReceiveCancelRest"


def ordered_quantity(line: Line) -> Decimal:
    """What the line orders. A cloned line's rest is ordered by its clone, whether or not its own quantity was cut.

    What ``receivedStatus`` a cloned line ends with is not known (connectwise_api, section 11).
    """
    if not line.present:
        return ZERO
    less = abs(line.received) < abs(line.quantity)
    return line.received if line.was_cloned or (less and gave_up_its_rest(line)) else line.quantity


def open_rest(line: Line) -> Decimal:
    """What was ordered and has not arrived, cancelled or not; negative on a line of negative quantity."""
    ordered = ordered_quantity(line)
    rest = ordered - line.received
    return rest if rest * ordered > 0 else ZERO


def cancelled_quantity(po: PurchaseOrder, line: Line) -> Decimal:
    """The rest that will not come: the line is cancelled or closed, its rest was dropped, or the PO is closed."""
    dropped = line.cancelled or line.closed or po.closed or dropped_its_rest(line)
    return open_rest(line) if dropped else ZERO


def state_of(
    po: PurchaseOrder, lines: Sequence[Line], receipts: Sequence[Receipt], reference: Reference, *, zone: str
) -> PurchaseOrderState:
    """The state of ``po`` from its current ``lines`` and all its receipt events.

    Fully received: at least one line was received, and each line that is not cancelled is received in full or its
    rest is cancelled; lines that carry words only do not count, and closing the PO makes no difference (CONTRACT,
    "Fully received").
    """
    present = [line for line in lines if line.present]
    counted = _counted(present)
    words = {line.line_id for line in present} - {line.line_id for line in counted}
    complete = bool(counted) and all(not open_rest(line) or cancelled_quantity(po, line) for line in counted)
    arrived = [receipt for receipt in receipts if receipt.line_id not in words]
    days = [receipt.received_on for receipt in standing(arrived)]
    received = any(line.received for line in counted)
    return PurchaseOrderState(
        po_id=po.po_id,
        po_number=po.po_number,
        state=_name(po, reference, received=received, complete=complete, ever_received=bool(arrived)),
        ordered=sum((ordered_quantity(line) for line in present), ZERO),
        received=sum((line.received for line in present), ZERO),
        cancelled=sum((cancelled_quantity(po, line) for line in present), ZERO),
        fully_received_on=_completed_on(po, counted, days, zone) if received and complete else None,
        first_received_on=min(days, default=None),
        last_received_on=max(days, default=None),
        has_vendor_invoice=bool(po.vendor_invoice_number),
    )


def _counted(lines: Sequence[Line]) -> list[Line]:
    """The lines that decide: neither zero-quantity ghosts nor, beside goods with a price, lines without one.

    A $0 line tells a vendor's invoice in words and is never received (connectwise_api, section 2).
    """
    goods = [line for line in lines if line.quantity or line.received]
    return [line for line in goods if line.unit_cost] or goods


def _name(po: PurchaseOrder, reference: Reference, *, received: bool, complete: bool, ever_received: bool) -> str:
    if not po.present:
        return "deleted"
    if received:
        return "fully_received" if complete else "partially_received"
    if ever_received:
        return "reversed"
    if po.closed or complete:
        return "cancelled"
    return "draft" if po.status_id in reference.draft_status_ids else "raised"


def _completed_on(po: PurchaseOrder, lines: Sequence[Line], received_on: Sequence[date], zone: str) -> date | None:
    """The later of the last receipt and the cancellation or closing that completed the PO."""
    dropped = [_dropped_on(po, line, zone) for line in lines if cancelled_quantity(po, line)]
    return max([*received_on, *dropped], default=None)


def _dropped_on(po: PurchaseOrder, line: Line, zone: str) -> date:
    """The day on which the line's rest was given up; a rest dropped at receiving went with the receipt itself."""
    if line.received_status == "PartiallyReceiveCancelRest" and line.received_at:
        return day_of(line.received_at, zone)
    moment = line.cancelled_at or (po.closed_at if po.closed else None) or line.last_updated
    return day_of(moment or line.observed_at, zone)
