"""Nothing is lost and nothing is counted twice between receipts, bills and cycles.

What belongs here: arithmetic over the tables as they were kept, done another way than the bills were put together, so
that one slip cannot hide in both. What does not: composing bills, mending anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.checks.declaring import Cycles, check_of_cycle
from cwxero_dagster.checks.holding import called, headers_of, scope_of
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.keys import adjusted_key, is_credit
from cwxero_dagster.payables.money import line_net, money_text, plain, price_text, total
from cwxero_dagster.pipeline.session import Session

ZERO = Decimal(0)
WHAT_TO_DO = "Do not approve the bill. Tell the data team: the way from receipts to bills has a fault."

Row = dict[str, Any]


def reconciliation_checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """The checks, for these billing cycles."""
    return [check_of_cycle(bills_tie_to_receipts, asset="bill_lines", cycles=cycles)]


@dataclass(frozen=True)
class Received:
    """What a PO line received in all, and what a unit of it costs now."""

    line_id: int
    name: str
    quantity: Decimal
    before_go_live: Decimal
    """The part of ``quantity`` that was received before go-live."""
    unit_cost: Decimal


def bills_tie_to_receipts(session: Session, cycle: str) -> Checked:
    """Each bill's goods are the receipts of its purchase orders times the unit cost, less other bills, to the cent."""
    headers = headers_of(session, cycle)
    lines: dict[str, list[Row]] = {}
    for line in frames.BillLines.rows(session.warehouse.read_cycle(frames.BillLines, cycle)):
        if line["line_id"] is not None and line["kind"] != "price":
            lines.setdefault(line["bill_key"], []).append(line)
    received = received_by_order(session, go_live=session.seeds().decision.go_live)
    complete = _complete_orders(session)
    decision = session.seeds().decision
    whole = decision.bill.one_per == "purchase_order"
    held = _held_quantities(session, lines)
    repriced = {
        adjusted_key(bill.key)
        for bill in session.ledger.view().bills.values()
        if bill.reprices and bill.state != "withdrawn"
    }
    findings = []
    for key, header in headers.items():
        if is_credit(key) or decision.events.raised == "draft_bill":
            continue
        orders = [int(po_id) for po_id in header["po_ids"].split()]
        arrived = [line for po_id in orders for line in received.get(po_id, [])]
        taken = _sums(quantities for other, quantities in held.items() if other != key)
        sign = -1 if header["document_type"] == "ACCPAYCREDIT" else 1
        mine = lines.get(key, [])
        if key in repriced:
            arrived = [_at_the_bills_price(item, mine, sign) for item in arrived]
        differences = compared(
            arrived, mine, taken, sign=sign, complete=whole and all(po_id in complete for po_id in orders)
        )
        if differences:
            findings.append(_finding(header, differences))
    return Checked(scope_of(headers), tuple(findings))


def _at_the_bills_price(item: Received, lines: Sequence[Row], sign: int) -> Received:
    """What arrived, at the price of a bill whose changes of price are billed beside it."""
    mine = [line for line in lines if line["line_id"] == item.line_id]
    quantity = total(line["to_quantity"] - line["from_quantity"] for line in mine)
    return replace(item, unit_cost=sign * total(line["net"] for line in mine) / quantity) if quantity else item


def received_by_order(session: Session, *, go_live: date) -> dict[int, list[Received]]:
    """Sum of the receipts of each PO line, reversals taken off, by PO."""
    sums: dict[tuple[int, int], tuple[Decimal, Decimal]] = {}
    for receipt in frames.Receipts.rows(session.warehouse.read(frames.Receipts)):
        place = (receipt["po_id"], receipt["line_id"])
        all_of_it, before = sums.get(place, (ZERO, ZERO))
        early = receipt["quantity"] if receipt["received_on"] < go_live else ZERO
        sums[place] = (all_of_it + receipt["quantity"], before + early)
    columns = ("line_id", "product_identifier", "unit_cost")
    current = {row["line_id"]: row for row in session.warehouse.current_rows(frames.PurchaseOrderLines, columns)}
    orders: dict[int, list[Received]] = {}
    for (po_id, line_id), (quantity, before) in sums.items():
        line = current[line_id]
        name = line["product_identifier"] or f"line {line_id}"
        orders.setdefault(po_id, []).append(Received(line_id, name, quantity, before, line["unit_cost"]))
    return orders


def compared(
    arrived: Sequence[Received], lines: Sequence[Row], taken: Mapping[int, Decimal], *, sign: int, complete: bool
) -> list[tuple[str, Decimal]]:
    """Differences between receipts and one bill's lines, in words, with what the bill lacks (negative: has too much).

    ``taken``: how much of each line other bills hold. ``sign`` is -1 for a credit. What is received beyond the bill is
    a difference where the POs are ``complete``; else it waits for a later bill.
    """
    on_bill: dict[int, list[Row]] = {}
    for line in lines:
        on_bill.setdefault(line["line_id"], []).append(line)
    known = {item.line_id for item in arrived}
    differences = [
        (f'"{rows[0]["description"]}" is billed and was never received', -sign * total(line["net"] for line in rows))
        for line_id, rows in on_bill.items()
        if line_id not in known
    ]
    for item in arrived:
        mine = on_bill.get(item.line_id, [])
        billed = total(line["to_quantity"] - line["from_quantity"] for line in mine)
        due = _due(item, mine, billed, taken.get(item.line_id, ZERO), complete=complete)
        amount = line_net(due, item.unit_cost)
        net = sign * total(line["net"] for line in mine)
        if amount != net:
            owed = f"{plain(due)} received at {price_text(item.unit_cost)} and on no other bill"
            words = f"{item.name}: {owed}, {plain(billed)} billed for {money_text(net)}"
            differences.append((words, amount - net))
    return differences


def _due(item: Received, mine: Sequence[Row], billed: Decimal, taken: Decimal, *, complete: bool) -> Decimal:
    """What of a line this bill should bill: all that was received but what other bills have or had before go-live."""
    begins = min((line["from_quantity"] for line in mine), key=abs, default=item.before_go_live)
    before = item.before_go_live if abs(begins) >= abs(item.before_go_live) else ZERO
    left = item.quantity - before - taken
    if left * item.quantity <= 0:
        left = ZERO
    waits = not complete and abs(left) > abs(billed)
    return billed if waits else left


def _held_quantities(session: Session, lines: Mapping[str, Sequence[Row]]) -> dict[str, dict[int, Decimal]]:
    """Quantity by line id that each bill holds: as the cycle's bills say, else as the ledger does."""
    held = {
        bill.key: _sums({part.line_id: part.quantity} for part in bill.slices)
        for bill in session.ledger.view().bills.values()
        if bill.state != "withdrawn"
    }
    for key, rows in lines.items():
        held[key] = _sums({row["line_id"]: row["to_quantity"] - row["from_quantity"]} for row in rows)
    return held


def _sums(parts: Iterable[Mapping[int, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for quantities in parts:
        for line_id, quantity in quantities.items():
            sums[line_id] = sums.get(line_id, ZERO) + quantity
    return sums


def _complete_orders(session: Session) -> set[int]:
    rows = frames.PurchaseOrderStates.rows(session.warehouse.read(frames.PurchaseOrderStates))
    return {row["po_id"] for row in rows if row["state"] == "fully_received"}


def _finding(header: Row, differences: Sequence[tuple[str, Decimal]]) -> Finding:
    gap = total(amount for _, amount in differences)
    bill = called(header, None, header["bill_key"])
    return Finding(
        what=f"Bill {bill} and its receipts differ by {money_text(gap, header['currency_code'])}: "
        + "; ".join(words for words, _ in differences)
        + ".",
        what_to_do=WHAT_TO_DO,
        purchase_orders=tuple(header["po_numbers"]),
        money=((header["currency_code"], gap),),
    )
