"""Proposals for the mapping seeds: what speaks for a row, how sure it makes, and what is never guessed."""

from __future__ import annotations

from typing import Any

import pytest
from payables.making import (
    OTHER_VENDOR,
    VENDOR,
    account,
    books,
    contact,
    d,
    document,
    item,
    line,
    po,
    purchasing,
    rate,
    seeds,
)

from cwxero_dagster.payables.books import Contact, Document, DocumentLine, TrackingCategory
from cwxero_dagster.payables.seeds import TrackingRow
from cwxero_dagster.payables.suggestions import Basis, Suggestion, suggest
from cwxero_dagster.payables.suggestions.names import alike, same

UNMAPPED = seeds(vendors=(), accounts=(), tax_codes=())


def keyed_line(text: str = "Laptops", code: str = "310", tax: str = "INPUT", **changes: Any) -> DocumentLine:
    made = {"tracking": (), **changes}
    return DocumentLine(None, text, d(1), d("5.00"), code, tax, **made)


def keyed(number: str, *lines: DocumentLine, **changes: Any) -> Document:
    return document(number, number=number, lines=lines or (keyed_line(),), **changes)


def found(file: str, **changes: Any) -> list[Suggestion]:
    """Proposals for a file, where nothing is mapped and one PO of laptops stands in ConnectWise."""
    orders = changes.pop("orders", (po(),))
    lines = changes.pop(
        "lines", [line(10 + head.po_id, po_id=head.po_id, product_id=7, tax=d("5.00")) for head in orders]
    )
    catalog = changes.pop("catalog", [item()])
    made = changes.pop("seeds", UNMAPPED)
    basis = Basis(purchasing(list(orders), lines, catalog=catalog), made, books(**changes))
    return [one for one in suggest(basis) if one.file == file]


def only(file: str, **changes: Any) -> Suggestion:
    (one,) = found(file, **changes)
    return one


def contacts(*names: str, **changes: Any) -> dict[str, Contact]:
    return {f"c{place}": contact(f"c{place}", name=name, **changes) for place, name in enumerate(names)}


@pytest.mark.parametrize(
    ("names", "contact_name", "confidence"),
    [
        (("Halcyon Distribution", "Landlord"), "Halcyon Distribution", "high"),
        (("HALCYON  distribution.",), "HALCYON  distribution.", "high"),
        (("Halcyon Distribution", "Halcyon Distribution (old)"), "Halcyon Distribution", "medium"),
        (("Halcyon Distribution Pty Ltd",), "Halcyon Distribution Pty Ltd", "medium"),
        (("Halcyon Distributions",), "Halcyon Distributions", "low"),
        (("Halcyon Distribution NSW", "Halcyon Distribution QLD"), "", "none"),
        (("Landlord",), "", "none"),
    ],
)
def test_a_vendor_is_found_by_its_name(names: tuple[str, ...], contact_name: str, confidence: str) -> None:
    one = only("vendors.csv", contacts=contacts(*names))
    assert (one.row.get("xero_contact_name", ""), one.confidence) == (contact_name, confidence)


def test_an_archived_contact_is_named_and_not_proposed() -> None:
    one = only("vendors.csv", contacts=contacts("Halcyon Distribution", status="ARCHIVED"))
    assert "xero_contact_id" not in one.row
    assert 'archived contact "Halcyon Distribution"' in one.reason


@pytest.mark.parametrize(
    ("bills", "contact_id", "confidence"),
    [
        ([keyed("8812 | PO-1001"), keyed("8813 | PO-1001")], VENDOR, "high"),
        ([keyed("8812 | PO-1001")], VENDOR, "medium"),
        (
            [keyed("8812 | PO-1001"), keyed("8813 PO-1001"), keyed("PO-1001", contact_id=OTHER_VENDOR)],
            VENDOR,
            "low",
        ),
        ([keyed("8812 | PO-1001", status="VOIDED")], None, "none"),
        ([keyed("8812 | PO-10011")], None, "none"),
        ([keyed("8812 | PO-1001 PO-1002")], None, "none"),
        ([keyed("PO-1001", url="https://cw.example.com/po/1?k=po:1")], None, "none"),
    ],
)
def test_bills_that_name_a_purchase_order_tell_its_vendor(
    bills: list[Document], contact_id: str | None, confidence: str
) -> None:
    people = {VENDOR: contact(name="HD Wholesale"), OTHER_VENDOR: contact(OTHER_VENDOR, name="Somebody")}
    orders = (po(), po(2, vendor_id=None))
    one = only("vendors.csv", orders=orders, contacts=people, documents=tuple(bills))
    assert (one.row.get("xero_contact_id"), one.confidence) == (contact_id, confidence)


def test_a_contact_that_belongs_to_another_vendor_is_no_sure_answer() -> None:
    orders = (po(), po(2, vendor_id=802, vendor_name="Halcyon"))
    people = {VENDOR: contact(contact_number="801")}
    one = only("vendors.csv", orders=orders, contacts=people)
    assert (one.row["connectwise_vendor_id"], one.confidence) == ("802", "low")
    assert "another vendor already" in one.reason


def test_what_is_mapped_or_kept_out_gets_no_proposal() -> None:
    assert found("vendors.csv", seeds=seeds()) == []
    assert found("accounts.csv", seeds=seeds()) == []
    assert found("tax_codes.csv", seeds=seeds()) == []
    assert found("vendors.csv", orders=(po(present=False),)) == []


def test_goods_go_where_people_keyed_such_goods() -> None:
    orders = tuple(po(number) for number in range(1, 5))
    bills = tuple(keyed(f"PO-100{number}", keyed_line(code="500")) for number in (1, 2, 3))
    one = only("accounts.csv", orders=orders, documents=bills)
    assert dict(one.row) == {"match_on": "category", "match_value": "Hardware", "account_code": "500"}
    assert (one.confidence, one.reason) == ("high", "3 lines that people keyed for such goods went to 500 Account 500.")


def test_lines_that_went_to_several_accounts_are_told_apart_by_product() -> None:
    orders = (po(),)
    lines = [line(11, product_id=7), line(12, product_id=8, product_identifier="SUP-1")]
    catalog = [item(), item(8, identifier="SUP-1", category="Support")]
    bill = keyed("PO-1001", keyed_line("SKU-11 laptop", "310"), keyed_line("Contract SUP-1", "500"))
    proposals = found("accounts.csv", orders=orders, lines=lines, catalog=catalog, documents=(bill,))
    assert {one.row["match_value"]: one.row["account_code"] for one in proposals} == {
        "Hardware": "310",
        "Support": "500",
    }


def test_a_subcategory_that_goes_elsewhere_gets_a_row_of_its_own() -> None:
    lines = [line(11, product_id=7), *(line(20 + n, product_id=8, product_identifier=f"PH-{n}") for n in range(3))]
    lines += [line(30 + n, product_id=7, product_identifier=f"LT-{n}") for n in range(4)]
    catalog = [item(), item(8, subcategory="Phones")]
    bill = keyed(
        "PO-1001",
        *(keyed_line(f"PH-{n}", "500") for n in range(3)),
        *(keyed_line(f"LT-{n}", "310") for n in range(4)),
    )
    main, finer = found("accounts.csv", lines=lines, catalog=catalog, documents=(bill,))
    assert (main.row["match_value"], main.row["account_code"]) == ("Hardware", "310")
    assert (finer.row["match_on"], finer.row["match_value"], finer.row["account_code"]) == (
        "subcategory",
        "Phones",
        "500",
    )


def test_an_account_that_cannot_be_used_is_not_proposed() -> None:
    gone = {
        "310": account("310", status="ARCHIVED"),
        "500": account("500", name="Hardware sold", account_type="REVENUE"),
    }
    one = only("accounts.csv", accounts=gone, documents=(keyed("PO-1001"),))
    assert (one.confidence, "account_code" in one.row) == ("none", False)


def test_an_account_of_like_name_is_a_weak_answer() -> None:
    one = only(
        "accounts.csv", accounts={"300": account("300", name="Cost of hardware"), "301": account("301", name="Rent")}
    )
    assert (one.row["account_code"], one.confidence) == ("300", "low")


def test_freight_goes_where_freight_was_keyed_else_to_the_account_that_says_so() -> None:
    orders = (po(freight_cost=d("20.00")),)
    named = {"310": account("310"), "425": account("425", name="Freight inwards")}
    by_name = found("accounts.csv", orders=orders, accounts=named)[-1]
    assert (by_name.row["match_on"], by_name.row["account_code"], by_name.confidence) == ("freight", "425", "medium")
    bill = keyed("PO-1001", keyed_line(), keyed_line("Freight", "310"))
    by_bill = found("accounts.csv", orders=orders, accounts=named, documents=(bill,))[-1]
    assert (by_bill.row["account_code"], by_bill.confidence) == ("310", "medium")
    assert [one.row["match_on"] for one in found("accounts.csv", accounts=named)] == ["category"]


@pytest.mark.parametrize(
    ("rates", "code", "tax", "tax_type", "confidence"),
    [
        ({"INPUT": "10", "OTHER": "15"}, "GST", "5.00", "INPUT", "medium"),
        ({"INPUT": "10", "CAPITAL": "10"}, "GST", "5.00", "", "none"),
        ({"INPUT": "10", "GST": "10"}, "GST", "5.00", "GST", "low"),
        ({"INPUT": "15"}, "GST", "5.00", "", "none"),
        ({"EXEMPT": "0", "INPUT": "10"}, "GST", None, "INPUT", "none"),
    ],
)
def test_a_tax_code_is_found_by_its_rate(
    rates: dict[str, str], code: str, tax: str | None, tax_type: str, confidence: str
) -> None:
    lines = [line(11, product_id=7, tax=d(tax) if tax else None)]
    one = only(
        "tax_codes.csv",
        orders=(po(tax_code=code),),
        lines=lines,
        tax_rates={name: rate(name, percent) for name, percent in rates.items()},
    )
    assert one.row["taxable"] == "yes"
    if confidence != "none":
        assert one.row["xero_tax_type"] == tax_type
    assert one.confidence == confidence


def test_a_tax_code_means_what_people_keyed_under_it() -> None:
    orders = tuple(po(number) for number in (1, 2, 3))
    rates = {"INPUT": rate("INPUT", "10"), "CAPITAL": rate("CAPITAL", "10")}
    bills = tuple(keyed(f"PO-100{number}", keyed_line(tax="CAPITAL")) for number in (1, 2, 3))
    one = only("tax_codes.csv", orders=orders, tax_rates=rates, documents=bills)
    assert (one.row["xero_tax_type"], one.confidence) == ("CAPITAL", "high")


LOCATION = TrackingCategory("t1", "Region", active=True, options={}, option_names=("Sydney", "Perth Office", "Other"))


def test_tracking_is_proposed_where_an_option_is_like_a_location() -> None:
    orders = tuple(po(number, location_name=name) for number, name in enumerate(("Sydney", "Perth", "Hobart"), 1))
    proposals = found("tracking.csv", orders=orders, tracking={"region": LOCATION})
    assert [(one.row["connectwise_value"], one.row.get("xero_option"), one.confidence) for one in proposals] == [
        ("Hobart", None, "none"),
        ("Perth", "Perth Office", "low"),
        ("Sydney", "Sydney", "high"),
    ]


def test_tracking_follows_what_people_chose() -> None:
    orders = (po(location_name="Sydney"),)
    bills = tuple(keyed(f"{n} PO-1001", keyed_line(tracking=(("Region", "Other"),))) for n in range(2))
    one = only("tracking.csv", orders=orders, tracking={"region": LOCATION}, documents=bills)
    assert (one.row["xero_option"], one.confidence) == ("Other", "high")


def test_what_a_firm_does_not_track_is_left_alone() -> None:
    orders = (po(location_name="Hobart", business_unit_name="Sydney"),)
    taken = TrackingRow(
        line=2, source="location", connectwise_value="Hobart", xero_category="Region", xero_option="Other"
    )
    assert found("tracking.csv", orders=(po(location_name="Hobart"),), tracking={"region": LOCATION}) == []
    mapped = seeds(tracking=(taken,))
    assert found("tracking.csv", orders=orders, seeds=mapped, tracking={"region": LOCATION}) == []


@pytest.mark.parametrize(
    ("one", "other", "is_same", "is_alike"),
    [
        ("O'Brien & Söhne", "OBrien and Soehne", False, True),
        ("Müller GmbH", "Mueller", False, True),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", True, True),
        ("???", "!!!", False, False),
        ("Pty Ltd", "Acme Pty Ltd", False, False),
        ("North", "North Star Freight", False, False),
    ],
)
def test_names_compare_by_their_words(one: str, other: str, *, is_same: bool, is_alike: bool) -> None:
    assert (same(one, other), alike(one, other)) == (is_same, is_alike)
