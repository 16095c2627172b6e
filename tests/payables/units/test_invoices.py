from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    after,
    agreement,
    assessed,
    at,
    d,
    day,
    deciding,
    deciding_on,
    in_xero,
    kinds,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    the_action,
    the_bill,
)

from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.units.invoices import with_invoice
from cwxero_dagster.pipeline.working_out import Known

SAME = {"vendor_invoice_number": "INV-7", "vendor_invoice_date": day(5, 11)}
LINES = [received(line()), received(line(21, po_id=2))]


def two(first: dict[str, Any], second: dict[str, Any], lines: Any = None) -> Known:
    return known(purchasing([po(**first), po(2, **second)], lines or LINES))


@pytest.mark.parametrize(
    ("second", "held"),
    [
        (SAME, False),
        ({**SAME, "vendor_invoice_number": " inv-7"}, False),
        ({**SAME, "vendor_invoice_date": day(5, 30)}, True),
        ({**SAME, "vendor_invoice_number": " inv-7", "vendor_invoice_date": day(5, 30)}, True),
        ({**SAME, "vendor_invoice_date": None}, False),
        ({**SAME, "currency_code": "USD"}, True),
        ({**SAME, "currency_code": None}, False),
        ({**SAME, "vendor_id": 802, "vendor_invoice_date": day(5, 30)}, False),
        ({**SAME, "vendor_invoice_number": "INV-8", "vendor_invoice_date": day(5, 30)}, False),
        ({**SAME, "vendor_invoice_date": day(5, 30), "present": False}, False),
    ],
)
def test_one_number_is_one_invoice_over_several_pos_unless_dates_or_currencies_differ(second: Any, held: bool) -> None:
    found = assessed(two(SAME, second))[0]
    assert ("duplicate_vendor_invoice" in kinds(found)) is held


def test_both_pos_are_held_by_one_case_that_names_both() -> None:
    first, second = (item.holds[0] for item in assessed(two(SAME, {**SAME, "vendor_invoice_date": day(5, 30)})))
    assert first.case_id == second.case_id
    assert "PO-1001" in first.detail
    assert "PO-1002" in first.detail


def test_a_cancelled_po_does_not_hold_the_one_that_replaces_it() -> None:
    cancelled = [received(line()), line(21, po_id=2, cancelled=True)]
    found = the_bill(two(SAME, {**SAME, "vendor_invoice_date": day(5, 30)}, cancelled))
    assert kinds(found) == []


def test_a_second_po_on_an_invoice_whose_bill_is_approved_is_held_until_released() -> None:
    one = known(purchasing([po(**SAME), po(2, **SAME)], [LINES[0], line(21, po_id=2)]))
    one = after(one, the_action(one))
    later = night(one, purchasing([po(**SAME), po(2, **SAME)], [LINES[0], line(21, po_id=2), LINES[1]]))
    assert [action.action for action in plan_of(later)] == ["unchanged", "create"]
    approved = in_xero(later, status="AUTHORISED")
    first, second = plan_of(approved)
    assert (first.action, second.action, kinds(second)) == ("unchanged", "hold", ["duplicate_vendor_invoice"])
    assert plan_of(deciding_on(approved, second))[1].action == "create"


def test_bills_that_were_both_published_do_not_hold_each_other_once_one_is_approved() -> None:
    both = two(SAME, SAME)
    both = after(both, *plan_of(both))
    first = both.books.documents[0]
    approved = replace(
        both, books=replace(both.books, documents=(replace(first, status="PAID"), *both.books.documents[1:]))
    )
    assert [action.action for action in plan_of(approved)] == ["unchanged", "unchanged"]


# --- the feed ---------------------------------------------------------------------------------------------------------


NINTH = day(5, 9)


def row(number: str, po_number: str = "PO-1001", *, dated: Any = NINTH, vendor: str = "801") -> VendorInvoiceRow:
    return VendorInvoiceRow(
        line=2,
        connectwise_vendor_id=vendor,
        invoice_number=number,
        invoice_date=dated,
        po_number=po_number,
        net=None,
        tax=None,
        total=None,
    )


FEED = deciding(vendor_invoice_from="feed")


@pytest.mark.parametrize(
    ("rows", "number", "dated"),
    [
        ([row("F-1")], "F-1", day(5, 9)),
        ([row("F-1"), row("F-2", dated=day(5, 20))], "F-1, F-2", day(5, 20)),
        ([row("F-1", "#1", dated=None)], "F-1", None),
        ([row("F-1", vendor="802")], None, None),
        ([], None, None),
    ],
)
def test_with_a_feed_number_and_date_come_from_its_rows_alone(rows: Any, number: Any, dated: Any) -> None:
    found = with_invoice(po(**SAME), FEED, rows)
    assert (found.vendor_invoice_number, found.vendor_invoice_date) == (number, dated)


def test_without_a_feed_they_come_from_the_header() -> None:
    assert with_invoice(po(**SAME), deciding(), [row("F-1")]) == po(**SAME)


@pytest.mark.parametrize(("rows", "number"), [([row("F-1")], "F-1 | PO-1001"), ([], "PO-1001")])
def test_a_bill_is_drafted_without_its_invoice_where_the_feed_has_none(rows: Any, number: str) -> None:
    fed = agreement(seeds(decision=FEED, vendor_invoices=tuple(rows)))
    assert the_action(known(purchasing(po(**SAME), [received(line())]), agreement=fed)).bill.number == number  # type: ignore[union-attr]


@pytest.mark.parametrize(("other", "held"), [(day(5, 9), False), (day(5, 10), True), (None, False)])
def test_a_feed_that_dates_one_invoice_twice_holds_it(other: Any, held: bool) -> None:
    rows = (row("F-1"), row("f-1 ", "PO-1002", dated=other))
    fed = agreement(seeds(decision=FEED, vendor_invoices=rows))
    found = the_bill(known(purchasing([po(), po(2)], [received(line())]), agreement=fed))
    assert (kinds(found) == ["duplicate_vendor_invoice"]) is held


def test_the_vendor_invoice_number_of_a_draft_follows_connectwise() -> None:
    one = known(purchasing(po(), [received(line())]))
    one = after(one, the_action(one))
    typed = night(one, purchasing(po(**SAME, observed_at=at(5, 20)), [received(line())]))
    update = the_action(typed)
    assert update.action == "update"
    assert update.meaning is not None
    assert update.meaning["number"] == "INV-7 | PO-1001"
    assert after(typed, update).books.documents[0].total == d("50.00")
