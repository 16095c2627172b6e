"""The firm that the chaos suite works on: what ConnectWise says in two acts, and what a calm history leaves in Xero.

What belongs here: telling the story once, through the whole pipeline, and keeping what a publisher needs of it. What
does not: faults, schedules, assertions.

First act: six orders arrive, six bills are due. Then finance approves two of them. Second act: an approved bill's order
grows (a supplement), the other one's shrinks (a credit), a draft's price changes (an update), a draft's goods go back
(a withdrawal), and two more orders arrive.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from story import Story

from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.pipeline import reading
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.settings import Settings

DECISION = {"events": {"reversed": "draft_credit_note"}}
APPROVED = 2
"""Of the first act's bills, the first so many are approved before the second act."""


class MemoryStore(Store):
    """The simulated systems' documents without a file behind them, and quickly copied."""

    def __init__(self, tables: dict[str, dict[str, Any]] | None = None) -> None:
        super().__init__()
        self._tables = copy.deepcopy(tables or {})

    def put(self, kind: str, key: object, document: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self._tables.setdefault(kind, {})[str(key)] = document
        return document

    def delete(self, kind: str, key: object) -> None:
        with self.lock:
            self._tables.get(kind, {}).pop(str(key), None)


@dataclass(frozen=True)
class Acts:
    """What a publisher has to work with, act by act."""

    purchasing: tuple[Purchasing, Purchasing]
    agreement: Agreement
    books: Books
    """Contacts, accounts, rates; documents are read anew by every run."""
    tables: dict[str, dict[str, Any]]
    """Xero before the first bill."""
    settings: Settings
    starts: datetime


def tell(folder: Path) -> Acts:
    """Tell the story without publishing anything."""
    story = Story(folder, **DECISION)
    tables = {kind: docs for kind, docs in copy.deepcopy(story.store._tables).items() if kind.startswith("xero.")}
    orders = [story.order(3, 5, number=f"PO-{7000 + n}", cost=f"{40 + n}.25") for n in range(6)]
    for order in orders:
        _receive(story, order)
    first = _read(story)
    starts = story.clock.now()
    grows, shrinks, changes, goes_back, _, _ = orders
    more = story.lines(grows)[0]
    story.buyer.edit_line(more["id"], quantity=more["quantity"] + 2)
    story.buyer.receive(more["id"], 2)
    story.buyer.unreceive(story.lines(shrinks)[0]["id"], 1)
    story.buyer.change_cost(story.lines(changes)[1]["id"], Decimal("47.75"))
    for line in story.lines(goes_back):
        story.buyer.unreceive(line["id"])
    for n in (6, 7):
        _receive(story, story.order(2, number=f"PO-{7000 + n}", cost="15.50"))
    second = _read(story)
    return Acts(
        purchasing=(first.purchasing, second.purchasing),
        agreement=first.agreement,
        books=first.books,
        tables=tables,
        settings=story.settings(),
        starts=starts,
    )


def _read(story: Story) -> Known:
    """Read both systems a day later."""
    story.later()
    session = story.session()
    reading.read_connectwise(session, night=None)
    reading.read_xero(session, night=None)
    return session.known(live=True)


def _receive(story: Story, order: dict[str, Any]) -> None:
    for line in story.lines(order):
        story.buyer.receive(line["id"], int(line["quantity"]))
