"""A small firm of its own, so that these tests do not hang on the sandbox's world data."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.connectwise import Buyer, ConnectWise, ConnectWiseSwitches
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, Request, Response

NOW = datetime(2026, 5, 8, 3, 12, 40, tzinfo=UTC)
USER = f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}"
BASIC = base64.b64encode(f"{USER}:{credentials.CONNECTWISE_PRIVATE_KEY}".encode()).decode()
HEADERS = {"authorization": f"Basic {BASIC}", "clientid": credentials.CONNECTWISE_CLIENT_ID, "host": "sandbox:8000"}
ROOT = "/v4_6_release/apis/3.0"
INFO = {"lastUpdated": "2026-05-01T00:00:00Z", "updatedBy": "buyer1", "dateEntered": "2026-05-01T00:00:00Z"}


def order(po_id: int, **more: Any) -> dict[str, Any]:
    return {
        "id": po_id,
        "poNumber": f"PO-{po_id}",
        "poDate": "2026-05-01T00:00:00Z",
        "status": {"id": 2, "name": "Sent"},
        "closedFlag": False,
        "vendorCompany": {"id": 801, "identifier": "Ingram", "name": "Ingram Example"},
        "terms": {"id": 4, "name": "Net 30"},
        "taxPoFlag": True,
        "freightCost": Decimal(0),
        "freightTaxTotal": Decimal(0),
        "subTotal": Decimal(2500),
        "salesTax": Decimal(250),
        "total": Decimal(2750),
        "customFields": [{"id": 1, "caption": "Sign Off", "value": "yes"}],
        "_info": dict(INFO),
        **more,
    }


def line(line_id: int, po_id: int, quantity: str = "10", cost: str = "250", **more: Any) -> dict[str, Any]:
    amount = Decimal(quantity) * Decimal(cost)
    return {
        "id": line_id,
        "purchaseOrderId": po_id,
        "purchaseOrderNumber": f"PO-{po_id}",
        "lineNumber": 1,
        "description": "14in laptop",
        "product": {"id": 701, "identifier": "LAPTOP-14", "serializedFlag": False},
        "unitOfMeasure": {"id": 1, "name": "Each"},
        "quantity": Decimal(quantity),
        "unitCost": Decimal(cost),
        "extCost": amount,
        "tax": amount / 10,
        "receivedQuantity": 0,
        "receivedStatus": "Waiting",
        "closedFlag": False,
        "canceledFlag": False,
        "batchedFlag": False,
        "_info": dict(INFO),
        **more,
    }


def furnish(store: Store) -> None:
    """The tenant's lists, two vendors, one item and PO 4001 with line 9001 (10 laptops at 250)."""
    lists: dict[str, list[dict[str, Any]]] = {
        "cw.purchaseorderstatuses": [
            {"id": 1, "name": "New", "defaultFlag": True, "closedFlag": False, "sortOrder": 1},
            {"id": 2, "name": "Sent", "defaultFlag": False, "closedFlag": False, "sortOrder": 2},
            {"id": 3, "name": "Done", "closedFlag": True, "defaultClosedFlag": True, "sortOrder": 3},
            {"id": 4, "name": "Cancelled", "closedFlag": True, "defaultClosedFlag": False, "sortOrder": 4},
        ],
        "cw.companies": [
            {
                "id": 801,
                "identifier": "Ingram",
                "name": "Ingram Example",
                "isVendorFlag": True,
                "deletedFlag": False,
                "types": [{"id": 1, "name": "Vendor"}, {"id": 5, "name": "Partner"}],
                "_info": dict(INFO),
            },
            {
                "id": 802,
                "identifier": "Dicker",
                "name": 'Dicker "D&D" 100%',
                "accountNumber": "",
                "isVendorFlag": True,
                "deletedFlag": False,
                "billingTerms": {"id": 4, "name": "Net 30"},
                "currency": {"id": 9, "name": "US Dollar", "currencyCode": "USD"},
                "types": [{"id": 1, "name": "Vendor"}],
                "_info": dict(INFO),
            },
            {"id": 950, "identifier": "Cust", "name": "Customer", "isVendorFlag": False, "deletedFlag": False},
        ],
        "cw.catalog": [
            {"id": 701, "identifier": "LAPTOP-14", "description": "14in laptop", "productClass": "Inventory"}
        ],
        "cw.billingterms": [{"id": 4, "name": "Net 30", "dueDays": 30}],
        "cw.unitofmeasures": [{"id": 1, "name": "Each"}],
        "cw.locations": [{"id": 11, "name": "Adelaide"}, {"id": 12, "name": "Perth"}],
        "cw.settings": [
            {"id": 1, "startingPurchaseOrderNum": 1, "costingMethod": "FIFO", "purchaseOrderPrefix": "PO-"}
        ],
        "cw.systeminfo": [{"id": 1, "version": "v2025.1.10333", "isCloud": False}],
        "cw.purchaseorders": [order(4001)],
        "cw.lineitems": [line(9001, 4001)],
    }
    for kind, documents in lists.items():
        store.put_many(kind, [(document["id"], document) for document in documents])


@dataclass
class Tenant:
    """A simulated ConnectWise and short ways to reach it."""

    connectwise: ConnectWise
    buyer: Buyer
    store: Store
    clock: Clock

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Response:
        pairs = tuple((key, str(value)) for key, value in query.items())
        sent = HEADERS if headers is None else headers
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.connectwise.handle(Request(method, ROOT + path, pairs, sent, raw, urlencode(pairs)))

    def get(self, path: str, **query: Any) -> Any:
        answer = self.ask(path, **query)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def ids(self, path: str, **query: Any) -> list[int]:
        return [record["id"] for record in self.get(path, **query)]

    def refused(self, path: str, **query: Any) -> tuple[int, str, str]:
        answer = self.ask(path, **query)
        body = json.loads(answer.body)
        return answer.status, body["code"], body["message"]

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.ask(path, method=method, body=body)
        return answer.status, json.loads(answer.body) if answer.body else None

    def patch(self, path: str, **values: Any) -> tuple[int, Any]:
        return self.send("PATCH", path, [{"op": "replace", "path": k, "value": v} for k, v in values.items()])

    def line(self, line_id: int) -> dict[str, Any]:
        found = self.store.get("cw.lineitems", line_id)
        assert found is not None
        return found

    def order(self, po_id: int = 4001) -> dict[str, Any]:
        found = self.store.get("cw.purchaseorders", po_id)
        assert found is not None
        return found

    def lines(self, po_id: int = 4001) -> list[dict[str, Any]]:
        return [found for found in self.store.all("cw.lineitems") if found["purchaseOrderId"] == po_id]


def tenant_with(switches: dict[str, Any]) -> Tenant:
    store, clock = Store(), Clock(NOW)
    furnish(store)
    connectwise = ConnectWise(store, clock, switches=ConnectWiseSwitches(**switches))
    return Tenant(connectwise, Buyer(connectwise), store, clock)


@pytest.fixture
def make() -> Callable[..., Tenant]:
    """A tenant with the switches named."""
    return lambda **switches: tenant_with(switches)


@pytest.fixture
def tenant(make: Callable[..., Tenant]) -> Tenant:
    return make()
