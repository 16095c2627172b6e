"""The shapes of answers against the vendor's API description, where a copy of it is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from cwxero_dagster.sandbox.connectwise import Buyer, ConnectWise
from cwxero_dagster.sandbox.connectwise.tables import LINES, TABLES
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock
from cwxero_dagster.sandbox.world import build_world, load_world

from .conftest import NOW, Tenant, furnish

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "cw_procurement_finance_subset.json"
LINE_LIST = "/procurement/purchaseorders/{id}/lineitems"
MODELS = {
    "/procurement/purchaseorders": "PurchaseOrder",
    LINE_LIST: "PurchaseOrderLineItem",
    "/procurement/purchaseorderstatuses": "PurchaseOrderStatus",
    "/procurement/settings": "ProcurementSetting",
    "/procurement/catalog": "CatalogItem",
    "/procurement/categories": "Category",
    "/procurement/subcategories": "SubCategory",
    "/procurement/types": "ProductType",
    "/procurement/products": "ProductItem",
    "/procurement/warehouses": "Warehouse",
    "/company/companies": "Company",
    "/finance/taxCodes": "TaxCode",
    "/finance/billingTerms": "BillingTerm",
    "/finance/currencies": "FinanceCurrency",
    "/system/locations": "Location",
    "/system/departments": "Department",
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip("the vendor's API description is not at hand")
    described: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return described


def tenant_of(store: Store) -> Tenant:
    clock = Clock(NOW)
    connectwise = ConnectWise(store, clock)
    return Tenant(connectwise, Buyer(connectwise), store, clock)


@pytest.fixture(scope="module")
def world() -> Tenant:
    """The small world of the sandbox."""
    store = Store()
    load_world(build_world(scenario="small"), store)
    return tenant_of(store)


@pytest.fixture(scope="module")
def acted() -> Tenant:
    """A firm in which every kind of change has happened."""
    store = Store()
    furnish(store)
    tenant = tenant_of(store)
    tenant.order()["customFields"] = []
    tenant.buyer.receive(9001, 6, style="clone")
    tenant.buyer.receive(9002, 1, style="cancel_rest")
    tenant.patch("/procurement/purchaseorders/4001", status={"id": 3}, locationId=12, vendorInvoiceDate="2026-05-08")
    return tenant


def errors(spec: dict[str, Any], model: str, record: Any) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{model}", "components": spec["components"]}
    found = [f"{list(error.path)}: {error.message}" for error in OAS30Validator(schema).iter_errors(record)]
    return found + [
        f"{key} is no field" for key in record if key not in spec["components"]["schemas"][model]["properties"]
    ]


def answers(tenant: Tenant, path: str) -> list[dict[str, Any]]:
    if path != LINE_LIST:
        records: list[dict[str, Any]] = tenant.get(path, pageSize=1000)
        return records
    po_ids = [record["id"] for record in tenant.get("/procurement/purchaseorders", pageSize=1000)]
    return [record for po_id in po_ids for record in tenant.get(path.format(id=po_id))]


@pytest.mark.parametrize("path", MODELS)
def test_records_of_the_sandboxs_world_fit_the_api_description(spec: dict[str, Any], world: Tenant, path: str) -> None:
    records = answers(world, path)
    assert records
    for record in records:
        assert errors(spec, MODELS[path], record) == []


@pytest.mark.parametrize("path", ["/procurement/purchaseorders", LINE_LIST])
def test_records_that_came_about_by_actions_fit_the_api_description(
    spec: dict[str, Any], acted: Tenant, path: str
) -> None:
    for record in answers(acted, path):
        assert errors(spec, MODELS[path], record) == []


def test_every_name_that_can_be_asked_for_is_in_the_api_description(spec: dict[str, Any]) -> None:
    condition_only = {"chargeToType", "chargeToId"}
    for path, model in MODELS.items():
        table = LINES if path == LINE_LIST else TABLES[path.lower()]
        described = spec["components"]["schemas"][model]["properties"]
        assert set(table.fields) - set(described) - condition_only == set(), path


def test_refusals_fit_the_api_description(spec: dict[str, Any], acted: Tenant) -> None:
    status, refusal = acted.send("POST", "/procurement/purchaseorders", {})
    assert status == 400
    assert errors(spec, "ErrorResponseMessage", refusal) == []


def test_totals_of_the_sandboxs_world_are_what_the_rules_make_of_its_lines(world: Tenant) -> None:
    for order in list(world.store.all("cw.purchaseorders")):
        before = (order["subTotal"], order["salesTax"], order["total"])
        world.buyer.edit_po(order["id"], internalNotes="checked")
        assert (order["subTotal"], order["salesTax"], order["total"]) == before, order["poNumber"]
