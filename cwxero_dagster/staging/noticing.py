"""Which purchase orders changed in ConnectWise since the last look, at the cost of one call.

What belongs here: the look of the real-time pattern, and the bookmark between two looks. What does not: reading what
changed (``connectwise.py``, by the run that is asked for), asking for that run (``sensors.py``).

The bookmark is ConnectWise's own newest stamp, not this machine's time. A look goes back a little further than that,
because stamps have seconds only and some are committed late; what was seen with the same stamp before is not new.
Source: connectwise_api.md, sections 6 and 7 (receiving a line moves the stamp of its order's header; what does not, the
nightly run finds).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from cwxero_dagster.connectwise.conditions import changed_between
from cwxero_dagster.staging import values
from cwxero_dagster.staging.clients import Record
from cwxero_dagster.staging.findings import OVERLAP
from cwxero_dagster.staging.windows import PURCHASE_ORDERS

FIRST_LOOK = timedelta(days=1)
"""How far the first look goes back."""
ONE_PAGE = 1_000
_AHEAD = timedelta(days=1)
"""The server's clock may run ahead of this machine's."""


class Lists(Protocol):
    """The part of the ConnectWise client that a look needs."""

    def records(self, path: str, *, conditions: str | None = None, fields: str | None = None) -> Iterator[Record]:
        """A list, page by page."""
        ...


@dataclass(frozen=True)
class Bookmark:
    """Up to where ConnectWise was looked at, and what was seen around there."""

    upto: datetime
    seen: Mapping[str, str] = field(default_factory=dict)
    """PO id to its stamp."""

    @staticmethod
    def read(text: str | None) -> Bookmark | None:
        """The bookmark from its text; None before the first look, and where the text is no bookmark."""
        try:
            value = json.loads(text or "")
            return Bookmark(datetime.fromisoformat(value["upto"]), dict(value["seen"]))
        except (ValueError, KeyError, TypeError):
            return None

    def text(self) -> str:
        """The bookmark as text, to be kept until the next look."""
        return json.dumps({"upto": self.upto.isoformat(), "seen": dict(self.seen)})


@dataclass(frozen=True)
class Noticed:
    """What one look saw."""

    po_numbers: Mapping[int, str]
    """POs that changed since the last look: id to number."""
    all_seen: bool
    """False where more changed than one call shows; the run then finds them by itself."""
    bookmark: Bookmark


def notice(client: Lists, bookmark: Bookmark | None, now: datetime) -> Noticed:
    """One look at what changed since ``bookmark``. Raises ``transport.CallFailed``."""
    since = bookmark.upto if bookmark else now - FIRST_LOOK
    window = changed_between(since - OVERLAP, now + _AHEAD)
    listed = client.records(PURCHASE_ORDERS, conditions=window, fields="id,poNumber,_info/lastUpdated")
    found = {
        int(record["id"]): (str(values.field(record, "poNumber") or ""), values.field(record, "_info/lastUpdated"))
        for record in islice(listed, ONE_PAGE)
    }
    stamps = {po_id: moment for po_id, (_, stamp) in found.items() if (moment := values.moment(stamp)) is not None}
    before = bookmark.seen if bookmark else {}
    fresh = {po_id: number for po_id, (number, stamp) in found.items() if before.get(str(po_id)) != str(stamp)}
    upto = max([since, *stamps.values()])
    seen = {str(po_id): str(found[po_id][1]) for po_id, moment in stamps.items() if moment >= upto - OVERLAP}
    return Noticed(fresh, len(found) < ONE_PAGE, Bookmark(upto, seen))
