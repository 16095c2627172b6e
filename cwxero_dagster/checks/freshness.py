"""What was read of ConnectWise and Xero is recent.

What belongs here: the age of the last complete reading. What does not: reading. Dagster's own freshness looks at assets
and not at what a run read, so re-running an old month would turn it green. These checks block: what is old may not show
a bill that somebody has keyed since.
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from cwxero_dagster.checks.declaring import check_of_all
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.warehouse.notes import StagingNotes

NAME = "staging_is_fresh"
FRESH = timedelta(hours=26)
"""A night and two hours to spare."""


def freshness_checks() -> list[dg.AssetChecksDefinition]:
    """One check a system."""
    return [
        check_of_all(connectwise_is_fresh, asset="purchase_orders", name=NAME, blocking=True),
        check_of_all(xero_is_fresh, asset="xero_documents", name=NAME, blocking=True),
    ]


def connectwise_is_fresh(session: Session) -> Checked:
    """ConnectWise was read completely within the last 26 hours."""
    return read_within_a_day(session, "connectwise", "ConnectWise")


def xero_is_fresh(session: Session) -> Checked:
    """Xero was read completely within the last 26 hours."""
    return read_within_a_day(session, "xero", "Xero")


def read_within_a_day(session: Session, system: str, title: str) -> Checked:
    """A finding where the last complete reading of ``system`` is too old, or there was none."""
    runs = [run for run in StagingNotes(session.warehouse).runs() if run.system == system]
    what_to_do = "Run the job `stage`; its log says why the last reading ended early, if it did."
    if not runs:
        what = f"{title} was never read completely, so nothing is known of it."
        return Checked(f"no complete reading of {title}", (Finding(what, what_to_do),))
    last = runs[-1].finished_at
    age = session.clock.now() - last
    scope = f"the last complete reading of {title}, at {last:%Y-%m-%d %H:%M} UTC ({runs[-1].calls} API calls)"
    if age <= FRESH:
        return Checked(scope)
    what = f"{title} was last read completely {age // timedelta(hours=1)} hours ago; since then nothing is known of it."
    return Checked(scope, (Finding(what, what_to_do),))
