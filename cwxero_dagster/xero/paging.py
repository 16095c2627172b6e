"""Walking a list of Xero to its end.

What belongs here: which page comes last, and noticing that a list moved while it was read. What does not: addresses and
filters (``client``).

Xero orders lists by their last change, so a document that somebody touches meanwhile moves to the end and pulls one
that was not read yet onto a page that was. The walk notices it, by an id that comes twice or by Xero's own count, and
walks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from cwxero_dagster.transport import Answer, MalformedAnswer, TransientFailure

PAGE_SIZE = 1_000
SMALLEST_PAGE = 100
"""What a page holds where Xero ignores the size that was asked for."""
WALKS = 4

Record = dict[str, Any]

log = logging.getLogger("cwxero")


def listed(answer: Answer, name: str) -> list[Record]:
    """The records of an answer. Raises ``MalformedAnswer``."""
    value = answer.json()
    records = value.get(name) if isinstance(value, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        reason = f"no list of {name}"
        raise MalformedAnswer.of(answer, reason)
    return records


def walk(fetch: Callable[[int], Answer], name: str, identity: str) -> Iterator[Record]:
    """The records of a paged list; ``fetch`` answers page 1, 2, ...

    A record that changed while the list was read may come twice: the later one stands. The list ends with the page that
    Xero counts as the last (``pagination.pageCount``); where it does not count, with a page below the smallest size.
    Raises ``TransientFailure`` where the list never comes to rest.
    """
    given: dict[str, Any] = {}
    before: set[str] | None = None
    for _ in range(WALKS):
        seen: set[str] = set()
        moved = False
        page, last = 1, False
        while not last:
            answer = fetch(page)
            records = listed(answer, name)
            count = _count(answer, "pageCount")
            last = not records or (page >= count if count is not None else len(records) < SMALLEST_PAGE)
            fresh = 0
            for record in records:
                identifier = record.get(identity)
                if not isinstance(identifier, str):
                    reason = f"a record of {name} without {identity}"
                    raise MalformedAnswer.of(answer, reason)
                moved = moved or identifier in seen
                fresh += identifier not in seen
                seen.add(identifier)
                stamp = record.get("UpdatedDateUTC")
                if identifier not in given or given[identifier] != stamp:
                    given[identifier] = stamp
                    yield record
            last = last or not fresh
            page += 1
        total = _count(answer, "itemCount")
        moved = moved or (page > 2 and total is not None and total != len(seen))
        if not moved or seen == before:
            return
        log.info("Xero: the list of %s changed while it was read; reading it again", name)
        before = seen
    sentence = (
        "Xero's list changed again and again while it was read, so it is not certain that it was read in full. Nothing "
        "was taken from it. Run the same again when fewer people work in Xero."
    )
    raise TransientFailure(answer.system, sentence, reason=f"the list of {name} did not come to rest")


def _count(answer: Answer, name: str) -> int | None:
    value = answer.json()
    pagination = value.get("pagination") if isinstance(value, dict) else None
    number = pagination.get(name) if isinstance(pagination, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
