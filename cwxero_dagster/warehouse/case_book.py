"""The case book: which cases are open, since when, and what people decided about them.

What belongs here: the questions put to the book, keeping decisions (releases, settlements). What does not: the life of
a case as plans see it (recording_cases), its words (payables/cases), the effect of a decision (planning reads it in
``LedgerView``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cwxero_dagster.payables.cases.grouping import Case, HeldBill, group
from cwxero_dagster.payables.kinds import WENT_BACK
from cwxero_dagster.payables.ledger_view import ADJUSTING, CLOSING, LETTING, Settlement
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.warehouse.connection import rows_of
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.deciding import CaseRefused, KeptCase, check_billed_by, check_fits, check_named, id_named
from cwxero_dagster.warehouse.kept_bills import bills_in, bills_text, gone_in, gone_text, on_bills_in, on_bills_text
from cwxero_dagster.warehouse.ledger_rows import note
from cwxero_dagster.warehouse.recording_cases import Why, as_decided, bring_up_to_date
from cwxero_dagster.warehouse.settled_bills import close_bill, open_bill_again

__all__ = ["CaseBook", "CaseRefused", "KeptCase"]


class CaseBook:
    """Cases and decisions in schema ``ledger``."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def record(
        self, held: Iterable[HeldBill], *, cycle: str, at: datetime, why: Why, undecided: Collection[str] = ()
    ) -> None:
        """What a plan of ``cycle`` holds: new cases open, others of the cycle that are no longer held close.

        A case may span cycles; each plan speaks for its own cycle only. ``why``: what ended it, in words.
        ``undecided``: keys of bills that are not held any more, and whose cases stay as they are all the same.
        """
        self._bring_up_to_date(
            held, lambda bill: bill.cycle == cycle and not bill.notice and bill.key not in undecided, at, why
        )

    def record_notices(self, noticed: Iterable[HeldBill], *, at: datetime, why: Why) -> None:
        """What is to be looked at in all cycles and holds nothing; what is no longer named closes."""
        self._bring_up_to_date(noticed, lambda bill: bill.notice, at, why)

    def _bring_up_to_date(
        self, held: Iterable[HeldBill], mine: Callable[[HeldBill], bool], at: datetime, why: Why
    ) -> None:
        with self._warehouse.transaction() as connection:
            bring_up_to_date(connection, list(held), mine, at=at, why=why)

    def cases(self, *, cycle: str | None = None, status: str | None = "open") -> list[KeptCase]:
        """Cases, gravest first; ``status`` None gives closed, released and settled ones too."""
        with self._warehouse.transaction() as connection:
            rows = rows_of(connection, "select * from ledger.cases order by first_seen, case_id")
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
            rows = rows_of(connection, "select * from ledger.settlements where undone_at is null order by decided_at")
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
            status, because = as_decided(verb, by, reason)
            because = f"{because.rstrip('.')}. {differs}" if differs else because
            connection.execute(
                "update ledger.cases set status = ?, closed_because = ? where case_id = ?",
                [status, because, case.case_id],
            )
        return replace(self._find(case_id), remark=differs)

    def _named_before(self, xero_id: str) -> list[HeldBill]:
        """The bills that people settled as billed by this document, by decisions in force."""
        with self._warehouse.transaction() as connection:
            rows = rows_of(
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
            rows = rows_of(
                connection,
                "select * from ledger.settlements where case_id = ? and undone_at is null "
                "order by decided_at desc limit 1",
                [kept.case.case_id],
            )
            if not rows:
                message = f"Case {case_id} has no decision that could be undone. Nothing was changed."
                raise CaseRefused(message)
            keys = json.loads(rows[0]["bill_keys"])
            published = [_number(row) for row in rows_of(connection, *_published_on(rows[0], keys, kept.case.kind))]
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
                for row in rows_of(connection, "select verb, bill_keys from ledger.settlements where undone_at is null")
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
            return bool(rows_of(connection, statement, parameters))

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
