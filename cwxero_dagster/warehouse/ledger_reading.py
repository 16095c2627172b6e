"""What the publish ledger says: bills with their quantities, requests that are not settled, a bill's history.

What belongs here: reading. What does not: changing anything (``ledger``), and what planning makes of it
(``payables.ledger_view``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.transport.clock import Uptime
from cwxero_dagster.warehouse.connection import rows_of
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.writing import Request, Writing

_OPEN = (
    "from ledger.request_bills semi join (select request_id from ledger.requests "
    "where state in ('planned', 'sent', 'unknown')) using (request_id)"
)
"""What each request does whose outcome is not settled."""
_NEVER_CONFIRMED = (
    "select bill_key, writing from ledger.request_bills join ledger.requests using (request_id) "
    "semi join (select bill_key from ledger.bills where written is null and xero_id is null) using (bill_key) "
    "qualify row_number() over (partition by bill_key order by created_at desc, request_id desc) = 1"
)
"""What the last request of each bill was to do, where Xero confirmed none."""


class LedgerReading:
    """The publish ledger as it stands."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def view(self, settlements: Sequence[Any] = ()) -> LedgerView:
        """Every bill with its allocations, every purchase order; ``settlements`` come from the case book."""
        with self._warehouse.transaction() as connection:
            bills = rows_of(connection, "select * from ledger.bills order by issued_at, bill_key")
            parts = rows_of(connection, "select * from ledger.allocations order by bill_key, po_id, line_id")
            waiting = {row["bill_key"] for row in rows_of(connection, f"select bill_key {_OPEN}")}
            intended = {
                row["bill_key"]: json.loads(row["writing"])["meaning"] for row in rows_of(connection, _NEVER_CONFIRMED)
            }
            planned = rows_of(connection, "select bill_key, billing_cycle from ledger.planned_cycles")
        slices: dict[str, list[Slice]] = {}
        for part in parts:
            slices.setdefault(part["bill_key"], []).append(
                Slice(part["po_id"], part["line_id"], part["start_quantity"], part["end_quantity"])
            )
        known = [
            replace(
                _known(row, slices.get(row["bill_key"], [])),
                waiting=row["bill_key"] in waiting,
                intended=intended.get(row["bill_key"]),
            )
            for row in bills
        ]
        return LedgerView(
            bills={one.key: one for one in known if one.document_type != PURCHASE_ORDER},
            orders={one.key: one for one in known if one.document_type == PURCHASE_ORDER},
            settlements=tuple(settlements),
            cycles={row["bill_key"]: row["billing_cycle"] for row in planned},
        )

    def decisions(self) -> dict[str, str]:
        """Texts of the decisions that bills were planned under or that were signed, by digest."""
        with self._warehouse.transaction() as connection:
            rows = rows_of(connection, "select digest, text from ledger.decisions")
        return {row["digest"]: row["text"] for row in rows}

    def organisations(self) -> set[str]:
        """Organisations that bills of this ledger were planned for; more than one is a fault."""
        with self._warehouse.transaction() as connection:
            return {
                row["organisation_id"]
                for row in rows_of(
                    connection, "select distinct organisation_id from ledger.bills where state <> 'settled'"
                )
            }

    def open_requests(self) -> list[Request]:
        """Requests whose outcome is not settled, oldest first."""
        with self._warehouse.transaction() as connection:
            rows = rows_of(
                connection,
                "select * from ledger.requests where state in ('planned', 'sent', 'unknown') order by created_at",
            )
            parts = rows_of(
                connection,
                f"select request_id, writing {_OPEN} order by request_id, position",
            )
        writings: dict[str, list[Writing]] = {}
        for part in parts:
            writings.setdefault(part["request_id"], []).append(Writing.from_json(part["writing"]))
        return [_request(row, writings.get(row["request_id"], [])) for row in rows]

    def story(self, bill_key: str) -> list[dict[str, Any]]:
        """Events of a bill in order: ``happened_at``, ``event``, ``detail``, ``request_id``."""
        with self._warehouse.transaction() as connection:
            return rows_of(
                connection, "select * from ledger.events where bill_key = ? order by happened_at", [bill_key]
            )

    def keys_with(self, event: str) -> frozenset[str]:
        """Bills to which an event of this name ever happened."""
        with self._warehouse.transaction() as connection:
            rows = rows_of(connection, "select distinct bill_key from ledger.events where event = ?", [event])
        return frozenset(row["bill_key"] for row in rows)

    def exchanges(self, bill_key: str) -> list[dict[str, Any]]:
        """Requests that concerned a bill, with the bytes sent and answered, oldest first."""
        with self._warehouse.transaction() as connection:
            return rows_of(
                connection,
                "select r.* from ledger.requests r semi join (select request_id from ledger.request_bills "
                "where bill_key = ?) using (request_id) order by created_at",
                [bill_key],
            )

    def requests_sent(self) -> int:
        """How many writes ever left for Xero; the difference of two counts is what happened in between."""
        with self._warehouse.transaction() as connection:
            counted = connection.sql("select count(*) from ledger.requests where first_sent_at is not null").fetchall()
        return int(counted[0][0])


def _known(row: dict[str, Any], slices: Sequence[Slice]) -> KnownBill:
    return KnownBill(
        key=row["bill_key"],
        document_type=row["document_type"],
        cycle=row["billing_cycle"],
        policy_digest=row["policy_digest"],
        state=row["state"],
        xero_id=row["xero_id"],
        po_ids=tuple(json.loads(row["po_ids"])),
        slices=tuple(slices),
        facts=row["facts"],
        written=json.loads(row["written"]) if row["written"] else None,
        base=json.loads(row["base"]) if row["base"] else None,
        refused_payload=row["refused_payload"],
        refused_at=row["refused_at"],
        refusal=row["refusal"],
        refusal_kind=row["refusal_kind"],
        meanwhile=row["meanwhile"],
        in_doubt=bool(row["base_in_doubt"]),
        issued_at=row["issued_at"],
        withdrawn_at=row["changed_at"] if row["state"] == "withdrawn" else None,
    )


def _request(row: dict[str, Any], writings: Sequence[Writing]) -> Request:
    return Request(
        request_id=row["request_id"],
        batch_id=row["batch_id"],
        attempt=row["attempt"],
        idempotency_key=row["idempotency_key"],
        method=row["method"],
        path=row["path"],
        body=row["body"],
        writings=tuple(writings),
        state=row["state"],
        first_sent_at=row["first_sent_at"],
        sent_uptime=Uptime(row["sent_in_start"], row["sent_uptime"]) if row["sent_in_start"] else None,
    )
