"""Every shape can be seen in the documents, by someone who knows nothing but the documents."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cwxero_dagster.sandbox.world import World, build_world
from cwxero_dagster.sandbox.world.shapes import SHAPES

SYDNEY = ZoneInfo("Australia/Sydney")
Record = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One order with its lines, and the order that was told with it, if any."""

    order: Record
    lines: list[Record]
    others: list[Record]
    world: World

    def flag(self, name: str) -> list[bool]:
        return [line.get(name, False) for line in self.lines]

    @property
    def goods(self) -> list[Record]:
        return [line for line in self.lines if line["quantity"] and not line.get("canceledFlag")]

    @property
    def arrivals(self) -> list[datetime]:
        return sorted(datetime.fromisoformat(line["dateReceived"]) for line in self.lines if "dateReceived" in line)

    @property
    def untouched(self) -> bool:
        return all(line["receivedQuantity"] == 0 for line in self.lines)

    @property
    def complete(self) -> bool:
        return all(line.get("receivedStatus") == "FullyReceived" for line in self.goods)

    @property
    def vendor(self) -> Record:
        return next(c for c in self.world.connectwise["cw.companies"] if c["id"] == self.order["vendorCompany"]["id"])

    @property
    def contacts(self) -> list[Record]:
        number = str(self.vendor["id"])
        return [
            c for c in self.world.xero["xero.contacts"] if number in (c.get("ContactNumber"), c.get("AccountNumber"))
        ]

    def categories(self) -> set[str]:
        catalog = {item["id"]: item["category"]["name"] for item in self.world.connectwise["cw.catalog"]}
        return {catalog[line["product"]["id"]] for line in self.lines}

    def bills(self) -> list[Record]:
        """Bills in Xero that carry the order's invoice number."""
        number = self.order["vendorInvoiceNumber"]
        return [bill for bill in self.world.xero["xero.invoices"] if bill["InvoiceNumber"].split(" | ")[0] == number]


def taxed(case: Case) -> set[bool]:
    return {line["tax"] != 0 for line in case.goods if line["extCost"]}


def off_rate(case: Case) -> Decimal:
    expected = sum(
        ((line["extCost"] / 10).quantize(Decimal("0.01"), "ROUND_HALF_UP") for line in case.goods if line["tax"]),
        Decimal(0),
    )
    return abs(expected - case.order["salesTax"])


def split_lines(case: Case) -> list[tuple[Record, Record]]:
    """Pairs of a line and a later line (by id) of the same item at the same cost."""
    return [
        (first, later)
        for first in case.lines
        for later in case.lines
        if first["id"] < later["id"] and first["product"] == later["product"] and first["unitCost"] == later["unitCost"]
    ]


def clone(case: Case, *, status: str, rest: bool) -> bool:
    return any(
        first.get("closedFlag")
        and first.get("receivedStatus") == status
        and 0 < first["receivedQuantity"] <= first["quantity"]
        and later["quantity"] > 0
        and bool(later["receivedQuantity"]) is rest
        for first, later in split_lines(case)
    )


def text_of_invoice(case: Case) -> bool:
    (line,) = (line for line in case.lines if line["product"]["identifier"] == "SUPPLIER-INVOICE")
    said = dict(text.rsplit(" ", 1) for text in line["description"].splitlines())
    order = case.order
    return (
        line["extCost"] == line["tax"] == 0
        and said["Invoice #"] == order["vendorInvoiceNumber"] == line["packingSlip"]
        and Decimal(said["Total"]) == order["total"].quantize(Decimal("0.01"))
        and Decimal(said["Subtotal"]) + Decimal(said["Tax"]) == Decimal(said["Total"])
    )


def early_on_the_first(case: Case) -> bool:
    return {(m.astimezone(SYDNEY).day, m.astimezone(SYDNEY).hour) for m in case.arrivals[:1]} == {(1, 8)} and (
        case.arrivals[0].month != case.arrivals[0].astimezone(SYDNEY).month
    )


def has(case: Case, identifier: str) -> bool:
    return any(line["product"]["identifier"] == identifier for line in case.lines)


def descriptions(case: Case) -> str:
    return " ".join(line["description"] for line in case.lines)


def local_days(case: Case) -> list[str]:
    return [moment.astimezone(SYDNEY).date().isoformat() for moment in case.arrivals]


SEEN: dict[str, Callable[[Case], bool]] = {
    "draft": lambda c: c.order["status"]["name"].endswith("New") and c.untouched,
    "raised_not_received": lambda c: c.untouched and not c.order["closedFlag"],
    "cancelled_order": lambda c: c.order["closedFlag"] and c.order["status"]["id"] == 6 and all(c.flag("canceledFlag")),
    "closed_unreceived": lambda c: c.order["closedFlag"] and c.untouched and not any(c.flag("canceledFlag")),
    "services_closed_without_receipt": lambda c: (
        c.untouched and c.categories() == {"Services"} and all(c.flag("closedFlag"))
    ),
    "cumulative_receipt_open": lambda c: any(
        0 < line["receivedQuantity"] < line["quantity"] and not line.get("closedFlag") for line in c.lines
    ),
    "clone_receipt_open": lambda c: clone(c, status="FullyReceived", rest=False) and not c.order["closedFlag"],
    "received_before_go_live": lambda c: c.complete and max(local_days(c)) < "2026-05-01" and len(c.bills()) == 1,
    "straddles_go_live": lambda c: min(local_days(c)) < "2026-05-01" <= max(local_days(c)),
    "received_without_date": lambda c: c.complete and not c.arrivals,
    "unmapped_vendor": lambda c: len(c.contacts) != 1,
    "unmapped_account": lambda c: c.categories() == {"Print Supplies"},
    "unmapped_tax": lambda c: c.order.get("taxCode", {}).get("name") == "NZ GST" and True in taxed(c),
    "unmapped_tracking": lambda c: c.order["location"]["name"] == "Perth",
    "contact_archived": lambda c: (
        [x["ContactStatus"] for x in c.world.xero["xero.contacts"] if x["Name"] == c.vendor["name"]] == ["ARCHIVED"]
    ),
    "account_tax_conflict": lambda c: c.categories() == {"Demo Equipment"},
    "account_archived": lambda c: c.categories() == {"Telephony"},
    "foreign_eur": lambda c: c.order["currency"]["currencyCode"] == "EUR" == c.vendor["currency"]["currencyCode"],
    "excluded": lambda c: c.order["terms"]["name"] == "Credit Card",
    "over_received": lambda c: any(line["receivedQuantity"] > line["quantity"] for line in c.lines),
    "batched": lambda c: all(c.flag("batchedFlag")),
    "tax_differs_much": lambda c: off_rate(c) > Decimal("0.05"),
    "duplicate_vendor_invoice": lambda c: all(
        (other["vendorInvoiceNumber"], other["vendorCompany"])
        == (c.order["vendorInvoiceNumber"], c.order["vendorCompany"])
        and other["vendorInvoiceDate"] != c.order["vendorInvoiceDate"]
        for other in c.others
    ),
    "keyed_by_hand": lambda c: [c.order["poNumber"] in bill["InvoiceNumber"] for bill in c.bills()] == [True],
    "paid_not_received": lambda c: c.untouched and [bill["Status"] for bill in c.bills()] == ["PAID"],
    "foreign_usd": lambda c: c.order["currency"]["currencyCode"] == "USD" and c.order["salesTax"] == 0,
    "foreign_nzd": lambda c: c.order["currency"]["currencyCode"] == "NZD" and c.order["salesTax"] == 0,
    "same_invoice_two_orders": lambda c: all(
        [other[name] for name in ("vendorInvoiceNumber", "vendorInvoiceDate", "vendorCompany", "currency")]
        == [c.order[name] for name in ("vendorInvoiceNumber", "vendorInvoiceDate", "vendorCompany", "currency")]
        for other in c.others
    ),
    "same_number_two_vendors": lambda c: all(
        other["vendorInvoiceNumber"] == c.order["vendorInvoiceNumber"]
        and other["vendorCompany"]["id"] != c.order["vendorCompany"]["id"]
        for other in c.others
    ),
    "hostile_vendor": lambda c: c.vendor["name"].startswith("=cmd|") or "<b>" in c.vendor["name"],
    "vendor_namesakes": lambda c: (
        sum(company["name"] == c.vendor["name"] for company in c.world.connectwise["cw.companies"]) == 2
    ),
    "terms_without_row": lambda c: c.order["terms"]["name"] == "Net 45",
    "vendor_default_account": lambda c: "Office" in c.categories(),
    "untaxed": lambda c: c.order["salesTax"] == 0 and taxed(c) == {False} and c.order["taxCode"]["name"] == "GST Free",
    "mixed_taxable": lambda c: taxed(c) == {True, False},
    "no_tax_code": lambda c: "taxCode" not in c.order and True in taxed(c),
    "tax_differs_little": lambda c: Decimal(0) < off_rate(c) <= Decimal("0.05"),
    "freight_taxed": lambda c: c.order["freightTaxTotal"] > 0 and c.order["taxFreightFlag"],
    "freight_own_slip": lambda c: (
        c.order["freightPackingSlip"] not in {line.get("packingSlip") for line in c.lines} | {c.order["poNumber"]}
    ),
    "freight_untaxed": lambda c: c.order["freightCost"] > 0 == c.order["freightTaxTotal"],
    "many_decimals": lambda c: any(-line["unitCost"].normalize().as_tuple().exponent > 4 for line in c.lines),
    "negative_credit": lambda c: c.order["total"] < 0 and has(c, "SUPPLIER-CREDIT") and c.complete,
    "zero_total": lambda c: c.order["total"] == 0 and c.complete,
    "mixed_sign": lambda c: {line["extCost"] > 0 for line in c.goods if line["extCost"]} == {True, False},
    "first_morning_of_a_cycle": early_on_the_first,
    "clone_receipt": lambda c: clone(c, status="FullyReceived", rest=True),
    "clone_keeps_quantity": lambda c: any(
        first["receivedQuantity"] + later["quantity"] == first["quantity"]
        for first, later in split_lines(c)
        if first.get("receivedStatus") == "PartiallyReceiveCloneRest"
    ),
    "cumulative_receipts": lambda c: (
        len(set(local_days(c))) > 1 and len({line.get("packingSlip") for line in c.lines}) > 1
    ),
    "cancelled_rest": lambda c: any(line.get("receivedStatus") == "PartiallyReceiveCancelRest" for line in c.lines),
    "closed_short": lambda c: any(
        line.get("closedFlag")
        and line.get("receivedStatus") == "Waiting"
        and line["receivedQuantity"] < line["quantity"]
        for line in c.goods
    ),
    "service_line_closed_without_receipt": lambda c: any(
        line["product"]["identifier"].startswith("SVC") and line.get("closedFlag") and not line["receivedQuantity"]
        for line in c.lines
    ),
    "received_never_closed": lambda c: (
        c.arrivals != []
        and not c.order["closedFlag"]
        and not any(
            line.get("closedFlag") and not line.get("canceledFlag") for line in c.lines if line["lineNumber"] == 1
        )
    ),
    "odd_status_name": lambda c: c.order["status"]["name"].startswith(
        "Closed" if not c.order["closedFlag"] else "Open"
    ),
    "cancelled_line": lambda c: {True, False} == set(c.flag("canceledFlag")),
    "ghost_line": lambda c: any(line["quantity"] == 0 == line["receivedQuantity"] for line in c.lines),
    "fractional_quantity": lambda c: any(
        line["quantity"] % 1 and abs(line["quantity"] - line["receivedQuantity"]) < 1 for line in c.lines
    ),
    "serial_numbers": lambda c: any("serialNumbers" in line for line in c.lines),
    "missing_vendor_invoice": lambda c: not c.order.get("vendorInvoiceNumber"),
    "flags_absent": lambda c: any(
        not {"closedFlag", "canceledFlag", "batchedFlag", "receivedStatus"} & set(line) and line["receivedQuantity"] > 0
        for line in c.lines
    ),
    "invoice_without_date": lambda c: "vendorInvoiceNumber" in c.order and "vendorInvoiceDate" not in c.order,
    "supplier_invoice_text": text_of_invoice,
    "own_packing_slip": lambda c: (
        c.order["poNumber"] not in {line["packingSlip"] for line in c.lines if "packingSlip" in line}
    ),
    "same_po_number": lambda c: [other["poNumber"] for other in c.others] == [c.order["poNumber"]],
    "drop_ship": lambda c: c.order["dropShipCustomerFlag"] and c.order["customerCompany"]["id"] < 300,
    "hostile_number": lambda c: any(mark in c.order["poNumber"] for mark in ('"', "|", "ü", ",")),
    "hostile_description": lambda c: any(mark in descriptions(c) for mark in ("<img", "|", "=HYPERLINK", "电缆")),
}
PAIRED_BY = {
    "same_invoice_two_orders": "vendorInvoiceNumber",
    "same_number_two_vendors": "vendorInvoiceNumber",
    "duplicate_vendor_invoice": "vendorInvoiceNumber",
    "same_po_number": "poNumber",
}
NO_LESS_THAN = {
    "foreign_eur": 3,
    "account_archived": 3,
    "services_closed_without_receipt": 3,
    "closed_unreceived": 2,
    "paid_not_received": 2,
    "duplicate_vendor_invoice": 2,
    "tax_differs_much": 1,
}


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {scenario: build_world(scenario=scenario) for scenario in ("msp", "small")}


def cases_of(world: World, ids: list[int]) -> list[Case]:
    orders = {order["id"]: order for order in world.connectwise["cw.purchaseorders"]}
    lines: dict[int, list[Record]] = {}
    for line in world.connectwise["cw.lineitems"]:
        lines.setdefault(line["purchaseOrderId"], []).append(line)
    return [Case(orders[po], lines[po], [orders[other] for other in ids if other != po], world) for po in ids]


def cases(world: World, shape: str) -> list[Case]:
    """The orders of a shape; those that are told in pairs stand with their partner only."""
    found = cases_of(world, world.shapes[shape])
    shared = PAIRED_BY.get(shape)
    if shared is None:
        return found
    paired = []
    for case in found:
        partners = [other for other in case.others if other.get(shared) == case.order.get(shared)]
        assert len(partners) == 1, (shape, case.order["id"])
        paired.append(Case(case.order, case.lines, partners, world))
    return paired


def test_every_shape_has_a_check_and_a_meaning() -> None:
    assert set(SEEN) == {shape.name for shape in SHAPES}
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
    assert all(shape.meaning for shape in SHAPES)


@pytest.mark.parametrize("shape", SEEN)
@pytest.mark.parametrize("scenario", ["msp", "small"])
def test_orders_that_are_listed_for_a_shape_show_it(worlds: dict[str, World], scenario: str, shape: str) -> None:
    found = cases(worlds[scenario], shape)
    assert found
    for case in found:
        assert SEEN[shape](case), case.order["id"]


def test_every_shape_occurs_as_often_as_it_says(worlds: dict[str, World]) -> None:
    for shape in SHAPES:
        assert len(worlds["msp"].shapes[shape.name]) == shape.full * shape.orders
        assert len(worlds["msp"].shapes[shape.name]) >= NO_LESS_THAN.get(shape.name, 4), shape.name
        assert len(worlds["small"].shapes[shape.name]) == shape.orders


def test_orders_that_are_expected_to_be_billed_show_nothing_that_stops_a_bill(worlds: dict[str, World]) -> None:
    stops = [
        "draft", "raised_not_received", "cancelled_order", "closed_unreceived", "straddles_go_live",
        "received_without_date", "unmapped_account", "unmapped_tax", "unmapped_tracking", "account_tax_conflict",
        "account_archived", "contact_archived", "foreign_eur", "excluded", "batched", "tax_differs_much",
        "negative_credit", "zero_total",
    ]  # fmt: skip
    for case in cases_of(worlds["msp"], [po for po, outcome in worlds["msp"].outcomes.items() if outcome == "bill"]):
        assert [name for name in stops if SEEN[name](case)] == [], case.order["id"]
        assert case.vendor["id"] not in (829, 830)


def test_outcomes_name_an_action_and_holds_a_kind_of_case(worlds: dict[str, World]) -> None:
    holds = {
        outcome.removeprefix("hold ") for outcome in worlds["msp"].outcomes.values() if outcome.startswith("hold ")
    }
    assert holds == {
        "unmapped_vendor", "unmapped_account", "unmapped_tax", "unmapped_tracking", "contact_archived",
        "account_invalid", "account_tax_conflict", "currency_not_enabled", "quantity_mismatch", "rounding",
        "duplicate_vendor_invoice", "possible_duplicate",
    }  # fmt: skip
    rest = {outcome for outcome in worlds["msp"].outcomes.values() if not outcome.startswith("hold ")}
    assert rest == {"bill", "credit", "zero", "bill when seen", "wait", "nothing", "elsewhere", "exclude"}


def test_unmapped_vendors_are_two_with_a_dozen_orders(worlds: dict[str, World]) -> None:
    vendors = Counter(case.vendor["id"] for case in cases(worlds["msp"], "unmapped_vendor"))
    assert vendors == {829: 8, 830: 4}


def test_both_ways_of_cancelling_a_rest_occur(worlds: dict[str, World]) -> None:
    kept = {
        line["quantity"] > line["receivedQuantity"]
        for case in cases(worlds["msp"], "cancelled_rest")
        for line in case.lines
        if line.get("receivedStatus") == "PartiallyReceiveCancelRest"
    }
    assert kept == {True, False}


def test_a_missing_invoice_number_is_an_absent_field_or_an_empty_text(worlds: dict[str, World]) -> None:
    found = {case.order.get("vendorInvoiceNumber") for case in cases(worlds["msp"], "missing_vendor_invoice")}
    assert found == {None, ""}


def test_the_bookkeeper_keyed_some_bills_as_the_sync_would_and_some_not(worlds: dict[str, World]) -> None:
    told = cases(worlds["msp"], "keyed_by_hand")
    bills = [(case.order, bill) for case in told for bill in case.bills()]
    assert len(bills) == len(told)
    assert {bill["Total"] == order["total"] for order, bill in bills} == {True, False}
    assert {"453" in {line["AccountCode"] for line in bill["LineItems"]} for _, bill in bills} == {True, False}
    assert all("2026-05-01" <= bill["Date"] <= "2026-05-31" for _, bill in bills)


def test_some_billed_orders_were_placed_before_go_live(worlds: dict[str, World]) -> None:
    early = [order for order in worlds["msp"].connectwise["cw.purchaseorders"] if order["poDate"] < "2026-05-01"]
    assert sum(worlds["msp"].outcomes[order["id"]] == "bill" for order in early) >= 5


def test_most_packing_slips_are_the_order_number(worlds: dict[str, World]) -> None:
    slips = [line for line in worlds["msp"].connectwise["cw.lineitems"] if "packingSlip" in line]
    default = sum(line["packingSlip"] == line["purchaseOrderNumber"] for line in slips)
    assert 0.8 < default / len(slips) < 1


def test_closed_and_open_orders_that_were_received_in_full_both_occur(worlds: dict[str, World]) -> None:
    orders = {po["id"]: po["closedFlag"] for po in worlds["msp"].connectwise["cw.purchaseorders"]}
    closed = Counter(orders[po] for po, outcome in worlds["msp"].outcomes.items() if outcome == "bill")
    assert closed[True] > 300
    assert closed[False] >= 20
