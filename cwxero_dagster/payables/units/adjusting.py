"""What a person has billed or credited beside a final bill: the decisions that wait for their document, and its unit.

What belongs here: changes of price after an approval (a supplement or a credit of money alone), and which bills give
goods back on a credit because a person said so. What does not: offering the verbs (final, ways_out), the prices
(repricing), credits of goods (order_units).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bill_lines import price_difference
from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.calendar import cycle_of, day_of
from cwxero_dagster.payables.corrections import corrections
from cwxero_dagster.payables.holds import hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.states import in_words
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.order_bills import has_given_back
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.repricing import OrderPrices, changed_prices, to_ask
from cwxero_dagster.payables.units.unit import Unit
from cwxero_dagster.payables.units.unit_facts import gone_facts, unit_facts


@dataclass(frozen=True)
class _Change:
    """A line of a final bill whose unit cost is not the one at which it is billed."""

    line: Line
    quantity: Decimal
    before: Decimal

    @property
    def net(self) -> Decimal:
        return price_difference(self.quantity, self.before, self.line.unit_cost)


class Adjusting:
    """Final bills beside the decisions that people took about them."""

    def __init__(self, purchasing: Purchasing, agreement: Agreement, ledger: LedgerView, books: Books) -> None:
        self._purchasing, self._agreement = purchasing, agreement
        self._ledger, self._books = ledger, books

    def to_credit(self, units: Sequence[Unit]) -> frozenset[str]:
        """Keys of final bills whose missing goods a person wants credited, as the facts of her decision still stand."""
        named = {
            key for decision in self._ledger.settlements if decision.verb == "credit" for key in decision.bill_keys
        }
        by_key = {unit.key: unit for unit in units}
        return frozenset(key for key in named if self._gives_back(key, by_key.get(key)))

    def _gives_back(self, key: str, unit: Unit | None) -> bool:
        known = self._ledger.live(key)
        document = self._document(known)
        if known is None or document is None or document.status not in FINAL:
            return False
        if unit is None:
            facts = (in_words(self._states(known)), document.status)
            return self._decided("reversed_after_authorised", key, *facts) is not None
        gone = gone_facts(allocation.beyond(unit.stands, unit.slices))
        decided = [one for one in self._ledger.settlements if one.verb == "credit" and key in one.bill_keys]
        return any(
            self._decided("reversed_after_authorised", key, unit_facts(asked, self._purchasing, self._books), *gone)
            for asked in (unit, *(self._as_asked(unit, known, decision.at) for decision in decided))
        )

    def _as_asked(self, unit: Unit, known: KnownBill, at: datetime) -> Unit:
        """The unit at the prices that it showed at a moment: a change of price that was billed since asks nothing new
        about goods that went back.
        """
        later = {one.key for one in self._ledger.repricings(known.key) if one.issued_at is None or one.issued_at >= at}
        if not later:
            return unit
        before = {key: bill for key, bill in self._ledger.bills.items() if key not in later}
        ledger = replace(self._ledger, bills=before)
        costs: dict[int, Decimal] = {}
        for po in unit.pos:
            lines = {line.line_id: line for line in self._purchasing.lines.get(po.po_id, ())}
            part_of = replace(known, slices=tuple(part for part in known.slices if part.po_id == po.po_id))
            stands = [part for part in unit.slices if part.po_id == po.po_id]
            costs |= OrderPrices(po, lines, ledger, self._books).shown(part_of, stands)
        return replace(unit, unit_costs=costs)

    def _states(self, known: KnownBill) -> list[str]:
        states = self._purchasing.states
        return [states[po_id].state if po_id in states else "deleted" for po_id in known.po_ids]

    def with_price_changes(self, units: Sequence[Unit]) -> list[Unit]:
        """The units, each final bill with what its price changed by, and behind it the documents of such changes."""
        used = {*self._ledger.bills, *(unit.key for unit in units)}
        waiting = [unit for unit in units if keys.is_credit(unit.key) and not self._has_given_back(unit.key)]
        return [one for unit in units for one in self._beside(_without_credited(unit, waiting), used)]

    def _has_given_back(self, key: str) -> bool:
        known = self._ledger.bills.get(key)
        return known is not None and has_given_back(known, self._books)

    def _beside(self, unit: Unit, used: set[str]) -> list[Unit]:
        known = self._ledger.live(unit.key)
        if known is None or keys.is_credit(unit.key):
            return [unit]
        standing = [again for one in self._ledger.repricings(unit.key) if (again := self._standing(one, unit))]
        document = self._document(known)
        changes = self._changes(known, unit) if document and document.status in FINAL else []
        net = sum((change.net for change in changes), ZERO)
        facts = (unit_facts(unit, self._purchasing, self._books), *self._ledger.repriced_by(unit.key))
        decision = self._decided("changed_after_authorised", unit.key, *facts)
        fresh = []
        if net and decision and decision.verb == ("supplement" if net > 0 else "credit"):
            fresh = self._fresh(unit, changes, used, credit=net < 0)
        return [replace(unit, repriced=net), *standing, *fresh]

    def _decided(self, kind: str, key: str, *facts: object) -> Settlement | None:
        one = hold(kind, keys.cause(key), "", *facts)
        return self._ledger.adjusting(one.case_id, one.facts)

    def _document(self, known: KnownBill | None) -> Document | None:
        return self._books.by_id.get((known.xero_id or "").lower()) if known else None

    def _changes(self, known: KnownBill, unit: Unit) -> list[_Change]:
        """Lines that cost something else now; none where the bill's goods are not what they were, too.

        None either where a person put an amount in the place of goods: it does not tell how many of them it bills.
        """
        if set(unit.slices) != set(known.slices):
            return []
        quantities: dict[tuple[int, int], Decimal] = {}
        for part in unit.as_left:
            if part.line_id != FREIGHT_LINE:
                place = part.po_id, part.line_id
                quantities[place] = quantities.get(place, ZERO) + part.quantity
        found = []
        for po in unit.pos:
            lines = {line.line_id: line for line in self._purchasing.lines.get(po.po_id, ())}
            part_of = replace(known, slices=tuple(part for part in known.slices if part.po_id == po.po_id))
            prices = OrderPrices(po, lines, self._ledger, self._books)
            tiers = prices.tiers(part_of, [part for part in unit.as_left if part.po_id == po.po_id])
            for (po_id, line_id), quantity in quantities.items():
                line = lines.get(line_id)
                if po_id != po.po_id or line is None:
                    continue
                if line_id not in tiers:
                    return []
                measure, change = to_ask(tiers[line_id], line.unit_cost)
                if change:
                    found.append(_Change(line, measure.copy_sign(quantity), line.unit_cost - change))
        left = corrections(known, self._document(known)).values() if found else ()
        amounts = any(one.by_amount and one.more for one in left if one.line_id != FREIGHT_LINE)
        return [] if amounts else found

    def _prices(self, repricing: KnownBill) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
        pos = [self._purchasing.pos[po_id] for po_id in repricing.po_ids if po_id in self._purchasing.pos]
        lines = [(line, po) for po in pos for line in self._purchasing.lines.get(po.po_id, ())]
        return changed_prices(repricing, self._document(repricing), lines)

    def _standing(self, repricing: KnownBill, base: Unit) -> Unit | None:
        """The unit of a change of price that is billed: it says for good what it was written for."""
        before, now = self._prices(repricing)
        document = self._document(repricing)
        written = repricing.meant["date"] if repricing.meant else None
        day = date.fromisoformat(written) if written else (document.dated if document else None)
        if not before:
            return None
        pos = tuple(self._purchasing.pos[po_id] for po_id in repricing.po_ids if po_id in self._purchasing.pos)
        return Unit(
            repricing.key,
            pos,
            repricing.slices,
            day or base.due_on,
            repricing.cycle,
            unit_costs=now,
            invoice=base.invoice,
            costs_before=before,
        )

    def _fresh(self, unit: Unit, changes: Sequence[_Change], used: set[str], *, credit: bool) -> list[Unit]:
        """The document of a change of price that a person decided; a refused one keeps its key."""
        tried = [bill for bill in self._children(unit.key) if keys.is_credit(bill.key) == credit]
        if any(bill.state == "settled" and bill.meant is None for bill in tried):
            return []
        refused = [bill for bill in tried if bill.never_sent]
        key = (keys.next_credit if credit else keys.next_supplement)(unit.key, used)
        key = refused[-1].key if refused else key
        used.add(key)
        zone = self._purchasing.zone
        day = max(day_of(change.line.observed_at, zone) for change in changes)
        first = max(day, self._agreement.decision.go_live)
        touched = {change.line.po_id for change in changes}
        return [
            Unit(
                key,
                tuple(po for po in unit.pos if po.po_id in touched),
                tuple(
                    Slice(change.line.po_id, change.line.line_id, change.quantity, change.quantity)
                    for change in changes
                ),
                day,
                refused[-1].cycle if refused else cycle_of(first, self._agreement.cycle_start_day),
                unit_costs={change.line.line_id: change.line.unit_cost for change in changes},
                invoice=unit.invoice,
                costs_before={change.line.line_id: change.before for change in changes},
            )
        ]

    def _children(self, key: str) -> list[KnownBill]:
        return [bill for bill in self._ledger.bills.values() if bill.reprices and keys.adjusted_key(bill.key) == key]


def _without_credited(unit: Unit, waiting: Sequence[Unit]) -> Unit:
    """The unit of a bill whose price is not billed anew for goods that a credit of the same plan gives back.

    ``waiting``: those that have not given back yet: new ones, held ones, and those that Xero refused or did not answer.
    """
    back: dict[int, Decimal] = {}
    for credit in waiting:
        for part in credit.slices if keys.credited_key(credit.key) == unit.key else ():
            back[part.line_id] = back.get(part.line_id, ZERO) + abs(part.quantity)
    return replace(unit, as_left=allocation.shortened(unit.as_left, back)) if back else unit
