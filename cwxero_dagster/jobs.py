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
WEEKLY = CUSTOMERS | dg.AssetSelection.assets("received_without_a_bill", "on_billing")

stage = dg.define_asset_job(
    "stage",
    selection=STAGED,
    description="Read what changed in ConnectWise and Xero into the warehouse. Writes to neither.",
)
sync = dg.define_asset_job(
    "sync",
    selection=dg.AssetSelection.all() - WEEKLY,
    description="One billing cycle: stage, map, check, plan, publish. In shadow mode nothing is written to Xero.",
)
weekly_report = dg.define_asset_job(
    "weekly_report",
    selection=STAGED | WEEKLY,
    description="Fully received purchase orders without a bill, and cost that no customer was billed for.",
)

JOBS = [stage, sync, weekly_report]
