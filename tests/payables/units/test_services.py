"""Services count as received when their PO is closed or their invoice is known, and as nothing before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from payables.making import at, d, day, deciding, item, known, line, plan_of, po, purchasing, received, seeds

from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.receipts import receipts_of
from cwxero_dagster.payables.records import Line, PurchaseOrder, Reference
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.units.services import TwoWay, with_services

DEFAULT_CLOSED, CANCELLED = 7, 8
REFERENCE = Reference(closing_status_ids=frozenset({DEFAULT_CLOSED}))
CATALOG = {7: item(product_type="Service"), 8: item(8, product_type="Goods")}
TWO_WAY = TwoWay(types=frozenset({"service"}))
CLOSED: dict[str, Any] = {"closed": True, "closed_at": at(5, 20), "status_id": DEFAULT_CLOSED}
INVOICED: dict[str, Any] = {"vendor_invoice_number": "INV-7", "vendor_invoice_date": day(5, 14)}


def service(**changes: Any) -> Line:
    return line(product_id=7, **changes)


def seen(on: int, **changes: Any) -> PurchaseOrder:
    """The PO as it was observed on a day of May."""
    return po(observed_at=at(5, on), **changes)


def events(*heads: PurchaseOrder, history: Any = None, two_way: TwoWay = TWO_WAY) -> list[tuple[str, str]]:
    """Day and quantity of each receipt event, a reversal negative."""
    observed = with_services(history or [service()], heads, CATALOG, REFERENCE, two_way)
    return [(f"{one.received_on:%d}", f"{one.quantity}") for one in receipts_of(observed, zone="UTC")]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([seen(5)], []),
        ([seen(5), seen(21, **CLOSED)], [("20", "10")]),
        ([seen(5), seen(21, **{**CLOSED, "closed_at": None})], [("21", "10")]),
        ([seen(5), seen(21, **{**CLOSED, "status_id": CANCELLED})], []),
        ([seen(5), seen(18, **INVOICED)], [("14", "10")]),
        ([seen(5), seen(18, **{**INVOICED, "vendor_invoice_date": None})], [("18", "10")]),
        ([seen(5), seen(18, vendor_invoice_number="  ")], []),
        ([seen(5), seen(18, **INVOICED), seen(21, **INVOICED, **CLOSED)], [("14", "10")]),
        ([seen(5), seen(21, **CLOSED), seen(23)], [("20", "10"), ("23", "-10")]),
        ([seen(5), seen(21, **CLOSED), seen(23), seen(25, **{**CLOSED, "closed_at": at(5, 24)})],
         [("20", "10"), ("23", "-10"), ("24", "10")]),
        ([seen(5), seen(18, **INVOICED), seen(19), seen(21, **CLOSED)], [("14", "10"), ("19", "-10"), ("20", "10")]),
    ],
)  # fmt: skip
def test_a_service_is_received_in_full_while_its_po_is_closed_or_invoiced(heads: Any, expected: Any) -> None:
    assert events(*heads) == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([replace(service(), product_id=8)], []),
        ([replace(service(), product_id=None)], []),
        ([service(cancelled=True)], []),
        ([received(service(), 4, received_status="PartiallyReceiveCancelRest")], [("12", "4")]),
        ([received(service(), 4, received_status="PartiallyReceiveCloneRest")], [("12", "4")]),
        ([service(), received(service(), 4)], [("12", "4"), ("20", "6")]),
        ([service(), received(service(), 12)], [("12", "12")]),
        ([service(), service(quantity=12, observed_at=at(5, 25))], [("20", "10"), ("25", "2")]),
        ([service(), service(cancelled=True, observed_at=at(5, 25))], [("20", "10"), ("25", "-10")]),
        ([service(quantity="2.5")], [("20", "2.5")]),
        ([service(quantity=-2)], [("20", "-2")]),
        ([service(), service(present=False, observed_at=at(5, 25))], [("20", "10"), ("25", "-10")]),
    ],
)
def test_what_a_closed_po_bills_of_a_line(history: Any, expected: Any) -> None:
    assert events(seen(5), seen(21, **CLOSED), history=history) == expected


OPEN = seen(23)


@pytest.mark.parametrize(
    ("heads", "history", "billed", "expected"),
    [
        ([seen(5), seen(21, **CLOSED), OPEN], [service()], 10, [("20", "10")]),
        ([seen(5), seen(18, **INVOICED), OPEN], [service()], 10, [("14", "10")]),
        ([seen(5), seen(21, **CLOSED), OPEN, seen(25, **CLOSED)], [service()], 10, [("20", "10")]),
        ([seen(5), seen(21, **CLOSED), OPEN], [service()], 6, [("20", "10"), ("23", "-4")]),
        ([seen(5), seen(21, **CLOSED), seen(23, **{**CLOSED, "status_id": CANCELLED}), seen(25)], [service()], 10,
         [("20", "10"), ("23", "-10")]),
        ([seen(5), seen(21, **CLOSED), OPEN], [service(), service(quantity=7, observed_at=at(5, 24))], 10,
         [("20", "10"), ("24", "-3")]),
        ([seen(5), seen(21, **CLOSED), OPEN], [service(), service(quantity=12, observed_at=at(5, 24))], 10,
         [("20", "10")]),
        ([seen(5), seen(21, **CLOSED), OPEN, seen(26, **CLOSED)],
         [service(), service(quantity=12, observed_at=at(5, 24))], 10, [("20", "10"), ("20", "2")]),
        ([seen(5), seen(21, **CLOSED), OPEN], [service(), service(cancelled=True, observed_at=at(5, 24))], 10,
         [("20", "10"), ("24", "-10")]),
        ([seen(5), seen(21, **CLOSED), OPEN], [service(), service(present=False, observed_at=at(5, 24))], 10,
         [("20", "10"), ("24", "-10")]),
        ([seen(5)], [service(), received(service(), 4), service(observed_at=at(5, 24))], 4,
         [("12", "4"), ("24", "-4")]),
        ([seen(5), seen(21, **CLOSED), OPEN], [service(), received(service(), 4), service(observed_at=at(5, 24))], 10,
         [("12", "4"), ("20", "6"), ("24", "-4")]),
        ([seen(5), seen(21, **CLOSED), OPEN], [service(quantity=-2)], -2, [("20", "-2")]),
        ([OPEN], [service(observed_at=at(5, 23))], 10, [("23", "10")]),
    ],
)  # fmt: skip
def test_what_an_approved_bill_bills_of_an_open_order_goes_back_with_quantity_cancellation_or_deletion_alone(
    heads: Any, history: Any, billed: int, expected: Any
) -> None:
    assert events(*heads, history=history, two_way=replace(TWO_WAY, billed={11: d(billed)})) == expected


def row(number: str, on: Any) -> VendorInvoiceRow:
    return VendorInvoiceRow(
        line=2,
        connectwise_vendor_id="801",
        invoice_number=number,
        invoice_date=on,
        po_number="PO-1001",
        net=d(50),
        tax=d(5),
        total=d(55),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((row("F-1", day(5, 15)),), [("15", "10")]),
        ((row("F-1", None),), [("05", "10")]),
        ((replace(row("F-1", day(5, 15)), po_number="PO-7"),), []),
    ],
)
def test_an_invoice_of_the_feed_is_one_too(rows: Any, expected: Any) -> None:
    assert events(seen(5), two_way=replace(TWO_WAY, feed=rows)) == expected


def test_a_line_that_was_seen_before_its_po_waits_for_it() -> None:
    assert events(seen(21, **CLOSED), history=[service(observed_at=at(5, 4))]) == [("20", "10")]


def test_the_same_history_gives_the_same_receipts_when_more_is_observed() -> None:
    heads = [seen(5), seen(18, **INVOICED), seen(21, **INVOICED, **CLOSED)]
    assert events(*heads[:2]) == events(*heads) == events(*heads, seen(28, **INVOICED, **CLOSED, terms_name="COD"))


def test_names_of_types_compare_without_case_and_bills_keep_the_types_of_their_own_decision() -> None:
    services, none = deciding(two_way=(" SERVICE ",)), deciding()
    bill = KnownBill("po:1", "ACCPAY", "2026-05", services.digest, "confirmed", "x", (1,), (), "", None, None)
    decisions = {services.digest: services, none.digest: none}
    now = TwoWay.agreed(seeds(decision=services), {}, LedgerView(), Books())
    assert now.covers(service(), CATALOG)
    after = TwoWay.agreed(seeds(decision=none), decisions, LedgerView({"po:1": bill}), Books())
    assert after.covers(service(), CATALOG)
    assert not after.covers(service(line_id=21, po_id=2), CATALOG)
    assert not TwoWay.agreed(seeds(decision=none), decisions, LedgerView(), Books()).covers(service(), CATALOG)
    gone = LedgerView({"po:1": replace(bill, state="withdrawn")})
    assert not TwoWay.agreed(seeds(decision=none), decisions, gone, Books()).covers(service(), CATALOG)


def test_an_invoice_number_that_is_corrected_shows_on_the_service() -> None:
    heads = [seen(5), seen(18, **INVOICED), seen(19, **{**INVOICED, "vendor_invoice_number": "INV-8"})]
    observed = with_services([service()], heads, CATALOG, REFERENCE, TWO_WAY)
    assert [one.packing_slip for one in observed] == [None, "INV-7", "INV-8"]


def test_the_bill_of_a_closed_po_holds_its_service() -> None:
    heads = [seen(5), seen(21, **CLOSED)]
    observed = with_services([service(), received(line(12), on=at(5, 12))], heads, CATALOG, REFERENCE, TWO_WAY)
    (action,) = plan_of(known(purchasing(heads[-1], observed, catalog=list(CATALOG.values()))))
    assert action.bill is not None
    assert [one.quantity for one in action.bill.lines] == [10, 10]
    assert action.bill.due_on == day(5, 20)
