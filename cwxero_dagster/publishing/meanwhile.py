"""Work of a person between our reading of a document and our writing to it.

What belongs here: finding it in the document's history in Xero. What does not: preventing it, which nobody can: Xero
refuses a write to a bill that was approved in between, but an edit in between is written over, because it offers no
condition on what was read (xero_api, section 2). So it is found afterwards and shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cwxero_dagster.writing import Writing
from cwxero_dagster.xero import parse

_NOTE = "Note"
"""What a record calls a note, which changes nothing of the document."""
_SECOND = timedelta(seconds=1)


def unseen_from(stamp: datetime | None, *, touched: bool) -> str | None:
    """From which second on a person's change was not in the document that was read; None where that is not known.

    ``stamp`` is the document's update stamp as read; ``touched``: a person made that last change, so her own record in
    that second is known.
    """
    if stamp is None:
        return None
    second = stamp.astimezone(UTC).replace(microsecond=0)
    return (second + _SECOND if touched else second).isoformat()


def overlapping(writing: Writing, records: Sequence[Mapping[str, Any]]) -> str:
    """What people did to the document between reading and writing, as a sentence; blank where nobody did anything.

    ``records`` is the document's history, newest first. Our own user is the one who created the document.
    """
    if writing.unseen_from is None or not records:
        return ""
    ours = str(records[-1].get("User"))
    written = next((place for place, record in enumerate(records) if str(record.get("User")) == ours), 0)
    first = datetime.fromisoformat(writing.unseen_from)
    found = [
        record
        for record in records[written:]
        if str(record.get("User")) != ours and record.get("Changes") != _NOTE and _at(record) >= first
    ]
    if not found:
        return ""
    who = "; ".join(f"{r.get('User')}, {_at(r):%H:%M:%S} UTC: {r.get('Changes')}" for r in reversed(found))
    verb = "withdrawn" if writing.action == "withdraw" else "written"
    return (
        f"A person changed this draft in Xero in the moment between our reading and our writing ({who}). It was "
        f"{verb} all the same, so what she changed may be lost. The history of the bill in Xero says what it was: "
        "type it there again if it is still wanted."
    )


def _at(record: Mapping[str, Any]) -> datetime:
    return parse.moment(record.get("DateUTC")) or datetime.max.replace(tzinfo=UTC)
