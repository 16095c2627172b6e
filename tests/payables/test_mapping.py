from dataclasses import fields, replace
from typing import Any

import pytest
from payables.making import (
    OTHER_VENDOR,
    VENDOR,
    account_row,
    books,
    contact,
    item,
    po,
    seeds,
    tax_row,
    vendor_row,
)

from cwxero_dagster.payables.books import Contact
from cwxero_dagster.payables.mapping import Coding, Resolver, ambiguous_numbers
from cwxero_dagster.payables.records import CatalogItem
from cwxero_dagster.payables.seeds import (
    AccountRow,
    ExclusionRow,
    KeyedBillRow,
    TermsRow,
    TrackingRow,
    VendorInvoiceRow,
)

A, B, C = (f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "abc")


def resolver(*contacts: Contact, **changes: Any) -> Resolver:
    held = {one.contact_id.lower(): one for one in contacts} or books().contacts
    return Resolver(seeds(**changes), books(contacts=held))


# --- vendor -----------------------------------------------------------------------------------------------------------


def test_the_row_of_the_vendor_names_its_contact() -> None:
    found = resolver(contact(VENDOR), contact(OTHER_VENDOR, contact_number="801")).contact(801)
    assert found is not None
    assert found.contact_id == VENDOR


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        ([contact(A, contact_number="801")], A),
        ([contact(A, account_number="801")], A),
        ([contact(A, contact_number="801"), contact(B, account_number="801")], A),
        ([contact(A, account_number=" 801 ")], A),
        ([contact(A, account_number="801"), contact(B, account_number="801")], None),
        ([contact(A, account_number="801", status="ARCHIVED"), contact(B, account_number="801")], None),
        ([contact(A, account_number="801", status="ARCHIVED", merged_to=B), contact(B, account_number="801")], B),
        ([contact(A, contact_number="801", status="ARCHIVED", merged_to=B), contact(B)], B),
        ([contact(A, contact_number="801", status="ARCHIVED")], A),
        ([contact(A, account_number="8010")], None),
        ([contact(A)], None),
    ],
)
def test_without_a_row_the_contact_is_found_by_number_and_only_where_there_is_one(
    contacts: list[Contact], expected: str | None
) -> None:
    found = resolver(*contacts, vendors=()).contact(801)
    assert (found.contact_id if found else None) == expected


def test_a_blank_contact_in_the_row_falls_back_to_the_numbers() -> None:
    found = resolver(contact(A, contact_number="801"), vendors=(vendor_row(contact_id=None),)).contact(801)
    assert found is not None
    assert found.contact_id == A


def test_a_contact_that_xero_does_not_know_stands_in_and_cannot_be_used() -> None:
    found = resolver(contact(A)).contact(801)
    assert found is not None
    assert (found.contact_id, found.active) == (VENDOR, False)


def test_a_merged_contact_of_a_row_is_followed_to_the_end_of_the_chain() -> None:
    chain = [
        contact(A, status="ARCHIVED", merged_to=B.upper()),
        contact(B, status="ARCHIVED", merged_to=C),
        contact(C),
    ]
    found = resolver(*chain, vendors=(vendor_row(contact_id=A.upper()),)).contact(801)
    assert found is not None
    assert found.contact_id == C


def test_contacts_merged_in_a_circle_end_somewhere() -> None:
    circle = [contact(A, status="ARCHIVED", merged_to=B), contact(B, status="ARCHIVED", merged_to=A)]
    found = resolver(*circle, vendors=(vendor_row(contact_id=A),)).contact(801)
    assert found is not None
    assert not found.active


def test_a_po_without_a_vendor_has_no_contact() -> None:
    assert resolver().contact(None) is None


# --- account, tax, item -----------------------------------------------------------------------------------------------

EVERY_ROW = (
    account_row("product", "sku-7", "301"),
    account_row("subcategory", " LAPTOPS", "302"),
    account_row("category", "Hardware", "303"),
    account_row("product_type", "Goods", "304"),
    account_row("product_class", "inventory", "305"),
    account_row("default", None, "399"),
)


def coding(rows: tuple[AccountRow, ...], product: CatalogItem | None = None, **changes: Any) -> Coding:
    return resolver(accounts=rows, **changes).coding(
        product or item(), 801, identifier="SKU-7", tax_code="GST", taxable=True
    )


@pytest.mark.parametrize("skipped", range(6))
def test_the_most_specific_row_gives_the_account(skipped: int) -> None:
    assert coding(EVERY_ROW[skipped:]).account_code == EVERY_ROW[skipped].account_code


def test_the_vendors_default_comes_before_the_default_row_and_after_every_other() -> None:
    vendors = (vendor_row(default_account_code="388"),)
    assert coding(EVERY_ROW[4:], vendors=vendors).account_code == "305"
    assert coding(EVERY_ROW[5:], vendors=vendors).account_code == "388"


def test_a_row_without_an_account_leaves_the_account_to_the_next_one() -> None:
    rows = (account_row("product", "SKU-7", None, "INPUT"), account_row("category", "Hardware", "303"))
    assert coding(rows) == Coding("303", "INPUT", None)


def test_a_product_that_the_catalog_does_not_know_is_found_by_its_identifier() -> None:
    found = resolver(accounts=EVERY_ROW).coding(None, 801, identifier=" sku-7 ", tax_code=None, taxable=False)
    assert found.account_code == "301"


def test_nothing_maps_a_product_without_rows() -> None:
    assert coding((), tax_codes=()) == Coding(None, None, None)


def test_the_item_code_comes_from_the_row_in_force() -> None:
    rows = (replace(account_row("category", "Hardware", "303"), item_code="LAP"), account_row("default", None, "399"))
    assert coding(rows).item_code == "LAP"


PRODUCT_TAX = account_row("product", "SKU-7", "301", "T-PRODUCT")
CATEGORY_TAX = account_row("category", "Hardware", "303", "T-ROW")
DEFAULT_TAX = account_row("default", None, "399", "T-DEFAULT")
CODE = (tax_row("gst", "T-CODE", taxable=True),)
VENDOR_TAX = (vendor_row(default_tax_type="T-VENDOR"),)


@pytest.mark.parametrize(
    ("accounts", "vendors", "codes", "expected"),
    [
        ((PRODUCT_TAX,), VENDOR_TAX, CODE, "T-PRODUCT"),
        ((CATEGORY_TAX,), VENDOR_TAX, CODE, "T-VENDOR"),
        ((CATEGORY_TAX,), (), CODE, "T-CODE"),
        ((CATEGORY_TAX, DEFAULT_TAX), (), (), "T-ROW"),
        ((DEFAULT_TAX,), (), (), "T-DEFAULT"),
        ((account_row("category", "Hardware", "303"), DEFAULT_TAX), (), (), None),
        ((CATEGORY_TAX,), (), (tax_row("GST", "T-NO", taxable=False),), "T-ROW"),
        ((account_row("category", "Hardware", "303"),), (), (tax_row(None, "T-BLANK", taxable=True),), None),
    ],
)
def test_the_tax_type_comes_from_product_vendor_tax_code_and_row_in_this_order(
    accounts: Any, vendors: Any, codes: Any, expected: str | None
) -> None:
    assert coding(accounts, vendors=vendors, tax_codes=codes).tax_type == expected


def test_pos_without_a_tax_code_take_the_blank_row() -> None:
    found = resolver(tax_codes=(tax_row(None, "T-BLANK", taxable=True),)).coding(
        item(), 801, identifier=None, tax_code=None, taxable=True
    )
    assert found.tax_type == "T-BLANK"


@pytest.mark.parametrize(
    ("accounts", "vendors", "account", "tax_type"),
    [
        ((account_row("freight", None, "425"), DEFAULT_TAX), (), "425", "T-CODE"),
        ((account_row("freight", None, "425", "T-FREIGHT"),), VENDOR_TAX, "425", "T-VENDOR"),
        ((DEFAULT_TAX,), (vendor_row(default_account_code="388"),), "388", "T-CODE"),
        ((DEFAULT_TAX,), (), "399", "T-CODE"),
        ((account_row("product", "SKU-7", "301"),), (), None, "T-CODE"),
    ],
)
def test_freight_follows_its_row_then_the_vendor_then_the_default(
    accounts: Any, vendors: Any, account: str | None, tax_type: str
) -> None:
    found = resolver(accounts=accounts, vendors=vendors, tax_codes=CODE).freight_coding(
        801, tax_code="GST", taxable=True
    )
    assert found == Coding(account, tax_type, None)


# --- tracking, terms, exclusions --------------------------------------------------------------------------------------


def tracking_row(source: Any, value: str, category: str, option: str) -> TrackingRow:
    return TrackingRow(line=2, source=source, connectwise_value=value, xero_category=category, xero_option=option)


def test_location_and_business_unit_become_tracking_options() -> None:
    rows = (
        tracking_row("location", "Sydney", "Region", "North"),
        tracking_row("business_unit", "Services", "Team", "MS"),
    )
    order = po(location_name=" sydney ", business_unit_name="SERVICES")
    assert resolver(tracking=rows).tracking(order) == ((("Region", "North"), ("Team", "MS")), ())


def test_a_value_without_a_row_is_unmapped_only_where_its_source_has_rows() -> None:
    order = po(location_name="Perth", business_unit_name="Services")
    rows = (tracking_row("location", "Sydney", "Region", "North"),)
    assert resolver(tracking=rows).tracking(order) == ((), (("location", "Perth"),))
    assert resolver(tracking=()).tracking(order) == ((), ())


def test_a_po_without_a_location_needs_no_row() -> None:
    assert resolver(tracking=(tracking_row("location", "Sydney", "Region", "North"),)).tracking(po()) == ((), ())


def test_terms_are_found_without_regard_to_case() -> None:
    row = TermsRow(line=2, connectwise_terms="Net 30", days=30, counted_from="bill_date")
    assert resolver(payment_terms=(row,)).terms(" NET 30") is row
    assert resolver(payment_terms=(row,)).terms(None) is None


@pytest.mark.parametrize(
    ("match_on", "value", "excluded"),
    [
        ("po_number", "po-1001", True),
        ("po_number", "#1", True),
        ("po_number", "#10", False),
        ("po_number", "1", False),
        ("vendor_id", "801", True),
        ("vendor_id", "80", False),
        ("po_status", "on order", True),
        ("location", "sydney", True),
        ("terms", "NET 14", True),
        ("terms", "Sydney", False),
    ],
)
def test_an_exclusion_names_what_it_keeps_out(match_on: Any, value: str, excluded: bool) -> None:
    row = ExclusionRow(line=2, match_on=match_on, match_value=value, reason="card")
    found = resolver(exclusions=(row,)).exclusion(po(location_name="Sydney"))
    assert found == ("card" if excluded else None)


# --- two POs with one number ------------------------------------------------------------------------------------------


def excluded(value: str) -> ExclusionRow:
    return ExclusionRow(line=4, match_on="po_number", match_value=value, reason="card")


def invoiced(vendor_id: str, value: str) -> VendorInvoiceRow:
    return VendorInvoiceRow(
        line=5,
        connectwise_vendor_id=vendor_id,
        invoice_number="INV-1",
        invoice_date=None,
        po_number=value,
        net=None,
        tax=None,
        total=None,
    )


def keyed(value: str | None) -> KeyedBillRow:
    named = {field.name for field in fields(KeyedBillRow)} - {"line", "po_number", "vendor_name"}
    blank: dict[str, Any] = dict.fromkeys(named)
    return KeyedBillRow(line=6, po_number=value, vendor_name="Halcyon", **blank)


TWINS = [po(4312, po_number="PO-7"), po(4313, po_number="po-7 ", vendor_id=802), po(5, po_number="PO-8")]


def test_a_row_that_names_an_ambiguous_number_is_an_error_that_names_both_ids() -> None:
    made = seeds(exclusions=(excluded("PO-7"),), keyed_bills=(keyed("po-7"),))
    problems = ambiguous_numbers(made, TWINS)
    assert [(p.file, p.line, p.column) for p in problems] == [
        ("exclusions.csv", 4, "match_value"),
        ("keyed_bills.csv", 6, "po_number"),
    ]
    assert all("#4312 and #4313" in str(p) and "#4312" in (p.allowed or "") for p in problems)


def test_rows_that_name_an_id_or_a_plain_number_are_fine() -> None:
    made = seeds(exclusions=(excluded("#4312"), excluded("PO-8"), excluded("PO-9")), keyed_bills=(keyed(None),))
    assert ambiguous_numbers(made, TWINS) == []


def test_a_vendor_invoice_tells_its_po_by_the_vendor_too() -> None:
    assert ambiguous_numbers(seeds(vendor_invoices=(invoiced("801", "PO-7"),)), TWINS) == []
    same_vendor = [TWINS[0], replace(TWINS[1], vendor_id=801)]
    assert len(ambiguous_numbers(seeds(vendor_invoices=(invoiced("801", "PO-7"),)), same_vendor)) == 1


def test_a_po_that_is_gone_makes_no_number_ambiguous() -> None:
    gone = [TWINS[0], replace(TWINS[1], present=False)]
    assert ambiguous_numbers(seeds(exclusions=(excluded("PO-7"),)), gone) == []
