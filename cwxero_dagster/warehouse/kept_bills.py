"""The bills of a case as the case book keeps them: one text a case.

What belongs here: that text, both ways. What does not: when a case is opened, changed or closed (case_book).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.slices import Slice


def bills_text(bills: Iterable[HeldBill]) -> str:
    """The bills, in order, as text."""
    return json.dumps(
        [
            {
                "key": bill.key,
                "cycle": bill.cycle,
                "po_numbers": bill.po_numbers,
                "amount": str(bill.amount),
                "currency_code": bill.currency_code,
                "facts": bill.facts,
                "document_type": bill.document_type,
                "po_ids": bill.po_ids,
                "slices": _rows(bill.slices),
                "gone": None if bill.gone is None else _rows(bill.gone),
                "xero_id": bill.xero_id,
                "held": bill.held,
                "notice": bill.notice,
                "on_bills": bill.on_bills,
                "meaning": bill.meaning,
                "holds": [_hold_row(one) for one in bill.holds],
            }
            for bill in bills
        ]
    )


def bills_in(text: str) -> list[HeldBill]:
    """The bills that ``bills_text`` put down, by this or an earlier version."""
    return [
        HeldBill(
            row["key"],
            row["cycle"],
            tuple(row["po_numbers"]),
            Decimal(row["amount"]),
            row["currency_code"],
            tuple(_hold(*parts) for parts in row["holds"]),
            row["facts"],
            row["document_type"],
            tuple(row["po_ids"]),
            _slices(row["slices"]),
            _slices(row["gone"]) if row.get("gone") is not None else None,
            row["xero_id"],
            row.get("held", True),
            row.get("notice", False),
            tuple(row.get("on_bills", ())),
            row.get("meaning"),
        )
        for row in json.loads(text)
    ]


def gone_text(bills: Iterable[HeldBill]) -> str:
    """What a question about goods that went back is about, bill by bill, as text."""
    return json.dumps({bill.key: None if bill.gone is None else _rows(bill.gone) for bill in bills})


def gone_in(text: str | None) -> dict[str, tuple[Slice, ...] | None]:
    """What ``gone_text`` put down; nothing where an earlier version did not."""
    kept = json.loads(text or "{}")
    return {key: None if rows is None else _slices(rows) for key, rows in kept.items()}


def on_bills_text(bills: Iterable[HeldBill]) -> str:
    """On which bills a person may have put the goods that a question is about, bill by bill, as text."""
    return json.dumps({bill.key: bill.on_bills for bill in bills if bill.on_bills})


def on_bills_in(text: str | None) -> dict[str, tuple[str, ...]]:
    """What ``on_bills_text`` put down; nothing where an earlier version did not."""
    return {key: tuple(keys) for key, keys in json.loads(text or "{}").items()}


def _rows(slices: Iterable[Slice]) -> list[list[int | str]]:
    return [[part.po_id, part.line_id, str(part.start), str(part.end)] for part in slices]


def _slices(rows: Iterable[tuple[int, int, str, str]]) -> tuple[Slice, ...]:
    return tuple(Slice(po, line, Decimal(start), Decimal(end)) for po, line, start, end in rows)


def _hold_row(one: Hold) -> list[Any]:
    stake = [one.stake[0], str(one.stake[1])] if one.stake else None
    return [one.kind, one.cause, one.detail, one.facts, one.ways_out, one.beside, stake, one.done, one.lost, one.others]


def _hold(
    kind: str,
    cause: str,
    detail: str,
    facts: str,
    ways_out: list[str] | None = None,
    beside: bool = False,
    stake: tuple[str, str] | None = None,
    done: bool = False,
    lost: bool = False,
    others: Iterable[str] = (),
) -> Hold:
    verbs = None if ways_out is None else tuple(ways_out)
    money = (stake[0], Decimal(stake[1])) if stake else None
    return Hold(
        kind, cause, detail, facts, verbs, beside=beside, done=done, lost=lost, others=tuple(others), stake=money
    )
