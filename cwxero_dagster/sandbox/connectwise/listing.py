"""Lists as the API gives them: filtered, sorted, cut to pages with Link headers, and reduced to the fields asked for.

What belongs here: the query parameters that every list shares, and how a document is shown. What does not: where the
documents come from.
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
from cwxero_dagster.sandbox.connectwise.tables import CUSTOM_FIELDS, Table
from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.wire import Request, Response, json_response

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


def listed(request: Request, table: Table, documents: Iterable[Document], *, dates: str, now: datetime) -> Response:
    """The answer to a list request. Raises ``ApiError``."""
    found = filtered(request, table, documents, dates=dates, now=now)
    show = shown(request.first("fields"), table)
    found.sort(key=lambda document: document["id"])
    if (request.headers.get("pagination-type") or "").lower() == "forward-only":
        page, links = _forward(request, found)
    else:
        page, links = paged(request, ordered(request.first("orderBy"), table.leaf, found))
    return json_response(200, [show(document) for document in page], links)


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


def site(request: Request) -> str:
    """The root of the address under which the client reached the server."""
    return f"http://{request.headers.get('host') or 'connectwise.invalid'}"


def shown(fields: str | None, table: Table) -> Callable[[Document], Document]:
    """How a document leaves: without nulls, and with the named fields only. Raises ``ApiError``."""
    names = [name.strip() for name in (fields or "").split(",") if name.strip()]
    if not names:
        return without_nulls
    for name in names:
        if name != "_info" and table.leaf(name) is None:
            raise unrecognized(name)

    def show(document: Document) -> Document:
        kept: Document = {}
        for name in names:
            leaf = table.leaf(name)
            path = leaf.path if leaf else (name,)
            value: Any = document
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                place = kept
                for key in path[:-1]:
                    place = place.setdefault(key, {})
                place[path[-1]] = value
        return without_nulls(kept)

    return show


def without_nulls(document: Document) -> Document:
    """The document without fields that have no value, at any depth."""
    return {
        key: without_nulls(value) if isinstance(value, dict) else value
        for key, value in document.items()
        if value is not None
    }
