"""A file that is large enough to be damaged in its middle, and the damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cwxero_dagster.frames import PurchaseOrders
from cwxero_dagster.warehouse.database import Warehouse


def damage_in_the_middle(path: Path) -> bytes:
    """Write over blocks of a file that holds some megabytes; the answer is what it holds then."""
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : third + 300_000] = b"\1" * 300_000
    path.write_bytes(content)
    return bytes(content)


def fill(warehouse: Warehouse, row: dict[str, Any]) -> None:
    """Three thousand purchase orders like ``row``: more than a few blocks."""
    many = [{**row, "po_id": number, "body": str(number) * 300} for number in range(3000)]
    warehouse.observe(PurchaseOrders, PurchaseOrders.of(many))
