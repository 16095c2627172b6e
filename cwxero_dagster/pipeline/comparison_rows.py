"""A comparison as rows of its frames.

What belongs here: shaping. What does not: comparing, keeping, files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from cwxero_dagster.payables.comparison.patterns import pattern_of
from cwxero_dagster.payables.comparison.result import Comparison, Row
from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.comparison.tie_out import shares_of
from cwxero_dagster.payables.money import total


def comparison_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Rows of ``Comparisons``: what was compared, worst first, then what was set aside."""
    rows = [_row(comparison.cycle, row) for row in comparison.rows]
    aside = [
        {
            **_sides(comparison.cycle, (), (one.bill,)),
            "row_id": one.row_id,
            "match": "set_aside",
            "status": "set_aside",
            "open_differences": 0,
            "unexplained": total(()),
            "reason": one.reason,
            "remark": "",
        }
        for one in comparison.set_aside
    ]
    return rows + aside


def _row(cycle: str, row: Row) -> dict[str, Any]:
    return {
        **_sides(cycle, row.sync, row.keyed),
        **({} if row.counted else {"difference": total(())}),
        "row_id": row.row_id,
        "match": row.match,
        "status": row.status,
        "open_differences": len(row.open),
        "unexplained": row.unexplained,
        "reason": " ".join(dict.fromkeys(each.reason for each in row.differences)) or "Both sides agree.",
        "remark": row.remark,
    }


def _sides(cycle: str, sync: Sequence[BillSide], keyed: Sequence[BillSide]) -> dict[str, Any]:
    bills = (*sync, *keyed)
    sync_total, keyed_total = total(bill.total for bill in sync), total(bill.total for bill in keyed)
    return {
        "billing_cycle": cycle,
        "sync_keys": json.dumps([bill.id for bill in sync]),
        "keyed_ids": json.dumps([bill.id for bill in keyed]),
        "keyed_where": ", ".join(dict.fromkeys(bill.source for bill in keyed)),
        "po_numbers": json.dumps(list(dict.fromkeys(number for bill in bills for number in bill.po_numbers))),
        "vendor_name": bills[0].vendor_name,
        "sync_number": ", ".join(bill.number for bill in sync),
        "keyed_number": ", ".join(bill.number for bill in keyed),
        "sync_date": min((bill.dated for bill in sync if bill.dated), default=None),
        "keyed_date": min((bill.dated for bill in keyed if bill.dated), default=None),
        "currency_code": bills[0].currency,
        "sync_net": total(bill.net for bill in sync),
        "sync_tax": total(bill.tax for bill in sync),
        "sync_total": sync_total,
        "keyed_net": total(bill.net for bill in keyed),
        "keyed_tax": total(bill.tax for bill in keyed),
        "keyed_total": keyed_total,
        "difference": sync_total - keyed_total,
    }


def difference_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Rows of ``ComparisonDifferences``."""
    patterns = {pattern.pattern_id for pattern in comparison.patterns}
    return [
        {
            "billing_cycle": comparison.cycle,
            "row_id": row.row_id,
            "facts": each.facts,
            "pattern_id": pattern if (pattern := pattern_of(each)) in patterns else None,
            "field": each.field,
            "kind": each.kind,
            "line": each.line,
            "sync": each.sync,
            "keyed": each.keyed,
            "amount": each.amount,
            "currency_code": each.currency or row.bills[0].currency,
            "explained": each.explained,
            "reason": each.reason,
            "verdict": each.disposition.verdict if each.disposition else None,
            "note": each.disposition.note if each.disposition else None,
            "decided_by": each.disposition.by if each.disposition else None,
            "decided_at": each.disposition.at if each.disposition else None,
        }
        for row in comparison.rows
        for each in row.differences
    ]


def sum_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Rows of ``ComparisonSums``."""
    return [
        {"billing_cycle": comparison.cycle, "row_id": row.row_id, "currency_code": currency, **asdict(share)}
        for row in comparison.rows
        for currency, share in shares_of(row).items()
    ]


def pattern_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Rows of ``ComparisonPatterns``."""
    return [
        {
            "billing_cycle": comparison.cycle,
            "pattern_id": each.pattern_id,
            "kind": each.kind,
            "words": each.words,
            "open_differences": each.open,
            "amounts": json.dumps({currency: str(amount) for currency, amount in each.amounts.items()}),
        }
        for each in comparison.patterns
    ]


def run_row(comparison: Comparison, changes: Sequence[str], *, at: datetime) -> dict[str, Any]:
    """The row of ``ParallelRuns``."""
    readiness = comparison.readiness
    return {
        "billing_cycle": comparison.cycle,
        "compared_at": at,
        "ready": readiness.ready,
        "reasons": json.dumps(readiness.reasons),
        "compared": readiness.compared,
        "matched": readiness.matched,
        "matched_percent": readiness.percent_text,
        "remarks": json.dumps(comparison.remarks),
        "changes": json.dumps(list(changes)),
    }


def total_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Rows of ``ComparisonTotals``."""
    return [
        {
            "billing_cycle": comparison.cycle,
            "by": each.by,
            "value": each.value,
            "currency_code": each.currency,
            "keyed": each.keyed,
            "sync": each.sync,
            "difference": each.difference,
        }
        for each in comparison.totals
    ]
