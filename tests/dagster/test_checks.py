"""Checks of tables, freshness, mapping and Xero fail when they should, in words, and pass when they should."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import dagster as dg
import pytest
from simulation import Simulation

from cwxero_dagster import frames
from cwxero_dagster.checks import counting, freshness, from_schema, mapping, publishing, reconciliation, xero
from cwxero_dagster.checks.showing import Checked
from cwxero_dagster.pipeline import billing, reading
from cwxero_dagster.pipeline.session import Session

HEALTHY, JUNE, JULY, MAY = "2026-08", "2026-06", "2026-07", "2026-05"
ERROR = dg.AssetCheckSeverity.ERROR
Spoil = Callable[..., None]


def words(checked: Checked) -> list[str]:
    return [finding.what for finding in checked.findings]


# --- all is well -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "look",
    [
        mapping.every_vendor_is_mapped,
        mapping.every_account_is_mapped,
        mapping.every_tax_code_is_mapped,
        mapping.every_tracking_value_is_mapped,
        xero.contacts_are_active,
        xero.accounts_are_valid_in_xero,
        xero.accounts_and_tax_types_go_together,
        xero.tracking_options_exist,
        xero.currencies_are_enabled,
        reconciliation.bills_tie_to_receipts,
        counting.no_bill_appears_twice,
        publishing.nothing_is_refused_by_xero,
        publishing.nothing_waits_for_an_answer,
    ],
)
def test_a_healthy_cycle_passes_and_says_how_much_money_was_looked_at(
    worked: Simulation, look: Callable[[Session, str], Checked]
) -> None:
    checked = look(worked.session(), HEALTHY)
    assert checked.findings == ()
    assert checked.scope == "4 bills, 28,630.34 AUD"


@pytest.mark.parametrize("cycle", [MAY, JUNE, JULY, HEALTHY, "2026-09"])
def test_bills_of_every_cycle_tie_to_receipts_and_appear_once(worked: Simulation, cycle: str) -> None:
    assert words(reconciliation.bills_tie_to_receipts(worked.session(), cycle)) == []
    assert words(counting.no_bill_appears_twice(worked.session(), cycle)) == []


def test_a_healthy_cycle_has_no_open_cases(worked: Simulation) -> None:
    checked = publishing.no_open_cases(worked.session(), HEALTHY)
    assert (checked.findings, checked.scope) == ((), "4 bills, 28,630.34 AUD; 0 held back")


def test_checks_of_a_cycle_that_was_never_run_pass_on_nothing(worked: Simulation) -> None:
    assert reconciliation.bills_tie_to_receipts(worked.session(), "2026-10") == Checked("0 bills")


# --- tables ----------------------------------------------------------------------------------------------------------


def test_a_key_that_occurs_twice_breaks_the_contract(session: Session, spoil: Spoil) -> None:
    spoil("insert into bills.bill_headers select * from bills.bill_headers where bill_key = 'po:4033'")
    checked = from_schema.against_contract(lambda: session.warehouse.read_cycle(frames.BillHeaders, HEALTHY))
    assert words(checked) == [
        "In column bill_key, 2 values: each may occur once, and these occur again (such as po:4033)."
    ]
    assert "cwxero backup --restore" in checked.findings[0].what_to_do


def test_each_broken_promise_is_one_finding_however_many_rows_break_it(session: Session, spoil: Spoil) -> None:
    spoil("update bills.bill_headers set line_amounts = 'Net' where billing_cycle = '2026-08'")
    spoil("update bills.bill_headers set document_type = 'ACCREC' where bill_key = 'po:4035'")
    checked = from_schema.against_contract(lambda: session.warehouse.read_cycle(frames.BillHeaders, HEALTHY))
    assert sorted(words(checked)) == [
        "In column document_type, 1 value: it is none of the values that are allowed (such as ACCREC).",
        "In column line_amounts, 4 values: it is none of the values that are allowed (such as Net).",
    ]


def test_a_row_without_a_value_that_has_to_be_there_is_a_finding() -> None:
    row = dict.fromkeys(frames.Vendors.arrow_schema().names)
    checked = from_schema.against_contract(lambda: frames.Vendors.of([row]))
    assert "In column name, 1 value: there has to be one, and there is none." in words(checked)


def test_an_observation_that_was_tampered_with_breaks_the_contract(session: Session, spoil: Spoil) -> None:
    spoil("update staged.xero_documents set document_type = 'ACCREC'")
    checked = from_schema.against_contract(lambda: session.warehouse.current(frames.XeroDocuments))
    assert len(checked.findings) == 1
    assert "(such as ACCREC)" in checked.findings[0].what


# --- freshness -------------------------------------------------------------------------------------------------------


def test_what_was_read_last_night_is_fresh(simulation: Simulation) -> None:
    reading.read_xero(simulation.session(), night=None)
    simulation.clock.travel(25 * 3600)
    checked = freshness.xero_is_fresh(simulation.session())
    assert checked.findings == ()
    assert checked.scope == "the last complete reading of Xero, at 2026-10-01 03:00 UTC (11 API calls)"


def test_what_was_read_27_hours_ago_is_not(simulation: Simulation) -> None:
    reading.read_connectwise(simulation.session(), night=None)
    simulation.clock.travel(27.5 * 3600)
    checked = freshness.connectwise_is_fresh(simulation.session())
    assert words(checked) == ["ConnectWise was last read completely 27 hours ago; since then nothing is known of it."]
    assert checked.severity is ERROR


def test_what_was_never_read_is_not_fresh(simulation: Simulation) -> None:
    reading.read_connectwise(simulation.session(), night=None)
    assert words(freshness.xero_is_fresh(simulation.session())) == [
        "Xero was never read completely, so nothing is known of it."
    ]


# --- mapping and Xero ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("look", "cycle", "what", "orders", "money"),
    [
        (
            mapping.every_vendor_is_mapped,
            JULY,
            'Vendor "Kestrel Networks" (ConnectWise id 829) has no Xero contact. It holds 1 bill.',
            ("PO-1025",),
            (("AUD", Decimal("52.36")),),
        ),
        (
            mapping.every_account_is_mapped,
            JULY,
            'accounts.csv gives no account for category Print Supplies ("Cyan toner"). It holds 1 bill.',
            ("PO-1024",),
            (("AUD", Decimal("2198.84")),),
        ),
        (
            mapping.every_tax_code_is_mapped,
            MAY,
            'tax_codes.csv has no row for tax code "NZ GST", taxable. It holds 1 bill.',
            ("PO-1005",),
            (("AUD", Decimal("2086.61")),),
        ),
        (
            mapping.every_tracking_value_is_mapped,
            JUNE,
            'tracking.csv has no row for location "Perth". It holds 1 bill.',
            ("PO-1019",),
            (("AUD", Decimal("30228.12")),),
        ),
        (
            xero.contacts_are_active,
            JUNE,
            "The contact Lantern Hardware is archived in Xero.",
            ("PO-1015",),
            (("AUD", Decimal("25551.57")),),
        ),
        (
            xero.accounts_are_valid_in_xero,
            JULY,
            'Account 313 "Cost of Goods Sold - Phone Systems" is archived in Xero.',
            ("PO-1022",),
            (("AUD", Decimal("6532.30")),),
        ),
        (
            xero.accounts_and_tax_types_go_together,
            JUNE,
            'Xero does not allow tax rate "GST on Capital" (CAPEXINPUT) on account 453 "Office Expenses" (expenses).',
            ("PO-1017",),
            (("AUD", Decimal("22477.84")),),
        ),
        (
            xero.currencies_are_enabled,
            "2026-09",
            "EUR is not among the currencies of the Xero organisation.",
            ("PO-1036",),
            (("EUR", Decimal("20746.18")),),
        ),
    ],
)
def test_what_xero_lacks_is_named_with_its_orders_and_money(
    worked: Simulation,
    look: Callable[[Session, str], Checked],
    cycle: str,
    what: str,
    orders: tuple[str, ...],
    money: tuple[tuple[str, Decimal], ...],
) -> None:
    (finding,) = look(worked.session(), cycle).findings
    assert (finding.what, finding.purchase_orders, finding.money) == (what, orders, money)
    assert finding.what_to_do.endswith(".")


def test_a_tracking_option_that_xero_does_not_have_is_named(spoilable: Simulation, session: Session) -> None:
    seed = spoilable.seeds / "tracking.csv"
    seed.write_text(seed.read_text().replace("location,Perth", "# ") + "location,Perth,Location,Perth\n")
    billing.compose(session, JUNE, live=True)
    (finding,) = xero.tracking_options_exist(session, JUNE).findings
    assert finding.what == 'In Xero, "Location" has no active option "Perth".'
    assert finding.purchase_orders == ("PO-1019",)


def test_a_bill_that_a_person_settled_is_no_finding_any_more(spoilable: Simulation, session: Session) -> None:
    (kept,) = [kept for kept in session.case_book.cases(cycle=JUNE) if kept.case.kind == "contact_archived"]
    session.case_book.decide(
        kept.case.case_id, verb="not-owed", reason="goods were a sample", by="Tom", at=spoilable.clock.now()
    )
    checked = xero.contacts_are_active(session, JUNE)
    assert checked.findings == ()


def test_a_bill_with_two_unusable_accounts_counts_once_in_the_amount(session: Session, spoil: Spoil) -> None:
    spoil(
        "insert into bills.holds select billing_cycle, bill_key, 'C-OTHER', kind, 'account 999', facts, "
        "'Account 999 is not in Xero''s chart of accounts.', amount, currency_code "
        "from bills.holds where kind = 'account_invalid'"
    )
    checked = xero.accounts_are_valid_in_xero(session, JULY)
    assert len(checked.findings) == 2
    assert checked.at_stake == {"AUD": Decimal("6532.30")}


def test_a_copy_that_was_made_in_xero_is_found(simulation: Simulation) -> None:
    simulation.sync(HEALTHY)
    (bill,) = simulation.published()["po:4033"]
    copied = simulation.bookkeeper.copy_bill(bill["InvoiceID"])
    session = simulation.session()
    reading.read_xero(session, night=None)
    (finding,) = xero.no_document_in_xero_twice(session).findings
    assert finding.what.startswith("2 live documents of ")
    assert "in Xero are one bill (po:4033): " in finding.what
    assert bill["InvoiceID"] in finding.what
    assert copied["InvoiceID"] in finding.what
    assert finding.money == (("AUD", Decimal("10305.45")),)


def test_a_document_that_stands_for_two_bills_is_found(session: Session, spoil: Spoil) -> None:
    spoil(
        "update ledger.bills set xero_id = (select xero_id from ledger.bills where bill_key = 'po:4033') "
        "where bill_key = 'po:4034'"
    )
    (finding,) = xero.no_document_in_xero_twice(session).findings
    assert finding.what == (
        "The ledger has one document in Xero, SI70115 | PO-1033 of Meridian IT Wholesale, for SI70115 | PO-1033 "
        "(po:4033) and SI70115 | PO-1027 (po:4034)."
    )
