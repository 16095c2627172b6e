"""Whatever is sent, the answer is an answer, and what is stored stays readable."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.decimals(-(10**6), 10**6, allow_nan=False, places=6).map(str)
    | TEXT
    | st.sampled_from(["/Date(1)/", "/Date(99999999999999999999)/", "NaN", "1e400", "0001-01-01", "9999-12-31"])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
FIELDS = st.sampled_from(
    [
        "Type", "Contact", "LineItems", "Date", "DueDate", "LineAmountTypes", "InvoiceNumber", "Url", "CurrencyCode",
        "CurrencyRate", "Status", "PlannedPaymentDate", "SentToContact", "Total", "InvoiceID", "BrandingThemeID",
    ]
)  # fmt: skip
LINE_FIELDS = st.sampled_from(
    [
        "LineItemID", "Description", "Quantity", "UnitAmount", "LineAmount", "TaxAmount", "TaxType", "AccountCode",
        "AccountID", "ItemCode", "Tracking", "DiscountRate",
    ]
)  # fmt: skip
CONTACT_FIELDS = st.sampled_from(["ContactID", "Name", "ContactNumber", "Addresses", "ContactPersons", "ContactStatus"])
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(firm: Any, body: Any, path: str = "Invoices") -> None:
    firm.clock.travel(61)
    firm.sign_in()
    for method in ("PUT", "POST"):
        assert firm.call(method, path, body, summarizeErrors="false", unitdp=4).status_code in (200, 400)
    for page in (None, 1):
        listed = firm.call("GET", path, page=page) if page else firm.call("GET", path)
        assert listed.status_code == 200


@QUICK
@given(fields=st.dictionaries(FIELDS, ANYTHING, max_size=4))
def test_any_value_in_any_field_of_a_bill(fields: dict[str, Any], firm: Any, sample: Any) -> None:
    check(firm, {"Invoices": [sample.bill(**fields)]})


@QUICK
@given(fields=st.dictionaries(LINE_FIELDS, ANYTHING, max_size=4))
def test_any_value_in_any_field_of_a_line(fields: dict[str, Any], firm: Any, sample: Any) -> None:
    check(firm, {"Invoices": [sample.bill(LineItems=[sample.line(**fields)])]})
    order = {"Contact": {"ContactID": sample.ingram}, "LineItems": [sample.line(**fields)]}
    check(firm, {"PurchaseOrders": [order]}, "PurchaseOrders")


@QUICK
@given(fields=st.dictionaries(CONTACT_FIELDS, ANYTHING, max_size=3))
def test_any_value_in_any_field_of_a_contact(fields: dict[str, Any], firm: Any, sample: Any) -> None:
    check(firm, {"Contacts": [fields]}, "Contacts")
    check(firm, {"Invoices": [sample.bill(Contact=fields)]})


@QUICK
@given(body=ANYTHING)
def test_any_body(body: Any, firm: Any) -> None:
    for path in ("Invoices", "CreditNotes", "PurchaseOrders", "Contacts", "LinkedTransactions"):
        firm.clock.travel(61)
        firm.sign_in()
        assert firm.call("PUT", path, body).status_code in (200, 400)


@QUICK
@given(text=st.text(max_size=30) | st.text('"\\()=<>&|,.GuidDateTime0123 ANDOR', max_size=30))
def test_any_filter_and_order(text: str, firm: Any) -> None:
    firm.clock.travel(61)
    firm.sign_in()
    for query in ({"where": text}, {"order": text}, {"IDs": text}, {"page": text}, {"Statuses": text}):
        assert firm.call("GET", "Invoices", **query).status_code in (200, 400)


@pytest.mark.parametrize(("quantity", "unit"), [("0.0001", "0.01"), ("1E2", "1E-2"), (" 5 ", "1_0")])
def test_numbers_in_odd_spellings_are_exact_or_refused(quantity: str, unit: str, firm: Any, sample: Any) -> None:
    (answer,) = firm.put(sample.bill(LineItems=[sample.line(Quantity=quantity, UnitAmount=unit)]))
    if answer["StatusAttributeString"] == "OK":
        expected = (Decimal(quantity) * Decimal(unit)).quantize(Decimal("0.01"))
        assert answer["LineItems"][0]["LineAmount"] == expected
