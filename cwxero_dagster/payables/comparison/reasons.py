"""Why only one side has a bill, and what holds one, in words that say what to look at.

What belongs here: those sentences. What does not: differences of bills that were paired (differences).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cwxero_dagster.payables.comparison.knots import Group
from cwxero_dagster.payables.comparison.pairing import Orders
from cwxero_dagster.payables.comparison.result import Row
from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.money import money_text

SHOWN = 4


class Reasons:
    """What is known of all cycles, to say why a bill found no partner."""

    def __init__(
        self,
        orders: Mapping[str, str],
        groups: Sequence[Group],
        sync: Mapping[str, BillSide],
        keyed: Mapping[str, BillSide],
    ) -> None:
        self._states = {number.casefold(): (number, words) for number, words in orders.items()}
        self._orders = Orders(list(orders))
        self._by_order: dict[str, BillSide] = {}
        self._by_number: dict[tuple[str, str], BillSide] = {}
        for group in groups:
            other = keyed[group.keyed[0]]
            for one in group.sync:
                for number in sync[one].po_numbers:
                    self._by_order.setdefault(number.casefold(), other)
            for one in group.keyed:
                for number in keyed[one].invoice_numbers:
                    self._by_number.setdefault((keyed[one].vendor, number), keyed[one])

    def only_keyed(self, bill: BillSide) -> str:
        """Why the sync has no such bill."""
        for number in sorted(bill.invoice_numbers):
            twin = self._by_number.get((bill.vendor, number))
            if twin is not None:
                return f"{_named(twin)} of the same vendor has the same number: perhaps you keyed it twice."
        for order in sorted(self._orders.named_in(bill.text)):
            number, state = self._states[order]
            twin = self._by_order.get(order)
            if twin is not None:
                return f"It names purchase order {number}, and so does {_named(twin)}: more of it, or keyed twice."
            return f"It names purchase order {number}, which is {state}: the sync has nothing to bill for it here."
        return (
            f"It names no purchase order, and nothing received from {bill.vendor_name} fits. A vendor that needs none "
            "belongs under without_po in lifecycle.yaml."
        )

    def only_sync(self, bill: BillSide) -> str:
        """Why the bookkeeper has no such bill."""
        orders = ", ".join(bill.po_numbers)
        return (
            f"The goods of {orders} are due for a bill, and no bill of yours fits by vendor invoice number, purchase "
            "order or amount: not keyed yet, or forgotten."
        )

    def ambiguous(self, row: Row, bill: BillSide) -> str:
        """Why nobody can tell what a bill is."""
        ours = bill in row.sync
        others = row.keyed if ours else row.sync
        shown = "; ".join(_named(other) for other in others[:SHOWN])
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        owner = "bills of yours" if ours else "bills of the sync"
        if len(others) == 1:
            owner = owner.replace("bills", "bill")
            rivals = row.sync if ours else row.keyed
            return f"Only one {owner} fits ({shown}), and {len(rivals)} could be it: perhaps one was keyed twice."
        return f"{len(others)} {owner} could be this one, and nothing tells them apart: {shown}{more}."


def _named(bill: BillSide) -> str:
    day = f" of {bill.dated}" if bill.dated else ""
    return f"bill {bill.number or 'without a number'}{day} ({money_text(bill.total, bill.currency)})"


def remark_on(row: Row, cycle: str) -> str:
    """What else there is to know of a row: bills of earlier cycles in it, and what holds the sync's bills.

    That a keyed one may be the same is what a paired row says already.
    """
    earlier = [
        f"{bill.number} ({money_text(bill.total, bill.currency)}) was due in {bill.cycle} and counts here."
        for bill in row.sync
        if row.paired and bill.cycle != cycle
    ]
    found = {
        f"{KINDS[one.kind].title}: {one.detail}"
        for bill in row.sync
        for one in bill.holds
        if not (row.keyed and one.kind == "possible_duplicate")
    }
    held = [f"The sync would hold it. {' '.join(sorted(found))}"] if found else []
    return " ".join([*earlier, *held])
