"""The Xero client.

What belongs here: addresses, parameters, and which organisation is spoken to. What does not: the sign-in (``token``),
walking lists (``paging``), retries and limits (``transport``), deciding what to write (publishing).

Source of every rule: xero_api.md, sections 2 to 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

import httpx

from cwxero_dagster.transport import Answer, Clock, Exchange, Limits, Transport
from cwxero_dagster.xero.paging import PAGE_SIZE, Record, listed, walk
from cwxero_dagster.xero.token import KEYS, SYSTEM, SignIn
from cwxero_dagster.xero.where import checked_id, dated, every, id_is, searchable, text_is

LIMITS = Limits(per_minute=55, concurrent=4, day_reserve=50)
"""Below Xero's 60 a minute and 5 at once for an organisation."""

STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
LONGEST_KEY = 128

_BILLS = 'Type=="ACCPAY"'
_CREDITS = 'Type=="ACCPAYCREDIT"'
_FOUR_DECIMALS = ("unitdp", "4")
_Asked = tuple[list[tuple[str, str]], str | None]
"""Parameters and one clause of a request."""
_ROOM = 1_500
"""Encoded characters that a list of ids or numbers may take in an address."""

# Left out, summarizeErrors hides which documents of a batch were saved, and unitdp cuts unit amounts to two decimals.
_ALWAYS = {
    "Invoices": {"summarizeErrors": "false", "unitdp": "4"},
    "CreditNotes": {"summarizeErrors": "false", "unitdp": "4"},
    "PurchaseOrders": {"summarizeErrors": "false"},
}


_NAMES = {
    "Accounts": "the chart of accounts",
    "Actions": "the list of what the connection may do",
    "Contacts": "contacts",
    "CreditNotes": "supplier credits",
    "Currencies": "currencies",
    "Invoices": "bills",
    "PurchaseOrders": "purchase orders",
    "TaxRates": "tax rates",
    "TrackingCategories": "tracking categories",
}


class Credentials(Protocol):
    """Where Xero is and the keys of the custom connection. ``tenant_id`` None: the connection's only organisation."""

    @property
    def api_url(self) -> str: ...  # noqa: D102

    @property
    def identity_url(self) -> str: ...  # noqa: D102

    @property
    def connections_url(self) -> str: ...  # noqa: D102

    @property
    def client_id(self) -> str: ...  # noqa: D102

    @property
    def client_secret(self) -> str: ...  # noqa: D102

    @property
    def tenant_id(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True)
class XeroCredentials:
    """Where Xero is and the keys of the custom connection."""

    api_url: str
    identity_url: str
    connections_url: str
    client_id: str
    client_secret: str = field(repr=False)
    tenant_id: str | None = None


class Xero:
    """One Xero organisation. Safe to share between threads."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: Clock,
        limits: Limits = LIMITS,
        transport: httpx.BaseTransport | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._tenant_id = None if credentials.tenant_id is None else checked_id(credentials.tenant_id)
        self._connections_url = credentials.connections_url.rstrip("/")
        self._sign_in = SignIn(credentials.identity_url, credentials.client_id, credentials.client_secret, clock=clock)
        self._transport = Transport(
            SYSTEM,
            credentials.api_url,
            limits=limits,
            clock=clock,
            auth=self._sign_in,
            also=(self._connections_url,),
            keys=KEYS,
            secrets=(credentials.client_secret,),
            transport=transport,
            on_exchange=on_exchange,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    @property
    def calls(self) -> int:
        """Requests tried so far, token requests included."""
        return self._transport.calls

    @property
    def day_remaining(self) -> int | None:
        """Calls left today as Xero last said; None where it never did."""
        return self._transport.day_remaining

    @property
    def minute_remaining(self) -> int | None:
        """Calls left this minute as Xero last said; None where it never did."""
        return self._transport.minute_remaining

    @property
    def scopes(self) -> frozenset[str] | None:
        """Rights that the connection was granted, as whole words; None before the first call."""
        return self._sign_in.scopes

    @property
    def tenant_id(self) -> str | None:
        """The organisation that every call names; None before ``connections`` where none was configured."""
        return self._tenant_id

    def connections(self) -> list[Record]:
        """The organisations that the keys reach. The only one becomes ``tenant_id`` where none was configured."""
        answer = self._transport.get(self._connections_url, what="the list of organisations")
        value = answer.json()
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise answer.malformed("no list of connections")
        reached = [row["tenantId"] for row in value if isinstance(row.get("tenantId"), str)]
        if self._tenant_id is None and len(reached) == 1:
            self._tenant_id = checked_id(reached[0])
        return value

    def organisation(self) -> Record:
        """The organisation, without the API key that older ones still carry."""
        record = self._one("/Organisation", "Organisations", what="the organisation's record")
        return {name: value for name, value in record.items() if name != "APIKey"}

    def actions(self) -> list[Record]:
        """What the connection may do in the organisation: name and status of each action."""
        return self._list("/Organisation/Actions", "Actions")

    def accounts(self) -> list[Record]:
        """The chart of accounts, archived ones included."""
        return self._list("/Accounts", "Accounts")

    def tax_rates(self) -> list[Record]:
        """Tax rates of every status."""
        return self._list("/TaxRates", "TaxRates")

    def tracking_categories(self) -> list[Record]:
        """Tracking categories with their options, archived ones included."""
        return self._list("/TrackingCategories", "TrackingCategories", [("includeArchived", "true")])

    def currencies(self) -> list[Record]:
        """Currencies that the organisation has added."""
        return self._list("/Currencies", "Currencies")

    def contacts(self, *, modified_since: datetime | None = None, ids: Sequence[str] | None = None) -> Iterator[Record]:
        """Contacts, archived and merged ones included. One that changes meanwhile may come twice: the later stands."""
        params = [("includeArchived", "true")]
        for some in _ids(ids):
            yield from self._paged("/Contacts", "Contacts", "ContactID", [*params, *some], modified_since)

    def bills(
        self,
        *,
        modified_since: datetime | None = None,
        ids: Sequence[str] | None = None,
        numbers: Sequence[str] | None = None,
        where: str | None = None,
    ) -> Iterator[Record]:
        """Bills of every status with their lines. One that changes meanwhile may come twice: the later stands.

        ``numbers`` are InvoiceNumbers as they stand in Xero; other bills may come with them. ``where`` is one more
        clause. ``ids`` and ``numbers`` exclude each other; an empty sequence gives nothing.
        """
        if ids is not None and numbers is not None:
            message = "bills are asked for by id or by number, not by both"
            raise ValueError(message)
        # Named one by one: an address without statuses leaves it to Xero which ones it shows.
        params = [("Statuses", ",".join(STATUSES)), _FOUR_DECIMALS]
        asked: list[_Asked] = [(some, None) for some in _ids(ids)] if numbers is None else _numbers(numbers)
        for extra, clause in asked:
            query = [*params, *extra, ("where", every(_BILLS, clause, where))]
            yield from self._paged("/Invoices", "Invoices", "InvoiceID", query, modified_since)

    def find_bills(
        self,
        *,
        contact_id: str | None = None,
        number: str | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
        modified_since: datetime | None = None,
    ) -> Iterator[Record]:
        """Bills of every status that fit everything given; at least one thing has to be given.

        A number that Xero's filters cannot hold is compared here; then give something else that narrows the reading.
        """
        clauses = [*_by(contact_id, "InvoiceNumber", number), *dated("Date", first=first_day, last=last_day)]
        if number is None and modified_since is None and not every(*clauses):
            message = "a look-up without a contact, number, day or moment would read every bill"
            raise ValueError(message)
        found = self.bills(modified_since=modified_since, where=every(*clauses))
        yield from _numbered(found, "InvoiceNumber", number)

    def bill(self, invoice_id: str) -> Record:
        """One bill as it stands now. Raises ``NotFound``."""
        return self._one(f"/Invoices/{checked_id(invoice_id)}", "Invoices", [_FOUR_DECIMALS], what="this bill")

    def supplier_credits(self, *, modified_since: datetime | None = None, where: str | None = None) -> Iterator[Record]:
        """Supplier credits of every status with their lines. One that changes meanwhile may come twice."""
        query = [_FOUR_DECIMALS, ("where", every(_CREDITS, where))]
        yield from self._paged("/CreditNotes", "CreditNotes", "CreditNoteID", query, modified_since)

    def find_supplier_credits(self, *, number: str, contact_id: str | None = None) -> Iterator[Record]:
        """Supplier credits of every status with this number, of one contact or of all."""
        found = self.supplier_credits(where=every(*_by(contact_id, "CreditNoteNumber", number)))
        yield from _numbered(found, "CreditNoteNumber", number)

    def credit(self, credit_note_id: str) -> Record:
        """One supplier credit as it stands now. Raises ``NotFound``."""
        path = f"/CreditNotes/{checked_id(credit_note_id)}"
        return self._one(path, "CreditNotes", [_FOUR_DECIMALS], what="this supplier credit")

    def purchase_orders(
        self,
        *,
        modified_since: datetime | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
    ) -> Iterator[Record]:
        """Xero's purchase orders with their lines. One that changes meanwhile may come twice."""
        days = (("DateFrom", first_day), ("DateTo", last_day))
        query = [(name, day.isoformat()) for name, day in days if day is not None]
        yield from self._paged("/PurchaseOrders", "PurchaseOrders", "PurchaseOrderID", query, modified_since)

    def purchase_order(self, id_or_number: str) -> Record:
        """One of Xero's purchase orders by id or number. Raises ``NotFound``."""
        path = f"/PurchaseOrders/{quote(id_or_number, safe='')}"
        return self._one(path, "PurchaseOrders", what="this purchase order")

    def write(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        idempotency_key: str,
        params: Mapping[str, str] | None = None,
        what: str = "",
    ) -> Answer:
        """Send ``body`` exactly as it is; see ``Transport.send`` for what one call may put on the wire.

        Documents always go with ``summarizeErrors=false`` and ``unitdp=4`` unless ``params`` says otherwise. ``what``
        names, for people, what is written. Raises ``ValueError`` for a key that Xero would refuse.
        """
        if not 1 <= len(idempotency_key) <= LONGEST_KEY or not (
            idempotency_key.isascii() and idempotency_key.isprintable()
        ):
            message = f"an Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters: {idempotency_key!r}"
            raise ValueError(message)
        steps = path.strip("/").split("/")
        always = _ALWAYS.get(steps[0], {}) if len(steps) < 3 else {}
        headers = {"content-type": "application/json", "idempotency-key": idempotency_key, **self._tenant()}
        query = {**always, **(params or {})}
        return self._transport.send(method, path, body, params=query.items(), headers=headers, what=what)

    def _tenant(self) -> dict[str, str]:
        return {} if self._tenant_id is None else {"xero-tenant-id": self._tenant_id}

    def _list(self, path: str, name: str, params: Sequence[tuple[str, str]] = ()) -> list[Record]:
        return listed(self._transport.get(path, params, self._tenant(), what=_NAMES[name]), name)

    def _one(self, path: str, name: str, params: Sequence[tuple[str, str]] = (), *, what: str) -> Record:
        answer = self._transport.get(path, params, self._tenant(), what=what)
        records = listed(answer, name)
        if len(records) != 1:
            reason = f"{len(records)} {name} where one was expected"
            raise answer.malformed(reason)
        return records[0]

    def _paged(
        self,
        path: str,
        name: str,
        identity: str,
        params: Iterable[tuple[str, str]],
        modified_since: datetime | None,
    ) -> Iterator[Record]:
        headers = {**self._tenant(), **_since(modified_since)}
        fixed = list(params)

        def fetch(page: int) -> Answer:
            paging = [("page", str(page)), ("pageSize", str(PAGE_SIZE))]
            return self._transport.get(path, [*fixed, *paging], headers, what=_NAMES[name])

        return walk(fetch, name, identity)


def _by(contact_id: str | None, field: str, number: str | None) -> list[str]:
    contact = [] if contact_id is None else [id_is("Contact.ContactID", contact_id)]
    return [*contact, text_is(field, number)] if number is not None and searchable(number) else contact


def _numbered(found: Iterator[Record], field: str, number: str | None) -> Iterator[Record]:
    """What Xero's filter could not sort out. Where it could, its own idea of equal stands: a miss here is a twin there."""
    if number is None or searchable(number):
        return found
    return (record for record in found if record.get(field) == number)


def _since(moment: datetime | None) -> dict[str, str]:
    """Xero compares to the second, so the moment is cut to it: rather a record too many than one too few."""
    if moment is None:
        return {}
    if moment.tzinfo is None:
        message = "a moment without a time zone cannot be asked for"
        raise ValueError(message)
    return {"if-modified-since": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"}


def _packed(values: Iterable[str]) -> Iterator[str]:
    """Comma lists that each fit into an address; every value once."""
    waiting: list[str] = []
    for value in dict.fromkeys(values):
        if waiting and len(quote(",".join([*waiting, value]), safe="")) > _ROOM:
            yield ",".join(waiting)
            waiting = []
        waiting.append(value)
    if waiting:
        yield ",".join(waiting)


def _ids(ids: Sequence[str] | None) -> Iterator[list[tuple[str, str]]]:
    """Parameters of the addresses that together ask for ``ids``; None asks for all with one."""
    if ids is None:
        yield []
        return
    for packed in _packed(checked_id(identifier) for identifier in ids):
        yield [("IDs", packed)]


def _numbers(numbers: Sequence[str]) -> list[_Asked]:
    """Parameters and clauses that together ask for ``numbers``.

    ``InvoiceNumbers`` is split at commas, so a number that has one goes into a clause of its own. Raises ``ValueError``
    for a number that neither can hold.
    """
    plain: list[_Asked] = [
        ([("InvoiceNumbers", packed)], None) for packed in _packed(number for number in numbers if "," not in number)
    ]
    with_comma = dict.fromkeys(number for number in numbers if "," in number)
    return [*plain, *(([], text_is("InvoiceNumber", number)) for number in with_comma)]
