"""The pack of a cycle in which nothing but a parallel run happened, made in memory, with text that attacks.

What belongs here: that pack. What does not: assertions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.calendar import cycle
from cwxero_dagster.payables.comparison.result import TieOut, Total
from cwxero_dagster.payables.reports.accrual import Accrual
from cwxero_dagster.payables.reports.bills import cycle_figures
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.payables.reports.parallel import ComparedRow, FoundDifference, FoundPattern, ParallelRun

HOSTILE = "=cmd|' /C calc'!A0<script>alert(\"x\")</script>"
MADE = datetime(2026, 6, 2, 3, 0, tzinfo=UTC)


def d(text: str) -> Decimal:
    return Decimal(text)


def row(row_id: str, status: str, sums: Mapping[str, TieOut], **changes: Any) -> ComparedRow:
    made: dict[str, Any] = {
        "row_id": row_id, "shown": f"F{row_id}", "status": status, "match": "po number", "vendor": HOSTILE,
        "po_numbers": ("PO-1",), "sync_number": "PO-1", "keyed_number": "+7", "keyed_where": "AUTHORISED",
        "sync_date": date(2026, 5, 4), "keyed_date": date(2026, 5, 6), "sums": sums, "set_aside": {}, "kinds": (),
        "reason": HOSTILE, "remark": "", "open": 0, "decided": "", "po_link": "javascript:alert(1)",
        "keyed_link": "https://example.test/bill",
    }  # fmt: skip
    return ComparedRow(**{**made, **changes})


def a_run(**changes: Any) -> ParallelRun:
    """A row that agrees, one in two currencies, one that only she has, one that only the sync has, and rent."""
    agrees = row("R1", "agrees", {"AUD": TieOut(keyed=d("110.10"), sync=d("110.10"))})
    two = row(
        "R2", "differs", {"AUD": TieOut(sync=d("55.05"), differences=d("55.05")),
                          "USD": TieOut(keyed=d("40.00"), differences=d("-40.00"))}, kinds=("mapping",), open=1,
    )  # fmt: skip
    hers = row("R3", "only_keyed", {"AUD": TieOut(keyed=d("20.20"), only_keyed=d("20.20"))}, kinds=("missing",), open=1)
    ours = row(
        "R4", "only_sync", {"AUD": TieOut(sync=d("0.03"), only_sync=d("0.03"))}, kinds=("extra",), keyed_link=None
    )
    rent = row("S1", "set_aside", {}, set_aside={"AUD": d("6850.00")}, match="")
    found = FoundDifference(
        row=two, kind="mapping", field="currency", line="", sync="AUD", keyed="USD", amount=d("0"), currency_code="AUD",
        explained=True, reason=HOSTILE, pattern="", decided="", cleared=False,
    )  # fmt: skip
    alike = FoundPattern(
        pattern_id="P1", shown="FP1", words=f"2 bills: {HOSTILE}", kind="mapping", differences=2, open=2,
        amounts={"AUD": d("0.00")}, decided="",
    )  # fmt: skip
    made: dict[str, Any] = {
        "compared_at": MADE, "base_currency": "AUD", "ready": False, "reasons": ("1 bill that only you have.",),
        "compared": 4, "matched": 2, "percent": "50", "remarks": (), "rows": (two, hers, ours, agrees, rent),
        "differences": (found,), "patterns": (alike,), "totals": (Total("account", "310", "AUD", d("1"), d("2")),),
        "signed": False, "standing": "Not signed off.", "changes": (),
    }  # fmt: skip
    return ParallelRun(**{**made, **changes})


def a_pack(run: ParallelRun | None) -> ReviewPack:
    """The pack of a cycle in which nothing but a parallel run happened."""
    return ReviewPack(
        cycle=cycle("2026-05"), organisation="Office", base_currency="AUD", mode="shadow", signed_by=(), made_at=MADE,
        today=date(2026, 6, 2), as_at=date(2026, 5, 31), bills=(), to_key="", due=(), cases=(), decided=(), funnel=(),
        goods=(), keyed=(),
        accrual=Accrual(date(2026, 5, 31), date(2026, 6, 1), ()), drafts=(), paid=(), cents=(),
        trend=(cycle_figures("2026-05", (), orders=0),), volume=None, parallel=run,
    )  # fmt: skip
