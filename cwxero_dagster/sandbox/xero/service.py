"""The simulated Xero as one handler: what happens to a request before and after its endpoint.

What belongs here: faults, token, organisation, limits, scopes, idempotency, the envelope. What does not: what an
endpoint does.
"""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from cwxero_dagster.sandbox.faults import Dropped, FaultPlan
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, Request, Response, json_response
from cwxero_dagster.sandbox.xero import values
from cwxero_dagster.sandbox.xero.bills import BILL, CREDIT, Bills
from cwxero_dagster.sandbox.xero.bookkeeper import Bookkeeper
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Call, Endpoint, complain_of_parameters
from cwxero_dagster.sandbox.xero.contact_endpoint import ContactEndpoint
from cwxero_dagster.sandbox.xero.history import History
from cwxero_dagster.sandbox.xero.idempotency import Idempotency
from cwxero_dagster.sandbox.xero.identity import Identity
from cwxero_dagster.sandbox.xero.limits import Limits
from cwxero_dagster.sandbox.xero.linked_endpoint import LinkedTransactionEndpoint
from cwxero_dagster.sandbox.xero.purchase_orders import PurchaseOrders
from cwxero_dagster.sandbox.xero.reference import (
    ACCOUNT_FIELDS,
    CURRENCY_FIELDS,
    TAX_RATE_FIELDS,
    TRACKING_FIELDS,
    ListEndpoint,
    OrganisationEndpoint,
    PaymentEndpoint,
)
from cwxero_dagster.sandbox.xero.refusals import RequestRefusedError, not_found, unauthorised
from cwxero_dagster.sandbox.xero.switches import XeroSwitches
from cwxero_dagster.sandbox.xero.transactions import BillEndpoint, PurchaseOrderEndpoint

API_ROOT = "/api.xro/2.0/"
_PROVIDER = "Sandbox app"
_XML = (
    b'<?xml version="1.0" encoding="utf-8"?><ApiException><Message>Not acceptable: this simulation speaks JSON only. '
    b"Without Accept: application/json the real service answers in XML.</Message></ApiException>"
)


@dataclass(frozen=True)
class Seen:
    """One request that arrived, and the status of its answer; 0 where the connection closed."""

    method: str
    path: str
    query: str
    status: int
    at: datetime


class Xero:
    """Identity and accounting API of one organisation.

    ``handle`` is thread-safe. ``complaints`` lists what the real service would have swallowed silently; ``seen`` lists
    the requests; ``bookkeeper`` does what a person does in Xero.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        switches: XeroSwitches | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        self.switches = switches if switches is not None else XeroSwitches()
        self.faults = faults if faults is not None else FaultPlan()
        self.books = Books(store, clock, self.switches)
        self.bookkeeper = Bookkeeper(self.books)
        self.identity = Identity(self.books)
        self.limits = Limits(self.books)
        self.seen: deque[Seen] = deque(maxlen=20_000)
        self._idempotency = Idempotency(self.books)
        self._endpoints = self._all_endpoints()
        self._answers = 0
        self._delay_next: float | None = None
        self._late: list[tuple[datetime, Request, frozenset[str]]] = []

    @property
    def complaints(self) -> list[str]:
        """What was sent and ignored, oldest first. Empty for a careful client."""
        return list(self.books.complaints)

    def delay_next_write(self, seconds: float) -> None:
        """The next PUT or POST loses its connection at once and is processed ``seconds`` later, when the caller may
        have given it up: a commit that comes late. It happens at the first request after that moment."""
        self._delay_next = seconds

    def handle(self, request: Request) -> Response:
        """The answer to a request. Raises ``Dropped`` where a fault closes the connection."""
        status = 0
        try:
            with self.limits.running() as running:
                self._commit_late()
                self._delay(request)
                response = self.faults.around("xero", request, lambda one: self._process(one, running))
                status = response.status
                if status >= 500 and self.switches.server_errors_cached:
                    self._idempotency.remember(request, response)
                return response
        finally:
            now = self.books.clock.now()
            self.seen.append(Seen(request.method, request.path, request.raw_query, status, now))

    def _delay(self, request: Request) -> None:
        if self._delay_next is None or request.method == "GET" or not request.path.startswith(API_ROOT):
            return
        with self.books.store.lock:
            scopes = self.identity.scopes_of(request)
            self._late.append((self.books.clock.now() + timedelta(seconds=self._delay_next), request, scopes))
            self._delay_next = None
        raise Dropped

    def _commit_late(self) -> None:
        with self.books.store.lock:
            now = self.books.clock.now()
            due = [one for one in self._late if one[0] <= now]
            self._late = [one for one in self._late if one[0] > now]
            for moment, request, scopes in due:
                with self.books.clock.at(moment):
                    self._answer(request, scopes)

    def _process(self, request: Request, running: int) -> Response:
        if request.path == "/connect/token":
            return self.identity.token(request)
        if request.path.lower() == "/connections":
            return self.identity.connections(request)
        if not request.path.startswith(API_ROOT):
            return not_found().response()
        try:
            scopes = self.identity.scopes_of(request)
            self.identity.check_tenant(request)
        except RequestRefusedError as refusal:
            return refusal.response()
        try:
            self.limits.admit(running)
            with self.books.store.lock:
                response = self._answer(request, scopes)
        except RequestRefusedError as refusal:
            response = refusal.response()
        return Response(response.status, response.body, {**response.headers, **self.limits.headers()})

    def _answer(self, request: Request, scopes: frozenset[str]) -> Response:
        if "application/json" not in request.headers.get("accept", ""):
            return Response(406, _XML, {"content-type": "text/xml; charset=utf-8"})
        name, *rest = request.path.removeprefix(API_ROOT).split("/")
        endpoint = self._endpoints.get(name)
        if endpoint is None or "" in rest:
            raise not_found()
        if not scopes & (endpoint.reads if request.method == "GET" else endpoint.writes):
            raise unauthorised("AuthorizationUnsuccessful")
        if request.method in ("PUT", "POST") and "idempotency-key" not in request.headers:
            self.books.complain(f"{request.method} {request.path}: written without an Idempotency-Key")
        remembered = self._idempotency.recall(request)
        if remembered is not None:
            return remembered
        call = Call(request.method, tuple(rest), request)
        if len(request.body) > self.switches.largest_body:
            return RequestRefusedError(413, {"Title": "Request Entity Too Large", "Status": 413}).response()
        complain_of_parameters(self.books, call, endpoint.parameters)
        try:
            status, body = endpoint.answer(call)
            shown = {**self._envelope(), **body} if status == 200 else body
            response = Response(status) if status == 204 else json_response(status, shown)
        except RequestRefusedError as refusal:
            response = refusal.response()
        self._idempotency.remember(request, response)
        return response

    def _envelope(self) -> dict[str, str]:
        self._answers += 1
        return {
            "Id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"answer/{self._answers}")),
            "Status": "OK",
            "ProviderName": _PROVIDER,
            "DateTimeUTC": values.ms_date(self.books.clock.now()),
        }

    def _all_endpoints(self) -> dict[str, Endpoint]:
        books = self.books
        history = History(books)
        return {
            "Organisation": OrganisationEndpoint(books),
            "Accounts": ListEndpoint(books, "Accounts", "xero.accounts", ACCOUNT_FIELDS),
            "TaxRates": ListEndpoint(books, "TaxRates", "xero.taxrates", TAX_RATE_FIELDS),
            "TrackingCategories": ListEndpoint(books, "TrackingCategories", "xero.trackingcategories", TRACKING_FIELDS),
            "Currencies": ListEndpoint(books, "Currencies", "xero.currencies", CURRENCY_FIELDS),
            "Contacts": ContactEndpoint(books, history),
            "Invoices": BillEndpoint(books, Bills(books, BILL), history),
            "CreditNotes": BillEndpoint(books, Bills(books, CREDIT), history),
            "PurchaseOrders": PurchaseOrderEndpoint(books, PurchaseOrders(books), history),
            "Payments": PaymentEndpoint(books),
            "LinkedTransactions": LinkedTransactionEndpoint(books),
        }
