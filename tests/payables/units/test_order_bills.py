from typing import Any

import pytest
from payables.making import books, d, document

from cwxero_dagster.payables.books import DocumentLine
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units.invoice_bills import InvoiceBills
from cwxero_dagster.payables.units.order_bills import OrderBills


def written(key: str, start: int, end: int) -> KnownBill:
    """Goods of line 11 at 100.00 and freight of 40.00."""
    one = {"line_item_id": "goods", "description": "Laptop", "quantity": str(abs(end - start)), "unit_amount": "100"}
    freight = {"line_item_id": "freight", "description": "Freight", "quantity": "1", "unit_amount": "40"}
    said: dict[str, Any] = {
        "line_amounts": "Exclusive",
        "lines": [{**one, "ref": f"1:11:{start}", "unit_cost": "100"}, {**freight, "ref": "1:freight:0"}],
    }
    slices = (Slice(1, 11, d(start), d(end)),)
    return KnownBill(key, "ACCPAY", "2026-05", "p", "confirmed", key, (1,), slices, "f", said, said)


def left(*figures: tuple[str, str, str]) -> tuple[DocumentLine, ...]:
    """Lines as (id, quantity, unit amount); one of an id that was not written has words of its own."""
    words = {"goods": "Laptop", "freight": "Freight"}
    return tuple(
        DocumentLine(name, words.get(name, name), d(quantity), d(amount), "310", "INPUT", ())
        for name, quantity, amount in figures
    )


AS_WRITTEN = (("goods", "10", "100"), ("freight", "1", "40"))
MORE = (("goods", "5", "100"), ("freight", "1", "40"))
CREDIT = (("goods", "4", "100"), ("freight", "1", "40"))


@pytest.mark.parametrize(
    ("bill", "supplement", "credit", "off"),
    [
        pytest.param(AS_WRITTEN, MORE, CREDIT, {}, id="nothing"),
        pytest.param((("goods", "8", "100"), AS_WRITTEN[1]), MORE, CREDIT, {"po:1": {11: 2}}, id="goods"),
        pytest.param((AS_WRITTEN[0], ("freight", "1", "25")), MORE, CREDIT, {"po:1": {0: 15}}, id="freight"),
        pytest.param((("goods", "8", "125"), AS_WRITTEN[1]), MORE, CREDIT, {}, id="at another price"),
        pytest.param((("goods", "1", "800"), AS_WRITTEN[1]), MORE, CREDIT, {}, id="an amount in the place of goods"),
        pytest.param(
            (("goods", "8", "100"), AS_WRITTEN[1]), (("goods", "7", "100"), MORE[1]), CREDIT, {}, id="to the other bill"
        ),
        pytest.param(
            (("goods", "8", "100"), AS_WRITTEN[1]),
            (("goods", "6", "100"), MORE[1]),
            CREDIT,
            {"po:1": {11: 1}},
            id="half",
        ),
        pytest.param(
            (("goods", "8", "100"), AS_WRITTEN[1]),
            MORE,
            (("goods", "2", "100"), CREDIT[1]),
            {},
            id="in a credit's place",
        ),
        pytest.param(
            (("goods", "8", "100"), AS_WRITTEN[1]),
            (*MORE, ("In words of her own", "1", "200")),
            CREDIT,
            {},
            id="her own",
        ),
        pytest.param(
            (("goods", "8", "100"), AS_WRITTEN[1]),
            (*MORE, ("Courier", "1", "30")),
            CREDIT,
            {"po:1": {11: 2}},
            id="a charge of less than a piece",
        ),
        pytest.param(
            (AS_WRITTEN[0], ("freight", "1", "25")),
            (*MORE, ("Courier", "1", "15")),
            CREDIT,
            {},
            id="freight to a line of her own",
        ),
        pytest.param(AS_WRITTEN, MORE, (("goods", "6", "100"), CREDIT[1]), {}, id="a credit of more"),
    ],
)
def test_what_a_person_took_off_bills_and_put_nowhere_else(
    bill: tuple[Any, ...], supplement: tuple[Any, ...], credit: tuple[Any, ...], off: dict[str, dict[int, int]]
) -> None:
    bills = [written("po:1", 0, 10), written("po:1/s:1", 10, 15), written("po:1/c:1", 10, 6)]
    held = [
        document(one.key, status="AUTHORISED", lines=left(*figures))
        for one, figures in zip(bills, (bill, supplement, credit), strict=True)
    ]
    ledger, made = LedgerView({one.key: one for one in bills}), books(documents=tuple(held))
    assert OrderBills(1, ledger, made, InvoiceBills(ledger, made)).taken_off == off


@pytest.mark.parametrize(("cost", "off"), [("110", {"po:1": {11: 2}}), ("100", {}), ("125", {})])
def test_goods_of_which_she_changed_the_price_are_taken_off_at_the_price_that_connectwise_says(
    cost: str, off: dict[str, dict[int, int]]
) -> None:
    bill = written("po:1", 0, 10)
    held = document("po:1", status="AUTHORISED", lines=left(("goods", "8", "110"), AS_WRITTEN[1]))
    ledger, made = LedgerView({"po:1": bill}), books(documents=(held,))
    assert OrderBills(1, ledger, made, InvoiceBills(ledger, made), {11: d(cost)}).taken_off == off
