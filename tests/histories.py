"""Runs that leave nothing but their history in a Dagster instance: a job that came to its end, or that stopped."""

from __future__ import annotations

import dagster as dg


def fails(instance: dg.DagsterInstance, cycle: str, job: str = "sync") -> None:
    """A run of that job that stops; a night, if nothing else is said."""

    @dg.op
    def staging() -> None:
        raise dg.Failure("ConnectWise did not accept the keys.")

    @dg.job(name=job)
    def night() -> None:
        staging()

    tags = {"dagster/partition": cycle} if cycle else {}
    assert not night.execute_in_process(instance=instance, raise_on_error=False, tags=tags).success


def ends(instance: dg.DagsterInstance, cycle: str, job: str = "sync", *, stands: bool | None = None) -> None:
    """A run of that job that comes to its end; ``stands``: what its check of the sign-off says."""
    cycles = dg.StaticPartitionsDefinition([cycle]) if cycle else None
    check = dg.AssetCheckSpec("what_was_signed_still_stands", asset="comparison", partitions_def=cycles)

    def answer():  # type: ignore[no-untyped-def]  # Dagster reads the annotation, and knows none for this
        made = dg.AssetCheckResult(passed=bool(stands), check_name=check.name, description="PO-1 costs 9,000.00 more.")
        return dg.MaterializeResult(check_results=[] if stands is None else [made])

    checks = [] if stands is None else [check]
    comparison = dg.asset(name="comparison", check_specs=checks, partitions_def=cycles)(answer)
    work = dg.Definitions([comparison], jobs=[dg.define_asset_job(job, "*")]).resolve_job_def(job)
    assert work.execute_in_process(instance=instance, partition_key=cycle or None).success
