"""The manual pattern's worklist: exactly what the bookkeeper keys, until Xero holds it.

What belongs here: working the list out, its rows and its CSV file. What does not: which document is which bill
(payables/planning/keying), writing to Xero: under this pattern nobody but people does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.documents import meaning_of_bill
from cwxero_dagster.payables.money import decimal
from cwxero_dagster.payables.planning.keying import ToKey
from cwxero_dagster.payables.planning.plan import Action
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.review.csv_files import write_csv

FILE = "bills_to_key.csv"
SUPPLIER_CREDIT = "supplier credit"
COLUMNS = (
    "po_numbers",
    "vendor",
    "document",
    "number",
    "date",
    "due_date",
    "currency_code",
    "line_amounts",
    "position",
    "description",
    "quantity",
    "unit_amount",
    "account",
    "tax_rate",
    "tracking",
    "net",
    "tax",
    "total",
    "before_you_key",
)
"""Columns of the file, in the order in which a bill is keyed; net, tax and total are the bill's."""


def keyed_by_hand(known: Known) -> list[ToKey]:
    """Every bill of a firm that keys by hand, and supplier credits of those; none where the decision creates bills."""
    return [*known.by_hand.bills]


def as_actions(bills: Iterable[ToKey]) -> list[Action]:
    """Bills that were keyed, as the plan would tell of them: kept out, and why."""
    return [Action(one.bill.key, "exclude", one.found, bill=one.bill) for one in bills if one.document]


def cycles_to_key(known: Known) -> list[str]:
    """Billing cycles in which something is still to be keyed."""
    return sorted({one.bill.cycle for one in keyed_by_hand(known) if one.document is None})


def path_of(session: Session, cycle: str) -> Path:
    """Where the worklist of a cycle lies."""
    return session.settings.home / "review" / cycle / FILE


def keep_bills_to_key(session: Session, cycle: str, *, live: bool) -> tuple[list[dict[str, Any]], Path | None]:
    """The worklist of a cycle, kept as ``BillsToKey``, with what is left of it as CSV; None where bills are created."""
    known = session.known(live=live)
    mine = [one for one in keyed_by_hand(known) if one.bill.cycle == cycle]
    rows = [row for one in mine for row in _rows(one, known.books, cycle)]
    session.warehouse.replace_cycle(frames.BillsToKey, cycle, frames.BillsToKey.of(rows))
    path = path_of(session, cycle)
    if known.agreement.decision.events.creates_bills:
        path.unlink(missing_ok=True)
        return rows, None
    waiting = [row for row in rows if row["keyed_as"] is None]
    write_csv(path, [{**row, **_in_words(row)} for row in waiting], COLUMNS)
    return rows, path


def kept_bills_to_key(session: Session, cycle: str) -> list[dict[str, Any]]:
    """What is left of a cycle's worklist as it was kept, a row a line."""
    rows = frames.BillsToKey.rows(session.warehouse.read_cycle(frames.BillsToKey, cycle))
    return [row for row in rows if row["keyed_as"] is None]


def owed_to_key(row: Mapping[str, Any]) -> Decimal:
    """The total of a row's bill; that of a supplier credit counts negative."""
    total: Decimal = row["total"]
    return -total if row["document"] == SUPPLIER_CREDIT else total


def _rows(one: ToKey, books: Books, cycle: str) -> Iterator[dict[str, Any]]:
    bill, meaning = one.bill, meaning_of_bill(one.bill)
    contact = books.contact(bill.contact_id) if bill.contact_id else None
    header = {
        "billing_cycle": cycle,
        "bill_key": bill.key,
        "po_numbers": json.dumps(bill.po_numbers),
        "vendor": contact.name if contact else bill.vendor_name,
        "document": SUPPLIER_CREDIT if bill.document_type == "ACCPAYCREDIT" else "bill",
        "number": bill.number,
        "date": bill.dated,
        "due_date": bill.due_date,
        "due_on": bill.due_on,
        "currency_code": bill.currency_code,
        "line_amounts": bill.line_amounts,
        "net": bill.net,
        "tax": bill.tax,
        "total": bill.total,
        "before_you_key": " ".join(dict.fromkeys(hold.detail for hold in one.holds)) if one.document is None else "",
        "keyed_as": one.document.document_id if one.document else None,
        "found": one.found or None,
    }
    lines = [line for line in meaning["lines"] if line["ref"] != "key"]
    for position, line in enumerate(lines, start=1):
        account = books.accounts.get(line["account_code"])
        rate = books.tax_rates.get(line["tax_type"])
        yield {
            **header,
            "position": position,
            "description": line["description"],
            "quantity": decimal(line["quantity"]) if line["quantity"] else None,
            "unit_amount": decimal(line["unit_amount"]) if line["unit_amount"] else None,
            "account": f"{account.code} {account.name}" if account else line["account_code"] or None,
            "tax_rate": rate.name if rate else line["tax_type"] or None,
            "tracking": json.dumps(dict(line["tracking"])),
        }


def _in_words(row: dict[str, Any]) -> dict[str, str]:
    """Lists and objects as people read them."""
    tracking = json.loads(row["tracking"])
    return {
        "po_numbers": ", ".join(json.loads(row["po_numbers"])),
        "tracking": ", ".join(f"{category}: {option}" for category, option in tracking.items()),
        "line_amounts": {"Exclusive": "tax exclusive", "Inclusive": "tax inclusive", "NoTax": "no tax"}[
            row["line_amounts"]
        ],
    }
