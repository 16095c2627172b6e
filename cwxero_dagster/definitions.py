"""Everything that Dagster loads, in one page.

What belongs here: the lists, joined by one function with overrides for tests. What does not: definitions themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from cwxero_dagster.assets.bills import bill_assets
from cwxero_dagster.assets.mappings import SEED_ASSETS
from cwxero_dagster.assets.on_billing import ON_BILLING_ASSETS
from cwxero_dagster.assets.packs import pack_assets
from cwxero_dagster.assets.parallel_run import parallel_run_assets
from cwxero_dagster.assets.publish import publish_assets
from cwxero_dagster.assets.review import review_assets
from cwxero_dagster.assets.staging import STAGING_ASSETS
from cwxero_dagster.checks import checks
from cwxero_dagster.deciding import decide_case
from cwxero_dagster.jobs import JOBS
from cwxero_dagster.judging import health_assets, judging
from cwxero_dagster.partitions import billing_cycles
from cwxero_dagster.resources import Firm
from cwxero_dagster.schedules import schedules
from cwxero_dagster.sensors import sensors
from cwxero_dagster.telling import review_digest


def build_defs(
    *, resources: Mapping[str, Any] | None = None, cycles: dg.MonthlyPartitionsDefinition | None = None
) -> dg.Definitions:
    """The code location; ``resources`` and ``cycles`` replace the real ones in tests.

    Runs execute in one process, one step after the other, because the warehouse has one writer.
    """
    cycles = cycles or billing_cycles()
    return dg.Definitions(
        assets=[
            *STAGING_ASSETS,
            *SEED_ASSETS,
            *bill_assets(cycles),
            *publish_assets(cycles),
            *review_assets(cycles),
            *pack_assets(cycles),
            *health_assets(cycles),
            *ON_BILLING_ASSETS,
            *parallel_run_assets(cycles),
        ],
        asset_checks=checks(cycles),
        jobs=[*JOBS, decide_case],
        schedules=schedules(cycles),
        sensors=[*sensors(cycles), judging(cycles), review_digest],
        resources={"firm": Firm(), **(resources or {})},
        executor=dg.in_process_executor,
    )


defs = build_defs()
