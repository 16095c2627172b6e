"""Observations of PO lines -> receipt events and reversals.

ConnectWise has no receipt record: ``receivedQuantity`` is one cumulative figure on the line, so a receipt is its growth
between two observations and a reversal its shrink (connectwise_api, "How receiving works"). What belongs here: that
derivation. What does not: what a receipt leads to.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        received, batched, sequence = ZERO, None, 0
        for line in history:
            growth = line.received - received
            if growth:
                sequence += 1
                events.append(_event(line, growth, sequence, batched=batched, zone=zone))
            received = line.received
            batched = line.batched
    return events


def _event(line: Line, growth: Decimal, sequence: int, *, batched: bool | None, zone: str) -> Receipt:
    dated = line.received_at is not None and growth > 0
    moment = line.received_at if dated and line.received_at is not None else line.observed_at
    return Receipt(
        po_id=line.po_id,
        line_id=line.line_id,
        sequence=sequence,
        quantity=growth,
        received_on=day_of(moment, zone),
        day_is_observed=not dated,
        packing_slip=line.packing_slip,
        unit_cost=line.unit_cost,
        observed_at=line.observed_at,
        batched_before=line.batched if batched is None else batched,
    )
