"""What bills are worked out from: purchasing as ConnectWise shows it, and what the firm agreed on.

What belongs here: the two values and look-ups in them. What does not: reading them (pipeline/readings), any decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.records import CatalogItem, Line, PurchaseOrder, Receipt, Reference
from cwxero_dagster.payables.seeds import Seeds
from cwxero_dagster.payables.states import PurchaseOrderState


@dataclass(frozen=True)
class Purchasing:
    """ConnectWise as it stands, and what its history says."""

    pos: Mapping[int, PurchaseOrder]
    lines: Mapping[int, Sequence[Line]]
    receipts: Mapping[int, Sequence[Receipt]]
    states: Mapping[int, PurchaseOrderState]
    catalog: Mapping[int, CatalogItem]
    reference: Reference
    first_staged_at: datetime | None
    """When the first complete staging ended: what it found is history, what came later was seen to happen."""
    ordered_costs: Mapping[int, Decimal] = field(default_factory=dict)
    once_taxed: frozenset[int] = frozenset()
    """Ids of lines that showed a tax amount at some time: a zero on one is an amount that somebody corrected."""
    vendors: Mapping[int, str] = field(default_factory=dict)
    """Names of vendors by id, those that are on no PO included: carriers."""
    zone: str = "UTC"
    missing_lines: Mapping[int, int] = field(default_factory=dict)
    """How many looks in a row did not show a line that may still be there, by its id; the second look tells."""
    headers_seen: Mapping[int, Sequence[PurchaseOrder]] = field(default_factory=dict)
    """Every observation of a PO's header, by its id, in their order."""
    lines_seen: Mapping[int, Sequence[Line]] = field(default_factory=dict)
    """Every observation of a PO's lines, by the PO's id, in their order."""
    missing_orders: frozenset[int] = frozenset()
    """Ids of POs that the last look did not show; they may still be there."""

    def is_gone(self, po: PurchaseOrder) -> bool:
        """True for a PO that was deleted, and for one that the last look did not show."""
        return not po.present or po.po_id in self.missing_orders

    def line_at(self, po_id: int, line_id: int, at: datetime) -> Line | None:
        """A PO line as it was last seen by a moment, or first seen where that was later; None for an unknown one."""
        seen = [line for line in self.lines_seen.get(po_id, ()) if line.line_id == line_id]
        then = [line for line in seen if line.observed_at <= at] or seen[:1]
        now = [line for line in self.lines.get(po_id, ()) if line.line_id == line_id]
        return next(iter((then or now)[-1:]), None)

    def entered_again(self, po_id: int) -> Sequence[PurchaseOrder]:
        """The POs that are there under the number and of the vendor of one that is gone; none while it is there."""
        po = self.pos.get(po_id)
        if po is None or not self.is_gone(po):
            return ()
        return [one for one in self.numbered(po.po_number) if one.vendor_id == po.vendor_id and not self.is_gone(one)]

    def numbered(self, po_number: str) -> Sequence[PurchaseOrder]:
        """Every PO of this number, those that are gone included; none for a blank number."""
        return self._by_number.get(folded(po_number), ()) if po_number.strip() else ()

    @cached_property
    def _by_number(self) -> Mapping[str, Sequence[PurchaseOrder]]:
        groups: dict[str, list[PurchaseOrder]] = {}
        for po in self.pos.values():
            groups.setdefault(folded(po.po_number), []).append(po)
        return groups

    @cached_property
    def by_invoice(self) -> Mapping[tuple[int | None, str], Sequence[PurchaseOrder]]:
        """POs that are still there, by vendor and the (folded) vendor invoice number of their header."""
        groups: dict[tuple[int | None, str], list[PurchaseOrder]] = {}
        for po in self.pos.values():
            if po.present and po.vendor_invoice_number:
                groups.setdefault((po.vendor_id, folded(po.vendor_invoice_number)), []).append(po)
        return groups


@dataclass(frozen=True)
class Agreement:
    """What the firm agreed on: the decision, the mapping seeds, the calendar and the link to a PO."""

    seeds: Seeds
    cycle_start_day: int
    po_link: str
    company: str
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """Decisions by digest that earlier bills were planned under; a bill keeps its first one."""
    live: bool = False

    @property
    def decision(self) -> Decision:
        """The decision in force."""
        return self.seeds.decision

    def decision_for(self, known: KnownBill | None) -> Decision:
        """The decision of a bill's first planning, else the one in force."""
        return self.decisions.get(known.policy_digest, self.decision) if known else self.decision
