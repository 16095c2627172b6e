"""What is to be done about the links of bill lines to customers, and what Xero's own list of links says of it.

What belongs here: which lines need a look at all, and what follows from it; the rule that a link is made at most once
and that a person's is hers. What does not: who a line is for (linking), keeping and sending (warehouse/customer_links,
publishing/linking).

A line is looked at only when something is to be done, so a link that a person removes is not even noticed while nothing
else changes, and never made again: it was made once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cwxero_dagster.payables.customers.linking import LineCustomer

LINKING, LINKED, UNLINKING, UNLINKED, REFUSED, HERS = (
    "linking", "linked", "unlinking", "unlinked", "refused", "a person's",
)  # fmt: skip
"""States: under way; made and confirmed; being taken back; not linked (any more); refused by Xero; left to a person."""
SETTLES_AFTER = timedelta(minutes=8)
"""From here on a request without an answer can no longer be carried out late, and a look-up tells the truth (as for
bills, publishing/publisher)."""


@dataclass(frozen=True)
class KeptLink:
    """What is known of the link of one bill line."""

    bill_key: str
    ref: str
    document_id: str
    line_item_id: str
    item: str
    company_id: int
    customer: str
    contact_id: str
    state: str
    linked_id: str | None
    """Xero's id of the link."""
    attempt: int
    changed_at: datetime


@dataclass(frozen=True)
class XeroLink:
    """A link as Xero lists it."""

    linked_id: str
    line_item_id: str
    contact_id: str
    invoiced: bool
    """It stands on an invoice to the customer."""


@dataclass(frozen=True)
class Due:
    """A line whose link has to be looked at."""

    kept: KeptLink | None
    wanted: LineCustomer | None
    """What the line is to be linked to; None where there is nothing to link it to."""
    line_stands: bool = True
    """The line that ``kept`` is about is on the bill still."""
    stays: bool = False
    """A link that is there already may stay, although nothing new would be made."""


@dataclass(frozen=True)
class Verdict:
    """What follows for a line: ``removes`` is taken back first, then ``wanted`` is linked, or ``state`` is kept."""

    state: str = UNLINKED
    linked_id: str | None = None
    contact_id: str | None = None
    removes: str | None = None
    creates: bool = False


def links_due(
    lines: Iterable[LineCustomer],
    kept: Iterable[KeptLink],
    standing: Mapping[str, Collection[str]],
    now: datetime,
) -> list[Due]:
    """Lines for which anything is to be done. ``standing``: LineItemIDs on each bill that still takes links."""
    known = {(one.bill_key, one.ref): one for one in kept if one.bill_key in standing}
    pairs = [(known.pop((line.bill_key, line.ref), None), line) for line in lines]
    rest = [(one, None) for one in known.values()]
    return [due for mine, line in [*pairs, *rest] if (due := _due(mine, line, standing, now))]


def making_way(kept: Iterable[KeptLink], dropped: Mapping[str, Collection[str]]) -> list[Due]:
    """Our links on lines that a write is about to drop: Xero may refuse to drop a line that is linked.

    ``dropped``: LineItemIDs by bill key.
    """
    return [Due(one, None) for one in kept if one.state == LINKED and one.line_item_id in dropped.get(one.bill_key, ())]


def _due(
    kept: KeptLink | None, line: LineCustomer | None, standing: Mapping[str, Collection[str]], now: datetime
) -> Due | None:
    wanted = line if line and line.contact else None
    if kept is None:
        return Due(None, wanted) if wanted else None
    stands = kept.line_item_id in standing[kept.bill_key]
    # A line that is on the bill but not known as ours just now keeps its link, and so does a customer whose contact
    # was archived: neither says that the link is wrong.
    stays = stands if line is None else _same_customer(kept, line)
    due = Due(kept, wanted, line_stands=stands, stays=stays)
    if kept.state in {LINKING, UNLINKING}:
        return due if now - kept.changed_at >= SETTLES_AFTER else None
    if kept.state == HERS:
        return None
    if wanted:
        settled = kept.state in {LINKED, REFUSED} and (kept.line_item_id, kept.contact_id) == _ends(wanted)
        return None if settled else due
    return due if kept.state == LINKED and not stays else None


def judged(due: Due, found: Sequence[XeroLink]) -> Verdict:
    """What follows for a line from the links that Xero lists for its bill."""
    kept, wanted = due.kept, due.wanted
    if kept is None or kept.state in {UNLINKED, REFUSED}:
        return _made_new(wanted, found)
    if kept.state == LINKING:
        mine = next((one for one in found if one.line_item_id == kept.line_item_id), None)
    else:
        mine = next((one for one in found if one.linked_id == kept.linked_id), None)
    if mine is None:
        removed = kept.state == LINKED and due.line_stands
        return Verdict(HERS) if removed else _made_new(wanted, found)
    ends = (mine.line_item_id, mine.contact_id)
    if mine.invoiced:
        return Verdict(HERS)
    if (wanted and ends == _ends(wanted)) or (not wanted and due.stays and ends[1] == kept.contact_id):
        return Verdict(LINKED, linked_id=mine.linked_id, contact_id=mine.contact_id)
    if ends != (kept.line_item_id, kept.contact_id):
        return Verdict(HERS)
    return replace(_made_new(wanted, [one for one in found if one is not mine]), removes=mine.linked_id)


def _made_new(wanted: LineCustomer | None, found: Sequence[XeroLink]) -> Verdict:
    """A link that is not there: made, unless a person has linked the line."""
    if wanted is None:
        return Verdict()
    taken = any(one.line_item_id == wanted.line_item_id for one in found)
    return Verdict(HERS) if taken else Verdict(LINKING, creates=True)


def _same_customer(kept: KeptLink, line: LineCustomer) -> bool:
    same = line.customer is not None and line.customer.company_id == kept.company_id
    return same and line.line_item_id == kept.line_item_id


def _ends(wanted: LineCustomer) -> tuple[str, str]:
    return wanted.line_item_id, wanted.contact.contact_id.lower() if wanted.contact else ""
