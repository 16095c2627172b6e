"""Sending the notes that the history of a document in Xero is to hold.

What belongs here: one call a note, at most once. What does not: its words (payables/planning/history_notes), keeping it
(warehouse/history_outbox). A note never holds up or fails a bill: what goes wrong with it is said and left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cwxero_dagster.publishing.bodies import path_of
from cwxero_dagster.transport import (
    Answer,
    CallFailed,
    Clock,
    NotFound,
    OutcomeUnknown,
    RequestRefused,
)
from cwxero_dagster.warehouse.history_outbox import HistoryOutbox
from cwxero_dagster.xero import parse
from cwxero_dagster.xero.client import Xero
from cwxero_dagster.xero.documents import encode, history

SAME_RUN = timedelta(minutes=10)
"""A note that leaves so soon after its write counts as part of it; a later one may follow a person's work."""


def send_notes(
    xero: Xero, outbox: HistoryOutbox, *, organisation_id: str, clock: Clock, progress: Callable[[str], None]
) -> None:
    """Send what waits. Where a limit is reached or Xero is down, the rest waits for the next run."""
    notes = outbox.waiting()
    for place, note in enumerate(notes):
        outbox.sending(note, at=clock.now())
        try:
            answer = xero.write(
                "PUT",
                f"{path_of(note.document_type)}/{note.xero_id}/History",
                encode(history(note.text)),
                idempotency_key=f"{organisation_id}/note/{note.note_id}",
                what="the history of a bill",
            )
        except OutcomeUnknown as failure:
            outbox.given_up(note, "lost", at=clock.now())
            progress(f"Xero may lack a note in the history of {note.bill_key}: {failure.message_for_people}")
        except (RequestRefused, NotFound) as failure:
            outbox.given_up(note, "refused", at=clock.now())
            progress(f"Xero took no note in the history of {note.bill_key}: {failure.message_for_people}")
        except CallFailed as failure:
            outbox.not_sent(note)
            progress(_left(len(notes) - place, failure))
            return
        else:
            prompt = clock.now() - note.queued_at <= SAME_RUN
            outbox.arrived(note, at=clock.now(), stamp=_stamp(answer) if prompt else None)


def _left(number: int, failure: CallFailed) -> str:
    return f"{number} notes in the history of bills wait for the next run: {failure.message_for_people}"


def _stamp(answer: Answer) -> str | None:
    """The second of the note as Xero answered it, written as ``Document.stamp`` is; None where it does not say."""
    try:
        records = answer.json()["HistoryRecords"]
        moment: datetime | None = parse.moment(records[0].get("DateUTC"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
