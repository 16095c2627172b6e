"""On-billing end to end: cost led to customers once a week, within its budget, and nothing of it in a night."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from simulation import Simulation

from cwxero_dagster import frames
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.records import Line, records
from cwxero_dagster.pipeline import on_billing
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.staging import on_billing as staged


def kept(session: Session) -> list[dict[str, Any]]:
    """On-billing as it stands, kept."""
    on_billing.read_customer_side(session)
    rows, _ = on_billing.keep_on_billing(session)
    return rows


def test_every_received_cent_is_led_somewhere_exactly_once(session: Session) -> None:
    rows = kept(session)
    lines = records(Line, frames.PurchaseOrderLines.rows(session.warehouse.current(frames.PurchaseOrderLines)))
    cost = {line.line_id: line.received * line.unit_cost for line in lines if line.received > 0 and line.unit_cost}
    by_line: dict[int, Decimal] = {}
    for row in rows:
        by_line[row["line_id"]] = by_line.get(row["line_id"], Decimal(0)) + row["cost"]
    assert by_line == {line_id: rounded(amount) for line_id, amount in cost.items()}
    assert {"on-billed", "not on-billed", "no customer known"} <= {row["status"] for row in rows}


def test_a_linked_line_shows_customer_invoice_and_margin(spoilable: Simulation, session: Session) -> None:
    rows = kept(session)
    received = {row["line_id"] for row in rows}
    link = next(one for one in spoilable.store.all("cw.product_purchases") if one["lineItemId"] in received)
    billed = [row for row in rows if row["status"] == "on-billed" and row["currency_code"] == "AUD"]
    assert all(row["invoice_number"] == "INV7001" and row["margin"] == row["revenue"] - row["cost"] for row in billed)
    mine = [row for row in rows if row["line_id"] == link["lineItemId"]]
    assert link["productId"] in {row["product_id"] for row in mine}


def test_a_product_that_was_invoiced_since_waits_no_longer_and_a_link_that_is_gone_counts_no_more(
    simulation: Simulation,
) -> None:
    simulation.sync("2026-06", mode="shadow")
    session = simulation.session()
    waiting, other = [row for row in kept(session) if row["status"] == "not on-billed" and row["product_id"]][:2]
    simulation.clock.travel(3600)
    record = dict(simulation.store.get("cw.products", waiting["product_id"]) or {})
    record["invoice"] = {"id": 7002, "identifier": "INV7002"}
    record["_info"] = {**record["_info"], "lastUpdated": f"{simulation.clock.now():%Y-%m-%dT%H:%M:%SZ}"}
    simulation.store.put("cw.products", record["id"], record)
    for link in list(simulation.store.all("cw.product_purchases")):
        if link["productId"] == other["product_id"]:
            simulation.store.delete("cw.product_purchases", link["id"])
    simulation.clock.travel(3600)
    rows = kept(session)
    session.close()
    again = [row for row in rows if row["product_id"] == waiting["product_id"]]
    assert {(row["status"], row["invoice_number"]) for row in again} == {("on-billed", "INV7002")}
    assert other["product_id"] not in {row["product_id"] for row in rows}


def test_a_run_keeps_to_its_budget_and_the_next_one_goes_on(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {(row["line_id"], row["product_id"]) for row in kept(session)}
    monkeypatch.setattr(staged, "MOST_CALLS", 1)
    monkeypatch.setattr(staged, "_PORTION", 10)
    report = on_billing.read_customer_side(session)
    assert report.calls <= 4
    for _ in range(6):
        on_billing.read_customer_side(session)
    rows, _ = on_billing.keep_on_billing(session)
    assert {(row["line_id"], row["product_id"]) for row in rows} == whole


def test_without_the_report_drop_ship_orders_still_name_their_customer(tmp_path: Path) -> None:
    simulation = Simulation(tmp_path, of_connectwise={"report_available": "forbidden"})
    simulation.sync("2026-06", mode="shadow")
    session = simulation.session()
    report = on_billing.read_customer_side(session)
    assert "System > API Reports" in " ".join(report.remarks)
    rows, _ = on_billing.keep_on_billing(session)
    session.close()
    assert {row["status"] for row in rows} == {"not on-billed", "no customer known"}
    assert all(row["customer"] for row in rows if row["status"] == "not on-billed")


def test_the_weekly_job_lists_what_was_never_on_billed_oldest_first(simulation: Simulation, office: Any) -> None:
    result = office.run("weekly_report")
    assert result.success
    metadata = office.metadata_of(result, "on_billing")
    shown = office.rows_of(metadata, "first_rows" if "first_rows" in metadata else "rows")
    ages = [int(row["days"]) for row in shown]
    assert ages == sorted(ages, reverse=True)
    assert ages[0] > 0
    with Path(str(metadata["full_list"].value)).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["status"] for row in rows} >= {"on-billed", "not on-billed"}
    assert len(office.rows_of(metadata, "by_customer")) > 1
    assert office.metadata_of(result, "customer_products")["api_calls"].value <= 6
