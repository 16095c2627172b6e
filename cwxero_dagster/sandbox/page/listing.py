"""Lists of many rows: pages of fifty, and addresses that keep the other filters.

What belongs here: cutting and linking. What does not: what the rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

PAGE_SIZE = 50

Row = TypeVar("Row")


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """One page of a list, with what its links need."""

    rows: Sequence[Row]
    total: int
    page: int
    pages: int
    path: str
    query: Mapping[str, str]
    sort: str
    """The column it is sorted by; a leading ``-`` is descending."""

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 for an empty list."""
        return (self.page - 1) * PAGE_SIZE + 1 if self.total else 0

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return min(self.page * PAGE_SIZE, self.total)

    def link(self, **changes: object) -> str:
        """The same list with other filters; None or blank leaves one out. Anything but a page starts at the first."""
        kept = {name: value for name, value in self.query.items() if name != "page"}
        kept |= {name: "" if value is None else str(value) for name, value in changes.items()}
        encoded = urlencode({name: value for name, value in kept.items() if value})
        return f"{self.path}?{encoded}" if encoded else self.path

    def sort_link(self, column: str) -> str:
        """Sorted by a column; once more turns the order round."""
        return self.link(sort=f"-{column}" if self.sort == column else column)


def listing(
    rows: list[Row],
    *,
    path: str,
    query: Mapping[str, str],
    columns: Mapping[str, Callable[[Row], Any]],
    default_sort: str,
) -> Listing[Row]:
    """The page of ``rows`` that the query asks for, sorted by one of ``columns``."""
    wanted = query.get("sort", "")
    sort = wanted if wanted.removeprefix("-") in columns else default_sort
    ordered = sorted(rows, key=columns[sort.removeprefix("-")], reverse=sort.startswith("-"))
    pages = max(1, -(-len(ordered) // PAGE_SIZE))
    asked = query.get("page", "")
    page = min(int(asked), pages) if asked.isdecimal() and len(asked) < 9 and int(asked) else 1
    shown = ordered[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return Listing(shown, len(ordered), page, pages, path, query, sort)
