"""The job parallel_run: it compares a cycle, checks it, and writes to neither system."""

from __future__ import annotations

from decimal import Decimal

from dagster import AssetCheckSeverity

from cwxero_dagster.cli.compare import compare_answer, show
from cwxero_dagster.pipeline.comparing import comparison_of


def test_the_job_compares_and_writes_nothing_in_live_mode(office, capsys) -> None:
    result = office.run("parallel_run", "2026-06", mode="live")
    assert result.success, office.failure_text(result)
    assert office.simulation.writes() == []
    check = office.evaluations(result)["parallel_run_comparison", "the_cycle_is_ready_to_go_live"]
    assert (check.passed, check.severity) == (False, AssetCheckSeverity.WARN)
    assert "what_was_signed_still_stands" not in office.failed(result)
    metadata = office.metadata_of(result, "parallel_run_comparison")
    assert str(metadata["ready"].value).startswith("not yet: ")
    assert list(metadata).index("tie_out") < list(metadata).index("rows"), "what ties out is read first"
    lines = office.rows_of(metadata, "tie_out")
    assert lines[0]["currency"] == "AUD"
    assert {line["unexplained"] for line in lines} == {"0.00"}
    only_the_syncs = [row for row in office.rows_of(metadata, "rows") if row["status"] == "Only the sync has it"]
    assert all(row["the sync's"].endswith(("AUD", "NZD", "USD")) and not row["yours"] for row in only_the_syncs)
    compared = comparison_of(office.simulation.session(), "2026-06")
    answer = compare_answer(compared.comparison)
    assert list(answer) == ["cycle", "ready", "tie_out", "other_currencies", "pairs"]
    assert list(answer["tie_out"]) == ["keyed", "only_keyed", "only_sync", "differences", "sync", "unexplained"]
    assert answer["tie_out"]["unexplained"] == "0.00"
    assert all(list(pair) == ["match", "sync_key", "keyed_id", "differences"] for pair in answer["pairs"])
    show(compared, "here")
    told = capsys.readouterr().out
    assert "= the sync" in told
    assert f"{Decimal(answer['tie_out']['sync']):,.2f}" in told
