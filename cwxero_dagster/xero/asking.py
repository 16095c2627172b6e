"""How a list of Xero is narrowed: headers and parameters from plain values, so that none can break out of its place.

What belongs here: fitting moments and ids into requests. What does not: sending them (``client``).

Source: xero_api.md, section 2, "Reads".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

ROOM = 1_500
"""Encoded characters that a list of ids may take in an address."""


def checked_id(identifier: str) -> str:
    """A Xero id in its usual spelling. Raises ``ValueError`` for anything else, which then cannot reach an address."""
    try:
        return str(uuid.UUID(identifier))
    except (ValueError, AttributeError, TypeError):
        pass
    message = f"{identifier!r} is not a Xero id (36 characters such as 5040915e-8ce7-4177-8d08-fde416232f18)"
    raise ValueError(message)


def since(moment: datetime | None) -> dict[str, str]:
    """The header for what changed at ``moment`` or later.

    Xero compares seconds, and whether it counts the second itself is not documented, so the one before is asked for.
    """
    if moment is None:
        return {}
    if moment.tzinfo is None:
        message = "a moment without a time zone cannot be asked for"
        raise ValueError(message)
    return {"if-modified-since": f"{moment.astimezone(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"}


def _packed(values: Iterable[str]) -> Iterator[str]:
    """Comma lists that each fit into an address; every value once."""
    waiting: list[str] = []
    for value in dict.fromkeys(values):
        if waiting and len(quote(",".join([*waiting, value]), safe="")) > ROOM:
            yield ",".join(waiting)
            waiting = []
        waiting.append(value)
    if waiting:
        yield ",".join(waiting)


def id_lists(ids: Sequence[str] | None) -> Iterator[list[tuple[str, str]]]:
    """Parameters of the addresses that together ask for ``ids``; None asks for all with one."""
    if ids is None:
        yield []
        return
    for packed in _packed(checked_id(identifier) for identifier in ids):
        yield [("IDs", packed)]
