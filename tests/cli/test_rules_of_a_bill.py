"""By which rule each field of a bill was chosen, as ``explain`` says it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    VENDOR,
    account_row,
    agreement,
    books,
    contact,
    day,
    deciding,
    item,
    known,
    line,
    po,
    purchasing,
    received,
    seeds,
    tax_row,
    the_bill,
    vendor_row,
)

from cwxero_dagster.cli import order_story
from cwxero_dagster.cli.explain import rules
from cwxero_dagster.payables.seeds import TermsRow, TrackingRow

HARDWARE = replace(account_row("category", "Hardware", "453"), line=7)
TAXED = replace(tax_row("GST", "INPUT", taxable=True), line=3)
NET_14 = TermsRow(line=4, connectwise_terms="Net 14", days=20, counted_from="end_of_month")
NORTH = TrackingRow(line=5, source="location", connectwise_value="Leeds", xero_category="Region", xero_option="North")
NO_DATE = "ConnectWise holds no vendor invoice date, so the bill carries the day of the last receipt"


def chosen(order: Any = None, decision: Any = None, made: Any = None, **files: Any) -> dict[str, tuple[str, str]]:
    """Value and rule by field, of a bill of one line whose product is taxable hardware."""
    files = {"accounts": (HARDWARE,), "tax_codes": (TAXED,), **files}
    if decision:
        files["decision"] = decision
    bought = purchasing(order or po(), [received(line(product_id=7))], catalog=[item()])
    held = made or books()
    found = rules(the_bill(known(bought, agreement=agreement(seeds(**files)), books=held)).bill, held)
    assert all(one["lines"] == ([1] if one["field"] in {"account", "tax type", "tracking"} else []) for one in found)
    return {one["field"]: (one["value"], one["rule"]) for one in found}


@pytest.mark.parametrize(
    ("given", "field", "value", "rule"),
    [
        ({}, "contact", "Halcyon", "vendors.csv line 2: vendor 801"),
        (
            {"vendors": (), "made": books(contacts={VENDOR: contact(contact_number="801")})},
            "contact",
            "Halcyon",
            "the contact in Xero whose contact number is 801, as vendors.csv names none",
        ),
        (
            {"vendors": (), "made": books(contacts={VENDOR: contact(account_number="801")})},
            "contact",
            "Halcyon",
            "the contact in Xero whose account number is 801, as vendors.csv names none",
        ),
        ({}, "date", "2026-05-12", "lifecycle.yaml, bill.date: received"),
        (
            {"decision": deciding(bill={"date": "vendor_invoice"})},
            "date",
            "2026-05-12",
            f"lifecycle.yaml, bill.date: vendor_invoice ({NO_DATE})",
        ),
        (
            {"payment_terms": (NET_14,)},
            "due date",
            "2026-06-20",
            'payment_terms.csv line 4: "Net 14", 20 days from the end of the month',
        ),
        (
            {},
            "due date",
            "2026-05-26",
            'payment_terms.csv has no row for "Net 14"; ConnectWise\'s own 14 days were used',
        ),
        (
            {"order": po(shipment_date=day(5, 30)), "decision": deciding(bill={"due_date": "expected"})},
            "due date",
            "2026-05-30",
            "lifecycle.yaml, bill.due_date: expected",
        ),
        ({}, "account", "453", "accounts.csv line 7: category Hardware"),
        (
            {"accounts": (replace(account_row("default", None, "310"), line=9),)},
            "account",
            "310",
            "accounts.csv line 9: default",
        ),
        (
            {"accounts": (), "vendors": (vendor_row(default_account_code="388"),)},
            "account",
            "388",
            "vendors.csv line 2: default account of vendor 801",
        ),
        ({}, "tax type", "INPUT", "tax_codes.csv line 3: GST, taxable"),
        (
            {"vendors": (vendor_row(default_tax_type="EXEMPTEXPENSES"),)},
            "tax type",
            "EXEMPTEXPENSES",
            "vendors.csv line 2: default tax type of vendor 801",
        ),
        (
            {"accounts": (HARDWARE, replace(account_row("product", "SKU-7", None, "EXEMPTEXPENSES"), line=8))},
            "tax type",
            "EXEMPTEXPENSES",
            "accounts.csv line 8: product SKU-7",
        ),
        (
            {"decision": deciding(bill={"line_amounts": "NoTax"})},
            "tax type",
            "none",
            "lifecycle.yaml, bill.line_amounts: NoTax",
        ),
        (
            {"order": po(location_name="Leeds"), "tracking": (NORTH,)},
            "tracking",
            "Region: North",
            "tracking.csv line 5: location Leeds",
        ),
    ],
)
def test_each_field_says_which_row_of_which_file_or_which_default_chose_it(
    given: dict[str, Any], field: str, value: str, rule: str
) -> None:
    assert chosen(**given)[field] == (value, rule)


def test_what_nothing_chose_is_left_out() -> None:
    assert chosen(accounts=(), tax_codes=(), vendors=()).keys() == {"date", "due date"}


def test_lines_are_named_where_they_differ(capsys: pytest.CaptureFixture[str]) -> None:
    bought = purchasing(po(), [received(line(product_id=7)), received(line(12))], catalog=[item()])
    other = replace(account_row("default", None, "310"), line=9)
    made = known(bought, agreement=agreement(seeds(accounts=(HARDWARE, other), tax_codes=(TAXED,))))
    found = rules(the_bill(made).bill, made.books)
    accounts = [(one["value"], one["lines"]) for one in found if one["field"] == "account"]
    assert accounts == [("453", [1]), ("310", [2])]
    order_story.rules(found, xero_status="PAID")
    said = [" ".join(each.split()) for each in capsys.readouterr().out.splitlines()]
    assert said[0].endswith("a bill that is approved keeps what it was written with:")
    assert "account 453 accounts.csv line 7: category Hardware (line 1)" in said
    assert "account Account 310 (310) accounts.csv line 9: default (line 2)" in said


def test_accounts_and_tax_types_are_shown_by_name_and_code(capsys: pytest.CaptureFixture[str]) -> None:
    bought = purchasing(po(), [received(line(product_id=7))], catalog=[item()])
    named = replace(books().tax_rates["INPUT"], name="GST on Expenses")
    made = known(
        bought, agreement=agreement(seeds(tax_codes=(TAXED,))), books=replace(books(), tax_rates={"INPUT": named})
    )
    found = rules(the_bill(made).bill, made.books)
    assert [(one["value"], one["name"]) for one in found if one["field"] == "tax type"] == [
        ("INPUT", "GST on Expenses")
    ]
    order_story.rules(found, xero_status=None)
    assert "  GST on Expenses (INPUT)  " in capsys.readouterr().out
