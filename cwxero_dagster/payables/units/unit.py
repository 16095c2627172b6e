"""A bill unit: what becomes one bill.

What belongs here: the value, and how much of a line it may take. What does not: which units there are
(``order_units`` for one PO, ``due`` for all of them), what a unit's bill looks like (``composing``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.states import RECEIVED, cancelled_quantity, ordered_quantity
from cwxero_dagster.payables.units import cutover
from cwxero_dagster.payables.units.doubt import Doubt
from cwxero_dagster.payables.units.invoices import VendorInvoice
from cwxero_dagster.payables.units.purchasing import Purchasing


@dataclass(frozen=True)
class Unit:
    """What becomes one bill."""

    key: str
    pos: tuple[PurchaseOrder, ...]
    """The POs that it bills, by id; slices and receipts say which of them they are of."""
    slices: tuple[Slice, ...]
    due_on: date
    cycle: str
    receipts: tuple[Receipt, ...] = ()
    """The receipts that it bills, as far as they still stand."""
    unit_costs: Mapping[int, Decimal] = field(default_factory=dict)
    """Unit costs by line id that stand in for the present ones: a credit gives back what was billed."""
    invoice: VendorInvoice | None = None
    """The vendor invoice that it stands for; None: the one that the decision's source shows for its POs."""
    missing_invoice: str = ""
    """Why there is no vendor invoice where there has to be one; blank where there is, or need not be."""
    twice: str = ""
    """Why its vendor invoice seems to be two invoices; blank where it does not."""
    costs_before: Mapping[int, Decimal] = field(default_factory=dict)
    """Of a change of price after an approval, whose slices hold nothing: unit costs by line id that are billed."""
    repriced: Decimal = ZERO
    """What the PO's prices now make of a final bill's goods beyond what is billed of them, net."""
    doubts: tuple[Doubt, ...] = ()
    """Why the unit needs a person's look before it may go."""
    stands: tuple[Slice, ...] = ()
    """Of a known bill: what of it no credit gave back, and no person dealt with."""
    dealt: tuple[Slice, ...] = ()
    """Of a known bill: what went back and a person dealt with herself."""
    as_left: tuple[Slice, ...] = ()
    """The same as far as Xero's document bills it: with what a person put on it, and without what she took off."""


def billed_elsewhere(unit: Unit, purchasing: Purchasing, go_live: date) -> bool:
    """True where everything that the unit's POs received came before go-live."""
    return all(cutover.all_elsewhere(po, purchasing, go_live) for po in unit.pos)


def billable(po: PurchaseOrder, line: Line, decision: Decision) -> Decimal:
    """How much of a line may be billed: what was received; under ``raised: draft_bill`` ordered less cancelled."""
    if decision.events.raised != "draft_bill" or not line.present:
        return line.received
    return max(ordered_quantity(line) - cancelled_quantity(po, line), line.received, key=abs)


def due_when_raised(po: PurchaseOrder, state: str, decision: Decision) -> bool:
    """True where ``raised: draft_bill`` makes the PO due in this state, freight included, whatever arrived."""
    before = po.po_date is not None and po.po_date < decision.go_live
    return decision.events.raised == "draft_bill" and state in {"raised", *RECEIVED} and not before


def bills_ahead(unit: Unit, purchasing: Purchasing, decision: Decision) -> bool:
    """True where ``raised: draft_bill`` makes the unit bill goods that have not arrived."""
    received = {line.line_id: line.received for po in unit.pos for line in purchasing.lines.get(po.po_id, ())}
    return decision.events.raised == "draft_bill" and any(
        max(abs(part.start), abs(part.end)) > abs(received[part.line_id])
        for part in unit.slices
        if part.line_id in received
    )
