"""Walking a list to its end: one small state machine for each way in which ConnectWise pages.

What belongs here: which page comes next, and when the list ends. What does not: sending the requests (``client``).

Both stop by rules that are written down, and both refuse to walk in circles: a server that ignores the page asked for
would otherwise be read for ever. Only the number of the next page is taken from a ``Link`` header, never its host:
keys go to the configured address alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from cwxero_dagster.transport import Answer, MalformedAnswer

PAGE_SIZE = 1_000
"""The most that ConnectWise gives. It cuts larger wishes down silently, so that a page would look like the last one."""

_LINK = re.compile(r"<([^>]*)>([^<]*)")
_NEXT = re.compile(r';\s*rel\s*=\s*"?\s*next\b', re.IGNORECASE)


class Pages(Protocol):
    """What the client needs to know to ask for the next page."""

    done: bool

    @property
    def params(self) -> list[tuple[str, str]]:
        """Query of the page that comes next."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of every page."""
        ...

    def take(self, answer: Answer, rows: Sequence[Any]) -> None:
        """Learn from a page that came. Raises ``MalformedAnswer`` where the walk would go in circles."""
        ...


class NumberedPages:
    """Page numbers.

    The list ends with an empty page; else, where there is a ``Link`` header, with the first page whose header names no
    next one, however few rows a page holds; else with a page shorter than was asked for.
    """

    def __init__(self, size: int = PAGE_SIZE) -> None:
        self.done = False
        self._size = size
        self._page = 1
        self._last_body: bytes | None = None

    @property
    def params(self) -> list[tuple[str, str]]:
        """Query of the page that comes next."""
        return [("page", str(self._page)), ("pageSize", str(self._size))]

    @property
    def headers(self) -> Mapping[str, str]:
        """None: this is how ConnectWise pages unless asked otherwise."""
        return {}

    def take(self, answer: Answer, rows: Sequence[Any]) -> None:
        """Learn from a page that came. Raises ``MalformedAnswer`` for the same page twice."""
        if not rows:
            self.done = True
            return
        if answer.body == self._last_body:
            reason = f"page {self._page} repeats the page before it"
            raise MalformedAnswer.of(answer, reason)
        self._last_body = answer.body
        link = answer.headers.get("link")
        if link is None:
            self.done = len(rows) < self._size
            self._page += 1
            return
        target = _next_target(link)
        if target is None:
            self.done = True
            return
        named = _number(target, "page") or self._page + 1
        if named <= self._page:
            reason = f"page {self._page} names page {named} as the next one"
            raise MalformedAnswer.of(answer, reason)
        self._page = named


class ForwardPages:
    """Forward-only paging: records by growing id, each page asks for ids beyond the last one.

    The list ends with an empty page and nothing else, because the ``Link`` header always names a next page. Rows need
    an ``id``.
    """

    def __init__(self, size: int = PAGE_SIZE) -> None:
        self.done = False
        self._size = size
        self._after: int | None = None

    @property
    def params(self) -> list[tuple[str, str]]:
        """Query of the page that comes next."""
        after = [] if self._after is None else [("pageId", str(self._after))]
        return [("pageSize", str(self._size)), *after]

    @property
    def headers(self) -> Mapping[str, str]:
        """What asks for this way of paging."""
        return {"pagination-type": "forward-only"}

    def take(self, answer: Answer, rows: Sequence[Any]) -> None:
        """Learn from a page that came. Raises ``MalformedAnswer`` unless every id is beyond the one before it."""
        if not rows:
            self.done = True
            return
        for row in rows:
            number = row.get("id") if isinstance(row, dict) else None
            if not isinstance(number, int):
                raise MalformedAnswer.of(answer, "a record without an id in forward-only paging")
            if self._after is not None and number <= self._after:
                reason = f"forward-only paging went back from id {self._after} to {number}"
                raise MalformedAnswer.of(answer, reason)
            self._after = number


def _next_target(link: str) -> str | None:
    """The address that a ``Link`` header (RFC 5988) calls next, or None."""
    return next((found[1] for found in _LINK.finditer(link) if _NEXT.search(found[2])), None)


def _number(address: str, name: str) -> int | None:
    values = next((given for key, given in parse_qs(urlsplit(address).query).items() if key.lower() == name), [])
    return int(values[0]) if values and values[0].isascii() and values[0].isdigit() else None
