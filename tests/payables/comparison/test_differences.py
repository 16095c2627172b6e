from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from payables.comparison.sides import compared, credit, d, freight, goods, kinds, ours, the_row, theirs

from cwxero_dagster.payables.comparison.result import VERDICTS, Disposition, Verdict
from cwxero_dagster.pipeline.comparison_rows import difference_rows

UNCODED = {"account": None, "tax_type": None, "tracking": None}


@pytest.mark.parametrize(
    ("sync", "keyed", "expected"),
    [
        ([goods()], [goods()], []),
        ([goods()], [goods(quantity=1, unit="100.00")], []),
        ([goods()], [goods(quantity=1)], [("quantity", "quantity", "55.00")]),
        ([goods()], [goods(unit="55.00")], [("price", "unit_amount", "-11.00")]),
        (
            [goods(quantity=3)],
            [goods(quantity=2, unit="60.00")],
            [("quantity", "quantity", "66.00"), ("price", "unit_amount", "-33.00")],
        ),
        ([goods(quantity=3)], [goods(quantity=1, unit="160.00")], [("price", "net", "-11.00")]),
        ([goods()], [goods(unit="50.02")], [("rounding", "net", "-0.04")]),
        ([goods()], [goods(tax=d("10.01"))], [("rounding", "tax", "-0.01")]),
        ([goods()], [goods(tax=d("9.00"))], [("tax", "tax", "1.00")]),
        ([goods()], [goods(tax=d(0), tax_type="EXEMPT")], [("tax", "tax_type", "10.00")]),
        (
            [goods()],
            [goods(unit="55.00", tax=d(0), tax_type="EXEMPT")],
            [("price", "unit_amount", "-11.00"), ("tax", "tax_type", "11.00")],
        ),
        ([goods()], [goods(account="429")], [("mapping", "account_code", "0")]),
        ([goods(account="")], [goods()], [("mapping", "account_code", "0")]),
        ([goods()], [goods(tracking=())], [("tracking", "tracking", "0")]),
        ([goods()], [goods(tracking=(("", "sydney"),))], []),
        ([goods()], [goods(**UNCODED)], []),
        # freight
        ([goods(), freight()], [goods()], [("freight", "freight", "13.20")]),
        ([goods()], [goods(), freight(account="310")], [("freight", "freight", "-13.20")]),
        ([goods(), freight()], [goods(), freight("15.00")], [("freight", "net", "-3.30")]),
        ([goods(), freight()], [goods(), freight(account="310")], [("mapping", "account_code", "0")]),
        # lines
        ([goods(), goods("Dock")], [goods()], [("extra", "line", "110.00")]),
        ([goods()], [goods(), goods("Dock", unit="8.00")], [("missing", "line", "-17.60")]),
        ([goods(), goods("Dock", unit="8.00")], [goods("As per invoice", 1, "116.00")], []),
        ([goods(), goods("Dock", unit="8.00")], [goods("As per invoice", 1, "120.00")], [("price", "net", "-4.40")]),
        ([goods("Laptop 14 inch"), goods("Dock")], [goods("Dock"), goods("laptop, 14 inch")], []),
        # only the total is known
        ([goods()], [goods(net=d("110.00"), tax=d(0), total_only=True, **UNCODED)], []),
        # credits
        (credit(goods()), credit(goods(quantity=1)), [("quantity", "quantity", "-55.00")]),
    ],
)
def test_each_difference_has_its_kind_and_its_money(sync, keyed, expected) -> None:
    row = the_row(compared([ours(1, *sync)], [theirs("k", "PO-1001", *keyed)]))
    assert kinds(row) == expected
    gap = sum(bill.total for bill in row.sync) - sum(bill.total for bill in row.keyed)
    assert sum(each.amount for each in row.differences) == gap
    assert all(each.reason.endswith(".") for each in row.differences)


@pytest.mark.parametrize(
    ("invoice", "number", "differs"),
    [
        ("INV-132", "INV-132", False),
        ("INV-132", "inv 132 / PO-1001", False),
        ("INV-132", "INV-123 | PO-1001", True),
        ("INV-132", "PO-1001", True),
        ("INV-132", "", True),
        (None, "PO-1001", False),
        (None, "INV-9 PO-1001", False),
        (None, "INV-9", True),
    ],
)
def test_numbers_differ_where_the_invoice_number_does(invoice, number, differs) -> None:
    row = the_row(compared([ours(1, invoice=invoice)], [theirs("k", number, text="PO-1001")]))
    assert kinds(row) == ([("number", "number", "0")] if differs else [])


@pytest.mark.parametrize(
    ("ours_changes", "theirs_changes", "expected"),
    [
        ({}, {"dated": date(2026, 5, 20)}, [("date", "date", "0")]),
        ({"due_date": date(2026, 6, 11)}, {"due_date": date(2026, 6, 20)}, [("date", "due_date", "0")]),
        ({"due_date": date(2026, 6, 11)}, {}, []),
        (
            {"due_date": date(2026, 6, 11)},
            {"dated": date(2026, 5, 14), "due_date": date(2026, 6, 13)},
            [("date", "date", "0")],
        ),
        ({"cycle": "2026-05"}, {"cycle": "2026-06"}, [("timing", "billing_cycle", "0")]),
        (
            {"cycle": "2026-05"},
            {"cycle": "2026-06", "dated": date(2026, 6, 2)},
            [("timing", "date", "0")],
        ),
        ({}, {"vendor": "acme", "vendor_name": "Acme"}, [("mapping", "contact", "0")]),
        ({}, {"currency": "USD"}, [("mapping", "currency", "110.00"), ("mapping", "currency", "-110.00")]),
    ],
)
def test_the_bill_itself_is_compared(ours_changes, theirs_changes, expected) -> None:
    comparison = compared([ours(1, **ours_changes)], [theirs("k", "PO-1001", **theirs_changes)])
    assert kinds(the_row(comparison)) == expected


def test_the_money_of_a_pair_in_two_currencies_is_named_in_each() -> None:
    comparison = compared([ours(1)], [theirs("k", "PO-1001", currency="USD")])
    named = [(each.currency, each.amount) for each in the_row(comparison).differences]
    assert named == [(currency, tie.differences) for currency, tie in comparison.tie_outs.items()]
    assert [each["currency_code"] for each in difference_rows(comparison)] == ["AUD", "USD"]
    assert len({each.facts for each in the_row(comparison).differences}) == 2


def test_a_total_that_the_lines_do_not_make_is_unexplained() -> None:
    odd = replace(theirs("k", "PO-1001"), total=d("99.00"))
    comparison = compared([ours(1)], [odd])
    assert kinds(the_row(comparison)) == [("price", "total", "11.00")]
    assert comparison.tie_out.unexplained == d("11.00")
    (reason,) = comparison.readiness.reasons[1:]
    assert reason.startswith("11.00 AUD of differences that no line explains, without a verdict")


@pytest.mark.parametrize("verdict", VERDICTS)
def test_unexplained_money_that_a_verdict_lets_stand_is_named_and_keeps_no_cycle_from_being_ready(
    verdict: Verdict,
) -> None:
    sides = [ours(1)], [replace(theirs("k", "PO-1001"), total=d("99.00"))]
    facts = frozenset(each.facts for each in the_row(compared(*sides)).differences)
    said = Disposition("R1", facts, verdict, "their rounding", "Ann", datetime(2026, 6, 1, tzinfo=UTC))
    comparison = compared(*sides, dispositions=[said])
    lets_stand = verdict in {"accepted", "bookkeepers_error"}
    assert comparison.readiness.ready is lets_stand
    named = "Look at this before you sign: verdicts let 11.00 AUD stand that no line explains."
    assert (comparison.remarks == (named,)) is lets_stand
    assert comparison.tie_out.unexplained == d("11.00"), "the line goes on naming it"


def test_a_difference_is_known_again_by_its_facts() -> None:
    def facts(unit: str) -> list[str]:
        row = the_row(compared([ours(1)], [theirs("k", "PO-1001", goods(unit=unit, account="429"))]))
        return [each.facts for each in row.differences]

    first, again, dearer = facts("55.00"), facts("55.00"), facts("56.00")
    assert first == again
    assert first[0] != dearer[0]
    assert first[1] == dearer[1], "the account is still the same matter"
