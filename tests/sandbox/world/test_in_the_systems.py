"""The world inside the two simulated systems: it is served as it is, and Xero agrees on what is trouble."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cwxero_dagster.sandbox
from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.connectwise import ConnectWise
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, Request
from cwxero_dagster.sandbox.world import World, build_world, load_world
from cwxero_dagster.sandbox.world.companies import ARCHIVED_VENDOR, ORDINARY, Vendor
from cwxero_dagster.sandbox.world.contacts import contact_of
from cwxero_dagster.sandbox.world.organisation import tracked
from cwxero_dagster.sandbox.xero import Xero
from cwxero_dagster.seed_files import load_seeds

AFTER = datetime(2026, 10, 1, 1, tzinfo=UTC)
SEEDS = Path(cwxero_dagster.sandbox.__file__).parent / "mapping_seeds"


@pytest.fixture(scope="module")
def msp() -> World:
    return build_world()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Books:
    """A Xero over the world, and one way to try a bill."""

    def __init__(self, world: World) -> None:
        store = Store()
        load_world(world, store)
        self._xero = Xero(store, Clock(AFTER))
        token = self._xero.handle(
            Request(
                "POST",
                "/connect/token",
                headers={
                    "authorization": basic(credentials.XERO_CLIENT_ID, credentials.XERO_CLIENT_SECRET),
                    "content-type": "application/x-www-form-urlencoded",
                },
                body=b"grant_type=client_credentials&scope=accounting.invoices accounting.contacts",
            )
        )
        self._headers = {
            "authorization": f"Bearer {json.loads(token.body)['access_token']}",
            "accept": "application/json",
            "content-type": "application/json",
            "xero-tenant-id": credentials.XERO_TENANT_ID,
        }

    def refusals(
        self,
        vendor: Vendor = ORDINARY[0],
        *,
        account: str = "310",
        tax: str = "INPUT",
        currency: str = "AUD",
        tracking: list[dict[str, Any]] | None = None,
    ) -> str:
        """What Xero says against a bill of one line, in its own words; blank when it takes it."""
        line = {"Description": "Dock", "Quantity": 2, "UnitAmount": 149, "AccountCode": account, "TaxType": tax}
        bill = {
            "Type": "ACCPAY",
            "Status": "DRAFT",
            "Contact": {"ContactID": contact_of(vendor)["ContactID"]},
            "InvoiceNumber": "INV-1 | PO-1",
            "Date": "2026-09-30",
            "DueDate": "2026-10-30",
            "CurrencyCode": currency,
            "LineItems": [{**line, "Tracking": tracking or []}],
        }
        body = json.dumps({"Invoices": [bill]}).encode()
        query = (("summarizeErrors", "false"), ("unitdp", "4"))
        answer = self._xero.handle(Request("PUT", "/api.xro/2.0/Invoices", query, self._headers, body))
        assert answer.status == 200, answer.body
        (element,) = json.loads(answer.body)["Invoices"]
        return " ".join(error["Message"] for error in element.get("ValidationErrors", []))


@pytest.fixture(scope="module")
def books(msp: World) -> Books:
    return Books(msp)


def test_connectwise_serves_every_order_as_it_is_in_the_world(msp: World) -> None:
    store = Store()
    load_world(msp, store)
    user = f"{credentials.CONNECTWISE_COMPANY}+{credentials.CONNECTWISE_PUBLIC_KEY}"
    headers = {
        "authorization": basic(user, credentials.CONNECTWISE_PRIVATE_KEY),
        "clientid": credentials.CONNECTWISE_CLIENT_ID,
    }
    path = "/v4_6_release/apis/3.0/procurement/purchaseorders"
    request = Request("GET", path, (("pageSize", "1000"), ("orderBy", "id")), headers)
    served = json.loads(ConnectWise(store, Clock(AFTER)).handle(request).body, parse_float=Decimal)
    for answer, order in zip(served, msp.connectwise["cw.purchaseorders"], strict=True):
        for field in ("id", "poNumber", "poDate", "closedFlag", "subTotal", "salesTax", "total", "locationId"):
            assert answer[field] == order[field]
        assert answer["_info"]["lastUpdated"] == order["_info"]["lastUpdated"]


@pytest.mark.parametrize("scenario", ["msp", "small"])
def test_touching_an_order_in_connectwise_leaves_its_totals_alone(scenario: str) -> None:
    world = build_world(scenario=scenario)
    store = Store()
    load_world(world, store)
    orders = ConnectWise(store, Clock(AFTER)).orders
    for order in world.connectwise["cw.purchaseorders"]:
        touched = orders.keep_order(orders.order(order["id"]), by="buyer1")
        for total in ("subTotal", "salesTax", "total"):
            assert touched[total] == order[total], (order["id"], total)


def test_the_seeds_read_without_a_problem() -> None:
    seeds = load_seeds(SEEDS)
    assert seeds.decision.go_live.isoformat() == "2026-05-01"
    assert len(seeds.vendors) > 10


@pytest.mark.parametrize("account", ["310", "311", "312", "425", "453", "868"])
def test_xero_takes_bills_on_the_accounts_that_are_mapped(books: Books, account: str) -> None:
    assert books.refusals(account=account) == ""


@pytest.mark.parametrize("tax", ["INPUT", "EXEMPTEXPENSES", "BASEXCLUDED"])
def test_xero_takes_the_mapped_tax_types(books: Books, tax: str) -> None:
    assert books.refusals(tax=tax) == ""


@pytest.mark.parametrize("currency", ["USD", "NZD"])
def test_xero_takes_the_enabled_currencies(books: Books, currency: str) -> None:
    assert books.refusals(currency=currency) == ""


def test_xero_takes_every_tracking_option_that_a_seed_names(books: Books) -> None:
    for row in load_seeds(SEEDS).tracking:
        assert books.refusals(tracking=tracked(**{row.xero_category: row.xero_option})) == ""


def test_xero_refuses_what_the_world_calls_trouble(books: Books) -> None:
    assert "archived" in books.refusals(ARCHIVED_VENDOR)
    assert "313" in books.refusals(account="313")
    assert "CAPEXINPUT" in books.refusals(account="453", tax="CAPEXINPUT")
    assert "EUR" in books.refusals(currency="EUR")
    assert "Training (old)" in books.refusals(tracking=tracked(Department="Training (old)"))
    assert "TAX001" in books.refusals(tax="TAX001")
    assert "800" in books.refusals(account="800")
