"""Lists: filters, paging and order that GET requests share.

What belongs here: turning query parameters into a page of documents. What does not: the query language (filters.py)
and how a document is written out (rendering.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.wire import Request
from cwxero_dagster.sandbox.xero import values
from cwxero_dagster.sandbox.xero.filters import Fields, ordered, where
from cwxero_dagster.sandbox.xero.refusals import bad_query, bad_request


@dataclass(frozen=True)
class Page:
    """Documents of one answer; ``pagination`` is None for an unpaged list."""

    documents: list[Document]
    pagination: Document | None


def is_true(request: Request, name: str) -> bool:
    """Whether a flag is set in the query."""
    return (request.first(name) or "").lower() == "true"


def listed(request: Request, name: str) -> list[str] | None:
    """The values of a comma-separated parameter; None when it is absent or blank."""
    text = request.first(name)
    return [part.strip() for part in text.split(",")] if text else None


def guids(request: Request, name: str) -> list[str] | None:
    """Identifiers of a comma-separated parameter. Raises the 400 for anything that is none."""
    found = listed(request, name)
    for text in found or []:
        if not is_guid(text):
            raise bad_query("{}: '{}' is not an identifier", name, text)
    return [text.lower() for text in found] if found is not None else None


def is_guid(text: str) -> bool:
    """Whether ``text`` is an identifier with hyphens."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def filtered(
    documents: Iterable[Document], request: Request, fields: Fields, complain: Callable[[str], None]
) -> list[Document]:
    """Documents that pass ``where`` and If-Modified-Since."""
    found = list(documents)
    if text := request.first("where"):
        test = where(text, fields, complain)
        found = [one for one in found if test(one)]
    if (since := modified_since(request)) is not None:
        found = [one for one in found if changed_after(one, since)]
    return found


def changed_after(document: Document, since: datetime) -> bool:
    """Whether a document changed after a moment; small lists that keep no stamp always count as changed."""
    stamp = document.get("UpdatedDateUTC")
    return stamp is None or values.moment(stamp) > since


def modified_since(request: Request) -> datetime | None:
    """If-Modified-Since to the second, UTC: ISO with or without a zone, or the form of HTTP. Raises the 400."""
    text = request.headers.get("if-modified-since")
    if not text:
        return None
    try:
        moment = values.moment(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            raise bad_request(10, "ValidationException", f"If-Modified-Since '{text}' is not a date") from None
    return moment.replace(microsecond=0)


def paged(documents: list[Document], request: Request, fields: Fields, *, always: bool, default_order: str) -> Page:
    """The page asked for; without ``page`` (and unless ``always``) the whole list."""
    found = ordered(documents, request.first("order") or default_order, fields)
    page_text = request.first("page")
    if page_text is None and not always:
        return Page(found, None)
    page = page_number(request)
    size = min(max(_whole(request.first("pageSize") or "100", "pageSize"), 1), 1000)
    pagination = {"page": page, "pageSize": size, "pageCount": -(-len(found) // size), "itemCount": len(found)}
    return Page(found[(page - 1) * size : page * size], pagination)


def page_number(request: Request) -> int:
    """The page that is asked for, the first where none is. Raises the 400."""
    text = request.first("page") or "1"
    page = _whole(text, "page")
    if page < 1:
        raise bad_query("page: '{}' is not a page number", text)
    return page


def _whole(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise bad_query("{}: '{}' is not a whole number", name, text) from None
