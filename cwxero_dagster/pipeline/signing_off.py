"""Signs a billing cycle of the parallel run off as ready, and freezes its reports as they were signed.

What belongs here: that act. What does not: whether the cycle is ready and what changed since (payables/comparison).
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from cwxero_dagster import frames
from cwxero_dagster.payables.comparison.signing import signed_rows
from cwxero_dagster.pipeline import comparison_files
from cwxero_dagster.pipeline.comparing import Compared, comparison_of, keep
from cwxero_dagster.pipeline.reporting import write_pack
from cwxero_dagster.pipeline.session import NotReady, Session


@dataclasses.dataclass(frozen=True)
class Signed:
    """A cycle that was signed off."""

    compared: Compared
    folder: Path
    """Where its reports lie as they were signed."""


def sign_off(session: Session, cycle: str, *, by: str) -> Signed:
    """Sign a cycle off as ready. Raises ``NotReady`` with every reason where it is not.

    Reports, workbook and page are written as they were signed, and stay so: later runs write what changed beside them.
    """
    write_pack(session, cycle)  # takes what people wrote into the workbook until now
    compared = comparison_of(session, cycle)
    comparison = compared.comparison
    if not by.strip():
        message = "A sign-off needs a name. Nothing was signed."
        raise NotReady(message)
    if not comparison.readiness.ready:
        reasons = "\n".join(f"  {reason}" for reason in comparison.readiness.reasons)
        message = f"Billing cycle {cycle} is not ready, so nothing was signed:\n{reasons}"
        raise NotReady(message)
    at = session.clock.now()
    row = {
        "billing_cycle": cycle,
        "signed_by": by.strip(),
        "signed_at": at,
        "policy_digest": session.seeds().decision.digest,
        "signed_rows": json.dumps({key: dataclasses.asdict(kept) for key, kept in signed_rows(comparison).items()}),
    }
    with session.warehouse.transaction():
        model = frames.ComparisonSignatures
        kept = model.rows(session.warehouse.read_cycle(model, cycle))
        session.warehouse.replace_cycle(model, cycle, model.of([*kept, row]))
        keep(session, comparison)
    comparison_files.write_reports(session.settings.home, comparison)
    comparison_files.write_changes(session.settings.home, cycle, ())
    return Signed(comparison_of(session, cycle), _freeze(session, cycle, at=at))


def _freeze(session: Session, cycle: str, *, at: datetime) -> Path:
    """A copy of workbook, page and reports that no run touches again; the pack beside it goes on living."""
    files = write_pack(session, cycle)
    living = comparison_files.folder_of(session.settings.home, cycle)
    frozen = living / f"signed-off-{at.astimezone(UTC):%Y%m%dT%H%M%S}"
    frozen.mkdir(parents=True, exist_ok=True)
    for path in (files.workbook, files.page, *comparison_files.reports_in(living)):
        copied = frozen / path.name
        shutil.copy2(path, copied)
        copied.chmod(0o444)
    return frozen
