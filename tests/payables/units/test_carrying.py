"""Freight and landed costs on the carrier's own bill: who is owed, when, under which key, and once."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from payables.making import (
    OTHER_VENDOR,
    VENDOR,
    Known,
    after,
    agreement,
    at,
    books,
    contact,
    d,
    day,
    deciding,
    kinds,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    vendor_row,
    with_documents,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.records import Line, PurchaseOrder
from cwxero_dagster.payables.seeds import ExclusionRow, LandedCostRow, VendorInvoiceRow

CARRIER, BROKER = 828, 840
BROKER_CONTACT = "33333333-3333-4333-8333-333333333333"
WHOLE = {"freight": {"bill": "carrier"}}
BY_DELIVERY = {**WHOLE, "events": {"partially_received": "draft_bill"}, "bill": {"one_per": "receipt"}}


def row(match_on: Any, value: str | None, carrier: int = CARRIER) -> LandedCostRow:
    return LandedCostRow(line=2, match_on=match_on, match_value=value, carrier_vendor_id=str(carrier))


def carried(
    order: PurchaseOrder,
    *history: Line,
    decision: Any = None,
    rows: tuple[LandedCostRow, ...] = (row("default", None),),
    **more: Any,
) -> Known:
    """One PO under ``freight.bill: carrier``, which 828 carries unless ``rows`` say otherwise."""
    made = seeds(
        decision=deciding(**(WHOLE if decision is None else decision)),
        landed_costs=rows,
        vendors=(
            vendor_row(),
            vendor_row(str(CARRIER), OTHER_VENDOR),
            vendor_row(str(BROKER), BROKER_CONTACT, default_account_code="500"),
        ),
        **more,
    )
    return known(
        purchasing(order, history, vendors={CARRIER: "Rapid Road", BROKER: "Border Brokers"}),
        agreement=agreement(made),
        books=books(contacts={one.contact_id: one for one in map(contact, (VENDOR, OTHER_VENDOR, BROKER_CONTACT))}),
    )


def approved(all_known: Known) -> Known:
    finals = [dataclasses.replace(one, status="AUTHORISED") for one in all_known.books.documents]
    return with_documents(all_known, *finals)


def summary(actions: list[Action]) -> list[tuple[str, str, str | None, str]]:
    return [
        (one.key, one.action, one.bill.contact_id if one.bill else None, str(one.bill.net) if one.bill else "")
        for one in actions
    ]


FREIGHT = po(freight_cost=d("25.00"), freight_tax=d("2.50"), shipment_method="Road freight")


def test_the_carrier_gets_a_bill_of_its_own_and_the_goods_bill_has_no_freight() -> None:
    order = dataclasses.replace(FREIGHT, vendor_invoice_number="INV-7", vendor_invoice_date=day(5, 20))
    goods, freight = plan_of(carried(order, received(line(tax=d("5.00")))))
    assert summary([goods, freight]) == [
        ("po:1", "create", VENDOR, "50.00"),
        ("po:1/f", "create", OTHER_VENDOR, "25.00"),
    ]
    assert goods.bill is not None
    assert freight.bill is not None
    assert (goods.bill.number, freight.bill.number) == ("INV-7 | PO-1001", "PO-1001/F")
    assert (freight.bill.vendor_name, freight.bill.dated, freight.bill.cycle) == ("Rapid Road", day(5, 12), "2026-05")
    (only,) = freight.bill.lines
    assert (only.account_code, only.tax_type, freight.bill.total) == ("425", "INPUT", d("27.50"))
    assert "Rapid Road" in freight.reason


@pytest.mark.parametrize(
    ("rows", "method", "contact_id"),
    [
        ((row("shipment_method", "ROAD freight "), row("default", None, BROKER)), "Road freight", OTHER_VENDOR),
        ((row("shipment_method", "Air"), row("default", None, BROKER)), "Road freight", BROKER_CONTACT),
        ((row("shipment_method", "Air"), row("default", None, BROKER)), None, BROKER_CONTACT),
    ],
)
def test_the_shipment_method_names_the_carrier_then_the_default(
    rows: tuple[LandedCostRow, ...], method: str | None, contact_id: str
) -> None:
    order = dataclasses.replace(FREIGHT, shipment_method=method)
    _, freight = plan_of(carried(order, received(line()), rows=rows))
    assert freight.bill is not None
    assert freight.bill.contact_id == contact_id


@pytest.mark.parametrize("method", ["Sea", None])
def test_without_a_carrier_the_freight_is_held_and_the_goods_are_not(method: str | None) -> None:
    order = dataclasses.replace(FREIGHT, shipment_method=method)
    goods, freight = plan_of(carried(order, received(line()), rows=(row("shipment_method", "Air"),)))
    assert (goods.action, freight.action, kinds(freight)) == ("create", "hold", ["freight_unresolved"])
    assert "PO-1001" in freight.reason


def test_a_carrier_without_a_contact_is_held_under_its_own_name() -> None:
    made = carried(FREIGHT, received(line()), rows=(row("default", None, 899),))
    goods, freight = plan_of(made)
    assert (goods.action, kinds(freight)) == ("create", ["unmapped_vendor"])
    assert "899" in freight.reason


def test_duty_and_brokerage_lines_go_on_the_bills_of_those_who_charge_them() -> None:
    rows = (row("default", None), row("product", "sku-12"), row("product", "SKU-13", BROKER))
    lines = [received(line(one, cost=cost)) for one, cost in ((11, "5.00"), (12, "2.00"), (13, "3.00"))]
    found = plan_of(carried(FREIGHT, *lines, rows=rows))
    assert summary(found) == [
        ("po:1", "create", VENDOR, "50.00"),
        ("po:1/f", "create", BROKER_CONTACT, "30.00"),
        ("po:1/f:2", "create", OTHER_VENDOR, "45.00"),
    ] or summary(found) == [
        ("po:1", "create", VENDOR, "50.00"),
        ("po:1/f", "create", OTHER_VENDOR, "45.00"),
        ("po:1/f:2", "create", BROKER_CONTACT, "30.00"),
    ]
    assert [one.bill.number for one in found if one.bill] == ["PO-1001", "PO-1001/F", "PO-1001/F2"]


def test_the_product_rows_say_nothing_while_freight_goes_with_the_goods() -> None:
    made = carried(FREIGHT, received(line()), received(line(12)), rows=(row("product", "SKU-12"),), decision={})
    assert summary(plan_of(made)) == [("po:1", "create", VENDOR, "125.00")]


@pytest.mark.parametrize(
    ("slip", "second", "expected"),
    [
        ("S-1", False, [("po:1/d:1", day(5, 12)), ("po:1/f", day(5, 12))]),
        ("S-2", False, [("po:1/d:1", day(5, 12))]),
        (None, False, [("po:1/d:1", day(5, 12))]),
        ("S-2", True, [("po:1/d:1", day(5, 12)), ("po:1/d:2", day(5, 19)), ("po:1/f", day(5, 19))]),
        (None, True, [("po:1/d:1", day(5, 12)), ("po:1/d:2", day(5, 19)), ("po:1/f", day(5, 19))]),
    ],
)
def test_with_a_bill_a_delivery_freight_is_due_with_its_slip_else_with_the_last_one(
    slip: str | None, second: bool, expected: list[Any]
) -> None:
    first = received(line(), 4, packing_slip="S-1")
    history = [first, received(first, 10, on=at(5, 19), packing_slip="S-2")] if second else [first]
    order = dataclasses.replace(FREIGHT, freight_packing_slip=slip)
    found = plan_of(carried(order, *history, decision=BY_DELIVERY))
    assert [(one.key, one.bill.dated) for one in found if one.bill] == expected


def test_nothing_is_billed_twice_when_the_decision_changes_between_the_two_ways() -> None:
    made = purchasing(FREIGHT, [received(line())])
    with_goods = carried(FREIGHT, received(line()), decision={})
    night_one = after(with_goods, *plan_of(with_goods))
    carrier = dataclasses.replace(carried(FREIGHT, received(line())), ledger=night_one.ledger, books=night_one.books)
    assert [one.action for one in plan_of(night(carrier, made))] == ["unchanged"]
    own = carried(FREIGHT, received(line()))
    night_two = after(own, *plan_of(own))
    back = dataclasses.replace(with_goods, ledger=night_two.ledger, books=night_two.books)
    assert [one.action for one in plan_of(back)] == ["unchanged", "unchanged"]


def test_goods_that_go_back_take_the_draft_of_the_carrier_with_them_and_come_again_under_a_new_key() -> None:
    whole = received(line())
    made = carried(FREIGHT, whole)
    made = after(made, *plan_of(made))
    gone = dataclasses.replace(whole, received_quantity=d(0), received_status="Waiting", observed_at=at(5, 14))
    undone = dataclasses.replace(made, purchasing=purchasing(FREIGHT, [whole, gone]))
    actions = plan_of(undone)
    assert {one.key: one.action for one in actions} == {"po:1": "withdraw", "po:1/f": "withdraw"}
    bills = {key: dataclasses.replace(bill, state="withdrawn") for key, bill in undone.ledger.bills.items()}
    again = dataclasses.replace(
        undone,
        ledger=dataclasses.replace(undone.ledger, bills=bills),
        books=dataclasses.replace(undone.books, documents=()),
        purchasing=purchasing(FREIGHT, [whole, gone, received(gone, on=at(5, 20))]),
    )
    assert [(one.key, one.bill.number) for one in plan_of(again) if one.bill] == [
        ("po:1/g:1", "PO-1001"),
        ("po:1/f/g:1", "PO-1001/F"),
    ]


def test_a_carrier_whose_bill_is_approved_is_not_asked_again_when_goods_go_back_or_mappings_change() -> None:
    whole = received(line())
    made = carried(FREIGHT, whole)
    made = approved(after(made, *plan_of(made)))
    remapped = carried(FREIGHT, whole, rows=(row("default", None, BROKER),))
    remapped = dataclasses.replace(remapped, ledger=made.ledger, books=made.books)
    assert [one.action for one in plan_of(remapped)] == ["unchanged", "unchanged"]
    method = dataclasses.replace(FREIGHT, shipment_method="Air")
    moved = dataclasses.replace(made, purchasing=purchasing(method, [whole]))
    assert [kinds(one) for one in plan_of(moved)] == [[], ["changed_after_authorised"]]


@pytest.mark.parametrize("final", [False, True])
def test_more_freight_grows_the_carriers_draft_and_supplements_what_is_approved(final: bool) -> None:
    made = carried(FREIGHT, received(line()))
    made = after(made, *plan_of(made))
    made = approved(made) if final else made
    more = dataclasses.replace(FREIGHT, freight_cost=d("40.00"), freight_tax=d("4.00"), observed_at=at(5, 20))
    made = dataclasses.replace(made, purchasing=purchasing(more, [received(line())], vendors={CARRIER: "Rapid Road"}))
    found = summary(plan_of(made))
    if final:
        assert found[1:] == [
            ("po:1/f", "unchanged", OTHER_VENDOR, "25.00"),
            ("po:1/f/s:1", "create", OTHER_VENDOR, "15.00"),
        ]
    else:
        assert found[1:] == [("po:1/f", "update", OTHER_VENDOR, "40.00")]


def test_freight_that_a_person_may_have_put_on_the_goods_bill_does_not_grow_the_carriers_draft() -> None:
    made = carried(FREIGHT, received(line()))
    made = after(made, *plan_of(made))
    goods = made.books.by_id[str(made.ledger.bills["po:1"].xero_id)]
    courier = dataclasses.replace(goods.lines[0], line_item_id="hers", description="Courier", quantity=d(1))
    hers = dataclasses.replace(goods, lines=(*goods.lines, dataclasses.replace(courier, unit_amount=d(15))))
    more = dataclasses.replace(FREIGHT, freight_cost=d("40.00"), freight_tax=d("4.00"), observed_at=at(5, 20))
    made = dataclasses.replace(made, purchasing=purchasing(more, [received(line())], vendors={CARRIER: "Rapid Road"}))
    found = {one.key: one for one in plan_of(with_documents(made, hers))}
    assert found["po:1/f"].action == "unchanged"
    assert found["po:1/f/s:1"].action == "hold"
    assert "Courier" in found["po:1/f/s:1"].reason


def test_an_order_that_is_kept_out_keeps_its_carriers_bill_out() -> None:
    for match_on, value in (("vendor_id", "801"), ("vendor_id", str(CARRIER))):
        rule = ExclusionRow(line=2, match_on=match_on, match_value=value, reason="paid by card")  # type: ignore[arg-type]
        found = plan_of(carried(FREIGHT, received(line()), exclusions=(rule,)))
        assert found[1].action == "exclude"
    assert found[0].action == "create"


def test_the_goods_vendors_invoice_says_nothing_of_the_carriers_bill_and_the_carriers_own_does() -> None:
    def invoiced(vendor: int, number: str, net: str) -> VendorInvoiceRow:
        return VendorInvoiceRow(
            line=2,
            connectwise_vendor_id=str(vendor),
            invoice_number=number,
            invoice_date=day(5, 15),
            po_number="PO-1001",
            net=d(net),
            tax=d(0),
            total=d(net),
        )

    order = dataclasses.replace(FREIGHT, freight_tax=None)
    feed = (invoiced(801, "INV-7", "50.00"), invoiced(CARRIER, "RR-9", "31.00"))
    decision = {**WHOLE, "vendor_invoice_from": "feed"}
    goods, freight = plan_of(carried(order, received(line()), decision=decision, vendor_invoices=feed))
    assert goods.bill is not None
    assert freight.bill is not None
    assert (goods.bill.number, goods.action) == ("INV-7 | PO-1001", "create")
    assert (freight.bill.number, kinds(freight)) == ("RR-9 | PO-1001/F", ["total_mismatch"])


def test_goods_and_freight_from_before_go_live_are_billed_elsewhere() -> None:
    early = received(line(), on=at(4, 12))
    assert {one.action for one in plan_of(carried(FREIGHT, early), "2026-04")} == {"exclude"}
