"""Xero's own specification, where it lies beside this repository: what a body must look like to be accepted.

What belongs here: reading the specification and holding a body against it. What does not: the bodies.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "shared" / "specs" / "xero_accounting.yaml"
KINDS = {"Invoices": "Invoice", "CreditNotes": "CreditNote", "PurchaseOrders": "PurchaseOrder"}


@cache
def specification() -> dict[str, Any]:
    """The specification; skips the test where it is not there."""
    if not FILE.exists():
        pytest.skip("Xero's specification is not beside this repository")
    import yaml

    # Dates stay text: the specification's examples hold some that YAML would turn into date values.
    loader = type("TextDates", (yaml.CSafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader's child


@cache
def _validator(schema: str) -> Any:
    from openapi_schema_validator import OAS30WriteValidator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT4

    resource = Resource.from_contents(specification(), default_specification=DRAFT4)
    registry = Registry().with_resource("urn:xero", resource)
    return OAS30WriteValidator({"$ref": f"urn:xero#/components/schemas/{schema}"}, registry=registry)


def violations(schema: str, body: bytes) -> list[str]:
    """What the specification has against a body, read-only fields and names that it does not know included."""
    content = json.loads(body)
    found = [error.message for error in _validator(schema).iter_errors(content)]
    if schema in KINDS:
        for document in content[schema]:
            found += [f"{schema} has no {name}" for name in set(document) - names_in(KINDS[schema])]
            for line in document.get("LineItems", ()):
                found += [f"a line has no {name}" for name in set(line) - names_in("LineItem")]
    return found


@cache
def names_in(schema: str) -> frozenset[str]:
    """Names of the fields that a schema knows."""
    return frozenset(specification()["components"]["schemas"][schema]["properties"])
