"""Accounts and tax types are told to people by their names in Xero, and compared by their codes."""

from __future__ import annotations

import pytest
from payables.comparison.sides import compared, goods, ours, theirs

from cwxero_dagster.payables.comparison.naming import Names
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.lifecycle.decision import WithoutPo

NAMES = Names(
    {"310": "Hardware", "453": "Office Expenses"}, {"INPUT": "GST on Expenses", "EXEMPTEXPENSES": "GST Free Expenses"}
)


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("account", "310", "Hardware (310)"),
        ("account_code", "453", "Office Expenses (453)"),
        ("tax_type", "INPUT", "GST on Expenses (INPUT)"),
        ("tax_type", "EXEMPTEXPENSES, INPUT", "GST Free Expenses (EXEMPTEXPENSES), GST on Expenses (INPUT)"),
        ("account", "none", "none"),
        ("account", "310, none", "310, none"),
        ("account", "", ""),
        ("vendor", "310", "310"),
        ("tax_type", "310", "310"),
    ],
)
def test_a_code_is_told_with_its_name(what: str, value: str, words: str) -> None:
    assert NAMES.of_value(what, value) == words


def test_another_tax_type_is_named_in_the_reason_and_the_pattern_and_compared_by_its_code() -> None:
    mine = [ours(place, invoice=f"INV-{place}") for place in (1, 2)]
    hers = [theirs(f"k{place}", f"INV-{place}", goods(tax_type="EXEMPTEXPENSES", account="453")) for place in (1, 2)]
    comparison = compared(mine, hers, names=NAMES)
    found = {each.field: each for row in comparison.rows for each in row.differences}
    tax, account = found["tax_type"], found["account_code"]
    assert (tax.sync, tax.keyed) == ("INPUT", "EXEMPTEXPENSES")
    assert tax.reason == ("Your tax type is GST Free Expenses (EXEMPTEXPENSES), the rule's is GST on Expenses (INPUT).")
    assert account.reason == "You book these goods in Office Expenses (453), the rule in Hardware (310)."
    assert {each.words for each in comparison.patterns} >= {
        "2 bills: goods with tax type GST Free Expenses (EXEMPTEXPENSES) by you, GST on Expenses (INPUT) by the rule",
        "2 bills: goods in 453 by you, 310 by the rule",
    }


def test_a_bill_that_is_set_aside_says_what_its_account_is_called() -> None:
    rule = Decision(without_po=WithoutPo(accounts=("453",)))
    comparison = compared([], [theirs("k", "RENT", goods(account="453"))], names=NAMES, decision=rule)
    assert [one.reason for one in comparison.set_aside] == [
        "Account Office Expenses (453) needs no purchase order (without_po in lifecycle.yaml)."
    ]


def test_bills_of_one_vendor_that_only_the_sync_has_are_one_pattern() -> None:
    comparison = compared([ours(1), ours(2)], [])
    assert [each.words for each in comparison.patterns] == ["2 bills of Halcyon that only the sync has"]
