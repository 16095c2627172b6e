"""One command at a time in a home, and no lock that outlives its process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cwxero_dagster.warehouse.errors import HomeBusy, WarehouseUnavailable
from cwxero_dagster.warehouse.lock import home_lock

HOLDER = """
import sys
from pathlib import Path
from cwxero_dagster.warehouse.lock import home_lock
with home_lock(Path(sys.argv[1]), "sync of 2026-05"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_command_is_told_who_is_at_work(tmp_path: Path) -> None:
    with home_lock(tmp_path / "home", "sync of 2026-05"):
        said = json.loads((tmp_path / "home" / "run.lock").read_text(encoding="utf-8"))
        assert (said["pid"], said["purpose"]) == (os.getpid(), "sync of 2026-05")
        with (
            pytest.raises(
                HomeBusy, match=rf"Sync of 2026-05 \(process {os.getpid()}, since .*Z\) is at work"
            ) as raised,
            home_lock(tmp_path / "home", "review"),
        ):
            pass
        assert "Nothing was started" in str(raised.value)
    with home_lock(tmp_path / "home", "review"):
        pass


def test_a_home_on_a_network_share_is_refused_before_the_lock_is_made(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"mon:/ {tmp_path} ceph rw 0 0\n", encoding="utf-8")
    with (
        pytest.raises(WarehouseUnavailable, match="network share"),
        home_lock(tmp_path / "home", "sync", mounts=mounts),
    ):
        pass
    assert not (tmp_path / "home").exists()


def test_the_lock_is_given_back_after_a_failure(tmp_path: Path) -> None:
    def failing() -> None:
        with home_lock(tmp_path, "sync"):
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised above, without a text
        failing()
    with home_lock(tmp_path, "sync"):
        pass


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HomeBusy, match=str(holder.pid)), home_lock(tmp_path, "review"):
            pass
        holder.kill()
        holder.wait()
        with home_lock(tmp_path, "review"):
            assert json.loads((tmp_path / "run.lock").read_text(encoding="utf-8"))["purpose"] == "review"


def test_a_lock_file_that_says_nothing_readable_still_locks(tmp_path: Path) -> None:
    with home_lock(tmp_path, "sync"):
        (tmp_path / "run.lock").write_text("{", encoding="utf-8")
        with pytest.raises(HomeBusy, match="Another command"), home_lock(tmp_path, "review"):
            pass
