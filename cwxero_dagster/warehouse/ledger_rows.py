"""Rows of the publish ledger as it is written: a bill, its quantities, its state, an event of its history.

What belongs here: statements that more than one transition needs. What does not: transitions (``ledger``,
``settled_bills``), reading (``ledger_reading``), and tables (``ledger_tables``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.writing import Writing


def plan_bill(connection: Connection, writing: Writing, *, organisation_id: str, at: datetime) -> None:
    """A new bill under its key; it takes its quantities now."""
    insert_bill(connection, writing, writing.policy_digest, "planned", organisation_id=organisation_id, at=at)
    allocate(connection, writing.key, writing.slices)


def insert_bill(
    connection: Connection,
    bill: Writing | HeldBill,
    policy_digest: str,
    state: str,
    *,
    organisation_id: str,
    at: datetime,
) -> None:
    """The row of a bill; one that stands under the key already takes the new state and facts.

    One that a person had settled was never written: it takes everything.
    """
    connection.execute(
        "insert into ledger.bills (bill_key, organisation_id, document_type, billing_cycle, policy_digest, po_ids, "
        "po_numbers, state, facts, issued_at, changed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "on conflict (bill_key) do update set "
        "organisation_id = if(bills.state = 'settled', excluded.organisation_id, bills.organisation_id), "
        "policy_digest = if(bills.state = 'settled', excluded.policy_digest, bills.policy_digest), "
        "state = excluded.state, document_type = excluded.document_type, "
        "po_ids = excluded.po_ids, po_numbers = excluded.po_numbers, facts = excluded.facts, "
        "changed_at = excluded.changed_at",
        [
            bill.key,
            organisation_id,
            bill.document_type,
            bill.cycle,
            policy_digest,
            json.dumps(bill.po_ids),
            json.dumps(bill.po_numbers),
            state,
            bill.facts,
            at,
            at,
        ],
    )


def allocate(connection: Connection, key: str, slices: Iterable[Slice]) -> None:
    """Give a bill these quantities in the place of those that it has."""
    connection.execute("delete from ledger.allocations where bill_key = ?", [key])
    for part in slices:
        connection.execute(
            "insert into ledger.allocations values (?, ?, ?, ?, ?)",
            [key, part.po_id, part.line_id, Decimal(part.start), Decimal(part.end)],
        )


def note(
    connection: Connection, at: datetime, bill_key: str, event: str, detail: str, request_id: str | None = None
) -> None:
    """Write an event into a bill's history; the case book uses it too."""
    connection.execute("insert into ledger.events values (?, ?, ?, ?, ?)", [at, bill_key, event, detail, request_id])


def set_state(connection: Connection, bill_keys: Iterable[str], state: str, at: datetime) -> None:
    """Move bills on to a state."""
    for key in bill_keys:
        connection.execute("update ledger.bills set state = ?, changed_at = ? where bill_key = ?", [state, at, key])
