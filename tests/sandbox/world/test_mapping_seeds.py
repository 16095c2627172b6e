"""The sandbox's mapping seeds fit its world: what they name exists, and what is missing is missing on purpose."""

import csv
from pathlib import Path

import pytest
import yaml

import cwxero_dagster.sandbox
from cwxero_dagster.payables.lifecycle import missing_signatures, parse_decision, parse_signoff
from cwxero_dagster.sandbox.world import World, build_world
from cwxero_dagster.sandbox.world.companies import UNMAPPED_VENDORS

SEEDS = Path(cwxero_dagster.sandbox.__file__).parent / "mapping_seeds"
COLUMNS = {
    "vendors.csv": "connectwise_vendor_id,connectwise_vendor_name,xero_contact_id,xero_contact_name,"
    "default_account_code,default_tax_type",
    "accounts.csv": "match_on,match_value,account_code,tax_type,item_code",
    "tax_codes.csv": "connectwise_tax_code,taxable,xero_tax_type",
    "tracking.csv": "source,connectwise_value,xero_category,xero_option",
    "payment_terms.csv": "connectwise_terms,days,counted_from",
    "landed_costs.csv": "match_on,match_value,carrier_vendor_id",
    "exclusions.csv": "match_on,match_value,reason",
    "vendor_invoices.csv": "connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total",
    "keyed_bills.csv": "po_number,vendor_name,invoice_number,date,due_date,description,quantity,unit_amount,"
    "account_code,tax_type,tracking_1,tracking_2,net,tax,total",
}


def rows(name: str) -> list[dict[str, str]]:
    text = (SEEDS / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.mark.parametrize("name", COLUMNS)
def test_files_begin_with_an_explanation_and_have_the_agreed_columns(name: str) -> None:
    lines = (SEEDS / name).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert next(line for line in lines if not line.startswith("#")) == COLUMNS[name]


def test_the_decision_is_signed_for_the_sandbox_organisation_and_no_other(world: World) -> None:
    decision, problems = parse_decision((SEEDS / "lifecycle.yaml").read_text(), "lifecycle.yaml")
    signatures, more = parse_signoff((SEEDS / "signoff.yaml").read_text())
    assert (problems, more) == ([], [])
    assert decision is not None
    (organisation,) = world.xero["xero.organisation"]
    assert missing_signatures(decision, signatures, organisation["Name"]) == []
    assert len(missing_signatures(decision, signatures, "Another firm")) == 2


def test_the_decision_goes_live_on_the_first_day_of_the_first_cycle() -> None:
    assert str(yaml.safe_load((SEEDS / "lifecycle.yaml").read_text())["go_live"]) == "2026-05-01"


def test_vendor_rows_name_vendors_and_contacts_that_exist(world: World) -> None:
    vendors = {str(company["id"]): company for company in world.connectwise["cw.companies"] if company["isVendorFlag"]}
    contacts = {contact["ContactID"]: contact for contact in world.xero["xero.contacts"]}
    for row in rows("vendors.csv"):
        assert vendors[row["connectwise_vendor_id"]]["name"] == row["connectwise_vendor_name"]
        assert contacts[row["xero_contact_id"]]["Name"] == row["xero_contact_name"]


def test_every_vendor_that_sells_leads_to_one_contact_but_the_two_unmapped_ones(world: World) -> None:
    named = {row["connectwise_vendor_id"] for row in rows("vendors.csv")}
    contacts = world.xero["xero.contacts"]
    lost = set()
    for order in world.connectwise["cw.purchaseorders"]:
        vendor = str(order["vendorCompany"]["id"])
        by_number = [c for c in contacts if c.get("ContactNumber") == vendor]
        by_account = [c for c in contacts if c.get("AccountNumber") == vendor]
        if vendor not in named and len(by_number) != 1 and len(by_account) != 1:
            lost.add(int(vendor))
    assert lost == {vendor.id for vendor in UNMAPPED_VENDORS} == {829, 830}


def test_all_three_ways_to_a_contact_are_in_use(world: World) -> None:
    contacts = world.xero["xero.contacts"]
    assert len(rows("vendors.csv")) > 10
    assert sum("ContactNumber" in contact for contact in contacts) >= 5
    assert sum("AccountNumber" in contact for contact in contacts) >= 3


def test_account_rows_name_accounts_and_goods_that_exist(world: World) -> None:
    accounts = {account["Code"]: account for account in world.xero["xero.accounts"]}
    rates = {rate["TaxType"] for rate in world.xero["xero.taxrates"]}
    tables = world.connectwise
    known = {
        "product": {item["identifier"] for item in tables["cw.catalog"]},
        "subcategory": {record["name"] for record in tables["cw.subcategories"]},
        "category": {record["name"] for record in tables["cw.categories"]},
        "product_type": {record["name"] for record in tables["cw.types"]},
        "freight": {""},
    }
    mapped = rows("accounts.csv")
    for row in mapped:
        assert row["match_value"] in known[row["match_on"]]
        assert row["account_code"] in accounts
        assert row["tax_type"] in rates | {""}
    archived = {row["match_value"] for row in mapped if accounts[row["account_code"]]["Status"] == "ARCHIVED"}
    assert archived == {"Telephony"}


def test_one_category_has_no_account_on_any_path(world: World) -> None:
    mapped = {(row["match_on"], row["match_value"]) for row in rows("accounts.csv")}
    assert not any(match_on == "default" for match_on, _ in mapped)
    bare = set()
    for item in world.connectwise["cw.catalog"]:
        paths = {
            ("product", item["identifier"]),
            ("subcategory", item["subcategory"]["name"]),
            ("category", item["category"]["name"]),
            ("product_type", item["type"]["name"]),
            ("product_class", item["productClass"]),
        }
        if not paths & mapped:
            bare.add(item["category"]["name"])
    assert bare == {"Print Supplies", "Office"}  # Office goods go to their vendor's default account


def test_the_conflicting_pair_is_one_that_xero_refuses(world: World) -> None:
    accounts = {account["Code"]: account for account in world.xero["xero.accounts"]}
    rates = {rate["TaxType"]: rate for rate in world.xero["xero.taxrates"]}
    pairs = [(row["account_code"], row["tax_type"]) for row in rows("accounts.csv") if row["tax_type"]]
    assert pairs
    for code, tax_type in pairs:
        assert accounts[code]["Class"] == "EXPENSE"
        assert rates[tax_type]["CanApplyToExpenses"] is False


def test_tax_codes_cover_all_but_one(world: World) -> None:
    mapped = {(row["connectwise_tax_code"], row["taxable"]) for row in rows("tax_codes.csv")}
    codes = {code["description"] for code in world.connectwise["cw.taxcodes"]} | {""}
    assert {code for code in codes if not {(code, "yes"), (code, "no")} <= mapped} == {"NZ GST"}
    active = {rate["TaxType"] for rate in world.xero["xero.taxrates"] if rate["Status"] == "ACTIVE"}
    assert {row["xero_tax_type"] for row in rows("tax_codes.csv")} <= active


def test_tracking_rows_lead_to_active_options_and_perth_has_none(world: World) -> None:
    options = {
        (category["Name"], option["Name"])
        for category in world.xero["xero.trackingcategories"]
        for option in category["Options"]
        if option["Status"] == "ACTIVE"
    }
    mapped = rows("tracking.csv")
    assert {(row["xero_category"], row["xero_option"]) for row in mapped} <= options
    places = {row["connectwise_value"] for row in mapped if row["source"] == "location"}
    assert {record["name"] for record in world.connectwise["cw.locations"]} - places == {"Perth"}
    units = {row["connectwise_value"] for row in mapped if row["source"] == "business_unit"}
    assert units == {record["name"] for record in world.connectwise["cw.departments"]}


def test_terms_cover_all_but_one_and_the_excluded_one(world: World) -> None:
    terms = {record["name"] for record in world.connectwise["cw.billingterms"]}
    assert terms - {row["connectwise_terms"] for row in rows("payment_terms.csv")} == {"Net 45", "Credit Card"}
    assert [row["match_value"] for row in rows("exclusions.csv")] == ["Credit Card"]


def test_the_carrier_is_a_vendor(world: World) -> None:
    vendors = {str(company["id"]) for company in world.connectwise["cw.companies"] if company["isVendorFlag"]}
    assert {row["carrier_vendor_id"] for row in rows("landed_costs.csv")} <= vendors


def test_optional_feeds_are_empty() -> None:
    assert rows("vendor_invoices.csv") == rows("keyed_bills.csv") == []
