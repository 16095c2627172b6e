"""On-billing as everything stands: cost, revenue and margin of received goods by customer, kept and as a CSV file.

What belongs here: reading the customer side, gathering what the rule needs, and keeping its answer. What does not: the
rule (payables/customers/on_billing), how ConnectWise is read (staging/on_billing).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.customers.on_billing import CustomerProduct, on_billed
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.records import records
from cwxero_dagster.pipeline.readings import read_organisation
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.csv_files import write_csv
from cwxero_dagster.staging.findings import StagingReport
from cwxero_dagster.staging.on_billing import stage_on_billing
from cwxero_dagster.warehouse.database import Warehouse

ZERO = Decimal(0)


def read_customer_side(session: Session) -> StagingReport:
    """Read what customers were sold and which PO lines feed it."""
    report = stage_on_billing(
        session.connectwise, session.warehouse, clock_now=session.clock.now, progress=session.progress
    )
    for remark in report.remarks:
        session.progress(f"ConnectWise: {remark}")
    return report


def keep_on_billing(session: Session) -> tuple[list[dict[str, Any]], Path]:
    """Cost, revenue and margin, kept as ``OnBilling`` and as ``review/on_billing.csv``, oldest waiting first."""
    zone = session.zone()
    purchasing = session.purchasing()
    organisation = read_organisation(session.warehouse)
    first = {
        receipt.line_id: receipt.received_on
        for receipts in purchasing.receipts.values()
        for receipt in sorted(standing(receipts), key=lambda one: one.received_on, reverse=True)
    }
    found = on_billed(
        purchasing.pos,
        [line for po_id in sorted(purchasing.lines) for line in purchasing.lines[po_id] if po_id in purchasing.pos],
        products_of(session.warehouse),
        first_received=first,
        base_currency=organisation.base_currency if organisation else "",
        today=day_of(session.clock.now(), zone),
    )
    rows = [dataclasses.asdict(one) for one in sorted(found, key=lambda one: (-one.days, one.po_id, one.line_id))]
    session.warehouse.replace(frames.OnBilling, frames.OnBilling.of(rows))
    path = session.settings.home / "review" / "on_billing.csv"
    write_csv(path, rows, list(frames.OnBilling.arrow_schema().names))
    return rows, path


def by_customer(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cost, revenue and margin by customer and currency, the largest cost first."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["customer"] or "no customer known", row["currency_code"]), []).append(row)
    shown = [
        {
            "customer": customer,
            "currency_code": currency,
            "cost": sum((row["cost"] for row in members), ZERO),
            "not_on_billed": sum((row["cost"] for row in members if row["status"] == "not on-billed"), ZERO),
            "revenue": sum((row["revenue"] or ZERO for row in members), ZERO),
            "margin": sum((row["margin"] or ZERO for row in members), ZERO),
            "oldest_days": max(row["days"] for row in members),
        }
        for (customer, currency), members in groups.items()
    ]
    return sorted(shown, key=lambda row: -row["cost"])


def products_of(warehouse: Warehouse) -> dict[int, list[CustomerProduct]]:
    """Products by the line that feeds them; the customer's id stands in the record only."""
    columns = [field.name for field in dataclasses.fields(CustomerProduct) if field.name != "customer_id"]
    rows = warehouse.current_rows(frames.CustomerProducts, [*columns, "body"])
    sold = records(CustomerProduct, [{**row, "customer_id": _company_id(row["body"])} for row in rows])
    products = {item.product_id: item for item in sold}
    found: dict[int, list[CustomerProduct]] = {}
    for link in warehouse.current_rows(frames.PurchaseLinks, ("line_id", "product_id", "present")):
        if link["present"] and link["product_id"] in products:
            found.setdefault(link["line_id"], []).append(products[link["product_id"]])
    return found


def _company_id(body: str) -> int | None:
    company = json.loads(body).get("company") or {}
    return int(company["id"]) if company.get("id") is not None else None
