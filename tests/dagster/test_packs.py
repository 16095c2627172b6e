"""The review pack and the decisions of people as Dagster runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

from cwxero_dagster.pipeline.news import read_news
from cwxero_dagster.telling import failures


def test_a_sync_writes_the_pack_and_what_finance_is_told(june: Any) -> None:
    assert june.result.success
    metadata = june.office.metadata_of(june.result, "review_pack")
    assert Path(str(metadata["workbook"].value)).exists()
    assert Path(str(metadata["page"].value)).exists()
    tie_out = june.office.rows_of(metadata, "tie_out")
    assert {row["amount"] for row in tie_out if row["what"] == "unexplained"} == {"0.00"}
    assert not [row for row in tie_out if row["what"] not in {"due", "unexplained"} and row["amount"] == "0.00"]
    news, _ = read_news(june.simulation.home) or (None, None)
    assert news is not None
    assert news.held_bills == metadata["bills_held"].value > 0
    assert news.packs == (str(metadata["workbook"].value),)


def test_what_is_asked_of_a_person_is_not_told_again_as_a_failed_check(june: Any) -> None:
    assert "every_tracking_value_is_mapped" in june.office.failed(june.result)
    assert failures(june.office.instance) == ([], [])


def decide(office: Any, **config: str) -> dg.ExecuteInProcessResult:
    type(office).open = office
    job = office.defs().resolve_job_def("decide_case")
    return job.execute_in_process(
        run_config={"ops": {"decide": {"config": config}}}, instance=office.instance, raise_on_error=False
    )


def test_the_data_team_decides_a_case_with_a_job(office: Any) -> None:
    office.simulation.sync("2026-05")
    cases = office.simulation.session().case_book.cases
    (case_id,) = [kept.case.case_id for kept in cases() if kept.case.kind == "rounding"]
    refused = decide(office, case=case_id, verb="release", by="Ann")
    assert not refused.success
    assert "needs a reason and a name" in office.failure_text(refused)
    assert decide(office, case=case_id, verb="release", by="Ann", reason="Xero is right").success
    assert case_id not in {kept.case.case_id for kept in cases()}
    assert decide(office, case=case_id, verb="undo", by="Tom").success
    assert case_id in {kept.case.case_id for kept in cases()}
