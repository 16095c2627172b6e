"""A run whose history Dagster cannot keep says so once, in words; everything else on standard error stays as it is."""

from __future__ import annotations

import sys

import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from cwxero_dagster.cli.dagster_history import IN_WORDS, unkept_history_in_words


def test_history_that_cannot_be_kept_is_told_once_and_without_its_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @dg.job
    def empty_handed() -> None:
        dg.op(name="reads")(lambda context: context.log.info("read"))()

    def full(*_: object) -> None:
        raise OperationalError("INSERT INTO event_logs", {"event": '{"key": 1}'}, OSError("disk I/O error"))

    with dg.DagsterInstance.ephemeral() as instance, unkept_history_in_words():
        monkeypatch.setattr(instance.event_log_storage, "store_event", full)
        with pytest.raises(OperationalError):
            empty_handed.execute_in_process(instance=instance)
    told = capsys.readouterr().err
    assert told.count(IN_WORDS) == 1
    assert "INSERT" not in told


def test_all_else_is_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    with unkept_history_in_words():
        sys.stderr.write("ConnectWise: reading purchase orders\n")
    assert capsys.readouterr().err == "ConnectWise: reading purchase orders\n"
