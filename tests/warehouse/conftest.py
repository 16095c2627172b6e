"""A warehouse in a folder of its own, and rows to fill it with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cwxero_dagster.warehouse.database import Warehouse

Row = dict[str, Any]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", patience=0)


@pytest.fixture
def order() -> Callable[..., Row]:
    """A purchase order row; the body makes the fingerprint."""

    def build(po_id: int, body: str = "{}", **columns: Any) -> Row:
        return {
            "observed_at": datetime(2026, 5, 4, 12, tzinfo=UTC),
            "present": True,
            "fingerprint": hashlib.sha256(body.encode()).hexdigest(),
            "body": body,
            "po_id": po_id,
            "po_number": f"PO{po_id}",
            "closed": False,
            "tax_freight": False,
            "drop_ship": False,
            **columns,
        }

    return build


@pytest.fixture
def unmapped() -> Callable[..., Row]:
    """A row of a table that is kept by billing cycle."""

    def build(cycle: str, value: str, **columns: Any) -> Row:
        return {
            "billing_cycle": cycle,
            "kind": "unmapped_vendor",
            "value": value,
            "bills": 1,
            "po_numbers": "PO1",
            "amount": 0,
            "currency_code": "AUD",
            "what_to_do": "Add a row to vendors.csv.",
            **columns,
        }

    return build
