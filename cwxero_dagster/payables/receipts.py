"""Observations of PO lines -> receipt events and reversals.

ConnectWise has no receipt record: ``receivedQuantity`` is one cumulative figure on the line, so a receipt is its growth
between two observations and a reversal its shrink (connectwise_api, "How receiving works"). What belongs here: that
derivation, and which receipts still stand. What does not: what a receipt leads to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import groupby

from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.records import ZERO, Line, Receipt


def receipts_of(observations: Iterable[Line], *, zone: str) -> list[Receipt]:
    """Receipt events of all lines, by line and order of observation.

    ``observations`` are every observation of every line, in any order. A receipt without ``dateReceived`` counts on the
    day on which it was first seen (CONTRACT, "Cycle of a bill").
    """
    events: list[Receipt] = []
    ordered = sorted(observations, key=lambda line: (line.line_id, line.observed_at))
    for _, history in groupby(ordered, key=lambda line: line.line_id):
        received, sequence = ZERO, 0
        for line in history:
            change = line.received - received
            if change:
                sequence += 1
                reversal = abs(line.received) < abs(received)
                events.append(_event(line, change, sequence, reversal=reversal, zone=zone))
            received = line.received
    return events


def standing(receipts: Iterable[Receipt]) -> list[Receipt]:
    """The receipts that still stand, by line: a reversal takes back what arrived last (DESIGN.md, "Allocation")."""
    left: dict[int, list[Receipt]] = {}
    for receipt in sorted(receipts, key=lambda item: (item.line_id, item.sequence)):
        stack = left.setdefault(receipt.line_id, [])
        if not receipt.reversal:
            stack.append(receipt)
            continue
        back = -receipt.quantity
        while stack and back:
            last = stack.pop()
            if abs(last.quantity) > abs(back):
                stack.append(replace(last, quantity=last.quantity - back))
                break
            back -= last.quantity
    return [receipt for stack in left.values() for receipt in stack]


def _event(line: Line, change: Decimal, sequence: int, *, reversal: bool, zone: str) -> Receipt:
    dated = None if reversal else line.received_at
    return Receipt(
        po_id=line.po_id,
        line_id=line.line_id,
        sequence=sequence,
        quantity=change,
        received_on=day_of(dated or line.observed_at, zone),
        day_is_observed=dated is None,
        packing_slip=line.packing_slip,
        unit_cost=line.unit_cost,
        observed_at=line.observed_at,
        batched_before=line.batched,
        reversal=reversal,
    )
