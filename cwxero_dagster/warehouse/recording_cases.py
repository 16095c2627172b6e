"""What plans hold, brought into the cases: which open, which go on, which close, and in which words.

What belongs here: the life of a case as plans see it. What does not: the questions put to the book, decisions
(case_book), whether they fit (deciding).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cwxero_dagster.payables.cases.grouping import HeldBill, group
from cwxero_dagster.warehouse.connection import Connection, rows_of
from cwxero_dagster.warehouse.kept_bills import bills_in, bills_text
from cwxero_dagster.warehouse.ledger_rows import note

Why = Callable[[str, HeldBill], str]
"""Why a case of a kind no longer holds a bill, in words."""
NAMED = 3
"""Reasons that a closed case names."""


def bring_up_to_date(
    connection: Connection, held: Sequence[HeldBill], mine: Callable[[HeldBill], bool], *, at: datetime, why: Why
) -> None:
    """Bring all cases up to date with ``held``, which speaks for the bills that are ``mine`` and no others."""
    now = {case.case_id: case for case in group(held)}
    kept = {row["case_id"]: row for row in rows_of(connection, "select * from ledger.cases")}
    for case_id, row in kept.items():
        if case_id not in now:
            _without(connection, row, mine, at, why)
    for case_id, case in now.items():
        bills = [_only(bill, case_id) for bill in case.bills]
        before = [bill for bill in bills_in(kept[case_id]["holding"]) if bill.held] if case_id in kept else []
        known = {bill.key: bill for bill in before if mine(bill)}
        for bill in bills:
            if bill.key not in known:
                called = case.meaning.title_of([bill.key], beside=case.beside, done=case.done, lost=case.lost)
                words = f"{called} (case {case_id}). {bill.holds[0].detail}"
                note(connection, at, bill.key, "noticed" if bill.notice else "held", words)
        still = {bill.key for bill in bills}
        gone = {key: why(case.kind, bill) for key, bill in known.items() if key not in still}
        _let_go(connection, case_id, gone, at)
        if case_id in kept:
            others = [bill for bill in before if not mine(bill)]
            if kept[case_id]["status"] != "open":
                # A question that comes back is as old as its return; what it was about before is in the notes.
                connection.execute("update ledger.cases set first_seen = ? where case_id = ?", [at, case_id])
            _update(connection, case_id, "open", [*others, *bills], None, at)
        else:
            connection.execute(
                "insert into ledger.cases values (?, ?, ?, 'open', ?, ?, null, ?)",
                [case_id, case.kind, case.cause, at, at, bills_text(bills)],
            )


def _without(
    connection: Connection, row: dict[str, Any], mine: Callable[[HeldBill], bool], at: datetime, why: Why
) -> None:
    """A case that the bills of a plan are no longer in: it closes once nothing else is in it either."""
    bills = bills_in(row["holding"])
    gone = {bill.key: why(row["kind"], bill) for bill in bills if bill.held and mine(bill)}
    if not gone:
        return
    left = [bill for bill in bills if bill.held and bill.key not in gone]
    if row["status"] != "open":
        status, because = row["status"], row["closed_because"]
        # What ended it is the decision; its cause may be there as before.
        gone = dict.fromkeys(gone, f"It is {status} by {str(because).rstrip('.')}.")
    else:
        status, because = ("open", None) if left else _why_closed(connection, row, gone)
    named = left if status == "open" else [replace(bill, held=bill.held and bill.key not in gone) for bill in bills]
    _update(connection, row["case_id"], status, named, because, row["last_seen"])
    _let_go(connection, row["case_id"], gone, at)


def _why_closed(connection: Connection, row: dict[str, Any], gone: Mapping[str, str]) -> tuple[str, str]:
    """A case that nothing holds any more: released or settled by a person, else closed by itself, and why."""
    decided = rows_of(
        connection,
        "select verb, by_name, reason from ledger.settlements where case_id = ? and undone_at is null "
        "order by decided_at desc limit 1",
        [row["case_id"]],
    )
    if decided:
        return as_decided(decided[0]["verb"], decided[0]["by_name"], decided[0]["reason"])
    words = list(dict.fromkeys(gone.values()))
    more = f" And {len(words) - NAMED} more like it." if len(words) > NAMED else ""
    return "closed", " ".join(words[:NAMED]) + more


def as_decided(verb: str, by: str, reason: str) -> tuple[str, str]:
    """The status of a case that a person decided, and why, in words."""
    return ("released", f"{by}: {reason}") if verb == "release" else ("settled", f"{by}, as {verb}: {reason}")


def _update(
    connection: Connection, case_id: str, status: str, bills: Sequence[HeldBill], because: str | None, seen: datetime
) -> None:
    connection.execute(
        "update ledger.cases set status = ?, closed_because = ?, last_seen = ?, holding = ? where case_id = ?",
        [status, because, seen, bills_text(bills), case_id],
    )


def _let_go(connection: Connection, case_id: str, gone: Mapping[str, str], at: datetime) -> None:
    """Note that a case holds bills no more; ``gone``: why, by bill key."""
    for key in sorted(gone):
        note(connection, at, key, "no longer held", f"Case {case_id} does not hold this bill any more. {gone[key]}")


def _only(bill: HeldBill, case_id: str) -> HeldBill:
    holds = tuple(one for one in bill.holds if one.case_id == case_id)
    return replace(bill, holds=holds)
