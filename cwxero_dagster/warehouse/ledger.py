"""The publish ledger: what was intended, sent and confirmed for each bill unit, with the exact bytes.

What belongs here: the transitions of a bill and of a request, each one transaction. What does not: deciding them
(publishing, planning). A bill goes planned -> sent -> confirmed, refused or unknown; an intent is stored with its bytes
before the first request leaves (DESIGN.md, "Publishing").
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.payables.planning.rebuilding import Rebuilt
from cwxero_dagster.payables.wording import status_words
from cwxero_dagster.transport.clock import Uptime
from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.history_outbox import queue
from cwxero_dagster.warehouse.ledger_reading import LedgerReading
from cwxero_dagster.warehouse.ledger_rows import allocate, note, plan_bill, set_state
from cwxero_dagster.writing import Outcome, Request, Writing

SENT_AGAIN = "The same bytes under the same key, as no answer to them was kept."


class Ledger(LedgerReading):
    """What the ledger says, and its transitions."""

    def remember_decision(self, digest: str, text: str, *, at: datetime) -> None:
        """Keep the text of a decision that bills are about to be planned under, or that is signed."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "insert into ledger.decisions values (?, ?, ?) on conflict do nothing", [digest, text, at]
            )

    def fix_cycle(self, cycle: str, planned: Collection[str], *, unsent: Collection[str], at: datetime) -> None:
        """Keep that bills were first planned in ``cycle``; one that was planned in another cycle stays there.

        ``unsent``: keys of all bills that are due and of which nothing was sent. What was kept of others is forgotten:
        the ledger knows the cycle of a bill that was sent, and one that is no longer due is due anew later.
        """
        with self._warehouse.transaction() as connection:
            kept = {key for (key,) in connection.sql("select bill_key from ledger.planned_cycles").fetchall()}
            if gone := sorted(kept.difference(unsent)):
                connection.execute(
                    "delete from ledger.planned_cycles where bill_key in (select unnest(?::varchar[]))", [gone]
                )
            if fresh := sorted(set(planned) - kept):
                connection.execute(
                    "insert into ledger.planned_cycles select unnest(?::varchar[]), ?, ?", [fresh, cycle, at]
                )

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
                    plan_bill(connection, writing, organisation_id=organisation_id, at=at)
                note(connection, at, writing.key, f"planned to {writing.action}", "", request.request_id)

    def sending(self, request: Request, *, at: datetime, uptime: Uptime | None = None, again: bool = False) -> None:
        """The request is about to leave. ``again``: a later run takes it up, which is an event of each bill in it."""
        up = uptime or (None, None)
        with self._warehouse.transaction() as connection:
            for writing in request.writings if again else ():
                note(connection, at, writing.key, "sent again", SENT_AGAIN, request.request_id)
            connection.execute(
                "update ledger.requests set state = 'sent', first_sent_at = coalesce(first_sent_at, ?), "
                "sent_in_start = case when first_sent_at is null then ? else sent_in_start end, "
                "sent_uptime = case when first_sent_at is null then ? else sent_uptime end where request_id = ?",
                [at, *up, request.request_id],
            )
            set_state(connection, (w.key for w in request.writings if w.creates), "sent", at)

    def sent_at(self, request: Request, at: datetime) -> None:
        """Count the age of a request from ``at``: its first sending was noted by a clock that was set since."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.requests set first_sent_at = ? where request_id = ?", [at, request.request_id]
            )

    def not_answered(self, request: Request, reason: str, *, at: datetime) -> None:
        """No answer came: the outcome is unknown, which is not the same as failed."""
        self._without_answer(request, "unknown", "unknown", "answer lost", reason, at=at)

    def not_sent(self, request: Request, reason: str, *, at: datetime) -> None:
        """The request certainly did not reach Xero: its new bills are as if never planned, their keys stay theirs."""
        self._without_answer(request, "not sent", "refused", "not sent", reason, at=at)

    def _without_answer(
        self, request: Request, state: str, of_new_bills: str, event: str, reason: str, *, at: datetime
    ) -> None:
        with self._warehouse.transaction() as connection:
            connection.execute("update ledger.requests set state = ? where request_id = ?", [state, request.request_id])
            set_state(connection, (w.key for w in request.writings if w.creates), of_new_bills, at)
            for writing in request.writings:
                note(connection, at, writing.key, event, reason, request.request_id)

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
            plan_bill(connection, writing, organisation_id=organisation_id, at=at)
            connection.execute(
                "update ledger.bills set state = 'confirmed', xero_id = ?, changed_at = ?, written = null, "
                "base = null, base_in_doubt = false where bill_key = ?",
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
                allocate(connection, bill.key, bill.slices)
                words = f"Xero holds a {keys.noun(bill.key)} under this key. What was last written to it is not known."
                note(connection, at, bill.key, "ledger rebuilt from Xero", words)

    def learn_base(
        self, writing: Writing, *, written: Mapping[str, Any], base: Mapping[str, Any], at: datetime
    ) -> None:
        """A bill of unknown base says in Xero just what the sync would write: from here on its base is known.

        So is what it bills: a restored copy may be from before its goods were more, or fewer.
        """
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.bills set written = ?, base = ?, base_in_doubt = false, facts = ?, po_ids = ?, "
                "po_numbers = ? where bill_key = ?",
                [
                    json.dumps(written),
                    json.dumps(base),
                    writing.facts,
                    json.dumps(writing.po_ids),
                    json.dumps(writing.po_numbers),
                    writing.key,
                ],
            )
            allocate(connection, writing.key, writing.slices)
            note(
                connection, at, writing.key, "agrees with Xero", "The bill in Xero says just what the sync would write."
            )

    def withdraw_removed(self, removed: Iterable[str], *, at: datetime) -> None:
        """Bills that a person removed in Xero and then released: their goods may be billed under a new key."""
        with self._warehouse.transaction() as connection:
            for key in removed:
                set_state(connection, [key], "withdrawn", at)
                note(connection, at, key, "removed in Xero and released", "")


def _settle(connection: Connection, writing: Writing, outcome: Outcome, *, at: datetime, request_id: str) -> None:
    if outcome.result == "confirmed":
        state = "confirmed"
        if writing.action == "withdraw":
            state = "settled" if writing.closes else "withdrawn"
        connection.execute(
            "update ledger.bills set state = ?, xero_id = ?, facts = ?, written = ?, base = ?, base_in_doubt = false, "
            "refused_payload = null, refused_at = null, refusal = null, refusal_kind = null, meanwhile = ?, "
            "changed_at = ? where bill_key = ?",
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
            allocate(connection, writing.key, writing.slices)
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
    note(connection, at, writing.key, f"{writing.event}: {outcome.result}", detail, request_id)


def _held_as(writing: Writing, status: str | None) -> str:
    """What Xero holds since a write, in words; the id stands in the bill's own row."""
    number = str(writing.meaning.get("number") or "")
    if status in {None, "DRAFT"}:
        return f"Xero holds it as {'draft' if status else 'a document'}{f' {number}' if number else ''}."
    return f"Xero holds {number or 'it'} as {status_words(status)}."
