"""The digest's figures: written by runs, read by the sensor, which may not open the warehouse.

What belongs here: that one small file, and gathering what is in it. What does not: its shape (payables/reports/news),
wording and sending (review/digest).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.bills import owed
from cwxero_dagster.payables.books import FINAL, Document
from cwxero_dagster.payables.money import by_currency, moneys_text
from cwxero_dagster.payables.reports.news import News, Question
from cwxero_dagster.payables.wording import few
from cwxero_dagster.pipeline.bill_frames import asked_about
from cwxero_dagster.pipeline.links import order_link
from cwxero_dagster.pipeline.readings import read_books, read_organisation
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.files import workbook_path

FILE = "digest.json"
MOST = 6
"""Questions that the message names; the workbook holds all."""
NAMED_ORDERS = 3
"""Purchase orders that it names of a question."""


def write_news(session: Session) -> News:
    """Gather the figures over all cycles and put them down; the file appears whole or not at all."""
    news = _gathered(session)
    home = session.settings.home
    fresh = home / f"{FILE}.new"
    text = json.dumps({"news": asdict(news), "at": session.clock.now().astimezone(UTC).isoformat()}, indent=1)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(home / FILE)
    return news


def read_news(home: Path) -> tuple[News, datetime] | None:
    """What the last run put down, and when; None before the first."""
    try:
        record = json.loads((home / FILE).read_text(encoding="utf-8"))
        found: dict[str, Any] = dict(record["news"])
        questions = tuple(Question(**each) for each in found.pop("questions"))
        packs = tuple(found.pop("packs"))
        return News(**found, questions=questions, packs=packs), datetime.fromisoformat(record["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _gathered(session: Session) -> News:
    organisation = read_organisation(session.warehouse)
    base = organisation.base_currency if organisation else ""
    plan = frames.Plan.rows(session.warehouse.read(frames.Plan))
    documents = read_books(session.warehouse).by_id
    held = {row["bill_key"]: row for row in plan if row["action"] in {"hold", "refuse"}}
    there = [
        document
        for row in plan
        if row["xero_id"] and (document := documents.get(row["xero_id"].lower())) and document.live
    ]
    drafts = [document for document in there if document.status not in FINAL]
    cases = session.case_book.cases()
    first = {row["po_number"]: row["po_id"] for row in _orders(session)}
    cycles = sorted({cycle for kept in cases for cycle in kept.case.cycles})
    review = session.settings.home / "review"
    return News(
        organisation=organisation.name if organisation else "",
        mode=session.settings.publish_mode,
        held=moneys_text(by_currency(map(asked_about, held.values())), base),
        held_bills=len(held),
        open_cases=len(cases),
        questions=tuple(
            Question(
                case_id=kept.case.case_id,
                title=kept.case.title,
                owner=kept.case.meaning.owner,
                bills=len(kept.case.bill_keys),
                counts=kept.case.counts,
                amount=kept.case.money_words,
                orders=few(kept.case.po_numbers, NAMED_ORDERS),
                link=_link(session, first, kept.case.po_numbers),
            )
            for kept in sorted(cases, key=lambda kept: -kept.case.size)[:MOST]
        ),
        drafts=_sum(map(_in_xero, drafts), base),
        draft_bills=len(drafts),
        in_xero=_sum(map(_in_xero, there), base),
        bills_in_xero=len(there),
        packs=tuple(str(path) for cycle in cycles if (path := workbook_path(review / cycle, cycle)).exists()),
    )


def _orders(session: Session) -> list[dict[str, Any]]:
    return session.warehouse.current_rows(frames.PurchaseOrders, ("po_number", "po_id"))


def _link(session: Session, ids: dict[str, int], numbers: tuple[str, ...]) -> str | None:
    po_id = ids.get(numbers[0]) if numbers else None
    return None if po_id is None else order_link(session.connected, po_id)


def _in_xero(document: Document) -> tuple[str, str, Decimal]:
    """What the document stands for in Xero, whoever put it there."""
    return document.document_type, document.currency_code, document.total


def _sum(figures: Iterable[tuple[str, str, Decimal]], base: str) -> str:
    """Types of document, currencies and totals in words; a credit counts negative."""
    return moneys_text(by_currency((currency, owed(kind, amount)) for kind, currency, amount in figures), base)
