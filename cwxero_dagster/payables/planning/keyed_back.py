"""Goods on bills that were keyed by hand and that are no longer there: what of which bill, and the credit to key.

What belongs here: telling those goods, and the unit of their supplier credit. What does not: which goods a document
bills (keyed_goods), the question about them (cases/keyed_by_hand).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.calendar import cycle_of, day_of
from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.planning.keyed_goods import KeyedBill, KeyedGoods
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation, cutover
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit, billable


@dataclass(frozen=True)
class GoneBack:
    """What of a keyed bill is not there any more, and no credit gives back."""

    keyed: KeyedBill
    slices: tuple[Slice, ...]


def gone_back(
    found: KeyedGoods, units: Sequence[Unit], purchasing: Purchasing, agreement: Agreement, ledger: LedgerView
) -> Iterator[GoneBack]:
    """What went back of each keyed bill. ``ledger``: with what was keyed; ``units``: what is due beside it."""
    dealt = {unit.key: unit.dealt for unit in units} | {one.known.key: dealt_with(one, ledger) for one in found.bills}
    mine = {one.known.key: one for one in found.bills if not keys.is_credit(one.known.key)}
    gone: dict[str, list[Slice]] = {}
    for po_id in sorted({po_id for one in mine.values() for po_id in one.known.po_ids}):
        bills = [_of(bill, po_id, dealt.get(bill.key, ())) for bill in ledger.bills_of(po_id) if not bill.reprices]
        back = _given_back(po_id, bills, purchasing, agreement, final=mine)
        for bill in bills:
            if bill.key in mine and (quantities := back.get(bill.key)):
                stands = allocation.standing_slices(bill, bills)
                left = allocation.shortened(stands, quantities)
                gone.setdefault(bill.key, []).extend(allocation.beyond(stands, left))
    return (GoneBack(mine[key], tuple(slices)) for key, slices in gone.items())


def dealt_with(one: KeyedBill, ledger: LedgerView) -> tuple[Slice, ...]:
    """What went back of a keyed bill and a person dealt with: she released the question about it."""
    key = one.known.key
    answers = ledger.let_stand(case_id("credit_needed", keys.cause(key)))
    return tuple(part for answer in answers for part in answer.gone.get(key) or ())


def credit_unit(one: GoneBack, purchasing: Purchasing, agreement: Agreement, used: Collection[str]) -> Unit:
    """The supplier credit for exactly what went back, at the unit costs that it was billed at."""
    pos = tuple(purchasing.pos[po_id] for po_id in dict.fromkeys(part.po_id for part in one.slices))
    seen = [receipt.observed_at for po in pos for receipt in purchasing.receipts.get(po.po_id, ()) if receipt.reversal]
    day = day_of(max(seen, default=pos[0].observed_at), purchasing.zone)
    at = {part.line_id: purchasing.line_at(part.po_id, part.line_id, one.keyed.at) for part in one.slices}
    return Unit(
        keys.next_credit(one.keyed.known.key, used),
        pos,
        tuple(Slice(part.po_id, part.line_id, part.end, part.start) for part in one.slices),
        day,
        cycle_of(day, agreement.cycle_start_day),
        unit_costs={line_id: line.unit_cost for line_id, line in at.items() if line},
    )


def _of(bill: KnownBill, po_id: int, dealt: Sequence[Slice]) -> KnownBill:
    """The part of a bill that bills one order, without what a person dealt with."""
    slices = tuple(part for part in bill.slices if part.po_id == po_id)
    return replace(bill, slices=allocation.beyond(slices, dealt) if dealt else slices)


def _given_back(
    po_id: int, bills: Sequence[KnownBill], purchasing: Purchasing, agreement: Agreement, *, final: Collection[str]
) -> Mapping[str, Mapping[int, Decimal]]:
    po, decision = purchasing.pos[po_id], agreement.decision
    lines = [line for line in purchasing.lines.get(po_id, ()) if line.present and po.present]
    there = {line.line_id: billable(po, line, decision) for line in lines}
    there[FREIGHT_LINE] = rounded(po.freight) if po.present else Decimal(0)
    elsewhere = cutover.elsewhere(po, purchasing, decision.go_live)
    return allocation.given_back(po_id, bills, there, elsewhere, final=final)
