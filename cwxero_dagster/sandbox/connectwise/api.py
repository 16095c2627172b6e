"""The simulated ConnectWise PSA: one request in, one answer out.

What belongs here: who may ask, how often, and which path leads where. What does not: what lists, reports, writes and
receipts mean (their own modules).
"""

from __future__ import annotations

import base64
import math
import re
from collections import deque
from collections.abc import Callable
from typing import Any

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.connectwise import listing, reports, showing, writing
from cwxero_dagster.sandbox.connectwise.errors import ApiError, not_found
from cwxero_dagster.sandbox.connectwise.orders import Orders
from cwxero_dagster.sandbox.connectwise.switches import ConnectWiseSwitches
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS, TABLES, TENANT_SETTINGS, Table
from cwxero_dagster.sandbox.faults import FaultPlan
from cwxero_dagster.sandbox.store import Document, Store
from cwxero_dagster.sandbox.wire import Clock, Request, Response, json_response

BASE_PATH = "/v4_6_release/apis/3.0"
LONGEST_URL = 10_000
BY_API = "api"

_ORDER = re.compile(r"/procurement/purchaseorders/(\d+)(?:/(unbatch|rebatch))?", re.IGNORECASE)
_LINES = re.compile(r"/procurement/purchaseorders/(\d+)/lineitems(?:/(\d+|count))?", re.IGNORECASE)
_REPORT = re.compile(r"/system/reports/(\w+)(?:/(columns|count))?", re.IGNORECASE)
_RECORD = re.compile(r"(/\w+/\w+)(?:/(\d+|count))?")


class ConnectWise:
    """ConnectWise over a store. Thread-safe: requests are answered one at a time."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        switches: ConnectWiseSwitches | None = None,
        base_path: str = BASE_PATH,
        faults: FaultPlan | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.switches = switches or ConnectWiseSwitches()
        self.orders = Orders(store, clock, self.switches)
        self.faults = faults or FaultPlan()
        self._base_path = base_path.rstrip("/")
        self._asked: deque[float] = deque()

    def handle(self, request: Request) -> Response:
        """Answer a request. Raises ``faults.Dropped`` where a planned fault closes the connection."""
        return self.faults.around("connectwise", request, self._answer)

    def _answer(self, request: Request) -> Response:
        with self.store.lock:
            try:
                return self._admitted(request)
            except ApiError as refusal:
                return refusal.response()

    # --- who may ask -------------------------------------------------------------------------------------------------

    def _admitted(self, request: Request) -> Response:
        if len(request.path) + 1 + len(request.raw_query) > LONGEST_URL:
            raise ApiError(414, "UriTooLong", f"The URL is longer than {LONGEST_URL} characters.")
        if not request.path.startswith(f"{self._base_path}/"):
            return Response(404)
        throttled = self._throttled()
        if throttled:
            return throttled
        path = request.path.removeprefix(self._base_path).rstrip("/")
        if path.lower() == "/system/info":
            return self._system_info(request)
        refused = self._unknown_caller(request)
        return refused or self._route(path, request)

    def _throttled(self) -> Response | None:
        now = self.clock.now().timestamp()
        while self._asked and self._asked[0] <= now - 60:
            self._asked.popleft()
        if len(self._asked) < self.switches.requests_per_minute:
            self._asked.append(now)
            return None
        wait = max(1, math.ceil(self._asked[0] + 60 - now))
        message = f"Too many requests. Please try again in {wait} seconds."
        return json_response(429, {"error": "ConnectWiseAPI", "message": message}, {"retry-after": str(wait)})

    def _unknown_caller(self, request: Request) -> Response | None:
        user = f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}"
        pair = base64.b64encode(f"{user}:{credentials.CONNECTWISE_PRIVATE_KEY}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            if self.switches.not_found_on_bad_credentials:
                return Response(404)
            raise ApiError(401, "Unauthorized", "Invalid company, public key or private key.")
        if request.headers.get("clientid", "").lower() != credentials.CONNECTWISE_CLIENT_ID:
            raise ApiError(403, "Security", "A valid clientId header is required.")
        return None

    # --- which path leads where --------------------------------------------------------------------------------------

    def _route(self, path: str, request: Request) -> Response:
        if path.lower() == "/system/reports":
            return self._by_method(request, GET=lambda: json_response(200, [{"name": reports.REPORT}]))
        if match := _REPORT.fullmatch(path):
            name, rest = match[1], (match[2] or "").lower()
            return self._by_method(request, GET=lambda: reports.report(self.orders, name, rest, request))
        if match := _LINES.fullmatch(path):
            return self._lines(int(match[1]), match[2], request)
        if match := _ORDER.fullmatch(path):
            return self._order(int(match[1]), match[2], request)
        match = _RECORD.fullmatch(path)
        table = TABLES.get(match[1].lower()) if match else None
        if match is None or table is None:
            raise ApiError(404, "NotFound", "The requested resource could not be found.")
        return self._records(table, match[2], request)

    def _by_method(self, request: Request, **answers: Callable[[], Response]) -> Response:
        if request.method not in answers:
            raise ApiError(405, "MethodNotAllowed", f"{request.method} is not allowed here.")
        return answers[request.method]()

    def _system_info(self, request: Request) -> Response:
        info = next(self.store.all("cw.systeminfo"), {})
        shown = {key: value for key, value in info.items() if key != "id"}
        return self._by_method(request, GET=lambda: json_response(200, shown))

    def _records(self, table: Table, key: str | None, request: Request) -> Response:
        if key is None or key.lower() == "count":
            answers = {"GET": lambda: self._listed(table, list(self.store.all(table.kind)), key, request)}
            if table is ORDERS and key is None:
                answers["POST"] = lambda: self._create_order(request)
            return self._by_method(request, **answers)
        document = self.store.get(table.kind, int(key))
        if document is None:
            raise not_found(table.resource, key)
        answers = {"GET": lambda: self._one(table, document, request)}
        if table is TENANT_SETTINGS:
            answers["PATCH"] = lambda: self._change_settings(document, request)
        return self._by_method(request, **answers)

    def _listed(self, table: Table, documents: list[Document], key: str | None, request: Request) -> Response:
        dates, now = self.switches.date_conditions, self.clock.now()
        found = listing.filtered(request, table, documents, dates=dates, now=now)
        if key:
            return json_response(200, {"count": len(found)})
        show = self._show(table, request)
        page, links = listing.listed(request, table, found)
        return json_response(200, [show(document) for document in page], links)

    def _one(self, table: Table, document: Document, request: Request, status: int = 200) -> Response:
        return json_response(status, self._show(table, request)(document))

    def _show(self, table: Table, request: Request) -> Callable[[Document], Document]:
        """How a document leaves; a line's tax is for one unit where the switch says so."""
        chosen, root = showing.shown(request.first("fields"), table), showing.site(request) + self._base_path
        per_unit = table is LINES and self.switches.tax_is_per_unit

        def show(document: Document) -> Document:
            seen = showing.linked(document, table, root)
            if per_unit and document.get("tax"):
                seen["tax"] = round(document["tax"] / (document["quantity"] or 1), 4)
            return chosen(seen)

        return show

    # --- purchase orders ---------------------------------------------------------------------------------------------

    def _order(self, po_id: int, action: str | None, request: Request) -> Response:
        order, orders, table = self.orders.order(po_id), self.orders, ORDERS
        if action:
            batched = action.lower() == "rebatch"
            return self._by_method(request, POST=lambda: self._batch(po_id, batched=batched))

        def changed(changes: dict[str, Any]) -> Response:
            return self._one(table, orders.change_order(order, changes, by=BY_API), request)

        def deleted() -> Response:
            orders.delete_order(order)
            return Response(204)

        return self._by_method(
            request,
            GET=lambda: self._one(table, order, request),
            PATCH=lambda: changed(writing.patched(self.store, table, request)),
            PUT=lambda: changed(writing.replaced(self.store, table, request, order)),
            DELETE=deleted,
        )

    def _create_order(self, request: Request) -> Response:
        fields = writing.created(self.store, ORDERS, request)
        return self._one(ORDERS, self.orders.create_order(fields, by=BY_API), request, 201)

    def _batch(self, po_id: int, *, batched: bool) -> Response:
        self.orders.batch(po_id, batched=batched, by=BY_API)
        return json_response(200, {"success": True, "message": ""})

    def _change_settings(self, settings: Document, request: Request) -> Response:
        settings.update(writing.patched(self.store, TENANT_SETTINGS, request))
        self.store.put(TENANT_SETTINGS.kind, settings["id"], settings)
        return self._one(TENANT_SETTINGS, settings, request)

    # --- lines -------------------------------------------------------------------------------------------------------

    def _lines(self, po_id: int, key: str | None, request: Request) -> Response:
        self.orders.order(po_id)
        if key is None or key.lower() == "count":
            answers = {"GET": lambda: self._listed(LINES, self.orders.lines(po_id), key, request)}
            if key is None:
                answers["POST"] = lambda: self._create_line(po_id, request)
            return self._by_method(request, **answers)
        line, orders = self.orders.line(int(key), po_id), self.orders

        def changed(changes: dict[str, Any]) -> Response:
            return self._one(LINES, orders.change_line(line, self._per_line(changes, line), by=BY_API), request)

        def deleted() -> Response:
            orders.delete_line(line, by=BY_API)
            return Response(204)

        return self._by_method(
            request,
            GET=lambda: self._one(LINES, line, request),
            PATCH=lambda: changed(writing.patched(self.store, LINES, request)),
            PUT=lambda: changed(writing.replaced(self.store, LINES, request, line)),
            DELETE=deleted,
        )

    def _create_line(self, po_id: int, request: Request) -> Response:
        fields = writing.created(self.store, LINES, request)
        line = self.orders.create_line(po_id, self._per_line(fields, fields), by=BY_API)
        return self._one(LINES, line, request, 201)

    def _per_line(self, changes: dict[str, Any], line: Document) -> dict[str, Any]:
        if self.switches.tax_is_per_unit and changes.get("tax") is not None:
            quantity = changes.get("quantity") or line.get("quantity") or 1
            return {**changes, "tax": changes["tax"] * quantity}
        return changes
