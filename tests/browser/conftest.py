"""A headless Chromium, and the sandbox of a home of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cwxero_dagster import sandbox_process

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Desk:
    """A browser window on the sandbox's page. ``complaints`` lists what the browser's console said."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context = browser.new_context(base_url=url, **options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def message(self) -> str:
        """What the page says about the last button."""
        return self.page.inner_text(".flash")


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("home")
    yield sandbox_process.running_sandbox(home, scenario="small").url
    for process in sandbox_process._started:
        process.terminate()
        process.wait(60)
    sandbox_process._started.clear()


@pytest.fixture
def desk(chromium: Browser, sandbox_url: str) -> Iterator[Desk]:
    """A window of a desktop's size."""
    window = Desk(chromium, sandbox_url, viewport={"width": 1360, "height": 860})
    yield window
    window.context.close()
    assert window.complaints == []


@pytest.fixture
def phone(chromium: Browser, sandbox_url: str) -> Iterator[Desk]:
    """A window of a phone's size."""
    window = Desk(chromium, sandbox_url, viewport={"width": 360, "height": 740})
    yield window
    window.context.close()
    assert window.complaints == []
