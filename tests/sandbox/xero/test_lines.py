"""The arithmetic of lines and what a line is refused for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("kind", "net", "tax", "total"),
    [
        ("Exclusive", "20.25", "2.03", "22.28"),
        ("Inclusive", "18.41", "1.84", "20.25"),
        ("NoTax", "20.25", "0", "20.25"),
    ],
)
def test_totals_follow_the_way_amounts_relate_to_tax(
    kind: str, net: str, tax: str, total: str, firm: Any, sample: Any
) -> None:
    made = firm.bill(LineAmountTypes=kind, LineItems=[sample.line(UnitAmount="10.1234")])
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (Decimal(net), Decimal(tax), Decimal(total))


def test_tax_is_rounded_half_up_on_each_line_and_then_added(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line(Quantity=1, UnitAmount="0.05") for _ in range(3)])
    assert made["TotalTax"] == Decimal("0.03")  # 0.005 each becomes 0.01; of the sum it would be 0.02


def test_tax_of_a_negative_line_is_rounded_away_from_zero(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line(), sample.line(Quantity=1, UnitAmount="-0.05")])
    assert made["TotalTax"] == Decimal("49.99")


def test_unit_amounts_keep_four_decimals_only_when_asked(firm: Any, sample: Any) -> None:
    lines = [sample.line(Quantity=1000, UnitAmount="0.0055")]
    four = firm.bill(LineItems=lines)
    (two,) = firm.put(sample.bill(LineItems=lines), unitdp=2)

    assert four["SubTotal"] == Decimal("5.5")
    assert two["SubTotal"] == 10
    assert firm.read(four["InvoiceID"])["LineItems"][0]["UnitAmount"] == Decimal("0.0055")
    assert firm.read(four["InvoiceID"], places=2)["LineItems"][0]["UnitAmount"] == Decimal("0.01")
    assert firm.xero.complaints == [
        "PUT /api.xro/2.0/Invoices: written without unitdp=4",
        "PUT /api.xro/2.0/Invoices: UnitAmount 0.0055 was cut to 2 decimals",
    ]


def test_more_than_four_decimals_are_cut_and_complained_of(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line(Quantity=1, UnitAmount="1.00005")])
    assert made["LineItems"][0]["UnitAmount"] == Decimal("1.0001")
    assert firm.xero.complaints == ["PUT /api.xro/2.0/Invoices: UnitAmount 1.00005 was cut to 4 decimals"]


def test_a_line_with_text_alone_has_no_amounts(firm: Any) -> None:
    made = firm.bill(LineItems=[{"Description": "PO-1001"}])
    (shown,) = made["LineItems"]
    assert shown.keys() == {"LineItemID", "Description", "Tracking"}
    assert made["Total"] == 0


def test_a_line_amount_stands_for_the_missing_quantity_or_price(firm: Any, sample: Any) -> None:
    def missing(name: str) -> dict[str, Any]:
        return {key: value for key, value in sample.line(LineAmount=500).items() if key != name}

    by_price, by_quantity = firm.bill(LineItems=[missing("Quantity"), missing("UnitAmount")])["LineItems"]
    assert (by_price["Quantity"], by_quantity["UnitAmount"]) == (2, 250)


def test_a_tax_amount_can_be_overridden_but_not_where_there_is_no_tax(firm: Any, sample: Any, refusals: Any) -> None:
    made = firm.bill(LineItems=[sample.line(TaxAmount=49)])
    (refused,) = firm.put(sample.bill(LineItems=[sample.line(TaxType="BASEXCLUDED", TaxAmount=1)]))
    assert made["TotalTax"] == 49
    assert refusals(refused) == ["TaxAmount: '1.00' is not valid."]


def test_an_account_can_be_named_by_its_id(firm: Any, sample: Any) -> None:
    (shown,) = firm.bill(LineItems=[{**sample.line(AccountID=sample.guid(2)), "AccountCode": None}])["LineItems"]
    assert (shown["AccountCode"], shown["TaxType"], shown["TaxAmount"]) == ("429", "EXEMPTEXPENSES", 0)


def test_the_rounding_account_takes_bills(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line(), sample.line(AccountCode="860", Quantity=1, UnitAmount="-0.01")])
    assert made["Total"] == Decimal("549.99")


def test_tracking_is_found_by_name_or_id_and_answered_with_both(firm: Any, sample: Any) -> None:
    tracking = [
        {"Name": "Location", "Option": "Perth"},
        {"TrackingCategoryID": sample.guid(31), "TrackingOptionID": sample.guid(32)},
    ]
    (shown,) = firm.bill(LineItems=[sample.line(Tracking=tracking)])["LineItems"]
    assert [(one["Name"], one["Option"]) for one in shown["Tracking"]] == [
        ("Location", "Perth"),
        ("Department", "Projects"),
    ]
    assert shown["Tracking"][0]["TrackingOptionID"] == sample.guid(23)


def test_unknown_tracking_vanishes_where_the_switch_says_so(make: Any, sample: Any) -> None:
    firm = make(unknown_tracking="ignored")
    tracking = [{"Name": "Location", "Option": "Mars"}, {"Name": "Nope", "Option": "x"}]
    (shown,) = firm.bill(LineItems=[sample.line(Tracking=tracking)])["LineItems"]
    assert shown["Tracking"] == []


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "a negative quantity",
        {"Quantity": -2},
        "The quantity value '-2.0000' is invalid. Quantity must not be less than zero.",
    ),
    ("a long quantity", {"Quantity": "12345678901.25", "UnitAmount": 0}, "Quantity: '12345678901.25' is not valid."),
    ("a quantity in words", {"Quantity": "two"}, "Quantity: 'two' is not valid."),
    ("a quantity of true", {"Quantity": True}, "Quantity: 'True' is not valid."),
    ("an enormous amount", {"UnitAmount": 99999999999}, "LineAmount: '199999999998.00' is not valid."),
    (
        "a total that is off by a cent",
        {"LineAmount": "500.01"},
        "The line total 500.01 does not match the expected line total 500.00",
    ),
    ("a discount", {"DiscountRate": 5}, "Discounts are not supported on bills and supplier credit notes."),
    ("an unknown account", {"AccountCode": "999"}, "Account code '999' is not a valid code for this document."),
    ("a bank account", {"AccountCode": "090"}, "Account code '090' is not a valid code for this document."),
    ("accounts payable", {"AccountCode": "800"}, "Account code '800' is not a valid code for this document."),
    ("an archived account", {"AccountCode": "499"}, "Account code '499' has been archived or has been deleted."),
    (
        "tax of another class",
        {"TaxType": "OUTPUT"},
        "The TaxType code 'OUTPUT' cannot be used with account code '310'.",
    ),
    (
        "capital tax on an expense",
        {"TaxType": "CAPEXINPUT"},
        "The TaxType code 'CAPEXINPUT' cannot be used with account code '310'.",
    ),
    ("an archived tax", {"TaxType": "INPUTOLD"}, "TaxType code 'INPUTOLD' does not exist or cannot be used."),
    ("an unknown tax", {"TaxType": "INPUT2"}, "TaxType code 'INPUT2' does not exist or cannot be used."),
    ("an unknown item", {"ItemCode": "NOPE"}, "Item code 'NOPE' is not valid"),
    ("a long description", {"Description": "x" * 4001}, "Description: '" + "x" * 40 + "...' is not valid."),
    ("tracking that is no list", {"Tracking": "Perth"}, "Tracking: 'Perth' is not valid."),
    (
        "an unknown category",
        {"Tracking": [{"Name": "Nope", "Option": "x"}]},
        "The tracking category 'Nope' does not exist or is archived.",
    ),
    (
        "an archived category",
        {"Tracking": [{"Name": "Season", "Option": "x"}]},
        "The tracking category 'Season' does not exist or is archived.",
    ),
    (
        "an unknown option",
        {"Tracking": [{"Name": "Location", "Option": "Mars"}]},
        "The tracking option 'Mars' does not exist or is archived in tracking category 'Location'.",
    ),
    (
        "an archived option",
        {"Tracking": [{"Name": "Location", "Option": "Closed"}]},
        "The tracking option 'Closed' does not exist or is archived in tracking category 'Location'.",
    ),
    (
        "a category twice",
        {"Tracking": [{"Name": "Location", "Option": "Perth"}, {"Name": "Location", "Option": "Sydney"}]},
        "The tracking category 'Location' does not exist or is archived.",
    ),
]


@pytest.mark.parametrize(("case", "fields", "message"), REFUSED, ids=[case for case, _, _ in REFUSED])
def test_a_line_is_refused_for(
    case: str, fields: dict[str, Any], message: str, firm: Any, sample: Any, refusals: Any
) -> None:
    (answer,) = firm.put(sample.bill(LineItems=[sample.line(**fields)]))
    assert refusals(answer) == [message]


def test_three_tracking_elements_are_too_many(firm: Any, sample: Any, refusals: Any) -> None:
    three = [{"Name": name, "Option": option} for name, option in (("Location", "Perth"), ("Department", "Support"))]
    (answer,) = firm.put(sample.bill(LineItems=[sample.line(Tracking=[*three, {"Name": "Season", "Option": "x"}])]))
    assert "A line item can have at most 2 tracking categories." in refusals(answer)
