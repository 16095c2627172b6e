"""From observations to receipts and states: the tables that people look at first.

What belongs here: keeping what the rules derive for all POs. What does not: the rules (payables/receipts, states).
"""

from __future__ import annotations

from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.pipeline.session import Session


def derive_receipts(session: Session) -> list[dict[str, Any]]:
    """Receipt events of all POs, kept as ``Receipts``."""
    with session.warehouse.transaction():
        purchasing = session.purchasing()
        rows = [dict(vars(receipt)) for group in purchasing.receipts.values() for receipt in group]
        session.warehouse.replace(frames.Receipts, frames.Receipts.of(rows))
    return rows


def derive_states(session: Session) -> list[dict[str, Any]]:
    """The state of every PO, kept as ``PurchaseOrderStates``."""
    with session.warehouse.transaction():
        purchasing = session.purchasing()
        rows = [dict(vars(state)) for state in purchasing.states.values()]
        session.warehouse.replace(frames.PurchaseOrderStates, frames.PurchaseOrderStates.of(rows))
    return rows
