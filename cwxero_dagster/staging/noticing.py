"""Which purchase orders changed in ConnectWise since the last look, at the cost of one call.

What belongs here: the look of the real-time pattern, and the bookmark between two looks. What does not: reading what
changed (``connectwise.py``, by the run that is asked for), asking for that run (``sensors.py``).

The bookmark is ConnectWise's own newest stamp, not this machine's time. A look goes back a little further than that,
because stamps have seconds only and some are committed late; what was seen with the same stamp before is not new.

Some servers refuse a time of day in a condition, or silently find nothing. So each look asks for the order that was
newest the last time as well: where even that is missing, moments are not compared. Such a server is asked by whole
days from then on, as every server is while there is no order to tell by.
Source: connectwise_api.md, sections 6 and 7 (receiving a line moves the stamp of its order's header; what does not, the
nightly run finds).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol

from cwxero_dagster.connectwise.conditions import changed_between
from cwxero_dagster.staging import values
from cwxero_dagster.staging.clients import Record
from cwxero_dagster.staging.findings import OVERLAP
from cwxero_dagster.staging.windows import AHEAD, DAYS_BACK, PROVED_FOR, PURCHASE_ORDERS
from cwxero_dagster.transport import RequestRefused

FIRST_LOOK = timedelta(days=1)
"""How far the first look goes back."""
ASTRAY = timedelta(hours=1)
"""A bookmark further ahead of now than this was written while this machine's clock was wrong."""
ONE_PAGE = 1_000
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


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
    by_days_until: datetime = _NEVER
    """Up to then the server is asked by whole days, because it was found not to compare moments."""

    @staticmethod
    def read(text: str | None) -> Bookmark | None:
        """The bookmark from its text; None before the first look, and where the text is no bookmark."""
        try:
            value = json.loads(text or "")
            until = datetime.fromisoformat(value.get("by_days_until", _NEVER.isoformat()))
            return Bookmark(datetime.fromisoformat(value["upto"]), dict(value["seen"]), until)
        except (ValueError, KeyError, TypeError):
            return None

    def text(self) -> str:
        """The bookmark as text, to be kept until the next look."""
        kept = {"upto": self.upto.isoformat(), "seen": dict(self.seen), "by_days_until": self.by_days_until.isoformat()}
        return json.dumps(kept)


@dataclass(frozen=True)
class Noticed:
    """What one look saw."""

    po_numbers: Mapping[int, str]
    """POs that changed since the last look: id to number."""
    all_seen: bool
    """False where more may have changed than the look shows; the run then finds them by itself."""
    bookmark: Bookmark


def notice(client: Lists, bookmark: Bookmark | None, now: datetime) -> Noticed:
    """One look at what changed since ``bookmark``. Raises ``transport.CallFailed``.

    It costs one call. Asked by days, it is one for every thousand orders that changed in the last days; and the look
    that finds out that the server does not compare moments asks twice. A bookmark that lies ahead of now is of a time
    when this machine's clock was wrong: nobody knows what changed since it was right, so not all of it is seen.
    """
    astray = bookmark is not None and bookmark.upto > now + ASTRAY
    before = Bookmark(now - FIRST_LOOK) if bookmark is None or astray else bookmark
    since = before.upto - OVERLAP
    by_days_until = min(before.by_days_until, now + PROVED_FOR)
    found = None if not before.seen or now < by_days_until else _by_moments(client, since, now)
    if before.seen and not found and now >= by_days_until:
        by_days_until = now + PROVED_FOR
    cut = found is not None and len(found) >= ONE_PAGE
    found = found or _by_days(client, since, now)
    stamps = {po_id: moment for po_id, (_, stamp) in found.items() if (moment := values.moment(stamp)) is not None}
    fresh = {
        po_id: number
        for po_id, (number, stamp) in found.items()
        if stamps.get(po_id, now) >= since and before.seen.get(str(po_id)) != str(stamp)
    }
    upto = max([before.upto, *stamps.values()])
    seen = {str(po_id): str(found[po_id][1]) for po_id, moment in stamps.items() if moment >= upto - OVERLAP}
    return Noticed(fresh, not (astray or cut) and len(fresh) < ONE_PAGE, Bookmark(upto, seen, by_days_until))


Headers = dict[int, tuple[str, object]]
"""PO id to its number and stamp."""


def _by_moments(client: Lists, since: datetime, now: datetime) -> Headers | None:
    """At most a page of what changed since then; None where the server refuses to compare moments."""
    try:
        return _headers(client, changed_between(since, now + AHEAD), most=ONE_PAGE)
    except RequestRefused:
        return None


def _by_days(client: Lists, since: datetime, now: datetime) -> Headers:
    """What changed since the day of ``since``, or since the day before yesterday."""
    return _headers(client, changed_between(min(since, now - DAYS_BACK), now + AHEAD, whole_days=True))


def _headers(client: Lists, window: str, *, most: int | None = None) -> Headers:
    listed = client.records(PURCHASE_ORDERS, conditions=window, fields="id,poNumber,_info/lastUpdated")
    return {
        int(record["id"]): (str(values.field(record, "poNumber") or ""), values.field(record, "_info/lastUpdated"))
        for record in islice(listed, most)
    }
