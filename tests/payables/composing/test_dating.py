from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from payables.making import books, contact, day, line, po, receipt, seeds

from cwxero_dagster.payables.books import Contact
from cwxero_dagster.payables.composing.dating import bill_date, contact_terms, due_date
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.records import Line, PurchaseOrder, Reference
from cwxero_dagster.payables.seeds import TermsRow

DATED = po(vendor_invoice_date=day(5, 8))
EARLY, LATE = receipt(), receipt(12, received_on=day(5, 20))
SEEN = receipt(received_on=day(5, 22), day_is_observed=True)


@pytest.mark.parametrize(
    ("source", "order", "receipts", "expected", "notes"),
    [
        ("received", DATED, [EARLY, LATE], day(5, 20), 0),
        ("received", DATED, [EARLY, SEEN], day(5, 22), 1),
        ("received", DATED, [], day(5, 30), 1),
        ("vendor_invoice", po(), [], day(5, 30), 1),
        ("vendor_invoice", DATED, [EARLY, LATE], day(5, 8), 0),
        ("vendor_invoice", po(), [EARLY, LATE], day(5, 20), 1),
        ("vendor_invoice", po(), [SEEN], day(5, 22), 2),
        ("purchase_order", DATED, [EARLY], day(5, 4), 0),
        ("purchase_order", po(po_date=None), [EARLY], day(5, 12), 1),
    ],
)
def test_the_bill_date_falls_back_to_the_last_receipt_with_a_note(
    source: str, order: PurchaseOrder, receipts: Any, expected: date, notes: int
) -> None:
    found, said = bill_date(source, [order], receipts, due_on=day(5, 30))
    assert (found, len(said)) == (expected, notes)


ROW = TermsRow(line=2, connectwise_terms="Net 14", days=20, counted_from="bill_date")
MONTH_END = replace(ROW, days=10, counted_from="end_of_month")


def due(
    source: str = "terms",
    *,
    order: PurchaseOrder | None = None,
    lines: list[Line] | None = None,
    rows: tuple[TermsRow, ...] = (),
    terms_days: dict[str, int] | None = None,
    own: Contact | None = None,
) -> tuple[date, int]:
    found, notes = due_date(
        source,
        day(5, 12),
        order or po(),
        lines or [],
        resolver=Resolver(seeds(payment_terms=rows), books()),
        reference=Reference(terms_days=terms_days or {}),
        contact=own,
    )
    return found, len(notes)


OWN = contact(terms=(7, "DAYSAFTERBILLDATE"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"rows": (ROW,), "terms_days": {"net 14": 14}, "own": OWN}, (day(6, 1), 0)),
        ({"rows": (MONTH_END,)}, (day(6, 10), 0)),
        ({"terms_days": {"net 14": 14}, "own": OWN}, (day(5, 26), 1)),
        ({"terms_days": {"net 14": 0}}, (day(5, 12), 1)),
        ({"own": OWN}, (day(5, 19), 1)),
        ({}, (day(6, 11), 1)),
        ({"order": po(terms_name=None), "rows": (ROW,)}, (day(6, 11), 1)),
    ],
)
def test_terms_fall_back_from_the_row_to_connectwise_to_the_contact_to_thirty_days(given: Any, expected: Any) -> None:
    assert due(**given) == expected


ARRIVES = line(expected_arrival_date=day(6, 3), expected_ship_date=day(6, 9))
SHIPS = line(expected_ship_date=day(6, 2))


@pytest.mark.parametrize(
    ("lines", "shipped", "expected"),
    [
        ([ARRIVES, replace(ARRIVES, line_id=12, expected_arrival_date=day(6, 5))], day(7, 1), (day(6, 5), 0)),
        ([SHIPS], day(7, 1), (day(6, 2), 0)),
        ([line()], day(7, 1), (day(7, 1), 0)),
        ([replace(ARRIVES, cancelled=True), SHIPS], None, (day(6, 2), 0)),
        ([line()], None, (day(6, 1), 1)),
    ],
)
def test_the_expected_day_is_the_latest_arrival_then_shipping_then_the_pos_then_the_terms(
    lines: list[Line], shipped: date | None, expected: Any
) -> None:
    assert due("expected", order=po(shipment_date=shipped), lines=lines, rows=(ROW,)) == expected


@pytest.mark.parametrize(
    ("number", "kind", "expected"),
    [
        (10, "DAYSAFTERBILLDATE", day(5, 22)),
        (10, "DAYSAFTERBILLMONTH", day(6, 10)),
        (20, "OFCURRENTMONTH", day(5, 20)),
        (20, "OFFOLLOWINGMONTH", day(6, 20)),
        (31, "OFFOLLOWINGMONTH", day(6, 30)),
        (0, "OFFOLLOWINGMONTH", day(6, 1)),
    ],
)
def test_a_contacts_own_terms_are_counted_as_xero_counts_them(number: int, kind: str, expected: date) -> None:
    assert contact_terms(day(5, 12), number, kind) == expected
