"""A small Australian organisation of its own, so that these tests do not hang on the sandbox's world data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.faults import FaultPlan
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, transport
from cwxero_dagster.sandbox.xero import Xero, XeroSwitches

NOW = datetime(2026, 6, 10, 3, 12, 40, tzinfo=UTC)
STAMP = "2026-01-05T00:00:00Z"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


ACCOUNTS = [
    (1, "310", "DIRECTCOSTS", "EXPENSE", {"TaxType": "INPUT"}),
    (2, "429", "EXPENSE", "EXPENSE", {"TaxType": "EXEMPTEXPENSES"}),
    (3, "499", "EXPENSE", "EXPENSE", {"TaxType": "INPUT", "Status": "ARCHIVED"}),
    (4, "710", "FIXED", "ASSET", {"TaxType": "CAPEXINPUT"}),
    (5, "800", "CURRLIAB", "LIABILITY", {"SystemAccount": "CREDITORS"}),
    (6, "860", "EXPENSE", "EXPENSE", {"SystemAccount": "ROUNDING", "TaxType": "BASEXCLUDED"}),
    (7, "090", "BANK", "ASSET", {}),
]
RATES = {
    "INPUT": ("10", "EXPENSE LIABILITY", "ACTIVE"),
    "CAPEXINPUT": ("10", "ASSET", "ACTIVE"),
    "EXEMPTEXPENSES": ("0", "EXPENSE", "ACTIVE"),
    "BASEXCLUDED": ("0", "ASSET EQUITY EXPENSE LIABILITY REVENUE", "ACTIVE"),
    "OUTPUT": ("10", "REVENUE", "ACTIVE"),
    "INPUTOLD": ("12.5", "EXPENSE", "ARCHIVED"),
}
FLAGS = {
    "ASSET": "Assets",
    "EQUITY": "Equity",
    "EXPENSE": "Expenses",
    "LIABILITY": "Liabilities",
    "REVENUE": "Revenue",
}
CONTACTS = [
    (11, "Ingram Example", {"ContactNumber": "801", "AccountNumber": "ING"}),
    (12, "Dicker Example", {"ContactNumber": "802", "ContactPersons": [{"FirstName": "Ana", "LastName": "Lee"}]}),
    (13, "Old Vendor", {"ContactNumber": "803", "ContactStatus": "ARCHIVED"}),
]
INGRAM, DICKER, OLD = guid(11), guid(12), guid(13)


def organisation(store: Store) -> None:
    store.put(
        "xero.organisation",
        "1",
        {
            "OrganisationID": credentials.XERO_TENANT_ID,
            "Name": "Test Firm",
            "BaseCurrency": "AUD",
            "CountryCode": "AU",
            "Version": "AU",
            "Timezone": "AUSEASTERNSTANDARDTIME",
            "CreatedDateUTC": STAMP,
        },
    )
    for number, code, kind, account_class, more in ACCOUNTS:
        account = {
            "AccountID": guid(number),
            "Code": code,
            "Name": f"Account {code}",
            "Type": kind,
            "Class": account_class,
            "Status": "ACTIVE",
            "UpdatedDateUTC": STAMP,
            **more,
        }
        store.put("xero.accounts", account["AccountID"], account)
    for tax_type, (rate, classes, status) in RATES.items():
        flags = {f"CanApplyTo{flag}": name in classes for name, flag in FLAGS.items()}
        store.put(
            "xero.taxrates",
            tax_type,
            {"TaxType": tax_type, "Name": tax_type, "Status": status, "EffectiveRate": Decimal(rate), **flags},
        )
    for number, name, options in ((21, "Location", ("Sydney", "Perth")), (31, "Department", ("Projects", "Support"))):
        store.put(
            "xero.trackingcategories",
            guid(number),
            {
                "TrackingCategoryID": guid(number),
                "Name": name,
                "Status": "ACTIVE",
                "Options": [
                    *(
                        {"TrackingOptionID": guid(number + place), "Name": option, "Status": "ACTIVE"}
                        for place, option in enumerate(options, 1)
                    ),
                    {"TrackingOptionID": guid(number + 9), "Name": "Closed", "Status": "ARCHIVED"},
                ],
            },
        )
    store.put(
        "xero.trackingcategories",
        guid(41),
        {"TrackingCategoryID": guid(41), "Name": "Season", "Status": "ARCHIVED", "Options": []},
    )
    for code in ("AUD", "USD"):
        store.put("xero.currencies", code, {"Code": code, "Description": code})
    store.put("xero.items", "LAPTOP", {"Code": "LAPTOP"})
    for number, name, more in CONTACTS:
        contact = {
            "ContactID": guid(number),
            "Name": name,
            "ContactStatus": "ACTIVE",
            "IsSupplier": False,
            "IsCustomer": False,
            "Addresses": [],
            "Phones": [],
            "UpdatedDateUTC": STAMP,
            **more,
        }
        store.put("xero.contacts", contact["ContactID"], contact)


def line(**more: Any) -> dict[str, Any]:
    return {"Description": "14in laptop", "Quantity": 2, "UnitAmount": 250, "AccountCode": "310", **more}


def bill(**more: Any) -> dict[str, Any]:
    return {
        "Type": "ACCPAY",
        "Contact": {"ContactID": INGRAM},
        "InvoiceNumber": "INV-1 | PO-1001",
        "Date": "2026-06-03",
        "DueDate": "2026-07-03",
        "LineItems": [line()],
        **more,
    }


class Firm:
    """The simulated Xero with a client that holds a token."""

    def __init__(self, switches: XeroSwitches, faults: FaultPlan | None = None, path: Path | None = None) -> None:
        self.store = Store(path)
        if self.store.empty:
            organisation(self.store)
        self.clock = Clock(NOW)
        self.xero = Xero(self.store, self.clock, switches=switches, faults=faults)
        self.person = self.xero.bookkeeper
        self.client = httpx.Client(transport=transport(self.xero.handle), base_url="http://sandbox.test")
        self.token = ""
        self.keys = 0
        self.sign_in()

    def restarted(self, path: Path) -> Firm:
        """A simulated Xero on the state in a file."""
        return Firm(self.xero.switches, path=path)

    def sign_in(self, **form: str) -> httpx.Response:
        answer = self.client.post(
            "/connect/token",
            data={"grant_type": "client_credentials", **form},
            auth=(credentials.XERO_CLIENT_ID, credentials.XERO_CLIENT_SECRET),
        )
        if answer.status_code == 200:
            self.token = answer.json()["access_token"]
        return answer

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        if method != "GET":
            self.keys += 1
            sent["idempotency-key"] = f"own/{self.keys}"
        sent |= headers or {}
        return self.client.request(
            method, f"/api.xro/2.0/{path}", json=body, params=query, headers={k: v for k, v in sent.items() if v}
        )

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content, parse_float=Decimal)

    def put(self, *bills: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        """Create bills one by one answer element each, in the order of the answer."""
        asked = {"unitdp": 4, "summarizeErrors": "false", **query}
        answer = self.call("PUT", "Invoices", {"Invoices": list(bills)}, **asked)
        assert answer.status_code == 200, answer.text
        return list(json.loads(answer.content, parse_float=Decimal)["Invoices"])

    def bill(self, **more: Any) -> dict[str, Any]:
        """A bill that Xero accepted."""
        (made,) = self.put(bill(**more))
        assert made["StatusAttributeString"] in ("OK", "WARNING"), made
        return made

    def change(self, bill_id: str, **fields: Any) -> dict[str, Any]:
        """One element of the answer to POST /Invoices with the id."""
        query = {"unitdp": fields.pop("unitdp", 4), "summarizeErrors": "false"}
        answer = self.call("POST", "Invoices", {"Invoices": [{"InvoiceID": bill_id, **fields}]}, **query)
        assert answer.status_code == 200, answer.text
        (element,) = json.loads(answer.content, parse_float=Decimal)["Invoices"]
        return dict(element)

    def read(self, bill_id: str, *, places: int = 4) -> dict[str, Any]:
        return dict(self.get(f"Invoices/{bill_id}", unitdp=places)["Invoices"][0])


Make = Callable[..., Firm]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Firm] = []

    def build(faults: FaultPlan | None = None, **switches: Any) -> Firm:
        made.append(Firm(XeroSwitches(**switches), faults))
        return made[-1]

    yield build
    for one in made:
        one.client.close()
        one.store.close()


@pytest.fixture
def firm(make: Make) -> Firm:
    return make()


@pytest.fixture
def sample() -> Any:
    """Builders of what is sent: ``sample.bill(...)``, ``sample.line(...)``, and the ids of the contacts."""

    class Sample:
        bill = staticmethod(bill)
        line = staticmethod(line)
        guid = staticmethod(guid)
        ingram, dicker, old = INGRAM, DICKER, OLD

    return Sample


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of the published shapes; tests that need it are skipped where it is absent."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "specs"
    if not (folder / "xero_accounting.yaml").exists():
        pytest.skip("the published API shapes are not beside the repository")
    return folder


def messages(element: dict[str, Any]) -> list[str]:
    return [error["Message"] for error in element.get("ValidationErrors", [])]


@pytest.fixture
def refusals() -> Callable[[dict[str, Any]], list[str]]:
    """The messages of a refused element."""
    return messages
