"""The publish ledger: what was intended, sent and confirmed for each bill unit, with the exact bytes.

What belongs here: the transitions of a bill and of a request, each one transaction. What does not: deciding them
(publishing, planning). A bill goes planned -> sent -> confirmed, refused or unknown; an intent is stored with its bytes
before the first request leaves (DESIGN.md, "Publishing").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import Slice
from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.payables.cases import HeldBill
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.rebuilding import Rebuilt
from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.history_outbox import queue
from cwxero_dagster.writing import Outcome, Writing

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


@dataclass(frozen=True)
class Request:
    """One write to Xero, as it was or will be sent."""

    request_id: str
    batch_id: str
    attempt: int
    idempotency_key: str
    method: str
    path: str
    body: bytes
    writings: tuple[Writing, ...]
    state: str = "planned"
    first_sent_at: datetime | None = None


class Ledger:
    """Reads and transitions of schema ``ledger``."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    # --- what planning reads ------------------------------------------------------------------------------------

    def view(self, settlements: Sequence[Any] = ()) -> LedgerView:
        """Every bill with its allocations, every purchase order; ``settlements`` come from the case book."""
        with self._warehouse.transaction() as connection:
            bills = _rows(connection, "select * from ledger.bills order by issued_at, bill_key")
            parts = _rows(connection, "select * from ledger.allocations order by bill_key, po_id, line_id")
            waiting = {row["bill_key"] for row in _rows(connection, f"select bill_key {_OPEN}")}
            intended = {
                row["bill_key"]: json.loads(row["writing"])["meaning"] for row in _rows(connection, _NEVER_CONFIRMED)
            }
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
        )

    def decisions(self) -> dict[str, str]:
        """Texts of the decisions that bills were planned under, by digest."""
        with self._warehouse.transaction() as connection:
            rows = _rows(connection, "select digest, text from ledger.decisions")
        return {row["digest"]: row["text"] for row in rows}

    def remember_decision(self, digest: str, text: str, *, at: datetime) -> None:
        """Keep the text of a decision that bills are about to be planned under."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "insert into ledger.decisions values (?, ?, ?) on conflict do nothing", [digest, text, at]
            )

    def organisations(self) -> set[str]:
        """Organisations that bills of this ledger were planned for; more than one is a fault."""
        with self._warehouse.transaction() as connection:
            return {
                row["organisation_id"]
                for row in _rows(
                    connection, "select distinct organisation_id from ledger.bills where state <> 'settled'"
                )
            }

    # --- transitions --------------------------------------------------------------------------------------------

    def intend(self, request: Request, *, organisation_id: str, at: datetime) -> None:
        """Store a request and what it is to do, before it is sent. New bills take their quantities now."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "insert into ledger.requests (request_id, batch_id, attempt, idempotency_key, method, path, body, "
                "state, created_at) values (?, ?, ?, ?, ?, ?, ?, 'planned', ?)",
                [
                    request.request_id,
                    request.batch_id,
                    request.attempt,
                    request.idempotency_key,
                    request.method,
                    request.path,
                    request.body,
                    at,
                ],
            )
            for position, writing in enumerate(request.writings):
                connection.execute(
                    "insert into ledger.request_bills values (?, ?, ?, ?, ?)",
                    [request.request_id, position, writing.key, writing.action, writing.to_json()],
                )
                if writing.creates:
                    _plan_bill(connection, writing, organisation_id=organisation_id, at=at)
                note(connection, at, writing.key, f"planned to {writing.action}", "", request.request_id)

    def sending(self, request: Request, *, at: datetime) -> None:
        """The request is about to leave."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.requests set state = 'sent', first_sent_at = coalesce(first_sent_at, ?) "
                "where request_id = ?",
                [at, request.request_id],
            )
            self._states(connection, (w.key for w in request.writings if w.creates), "sent", at)

    def not_answered(self, request: Request, reason: str, *, at: datetime) -> None:
        """No answer came: the outcome is unknown, which is not the same as failed."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.requests set state = 'unknown' where request_id = ?", [request.request_id]
            )
            self._states(connection, (w.key for w in request.writings if w.creates), "unknown", at)
            for writing in request.writings:
                note(connection, at, writing.key, "answer lost", reason, request.request_id)

    def not_sent(self, request: Request, reason: str, *, at: datetime) -> None:
        """The request certainly did not reach Xero: its new bills are as if never planned, their keys stay theirs."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.requests set state = 'not sent' where request_id = ?", [request.request_id]
            )
            self._states(connection, (w.key for w in request.writings if w.creates), "refused", at)
            for writing in request.writings:
                note(connection, at, writing.key, "not sent", reason, request.request_id)

    def answered(
        self,
        request: Request,
        outcomes: Iterable[Outcome],
        *,
        status: int | None,
        answer: bytes,
        at: datetime,
        retry_at_once: bool = False,
    ) -> None:
        """What became of each document of a request, with Xero's answer byte for byte.

        ``retry_at_once``: nothing was wrong with what was refused (it got lost), so it may be sent again unchanged.
        """
        writings = {writing.key: writing for writing in request.writings}
        with self._warehouse.transaction() as connection:
            state = "answered"
            for outcome in outcomes:
                if outcome.result == "unknown":
                    state = "unknown"
                writing = writings[outcome.key]
                if retry_at_once:
                    writing = replace(writing, payload_digest="")
                _settle(connection, writing, outcome, at=at, request_id=request.request_id)
            connection.execute(
                "update ledger.requests set state = ?, answered_at = ?, status = ?, answer = ? where request_id = ?",
                [state, at, status, answer, request.request_id],
            )

    def adopt(self, writing: Writing, *, organisation_id: str, xero_id: str, at: datetime) -> None:
        """Take note of a bill that Xero already holds under its key; what was last written to it is not known."""
        with self._warehouse.transaction() as connection:
            _plan_bill(connection, writing, organisation_id=organisation_id, at=at)
            connection.execute(
                "update ledger.bills set state = 'confirmed', xero_id = ?, changed_at = ?, written = null, base = null "
                "where bill_key = ?",
                [xero_id, at, writing.key],
            )
            note(
                connection,
                at,
                writing.key,
                "found in Xero",
                f"Xero holds a {keys.noun(writing.key)} under this key. What was last written to it is not known.",
            )

    def rebuild(self, bills: Iterable[Rebuilt], *, organisation_id: str, at: datetime) -> None:
        """Put what Xero's documents tell in the place of all bills, but for those that a person settled unwritten."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "delete from ledger.bills where (state <> 'settled' or xero_id is not null) and document_type <> ?",
                [PURCHASE_ORDER],
            )
            connection.execute(
                "delete from ledger.allocations where bill_key not in (select bill_key from ledger.bills)"
            )
            for one in bills:
                bill = one.known
                connection.execute(
                    "insert into ledger.bills (bill_key, organisation_id, document_type, billing_cycle, policy_digest, "
                    "po_ids, po_numbers, state, xero_id, facts, issued_at, changed_at) "
                    "values (?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                    [
                        bill.key,
                        organisation_id,
                        bill.document_type,
                        bill.cycle,
                        json.dumps(bill.po_ids),
                        json.dumps(one.po_numbers),
                        bill.state,
                        bill.xero_id,
                        bill.facts,
                        bill.issued_at or at,
                        at,
                    ],
                )
                _allocate(connection, bill.key, bill.slices)
                words = f"Xero holds a {keys.noun(bill.key)} under this key. What was last written to it is not known."
                note(connection, at, bill.key, "ledger rebuilt from Xero", words)

    def learn_base(self, key: str, *, written: Mapping[str, Any], base: Mapping[str, Any], at: datetime) -> None:
        """A bill of unknown base says in Xero just what the sync would write: from here on its base is known."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.bills set written = ?, base = ? where bill_key = ?",
                [json.dumps(written), json.dumps(base), key],
            )
            note(connection, at, key, "agrees with Xero", "The bill in Xero says just what the sync would write.")

    def withdraw_removed(self, removed: Iterable[str], *, at: datetime) -> None:
        """Bills that a person removed in Xero and then released: their goods may be billed under a new key."""
        with self._warehouse.transaction() as connection:
            for key in removed:
                self._states(connection, [key], "withdrawn", at)
                note(connection, at, key, "removed in Xero and released", "")

    # --- recovery and history -----------------------------------------------------------------------------------

    def open_requests(self) -> list[Request]:
        """Requests whose outcome is not settled, oldest first."""
        with self._warehouse.transaction() as connection:
            rows = _rows(
                connection,
                "select * from ledger.requests where state in ('planned', 'sent', 'unknown') order by created_at",
            )
            parts = _rows(
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
            return _rows(connection, "select * from ledger.events where bill_key = ? order by happened_at", [bill_key])

    def keys_with(self, event: str) -> frozenset[str]:
        """Bills to which an event of this name ever happened."""
        with self._warehouse.transaction() as connection:
            rows = _rows(connection, "select distinct bill_key from ledger.events where event = ?", [event])
        return frozenset(row["bill_key"] for row in rows)

    def exchanges(self, bill_key: str) -> list[dict[str, Any]]:
        """Requests that concerned a bill, with the bytes sent and answered, oldest first."""
        with self._warehouse.transaction() as connection:
            return _rows(
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

    @staticmethod
    def _states(connection: Connection, bill_keys: Iterable[str], state: str, at: datetime) -> None:
        for key in bill_keys:
            connection.execute("update ledger.bills set state = ?, changed_at = ? where bill_key = ?", [state, at, key])


def _rows(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(statement, params=list(parameters)).to_arrow_table().to_pylist()
    return rows


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
        issued_at=row["issued_at"],
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
    )


def _plan_bill(connection: Connection, writing: Writing, *, organisation_id: str, at: datetime) -> None:
    _insert_bill(connection, writing, writing.policy_digest, "planned", organisation_id=organisation_id, at=at)
    _allocate(connection, writing.key, writing.slices)


def _insert_bill(
    connection: Connection,
    bill: Writing | HeldBill,
    policy_digest: str,
    state: str,
    *,
    organisation_id: str,
    at: datetime,
) -> None:
    connection.execute(
        "insert into ledger.bills (bill_key, organisation_id, document_type, billing_cycle, policy_digest, po_ids, "
        "po_numbers, state, facts, issued_at, changed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "on conflict (bill_key) do update set state = excluded.state, document_type = excluded.document_type, "
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


def _allocate(connection: Connection, key: str, slices: Iterable[Slice]) -> None:
    connection.execute("delete from ledger.allocations where bill_key = ?", [key])
    for part in slices:
        connection.execute(
            "insert into ledger.allocations values (?, ?, ?, ?, ?)",
            [key, part.po_id, part.line_id, Decimal(part.start), Decimal(part.end)],
        )


def _settle(connection: Connection, writing: Writing, outcome: Outcome, *, at: datetime, request_id: str) -> None:
    if outcome.result == "confirmed":
        state = "confirmed"
        if writing.action == "withdraw":
            state = "settled" if writing.closes else "withdrawn"
        connection.execute(
            "update ledger.bills set state = ?, xero_id = ?, facts = ?, written = ?, base = ?, refused_payload = null, "
            "refused_at = null, refusal = null, refusal_kind = null, meanwhile = ?, changed_at = ? where bill_key = ?",
            [
                state,
                outcome.xero_id,
                writing.facts,
                json.dumps(writing.meaning),
                json.dumps(outcome.base) if outcome.base else None,
                outcome.meanwhile or None,
                at,
                writing.key,
            ],
        )
        if writing.action == "update":
            connection.execute(
                "update ledger.bills set po_ids = ?, po_numbers = ? where bill_key = ?",
                [json.dumps(writing.po_ids), json.dumps(writing.po_numbers), writing.key],
            )
            _allocate(connection, writing.key, writing.slices)
        if writing.note and outcome.xero_id:
            queue(connection, writing, outcome.xero_id, request_id=request_id, at=at)
        detail = f"{_held_as(writing, outcome.xero_status)} {outcome.meanwhile}".rstrip()
    elif outcome.result == "refused":
        state = "state = 'refused', " if writing.creates else ""
        connection.execute(
            f"update ledger.bills set {state}refused_payload = ?, refused_at = ?, refusal = ?, refusal_kind = ?, "
            "changed_at = ? where bill_key = ?",
            [writing.payload_digest, at, outcome.message, outcome.kind, at, writing.key],
        )
        detail = outcome.message
    else:
        if writing.creates:
            connection.execute(
                "update ledger.bills set state = 'unknown', changed_at = ? where bill_key = ?", [at, writing.key]
            )
        detail = outcome.message
    note(connection, at, writing.key, f"{writing.action}: {outcome.result}", detail, request_id)


def _held_as(writing: Writing, status: str | None) -> str:
    """What Xero holds since a write, in words; the id stands in the bill's own row."""
    number = str(writing.meaning.get("number") or "")
    if status == "DELETED":
        return f"Xero holds {number or 'it'} as deleted."
    return f"Xero holds it as {(status or 'a document').lower()}{f' {number}' if number else ''}."


def close_bill(connection: Connection, bill: HeldBill, *, at: datetime) -> None:
    """A person settled a bill: its key is taken and so are its goods, for good or until undone.

    One that Xero holds as a draft is withdrawn by the next sync; the goods are those that the person decided about.
    """
    if bill.xero_id is not None:
        if bill.slices:
            _allocate(connection, bill.key, bill.slices)
        return
    connection.execute("delete from ledger.bills where bill_key = ? and xero_id is null", [bill.key])
    _insert_bill(connection, bill, "", "settled", organisation_id="", at=at)
    _allocate(connection, bill.key, bill.slices)


def open_bill_again(connection: Connection, key: str) -> None:
    """A settlement was taken back: the key and the goods are free as if it had never been.

    A bill whose draft was withdrawn on the settlement keeps its key: its goods get a new bill.
    """
    connection.execute(
        "update ledger.bills set state = 'withdrawn' where bill_key = ? and state = 'settled' and xero_id is not null",
        [key],
    )
    settled = "select bill_key from ledger.bills where bill_key = ? and state = 'settled'"
    connection.execute(f"delete from ledger.allocations where bill_key in ({settled})", [key])
    connection.execute("delete from ledger.bills where bill_key = ? and state = 'settled'", [key])


def note(
    connection: Connection, at: datetime, bill_key: str, event: str, detail: str, request_id: str | None = None
) -> None:
    """Write an event into a bill's history; the case book uses it too."""
    connection.execute("insert into ledger.events values (?, ?, ?, ?, ?)", [at, bill_key, event, detail, request_id])
