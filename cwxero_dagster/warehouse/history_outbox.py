"""Notes for the history of documents in Xero: waiting, under way, and what became of them.

What belongs here: the states of a note. What does not: its words (payables/planning/history_notes), sending it
(publishing/noting). A note is queued in the transaction that confirms its write, and marked as sent before its call.
One that was marked is never sent again, unless it certainly did not arrive: a note cannot be taken back, so a missing
one is better than two.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.writing import Writing


@dataclass(frozen=True)
class HistoryNote:
    """One note that Xero is to keep."""

    note_id: str
    bill_key: str
    document_type: str
    xero_id: str
    text: str
    queued_at: datetime


def queue(connection: Connection, writing: Writing, xero_id: str, *, request_id: str, at: datetime) -> None:
    """Put the note of a confirmed write up for sending; confirming the same write again adds none."""
    connection.execute(
        "insert into ledger.history_notes values (?, ?, ?, ?, ?, ?, 'waiting', ?, null) on conflict do nothing",
        [uuid.uuid4().hex, request_id, writing.key, writing.document_type, xero_id, writing.note, at],
    )


class HistoryOutbox:
    """The notes of a warehouse. Each transition is one transaction."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def waiting(self) -> list[HistoryNote]:
        """Notes that never left, oldest first."""
        with self._warehouse.transaction() as connection:
            rows = connection.sql(
                "select note_id, bill_key, document_type, xero_id, text, queued_at from ledger.history_notes "
                "where state = 'waiting' order by queued_at, bill_key"
            ).fetchall()
        return [HistoryNote(*row) for row in rows]

    def sending(self, note: HistoryNote, *, at: datetime) -> None:
        """The note is about to leave."""
        self._state(note, "sent", at)

    def not_sent(self, note: HistoryNote) -> None:
        """The note certainly did not arrive: it waits for the next run."""
        self._state(note, "waiting", None)

    def arrived(self, note: HistoryNote, *, at: datetime, stamp: str | None) -> None:
        """Xero keeps the note. ``stamp``: the second in which it did, to be known again as ours on the document."""
        with self._warehouse.transaction() as connection:
            self._state(note, "noted", at)
            if stamp is not None:
                connection.execute(
                    "update ledger.bills set base = json_merge_patch(base, ?)::varchar "
                    "where bill_key = ? and base is not null",
                    [json.dumps({"noted_at": stamp}), note.bill_key],
                )

    def given_up(self, note: HistoryNote, state: str, *, at: datetime) -> None:
        """The note is not sent again: ``refused`` by Xero, or its answer ``lost``."""
        self._state(note, state, at)

    def _state(self, note: HistoryNote, state: str, at: datetime | None) -> None:
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.history_notes set state = ?, sent_at = ? where note_id = ?", [state, at, note.note_id]
            )
