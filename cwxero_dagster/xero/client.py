"""The Xero client.

What belongs here: addresses, parameters, and which organisation is spoken to. What does not: the sign-in (``token``),
walking lists (``paging``), retries and limits (``transport``), deciding what to write (publishing).

Source of every rule: xero_api.md, sections 2 to 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx

from cwxero_dagster.access import XeroAccess
from cwxero_dagster.transport import Answer, Clock, Limits, MalformedAnswer, Transport
from cwxero_dagster.xero.asking import checked_id, id_lists, since
from cwxero_dagster.xero.paging import PAGE_SIZE, Record, listed, walk
from cwxero_dagster.xero.token import KEYS, SYSTEM, SignIn

LIMITS = Limits(per_minute=55, concurrent=4, day_reserve=50)
"""Below Xero's 60 a minute and 5 at once for an organisation."""

STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
LONGEST_KEY = 128

_BILLS = 'Type=="ACCPAY"'
_CREDITS = 'Type=="ACCPAYCREDIT"'
_FOUR_DECIMALS = ("unitdp", "4")
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
    "HistoryRecords": "the history of this document",
    "LinkedTransactions": "the links of bill lines to customers",
    "PurchaseOrders": "purchase orders",
    "TaxRates": "tax rates",
    "TrackingCategories": "tracking categories",
}


class Xero:
    """One Xero organisation. Safe to share between threads."""

    def __init__(
        self,
        access: XeroAccess,
        *,
        clock: Clock,
        limits: Limits = LIMITS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._tenant_id = None if access.tenant_id is None else checked_id(access.tenant_id)
        self._connections_url = access.connections_url.rstrip("/")
        self._sign_in = SignIn(access.identity_url, access.client_id, access.client_secret, clock=clock)
        self._transport = Transport(
            SYSTEM,
            access.api_url,
            limits=limits,
            clock=clock,
            auth=self._sign_in,
            also=(self._connections_url,),
            keys="XERO_CLIENT_ID, XERO_CLIENT_SECRET and XERO_TENANT_ID" if access.tenant_id else KEYS,
            secrets=(access.client_secret,),
            transport=transport,
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
            raise MalformedAnswer.of(answer, "no list of connections")
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
        for some in id_lists(ids):
            yield from self._paged("/Contacts", "Contacts", "ContactID", [*params, *some], modified_since)

    def bills(self, *, modified_since: datetime | None = None) -> Iterator[Record]:
        """Bills of every status with their lines. One that changes meanwhile may come twice: the later stands."""
        # Named one by one: an address without statuses leaves it to Xero which ones it shows.
        query = [("Statuses", ",".join(STATUSES)), _FOUR_DECIMALS, ("where", _BILLS)]
        yield from self._paged("/Invoices", "Invoices", "InvoiceID", query, modified_since)

    def bill(self, invoice_id: str) -> Record:
        """One bill as it stands now. Raises ``NotFound``."""
        return self._one(f"/Invoices/{checked_id(invoice_id)}", "Invoices", [_FOUR_DECIMALS], what="this bill")

    def supplier_credits(self, *, modified_since: datetime | None = None) -> Iterator[Record]:
        """Supplier credits of every status with their lines. One that changes meanwhile may come twice."""
        query = [_FOUR_DECIMALS, ("where", _CREDITS)]
        yield from self._paged("/CreditNotes", "CreditNotes", "CreditNoteID", query, modified_since)

    def credit(self, credit_note_id: str) -> Record:
        """One supplier credit as it stands now. Raises ``NotFound``."""
        path = f"/CreditNotes/{checked_id(credit_note_id)}"
        return self._one(path, "CreditNotes", [_FOUR_DECIMALS], what="this supplier credit")

    def history(self, path: str, document_id: str) -> list[Record]:
        """Who did what to a document of ``path`` (``/Invoices``, ``/CreditNotes``) and when, newest first."""
        return self._list(f"{path}/{checked_id(document_id)}/History", "HistoryRecords")

    def linked_transactions(self, bill_id: str) -> Iterator[Record]:
        """The lines of one bill that are linked to a customer, a hundred a call."""
        about = [("SourceTransactionID", checked_id(bill_id))]

        def fetch(page: int) -> Answer:
            path, name = "/LinkedTransactions", "LinkedTransactions"
            return self._transport.get(path, [*about, ("page", str(page))], self._tenant(), what=_NAMES[name])

        return walk(fetch, "LinkedTransactions", "LinkedTransactionID")

    def delete_linked_transaction(self, linked_id: str) -> None:
        """Take the link of a bill line to a customer back; see ``Transport.send``. Raises ``NotFound``."""
        path = f"/LinkedTransactions/{checked_id(linked_id)}"
        self._transport.send("DELETE", path, b"", headers=self._tenant(), what="the link of a bill line to a customer")

    def purchase_orders(self, *, modified_since: datetime | None = None) -> Iterator[Record]:
        """Xero's purchase orders with their lines. One that changes meanwhile may come twice."""
        yield from self._paged("/PurchaseOrders", "PurchaseOrders", "PurchaseOrderID", (), modified_since)

    def write(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        idempotency_key: str,
        params: Mapping[str, str] | None = None,
        what: str = "",
        not_after: datetime | None = None,
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
        return self._transport.send(
            method, path, body, params=query.items(), headers=headers, what=what, not_after=not_after
        )

    def _tenant(self) -> dict[str, str]:
        return {} if self._tenant_id is None else {"xero-tenant-id": self._tenant_id}

    def _list(self, path: str, name: str, params: Sequence[tuple[str, str]] = ()) -> list[Record]:
        return listed(self._transport.get(path, params, self._tenant(), what=_NAMES[name]), name)

    def _one(self, path: str, name: str, params: Sequence[tuple[str, str]] = (), *, what: str) -> Record:
        answer = self._transport.get(path, params, self._tenant(), what=what)
        records = listed(answer, name)
        if len(records) != 1:
            reason = f"{len(records)} {name} where one was expected"
            raise MalformedAnswer.of(answer, reason)
        return records[0]

    def _paged(
        self,
        path: str,
        name: str,
        identity: str,
        params: Iterable[tuple[str, str]],
        modified_since: datetime | None,
    ) -> Iterator[Record]:
        headers = {**self._tenant(), **since(modified_since)}
        fixed = list(params)

        def fetch(page: int) -> Answer:
            paging = [("page", str(page)), ("pageSize", str(PAGE_SIZE))]
            return self._transport.get(path, [*fixed, *paging], headers, what=_NAMES[name])

        return walk(fetch, name, identity)
