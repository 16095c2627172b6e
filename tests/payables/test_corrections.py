from decimal import Decimal
from typing import Any

import pytest
from payables.making import d, document

from cwxero_dagster.payables.books import DocumentLine
from cwxero_dagster.payables.corrections import approved_costs, corrections
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.slices import Slice

WRITTEN = {
    "line_item_id": "one",
    "ref": "1:11:0",
    "description": "Laptop",
    "quantity": "10",
    "unit_amount": "100",
    "unit_cost": "100",
}


def written(key: str) -> KnownBill:
    """Ten laptops at 100.00, as the sync wrote them."""
    said: dict[str, Any] = {"line_amounts": "Exclusive", "lines": [WRITTEN]}
    slices = (Slice(1, 11, d(0), d(10)),)
    return KnownBill(key, "ACCPAY", "2026-05", "p", "confirmed", "x", (1,), slices, "f", said, said)


def held(quantity: str, amount: str, line_item_id: str = "one") -> DocumentLine:
    return DocumentLine(line_item_id, "Laptop", d(quantity), d(amount), "310", "INPUT", ())


@pytest.mark.parametrize(
    ("key", "lines", "more", "cost"),
    [
        pytest.param("po:1", [held("10", "100")], None, 100, id="as it was written"),
        pytest.param("po:1", [held("8", "100")], -2, 100, id="goods taken off"),
        pytest.param("po:1", [held("12", "100")], 2, 100, id="goods put on"),
        pytest.param("po:1", [held("10", "105")], 0, 105, id="another price"),
        pytest.param("po:1", [], -10, 100, id="the line deleted"),
        pytest.param("po:1", [held("10", "100", "new")], None, 100, id="deleted and typed anew"),
        pytest.param("po:1", [held("8", "100", "new")], -2, 100, id="typed anew with less"),
        pytest.param("po:1", [held("10", "100"), held("2", "100", "new")], 2, 100, id="more in a line beside it"),
        pytest.param("po:1", [held("1", "1200")], 2, 100, id="an amount in the place of goods"),
        pytest.param("po:1/c:1", [held("8", "100")], 2, 100, id="a credit that gives back less"),
        pytest.param("po:1/c:1", [held("12", "100")], -2, 100, id="a credit that gives back more"),
    ],
)
def test_what_a_person_left_on_a_document(key: str, lines: list[DocumentLine], more: int | None, cost: int) -> None:
    found = corrections(written(key), document(lines=tuple(lines)))
    assert (found[11].more if found else None) == more
    assert approved_costs(written(key), document(lines=tuple(lines))) == {11: Decimal(cost)}
