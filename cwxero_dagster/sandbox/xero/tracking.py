"""Tracking of a line: which category and option an element means.

What belongs here: reading sent tracking elements. What does not: the lists themselves (reference.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import sentences
from cwxero_dagster.sandbox.xero.books import Books


def read_tracking(books: Books, sent: Any, refuse: Callable[[str], None]) -> list[Document]:
    """The tracking elements with names and ids filled in; what cannot be used is refused or, by switch, left out."""
    if not isinstance(sent, list) or not all(isinstance(element, dict) for element in sent):
        refuse(sentences.field_invalid("Tracking", sent))
        return []
    strict = books.switches.unknown_tracking == "refused"
    if len(sent) > 2:
        refuse(sentences.TOO_MANY_TRACKING)
    found: list[Document] = []
    for element in sent:
        category = _category(books, element)
        label = str(element.get("Name") or element.get("TrackingCategoryID"))
        if category is None or any(one["TrackingCategoryID"] == category["TrackingCategoryID"] for one in found):
            if strict:
                refuse(sentences.tracking_unknown(label))
            continue
        option = _option(category, element)
        if option is None:
            if strict:
                wanted = str(element.get("Option") or element.get("TrackingOptionID"))
                refuse(sentences.tracking_option_unknown(wanted, str(category["Name"])))
            continue
        found.append(
            {
                "Name": category["Name"],
                "Option": option["Name"],
                "TrackingCategoryID": category["TrackingCategoryID"],
                "TrackingOptionID": option["TrackingOptionID"],
            }
        )
    return found


def _category(books: Books, element: Document) -> Document | None:
    wanted = str(element.get("TrackingCategoryID", "")).lower()
    for category in books.store.all("xero.trackingcategories"):
        same = category["TrackingCategoryID"] == wanted if wanted else category["Name"] == element.get("Name")
        if same and category.get("Status", "ACTIVE") == "ACTIVE":
            return category
    return None


def _option(category: Document, element: Document) -> Document | None:
    wanted = str(element.get("TrackingOptionID", "")).lower()
    for option in category.get("Options", []):
        same = option["TrackingOptionID"] == wanted if wanted else option["Name"] == element.get("Option")
        if same and option.get("Status", "ACTIVE") == "ACTIVE":
            return dict(option)
    return None
