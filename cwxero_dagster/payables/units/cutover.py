"""The border between this pipeline and whatever billed before it: go-live, and lines that another tool has batched.

What belongs here: what counts as billed elsewhere, and holding what may be (CONTRACT section 5, "go_live" and "Already
batched"). What does not: looking for bills that people keyed (twins).

A receipt before go-live that was known by then is *history*: billed elsewhere, never published. One that shows up later
with a day before go-live is *late*: held, and billed when a person releases it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import plain, rounded
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.records import ZERO, PurchaseOrder, Receipt
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.deliveries import receipts_in
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.wording import counted


def is_history(receipt: Receipt, purchasing: Purchasing, go_live: date) -> bool:
    """True for goods that came before go-live and were known before it, or when staging began."""
    if receipt.received_on >= go_live:
        return False
    first = purchasing.first_staged_at
    seen_at_first = first is None or receipt.observed_at <= first
    return seen_at_first or day_of(receipt.observed_at, purchasing.zone) < go_live


def all_elsewhere(po: PurchaseOrder, purchasing: Purchasing, go_live: date) -> bool:
    """True where everything of the PO that still stands received is history."""
    receipts = standing(purchasing.receipts.get(po.po_id, ()))
    return bool(receipts) and all(is_history(receipt, purchasing, go_live) for receipt in receipts)


def elsewhere(po: PurchaseOrder, purchasing: Purchasing, go_live: date) -> dict[int, Decimal]:
    """Quantity by line id that was billed elsewhere; the freight (line 0, money) where its packing slip says so."""
    receipts = standing(purchasing.receipts.get(po.po_id, ()))
    history = [receipt for receipt in receipts if is_history(receipt, purchasing, go_live)]
    quantities: dict[int, Decimal] = {}
    for receipt in history:
        quantities[receipt.line_id] = quantities.get(receipt.line_id, ZERO) + receipt.quantity
    slip = folded(po.freight_packing_slip)
    if slip and slip in _slips(history) and slip not in _slips(r for r in receipts if r not in history):
        quantities[FREIGHT_LINE] = rounded(po.freight)
    return quantities


def covered_elsewhere(
    po: PurchaseOrder, purchasing: Purchasing, go_live: date, kept_out: Iterable[Slice]
) -> dict[int, Decimal]:
    """Quantity by line id that something else than a bill of the sync covers: history, and bills that are kept out.

    Line 0 is the freight, in money; all of it where everything that was received is history. History takes the first
    of a line's quantity; what is kept out may begin where a bill ends.
    """
    found = elsewhere(po, purchasing, go_live)
    if all_elsewhere(po, purchasing, go_live):
        found[FREIGHT_LINE] = rounded(po.freight)
    mine = [part for part in kept_out if part.po_id == po.po_id]
    for line_id in {part.line_id for part in mine}:
        parts = [part for part in mine if part.line_id == line_id]
        held: list[allocation.Stretch] = [(ZERO, abs(found.get(line_id, ZERO)))]
        for part in parts:
            held = allocation.joined(held, allocation.stretch(part))
        found[line_id] = allocation.measure(held) * (-1 if parts[0].quantity < 0 else 1)
    return found


def began_before(key: str, po: PurchaseOrder, purchasing: Purchasing, go_live: date) -> list[Hold]:
    """A hold for a PO that began before go-live and goes on after it, or whose receipt appeared late."""
    if all_elsewhere(po, purchasing, go_live):
        return []
    arrived = [receipt for receipt in purchasing.receipts.get(po.po_id, ()) if not receipt.reversal]
    early = [receipt for receipt in arrived if receipt.received_on < go_live]
    if not early:
        return []
    history = _sum(receipt for receipt in early if is_history(receipt, purchasing, go_live))
    late = _sum(early) - history
    words = []
    if history:
        words.append(
            f"{plain(history)} of its goods came before {go_live} and may already have been keyed; a release bills "
            "what came since"
        )
    if late:
        words.append(f"{plain(late)} of its goods carry a day before {go_live} and were first seen after it")
    detail = f"Purchase order {po.po_number} began before go-live: {', and '.join(words)}."
    return [hold("possible_duplicate", "began before go-live", detail, key, go_live, history, late)]


def already_batched(
    key: str, po: PurchaseOrder, slices: Iterable[Slice], purchasing: Purchasing, go_live: date
) -> list[Hold]:
    """A hold for lines of ``slices`` that another tool had probably posted when their receipt was first seen."""
    receipts = standing(purchasing.receipts.get(po.po_id, ()))
    billed = receipts_in((part for part in slices if part.po_id == po.po_id), receipts)
    mine = sorted({r.line_id for r in billed if r.batched_before and not is_history(r, purchasing, go_live)})
    if not mine:
        return []
    detail = (
        f"{counted(len(mine), 'line')} of purchase order {po.po_number} stood in ConnectWise as batched (passed on to "
        "accounting) before the receipt was first seen: another tool has probably posted that receipt."
    )
    return [hold("possible_duplicate", "already batched in ConnectWise", detail, key, mine)]


def _slips(receipts: Iterable[Receipt]) -> set[str]:
    return {folded(receipt.packing_slip) for receipt in receipts}


def _sum(receipts: Iterable[Receipt]) -> Decimal:
    return sum((receipt.quantity for receipt in receipts), ZERO)
