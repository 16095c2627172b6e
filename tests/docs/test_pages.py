"""What the pages of docs/ show is what the program prints.

``CWXERO_WRITE_DOCS=1`` writes what is printed into the pages; read the difference before you keep it.
"""

from __future__ import annotations

import os
import random
import re
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_line import Firm, build_firm
from docs_pages import START, Page

from cwxero_dagster.payables.kinds import KINDS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    "finance-runbook.md",
    "questions/1-which-state.md",
    "questions/2-partial-receipts.md",
    "questions/3-one-invoice-two-orders.md",
    "questions/4-reversed-after-approval.md",
    "questions/5-a-sync-failed.md",
]
AN_ORDER, A_CREDIT = "po:1/o:1", "po:1/c:1"
"""Keys of a purchase order in Xero and of a supplier credit."""
WRITE = bool(os.environ.get("CWXERO_WRITE_DOCS"))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        yield build_firm(tmp_path, ends, patch, scenario="empty", start=START)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_its_commands_print(firm: Firm, name: str) -> None:
    path = DOCS / name
    random.seed(name)  # how long is waited before trying again is left to chance, and pages show the time
    played = Page(path, firm).played()
    if WRITE:
        path.write_text(played, encoding="utf-8")
    assert played == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md"]), ids=lambda path: path.name)
def test_people_read_thousands_grouped(path: Path) -> None:
    for_people = re.sub(r"```(?:csv|json|yaml)\n.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"(?<![\w.,=])[0-9]{4,}\.[0-9]{2}(?![0-9])", for_people) == []


def test_the_runbook_says_of_every_kind_of_case_what_the_cases_say() -> None:
    path = DOCS / "finance-runbook.md"
    text = path.read_text(encoding="utf-8")
    found = re.findall(
        r"^### ([^\n]+)\n\n<!-- case: (\w+) -->\n(.*?)<!-- /case -->\n(.*?)(?=^### |\Z)", text, re.M | re.S
    )
    if WRITE:
        for title, kind, said, _ in found:
            wanted = f"### {KINDS[kind].title}\n\n<!-- case: {kind} -->\n{asked(kind)}<!-- /case -->"
            text = text.replace(f"### {title}\n\n<!-- case: {kind} -->\n{said}<!-- /case -->", wanted)
        path.write_text(text, encoding="utf-8")
        return
    assert [kind for _, kind, _, _ in found] == list(KINDS)
    for title, kind, said, rest in found:
        assert (title, said) == (KINDS[kind].title, asked(kind))
        assert "**Where:**" in rest
        assert "**What happens next:**" in rest
        printed = "reach the organisation" if kind == "wrong_organisation" else rf"^C-\w+@\S+  {kind}  "
        assert re.search(printed, rest, re.M), f"no example of {kind} is printed"


def asked(kind: str) -> str:
    """What the runbook says of a kind, from the words of its cases."""
    meaning = KINDS[kind]
    ways = ", ".join(f"`{verb}`" for verb in meaning.ways_out)
    of_orders = meaning.advice(meaning.ways_out, [AN_ORDER]) if meaning.of_orders else ""
    of_credits = meaning.advice(meaning.ways_out, [A_CREDIT]) if meaning.of_credits else ""
    of_two = meaning.advice(meaning.ways_out, beside=True) if meaning.of_two else ""
    of_done = meaning.advice(meaning.ways_out, done=True) if meaning.of_done else ""
    of_lost = meaning.advice(meaning.ways_out, lost=True) if meaning.of_lost else ""
    lines = [
        f"`{kind}`, for {meaning.owner}.",
        "",
        *wrapped(f"- **What to do:** {meaning.advice(meaning.ways_out)}"),
        *wrapped(f"- **About a bill that is in Xero already:** {of_two}" if of_two else ""),
        *wrapped(f"- **About a draft that was withdrawn:** {of_done}" if of_done else ""),
        *wrapped(f"- **After a restore or a rebuilt ledger:** {of_lost}" if of_lost else ""),
        *wrapped(f"- **About a supplier credit:** {of_credits}" if of_credits else ""),
        *wrapped(f"- **About a purchase order in Xero:** {of_orders}" if of_orders else ""),
        *wrapped(f"- **Ways out:** {ways or 'none is needed: it ends by itself once the cause is gone'}."),
    ]
    return "\n".join(lines) + "\n"


def wrapped(text: str) -> list[str]:
    """Lines of a list's point that fit the page."""
    return textwrap.wrap(text, 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
