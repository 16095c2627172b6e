"""The last comparison of a cycle as runs kept it, for the pack.

What belongs here: reading its tables and joining their rows. What does not: comparing, which the pack never does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from cwxero_dagster import frames
from cwxero_dagster.frames import Table
from cwxero_dagster.payables.comparison.dispositions import verdict_words
from cwxero_dagster.payables.comparison.naming import Names
from cwxero_dagster.payables.comparison.result import CLEARING, TieOut, Total, facts_digest
from cwxero_dagster.payables.comparison.signing import sign_off_in_words
from cwxero_dagster.payables.reports.parallel import ComparedRow, FoundDifference, FoundPattern, ParallelRun
from cwxero_dagster.pipeline.comparing import signed_cycles
from cwxero_dagster.pipeline.links import bill_link, order_link
from cwxero_dagster.pipeline.packing.gathering import Gathered, Row

_SIDES = ("keyed", "only_keyed", "only_sync", "differences", "sync", "unexplained")


def parallel_run(gathered: Gathered) -> ParallelRun | None:
    """What was last compared for the cycle; None where it was never compared."""
    found = _rows(gathered, frames.ParallelRuns)
    if not found:
        return None
    run = found[0]
    kept = _rows(gathered, frames.ComparisonDifferences)
    by_row, by_pattern = _grouped(kept, "row_id"), _grouped(kept, "pattern_id")
    sums: dict[str, dict[str, TieOut]] = {}
    for one in _rows(gathered, frames.ComparisonSums):
        share = TieOut(**{side: one[side] for side in _SIDES})
        sums.setdefault(one["row_id"], {})[one["currency_code"]] = share
    rows = [
        _row(gathered, one, by_row.get(one["row_id"], ()), sums.get(one["row_id"], {}))
        for one in _rows(gathered, frames.Comparisons)
    ]
    patterns = [_pattern(one, by_pattern[one["pattern_id"]]) for one in _rows(gathered, frames.ComparisonPatterns)]
    rows_by_id, words = {row.row_id: row for row in rows}, {one.pattern_id: one.words for one in patterns}
    names = Names.of(gathered.known.books)
    signed, changes = signed_cycles(gathered.session).get(gathered.key), tuple(json.loads(run["changes"]))
    return ParallelRun(
        compared_at=run["compared_at"],
        base_currency=gathered.base_currency,
        ready=run["ready"],
        reasons=tuple(json.loads(run["reasons"])),
        compared=run["compared"],
        matched=run["matched"],
        percent=run["matched_percent"],
        remarks=tuple(json.loads(run["remarks"])),
        rows=tuple(rows),
        differences=tuple(_difference(one, rows_by_id[one["row_id"]], words, names) for one in kept),
        patterns=tuple(patterns),
        totals=tuple(
            Total(
                one["by"],
                names.of_value(one["by"], one["value"]),
                one["currency_code"],
                keyed=one["keyed"],
                sync=one["sync"],
            )
            for one in _rows(gathered, frames.ComparisonTotals)
        ),
        signed=signed is not None,
        standing=sign_off_in_words(signed, changes),
        changes=changes,
    )


def _rows(gathered: Gathered, model: type[Table]) -> list[Row]:
    return [*model.rows(gathered.session.warehouse.read_cycle(model, gathered.key))]


def _grouped(rows: Iterable[Row], by: str) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row[by]:
            found.setdefault(row[by], []).append(row)
    return found


def _row(gathered: Gathered, row: Row, differences: Sequence[Row], sums: Mapping[str, TieOut]) -> ComparedRow:
    numbers, connected = tuple(json.loads(row["po_numbers"])), gathered.session.connected
    keyed = [one for one in json.loads(row["keyed_ids"]) if gathered.document(one)]
    orders = [po.po_id for po in gathered.known.purchasing.pos.values() if po.po_number in numbers[:1]]
    aside = row["status"] == "set_aside"
    return ComparedRow(
        row_id=row["row_id"],
        shown=facts_digest(one["facts"] for one in differences),
        status=row["status"],
        match="" if row["match"] == row["status"] else row["match"].replace("_", " "),
        vendor=row["vendor_name"],
        po_numbers=numbers,
        sync_number=row["sync_number"],
        keyed_number=row["keyed_number"],
        keyed_where=row["keyed_where"],
        sync_date=row["sync_date"],
        keyed_date=row["keyed_date"],
        sums=sums,
        set_aside={row["currency_code"]: row["keyed_total"]} if aside else {},
        kinds=tuple(dict.fromkeys(one["kind"] for one in differences)),
        reason=row["reason"],
        remark=row["remark"],
        open=row["open_differences"],
        decided=_decided(differences),
        po_link=order_link(connected, orders[0]) if orders else None,
        keyed_link=bill_link(connected, keyed[0]) if keyed else None,
    )


def _difference(row: Row, of: ComparedRow, words: Mapping[str, str], names: Names) -> FoundDifference:
    return FoundDifference(
        row=of,
        kind=row["kind"],
        field=row["field"].replace("_", " "),
        line=row["line"],
        sync=names.of_value(row["field"], row["sync"]),
        keyed=names.of_value(row["field"], row["keyed"]),
        amount=row["amount"],
        currency_code=row["currency_code"],
        explained=row["explained"],
        reason=row["reason"],
        pattern=words.get(row["pattern_id"] or "", ""),
        decided=_decided([row]),
        cleared=row["verdict"] in CLEARING,
    )


def _pattern(row: Row, differences: Sequence[Row]) -> FoundPattern:
    return FoundPattern(
        pattern_id=row["pattern_id"],
        shown=facts_digest(one["facts"] for one in differences),
        words=row["words"],
        kind=row["kind"],
        differences=len(differences),
        open=row["open_differences"],
        amounts={currency: Decimal(amount) for currency, amount in json.loads(row["amounts"]).items()},
        decided=_decided(differences),
    )


def _decided(differences: Sequence[Row]) -> str:
    """What people said, each verdict once."""
    said = [
        f"{verdict_words(one['verdict'])} by {one['decided_by']} on {one['decided_at']:%Y-%m-%d}"
        + (f": {one['note']}" if one["note"] else "")
        for one in differences
        if one["verdict"]
    ]
    return "; ".join(dict.fromkeys(said))
