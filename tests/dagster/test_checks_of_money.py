"""Checks of money and of publishing fail when they should, in words, and pass when they should."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import dagster as dg
from simulation import Simulation

from cwxero_dagster.checks import counting, publishing, reconciliation
from cwxero_dagster.checks.showing import Checked
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.units.due import due_units
from cwxero_dagster.pipeline import billing, deriving, outcomes, reading, releasing
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.publishing.publisher import PublishReport
from cwxero_dagster.sandbox.faults import Fault

HEALTHY, JUNE, JULY = "2026-08", "2026-06", "2026-07"
WARN = dg.AssetCheckSeverity.WARN
ERROR = dg.AssetCheckSeverity.ERROR
Spoil = Callable[..., None]
BILL = "SI70115 | PO-1027 of Meridian IT Wholesale (po:4034)"


# --- receipts, bills, cycles -----------------------------------------------------------------------------------------


def test_a_bill_line_that_is_a_cent_off_does_not_tie(session: Session, spoil: Spoil) -> None:
    spoil("update bills.bill_lines set net = net + 0.01 where bill_key = 'po:4034' and line_id = 9114")
    (finding,) = reconciliation.bills_tie_to_receipts(session, HEALTHY).findings
    assert finding.what.startswith(f"Bill {BILL} and its receipts differ by -0.01 AUD: ")
    assert "7 received at 30.70 and on no other bill, 7 billed for 214.91." in finding.what
    assert finding.purchase_orders == ("PO-1027",)
    assert finding.money == (("AUD", Decimal("-0.01")),)


def test_received_goods_that_are_on_no_bill_do_not_tie(session: Session, spoil: Spoil) -> None:
    spoil("delete from bills.bill_lines where bill_key = 'po:4034' and line_id = 9114")
    (finding,) = reconciliation.bills_tie_to_receipts(session, HEALTHY).findings
    assert "differ by 214.90 AUD: " in finding.what
    assert finding.what.endswith("7 received at 30.70 and on no other bill, 0 billed for 0.00.")


def test_a_line_that_begins_too_late_does_not_tie(session: Session, spoil: Spoil) -> None:
    spoil("update bills.bill_lines set from_quantity = 2, net = 153.50 where line_id = 9114")
    (finding,) = reconciliation.bills_tie_to_receipts(session, HEALTHY).findings
    assert "differ by 61.40 AUD: " in finding.what


def test_a_receipt_that_the_bill_does_not_know_does_not_tie(session: Session, spoil: Spoil) -> None:
    spoil("update bills.receipts set quantity = quantity + 1 where line_id = 9114")
    (finding,) = reconciliation.bills_tie_to_receipts(session, HEALTHY).findings
    assert "8 received at 30.70 and on no other bill, 7 billed for 214.90." in finding.what


def test_goods_that_were_never_received_do_not_tie(session: Session, spoil: Spoil) -> None:
    spoil("delete from bills.receipts where line_id = 9114")
    (finding,) = reconciliation.bills_tie_to_receipts(session, HEALTHY).findings
    assert finding.what.endswith('differ by -214.90 AUD: "HDMI to HDMI" is billed and was never received.')


def test_a_credit_ties_with_its_sign(session: Session, spoil: Spoil) -> None:
    spoil("update bills.bill_lines set net = -net where bill_key = 'po:4032'")
    (finding,) = reconciliation.bills_tie_to_receipts(session, HEALTHY).findings
    assert "PO-1032/C1 of Acacia Refurbishing (po:4032) and its receipts differ by -4,504.60 AUD" in finding.what


def test_goods_on_two_bills_are_found_across_cycles(session: Session, spoil: Spoil) -> None:
    spoil(
        "insert into ledger.bills by name select * replace ('po:4034/s:1' as bill_key, '2026-09' as billing_cycle) "
        "from ledger.bills where bill_key = 'po:4034'"
    )
    spoil("insert into ledger.allocations values ('po:4034/s:1', 4034, 9114, 5, 7)")
    (finding,) = counting.no_bill_appears_twice(session, HEALTHY).findings
    assert finding.what == (
        f'Bills {BILL} and SI70115 | PO-1027 (po:4034/s:1) both hold "HDMI to HDMI" of purchase order PO-1027, 5 to 7.'
    )
    assert finding.purchase_orders == ("PO-1027",)


def test_freight_on_two_bills_is_found(session: Session, spoil: Spoil) -> None:
    spoil(
        "insert into ledger.bills by name select * replace ('po:4035/s:1' as bill_key) "
        "from ledger.bills where bill_key = 'po:4035'"
    )
    spoil("insert into ledger.allocations values ('po:4035/s:1', 4035, ?, 0, 99999)", FREIGHT_LINE)
    (finding,) = counting.no_bill_appears_twice(session, HEALTHY).findings
    assert finding.what.startswith("Bills SI70120 | PO-1035 of Meridian IT Wholesale (po:4035) and SI70120 ")
    assert "both hold the freight of purchase order PO-1035, 0 to " in finding.what


def test_a_supplement_beside_its_bill_is_no_double(session: Session, spoil: Spoil) -> None:
    spoil(
        "insert into ledger.bills by name select * replace ('po:4034/s:1' as bill_key) "
        "from ledger.bills where bill_key = 'po:4034'"
    )
    spoil("insert into ledger.allocations values ('po:4034/s:1', 4034, 9114, 7, 9)")
    assert counting.no_bill_appears_twice(session, HEALTHY).findings == ()


def test_a_withdrawn_bill_holds_nothing(session: Session, spoil: Spoil) -> None:
    spoil(
        "insert into ledger.bills by name select * replace ('po:4034/g:1' as bill_key, 'withdrawn' as state) "
        "from ledger.bills where bill_key = 'po:4034'"
    )
    spoil("insert into ledger.allocations values ('po:4034/g:1', 4034, 9114, 0, 7)")
    assert counting.no_bill_appears_twice(session, HEALTHY).findings == ()


def test_a_bill_that_two_cycles_hold_is_found(session: Session, spoil: Spoil) -> None:
    spoil("update ledger.bills set billing_cycle = '2026-07' where bill_key = 'po:4034'")
    (finding,) = counting.no_bill_appears_twice(session, HEALTHY).findings
    assert finding.what == f"Bill {BILL} was planned in cycle 2026-07 and is in 2026-08 too."


def test_every_due_bill_is_in_a_cycle(worked: Simulation) -> None:
    known = worked.session().known(live=True)
    units = due_units(known.purchasing, known.agreement, known.ledger, known.books)
    cycles = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
    assert counting.outside(units, cycles, known).findings == ()


def test_a_bill_that_no_cycle_holds_is_found_with_its_money(worked: Simulation) -> None:
    known = worked.session().known(live=True)
    units = [
        u
        for u in due_units(known.purchasing, known.agreement, known.ledger, known.books)
        if u.cycle in {"2026-06", HEALTHY}
    ]
    early = counting.outside(units, [JULY, HEALTHY], known)
    assert {finding.purchase_orders for finding in early.findings} >= {("PO-1015",), ("PO-1016",)}
    assert "before go-live (2026-05-01): no billing cycle holds its bill." in early.findings[0].what
    late = counting.outside(units, [JUNE], known)
    (finding,) = [finding for finding in late.findings if finding.purchase_orders == ("PO-1027",)]
    assert "after the open cycle (2026-06): no billing cycle holds its bill." in finding.what
    assert finding.money == (("AUD", Decimal("4319.65")),)


# --- publishing ------------------------------------------------------------------------------------------------------


def test_a_decision_that_nobody_signed_is_an_error_in_live_mode_only(spoilable: Simulation) -> None:
    (spoilable.seeds / "signoff.yaml").write_text("[]\n")
    live = publishing.lifecycle_is_signed(spoilable.session("live"))
    shadow = publishing.lifecycle_is_signed(spoilable.session("shadow"))
    assert len(live.findings) == 2
    assert "procurement" in live.findings[0].what.lower()
    assert "cwxero signoff" in live.findings[0].what_to_do
    assert (live.severity, shadow.severity) == (ERROR, WARN)


def test_a_signed_decision_passes(worked: Simulation) -> None:
    assert publishing.lifecycle_is_signed(worked.session()).findings == ()


def test_totals_of_what_was_written_are_compared_to_the_cent(session: Session, spoil: Spoil) -> None:
    before = publishing.published_totals_match_xero(session, HEALTHY)
    assert before == Checked("4 documents in Xero, 28,630.34 AUD")
    spoil("update bills.published_bills set xero_total = total + 0.01 where bill_key = 'po:4034'")
    (finding,) = publishing.published_totals_match_xero(session, HEALTHY).findings
    assert finding.what.startswith("Xero's total of bill ")
    assert finding.what.endswith(" is 4,751.63; we computed 4,751.62.")
    assert finding.purchase_orders == ("PO-1027",)
    assert finding.money == (("AUD", Decimal("0.01")),)


def test_a_total_that_did_not_match_still_shows_the_night_after(spoilable: Simulation, spoil: Spoil) -> None:
    session = spoilable.session()
    reading.read_xero(session, night=None)
    billing.compose(session, HEALTHY, live=True)
    billing.make_plan(session, HEALTHY, live=True)
    outcomes.keep_published(session, HEALTHY, [], PublishReport())
    assert publishing.published_totals_match_xero(session, HEALTHY).findings == ()
    spoil("update staged.xero_documents set total = total - 0.02 where url like '%k=po:4034%'")
    (finding,) = publishing.published_totals_match_xero(session, HEALTHY).findings
    assert finding.what.endswith("is 4,751.60; we computed 4,751.62.")


def test_a_refusal_by_xero_is_told_in_its_words(simulation: Simulation) -> None:
    session = simulation.session()
    reading.read_connectwise(session, night=None)
    reading.read_xero(session, night=None)
    deriving.derive_receipts(session)
    deriving.derive_states(session)
    composed = billing.compose(session, HEALTHY, live=True)
    billing.make_plan(session, HEALTHY, live=True)
    (code, *_) = [line["account_code"] for line in composed.lines if line["bill_key"] == "po:4034"]
    simulation.bookkeeper.settings.archive_account(code)
    releasing.publish(session, HEALTHY, live=True)
    findings = {f.purchase_orders: f for f in publishing.nothing_is_refused_by_xero(session, HEALTHY).findings}
    finding = findings["PO-1027",]
    assert finding.what.startswith("Xero refused bill ")
    assert code in finding.what
    assert finding.money == (("AUD", Decimal("4751.62")),)


def test_a_lost_answer_is_waited_for(simulation: Simulation) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind="lose", method="PUT", path_contains="/Invoices", times=None))
    simulation.sync(HEALTHY)
    checked = publishing.nothing_waits_for_an_answer(simulation.session(), HEALTHY)
    assert {finding.purchase_orders for finding in checked.findings} == {("PO-1033",), ("PO-1027",), ("PO-1035",)}
    assert all(
        finding.what.endswith("was sent to Xero (to create it) and no answer came.") for finding in checked.findings
    )
    assert publishing.nothing_is_refused_by_xero(simulation.session(), HEALTHY).findings == ()


def test_open_cases_are_listed_with_id_and_next_step_and_only_warn(worked: Simulation) -> None:
    checked = publishing.no_open_cases(worked.session(), JUNE)
    assert checked.severity is WARN
    assert checked.scope.endswith("; 4 held back")
    assert checked.at_stake == {"AUD": Decimal("80015.84")}
    (finding,) = [finding for finding in checked.findings if finding.purchase_orders == ("PO-1015",)]
    assert finding.what == "C-B2760A5C: Xero contact cannot be used. The contact Lantern Hardware is archived in Xero."
    assert finding.what_to_do.startswith("Restore the contact in Xero")
