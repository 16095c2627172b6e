"""The world as a whole: complete, consistent, the same every time."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cwxero_dagster.sandbox.credentials import XERO_TENANT_ID
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import json_number
from cwxero_dagster.sandbox.world import SCENARIOS, World, build_world, load_world

SYDNEY = ZoneInfo("Australia/Sydney")
CONNECTWISE_TABLES = [
    "purchaseorders", "lineitems", "purchaseorderstatuses", "companies", "catalog", "categories", "subcategories",
    "types", "taxcodes", "billingterms", "currencies", "locations", "departments", "unitofmeasures", "products",
    "product_purchases", "settings", "systeminfo", "shipmentmethods", "warehouses",
]  # fmt: skip
XERO_TABLES = [
    "organisation", "accounts", "taxrates", "trackingcategories", "currencies", "contacts", "invoices", "payments",
]  # fmt: skip


@pytest.fixture(scope="module", params=SCENARIOS)
def world(request: pytest.FixtureRequest) -> World:
    return build_world(scenario=request.param)


@pytest.fixture(scope="module")
def msp() -> World:
    return build_world()


def by_id(records: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {record["id"]: record for record in records}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_every_table_of_both_systems_is_there(world: World) -> None:
    assert set(world.connectwise) == {f"cw.{name}" for name in CONNECTWISE_TABLES}
    assert set(world.xero) == {f"xero.{name}" for name in XERO_TABLES}


def test_two_builds_are_equal(world: World) -> None:
    sizes = {500: "msp", 0: "empty"}
    scenario = sizes.get(len(world.connectwise["cw.purchaseorders"]), "small")
    assert build_world(scenario=scenario) == world


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'big'.*msp, small, empty"):
        build_world(scenario="big")


def test_the_msp_is_as_large_as_promised(msp: World) -> None:
    tables = msp.connectwise
    assert len(tables["cw.purchaseorders"]) == 500
    assert 3 <= len(tables["cw.lineitems"]) / 500 <= 4
    assert len(tables["cw.catalog"]) == 300
    assert sum(company["isVendorFlag"] for company in tables["cw.companies"]) == 33
    assert sum(not company["isVendorFlag"] for company in tables["cw.companies"]) == 40
    assert (len(tables["cw.locations"]), len(tables["cw.departments"])) == (3, 4)
    assert min(by_id(tables["cw.purchaseorders"])) == 4001
    assert min(by_id(tables["cw.lineitems"])) == 9001


def test_three_quarters_of_the_orders_can_be_published(msp: World) -> None:
    counts = Counter(msp.outcomes.values())
    assert counts["bill"] + counts["credit"] >= 375


def test_every_billing_cycle_has_its_share_of_bills(msp: World) -> None:
    last_receipt: dict[int, date] = {}
    for line in msp.connectwise["cw.lineitems"]:
        if "dateReceived" in line:
            day = datetime.fromisoformat(line["dateReceived"]).astimezone(SYDNEY).date()
            last_receipt[line["purchaseOrderId"]] = max(day, last_receipt.get(line["purchaseOrderId"], day))
    billed = Counter(last_receipt[po].month for po, outcome in msp.outcomes.items() if outcome == "bill")
    assert set(billed) == {5, 6, 7, 8, 9}
    assert min(billed.values()) >= 50


def test_ids_are_unique_in_every_table(world: World) -> None:
    for kind, records in world.connectwise.items():
        if kind != "cw.systeminfo":
            assert len(by_id(records)) == len(records), kind


def test_every_reference_of_an_order_leads_to_a_record_of_that_name(world: World) -> None:
    tables = {kind: by_id(records) for kind, records in world.connectwise.items() if kind != "cw.systeminfo"}
    names = {
        "status": ("cw.purchaseorderstatuses", "name"),
        "terms": ("cw.billingterms", "name"),
        "vendorCompany": ("cw.companies", "name"),
        "customerCompany": ("cw.companies", "name"),
        "taxCode": ("cw.taxcodes", "description"),
        "location": ("cw.locations", "name"),
        "businessUnit": ("cw.departments", "name"),
        "warehouse": ("cw.warehouses", "name"),
        "shipmentMethod": ("cw.shipmentmethods", "name"),
        "currency": ("cw.currencies", "name"),
    }
    for order in world.connectwise["cw.purchaseorders"]:
        for field, (kind, name) in names.items():
            if field in order:
                assert tables[kind][order[field]["id"]][name] == order[field]["name"], (order["id"], field)
        assert tables["cw.companies"][order["vendorCompany"]["id"]]["isVendorFlag"]
        assert order["locationId"] == order["location"]["id"]
        assert order["businessUnitId"] == order["businessUnit"]["id"]
        assert order["closedFlag"] is tables["cw.purchaseorderstatuses"][order["status"]["id"]]["closedFlag"]


def test_every_line_belongs_to_an_order_and_names_a_catalog_item(world: World) -> None:
    orders = by_id(world.connectwise["cw.purchaseorders"])
    catalog = by_id(world.connectwise["cw.catalog"])
    numbers: Counter[tuple[int, int]] = Counter()
    for line in world.connectwise["cw.lineitems"]:
        assert orders[line["purchaseOrderId"]]["poNumber"] == line["purchaseOrderNumber"]
        assert catalog[line["product"]["id"]]["identifier"] == line["product"]["identifier"]
        numbers[line["purchaseOrderId"], line["lineNumber"]] += 1
    assert set(numbers.values()) <= {1}
    assert {po for po, _ in numbers} == set(orders)


def test_every_catalog_item_has_its_category_subcategory_and_type(msp: World) -> None:
    for item in msp.connectwise["cw.catalog"]:
        for field, kind in (("category", "categories"), ("subcategory", "subcategories"), ("type", "types")):
            assert by_id(msp.connectwise[f"cw.{kind}"])[item[field]["id"]]["name"] == item[field]["name"]
        subcategory = by_id(msp.connectwise["cw.subcategories"])[item["subcategory"]["id"]]
        assert subcategory["category"] == item["category"]


def test_customer_products_are_fed_by_lines_of_the_same_item_and_never_by_more_than_was_ordered(world: World) -> None:
    lines, products = by_id(world.connectwise["cw.lineitems"]), by_id(world.connectwise["cw.products"])
    fed: Counter[int] = Counter()
    taken: dict[int, Decimal] = {}
    for link in world.connectwise["cw.product_purchases"]:
        line, product = lines[link["lineItemId"]], products[link["productId"]]
        assert product["catalogItem"]["id"] == line["product"]["id"]
        taken[line["id"]] = taken.get(line["id"], Decimal(0)) + link["quantity"]
        assert taken[line["id"]] <= line["quantity"]
        fed[line["id"]] += 1
    assert len(products) == sum(fed.values())
    if len(lines) > 1000:
        assert sum(count > 1 for count in fed.values()) > 20


def test_totals_of_every_order_tie_to_its_lines(world: World) -> None:
    lines: dict[int, list[dict[str, Any]]] = {}
    for line in world.connectwise["cw.lineitems"]:
        assert line["extCost"] == line["quantity"] * line["unitCost"]
        if not line.get("canceledFlag"):
            lines.setdefault(line["purchaseOrderId"], []).append(line)
    for order in world.connectwise["cw.purchaseorders"]:
        counted = lines.get(order["id"], [])
        assert order["subTotal"] == cents(sum((line["extCost"] for line in counted), Decimal(0)))
        assert order["salesTax"] == sum((line["tax"] for line in counted), Decimal(0))
        parts = ("subTotal", "salesTax", "freightCost", "freightTaxTotal")
        assert order["total"] == sum(order[part] for part in parts)


def test_no_amount_anywhere_is_a_float(world: World) -> None:
    def walk(value: object) -> None:
        assert not isinstance(value, float)
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(part)

    walk(world.connectwise)
    walk(world.xero)


def test_null_fields_are_absent(world: World) -> None:
    for records in world.connectwise.values():
        for record in records:
            assert None not in record.values()


def test_nothing_happens_outside_the_five_cycles_and_the_days_before_them(world: World) -> None:
    first, last = date(2026, 4, 20), date(2026, 9, 30)
    for order in world.connectwise["cw.purchaseorders"]:
        assert first <= date.fromisoformat(order["poDate"][:10]) <= last
        assert order["poDate"].endswith("T00:00:00Z")
        if "vendorInvoiceDate" in order:
            assert first <= date.fromisoformat(order["vendorInvoiceDate"][:10]) <= last
    for record in world.connectwise["cw.purchaseorders"] + world.connectwise["cw.lineitems"]:
        moment = datetime.fromisoformat(record["_info"]["lastUpdated"]).astimezone(SYDNEY)
        assert first <= moment.date() <= last


def test_goods_arrive_in_the_firms_working_hours(world: World) -> None:
    for line in world.connectwise["cw.lineitems"]:
        if "dateReceived" in line:
            local = datetime.fromisoformat(line["dateReceived"]).astimezone(SYDNEY)
            assert 8 <= local.hour < 17
            assert local.weekday() < 5


def test_an_order_was_last_updated_after_everything_that_happened_to_it(world: World) -> None:
    last: dict[int, datetime] = {}
    for line in world.connectwise["cw.lineitems"]:
        moments = [line["_info"]["lastUpdated"], line.get("dateReceived"), line.get("dateCanceled")]
        latest = max(datetime.fromisoformat(moment) for moment in moments if moment)
        last[line["purchaseOrderId"]] = max(latest, last.get(line["purchaseOrderId"], latest))
    for order in world.connectwise["cw.purchaseorders"]:
        updated = datetime.fromisoformat(order["_info"]["lastUpdated"])
        assert updated >= last[order["id"]]
        assert updated >= datetime.fromisoformat(order.get("dateClosed", order["_info"]["dateEntered"]))


def test_nothing_is_received_before_it_was_ordered(world: World) -> None:
    placed = {po["id"]: date.fromisoformat(po["poDate"][:10]) for po in world.connectwise["cw.purchaseorders"]}
    for line in world.connectwise["cw.lineitems"]:
        if "dateReceived" in line:
            day = datetime.fromisoformat(line["dateReceived"]).astimezone(SYDNEY).date()
            assert day >= placed[line["purchaseOrderId"]]


def test_vendor_invoice_numbers_repeat_on_purpose_only(msp: World) -> None:
    meant = {
        po
        for shape in ("same_invoice_two_orders", "same_number_two_vendors", "duplicate_vendor_invoice")
        for po in msp.shapes[shape]
    }
    numbers = Counter(
        order["vendorInvoiceNumber"]
        for order in msp.connectwise["cw.purchaseorders"]
        if order.get("vendorInvoiceNumber") and order["id"] not in meant
    )
    assert max(numbers.values()) == 1


def test_lengths_keep_to_what_connectwise_allows(world: World) -> None:
    for order in world.connectwise["cw.purchaseorders"]:
        assert len(order["poNumber"]) <= 50
        assert len(order.get("vendorInvoiceNumber", "")) <= 50
    for company in world.connectwise["cw.companies"]:
        assert len(company["name"]) <= 50
        assert len(company["identifier"]) <= 30
    assert all(len(item["description"]) <= 60 for item in world.connectwise["cw.catalog"])


def test_the_xero_organisation_is_australian_and_knows_three_currencies(world: World) -> None:
    (organisation,) = world.xero["xero.organisation"]
    assert organisation["OrganisationID"] == XERO_TENANT_ID
    assert (organisation["BaseCurrency"], organisation["CountryCode"]) == ("AUD", "AU")
    assert organisation["Timezone"] == "AUSEASTERNSTANDARDTIME"
    assert {currency["Code"] for currency in world.xero["xero.currencies"]} == {"AUD", "USD", "NZD"}
    in_connectwise = {currency["currencyCode"]["name"] for currency in world.connectwise["cw.currencies"]}
    assert in_connectwise - {"AUD", "USD", "NZD"} == {"EUR"}


def test_contacts_are_unique_by_id_name_and_contact_number(world: World) -> None:
    contacts = world.xero["xero.contacts"]
    for field in ("ContactID", "Name", "ContactNumber"):
        values = [contact[field] for contact in contacts if field in contact]
        assert len(set(values)) == len(values), field
    assert all("<" not in contact["Name"] and ">" not in contact["Name"] for contact in contacts)


def test_keyed_bills_add_up_and_their_payments_settle_them(world: World) -> None:
    percent = {rate["TaxType"]: rate["EffectiveRate"] for rate in world.xero["xero.taxrates"]}
    accounts = {account["Code"]: account for account in world.xero["xero.accounts"]}
    contacts = {contact["ContactID"]: contact for contact in world.xero["xero.contacts"]}
    paid = {payment["Invoice"]["InvoiceID"]: payment["Amount"] for payment in world.xero["xero.payments"]}
    bills = world.xero["xero.invoices"]
    assert len({bill["InvoiceID"] for bill in bills}) == len(bills)
    for bill in bills:
        for line in bill["LineItems"]:
            assert line["LineAmount"] == cents(line["Quantity"] * line["UnitAmount"])
            assert line["TaxAmount"] == cents(line["LineAmount"] * percent[line["TaxType"]] / 100)
            assert accounts[line["AccountCode"]]["AccountID"] == line["AccountID"]
        assert bill["SubTotal"] == sum(line["LineAmount"] for line in bill["LineItems"])
        assert bill["TotalTax"] == sum(line["TaxAmount"] for line in bill["LineItems"])
        assert bill["Total"] == bill["SubTotal"] + bill["TotalTax"] == bill["AmountPaid"] + bill["AmountDue"]
        assert bill["AmountPaid"] == paid.get(bill["InvoiceID"], 0)
        assert (bill["Status"] == "PAID") is (bill["InvoiceID"] in paid)
        assert bill["Contact"]["Name"] == contacts[bill["Contact"]["ContactID"]]["Name"]


def test_rent_and_telephone_come_every_month_without_an_order(world: World) -> None:
    months = Counter(
        (line["AccountCode"], bill["Date"][:7])
        for bill in world.xero["xero.invoices"]
        for line in bill["LineItems"]
        if line["AccountCode"] in ("469", "489")
    )
    assert months == {(code, f"2026-{month:02}"): 1 for code in ("469", "489") for month in range(5, 10)}


def test_a_loaded_store_holds_the_world_under_its_ids(world: World) -> None:
    store = Store()
    load_world(world, store)
    for kind, records in (world.connectwise | world.xero).items():
        assert list(store.all(kind)) == records
    assert store.get("cw.settings", "1") == world.connectwise["cw.settings"][0]
    assert store.get("cw.systeminfo", "1") == world.connectwise["cw.systeminfo"][0]
    assert store.get("xero.organisation", "1") == world.xero["xero.organisation"][0]
    for bill in world.xero["xero.invoices"]:
        assert store.get("xero.invoices", bill["InvoiceID"]) == bill
    for order in world.connectwise["cw.purchaseorders"]:
        assert store.get("cw.purchaseorders", order["id"]) == order


def test_what_happens_in_one_store_does_not_reach_another(msp: World) -> None:
    first, second = Store(), Store()
    load_world(msp, first)
    load_world(msp, second)
    changed = first.get("cw.purchaseorders", 4001)
    assert changed is not None
    changed["vendorCompany"]["name"] = "Somebody else"
    assert second.get("cw.purchaseorders", 4001) == msp.connectwise["cw.purchaseorders"][0]


def test_the_world_survives_the_stores_file(tmp_path: Any) -> None:
    small = build_world(scenario="small")
    store = Store(tmp_path / "sandbox.db")
    load_world(small, store)
    store.close()
    again = Store(tmp_path / "sandbox.db")
    assert list(again.all("cw.lineitems")) == small.connectwise["cw.lineitems"]
    again.close()


def test_dates_of_entry_are_before_dates_of_change(world: World) -> None:
    for order in world.connectwise["cw.purchaseorders"]:
        entered = datetime.fromisoformat(order["_info"]["dateEntered"])
        assert entered.tzinfo == UTC
        assert entered <= datetime.fromisoformat(order["_info"]["lastUpdated"])
        assert entered.astimezone(SYDNEY).date() - date.fromisoformat(order["poDate"][:10]) == timedelta(0)


def test_everything_can_be_sent_as_json(world: World) -> None:
    sent = json.loads(json.dumps(world.connectwise | world.xero, default=json_number))
    assert len(sent["cw.purchaseorders"]) == len(world.outcomes)
