"""Goods that were received and are on no bill, and the journal that accrues them.

What belongs here: which quantities a bill of the day covers. What does not: what is left then (payables/reports/goods),
the journal (payables/reports/accrual).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from cwxero_dagster import frames
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import plain
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.reports.accrual import Accrual, Cost, proposal
from cwxero_dagster.payables.reports.goods import Unbilled, unbilled
from cwxero_dagster.payables.reports.pack import GoodsRow
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation, cutover
from cwxero_dagster.pipeline.covering import lowered
from cwxero_dagster.pipeline.links import order_link
from cwxero_dagster.pipeline.packing.by_hand import ByHand, keyed_by_hand
from cwxero_dagster.pipeline.packing.gathering import Gathered
from cwxero_dagster.pipeline.working_out import noticed


@dataclass
class Goods:
    """The goods without a bill as at the pack's day."""

    gathered: Gathered

    @cached_property
    def unbilled(self) -> list[Unbilled]:
        """Everything that was received by ``as_at`` and is on no bill of that day, hers included, oldest first."""
        covered = {po_id: [*parts] for po_id, parts in self._covered.items()}
        for one in self._keyed:
            covered.setdefault(one.part.po_id, []).append(one.part)
        return self._left_by(covered)

    @cached_property
    def _keyed(self) -> Sequence[ByHand]:
        return keyed_by_hand(self.gathered)

    def _left_by(self, covered: Mapping[int, Sequence[Slice]]) -> list[Unbilled]:
        found = []
        for po_id, po in self.gathered.known.purchasing.pos.items():
            purchasing = self.gathered.known.purchasing
            found += unbilled(
                po,
                purchasing.lines.get(po_id, ()),
                purchasing.receipts.get(po_id, ()),
                covered=covered.get(po_id, ()),
                elsewhere=self._elsewhere(po),
                day=self.gathered.as_at,
            )
        return sorted(found, key=lambda item: (item.since, item.po.po_number, item.name))

    @cached_property
    def _covered(self) -> Mapping[int, Sequence[Slice]]:
        """Quantities by PO that a bill dated up to ``as_at`` holds, a person settled, or a rule keeps out."""
        found: dict[int, list[Slice]] = {}
        for bill in self.gathered.known.ledger.bills.values():
            document = self.gathered.document(bill.xero_id)
            gone = document is not None and not document.live
            later = document is not None and document.dated is not None and document.dated > self.gathered.as_at
            if bill.state == "settled" or (bill.xero_id and bill.state != "withdrawn" and not gone and not later):
                # A document that a person named bills what it bills tonight, and ours what she left on it.
                held = self.gathered.known.standing.bills[bill.key] if bill.state == "settled" else bill
                for part in allocation.shortened(held.slices, self._off.get(bill.key, {})):
                    found.setdefault(part.po_id, []).append(part)
        return found

    @cached_property
    def _off(self) -> Mapping[str, Mapping[int, Decimal]]:
        """What a person took off bills in Xero, by key and line, where nobody has answered that this is right."""
        known = self.gathered.known
        asked = noticed(known, today=self.gathered.as_at)
        off: dict[str, dict[int, Decimal]] = {}
        for po in known.purchasing.pos.values():
            for one in lowered(known, po, asked):
                off.setdefault(one.key, {}).update({} if one.let_stand else one.quantities)
        return off

    @cached_property
    def _kept_out(self) -> Mapping[int, Sequence[Slice]]:
        """Quantities by PO of bills that are kept out."""
        rows = frames.Plan.rows(self.gathered.session.warehouse.read(frames.Plan, where="action = 'exclude'"))
        found: dict[int, list[Slice]] = {}
        for row in rows:
            for line in self.gathered.lines.get(row["bill_key"], ()):
                if line["to_quantity"] is not None:
                    line_id = FREIGHT_LINE if line["kind"] == "freight" else line["line_id"]
                    part = Slice(line["po_id"], line_id, line["from_quantity"], line["to_quantity"])
                    found.setdefault(part.po_id, []).append(part)
        return found

    def _elsewhere(self, po: PurchaseOrder) -> Mapping[int, Decimal]:
        known = self.gathered.known
        # What a person settled is among the covered quantities already.
        settled = any(bill.state == "settled" for bill in known.ledger.bills_of(po.po_id))
        kept_out = () if settled else self._kept_out.get(po.po_id, ())
        return cutover.covered_elsewhere(po, known.purchasing, known.agreement.decision.go_live, kept_out)

    @cached_property
    def _due(self) -> frozenset[int]:
        """Orders with a bill that is due and that nothing is known of yet."""
        known = self.gathered.known
        fresh = [unit for unit in known.units if known.standing.live(unit.key) is None]
        return frozenset(po.po_id for unit in fresh for po in unit.pos)

    @cached_property
    def _reasons(self) -> Mapping[str, str]:
        """Why an order's goods are on no bill yet, where a plan says so."""
        planned = [bill for rows in self.gathered.bills.values() for bill in rows]
        waiting = [bill for bill in planned if bill.is_held or not bill.is_in_xero]
        by_hand = [one for one in self.gathered.by_hand if one.document is None]
        return {
            **{number: bill.reason for bill in waiting for number in bill.po_numbers},
            **{number: one.to_do for one in by_hand for number in one.bill.po_numbers},
        }

    @property
    def rows(self) -> tuple[GoodsRow, ...]:
        """The goods as the pack shows them."""
        return tuple(self._row(item) for item in self.unbilled)

    @property
    def keyed_rows(self) -> tuple[GoodsRow, ...]:
        """The goods that no bill of the sync covers, and a bill of the bookkeeper's does: they are not accrued.

        Together with ``rows`` they are all that no bill of the sync covers.
        """
        left = {_place(item): item for item in self.unbilled}
        words: dict[tuple[int, int], list[str]] = {}
        for one in self._keyed:
            words.setdefault((one.part.po_id, one.part.line_id), []).append(one.bill)
        found = []
        for item in self._left_by(self._covered):
            rest = left.get(_place(item))
            quantity = item.quantity - (rest.quantity if rest else ZERO)
            amount = item.amount - (rest.amount if rest else ZERO)
            if amount:
                keyed = replace(item, quantity=quantity or item.quantity, amount=amount)
                found.append(replace(self._row(keyed), why=" ".join(dict.fromkeys(words[_place(item)]))))
        return tuple(found)

    def _row(self, item: Unbilled) -> GoodsRow:
        state = self.gathered.known.purchasing.states[item.po.po_id]
        waits = (
            f"The rest of the order is awaited: {plain(state.received)} of "
            f"{plain(state.ordered - state.cancelled)} received."
        )
        otherwise = waits if state.state == "partially_received" else "No bill is due under the lifecycle decision."
        if item.po.po_id in self._due:
            otherwise = "A bill is due under the lifecycle decision; no sync has looked at it yet."
        return GoodsRow(
            po_number=item.po.po_number,
            vendor=item.po.vendor_name or "",
            goods=item.name,
            description=item.description,
            quantity=item.quantity,
            currency_code=item.po.currency_code or self.gathered.base_currency,
            amount=item.amount,
            since=item.since,
            days=(self.gathered.as_at - item.since).days,
            why=self._reasons.get(item.po.po_number, otherwise),
            po_link=order_link(self.gathered.session.connected, item.po.po_id),
        )

    def accrual(self) -> Accrual:
        """The journal that accrues them."""
        resolver = Resolver(self.gathered.known.agreement.seeds, self.gathered.known.books)
        return proposal(
            [self._cost(item, resolver) for item in self.unbilled],
            account=self.gathered.known.agreement.decision.accrual.account,
            posted_on=self.gathered.as_at,
            reversed_on=self.gathered.as_at + timedelta(days=1),
        )

    def _cost(self, item: Unbilled, resolver: Resolver) -> Cost:
        po, line = item.po, item.line
        if line is None:
            coding = resolver.freight_coding(po.vendor_id, tax_code=po.tax_code, taxable=po.tax_freight)
        else:
            product = self.gathered.known.purchasing.catalog.get(line.product_id) if line.product_id else None
            coding = resolver.coding(
                product,
                po.vendor_id,
                identifier=line.product_identifier,
                tax_code=po.tax_code,
                taxable=bool(line.tax),
            )
        currency = po.currency_code or self.gathered.base_currency
        return Cost(coding.account_code, resolver.tracking(po)[0], currency, item.amount, po.po_number)


def _place(item: Unbilled) -> tuple[int, int]:
    """The PO line; line 0 is the freight."""
    return item.po.po_id, item.line.line_id if item.line else FREIGHT_LINE
