"""A bill of ten laptops and what a person made of it in Xero, for tables of cases.

What belongs here: the order, bills of it, and lines of its documents. What does not: what follows from them.
"""

from __future__ import annotations

from typing import Any

from payables.making import d, line, po

from cwxero_dagster.payables.books import DocumentLine
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.slices import Slice

PLACE = line(quantity=30, cost="100")
ORDER = po()


def held(quantity: str, amount: str, line_item_id: str = "one", words: str = "Laptop") -> DocumentLine:
    return DocumentLine(line_item_id, words, d(quantity), d(amount), "310", "INPUT", ())


def known(key: str, start: int, end: int) -> KnownBill:
    said: dict[str, Any] = {
        "line_amounts": "Exclusive",
        "lines": [
            {
                "line_item_id": "one",
                "ref": f"1:11:{start}",
                "description": "Laptop",
                "quantity": str(abs(end - start)),
                "unit_amount": "100",
                "unit_cost": "100",
            }
        ],
    }
    return KnownBill(
        key, "ACCPAY", "2026-05", "p", "confirmed", key, (1,), (Slice(1, 11, d(start), d(end)),), "f", said, said
    )
