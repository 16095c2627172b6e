"""Asset checks: what must be true of each table, as sentences, with tables that a finance person can act on.

What belongs here: evaluating and showing. What does not: any rule; a check shows, it does not protect (the publisher
does). Errors are for what is wrong, warnings for what only needs a look; only a broken table and a failed reading stop
a run.
"""

from __future__ import annotations

import warnings

import dagster as dg

from cwxero_dagster.checks.counting import counting_checks
from cwxero_dagster.checks.covering import covering_checks
from cwxero_dagster.checks.declaring import Cycles
from cwxero_dagster.checks.freshness import freshness_checks
from cwxero_dagster.checks.from_schema import schema_checks
from cwxero_dagster.checks.mapping import mapping_checks
from cwxero_dagster.checks.parallel_run import parallel_run_checks
from cwxero_dagster.checks.publishing import publishing_checks
from cwxero_dagster.checks.reconciliation import reconciliation_checks
from cwxero_dagster.checks.xero import xero_checks


def checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """All checks, for these billing cycles."""
    with warnings.catch_warnings():
        # Partitioned checks are marked as a preview; used on purpose, with one billing cycle a run.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            *schema_checks(cycles),
            *freshness_checks(),
            *mapping_checks(cycles),
            *xero_checks(cycles),
            *reconciliation_checks(cycles),
            *counting_checks(cycles),
            *publishing_checks(cycles),
            *parallel_run_checks(cycles),
            *covering_checks(),
        ]
