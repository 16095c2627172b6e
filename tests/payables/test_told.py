"""At which price a document in Xero bills the lines of a purchase order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from payables.making import line, po

from cwxero_dagster.payables import told
from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.slices import Slice

PO = po()


def held(description: str, quantity: str, unit_amount: str, net: str | None = None) -> DocumentLine:
    """A line as Xero holds it."""
    return DocumentLine(
        line_item_id=None,
        description=description,
        quantity=Decimal(quantity),
        unit_amount=Decimal(unit_amount),
        account_code="310",
        tax_type="INPUT",
        tracking=(),
        net=None if net is None else Decimal(net),
    )


def document(*lines: DocumentLine) -> Document:
    """A bill in Xero of which only the lines matter."""
    return Document(
        document_id="1",
        document_type="ACCPAY",
        number="PO-1001",
        contact_id="",
        contact_name="",
        status="AUTHORISED",
        dated=None,
        due_date=None,
        currency_code="AUD",
        net=Decimal(0),
        tax=Decimal(0),
        total=Decimal(0),
        url=None,
        has_attachments=False,
        updated_at=None,
        line_amounts="Exclusive",
        lines=lines,
    )


@pytest.mark.parametrize(
    ("lines", "cost"),
    [
        ([held("Goods 11", "4", "100.00", "400.00")], "100.00"),
        ([held("Goods 11", "4", "110.00", "400.00")], "100"),
        ([held("Goods 11 (4 at 33.333333)", "1", "133.33", "133.33")], "33.333333"),
        ([held("Goods 11 (4 at 33.333333 before tax)", "1", "146.66", "133.33")], "33.333333"),
        ([held("Goods 11 (4 at 33.333333)", "1", "120.00", "120.00")], "30"),
        ([held("PO-1001: Goods 11", "4", "100.00")], "100.00"),
        ([held("Goods 11", "1", "90.00"), held("Goods 11", "4", "100.00")], "100.00"),
        ([held("Goods 11", "4", "90.00"), held("Goods 11", "4", "100.00")], None),
        ([held("Other goods", "4", "100.00")], None),
        ([], None),
    ],
)
def test_the_price_is_what_the_document_says_before_tax(lines: list[DocumentLine], cost: str | None) -> None:
    costs = told.unit_costs(document(*lines), PO, [Slice(1, 11, Decimal(0), Decimal(4))], {11: line(11, cost="120.00")})
    assert costs == ({} if cost is None else {11: Decimal(cost)})


def test_a_price_that_is_not_told_is_named() -> None:
    slices = [Slice(1, 11, Decimal(0), Decimal(4)), Slice(1, 12, Decimal(0), Decimal(4))]
    said = told.unpriced(slices, {11: Decimal(1)}, {11: line(11), 12: line(12)})
    assert '"Goods 12"' in said
    assert "Goods 11" not in said
    assert told.unpriced(slices, {11: Decimal(1), 12: Decimal(1)}, {}) == ""
