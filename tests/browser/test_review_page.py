"""The page of the review pack in a browser: fits a phone and a desk, asks no network, and says what matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from compared_pack import a_pack, a_run
from playwright.sync_api import Browser
from simulation import Simulation

from cwxero_dagster.pipeline.reporting import write_pack
from cwxero_dagster.review.page import write_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    simulation = Simulation(tmp_path_factory.mktemp("review"))
    simulation.sync("2026-05")
    session = simulation.session()
    files = write_pack(session, "2026-05")
    session.close()
    return files.page


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_read_on_a_phone_and_at_a_desk(chromium: Browser, page_file: Path, width: int, scheme: Any) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(page_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.inner_text("h1") == "Billing cycle 2026-05"
    assert page.inner_text("#tie-out h2") == "Everything that is due is accounted for"
    assert page.inner_text("#tie-out").count("unexplained 0.00") == 2
    assert page.locator("#questions svg rect.held").count() >= 3
    assert page.locator("#funnel tr").count() == 6
    heights = [figure.bounding_box()["height"] for figure in page.locator("#funnel .figure").all()]
    assert max(heights) < (48 if width == 1280 else 64), "an amount of the funnel is broken over many lines"
    asking = page.locator("#cases tbody tr").all_inner_texts()
    assert len(asking) == len(set(asking)) == 6
    for title in ("May have been billed already", "Tax code without a Xero tax type", "Received long ago, and no bill"):
        assert any(title in question for question in asking)
    page.evaluate("document.querySelector('#published tfoot td:last-child').textContent = '11,182,255.56\u00a0AUD'")
    cut = "[...document.querySelectorAll('.wide')].filter(box => box.scrollWidth > box.clientWidth).length"
    assert page.evaluate(cut) == 0, "a table is wider than its card, and its amounts are cut"
    assert page.inner_text("#month-end").count("Post on 2026-05-31, reverse on 2026-06-01") == 1
    assert asked == [page_file.as_uri()]
    assert said == []
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_parallel_run_is_read_on_a_phone_and_at_a_desk(chromium: Browser, tmp_path: Path, width: int) -> None:
    file = tmp_path / "review.html"
    write_page(a_pack(a_run()), file, workbook="review.xlsx")
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.inner_text("#parallel h2") == "Parallel run: not ready yet"
    assert page.locator("#bridge tr").count() == 10
    assert page.inner_text("#bridge").count("Unexplained: 0.00") == 2
    wide = [bar.bounding_box() for bar in page.locator("#bridge svg rect:not(.track)").all()]
    assert wide[0]
    assert wide[0]["width"] > 40
    assert page.locator("#kinds svg rect.ask").count() == 1
    assert page.locator("#patterns tbody tr").count() == 1
    assert said == []
    context.close()
