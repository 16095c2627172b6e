"""The Dagster UI as the data team and finance use it: start it, run a cycle by clicking, read what a check found."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cwxero_dagster import sandbox_process

pytestmark = pytest.mark.browser

SECOND = 1_000
CYCLE = "2026-06"


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[str]:
    """``cwxero ui`` on a home of its own, with the small firm behind it."""
    sandbox_process.running_sandbox(tmp_path, scenario="small")
    server = sandbox_process._started.pop()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CWXERO_", "DAGSTER_"))}
    environ |= {"CWXERO_HOME": str(tmp_path), "CWXERO_PUBLISH_MODE": "live"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cwxero_dagster.cli", "ui", "--port", str(port)],
        env=environ,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    try:
        url = next((line.split()[-1] for line in process.stdout if line.startswith("Dagster UI")), None)
        assert url, "the UI did not start"
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stdout.close()
        server.terminate()
        server.wait(60)


@pytest.fixture
def page(chromium: Browser, ui: str) -> Iterator[Page]:
    """A window on the UI, as it is at a person's first look."""
    context = chromium.new_context(base_url=ui, viewport={"width": 1500, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60 * SECOND)
    yield page
    context.close()


def test_a_cycle_is_run_by_clicking_and_finance_reads_what_a_check_found(page: Page) -> None:
    page.goto("/jobs")
    page.get_by_text("sync", exact=True).first.click()
    page.get_by_role("button", name="Materialize all").first.click()
    page.get_by_placeholder("ex: 2026-05").fill(CYCLE)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Launch 1 run").click()
    expect(page.get_by_text("Launched run").first).to_be_visible(timeout=60 * SECOND)
    page.goto("/runs")
    expect(page.get_by_text("Success", exact=True).first).to_be_visible(timeout=90 * SECOND)

    page.goto("/assets/unmapped_tracking?view=checks&checkDetail=every_tracking_value_is_mapped")
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    finding = page.get_by_role("row").filter(has_text="PO-1019").last
    for words in (
        'tracking.csv has no row for location "Perth". It holds 1 bill.',
        "30,228.12 AUD",
        "Add the value to tracking.csv with its Xero category and option.",
    ):
        expect(finding).to_contain_text(words)

    page.goto(f"/assets/published_bills?view=partitions&partition={CYCLE}")
    row = page.get_by_role("row").filter(has_text="po:4016").last
    expect(row).to_contain_text("confirmed")
    expect(row).to_contain_text("9,606.43")
