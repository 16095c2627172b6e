"""The case book: which cases are open, since when, and what people decided about them.

What belongs here: keeping cases and decisions (releases, settlements), closing what is no longer held. What does not:
the words of a case (payables/cases), the effect of a decision (planning reads it through ``LedgerView``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.frames import XeroDocuments
from cwxero_dagster.payables.bills import Slice
from cwxero_dagster.payables.books import GONE
from cwxero_dagster.payables.cases import CLOSING, KINDS, Case, HeldBill, group
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.ledger_view import Settlement
from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.ledger import close_bill, note, open_bill_again


class CaseRefused(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """A decision about a case that cannot be taken; the text says why and what is possible."""


@dataclass(frozen=True)
class KeptCase:
    """A case with its history."""

    case: Case
    status: str
    first_seen: datetime
    last_seen: datetime
    closed_because: str | None


class CaseBook:
    """Cases and decisions in schema ``ledger``."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def record(self, held: Iterable[HeldBill], *, cycle: str, at: datetime) -> None:
        """What a plan of ``cycle`` holds: new cases open, others of the cycle that are no longer held close.

        A case may span cycles; each plan speaks for its own cycle only.
        """
        now = {case.case_id: case for case in group(held)}
        with self._warehouse.transaction() as connection:
            kept = {row["case_id"]: row for row in _rows(connection, "select * from ledger.cases")}
            for case_id, row in kept.items():
                holding = _held(row["holding"])
                others = [bill for bill in holding if bill.cycle != cycle]
                if case_id in now or len(others) == len(holding):
                    continue
                status, because = ("open", None) if others else _why_closed(connection, row)
                _update(connection, case_id, status, others, because, row["last_seen"])
                _let_go(connection, case_id, {bill.key for bill in holding if bill.cycle == cycle}, at)
            for case_id, case in now.items():
                mine = [bill for bill in held if any(one.case_id == case_id for one in bill.holds)]
                mine = [_only(bill, case_id) for bill in mine]
                before = _held(kept[case_id]["holding"]) if case_id in kept else []
                others = [bill for bill in before if bill.cycle != cycle]
                known = {bill.key for bill in before if bill.cycle == cycle}
                for bill in mine:
                    if bill.key not in known:
                        words = f"{KINDS[case.kind].title} (case {case_id}). {bill.holds[0].detail}"
                        note(connection, at, bill.key, "held", words)
                _let_go(connection, case_id, known - {bill.key for bill in mine}, at)
                if case_id in kept:
                    _update(connection, case_id, "open", [*others, *mine], None, at)
                else:
                    connection.execute(
                        "insert into ledger.cases values (?, ?, ?, 'open', ?, ?, null, ?)",
                        [case_id, case.kind, case.cause, at, at, _text(mine)],
                    )

    def cases(self, *, cycle: str | None = None, status: str | None = "open") -> list[KeptCase]:
        """Cases, gravest first; ``status`` None gives closed, released and settled ones too."""
        with self._warehouse.transaction() as connection:
            rows = _rows(connection, "select * from ledger.cases order by first_seen, case_id")
        by_id = {row["case_id"]: row for row in rows}
        bills = [bill for row in rows for bill in _held(row["holding"])]
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
            )
            for row in rows
        ]

    def decide(
        self, case_id: str, *, verb: str, reason: str, by: str, at: datetime, xero_id: str | None = None
    ) -> KeptCase:
        """Take a decision about an open case. Raises ``CaseRefused`` where it does not fit."""
        kept = self._find(case_id)
        if kept.status != "open":
            message = f"Case {case_id} is {kept.status}; only an open case can be decided. Nothing was changed."
            raise CaseRefused(message)
        verbs = KINDS[kept.case.kind].ways_out
        if verb not in verbs:
            ways = ", ".join(verbs) or "none: it closes by itself once its cause is gone"
            message = f'"{verb}" does not fit case {case_id} ({kept.case.kind}). Ways out: {ways}. Nothing was changed.'
            raise CaseRefused(message)
        if verb == "billed-by":
            self._check_billed_by(kept.case, xero_id)
        if not reason.strip() or not by.strip():
            message = "A decision needs a reason and a name. Nothing was changed."
            raise CaseRefused(message)
        case = kept.case
        status = "settled" if verb in CLOSING else "released"
        with self._warehouse.transaction() as connection:
            connection.execute(
                "insert into ledger.settlements values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null)",
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
                    xero_id,
                    at,
                ],
            )
            for bill in case.bills:
                note(connection, at, bill.key, "decided", f"{by} chose {verb} for case {case.case_id}: {reason}")
                if verb in CLOSING and bill.xero_id is None:
                    close_bill(connection, bill, at=at)
            because = f"{by}: {reason}"
            connection.execute(
                "update ledger.cases set status = ?, closed_because = ? where case_id = ?",
                [status, because, case.case_id],
            )
        return self._find(case_id)

    def _check_billed_by(self, case: Case, xero_id: str | None) -> None:
        """``billed-by`` is said of one bill, with the id of a document that Xero holds."""
        if not xero_id:
            message = (
                "billed-by needs --xero-id: the id of the bill in Xero that covers these goods. Nothing was changed."
            )
            raise CaseRefused(message)
        if len(case.bill_keys) > 1:
            message = (
                f"Case {case.case_id} holds {len(case.bill_keys)} bills, and one document in Xero cannot be all of "
                "them. Clear its cause first; bills that were keyed by hand then get a case each. Nothing was changed."
            )
            raise CaseRefused(message)
        rows = self._warehouse.current_rows(XeroDocuments, ("document_id", "status"))
        known = {row["document_id"].lower(): row["status"] for row in rows}
        status = known.get(xero_id.strip().lower())
        if status is None or status in GONE:
            found = f"that document is {status.lower()}" if status else "no bill or credit with that id was read"
            message = (
                f'--xero-id "{xero_id}" does not name a live bill in Xero: {found}. It stands at the end of the '
                "bill's address in Xero. If the bill is new, run a sync first. Nothing was changed."
            )
            raise CaseRefused(message)

    def undo(self, case_id: str, *, by: str, at: datetime) -> KeptCase:
        """Take back the last decision on a case, as far as nothing was published on it. Raises ``CaseRefused``."""
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
            published = [
                row["bill_key"]
                for row in _rows(
                    connection,
                    "select bill_key from ledger.bills where list_contains(?, bill_key) and changed_at > ? "
                    "and (xero_id is not null or state in ('planned', 'sent', 'unknown'))",
                    [keys, rows[0]["decided_at"]],
                )
            ]
            if published:
                message = (
                    f"Case {case_id} cannot be undone: {len(published)} bill(s) were published on that decision "
                    f"({', '.join(published[:3])}). Correct them in Xero. Nothing was changed."
                )
                raise CaseRefused(message)
            connection.execute(
                "update ledger.settlements set undone_at = ?, undone_by = ? where settlement_id = ?",
                [at, by, rows[0]["settlement_id"]],
            )
            for key in keys:
                open_bill_again(connection, key)
                note(
                    connection, at, key, "decision taken back", f"{by} took back {rows[0]['verb']} for case {case_id}."
                )
            connection.execute(
                "update ledger.cases set status = 'open', closed_because = null where case_id = ?", [kept.case.case_id]
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
        found = [kept for kept in self.cases(status=None) if kept.case.case_id == case_id.strip().upper()]
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
        [status, because, seen, _text(bills), case_id],
    )


def _let_go(connection: Connection, case_id: str, keys: Iterable[str], at: datetime) -> None:
    for key in sorted(keys):
        note(connection, at, key, "no longer held", f"Case {case_id} does not hold this bill any more.")


def _why_closed(connection: Connection, row: dict[str, Any]) -> tuple[str, str]:
    """A case that nothing holds any more: released or settled by a person, else closed by itself."""
    decided = _rows(
        connection,
        "select verb, by_name, reason from ledger.settlements where case_id = ? and undone_at is null "
        "order by decided_at desc limit 1",
        [row["case_id"]],
    )
    if decided:
        status = "settled" if decided[0]["verb"] in CLOSING else "released"
        return status, f"{decided[0]['by_name']}: {decided[0]['reason']}"
    return "closed", "Its cause is gone: the bills it held are no longer held by it."


def _only(bill: HeldBill, case_id: str) -> HeldBill:
    holds = tuple(one for one in bill.holds if one.case_id == case_id)
    return replace(bill, holds=holds)


def _text(bills: Iterable[HeldBill]) -> str:
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
                "slices": [[part.po_id, part.line_id, str(part.start), str(part.end)] for part in bill.slices],
                "xero_id": bill.xero_id,
                "holds": [[one.kind, one.cause, one.detail, one.facts] for one in bill.holds],
            }
            for bill in bills
        ]
    )


def _held(text: str) -> list[HeldBill]:
    return [
        HeldBill(
            row["key"],
            row["cycle"],
            tuple(row["po_numbers"]),
            Decimal(row["amount"]),
            row["currency_code"],
            tuple(Hold(*parts) for parts in row["holds"]),
            row["facts"],
            row["document_type"],
            tuple(row["po_ids"]),
            tuple(Slice(po, line, Decimal(start), Decimal(end)) for po, line, start, end in row["slices"]),
            row["xero_id"],
        )
        for row in json.loads(text)
    ]


def _empty(row: dict[str, Any]) -> Case:
    return Case(
        row["case_id"],
        row["kind"],
        row["cause"],
        (),
        (),
        (),
        Decimal(0),
        "",
        frozenset(),
        row["cause"],
        "Nothing is held.",
    )
