from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    VENDOR,
    account,
    books,
    contact,
    day,
    kinds,
    known,
    line,
    po,
    purchasing,
    rate,
    received,
    the_bill,
)

from cwxero_dagster.payables.bill_lines import BillLine
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Books, Organisation, TrackingCategory
from cwxero_dagster.payables.composing.preflight import refusals
from cwxero_dagster.payables.holds import Hold


def bill(**changes: Any) -> Bill:
    """A bill of one line on account 310 with tax type EXEMPTEXPENSES, dated 12 May, that Xero would take."""
    made = the_bill(known(purchasing(po(), [received(line())])))
    assert kinds(made) == []
    return replace(made.bill, **changes)


def first(**changes: Any) -> tuple[BillLine, ...]:
    return (replace(bill().lines[0], **changes),)


def refused(made: Bill, held: Books, lock_date: str = "hold") -> list[Hold]:
    return refusals(made, held, lock_date=lock_date)


def with_account(**changes: Any) -> Books:
    return books(accounts={"310": account("310", **changes)})


@pytest.mark.parametrize(
    ("made", "held", "kind"),
    [
        (bill(), books(), None),
        (bill(contact_id=None), books(), None),
        (bill(), books(contacts={VENDOR: contact(status="ARCHIVED")}), "contact_archived"),
        (bill(), books(contacts={VENDOR: contact(status="GDPRREQUEST")}), "contact_archived"),
        (bill(), books(contacts={}), "contact_archived"),
        (bill(), books(accounts={}), "account_invalid"),
        (bill(), with_account(status="ARCHIVED"), "account_invalid"),
        (bill(), with_account(account_type="BANK"), "account_invalid"),
        (bill(), with_account(system_account="CREDITORS"), "account_invalid"),
        (bill(), with_account(system_account="ROUNDING"), None),
        (bill(lines=first(account_code=None)), books(), None),
        (bill(), books(tax_rates={}), "account_tax_conflict"),
        (
            bill(),
            books(tax_rates={"EXEMPTEXPENSES": rate("EXEMPTEXPENSES", "0", status="DELETED")}),
            "account_tax_conflict",
        ),
        (bill(), with_account(account_class="ASSET"), "account_tax_conflict"),
        (bill(line_amounts="NoTax", lines=first(tax_type="NOSUCH")), books(), None),
        (bill(lines=first(tax_type=None)), books(), None),
        (bill(currency_code="NZD"), books(), "currency_not_enabled"),
        (bill(currency_code="NZD"), books(currencies=frozenset()), None),
        (bill(), books(currencies=frozenset({"USD"})), None),
    ],
)
def test_what_xero_is_known_to_refuse_is_held(made: Bill, held: Books, kind: str | None) -> None:
    assert [one.kind for one in refused(made, held)] == ([kind] if kind else [])


REGION = TrackingCategory("c1", "Region", active=True, options={"north": "o1"})


@pytest.mark.parametrize(
    ("pairs", "held"),
    [
        ((("Region", "North"),), []),
        ((("REGION", " north"),), []),
        ((("Region", "South"),), ["Region: South"]),
        ((("Team", "North"), ("Region", "North")), ["Team: North"]),
        ((("Team", "B"), ("Region", "South")), ["Region: South", "Team: B"]),
    ],
)
def test_tracking_needs_an_active_category_and_option(pairs: Any, held: list[str]) -> None:
    found = refused(bill(lines=first(tracking=pairs)), books(tracking={"region": REGION}))
    assert [(one.kind, one.cause) for one in found] == [("tracking_invalid", cause) for cause in held]


def test_an_archived_account_is_one_case_for_all_lines_on_it() -> None:
    lines = (*first(), *first(line_id=12))
    assert len(refused(bill(lines=lines), with_account(status="ARCHIVED"))) == 1


@pytest.mark.parametrize(
    ("period", "year_end", "lock_date", "held"),
    [
        (day(5, 11), None, "hold", False),
        (day(5, 12), None, "hold", True),
        (None, day(5, 12), "hold", True),
        (day(5, 12), None, "draft", False),
        (None, None, "hold", False),
    ],
)
def test_a_bill_dated_on_or_before_a_lock_date_is_held_and_never_redated(
    period: Any, year_end: Any, lock_date: str, held: bool
) -> None:
    locked = books(organisation=Organisation("org", "Demo", "AUD", None, period, year_end))
    found = refused(bill(), locked, lock_date)
    assert [one.kind for one in found] == (["lock_date"] if held else [])
    # one case is about many bills, so each is named
    assert all(one.detail.startswith(f"Bill {bill().number} is dated {bill().dated}; Xero is locked") for one in found)


def test_a_case_names_what_is_the_matter() -> None:
    (one,) = refused(bill(), with_account(status="ARCHIVED", name="Old stock"))
    assert one.detail == 'Account 310 "Old stock" is archived in Xero.'
