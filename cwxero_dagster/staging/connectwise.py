"""Staging ConnectWise: one run, read first and written at its end.

What belongs here: the order of a run and its budget of calls. What does not: any of its steps.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import date, datetime

from cwxero_dagster.frames import ConnectWiseReference
from cwxero_dagster.staging import lists
from cwxero_dagster.staging.clients import ConnectWiseReader
from cwxero_dagster.staging.findings import DAILY, Findings, StagingReport
from cwxero_dagster.staging.known import load_known
from cwxero_dagster.staging.orders import SOURCE, OrdersRun
from cwxero_dagster.staging.refusal import OtherOrganisation
from cwxero_dagster.staging.whole_lists import whole_lists
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import StagingNotes

SYSTEM = "connectwise"


def stage_connectwise(
    client: ConnectWiseReader,
    warehouse: Warehouse,
    *,
    clock_now: Callable[[], datetime],
    whose: str,
    run_id: str = "",
    night: str | None = None,
    also: Collection[int] = (),
    lines_since: date | None = None,
    accept_deletions: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> StagingReport:
    """Read what is new, changed or gone in ConnectWise and append it to the warehouse.

    ``whose`` names the company that the settings reach. ``night`` tags the run, so that other cycles of the same night
    need not stage again (``already_staged``). ``also`` are PO ids to read in any case, such as a sensor saw; between
    two nights nothing is then looked for beyond them and what moved by its header. ``lines_since``: lines of POs that
    were closed before that day are not read (before ``go_live`` nothing is billed). ``accept_deletions`` takes it for
    true that many records are missing at once; each still has to be missing twice.

    Raises ``StagingRefused`` where the answers cannot be believed, also where this warehouse is about another company
    than the one that is reached, and ``transport.CallFailed`` where there are none; in both cases nothing was written.
    """
    started = clock_now()
    calls_before = client.calls
    findings = Findings()
    with warehouse.transaction():
        same_company(warehouse, whose)
        memory = StagingNotes(warehouse).recall(started)
        known = load_known(warehouse)
        small = whole_lists(
            "ConnectWise", ConnectWiseReference, warehouse, memory, findings, accept_deletions=accept_deletions
        )
    progress("ConnectWise: reading purchase orders")
    form = OrdersRun(
        client,
        warehouse,
        memory,
        findings,
        known,
        started,
        nightly=memory.is_due(lists.SYSTEM_INFO, DAILY, started),
        also=frozenset(also),
        lines_since=lines_since,
        accept_deletions=accept_deletions,
        progress=progress,
    ).read()
    progress("ConnectWise: reading vendors, catalog and lists")
    lists.read_vendors_and_catalog(client, memory, findings, known, form, started)
    lists.read_lists(client, memory, findings, small, started)
    if SOURCE in memory.ahead:
        findings.remarks.append(
            "The last reading carries a later time than it is now: this machine's clock was ahead. All purchase orders "
            "were read again."
        )
    findings.whose = whose
    report = findings.write(
        warehouse,
        system=SYSTEM,
        run_id=run_id or str(uuid.uuid4()),
        night=night,
        started=started,
        clock_now=clock_now,
        calls=client.calls - calls_before,
    )
    progress(f"ConnectWise: staged with {report.calls} calls")
    return report


def same_company(warehouse: Warehouse, reached: str) -> None:
    """Raises ``OtherOrganisation``: orders of two companies in one warehouse could never be told apart again."""
    known = StagingNotes(warehouse).belongs_to(SYSTEM)
    if known is not None and known != reached:
        message = (
            f"This home holds the purchase orders of {known}, and the settings now reach {reached}. Nothing was read. "
            "Put CWXERO_PROFILE and CONNECTWISE_COMPANY right (without a complete .env they fall back to the "
            f"simulation), or set a CWXERO_HOME of its own for {reached}."
        )
        raise OtherOrganisation(message)
