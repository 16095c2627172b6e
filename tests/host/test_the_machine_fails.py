"""Disk, rights, files and clock fail a real command: a sentence; put right, the next sync leaves everything once."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from command_line import Firm, Told

from cwxero_dagster.payables.numbering import key_in
from cwxero_dagster.transport import SystemClock

CYCLE = "2026-06"
COMMAND = [sys.executable, "-m", "cwxero_dagster.cli", "sync", "--cycle", CYCLE, "--json"]
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def run(firm: Firm, *, prepare: Callable[[], None] | None = None, **environment: str) -> Told:
    """The command in a process of its own, which a limit or a lost right does not outlive."""
    done = subprocess.run(
        COMMAND,
        cwd=firm.folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        preexec_fn=prepare,
        timeout=300,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def in_words(told: Told, *, status: int = 3) -> str:
    """The sentence that people got: no stack, no JSON, no HTTP code."""
    assert told.status == status, told.err
    assert told.out == ""
    sentence = told.err.strip().splitlines()[-1]
    without_paths = re.sub(r"/\S+", "", told.err)
    for foreign in (r"Traceback", r'File "', r"[{}]", r"\b[45]\d\d\b", r"errno", r"fault of its own"):
        assert not re.search(foreign, without_paths), told.err
    return sentence


def everything_once(firm: Firm) -> None:
    """Put right, the next sync continues; the one after it has nothing to do; no bill is in Xero twice."""
    done = firm.sync(CYCLE)
    assert done.status in {0, 1}, done.err
    again = firm.sync(CYCLE)
    assert not {"create", "update", "withdraw", "credit"} & set(again.json["counts"]), again.json["counts"]
    keys = Counter(key for bill in firm.bills() if (key := key_in(bill.get("Url"))))
    due = {bill["key"] for bill in again.json["bills"] if bill["action"] == "unchanged"}
    assert due
    assert due <= set(keys)
    assert set(keys.values()) == {1}


def test_a_full_disk(firm: Firm) -> None:
    """No file may grow beyond a fifth of a megabyte, which ends writes as a full disk does."""
    limit = 200_000

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    assert "no room left" in in_words(run(firm, prepare=little_room))
    everything_once(firm)


def test_a_disk_with_little_room(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before anything is begun, and before Dagster fails to write its own history."""
    firm.sync(CYCLE)
    with monkeypatch.context() as little:
        little.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=3_000_000))
        told = firm.tell("sync", "--cycle", CYCLE, "--json")
        assert "3 MB are free" in in_words(told)
        assert "Exception" not in told.err
        doctor = firm.tell("doctor", "--json")
        found = {check["name"]: check for check in doctor.json["checks"]}
        assert (doctor.status, found["room"]["status"]) == (3, "FAIL")
    everything_once(firm)
    assert {check["name"]: check["status"] for check in firm.tell("doctor", "--json").json["checks"]}["room"] == "OK"


def test_a_home_that_may_not_be_written(firm: Firm) -> None:
    """Root writes everywhere, so where the tests run as root the command is to run without that one capability."""
    firm.home.mkdir()
    firm.home.chmod(0o555)

    def without_rights_of_root() -> None:
        if os.getuid() == 0:
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)

    assert "may not write" in in_words(run(firm, prepare=without_rights_of_root))
    firm.home.chmod(0o755)
    everything_once(firm)


@pytest.mark.parametrize("damage", ["cut off", "something else"])
def test_a_damaged_warehouse_is_put_back_from_the_copy(firm: Firm, damage: str) -> None:
    firm.sync(CYCLE)
    assert firm.tell("backup", "copy.duckdb").status == 0
    file = firm.home / "warehouse.duckdb"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage == "cut off" else b"What is this?" * 1000)
    said = in_words(firm.sync(CYCLE))
    assert "damaged" in said
    assert "cwxero backup FILE --restore" in said
    assert "rebuild-ledger" in said
    restored = firm.tell("backup", "copy.duckdb", "--restore")
    assert restored.status == 1, "which decisions came after the copy cannot be read, so a person has to look"
    assert "Restored from copy.duckdb" in restored.out
    assert "take those again. Until then a live sync holds everything that it would write" in restored.out
    assert not {"create", "update", "withdraw", "credit"} & set(firm.sync(CYCLE).json["counts"])
    waiting = [case for case in firm.tell("cases", "--json").json["cases"] if "put back" in case["what_happened"]]
    for case in waiting:
        assert case["ways_out"] == ["release"]
        assert firm.tell("release", case["id"], "--by", "Ann", "--reason", "nothing was decided since").status == 0
    everything_once(firm)


def test_a_warehouse_without_a_copy_is_rebuilt_from_xero(firm: Firm) -> None:
    firm.sync(CYCLE)
    file = firm.home / "warehouse.duckdb"
    file.write_bytes(b"What is this?" * 1000)
    in_words(firm.sync(CYCLE))
    file.rename(file.with_suffix(".damaged"))
    assert firm.tell("rebuild-ledger").status in {0, 1}
    everything_once(firm)


def test_a_warehouse_that_another_program_holds(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.sync(CYCLE)
    file = firm.home / "warehouse.duckdb"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, sys; held = duckdb.connect({str(file)!r}); print('held', flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "held"
    try:
        said = in_words(firm.sync(CYCLE))
        assert "is open in" in said
        assert f"process {holder.pid}" in said
    finally:
        holder.communicate("")
    everything_once(firm)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_was_set_by_a_day(firm: Firm, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    firm.fault("xero", "lose", method="PUT", path_contains="/Invoices", times=1)
    firm.sync(CYCLE)
    right = SystemClock.now
    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda self: right(self) + timedelta(days=days))
        assert firm.sync(CYCLE).status in {0, 1, 3}
    everything_once(firm)


@pytest.mark.parametrize(
    ("last_line", "said"), [('XERO_CLIENT_SECRET="abc', "not of the form NAME=value"), ("", "XERO_CLIENT_SECRET")]
)
def test_a_dotenv_that_was_cut_off(firm: Firm, monkeypatch: pytest.MonkeyPatch, last_line: str, said: str) -> None:
    firm.sync(CYCLE)
    requests = len(firm.requests)
    settings = {name: value for name, value in firm.environment.items() if name.startswith("XERO_")}
    for name in settings:
        monkeypatch.delenv(name)
    dotenv = firm.folder / ".env"
    whole = "".join(f'{name}="{value}"\n' for name, value in settings.items())
    dotenv.write_text(whole[: whole.index("XERO_CLIENT_SECRET")] + last_line)
    told = firm.sync(CYCLE)
    assert said in told.err
    in_words(told, status=2)
    assert "abc" not in told.err
    assert len(firm.requests) == requests
    dotenv.write_text("\n")
    emptied = firm.sync(CYCLE)
    assert "holds nothing, as after a disk that was full" in emptied.err
    in_words(emptied, status=2)
    assert len(firm.requests) == requests
    dotenv.write_text(whole)
    everything_once(firm)
