"""Documents in Xero that a person named as the bill of some goods (``billed-by``), and what those goods come to.

What belongs here: adding up the goods. What does not: taking the decision (warehouse/deciding), whether such a document
bills other goods as well (twins).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.money import line_net, rounded, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.units.purchasing import Purchasing


@dataclass(frozen=True)
class Covered:
    """The goods for which a person named a document."""

    po_ids: frozenset[int] = frozenset()
    net: Decimal = ZERO
    """What they come to at the PO's unit costs, before tax."""


def named_bills(purchasing: Purchasing, ledger: LedgerView) -> Mapping[str, Covered]:
    """What each named document covers, by its id in lower case; nothing is known of goods that the ledger lost."""
    found: dict[str, Covered] = {}
    for one in ledger.settlements:
        if one.verb == "billed-by" and one.xero_id:
            name = one.xero_id.strip().lower()
            before = found.get(name, Covered())
            slices = [part for key in one.bill_keys if key in ledger.bills for part in ledger.bills[key].slices]
            here = frozenset(part.po_id for part in slices)
            net = total([before.net, *(_net(part, purchasing) for part in slices)])
            found[name] = Covered(before.po_ids | here, net)
    return found


def _net(part: Slice, purchasing: Purchasing) -> Decimal:
    if part.line_id == FREIGHT_LINE:
        return rounded(part.quantity)
    lines = purchasing.lines.get(part.po_id, ())
    return total(line_net(part.quantity, line.unit_cost) for line in lines if line.line_id == part.line_id)
