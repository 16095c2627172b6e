"""Every answer against the published shapes of the API."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4


@pytest.fixture(scope="module")
def shapes(published: Path) -> Any:
    text = (published / "xero_accounting.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    registry: Any = Registry().with_resource("urn:xero", Resource(document, DRAFT4))

    def check(name: str, value: Any, *, written: bool = False) -> list[str]:
        kind = OAS30WriteValidator if written else OAS30ReadValidator
        schema = {"$ref": f"urn:xero#/components/schemas/{name}"}
        checker = kind(schema, registry=registry, format_checker=oas30_format_checker)
        return [f"{list(error.absolute_path)}: {error.message}"[:200] for error in checker.iter_errors(value)]

    return check


@pytest.fixture
def busy(firm: Any, sample: Any) -> Any:
    """An organisation in which everything happened once."""
    bill = firm.bill(Status="AUTHORISED", Url="https://psa.example/?k=1", PlannedPaymentDate="2026-07-01")
    firm.bill(LineItems=[{"Description": "text"}, {"AccountCode": "310"}], CurrencyCode="USD")
    firm.person.pay(bill["InvoiceID"], Decimal(100))
    credit = {**sample.bill(), "Type": "ACCPAYCREDIT", "CreditNoteNumber": "C-1", "Status": "AUTHORISED"}
    made = firm.call("PUT", "CreditNotes", {"CreditNotes": [credit]}, unitdp=4).json()["CreditNotes"][0]
    firm.person.allocate_credit(made["CreditNoteID"], bill["InvoiceID"], Decimal(50))
    order = {"Contact": {"ContactID": sample.ingram}, "LineItems": [sample.line()], "DeliveryDate": "2026-07-01"}
    firm.call("PUT", "PurchaseOrders", {"PurchaseOrders": [order]})
    link = {
        "SourceTransactionID": bill["InvoiceID"],
        "SourceLineItemID": firm.read(bill["InvoiceID"])["LineItems"][0]["LineItemID"],
        "ContactID": sample.dicker,
    }
    firm.call("PUT", "LinkedTransactions", link)
    firm.person.settings.archive_contact(sample.dicker, merged_to=sample.ingram)
    firm.person.settings.set_lock_dates(period=date(2026, 4, 30))
    firm.first = bill["InvoiceID"]
    return firm


READS = [
    ("Organisation", "Organisations", "Organisation"),
    ("Organisation/Actions", "Actions", "Action"),
    ("Accounts", "Accounts", "Account"),
    ("TaxRates", "TaxRates", "TaxRate"),
    ("TrackingCategories?includeArchived=true", "TrackingCategories", "TrackingCategory"),
    ("Currencies", "Currencies", "Currency"),
    ("Contacts?includeArchived=true&page=1", "Contacts", "Contact"),
    ("Contacts", "Contacts", "Contact"),
    ("Invoices", "Invoices", "Invoice"),
    ("Invoices?page=1&unitdp=4", "Invoices", "Invoice"),
    ("Invoices?summaryOnly=true", "Invoices", "Invoice"),
    ("CreditNotes?page=1", "CreditNotes", "CreditNote"),
    ("PurchaseOrders", "PurchaseOrders", "PurchaseOrder"),
    ("Payments", "Payments", "Payment"),
    ("LinkedTransactions", "LinkedTransactions", "LinkedTransaction"),
]


@pytest.mark.parametrize(("path", "collection", "shape"), READS, ids=[path for path, _, _ in READS])
def test_what_is_read_has_the_published_shape(path: str, collection: str, shape: str, shapes: Any, busy: Any) -> None:
    found = busy.call("GET", path).json()[collection]
    assert found
    for one in found:
        assert shapes(shape, one) == []


def test_history_pagination_and_errors_have_the_published_shape(shapes: Any, busy: Any, sample: Any) -> None:
    for record in busy.get(f"Invoices/{busy.first}/History")["HistoryRecords"]:
        assert shapes("HistoryRecord", record) == []
    assert shapes("Pagination", busy.get("Invoices", page=1)["pagination"]) == []
    refused = busy.call("PUT", "Invoices", {"Invoices": [sample.bill(CurrencyCode="EUR")]})
    assert shapes("Error", refused.json()) == []
    assert shapes("Error", busy.call("PUT", "LinkedTransactions", {"SourceLineItemID": sample.dicker}).json()) == []
    for element in busy.put(sample.bill(CurrencyCode="EUR"), sample.bill(CurrencyCode="USD", CurrencyRate=9)):
        assert shapes("Invoice", element) == []


def test_what_these_tests_send_has_the_published_shape_too(shapes: Any, sample: Any) -> None:
    assert shapes("Invoices", {"Invoices": [sample.bill()]}, written=True) == []
    assert shapes("Invoice", sample.bill(Type="BILL"), written=True) != []
