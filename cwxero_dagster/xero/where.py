"""Xero's ``where`` filters, built so that no value can break out of its place.

What belongs here: writing a clause. What does not: sending it (``client``).

Source: xero_api.md, section 2, "Reads". How a quote is escaped inside a text is documented nowhere, so text that would
need it is refused; the client then asks for more and compares by itself.
"""

from __future__ import annotations

import uuid
from datetime import date


def searchable(text: str) -> bool:
    """Whether ``text`` can stand in a clause as it is."""
    return text.isprintable() and '"' not in text and "\\" not in text


def text_is(field: str, text: str) -> str:
    """``field`` is exactly ``text``. Raises ``ValueError`` where ``text`` is not ``searchable``."""
    if not searchable(text):
        message = f"text with quotes, backslashes or control characters cannot be looked up in {field}"
        raise ValueError(message)
    return f'{field}=="{text}"'


def id_is(field: str, identifier: str) -> str:
    """``field`` is the id. Raises ``ValueError`` for anything but a Xero id."""
    return f'{field}==guid("{checked_id(identifier)}")'


def dated(field: str, *, first: date | None = None, last: date | None = None) -> list[str]:
    """Clauses for a calendar date from ``first`` to ``last``, both included."""
    bounds = ((">=", first), ("<=", last))
    return [
        f"{field}{sign}DateTime({bound.year},{bound.month:02d},{bound.day:02d})"
        for sign, bound in bounds
        if bound is not None
    ]


def every(*clauses: str | None) -> str:
    """All of the clauses; those that are None or empty do not count."""
    given = [clause for clause in clauses if clause]
    return " AND ".join(f"({clause})" if " OR " in clause.upper() else clause for clause in given)


def checked_id(identifier: str) -> str:
    """A Xero id in its usual spelling. Raises ``ValueError`` for anything else, which then cannot reach an address."""
    try:
        return str(uuid.UUID(identifier))
    except (ValueError, AttributeError, TypeError):
        pass
    message = f"{identifier!r} is not a Xero id (36 characters such as 5040915e-8ce7-4177-8d08-fde416232f18)"
    raise ValueError(message)
