"""Documents of the world against the vendor's published description, where that is at hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from cwxero_dagster.sandbox.wire import json_number
from cwxero_dagster.sandbox.world import build_world

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "cw_procurement_finance_subset.json"
SCHEMAS = {
    "cw.purchaseorders": "PurchaseOrder",
    "cw.lineitems": "PurchaseOrderLineItem",
    "cw.purchaseorderstatuses": "PurchaseOrderStatus",
    "cw.companies": "Company",
    "cw.catalog": "CatalogItem",
    "cw.categories": "Category",
    "cw.subcategories": "SubCategory",
    "cw.types": "ProductType",
    "cw.taxcodes": "TaxCode",
    "cw.billingterms": "BillingTerm",
    "cw.currencies": "FinanceCurrency",
    "cw.locations": "Location",
    "cw.departments": "Department",
    "cw.products": "ProductItem",
    "cw.settings": "ProcurementSetting",
    "cw.warehouses": "Warehouse",
}


@cache
def description() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip("the published description of ConnectWise is not beside the repository")
    found: dict[str, Any] = json.loads(SPEC.read_text())
    return found


@pytest.mark.parametrize("kind", SCHEMAS)
def test_documents_have_the_published_fields_and_types(kind: str) -> None:
    spec = description()
    registry = Registry().with_resource("urn:spec", Resource.from_contents(spec, default_specification=DRAFT4))
    reference = {"$ref": f"urn:spec#/components/schemas/{SCHEMAS[kind]}"}
    validator = OAS30Validator(reference, registry=registry)
    known = spec["components"]["schemas"][SCHEMAS[kind]]["properties"]
    for record in json.loads(json.dumps(build_world(scenario="small").connectwise[kind], default=json_number)):
        problems = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(record)]
        assert problems == [], (kind, record.get("id"))
        assert set(record) <= set(known), (kind, record.get("id"))
