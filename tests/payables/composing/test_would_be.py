from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import (
    VENDOR,
    account_row,
    agreement,
    books,
    bounded,
    contact,
    d,
    day,
    deciding,
    item,
    kinds,
    known,
    line,
    po,
    purchasing,
    received,
    seeds,
    tax_row,
    the_bill,
)

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.composing.coded_lines import freight_is_taxable, is_taxable
from cwxero_dagster.payables.money import line_net, line_tax
from cwxero_dagster.payables.numbering import key_in
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.seeds import ExclusionRow, TrackingRow


def bill_of(*lines: Line, order: Any = None, decision: Any = None, **changes: Any) -> Bill:
    agreed = agreement(seeds(**({"decision": decision} if decision else {})))
    return the_bill(known(purchasing(order or po(), lines), agreement=agreed, **changes)).bill


def test_a_bill_says_who_what_when_and_why() -> None:
    order = po(vendor_invoice_number="INV-7", freight_cost=d("12.00"))
    bill = bill_of(received(line(tax=d("5.00"))), order=order)
    assert (bill.key, bill.document_type, bill.contact_id, bill.number) == (
        "po:1",
        "ACCPAY",
        VENDOR,
        "INV-7 | PO-1001",
    )
    assert (bill.dated, bill.due_date, bill.due_on, bill.cycle) == (day(5, 12), day(5, 26), day(5, 12), "2026-05")
    assert (bill.net, bill.tax, bill.total, bill.currency_code) == (d("62.00"), d("5.00"), d("67.00"), "AUD")
    assert key_in(bill.url) == "po:1"
    assert [(one.kind, one.account_code, one.tax_type) for one in bill.lines] == [
        ("goods", "310", "INPUT"),
        ("freight", "425", "EXEMPTEXPENSES"),
    ]


def test_a_po_without_a_currency_is_in_the_organisations_own() -> None:
    assert bill_of(received(line()), order=po(currency_code=None)).currency_code == "AUD"


def test_the_invoice_number_stays_out_where_the_decision_heeds_none() -> None:
    quiet = deciding(events={"vendor_invoice_received": "nothing"})
    assert bill_of(received(line()), order=po(vendor_invoice_number="INV-7"), decision=quiet).number == "PO-1001"


# --- credits and zero -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        [received(line(cost="-5.00"))],
        [received(line(quantity=-10), -10)],
        [received(line(cost="-8.00")), received(line(12, cost="3.00"))],
    ],
)
def test_a_group_below_zero_is_a_supplier_credit_of_positive_amounts(lines: list[Line]) -> None:
    bill = bill_of(*lines)
    assert (bill.document_type, bill.net, bill.number) == ("ACCPAYCREDIT", d("50.00"), "PO-1001/C1")
    assert all(one.quantity > 0 for one in bill.lines)


def test_a_mixed_group_above_zero_is_a_bill_with_a_negative_price() -> None:
    bill = bill_of(received(line(cost="8.00")), received(line(12, cost="-3.00")))
    assert (bill.document_type, [one.unit_amount for one in bill.lines]) == ("ACCPAY", [d("8.00"), d("-3.00")])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([received(line(cost="0"))], "nothing to pay"),
        ([received(line()), received(line(12, cost="-5.00"))], "cancel out"),
    ],
)
def test_a_bill_of_nothing_is_reported_and_not_sent(lines: list[Line], why: str) -> None:
    assert why in (bill_of(*lines).excluded or "")


@pytest.mark.parametrize(("zero_value_lines", "shown"), [("text", ["goods", "text"]), ("omit", ["goods"])])
def test_a_line_without_a_price_takes_its_quantity_whether_or_not_it_is_shown(
    zero_value_lines: str, shown: list[str]
) -> None:
    rule = deciding(bill={"zero_value_lines": zero_value_lines})
    bill = bill_of(received(line()), received(line(12, cost="0")), decision=rule)
    assert [one.kind for one in bill.lines] == shown
    assert [part.line_id for part in bill.slices] == [11, 12]


def test_words_need_no_account() -> None:
    agreed = agreement(seeds(accounts=(account_row("product", "SKU-11", "310"),)))
    made = known(purchasing(po(), [received(line()), received(line(12, cost="0"))]), agreement=agreed)
    assert kinds(the_bill(made)) == []


# --- tax --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tax", "any_tax", "in_catalog", "taxable"),
    [
        ("5", True, False, True),
        ("0", True, True, False),
        (None, True, True, False),
        (None, False, True, True),
        ("0", False, True, True),
        (None, False, False, False),
        (None, False, None, False),
    ],
)
def test_a_line_is_taxable_by_its_tax_and_without_any_by_its_product(
    tax: str | None, any_tax: bool, in_catalog: bool | None, taxable: bool
) -> None:
    product = None if in_catalog is None else item(taxable=in_catalog)
    assert is_taxable(line(tax=None if tax is None else d(tax)), product, any_tax=any_tax) is taxable


@pytest.mark.parametrize(
    ("tax", "flag", "any_tax", "taxable"),
    [
        ("1.20", False, True, True),
        ("0", True, True, False),
        (None, True, True, True),
        (None, False, True, False),
        ("0", True, False, True),
        ("1.20", False, False, True),
        ("0", False, False, False),
    ],
)
def test_freight_is_taxable_by_its_tax_and_without_any_by_the_flag(
    tax: str | None, flag: bool, any_tax: bool, taxable: bool
) -> None:
    order = po(freight_tax=None if tax is None else d(tax), tax_freight=flag)
    assert freight_is_taxable(order, any_tax=any_tax) is taxable


@pytest.mark.parametrize(
    ("taxes", "header", "expected"),
    [
        (("5.00", "2.50"), "7.50", [d("5.00"), d("2.50")]),
        (("0.50", "0.25"), "7.50", [d("5.00"), d("2.50")]),
        (("0.50", "0.25"), None, [d("0.50"), d("0.25")]),
        (("0.50", None), "5.00", [d("5.00"), None]),
    ],
)
def test_the_header_tells_whether_tax_is_for_the_line_or_for_a_unit(taxes: Any, header: Any, expected: Any) -> None:
    lines = [received(line(11 + number, tax=None if tax is None else d(tax))) for number, tax in enumerate(taxes)]
    bill = bill_of(*lines, order=po(sales_tax=None if header is None else d(header)))
    assert [one.connectwise_tax for one in bill.lines] == expected


def test_a_line_whose_rest_was_cancelled_tells_too_whether_its_tax_is_for_a_unit() -> None:
    cancelled = received(line(quantity=7, cost="10.00", tax=d("1.00"), cancelled=True), 7)
    bill = bill_of(cancelled, order=po(sales_tax=d("7.00")))
    assert bill.lines[0].connectwise_tax == d("7.00")


def test_a_cancelled_line_does_not_confuse_how_tax_is_read() -> None:
    lines = [received(line(tax=d("5.00"))), line(12, tax=d("45.00"), cancelled=True)]
    bill = bill_of(*lines, order=po(sales_tax=d("5.00")))
    assert bill.lines[0].connectwise_tax == d("5.00")


@pytest.mark.parametrize(
    ("line_amounts", "total"), [("Exclusive", "55.00"), ("Inclusive", "55.00"), ("NoTax", "50.00")]
)
def test_net_tax_and_total_do_not_depend_on_how_amounts_are_written(line_amounts: str, total: str) -> None:
    bill = bill_of(received(line(tax=d("5.00"))), decision=deciding(bill={"line_amounts": line_amounts}))
    assert bill.total == d(total)
    assert bill.lines[0].tax_type == (None if line_amounts == "NoTax" else "INPUT")


def test_a_bill_without_tax_needs_no_tax_type() -> None:
    agreed = agreement(seeds(tax_codes=(), decision=deciding(bill={"line_amounts": "NoTax"})))
    assert kinds(the_bill(known(purchasing(po(), [received(line())]), agreement=agreed))) == []


@bounded
@given(
    st.lists(
        st.tuples(
            st.integers(min_value=1, max_value=500),
            st.decimals(min_value=-100, max_value=100, places=5),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["Exclusive", "Inclusive"]),
)
def test_the_totals_of_a_bill_are_the_sums_of_its_rounded_lines(
    goods: list[tuple[int, Decimal, bool]], line_amounts: str
) -> None:
    lines = [
        received(line(11 + number, quantity=quantity, cost=str(cost), product_id=7 + taxed, line_number=number))
        for number, (quantity, cost, taxed) in enumerate(goods)
    ]
    catalog = [item(7, taxable=False), item(8)]
    agreed = agreement(seeds(decision=deciding(bill={"line_amounts": line_amounts})))
    bill = the_bill(known(purchasing(po(), lines, catalog=catalog), agreement=agreed)).bill
    nets = [line_net(d(quantity), cost) for quantity, cost, _ in goods]
    taxes = [line_tax(net, d(10 if taxed else 0)) for net, (_, _, taxed) in zip(nets, goods, strict=True)]
    sign = -1 if bill.document_type == "ACCPAYCREDIT" else 1
    assert bill.net == sign * sum(nets)
    assert bill.tax == sign * sum(taxes)
    assert bill.total == bill.net + bill.tax >= 0


# --- what no mapping covers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "kind", "cause"),
    [
        ({"accounts": ()}, "unmapped_account", "product SKU-11"),
        ({"tax_codes": ()}, "unmapped_tax", 'tax code "GST", not taxable'),
        ({"tax_codes": (tax_row("GST", "INPUT", taxable=True),)}, "unmapped_tax", 'tax code "GST", not taxable'),
    ],
)
def test_an_unmapped_value_holds_the_bills_that_need_it(changes: Any, kind: str, cause: str) -> None:
    found = the_bill(known(purchasing(po(), [received(line())]), agreement=agreement(seeds(**changes))))
    assert [(one.kind, one.cause) for one in found.holds] == [(kind, cause)]


def test_an_unmapped_category_is_one_cause_for_all_its_products() -> None:
    made = purchasing(po(), [received(line(product_id=7)), received(line(12, product_id=7))], catalog=[item()])
    found = the_bill(known(made, agreement=agreement(seeds(accounts=()))))
    assert {one.case_id for one in found.holds} == {found.holds[0].case_id}
    assert found.holds[0].cause == "category Hardware"


def test_freight_without_an_account_is_held_as_freight() -> None:
    agreed = agreement(seeds(accounts=(account_row("product", "SKU-11", "310"),)))
    made = known(purchasing(po(freight_cost=d("9.00")), [received(line())]), agreement=agreed)
    assert [one.cause for one in the_bill(made).holds] == ["freight"]


@pytest.mark.parametrize(("vendor_id", "words"), [(830, "ConnectWise id 830"), (None, "names no vendor")])
def test_a_vendor_without_a_contact_is_held(vendor_id: int | None, words: str) -> None:
    found = the_bill(known(purchasing(po(vendor_id=vendor_id), [received(line())])))
    assert kinds(found) == ["unmapped_vendor"]
    assert words in found.holds[0].detail


def test_a_vendor_whose_contact_is_archived_is_held_for_the_contact() -> None:
    archived = books(contacts={VENDOR: contact(status="ARCHIVED")})
    assert kinds(the_bill(known(purchasing(po(), [received(line())]), books=archived))) == ["contact_archived"]


def test_a_location_without_a_row_holds_only_where_its_source_is_tracked() -> None:
    row = TrackingRow(
        line=2, source="location", connectwise_value="Sydney", xero_category="Region", xero_option="North"
    )
    order = po(location_name="Perth")
    held = the_bill(known(purchasing(order, [received(line())]), agreement=agreement(seeds(tracking=(row,)))))
    assert [(one.kind, one.cause) for one in held.holds] == [("unmapped_tracking", "location Perth")]
    assert kinds(the_bill(known(purchasing(order, [received(line())])))) == []


def test_holds_come_gravest_first_and_each_once() -> None:
    agreed = agreement(seeds(accounts=(), vendors=(), tax_codes=()))
    found = the_bill(known(purchasing(po(), [received(line()), received(line(12))]), agreement=agreed))
    assert kinds(found) == ["unmapped_vendor", "unmapped_account", "unmapped_account", "unmapped_tax"]


def test_an_excluded_po_is_kept_out_with_the_reason() -> None:
    row = ExclusionRow(line=2, match_on="terms", match_value="net 14", reason="paid by card")
    made = known(purchasing(po(), [received(line())]), agreement=agreement(seeds(exclusions=(row,))))
    assert the_bill(made).bill.excluded == "Kept out by exclusions.csv: paid by card."


def test_editing_a_mapping_moves_no_facts_and_a_price_does() -> None:
    first = bill_of(received(line()))
    agreed = agreement(seeds(accounts=(account_row("default", None, "500"),)))
    remapped = the_bill(known(purchasing(po(), [received(line())]), agreement=agreed)).bill
    assert (first.facts == remapped.facts, first.lines == remapped.lines) == (True, False)
    assert first.facts != bill_of(received(line(cost="6.00"))).facts
