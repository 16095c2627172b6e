"""The command ``compare``: runs the parallel run of a cycle, tells it, signs it off.

What belongs here: the JSON of CONTRACT section 3 and the text for people. What does not: comparing (payables).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cwxero_dagster.cli.showing import line, table
from cwxero_dagster.payables.comparison.result import KINDS, Comparison, Difference, Row, TieOut
from cwxero_dagster.payables.comparison.signing import sign_off_in_words
from cwxero_dagster.payables.money import amount_text, money_text, moneys_text
from cwxero_dagster.payables.reports.parallel import STATUS
from cwxero_dagster.pipeline.comparing import Compared

SHOWN_ROWS = 25
SHOWN_REASONS = 3


def compare_answer(comparison: Comparison) -> dict[str, Any]:
    """What ``compare --json`` answers."""
    return {
        "cycle": comparison.cycle,
        "ready": comparison.readiness.ready,
        "tie_out": tie_out_answer(comparison.tie_out),
        "other_currencies": {
            currency: tie_out_answer(tie_out)
            for currency, tie_out in comparison.tie_outs.items()
            if currency != comparison.base_currency
        },
        "pairs": [answer for row in comparison.rows for answer in _pair_answers(row)],
    }


def tie_out_answer(tie_out: TieOut) -> dict[str, str]:
    """A tie-out line."""
    names = ("keyed", "only_keyed", "only_sync", "differences", "sync", "unexplained")
    return {name: amount_text(getattr(tie_out, name)) for name in names}


def _pair_answers(row: Row) -> Iterator[dict[str, Any]]:
    """A pair is one answer. Several bills for one are an answer each, the differences of all with the first of them."""
    if row.paired:
        places = [(sync.id, keyed.id) for sync in row.sync for keyed in row.keyed]
        for place, (sync_key, keyed_id) in enumerate(places):
            yield _answer(row.match, sync_key, keyed_id, row.differences if place == 0 else ())
    else:
        for bill, difference in zip(row.bills, row.differences, strict=True):
            ours = bill in row.sync
            yield _answer(row.match, bill.id if ours else None, None if ours else bill.id, (difference,))


def _answer(
    match: str, sync_key: str | None, keyed_id: str | None, differences: tuple[Difference, ...]
) -> dict[str, Any]:
    return {
        "match": match,
        "sync_key": sync_key,
        "keyed_id": keyed_id,
        "differences": [
            {"field": each.field, "sync": each.sync, "keyed": each.keyed, "kind": each.kind} for each in differences
        ],
    }


def show(compared: Compared, workbook: Path) -> None:
    """The comparison for people: the tie-out line, the verdict, patterns, then what differs, worst first."""
    comparison = compared.comparison
    line(f"Parallel run of billing cycle {comparison.cycle}: nothing was written to ConnectWise or Xero")
    for currency, tie_out in comparison.tie_outs.items():
        line()
        _tie_out(tie_out, currency)
    line()
    counts = {status: [row for row in comparison.rows if row.status == status] for status in STATUS}
    table([[str(len(rows)), STATUS[status]] for status, rows in counts.items() if rows], right=[0])
    _set_aside(comparison)
    _patterns(comparison)
    _rows(comparison)
    for remark in comparison.remarks:
        line()
        line(f"Note: {remark}")
    line()
    _verdict(compared, workbook)


def _tie_out(tie_out: TieOut, currency: str) -> None:
    rows = [
        [f"Your bills ({currency})", money_text(tie_out.keyed)],
        ["- only yours", money_text(tie_out.only_keyed)],
        ["+ only the sync's", money_text(tie_out.only_sync)],
        ["+ differences", money_text(tie_out.differences)],
    ]
    width = max(len(row[1]) for row in [*rows, ["", money_text(tie_out.sync)]])
    table([[words, amount.rjust(width)] for words, amount in rows])
    line(f"  {'-' * (max(len(row[0]) for row in rows) + 2 + width)}")
    left = max(len(row[0]) for row in rows)
    line(f"  {'= the sync'.ljust(left)}  {money_text(tie_out.sync).rjust(width)}")
    line(f"  {'unexplained'.ljust(left)}  {money_text(tie_out.unexplained).rjust(width)}")


def _set_aside(comparison: Comparison) -> None:
    if not comparison.set_aside:
        return
    sums: dict[tuple[str, str], list[Any]] = {}
    for one in comparison.set_aside:
        sums.setdefault((one.reason, one.bill.currency), []).append(one.bill.total)
    line(f"  {len(comparison.set_aside)} of your bills are set aside and not in the sums above:")
    table(
        [[str(len(totals)), money_text(sum(totals)), code, reason] for (reason, code), totals in sums.items()],
        right=[0, 1],
        indent="    ",
    )


def _patterns(comparison: Comparison) -> None:
    waiting = [pattern for pattern in comparison.patterns if pattern.open]
    if waiting:
        line()
        line("One decision clears each of these:")
        for pattern in waiting:
            line(f"  {pattern.pattern_id}  {pattern.words} (net effect: {moneys_text(pattern.amounts)})")


def _rows(comparison: Comparison) -> None:
    waiting = [row for row in comparison.rows if row.open]
    for row in waiting[:SHOWN_ROWS]:
        line()
        sync = " + ".join(f"{bill.number} {money_text(bill.total)}" for bill in row.sync) or "nothing"
        keyed = " + ".join(f"{bill.number or 'no number'} {money_text(bill.total)}" for bill in row.keyed)
        keyed = keyed or ("nothing" if row.counted else row.differences[0].keyed)
        line(f"{row.vendor_name}: {STATUS[row.status].lower()}")
        line(f"  The sync: {sync}")
        line(f"  You:      {keyed}")
        for each in row.open[:SHOWN_REASONS]:
            line(f"  {KINDS[each.kind]}: {each.reason}")
        if len(row.open) > SHOWN_REASONS:
            line(f"  ... and {len(row.open) - SHOWN_REASONS} more")
        if row.remark:
            line(f"  {row.remark}")
    if len(waiting) > SHOWN_ROWS:
        line()
        line(f"... and {len(waiting) - SHOWN_ROWS} more rows; all of them are in the files.")


def _verdict(compared: Compared, workbook: Path) -> None:
    readiness = compared.comparison.readiness
    verdict = "Ready" if readiness.ready else "Not ready"
    line(f"{verdict}: {readiness.matched} of {readiness.compared} rows ({readiness.percent_text} %).")
    for reason in readiness.reasons:
        line(f"  {reason}")
    line(sign_off_in_words(compared.signed, compared.changes))
    for change in compared.changes:
        line(f"  {change}")
    if compared.signed and not compared.changes:
        line(f"Workbook: {workbook}. Page and reports are beside it.")
    else:
        line(f"Workbook: {workbook}")
        line(
            "Write verdicts into its sheets Comparison and Patterns and save it; the next `cwxero compare` takes them."
        )
