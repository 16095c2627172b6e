"""Documents in Xero that a person named as the bill of some goods (``billed-by``), and what those goods come to.

What belongs here: adding up the goods. What does not: taking the decision (warehouse/deciding), whether such a document
bills other goods as well (twins).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.money import line_net, rounded, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.purchasing import Purchasing


@dataclass(frozen=True)
class Covered:
    """The goods for which a person named a document."""

    po_ids: frozenset[int] = frozenset()
    net: Decimal = ZERO
    """What they came to when a person was asked, before tax; without sign, as Xero's documents are.

    A price that changes afterwards makes no room on the document. Of a bill of the sync its own goods are among them.
    """


def named_bills(purchasing: Purchasing, ledger: LedgerView) -> Mapping[str, Covered]:
    """What each named document covers, by its id in lower case; nothing is known of goods that the ledger lost."""
    found: dict[str, Covered] = {}
    ours = {bill.xero_id.lower(): bill for bill in ledger.bills.values() if bill.xero_id and bill.state != "withdrawn"}
    for one in ledger.settlements:
        if one.verb == "billed-by" and one.named_id:
            own = ours[one.named_id].slices if one.named_id in ours else ()
            before = found.get(one.named_id, Covered(net=_worth(own, purchasing, one.about)))
            bills = [ledger.bills[key] for key in one.bill_keys if key in ledger.bills]
            slices = [part for bill in bills for part in bill.slices]
            here = frozenset(part.po_id for bill in bills for part in (*bill.slices, *bill.unbilled))
            found[one.named_id] = Covered(before.po_ids | here, before.net + _worth(slices, purchasing, one.about))
    return found


def _worth(slices: Iterable[Slice], purchasing: Purchasing, at: datetime) -> Decimal:
    return abs(total(_net(part, purchasing, at) for part in slices))


def _net(part: Slice, purchasing: Purchasing, at: datetime) -> Decimal:
    if part.line_id == FREIGHT_LINE:
        return rounded(part.quantity)
    line = purchasing.line_at(part.po_id, part.line_id, at)
    return line_net(part.quantity, line.unit_cost) if line else ZERO
