"""Bill units: which part of which PO becomes one bill, under which key, in which cycle.

What belongs here: finding the units that are due and the quantity that each may take. What does not: what their bills
look like (composing). Every unit takes quantity that no other bill holds (DESIGN.md, "Allocation").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables import cutover
from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder


@dataclass(frozen=True)
class Unit:
    """What becomes one bill."""

    key: str
    po: PurchaseOrder
    slices: tuple[Slice, ...]
    due_on: date
    cycle: str


def due_units(purchasing: Purchasing, agreement: Agreement, ledger: LedgerView) -> list[Unit]:
    """Every bill unit that is due under the decision, in the order of PO ids.

    One bill a PO, at fully received: the cycle is that of the completing event, and stays what it was when the bill was
    first planned.
    """
    units = []
    for po_id in sorted(purchasing.states):
        key = unit_key(po_id, ledger)
        known = ledger.live(key)
        unit = _known_unit(known, purchasing) if known else None
        if unit is None:
            unit = _due_unit(po_id, key, known, purchasing, agreement, ledger)
        if unit:
            units.append(unit)
    return units


def billed_elsewhere(unit: Unit, purchasing: Purchasing, go_live: date) -> bool:
    """True where everything that the unit's PO received came before go-live."""
    return cutover.all_elsewhere(unit.po, purchasing, go_live)


def unit_key(po_id: int, ledger: LedgerView) -> str:
    """The key of a PO's bill; a bill that replaces withdrawn ones is numbered after them (``/g:{n}``)."""
    base, generation = f"po:{po_id}", 0
    key = base
    while key in ledger.bills and ledger.bills[key].state == "withdrawn":
        generation += 1
        key = f"{base}/g:{generation}"
    return key


def unbilled(po: PurchaseOrder, lines: Iterable[Line], taken: Mapping[int, Decimal]) -> tuple[Slice, ...]:
    """Received quantity of each line beyond what is allocated already, and the freight while no bill holds it."""
    slices = []
    for line in sorted(lines, key=lambda item: (item.line_number or 0, item.line_id)):
        start = taken.get(line.line_id, ZERO)
        if line.present and line.received != start and _reaches(line.received, start):
            slices.append(Slice(po.po_id, line.line_id, start, line.received))
    if po.freight and FREIGHT_LINE not in taken:
        slices.append(Slice(po.po_id, FREIGHT_LINE, ZERO, Decimal(1)))
    return tuple(slices)


def _reaches(received: Decimal, end: Decimal) -> bool:
    """True where ``received`` goes at least as far from zero as ``end``, in the same direction."""
    return received * end >= 0 and abs(received) >= abs(end)


def _due_unit(
    po_id: int,
    key: str,
    known: KnownBill | None,
    purchasing: Purchasing,
    agreement: Agreement,
    ledger: LedgerView,
) -> Unit | None:
    state = purchasing.states[po_id]
    due_on = state.fully_received_on
    decision = agreement.decision_for(known)
    if state.state != "fully_received" or due_on is None:
        return None
    if known is None and decision.events.fully_received != "draft_bill":
        return None
    po = purchasing.pos[po_id]
    taken = ledger.allocated(po_id, except_key=key)
    if not cutover.all_elsewhere(po, purchasing, decision.go_live):
        before = cutover.elsewhere(po, purchasing, decision.go_live)
        taken |= {line_id: max(taken.get(line_id, ZERO), end, key=abs) for line_id, end in before.items()}
    slices = unbilled(po, purchasing.lines.get(po_id, ()), taken)
    cycle = known.cycle if known else cycle_of(due_on, agreement.cycle_start_day)
    return Unit(key, po, slices, due_on, cycle) if slices else None


def _known_unit(known: KnownBill, purchasing: Purchasing) -> Unit | None:
    """A planned bill of a PO that grew lines again: while all its goods are still received, it bills what it billed."""
    po_id = known.po_ids[0]
    state = purchasing.states[po_id]
    if state.state != "partially_received" or state.last_received_on is None or not known.slices:
        return None
    received = {line.line_id: line.received for line in purchasing.lines.get(po_id, ()) if line.present}
    received[FREIGHT_LINE] = Decimal(1)
    if not all(_reaches(received.get(part.line_id, ZERO), part.end) for part in known.slices):
        return None
    return Unit(known.key, purchasing.pos[po_id], known.slices, state.last_received_on, known.cycle)
