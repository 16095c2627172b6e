"""Every bill counts once: in one cycle, on one bill, under one key.

What belongs here: looking for goods that two bills hold, bills that two cycles hold, and bills that no cycle holds.
What does not: allocating (payables, the ledger).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import signed, summed
from cwxero_dagster.checks.declaring import Cycles, check_of_all, check_of_cycle
from cwxero_dagster.checks.holding import called, headers_of, scope_of
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.bill_lines import slice_net
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.money import moneys_text, plain, total
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.units.unit import Unit, billed_elsewhere
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known

ZERO = Decimal(0)


def counting_checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """The checks, for these billing cycles."""
    return [
        check_of_cycle(no_bill_appears_twice, asset="bill_headers", cycles=cycles),
        check_of_all(_nothing_outside(cycles), asset="purchase_order_states"),
    ]


@dataclass(frozen=True)
class Taken:
    """A stretch of a PO line's quantity that a bill holds; line 0 is the freight."""

    key: str
    po_id: int
    line_id: int
    low: Decimal
    high: Decimal


class _Places:
    """What people call the lines and purchase orders that bills share."""

    def __init__(self, session: Session) -> None:
        warehouse = session.warehouse
        lines = warehouse.current_rows(frames.PurchaseOrderLines, ("line_id", "description", "product_identifier"))
        self._lines = {row["line_id"]: row["description"] or row["product_identifier"] for row in lines}
        orders = warehouse.current_rows(frames.PurchaseOrders, ("po_id", "po_number"))
        self._orders = {row["po_id"]: row["po_number"] for row in orders}

    def goods(self, part: Taken) -> str:
        if part.line_id == FREIGHT_LINE:
            return "the freight"
        return f'"{self._lines.get(part.line_id) or f"line {part.line_id}"}"'

    def order(self, part: Taken) -> str:
        return str(self._orders.get(part.po_id) or part.po_id)


def _both(first: Taken, second: Taken, headers: Mapping[str, Mapping[str, Any]], ledger: LedgerView) -> str:
    named = [called(headers.get(one.key), ledger.bills.get(one.key), one.key) for one in (first, second)]
    return f"Bills {named[0]} and {named[1]}"


def no_bill_appears_twice(session: Session, cycle: str) -> Checked:
    """No goods are on two bills, counting bills of all cycles, and no bill of this cycle belongs to another one."""
    headers = headers_of(session, cycle)
    ledger = session.ledger.view()
    wandered = [
        Finding(
            what=f"Bill {called(header, None, key)} was planned in cycle {ledger.bills[key].cycle} and is in {cycle} "
            "too.",
            what_to_do="Do not approve either. Tell the data team: a bill's cycle never moves.",
            purchase_orders=tuple(header["po_numbers"]),
            money=(signed(header),),
        )
        for key, header in headers.items()
        if key in ledger.bills and ledger.bills[key].cycle != cycle
    ]
    held = [*_planned(session, cycle), *_published(ledger, except_keys=set(headers))]
    doubled = _doubled(session, overlaps(held), headers, ledger)
    return Checked(scope_of(headers), (*wandered, *doubled))


def _doubled(
    session: Session,
    shared: Sequence[tuple[Taken, Taken]],
    headers: Mapping[str, Mapping[str, Any]],
    ledger: LedgerView,
) -> list[Finding]:
    if not shared:
        return []
    places = _Places(session)
    return [
        Finding(
            what=f"{_both(first, second, headers, ledger)} both hold {places.goods(second)} of purchase order "
            f"{places.order(second)}, {plain(second.low)} to {plain(min(first.high, second.high))}.",
            what_to_do="Do not approve either. Look at both bills in Xero and tell the data team.",
            purchase_orders=(places.order(second),),
        )
        for first, second in shared
    ]


def overlaps(held: Iterable[Taken]) -> list[tuple[Taken, Taken]]:
    """Neighbours that share quantity of one PO line, in order of the line and where they begin."""
    ordered = sorted(held, key=lambda part: (part.po_id, part.line_id, part.low, part.high, part.key))
    found = []
    reach: Taken | None = None
    for part in ordered:
        if reach and (reach.po_id, reach.line_id) == (part.po_id, part.line_id) and part.low < reach.high:
            found.append((reach, part))
        if reach is None or (reach.po_id, reach.line_id) != (part.po_id, part.line_id) or part.high > reach.high:
            reach = part
    return found


def _planned(session: Session, cycle: str) -> list[Taken]:
    rows = frames.BillLines.rows(session.warehouse.read_cycle(frames.BillLines, cycle))
    return [
        _taken(row["bill_key"], row["po_id"], row["line_id"] or FREIGHT_LINE, row["from_quantity"], row["to_quantity"])
        for row in rows
        if row["to_quantity"] != row["from_quantity"]  # a change of price holds nothing
    ]


def _published(ledger: LedgerView, *, except_keys: set[str]) -> list[Taken]:
    return [
        _taken(bill.key, part.po_id, part.line_id, part.start, part.end)
        for bill in ledger.bills.values()
        if bill.state != "withdrawn" and bill.key not in except_keys and not bill.reprices
        for part in bill.slices
    ]


def _taken(key: str, po_id: int, line_id: int, start: Decimal, end: Decimal) -> Taken:
    return Taken(key, po_id, line_id, min(start, end), max(start, end))


def _nothing_outside(cycles: Cycles) -> Callable[[Session], Checked]:
    def nothing_lies_outside_a_cycle(session: Session) -> Checked:
        """Every bill that is due belongs to one billing cycle between go-live and the open one."""
        known = session.known(live=session.settings.publish_mode == "live")
        # The firm's calendar may be up to a day ahead of the one that cycles open by.
        keys = list(cycles.get_partition_keys(current_time=session.clock.now() + timedelta(days=1)))
        return outside(known.units, keys, known)

    return nothing_lies_outside_a_cycle


def outside(units: Sequence[Unit], cycles: Sequence[str], known: Known) -> Checked:
    """A finding for each unit in none of ``cycles``, but for what was received and billed before go-live."""
    decision = known.agreement.decision
    here = [unit for unit in units if not _is_history(unit, known)]
    findings = []
    for unit in here:
        if unit.cycle in cycles:
            continue
        early = unit.cycle < cycles[0]
        when = f"before go-live ({decision.go_live})" if early else f"after the open cycle ({cycles[-1]})"
        numbers = tuple(po.po_number for po in unit.pos)
        findings.append(
            Finding(
                what=f"Purchase order {', '.join(numbers)} of {unit.pos[0].vendor_name} was complete on {unit.due_on}, "
                f"{when}: no billing cycle holds its bill.",
                what_to_do="Correct the received date in ConnectWise if it is wrong."
                + (" If it is right, see whether the bill is in Xero, and key it there if not." if early else ""),
                purchase_orders=numbers,
                money=((_currency(unit, known), _value(unit, known)),),
            )
        )
    money = summed([(_currency(unit, known), _value(unit, known))] for unit in here)
    return Checked(f"{counted(len(here), 'due bill')}, {moneys_text(money)} before tax", tuple(findings))


def _is_history(unit: Unit, known: Known) -> bool:
    return known.ledger.live(unit.key) is None and billed_elsewhere(
        unit, known.purchasing, known.agreement.decision.go_live
    )


def _currency(unit: Unit, known: Known) -> str:
    own = known.books.organisation.base_currency if known.books.organisation else ""
    return unit.pos[0].currency_code or own


def _value(unit: Unit, known: Known) -> Decimal:
    lines = [line for po in unit.pos for line in known.purchasing.lines.get(po.po_id, ())]
    costs = {(line.po_id, line.line_id): line.unit_cost for line in lines}
    costs |= {(po.po_id, FREIGHT_LINE): Decimal(1) for po in unit.pos}  # its quantity is its money
    return total(slice_net(part, costs[part.po_id, part.line_id]) for part in unit.slices)
