"""What the pages of docs/ show is what the program prints.

``CWXERO_WRITE_DOCS=1`` writes what is printed into the pages; read the difference before you keep it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_line import Firm, build_firm
from docs_pages import START, Page

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    "questions/1-which-state.md",
    "questions/2-partial-receipts.md",
    "questions/3-one-invoice-two-orders.md",
    "questions/4-reversed-after-approval.md",
    "questions/5-a-sync-failed.md",
]
WRITE = bool(os.environ.get("CWXERO_WRITE_DOCS"))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        yield build_firm(tmp_path, ends, patch, scenario="empty", start=START)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_its_commands_print(firm: Firm, name: str) -> None:
    path = DOCS / name
    random.seed(name)  # how long is waited before trying again is left to chance, and pages show the time
    played = Page(path, firm).played()
    if WRITE:
        path.write_text(played, encoding="utf-8")
    assert played == path.read_text(encoding="utf-8")
