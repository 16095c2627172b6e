"""The jobs of CONTRACT section 4: what runs together.

What belongs here: selections of assets. What does not: when they run (schedules).
"""

from __future__ import annotations

import dagster as dg

CUSTOMERS = dg.AssetSelection.assets("customer_products", "purchase_links")
"""The customer side: read once a week, and never by a night's run."""
STAGED = (
    dg.AssetSelection.groups("connectwise", "xero") | dg.AssetSelection.assets("receipts", "purchase_order_states")
) - CUSTOMERS
PARALLEL_RUN = dg.AssetSelection.assets("parallel_run_comparison")
"""Writes the review pack too, in which people give their verdicts."""
ANSWERS = dg.AssetSelection.assets("workbook_answers")
HEALTH = dg.AssetSelection.assets("cycle_health")
"""Red or green by what the other jobs left: it is no step of theirs, because red is a run that failed."""
WEEKLY = CUSTOMERS | dg.AssetSelection.assets("received_without_a_bill", "on_billing")

stage = dg.define_asset_job(
    "stage",
    selection=STAGED,
    description="Read what changed in ConnectWise and Xero into the warehouse. Writes to neither.",
)
sync = dg.define_asset_job(
    "sync",
    selection=dg.AssetSelection.all() - WEEKLY - PARALLEL_RUN - HEALTH,
    description="One billing cycle: stage, map, check, plan, publish. In shadow mode nothing is written to Xero.",
)
parallel_run = dg.define_asset_job(
    "parallel_run",
    selection=STAGED | dg.AssetSelection.groups("mappings") | PARALLEL_RUN | ANSWERS,
    description="One billing cycle: the sync's would-be bills against the bookkeeper's. Writes to neither system.",
)
weekly_report = dg.define_asset_job(
    "weekly_report",
    selection=STAGED | WEEKLY,
    description="Fully received purchase orders without a bill, and cost that no customer was billed for.",
)
health = dg.define_asset_job(
    "health",
    selection=HEALTH,
    description="Whether one billing cycle is healthy, told from Dagster's history. Fails, with the reasons, if not.",
)

JOBS = [stage, sync, parallel_run, weekly_report, health]
