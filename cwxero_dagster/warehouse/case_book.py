"""The case book: which cases are open, since when, and what people decided about them.

What belongs here: keeping cases and decisions (releases, settlements), closing what is no longer held. What does not:
the words of a case (payables/cases), the effect of a decision (planning reads it through ``LedgerView``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cwxero_dagster.payables.cases.grouping import Case, HeldBill, group
from cwxero_dagster.payables.kinds import WENT_BACK
from cwxero_dagster.payables.ledger_view import ADJUSTING, CLOSING, LETTING, Settlement
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.deciding import CaseRefused, KeptCase, check_billed_by, check_fits, check_named, id_named
from cwxero_dagster.warehouse.kept_bills import bills_in, bills_text, gone_in, gone_text, on_bills_in, on_bills_text
from cwxero_dagster.warehouse.ledger_rows import note
from cwxero_dagster.warehouse.settled_bills import close_bill, open_bill_again

__all__ = ["CaseBook", "CaseRefused", "KeptCase"]

Why = Callable[[str, HeldBill], str]
"""Why a case of a kind no longer holds a bill, in words."""
NAMED = 3
"""Reasons that a closed case names."""


class CaseBook:
    """Cases and decisions in schema ``ledger``."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def record(self, held: Iterable[HeldBill], *, cycle: str, at: datetime, why: Why) -> None:
        """What a plan of ``cycle`` holds: new cases open, others of the cycle that are no longer held close.

        A case may span cycles; each plan speaks for its own cycle only. ``why``: what ended it, in words.
        """
        self._record(list(held), lambda bill: bill.cycle == cycle and not bill.notice, at, why)

    def record_notices(self, noticed: Iterable[HeldBill], *, at: datetime, why: Why) -> None:
        """What is to be looked at in all cycles and holds nothing; what is no longer named closes."""
        self._record(list(noticed), lambda bill: bill.notice, at, why)

    def _record(self, held: Sequence[HeldBill], mine: Callable[[HeldBill], bool], at: datetime, why: Why) -> None:
        """Bring all cases up to date with ``held``, which speaks for the bills that are ``mine`` and no others."""
        now = {case.case_id: case for case in group(held)}
        with self._warehouse.transaction() as connection:
            kept = {row["case_id"]: row for row in _rows(connection, "select * from ledger.cases")}
            for case_id, row in kept.items():
                if case_id not in now:
                    _without(connection, row, mine, at, why)
            for case_id, case in now.items():
                bills = [_only(bill, case_id) for bill in case.bills]
                before = [bill for bill in bills_in(kept[case_id]["holding"]) if bill.held] if case_id in kept else []
                known = {bill.key: bill for bill in before if mine(bill)}
                for bill in bills:
                    if bill.key not in known:
                        called = case.meaning.title_of([bill.key], beside=case.beside, done=case.done)
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

    def cases(self, *, cycle: str | None = None, status: str | None = "open") -> list[KeptCase]:
        """Cases, gravest first; ``status`` None gives closed, released and settled ones too."""
        with self._warehouse.transaction() as connection:
            rows = _rows(connection, "select * from ledger.cases order by first_seen, case_id")
        by_id = {row["case_id"]: row for row in rows}
        bills = [bill for row in rows for bill in bills_in(row["holding"])]
        grouped = {case.case_id: case for case in group(bills)}
        kept = []
        order = [*grouped, *(case_id for case_id in by_id if case_id not in grouped)]
        for case_id in order:
            row = by_id[case_id]
            case = grouped.get(case_id) or _empty(row)
            if (status is None or row["status"] == status) and (cycle is None or cycle in case.cycles):
                kept.append(KeptCase(case, row["status"], row["first_seen"], row["last_seen"], row["closed_because"]))
        return kept

    def settlements(self) -> list[Settlement]:
        """Every decision in force, oldest first."""
        with self._warehouse.transaction() as connection:
            rows = _rows(connection, "select * from ledger.settlements where undone_at is null order by decided_at")
        return [
            Settlement(
                case_id=row["case_id"],
                verb=row["verb"],
                facts=frozenset(json.loads(row["facts"])),
                bill_keys=tuple(json.loads(row["bill_keys"])),
                by=row["by_name"],
                reason=row["reason"],
                at=row["decided_at"],
                xero_id=row["xero_id"],
                asked_at=row["asked_at"],
                gone=gone_in(row["gone"]),
                on_bills=on_bills_in(row["on_bills"]),
            )
            for row in rows
        ]

    def decide(
        self, case_id: str, *, verb: str, reason: str, by: str, at: datetime, xero_id: str | None = None
    ) -> KeptCase:
        """Take a decision about an open case, named by its id, or by id and token (``C-1A2B3C4D@0f3a9c``).

        Raises ``CaseRefused`` where it does not fit, or where the case no longer says what the token stands for.
        """
        case_id, _, seen = case_id.strip().partition("@")
        kept = self._find(case_id)
        check_fits(kept, verb=verb, seen=seen, reason=reason, by=by)
        case, named, differs = kept.case, id_named(xero_id), ""
        if verb == "billed-by":
            differs = check_billed_by(self._warehouse, case, named, self._named_before(named or ""))
        with self._warehouse.transaction() as connection:
            connection.execute(
                "insert into ledger.settlements values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null, ?, ?, ?)",
                [
                    uuid.uuid4().hex,
                    case.case_id,
                    case.kind,
                    case.cause,
                    verb,
                    json.dumps(sorted(case.facts)),
                    json.dumps(case.bill_keys),
                    by,
                    reason,
                    named,
                    at,
                    kept.last_seen,
                    gone_text(case.bills),
                    on_bills_text(case.bills),
                ],
            )
            for bill in case.bills:
                note(connection, at, bill.key, "decided", f"{by} chose {verb} for case {case.case_id}: {reason}")
                if verb in CLOSING:
                    close_bill(connection, bill, at=at)
            status, because = _decided(verb, by, reason)
            because = f"{because.rstrip('.')}. {differs}" if differs else because
            connection.execute(
                "update ledger.cases set status = ?, closed_because = ? where case_id = ?",
                [status, because, case.case_id],
            )
        return replace(self._find(case_id), remark=differs)

    def _named_before(self, xero_id: str) -> list[HeldBill]:
        """The bills that people settled as billed by this document, by decisions in force."""
        with self._warehouse.transaction() as connection:
            rows = _rows(
                connection,
                "select holding, bill_keys from ledger.settlements join ledger.cases using (case_id) "
                "where verb = 'billed-by' and undone_at is null and lower(trim(xero_id)) = ?",
                [xero_id.lower()],
            )
        return [bill for row in rows for bill in bills_in(row["holding"]) if bill.key in json.loads(row["bill_keys"])]

    def undo(self, case_id: str, *, by: str, at: datetime) -> KeptCase:
        """Take back the last decision on a case, as far as nothing was published on it. Raises ``CaseRefused``."""
        check_named(by)
        kept = self._find(case_id)
        with self._warehouse.transaction() as connection:
            rows = _rows(
                connection,
                "select * from ledger.settlements where case_id = ? and undone_at is null "
                "order by decided_at desc limit 1",
                [kept.case.case_id],
            )
            if not rows:
                message = f"Case {case_id} has no decision that could be undone. Nothing was changed."
                raise CaseRefused(message)
            keys = json.loads(rows[0]["bill_keys"])
            published = [_number(row) for row in _rows(connection, *_published_on(rows[0], keys, kept.case.kind))]
            if published:
                message = (
                    f"Case {case_id} cannot be undone: on that decision {counted(len(published), 'document')} "
                    f"{'was' if len(published) == 1 else 'were'} published ({', '.join(published[:3])}). Correct "
                    f"{'it' if len(published) == 1 else 'them'} in Xero. Nothing was changed."
                )
                raise CaseRefused(message)
            connection.execute(
                "update ledger.settlements set undone_at = ?, undone_by = ? where settlement_id = ?",
                [at, by, rows[0]["settlement_id"]],
            )
            closed = {
                key
                for row in _rows(connection, "select verb, bill_keys from ledger.settlements where undone_at is null")
                if row["verb"] in CLOSING
                for key in json.loads(row["bill_keys"])
            }
            for key in keys:
                if key not in closed:
                    open_bill_again(connection, key)
                note(
                    connection, at, key, "decision taken back", f"{by} took back {rows[0]['verb']} for case {case_id}."
                )
            again = [replace(bill, held=bill.held or bill.key in keys) for bill in kept.case.bills]
            connection.execute(
                "update ledger.cases set status = 'open', closed_because = null, holding = ? where case_id = ?",
                [bills_text(again), kept.case.case_id],
            )
        return self._find(case_id)

    def was_decided(self, case_id: str, *, verb: str, by: str, since: datetime) -> bool:
        """Whether this person took (or, for ``undo``, took back) this decision at ``since`` or later, undone or not."""
        took_back = "undone_by = ? and undone_at >= ?"
        took = "verb = ? and by_name = ? and decided_at >= ?"
        parameters = [case_id, by, since] if verb == "undo" else [case_id, verb, by, since]
        statement = f"select 1 from ledger.settlements where case_id = ? and {took_back if verb == 'undo' else took}"
        with self._warehouse.transaction() as connection:
            return bool(_rows(connection, statement, parameters))

    def find(self, case_id: str) -> KeptCase:
        """A case by its id, whatever became of it. Raises ``CaseRefused``."""
        return self._find(case_id)

    def _find(self, case_id: str) -> KeptCase:
        found = [
            kept for kept in self.cases(status=None) if kept.case.case_id == case_id.strip().partition("@")[0].upper()
        ]
        if not found:
            message = f"There is no case {case_id}. `cwxero cases` lists the open ones. Nothing was changed."
            raise CaseRefused(message)
        return found[0]


def _rows(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(statement, params=list(parameters)).to_arrow_table().to_pylist()
    return rows


def _update(
    connection: Connection, case_id: str, status: str, bills: Sequence[HeldBill], because: str | None, seen: datetime
) -> None:
    connection.execute(
        "update ledger.cases set status = ?, closed_because = ?, last_seen = ?, holding = ? where case_id = ?",
        [status, because, seen, bills_text(bills), case_id],
    )


def _published_on(decision: dict[str, Any], keys: Sequence[str], kind: str) -> tuple[str, list[Any]]:
    """The query for what was published on a decision: the bills themselves, or documents beside them.

    Where a person let goods go back, those that come again are on other bills of the same lines.
    """
    whose, since = "list_contains(?, bill_key)", "changed_at"
    if decision["verb"] in LETTING and kind in WENT_BACK:
        since = "issued_at"
        whose = (
            "document_type <> 'ACCPAYCREDIT' and bill_key in (select again.bill_key from ledger.allocations as again "
            "join ledger.allocations as gone using (po_id, line_id) where list_contains(?, gone.bill_key))"
        )
    if decision["verb"] in ADJUSTING:
        since = "issued_at"
        whose = (
            "list_contains(?, regexp_replace(bill_key, '/[sc]:[0-9]+$', '')) and regexp_matches(bill_key, "
            "'/[sc]:[0-9]+$') and state <> 'withdrawn' and (document_type = 'ACCPAYCREDIT' or bill_key not in "
            "(select bill_key from ledger.allocations where start_quantity <> end_quantity))"
        )
    statement = (
        f"select bill_key, written from ledger.bills where {whose} and {since} > ? "
        "and state <> 'settled' and (xero_id is not null or state in ('planned', 'sent', 'unknown'))"
    )
    return statement, [keys, decision["decided_at"]]


def _number(row: Mapping[str, Any]) -> str:
    """What people call a document: its number as it was last written, where one was."""
    return str((json.loads(row["written"]) if row["written"] else {}).get("number") or row["bill_key"])


def _let_go(connection: Connection, case_id: str, gone: Mapping[str, str], at: datetime) -> None:
    """Note that a case holds bills no more; ``gone``: why, by bill key."""
    for key in sorted(gone):
        note(connection, at, key, "no longer held", f"Case {case_id} does not hold this bill any more. {gone[key]}")


def _decided(verb: str, by: str, reason: str) -> tuple[str, str]:
    """The status of a case that a person decided, and why, in words."""
    return ("released", f"{by}: {reason}") if verb == "release" else ("settled", f"{by}, as {verb}: {reason}")


def _why_closed(connection: Connection, row: dict[str, Any], gone: Mapping[str, str]) -> tuple[str, str]:
    """A case that nothing holds any more: released or settled by a person, else closed by itself, and why."""
    decided = _rows(
        connection,
        "select verb, by_name, reason from ledger.settlements where case_id = ? and undone_at is null "
        "order by decided_at desc limit 1",
        [row["case_id"]],
    )
    if decided:
        return _decided(decided[0]["verb"], decided[0]["by_name"], decided[0]["reason"])
    words = list(dict.fromkeys(gone.values()))
    more = f" And {len(words) - NAMED} more like it." if len(words) > NAMED else ""
    return "closed", " ".join(words[:NAMED]) + more


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


def _only(bill: HeldBill, case_id: str) -> HeldBill:
    holds = tuple(one for one in bill.holds if one.case_id == case_id)
    return replace(bill, holds=holds)


def _empty(row: dict[str, Any]) -> Case:
    return Case(
        row["case_id"],
        row["kind"],
        row["cause"],
        (),
        (),
        (),
        {},
        frozenset(),
        row["cause"],
        "Nothing is held.",
    )
