"""What holds a cycle's bills, as checks see it: everything that no person has decided about yet.

What belongs here: the reading that several checks share, and turning holds into findings. What does not: the rules that
hold a bill (payables), and which kinds of hold one check is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import signed, summed
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session

NAMED_DETAILS = 2


def headers_of(session: Session, cycle: str) -> dict[str, dict[str, Any]]:
    """Would-be bills of a cycle by key, with ``po_numbers`` as a list."""
    rows = frames.BillHeaders.rows(session.warehouse.read_cycle(frames.BillHeaders, cycle))
    return {row["bill_key"]: {**row, "po_numbers": json.loads(row["po_numbers"])} for row in rows}


def called(header: Mapping[str, Any] | None, known: KnownBill | None, key: str) -> str:
    """A bill by its number and vendor, as people know it, and its key for the data team."""
    if header:
        return f"{header['number']} of {header['vendor_name'] or 'no vendor'} ({key})"
    number = (known.meant or {}).get("number") if known else None
    return f"{number} ({key})" if number else key


def scope_of(headers: dict[str, dict[str, Any]]) -> str:
    """How many bills that is and how much money."""
    money = summed([signed(header)] for header in headers.values())
    bills = counted(len(headers), "bill")
    return f"{bills}, {moneys_text(money)}" if money else bills


def held_for(session: Session, cycle: str, kind: str) -> list[dict[str, Any]]:
    """Holds of a kind on the cycle's bills, as the asset ``held_bills`` lists them."""
    return [row for row in frames.Holds.rows(session.warehouse.read_cycle(frames.Holds, cycle)) if row["kind"] == kind]


def money_of(rows: Iterable[dict[str, Any]]) -> dict[str, Decimal]:
    """Totals of the bills that ``rows`` are about, each bill once."""
    bills = {row["bill_key"]: row for row in rows}
    return summed([(row["currency_code"], row["amount"])] for row in bills.values())


def nothing_held_for(session: Session, cycle: str, kind: str) -> Checked:
    """A finding for each case of ``kind`` that holds a bill of the cycle and that nobody has settled."""
    headers = headers_of(session, cycle)
    ledger = session.ledger.view(session.case_book.settlements())
    rows = [
        row
        for row in held_for(session, cycle, kind)
        if not ledger.settled(row["bill_key"]) and not ledger.released(row["case_id"], row["facts"])
    ]
    cases: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        cases.setdefault(row["case_id"], []).append(row)
    findings = tuple(_finding(members, headers) for members in cases.values())
    return Checked(scope_of(headers), findings, at_stake=money_of(rows), asked=True)


def _finding(rows: list[dict[str, Any]], headers: dict[str, dict[str, Any]]) -> Finding:
    details = list(dict.fromkeys(row["detail"] for row in rows))
    more = f" And {len(details) - NAMED_DETAILS} more like it." if len(details) > NAMED_DETAILS else ""
    return Finding(
        what=" ".join(details[:NAMED_DETAILS]) + more,
        what_to_do=KINDS[rows[0]["kind"]].what_to_do,
        purchase_orders=tuple(
            number for row in rows for number in headers.get(row["bill_key"], {}).get("po_numbers", [])
        ),
        money=tuple(money_of(rows).items()),
    )
