import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from payables.making import (
    after,
    agreement,
    at,
    d,
    in_xero,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    the_action,
)

from cwxero_dagster.payables.cases.grouping import HeldBill, group, held_bills
from cwxero_dagster.payables.holds import hold
from cwxero_dagster.payables.kinds import KINDS, ONE_BY_ONE


def test_one_unmapped_vendor_on_twelve_pos_is_one_case() -> None:
    orders = [po(number) for number in range(1, 13)]
    lines = [received(line(number * 10 + 1, po_id=number)) for number in range(1, 13)]
    made = known(purchasing(orders, lines), agreement=agreement(seeds(vendors=())))
    (case,) = group(held_bills(plan_of(made), cycle="2026-05"))
    assert (case.kind, len(case.bill_keys), len(case.po_numbers)) == ("unmapped_vendor", 12, 12)
    assert (case.amount, case.currency_code, case.cycles) == (d("600.00"), "AUD", ("2026-05",))
    assert case.what_happened == 'Vendor "Halcyon Distribution" (ConnectWise id 801) has no Xero contact.'
    assert case.what_we_did.startswith("12 bills for 600.00 AUD held back;")


def test_bills_that_go_ahead_are_in_no_case() -> None:
    assert held_bills(plan_of(known(purchasing(po(), [received(line())]))), cycle="2026-05") == []


def test_a_case_about_a_bill_that_is_no_longer_due_names_its_po_and_money() -> None:
    made = known(purchasing(po(), [received(line())]))
    made = in_xero(after(made, the_action(made)), status="PAID")
    back = [received(line()), line(observed_at=at(5, 20))]
    (case,) = group(held_bills(plan_of(night(made, purchasing(po(), back))), cycle="2026-05"))
    assert (case.po_numbers, case.amount, case.currency_code) == (("PO-1001",), d("50.00"), "AUD")


def held(key: str, amount: str, *holds: Any, currency: str = "AUD", cycle: str = "2026-05") -> HeldBill:
    return HeldBill(key, cycle, (f"PO-{key}",), d(amount), currency, holds)


VENDOR = hold("unmapped_vendor", "vendor 1", "No contact.", 1)
ACCOUNT = hold("unmapped_account", "category X", "No account.", 1)


def test_cases_come_gravest_and_dearest_first() -> None:
    other = hold("unmapped_vendor", "vendor 2", "No contact.", 2)
    cases = group([held("1", "10", ACCOUNT, VENDOR), held("2", "99", other)])
    assert [case.cause for case in cases] == ["vendor 2", "vendor 1", "category X"]


def test_a_case_over_several_currencies_has_no_sum() -> None:
    (case,) = group([held("1", "10", VENDOR), held("2", "99", VENDOR, currency="USD", cycle="2026-06")])
    assert (case.amount, case.currency_code, case.cycles) == (Decimal(0), "mixed", ("2026-05", "2026-06"))
    assert case.money == {"AUD": d("10"), "USD": d("99")}
    assert case.what_we_did.startswith("2 bills for 10.00 AUD, 99.00 USD held back;")


def test_of_a_case_over_several_cycles_each_cycle_has_its_own_bills_and_money() -> None:
    bills = [held("1", "10", ACCOUNT, VENDOR), held("2", "99", VENDOR, cycle="2026-06"), held("3", "5", VENDOR)]
    case = next(case for case in group(bills) if case.kind == "unmapped_vendor")
    here = case.within("2026-05")
    assert (here.case_id, here.kind, here.bill_keys, here.po_numbers) == (
        case.case_id, "unmapped_vendor", ("1", "3"), ("PO-1", "PO-3"),
    )  # fmt: skip
    assert (here.money, case.within("2026-06").money, case.money) == ({"AUD": 15}, {"AUD": 99}, {"AUD": 114})


def test_a_supplier_credit_counts_negative() -> None:
    refund = replace(held("2", "66", VENDOR), document_type="ACCPAYCREDIT")
    (case,) = group([held("1", "220", VENDOR), refund])
    assert (case.amount, case.currency_code) == (d("154"), "AUD")
    assert case.what_we_did.startswith("1 bill and 1 supplier credit for 154.00 AUD held back;")
    (alone,) = group([refund])
    assert alone.money == {"AUD": d("-66")}


def test_size_puts_a_large_credit_and_several_currencies_before_a_small_bill() -> None:
    other, third = (hold("unmapped_vendor", f"vendor {number}", "No contact.", number) for number in (2, 3))
    refund = replace(held("9", "500", other), document_type="ACCPAYCREDIT")
    mixed = [held("5", "300", third), held("6", "400", third, currency="USD")]
    cases = group([held("1", "10", VENDOR), refund, *mixed])
    assert [case.cause for case in cases] == ["vendor 3", "vendor 2", "vendor 1"]


def test_a_purchase_order_without_money_puts_a_case_into_no_other_currency() -> None:
    order = replace(held("2", "0", VENDOR, currency="USD"), document_type="PURCHASEORDER")
    (case,) = group([held("1", "10", VENDOR), order])
    assert (case.amount, case.currency_code) == (d("10"), "AUD")
    assert case.what_we_did.startswith("1 bill for 10.00 AUD and 1 purchase order held back;")


@pytest.mark.parametrize(("bills", "more"), [(3, False), (5, True)])
def test_a_case_tells_three_details_and_how_many_more(bills: int, more: bool) -> None:
    holds = [hold("price_mismatch", "same", f"Detail {number}.", number) for number in range(bills)]
    (case,) = group([held(str(number), "1", one) for number, one in enumerate(holds)])
    assert ("And 2 more like it." in case.what_happened) is more
    assert "Detail 2." in case.what_happened
    assert len(case.facts) == bills


def test_a_bill_that_a_cause_holds_twice_counts_once() -> None:
    (case,) = group([held("1", "10", VENDOR, VENDOR)])
    assert (case.bill_keys, case.amount) == (("1",), d("10"))


def test_a_case_says_it_of_one_bill_and_them_of_several() -> None:
    def there(key: str) -> HeldBill:
        return replace(held(key, "1000", hold("edited_in_xero", "both", "Edited.", key)), xero_id=key)

    (one,), (two,) = group([there("1")]), group([there("1"), there("2")])
    assert one.what_we_did.startswith("1 bill left as Xero holds it; nothing more is written to it,")
    assert two.what_we_did.startswith("2 bills left as Xero holds them; nothing more is written to them,")


@pytest.mark.parametrize(
    ("kind", "others"), [("unsigned_lifecycle", False), ("wrong_organisation", False), ("unmapped_vendor", True)]
)
def test_what_holds_every_bill_lets_no_other_go_ahead(kind: str, others: bool) -> None:
    (case,) = group([held("1", "240", hold(kind, "cause", "Detail.", 1))])
    assert ("other bills went ahead" in case.what_we_did) == others


def test_goods_without_a_bill_are_called_no_bill() -> None:
    goods = replace(
        held("1", "240", hold("received_not_billed", "purchase order 1", "2 of 5 arrived.", 1)), notice=True
    )
    (case,) = group([goods])
    assert case.what_we_did.startswith("Goods for 240.00 AUD named here, on no bill yet;")
    assert case.meaning.counts == "order"


@pytest.mark.parametrize(
    ("keys", "told", "not_told"),
    [
        (["po:1"], ["name another one in vendors.csv"], ["supplier credit"]),
        (["po:1/c:1"], ["restore that contact in Xero", "whatever vendors.csv says"], ["name another one"]),
        (["po:1/c:1", "po:2"], ["name another one in vendors.csv", "whatever vendors.csv says"], []),
    ],
)
def test_a_credit_of_a_bill_is_not_sent_to_vendors_csv_for_its_contact(
    keys: list[str], told: list[str], not_told: list[str]
) -> None:
    (case,) = group(held(key, "240", hold("contact_archived", "contact k1", "It is archived.", key)) for key in keys)
    assert all(words in case.what_to_do for words in told)
    assert not any(words in case.what_to_do for words in not_told)


@pytest.mark.parametrize(
    "kind",
    [
        "possible_duplicate",
        "changed_after_authorised",
        "reversed_after_authorised",
        "edited_in_xero",
        "removed_in_xero",
    ],
)
def test_a_case_about_a_purchase_order_in_xero_asks_about_no_bill(kind: str) -> None:
    one = hold(kind, "cause", "Detail.", 1)
    order, bill = held("po:1/o:1", "0", one), held("po:1", "240", one)
    (of_order,), (of_bill,), (of_both,) = group([order]), group([bill]), group([order, bill])
    assert "urchase order" in of_order.title
    assert not re.search(r"\bthe bill\b|\ba credit\b|billed-by", f"{of_order.title} {of_order.what_to_do}")
    assert of_bill.title == of_both.title == KINDS[kind].title
    assert of_order.what_to_do in of_both.what_to_do
    assert of_both.what_to_do.startswith(KINDS[kind].what_to_do)


@pytest.mark.parametrize("kind", ["possible_duplicate", "removed_in_xero"])
def test_a_case_about_a_supplier_credit_asks_about_the_credit(kind: str) -> None:
    (case,) = group([held("po:1/c:1", "240", hold(kind, "cause", "Detail.", 1))])
    assert "redit" in case.title
    assert not re.search(r"\bbills?\b", f"{case.title} {case.what_to_do}")


@pytest.mark.parametrize("about", ["po:1", "po:1/o:1", "po:1/c:1"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_case_speaks_as_an_api_does(kind: str, about: str) -> None:
    meaning = KINDS[kind]
    said = f"{meaning.title_of([about])}. {meaning.advice(meaning.ways_out, [about])}"
    spoken = said.replace("XERO_TENANT_ID", "")  # the one setting that is named, to the data team
    assert not re.findall(r"[A-Z]{4,}|[A-Za-z]+ID\b|[a-z]+[A-Z][a-z]+Id\b|\b[45][0-9]{2}\b|\bauthorised\b", spoken)
    assert said.endswith(".")


@pytest.mark.parametrize("kind", [kind for kind, meaning in KINDS.items() if "billed-by" in meaning.ways_out])
def test_no_one_document_is_offered_for_several_bills_and_people_are_told_what_to_do_with_each(kind: str) -> None:
    cause = hold(kind, "cause", "Detail.", 1)
    (one,), (two,) = group([held("1", "10", cause)]), group([held("1", "10", cause), held("2", "10", cause)])
    assert "billed-by" in one.ways_out
    assert ONE_BY_ONE not in one.what_to_do
    assert two.ways_out == tuple(verb for verb in one.ways_out if verb != "billed-by")
    assert two.what_to_do.endswith(ONE_BY_ONE)
    assert "as billed-by" not in two.what_to_do


def test_a_bill_that_is_held_and_named_by_one_cause_counts_once_as_its_plan_has_it() -> None:
    both = hold("edited_in_xero", "bill 1", "Both sides changed it.", 1)
    theirs = hold("edited_in_xero", "bill 1", "The date was changed.", 2)
    (case,) = group([replace(held("1", "606.21", theirs), notice=True), held("1", "566.61", both)])
    assert (case.money, case.bill_keys) == ({"AUD": d("566.61")}, ("1",))
    assert {"Both sides changed it.", "The date was changed."} == set(re.findall(r"[A-Z][^.]*\.", case.what_happened))
    assert "holds nothing back" not in case.what_we_did


@pytest.mark.parametrize(
    ("keys", "counts"),
    [
        (["po:1/o:1", "po:2/o:1"], "purchase order"),
        (["po:1/o:1", "po:1"], "bill"),
        (["po:1"], "bill"),
        ([], "bill"),
    ],
)
def test_purchase_orders_in_xero_are_counted_as_such(keys: list[str], counts: str) -> None:
    (case,) = group([held("po:1", "10.00", VENDOR)])
    assert replace(case, bill_keys=tuple(keys)).counts == counts
