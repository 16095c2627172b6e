"""Goods of an order that arrived long ago, and for which no bill comes.

What belongs here: finding them, and the question. What does not: goods that a bill takes, known or due (units).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.holds import hold
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import line_net, money_text, plain
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.states import PurchaseOrderState
from cwxero_dagster.payables.units import allocation, cutover
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit

PATIENCE = 30
"""Days after the last receipt before goods without a bill are named."""


def covered_by(units: Iterable[Unit]) -> dict[tuple[int, int], list[allocation.Stretch]]:
    """What bills, known or due, take of each PO line."""
    taken: dict[tuple[int, int], list[allocation.Stretch]] = {}
    for unit in units:
        for part in () if keys.is_credit(unit.key) else unit.slices:
            low, high = sorted((abs(part.start), abs(part.end)))
            place = part.po_id, part.line_id
            taken[place] = allocation.joined(taken.get(place, []), (low, high))
    return taken


def unbilled(
    po_id: int,
    state: PurchaseOrderState,
    covered: Mapping[tuple[int, int], list[allocation.Stretch]],
    purchasing: Purchasing,
    agreement: Agreement,
    resolver: Resolver,
    ledger: LedgerView,
    today: date,
) -> Iterator[HeldBill]:
    """Goods of a PO for which nothing has come for long, and which no bill, case or older system covers."""
    decision, po, last = agreement.decision, purchasing.pos[po_id], state.last_received_on
    if last is None or (today - last).days < PATIENCE or not decision.events.creates_bills or resolver.exclusion(po):
        return
    if cutover.all_elsewhere(po, purchasing, decision.go_live):
        return
    elsewhere = cutover.elsewhere(po, purchasing, decision.go_live)
    free: list[Slice] = []
    worth = ZERO
    for line in purchasing.lines.get(po_id, ()):
        held = covered.get((po_id, line.line_id), [])
        before = abs(elsewhere.get(line.line_id, ZERO))
        held = allocation.joined(held, (ZERO, before)) if before else held
        parts = allocation.free_slices(po_id, line.line_id, held, line.received) if line.unit_cost else ()
        free += parts
        worth += sum((line_net(part.quantity, line.unit_cost) for part in parts), ZERO)
    if not free:
        return
    stem = keys.po_key(po_id)
    used = ledger.keys_of(po_id)
    detail = (
        f"{plain(state.received)} of {plain(state.ordered)} of purchase order {po.po_number} arrived, the last on "
        f"{last}; goods for {money_text(worth, po.currency_code or '')} are on no bill, and nothing has come since."
    )
    facts = [f"{part.line_id}:{plain(part.start)}:{plain(part.end)}" for part in free]
    yield HeldBill(
        keys.next_supplement(stem, used) if stem in used else stem,
        cycle_of(max(last, decision.go_live), agreement.cycle_start_day),
        (po.po_number,),
        worth,
        po.currency_code or "",
        (hold("received_not_billed", f"purchase order {po_id}", detail, *facts),),
        po_ids=(po_id,),
        slices=tuple(free),
        notice=True,
    )
