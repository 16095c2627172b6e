"""How a list of Xero is narrowed: headers, parameters and clauses from plain values.

What belongs here: fitting ids and numbers into addresses, and what to do with a value that no filter can hold. What
does not: the spelling of a clause (``where``), and sending (``client``).

Source: xero_api.md, section 2, "Reads".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from cwxero_dagster.xero.paging import Record
from cwxero_dagster.xero.where import checked_id, id_is, searchable, text_is

Asked = tuple[list[tuple[str, str]], str | None]
"""Parameters and one clause of a request."""

ROOM = 1_500
"""Encoded characters that a list of ids or numbers may take in an address."""


def clauses_of(contact_id: str | None, field: str, number: str | None) -> list[str]:
    """Clauses for a contact and for a number in ``field``, as far as Xero's filters can hold them."""
    contact = [] if contact_id is None else [id_is("Contact.ContactID", contact_id)]
    return [*contact, text_is(field, number)] if number is not None and searchable(number) else contact


def with_number(found: Iterator[Record], field: str, number: str | None) -> Iterator[Record]:
    """Sorts out by number what ``clauses_of`` could not. Where it could, Xero's own idea of equal numbers stands."""
    if number is None or searchable(number):
        return found
    return (record for record in found if record.get(field) == number)


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


def number_lists(numbers: Sequence[str]) -> list[Asked]:
    """Parameters and clauses that together ask for ``numbers``.

    ``InvoiceNumbers`` is split at commas, so a number that has one goes into a clause of its own. Raises ``ValueError``
    for a number that neither can hold.
    """
    plain: list[Asked] = [
        ([("InvoiceNumbers", packed)], None) for packed in _packed(number for number in numbers if "," not in number)
    ]
    with_comma = dict.fromkeys(number for number in numbers if "," in number)
    return [*plain, *(([], text_is("InvoiceNumber", number)) for number in with_comma)]
