"""Where a purchase order stands, from quantities and flags alone.

Tenants rename and recolour statuses, so no status name decides anything (connectwise_api, section 1); only the
default (new) status counts, by its flag. What belongs here: the state of a PO and the day it was completed. What does
not: what the firm decided to do about it (lifecycle, bills).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder, Receipt, Reference


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


def ordered_quantity(line: Line) -> Decimal:
    """What the line orders. A cloned line's rest is ordered by its clone, whether or not its own quantity was cut."""
    if not line.present:
        return ZERO
    return line.received if line.was_cloned else line.quantity


def cancelled_quantity(po: PurchaseOrder, line: Line) -> Decimal:
    """The rest that will not come: the line is cancelled or closed, its rest was dropped, or the PO is closed."""
    rest = ordered_quantity(line) - line.received
    dropped = line.cancelled or line.closed or po.closed or line.received_status == "PartiallyReceiveCancelRest"
    return rest if dropped and rest > 0 else ZERO


def state_of(
    po: PurchaseOrder, lines: Sequence[Line], receipts: Sequence[Receipt], reference: Reference, *, zone: str
) -> PurchaseOrderState:
    """The state of ``po`` from its current ``lines`` and all its receipt events.

    Fully received: at least one line was received, and each line that is not cancelled is received in full or its
    rest is cancelled; closing the PO makes no difference (CONTRACT, "Fully received").
    """
    standing = [line for line in lines if line.present]
    ordered = sum((ordered_quantity(line) for line in standing), ZERO)
    received = sum((line.received for line in standing), ZERO)
    cancelled = sum((cancelled_quantity(po, line) for line in standing), ZERO)
    growth = [receipt for receipt in receipts if receipt.quantity > 0]
    any_received = any(line.received for line in standing)
    counted = [line for line in standing if line.quantity]
    complete = bool(counted) and all(
        line.received >= ordered_quantity(line) or cancelled_quantity(po, line) for line in counted
    )
    days = [receipt.received_on for receipt in growth]
    return PurchaseOrderState(
        po_id=po.po_id,
        po_number=po.po_number,
        state=_name(po, reference, any_received=any_received, complete=complete, ever_received=bool(growth)),
        ordered=ordered,
        received=received,
        cancelled=cancelled,
        fully_received_on=_completed_on(po, standing, days, zone) if any_received and complete else None,
        first_received_on=min(days, default=None),
        last_received_on=max(days, default=None),
        has_vendor_invoice=bool(po.vendor_invoice_number),
    )


def _name(po: PurchaseOrder, reference: Reference, *, any_received: bool, complete: bool, ever_received: bool) -> str:
    if not po.present:
        return "deleted"
    if any_received:
        return "fully_received" if complete else "partially_received"
    if ever_received:
        return "reversed"
    if po.closed or complete:
        return "cancelled"
    return "draft" if po.status_id in reference.draft_status_ids else "raised"


def _completed_on(po: PurchaseOrder, lines: Sequence[Line], received_on: Sequence[date], zone: str) -> date | None:
    """The later of the last receipt and the cancellation or closing that completed the PO."""
    dropped = [_dropped_on(po, line, zone) for line in lines if cancelled_quantity(po, line)]
    return max([*received_on, *(day for day in dropped if day)], default=None)


def _dropped_on(po: PurchaseOrder, line: Line, zone: str) -> date | None:
    """The day on which the line's rest was given up; a rest dropped at receiving went with the receipt itself."""
    if line.received_status == "PartiallyReceiveCancelRest" and line.received_at:
        return day_of(line.received_at, zone)
    moment = line.cancelled_at or (po.closed_at if po.closed else None) or line.last_updated
    return day_of(moment or line.observed_at, zone)
