"""Supplier credits of one PO for goods of final bills that went back.

What belongs here: which bills are given back by a credit, and the credits' units. What does not: how much a bill has to
give back (``allocation``), credits of prices (``repricing``), what a credit looks like (``composing``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables import keys, told
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.doubt import Doubt, size
from cwxero_dagster.payables.units.doubts import doubt_of_credit
from cwxero_dagster.payables.units.forming import Forming
from cwxero_dagster.payables.units.order_bills import OrderBills
from cwxero_dagster.payables.units.order_due import OrderDue
from cwxero_dagster.payables.units.purchasing import Agreement
from cwxero_dagster.payables.units.repricing import OrderPrices
from cwxero_dagster.payables.units.unit import Unit


class OrderCredits:
    """The credits of one PO. ``asked``: final bills whose missing goods a person wants credited."""

    def __init__(self, agreement: Agreement, known: OrderBills, asked: Collection[str]) -> None:
        self._agreement = agreement
        self._known = known
        self._asked = asked

    def covers(self, bill: KnownBill) -> bool:
        """True where a credit says what a bill has to give back: then the bill itself stays what it was."""
        by_itself = self._agreement.decision.events.reversed == "draft_credit_note"
        said = bill.key in self._asked or self._known.credit_underway(bill.key)
        return bill.key in self._known.final and (by_itself or said)

    def units(
        self,
        bills: Sequence[KnownBill],
        back: Mapping[str, Mapping[int, Decimal]],
        followed: Mapping[str, Mapping[int, Decimal]],
        *,
        lines: Mapping[int, Line],
        prices: OrderPrices,
        books: Books,
        due: OrderDue,
        forming: Forming,
    ) -> list[Unit]:
        """One credit for exactly what a final bill has to give back (``back``, by bill and line).

        ``followed``: what of each bill went back as she took it off.
        """
        units = []
        cycle = cycle_of(due.reversed_on(), self._agreement.cycle_start_day)
        for bill in bills:
            gone = back.get(bill.key)
            if gone and self.covers(bill):
                stands = allocation.standing_slices(bill, bills)
                slices = allocation.returned(stands, gone)
                costs = prices.given_back(bill, stands, gone)
                credit = forming.unit(self._key_of(bill), slices, cycle, due_on=due.reversed_on(), unit_costs=costs)
                doubt = (
                    doubt_of_credit(bill, slices, self._known, lines, books, followed=followed.get(bill.key, {}))
                    if bill.written
                    else told.unpriced(slices, costs, lines)
                )
                units.append(replace(credit, doubts=(Doubt(doubt, size(slices)),) if doubt else ()))
        return units

    def _key_of(self, bill: KnownBill) -> str:
        """The key of the credit that waits, or of a new one."""
        waiting = [one.key for one in self._known.pending if keys.credited_key(one.key) == bill.key]
        return waiting[0] if waiting else self._known.issued(keys.next_credit(bill.key, self._known.used))
