"""Lists as the API gives them: filtered, sorted, and cut to pages with Link headers.

What belongs here: the query parameters that every list shares. What does not: where the documents come from, and how
a document is shown (``showing.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cwxero_dagster.sandbox.connectwise.conditions import Language, moment, tokens
from cwxero_dagster.sandbox.connectwise.errors import ApiError, refuse_condition, unrecognized
from cwxero_dagster.sandbox.connectwise.fields import Kind, Leaf
from cwxero_dagster.sandbox.connectwise.logic import Predicate, everything
from cwxero_dagster.sandbox.connectwise.showing import site
from cwxero_dagster.sandbox.connectwise.tables import CUSTOM_FIELDS, Table
from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.wire import Request

DEFAULT_PAGE_SIZE = 25
LARGEST_PAGE_SIZE = 1000
"""A larger pageSize is cut to this without a word."""


def filtered(
    request: Request, table: Table, documents: Iterable[Document], *, dates: str, now: datetime
) -> list[Document]:
    """The documents that conditions, childConditions and customFieldConditions let through. Raises ``ApiError``."""
    holds = [
        Language(table.leaf, dates=dates, now=now).predicate(request.first("conditions")),
        _of_children(request.first("childConditions"), table),
        _of_elements(request.first("customFieldConditions"), "customFields", _custom_field),
    ]
    return [document for document in documents if all(part(document) is True for part in holds)]


def _of_children(text: str | None, table: Table) -> Predicate:
    if text is None or not text.strip():
        return everything
    named = {str(token.value).partition("/")[0] for token in tokens(text) if token.sort == "name"}
    name = named.pop() if len(named) == 1 else ""
    elements = table.fields.get(name)
    if elements is None or elements.kind is not Kind.LIST:
        refuse_condition("childConditions need the fields of one list, such as types/id=1")

    def resolve(path: str) -> Leaf | None:
        first, _, rest = path.partition("/")
        return Leaf((rest,), elements.inner[rest]) if first == name and rest in elements.inner else None

    return _of_elements(text, name, resolve)


def _custom_field(name: str) -> Leaf | None:
    return Leaf((name,), CUSTOM_FIELDS[name]) if name in CUSTOM_FIELDS else None


def _of_elements(text: str | None, name: str, resolve: Callable[[str], Leaf | None]) -> Predicate:
    if text is None or not text.strip():
        return everything
    holds = Language(resolve, allow_in=False).predicate(text)
    return lambda document: any(holds(element) is True for element in document.get(name) or ())


def ordered(text: str | None, resolve: Callable[[str], Leaf | None], documents: list[Document]) -> list[Document]:
    """The documents by an orderBy such as ``poDate desc, id``; missing values first. Raises ``ApiError``."""
    for part in reversed([part.split() for part in (text or "").split(",") if part.strip()]):
        leaf = resolve(part[0])
        if leaf is None:
            raise unrecognized(part[0])
        if len(part) > 2 or (len(part) == 2 and part[1].lower() not in ("asc", "desc")):
            refuse_condition(f"orderBy {' '.join(part)} is invalid")
        documents = sorted(documents, key=_sort_key(leaf), reverse=len(part) == 2 and part[1].lower() == "desc")
    return documents


def _sort_key(leaf: Leaf) -> Callable[[Document], tuple[bool, Any]]:
    def key(document: Document) -> tuple[bool, Any]:
        value = leaf.of(document)
        if value is None or isinstance(value, dict | list):
            return (False, 0)
        if leaf.field.kind is Kind.MOMENT:
            return (True, moment(value))
        return (True, value.casefold() if isinstance(value, str) else value)

    return key


def listed(request: Request, table: Table, found: list[Document]) -> tuple[list[Document], dict[str, str]]:
    """The page of ``found`` that a request asks for, and its Link header. Raises ``ApiError``."""
    found.sort(key=lambda document: document["id"])
    if (request.headers.get("pagination-type") or "").lower() == "forward-only":
        return _forward(request, found)
    return paged(request, ordered(request.first("orderBy"), table.leaf, found))


def _forward(request: Request, found: list[Document]) -> tuple[list[Document], dict[str, str]]:
    """Records beyond pageId, by id. The Link header always names a next page: only an empty page is the end."""
    if request.first("orderBy"):
        raise ApiError(400, "InvalidParameter", "orderBy is not allowed with forward-only pagination")
    after, size = _whole(request, "pageId", 0, least=0), page_size(request)
    page = [document for document in found if document["id"] > after][:size]
    last = page[-1]["id"] if page else after
    return page, {"link": _link(request, {"pageId": last}, "next")}


def paged(request: Request, found: list[Document]) -> tuple[list[Document], dict[str, str]]:
    """One page by number, and its Link header; beyond the last page there is an empty list, not an error."""
    number, size = _whole(request, "page", 1, least=1), page_size(request)
    last = max(1, -(-len(found) // size))
    links = []
    if number > 1:
        links += [_link(request, {"page": 1}, "first"), _link(request, {"page": min(number - 1, last)}, "prev")]
    if number < last:
        links += [_link(request, {"page": number + 1}, "next"), _link(request, {"page": last}, "last")]
    page = found[(number - 1) * size : number * size]
    return page, ({"link": ", ".join(links)} if links else {})


def page_size(request: Request) -> int:
    """The page size in force."""
    return min(_whole(request, "pageSize", DEFAULT_PAGE_SIZE, least=1), LARGEST_PAGE_SIZE)


def _whole(request: Request, name: str, default: int, *, least: int) -> int:
    text = request.first(name)
    if text is None or not text.strip():
        return default
    if not text.strip().isdecimal() or int(text) < least:
        raise ApiError(400, "InvalidParameter", f"{name} {text} is invalid")
    return int(text)


def _link(request: Request, place: Mapping[str, int], relation: str) -> str:
    moved = {name.lower() for name in place}
    query = [(key, value) for key, value in request.query if key.lower() not in moved]
    query += [(key, str(value)) for key, value in place.items()]
    return f'<{site(request)}{request.path}?{urlencode(query)}>; rel="{relation}"'
