"""``cwxero demo`` and ``cwxero ui`` in the sandbox profile, with the sandbox as the process of its own that it is."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from cwxero_dagster.cli import demo
from cwxero_dagster.pipeline.worklist import read_worklist
from cwxero_dagster.sandbox_process import running_sandbox

TWO_CYCLES = ("2026-06", "2026-07")


@pytest.fixture
def home(tmp_path, monkeypatch, clean_environment):
    """A home whose sandbox holds the small scenario."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CWXERO_HOME", str(tmp_path / "home"))
    running_sandbox(tmp_path / "home", scenario="small")
    return tmp_path / "home"


def test_the_demo_tells_its_story_twice_on_one_home(home, tell, monkeypatch):
    monkeypatch.setattr("cwxero_dagster.definitions.checks", lambda cycles: [])
    # Two of the seven cycles are enough of a story.
    monkeypatch.setattr(demo, "read_worklist", lambda home: [c for c in read_worklist(home) if c in TWO_CYCLES])
    first = tell("demo", "--no-ui")
    assert first.status == 0, first.err
    for words in (
        "The first night", "Staged: 38 purchase orders", "The second night", ", 0 writes to Xero", "People at work",
        "The bookkeeper approves", "adds a row to vendors.csv", "closed by itself", "In short", "Published:", "Held:",
    ):  # fmt: skip
        assert words in first.out, words
    assert "Traceback" not in first.err
    assert "ConnectWise: staged" in first.err
    again = tell("demo", "--no-ui")
    assert again.status == 0, again.err
    assert ", 0 writes to Xero" in again.out
    assert not re.search(r"^ *2026-\d\d +[1-9]", again.out, re.MULTILINE), "nothing is created a second time"


def test_the_ui_opens_beside_the_sandbox_and_leaves_no_process_behind(home):
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "cwxero_dagster.cli", "ui", "--port", str(port)],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        assert f"http://127.0.0.1:{port}" in lines[0]
        assert httpx.get(f"http://127.0.0.1:{port}/server_info", trust_env=False).is_success
        page = re.search(r"http://127\.0\.0\.1:\d+", lines[1])
        assert page is not None
        assert httpx.get(f"{page[0]}/health", trust_env=False).json()["ok"]
        family = _children(process.pid)
        assert len(family) >= 3
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    deadline = time.monotonic() + 20
    while any(map(_alive, family)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in family if _alive(pid)] == []


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _children(pid):
    """Processes below ``pid``, the sandbox left out: it belongs to every command of its home."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == pid and b"cwxero_dagster.sandbox" not in command:
                found += [int(entry.name), *_children(int(entry.name))]
    return found


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
