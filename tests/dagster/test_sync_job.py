"""The job ``sync`` as Dagster runs it: what Xero holds afterwards, and what people see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from simulation import Simulation

from cwxero_dagster import frames
from cwxero_dagster.pipeline import reading
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.warehouse import tables

JUNE, HEALTHY = "2026-06", "2026-08"
HELD_IN_JUNE = {
    "accounts_and_tax_types_go_together",
    "contacts_are_active",
    "every_tracking_value_is_mapped",
    "no_open_cases",
}


def materialized(result: dg.ExecuteInProcessResult) -> set[dg.AssetKey]:
    return {event.asset_key for event in result.get_asset_materialization_events() if event.asset_key}


def publishable(simulation: Simulation) -> set[str]:
    return set(simulation.published())


def test_a_cycle_is_published_and_failing_checks_stop_no_other_bill(june: Any) -> None:
    assert june.result.success
    assert publishable(june.simulation) == {"po:4014", "po:4016", "po:4020"}
    assert {bill["Status"] for bills in june.simulation.published().values() for bill in bills} == {"DRAFT"}
    assert june.simulation.xero.complaints == []
    assert june.office.failed(june.result) == HELD_IN_JUNE


def test_every_check_of_a_healthy_cycle_passes(office: Any) -> None:
    result = office.sync(HEALTHY)
    assert result.success
    assert office.failed(result) == set()
    assert len(office.evaluations(result)) == 41


def test_a_second_run_writes_nothing_and_says_unchanged(simulation: Simulation, office: Any) -> None:
    first = office.sync(JUNE)
    bills, writes = simulation.published(), len(simulation.writes())
    simulation.clock.travel(3600)
    result = office.sync(JUNE)
    assert result.success
    assert len(simulation.writes()) == writes
    assert simulation.published() == bills
    assert office.metadata_of(result, "publish_plan")["unchanged"].value == 3
    assert office.metadata_of(result, "publish_plan")["to_write"].value == "nothing"
    for asset in ("purchase_order_lines", "receipts", "bill_headers"):
        assert office.data_version(result, asset) == office.data_version(first, asset)
    assert office.data_version(result, "xero_documents") != office.data_version(first, "xero_documents")


def test_shadow_mode_writes_nothing_at_all(simulation: Simulation, office: Any) -> None:
    documents = simulation.bills(live=False)
    result = office.sync(JUNE, mode="shadow")
    assert result.success
    assert simulation.bills(live=False) == documents
    assert simulation.writes() == []
    assert simulation.xero.complaints == []
    assert office.metadata_of(result, "published_bills")["mode"].value == "shadow"
    assert office.metadata_of(result, "publish_plan")["create"].value == 3


def test_a_failing_check_has_a_table_that_finance_can_act_on(june: Any) -> None:
    office, result = june.office, june.result
    check = office.evaluations(result)["unmapped_tracking", "every_tracking_value_is_mapped"]
    assert check.severity is dg.AssetCheckSeverity.ERROR
    assert check.partition == JUNE
    assert check.description == (
        'tracking.csv has no row for location "Perth". It holds 1 bill. Amount: 30,228.12 AUD.'
    )
    assert office.rows_of(check.metadata) == [
        {
            "what": 'tracking.csv has no row for location "Perth". It holds 1 bill.',
            "purchase orders": "PO-1019",
            "amount": "30,228.12 AUD",
            "what to do": "Add the value to tracking.csv with its Xero category and option.",
        }
    ]
    assert check.metadata["looked_at"].value == "8 bills, 119,359.98 AUD, 3,690.56 USD"
    file = Path(str(check.metadata["full_list"].value))
    assert file == june.simulation.home / "review" / JUNE / "checks" / "every_tracking_value_is_mapped.csv"
    assert "Perth" in file.read_text(encoding="utf-8-sig")


def test_assets_show_totals_and_rows_in_words(june: Any) -> None:
    office, result = june.office, june.result
    headers = office.metadata_of(result, "bill_headers")
    assert headers["total"].value == "119,359.98 AUD, 3,690.56 USD"
    first = office.rows_of(headers, "rows")[0]
    assert first["po numbers"] == 'PO "quoted" 77'
    assert (first["net"], first["tax"], first["total"]) == ("3,690.56", "0.00", "3,690.56")
    assert "contact id" not in first
    shown = office.rows_of(office.metadata_of(result, "publish_plan"), "rows")
    actions = [row["action"] for row in shown]
    assert actions == sorted(actions, key=("create", "credit", "hold", "exclude").index)
    assert len(set(actions)) > 1
    plan = {row["po numbers"]: row for row in shown}
    assert plan["PO-1016"]["reason"].startswith("Received and not billed yet.")
    assert plan["PO-1015"]["reason"] == "The contact Lantern Hardware is archived in Xero."
    assert plan["PO-1015"]["amount"] == "25,551.57 AUD"
    assert office.metadata_of(result, "publish_plan")["to_write"].value == "39,344.14 AUD, 3,690.56 USD"
    assert office.metadata_of(result, "held_bills")["amount"].value == "80,015.84 AUD"


def test_every_cell_of_every_table_is_text(june: Any) -> None:
    tables = [
        value
        for event in june.result.get_asset_materialization_events()
        for value in event.materialization.metadata.values()
        if isinstance(value, dg.TableMetadataValue)
    ]
    assert len(tables) > 6
    assert {type(cell) for table in tables for record in table.records for cell in record.data.values()} == {str}


def test_no_secret_is_in_what_dagster_keeps(june: Any) -> None:
    kept = "".join(str(entry) for entry in june.office.instance.all_logs(june.result.run_id))
    settings = june.simulation.settings()
    assert settings.connectwise
    assert settings.xero
    assert len(kept) > 10_000
    for secret in (settings.connectwise.private_key, settings.xero.client_secret):
        assert secret not in kept


# --- the guard is in the publisher -----------------------------------------------------------------------------------


def test_publishing_alone_after_failed_checks_publishes_no_held_bill(simulation: Simulation, office: Any) -> None:
    simulation.sync(JUNE, mode="shadow")
    result = office.sync(JUNE, only=["published_bills"])
    assert result.success
    assert publishable(simulation) == {"po:4014", "po:4016", "po:4020"}


def test_publishing_alone_on_an_unsigned_decision_publishes_nothing(simulation: Simulation, office: Any) -> None:
    simulation.sync(HEALTHY, mode="shadow")
    (simulation.seeds / "signoff.yaml").write_text("[]\n", encoding="utf-8")
    office.sync(HEALTHY, only=["published_bills"])
    assert publishable(simulation) == set()
    assert simulation.writes() == []


def test_an_unsigned_decision_publishes_nothing_and_is_a_red_check(simulation: Simulation, office: Any) -> None:
    (simulation.seeds / "signoff.yaml").write_text("[]\n", encoding="utf-8")
    result = office.sync(HEALTHY)
    assert simulation.writes() == []
    check = office.evaluations(result)["seed_signoff", "lifecycle_is_signed"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "cwxero signoff" in office.rows_of(check.metadata)[0]["what to do"]
    assert office.metadata_of(result, "publish_plan")["refuse"].value == 4


def test_a_bill_that_finance_took_off_the_plan_is_not_published(simulation: Simulation, office: Any) -> None:
    simulation.sync(HEALTHY, mode="shadow")
    (simulation.seeds / "exclusions.csv").write_text(
        "match_on,match_value,reason\npo_number,PO-1033,paid by card\n", encoding="utf-8"
    )
    office.sync(HEALTHY, only=["published_bills"])
    assert "po:4033" not in publishable(simulation)
    assert publishable(simulation) == {"po:4032", "po:4034", "po:4035"}


# --- what ends a run -------------------------------------------------------------------------------------------------


def test_a_broken_table_stops_what_would_bill_from_it(
    simulation: Simulation, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_xero = reading.read_xero

    def read_and_spoil(session: Session, *, night: str | None) -> Any:
        report = read_xero(session, night=night)
        with session.warehouse.transaction() as connection:
            connection.execute("update staged.xero_contacts set name = null where name = 'Lantern Hardware'")
        return report

    monkeypatch.setattr(reading, "read_xero", read_and_spoil)
    monkeypatch.setattr(tables, "nullable", lambda model: frozenset(model.to_schema().columns))
    result = office.sync(HEALTHY)
    assert not result.success
    assert simulation.writes() == []
    check = office.evaluations(result)["xero_contacts", "every_row_keeps_its_contract"]
    assert (check.passed, check.blocking) == (False, True)
    assert (
        office.rows_of(check.metadata)[0]["what"] == "In column name, 1 value: there has to be one, and there is none."
    )
    assert "bill_headers" not in {key.to_user_string() for key in materialized(result)}


def test_broken_seeds_end_the_run_before_either_system_is_asked(simulation: Simulation, office: Any) -> None:
    with (simulation.seeds / "vendors.csv").open("a", encoding="utf-8") as file:
        file.write("eight,Broken Vendor,,,,\n")
    result = office.sync(HEALTHY)
    assert not result.success
    assert simulation.requests() == 0
    text = office.failure_text(result)
    assert "vendors.csv line" in text
    assert "connectwise_vendor_id" in text
    assert "Traceback" not in text


def test_a_system_that_is_down_ends_the_run_with_a_sentence_and_nothing_half_read(
    simulation: Simulation, office: Any
) -> None:
    simulation.xero.faults.add(
        Fault(system="xero", kind="status", method="GET", path_contains="/Invoices", status=503, times=None)
    )
    result = office.sync(HEALTHY)
    assert not result.success
    assert simulation.writes() == []
    text = office.failure_text(result)
    assert "Xero" in text
    assert "Traceback" not in text
    session = simulation.session()
    assert session.warehouse.count_current(frames.XeroDocuments) == 0
    assert session.warehouse.count_current(frames.XeroContacts) == 0


def test_the_run_after_a_failure_goes_on(simulation: Simulation, office: Any) -> None:
    simulation.xero.faults.add(
        Fault(system="xero", kind="status", method="GET", path_contains="/Invoices", status=503, times=None)
    )
    assert not office.sync(HEALTHY).success
    simulation.clock.travel(3600)
    simulation.xero.faults.clear()
    assert office.sync(HEALTHY).success
    assert publishable(simulation) == {"po:4032", "po:4033", "po:4034", "po:4035"}
