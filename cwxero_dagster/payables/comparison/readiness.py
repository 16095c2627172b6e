"""Whether a cycle of the parallel run counts as ready, by the criteria that lifecycle.yaml agreed beforehand.

What belongs here: the criteria and the reasons in words. What does not: what differs (differences).

A row is matched once both sides agree, or a person's verdict let every difference of it stand. A bill that only one
side has, or that nobody can tell from another, is a lost or a doubled bill until somebody says otherwise: it keeps a
cycle from being ready whatever the percentage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.comparison import result
from cwxero_dagster.payables.comparison.result import KINDS, Row
from cwxero_dagster.payables.lifecycle.decision import Readiness as Criteria
from cwxero_dagster.payables.money import by_currency, money_text, moneys_text, plain
from cwxero_dagster.payables.wording import counted

ONE_SIDED = {
    "only_keyed": ("bill that only you have", "bills that only you have"),
    "only_sync": ("bill that only the sync has", "bills that only the sync has"),
    "ambiguous": ("set of bills that nothing tells apart", "sets of bills that nothing tells apart"),
}


def readiness(rows: Sequence[Row], criteria: Criteria) -> result.Readiness:
    """The verdict on a cycle."""
    matched = sum(not row.open for row in rows)
    percent = Decimal(100 * matched) / len(rows) if rows else Decimal(0)
    found = result.Readiness(ready=False, reasons=(), compared=len(rows), matched=matched, matched_percent=percent)
    reasons = []
    if not rows:
        reasons.append("No bill was compared.")
    elif percent < criteria.min_matched_percent:
        reasons.append(
            f"{matched} of {len(rows)} rows agree or are decided ({found.percent_text} %); agreed were at least "
            f"{plain(criteria.min_matched_percent)} %. Open rows, by what differs: {_open_kinds(rows)}."
        )
    for status, (one, many) in ONE_SIDED.items():
        open_rows = [row for row in rows if row.status == status and row.open]
        if open_rows:
            count = len(open_rows)
            reasons.append(f"{count} {one if count == 1 else many}, {_money(open_rows)}, without a verdict.")
    for currency, amount in _unexplained(rows, cleared=False).items():
        if amount > criteria.max_unexplained:
            reasons.append(
                f"{money_text(amount, currency)} of differences that no line explains, without a verdict; agreed were "
                f"at most {money_text(criteria.max_unexplained)}."
            )
    return replace(found, ready=not reasons, reasons=tuple(reasons))


def left_to_see(rows: Sequence[Row]) -> Iterator[str]:
    """What whoever signs a cycle that is ready looks at first: few open rows may be much money."""
    money = [(one.currency or row.bills[0].currency, abs(one.amount)) for row in rows for one in row.open]
    if money:
        yield (
            f"Look at this before you sign: {counted(len(money), 'difference')} without a verdict, "
            f"{moneys_text(by_currency(money))} without regard to sign."
        )
    if let_stand := _unexplained(rows, cleared=True):
        yield f"Look at this before you sign: verdicts let {moneys_text(let_stand)} stand that no line explains."


def not_over(last_day: date) -> str:
    """What whoever signs a cycle that is ready has to know while it goes on. ``last_day``: of the cycle."""
    return (
        f"Look at this before you sign: the billing cycle runs until {last_day}, and what comes until then is in no "
        "row yet. It would be listed as changed since you signed."
    )


def _unexplained(rows: Iterable[Row], *, cleared: bool) -> dict[str, Decimal]:
    """Money that nothing on the bills explains, by currency and without regard to sign: verdicts let it stand, or not.

    A person's word is an explanation; the tie-out line goes on naming the money.
    """
    return by_currency(
        (each.currency or row.bills[0].currency, abs(each.amount))
        for row in rows
        for each in row.differences
        if not each.explained and each.cleared == cleared
    )


def _open_kinds(rows: Sequence[Row]) -> str:
    counts = Counter(kind for row in rows for kind in {each.kind for each in row.open})
    return "; ".join(f"{KINDS[kind].lower()} {count}" for kind, count in counts.most_common())


def _money(rows: Sequence[Row]) -> str:
    sums: dict[str, Decimal] = {}
    for row in rows:
        for bill in row.sync if row.status == "only_sync" else row.keyed:
            sums[bill.currency] = sums.get(bill.currency, Decimal(0)) + bill.total
    return moneys_text(sums)
