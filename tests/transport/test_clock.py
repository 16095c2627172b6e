"""How long the machine has been up, as any process of one start reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cwxero_dagster.transport import SystemClock, clock

TOLD = "from cwxero_dagster.transport import SystemClock; print(*SystemClock().uptime())"


@pytest.mark.skipif(not clock.BOOT.exists(), reason="this system does not name its start")
def test_another_process_reads_the_same_start_and_a_later_second() -> None:
    before = SystemClock().uptime()
    other = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True).stdout.split()
    after = SystemClock().uptime()
    assert before is not None
    assert after is not None
    assert before.start == other[0] == after.start
    assert before.seconds < float(other[1]) < after.seconds


def test_a_machine_that_does_not_name_its_start_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "BOOT", tmp_path / "absent")
    assert SystemClock().uptime() is None
