"""Services: order lines of two-way product types, which are billed without anybody receiving them.

Such a line counts as received in full from the day on which its PO is closed or its vendor's invoice is known,
whichever comes first (DESIGN.md, "Billed quantity"). A closed status that is not the tenant's default closed one is how
tenants cancel a PO (connectwise_api, section 1): it bills nothing. A PO that is opened again, or whose invoice number
goes, bills nothing more; a draft that nobody touched follows it and goes, but a service on an approved bill stays as
received as it is billed: only a smaller quantity, a cancellation or a deletion takes that back. What belongs here: that
reading of observations, from which receipts and states then follow as they do for goods. What does not: those
(receipts, states), what a bill takes (units).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Final

from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.records import ZERO, CatalogItem, Line, PurchaseOrder, Reference
from cwxero_dagster.payables.seeds import Seeds, VendorInvoiceRow
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.invoice_bills import InvoiceBills
from cwxero_dagster.payables.units.invoices import rows_for
from cwxero_dagster.payables.units.order_bills import OrderBills

_GIVEN_UP: Final = frozenset({"PartiallyReceiveCancelRest", "PartiallyReceiveCloneRest"})
"""Received statuses of a line whose rest was dropped, or lives on as another line."""


@dataclass(frozen=True)
class TwoWay:
    """Which product types are billed without a receipt, and what tells of their invoices beside ConnectWise."""

    types: frozenset[str] = frozenset()
    """Folded names, by the decision in force."""
    earlier: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Folded names by PO, by the decisions that its bills were planned under: those bills keep what they billed."""
    feed: tuple[VendorInvoiceRow, ...] = ()
    """The rows of vendor_invoices.csv."""
    billed: Mapping[int, Decimal] = field(default_factory=dict)
    """Quantity by line id on bills that are approved, paid or settled by a person, less what was given back of them."""

    @staticmethod
    def agreed(seeds: Seeds, decisions: Mapping[str, Decision], ledger: LedgerView, books: Books) -> TwoWay:
        """What the firm agreed on. ``decisions``: those of earlier bills, by digest."""
        earlier: dict[int, frozenset[str]] = {}
        for bill in ledger.bills.values():
            types = _types(decisions[bill.policy_digest]) if bill.policy_digest in decisions else frozenset()
            if bill.state != "withdrawn" and types:
                for po_id in bill.po_ids:
                    earlier[po_id] = earlier.get(po_id, frozenset()) | types
        types = _types(seeds.decision)
        billed = _billed(ledger, books) if types or earlier else {}
        return TwoWay(types, earlier, tuple(seeds.vendor_invoices), billed)

    def covers(self, line: Line, catalog: Mapping[int, CatalogItem]) -> bool:
        """True for a line of a two-way product type."""
        item = catalog.get(line.product_id or 0)
        return item is not None and folded(item.product_type) in self.types | self.earlier.get(line.po_id, frozenset())


def _types(decision: Decision) -> frozenset[str]:
    return frozenset(folded(name) for name in decision.two_way)


def _billed(ledger: LedgerView, books: Books) -> dict[int, Decimal]:
    invoices = InvoiceBills(ledger, books)
    found: dict[int, Decimal] = {}
    for po_id in {po_id for bill in ledger.bills.values() for po_id in bill.po_ids}:
        known = OrderBills(po_id, ledger, books, invoices)
        for bill in known.bills:
            if bill.key in known.final | known.settled and not is_credit(bill.key):
                for part in allocation.standing_slices(bill, known.bills):
                    found[part.line_id] = found.get(part.line_id, ZERO) + part.quantity
    return found


def with_services(
    observations: Iterable[Line],
    headers: Iterable[PurchaseOrder],
    catalog: Mapping[int, CatalogItem],
    reference: Reference,
    two_way: TwoWay,
) -> list[Line]:
    """Every observation of every line, services as received in full while they are due.

    ``observations`` and ``headers`` are every observation of every line and PO, in any order. A service gets one
    observation more where its PO, not the line itself, is what changed.
    """
    by_po: dict[int, list[PurchaseOrder]] = {}
    for head in sorted(headers, key=lambda head: head.observed_at):
        by_po.setdefault(head.po_id, []).append(head)
    found: list[Line] = []
    ordered = sorted(observations, key=lambda line: (line.line_id, line.observed_at))
    for _, group in groupby(ordered, key=lambda line: line.line_id):
        history = list(group)
        if two_way.covers(history[-1], catalog):
            heads = by_po.get(history[-1].po_id, [])
            billed = two_way.billed.get(history[-1].line_id, ZERO)
            found += _as_due(history, heads, reference, two_way.feed, billed=billed)
        else:
            found += history
    return found


def _as_due(
    history: Sequence[Line],
    heads: Sequence[PurchaseOrder],
    reference: Reference,
    feed: Sequence[VendorInvoiceRow],
    *,
    billed: Decimal,
) -> list[Line]:
    """One service line's history. ``history`` and ``heads`` in the order of observation; ``billed``: for good."""
    first = history[0].observed_at
    rows = {row.line: row for head in heads for row in rows_for(head, feed)}.values()
    arrivals = {max(first, _midnight(row.invoice_date)) if row.invoice_date else first for row in rows}
    observed = {line.observed_at for line in history}
    moments = observed | arrivals | {head.observed_at for head in heads if head.observed_at >= first}
    looks = []
    for moment in sorted(moments):
        line = [one for one in history if one.observed_at <= moment][-1]
        seen = [head for head in heads if head.observed_at <= moment]
        looks.append((moment, line, seen[-1:], _due_since(seen[-1], reference, feed, moment) if seen else None))
    # A bill that is older than all that was seen, as after a warehouse was lost, bills all that it does from the start.
    early = not any(since or line.received for _, line, _, since in looks)
    found: list[Line] = []
    own, counted, was_due = ZERO, billed if early else ZERO, False
    for moment, line, seen, since in looks:
        kept = max(abs(counted) - max(abs(own) - abs(line.received), ZERO), ZERO)
        own = line.received
        if since is not None and _waits(line):
            line = replace(
                line,
                received_quantity=line.quantity,
                received_status="FullyReceived",
                received_at=None if was_due else since,
                packing_slip=line.packing_slip or seen[0].vendor_invoice_number,
            )
        elif _waits(line) and not (seen and seen[0].closed):
            line = _as_billed(line, found[-1] if found else line, min(kept, abs(billed)), billed)
        counted, was_due = line.received, since is not None
        if not found or moment in observed or _differ(line, found[-1]):
            found.append(replace(line, observed_at=moment))
    return found


def _as_billed(line: Line, before: Line, kept: Decimal, billed: Decimal) -> Line:
    """A service that is due no more, as received as an approved bill bills it; its quantity may have been reduced."""
    kept = min(kept, abs(line.quantity))
    if billed * line.quantity <= 0 or kept <= abs(line.received):
        return line
    slip = line.packing_slip or before.packing_slip
    return replace(line, received_quantity=kept if billed > 0 else -kept, packing_slip=slip)


def _due_since(
    head: PurchaseOrder, reference: Reference, feed: Sequence[VendorInvoiceRow], moment: datetime
) -> datetime | None:
    """When the services of a PO became due, as it is seen at ``moment``; None while they are not."""
    found: list[datetime] = []
    if head.closed and (not reference.closing_status_ids or head.status_id in reference.closing_status_ids):
        found.append(head.closed_at or head.observed_at)
    if folded(head.vendor_invoice_number):
        found.append(_midnight(head.vendor_invoice_date) if head.vendor_invoice_date else head.observed_at)
    for row in rows_for(head, feed):
        arrived = _midnight(row.invoice_date) if row.invoice_date else moment
        found += [arrived] if arrived <= moment else []
    return min(found, default=None)


def _waits(line: Line) -> bool:
    """True for a line of which something is neither received nor given up."""
    dropped = line.cancelled or line.received_status in _GIVEN_UP
    return line.present and not dropped and abs(line.received) < abs(line.quantity)


def _differ(line: Line, other: Line) -> bool:
    return (line.received, line.packing_slip) != (other.received, other.packing_slip)


def _midnight(day: date) -> datetime:
    """An exact midnight in UTC stands for its calendar day, whatever the firm's zone (CONTRACT section 5)."""
    return datetime.combine(day, time(), UTC)
