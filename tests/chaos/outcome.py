"""What came of a history: what Xero, the ledger and the case book hold, without ids and times that differ every time.

What belongs here: asking for it. What does not: what it has to be (the tests).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.numbering import credit_key_in, key_in
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.warehouse.database import Warehouse

_FIELDS = (
    "Type", "Status", "InvoiceNumber", "CreditNoteNumber", "Date", "DueDate", "LineAmountTypes", "CurrencyCode",
    "SubTotal", "TotalTax", "Total", "Url", "AmountPaid",
)  # fmt: skip
_LINE_FIELDS = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "LineAmount", "Tracking", "ItemCode")


def documents_of(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every document of Xero that carries a key of ours, removed ones included."""
    found: dict[str, list[dict[str, Any]]] = {}
    for bill in store.all("xero.invoices"):
        if key := key_in(bill.get("Url")):
            found.setdefault(key, []).append(bill)
    for credit in store.all("xero.creditnotes"):
        first = (credit.get("LineItems") or [{}])[0].get("Description")
        if key := credit_key_in(str(first or "")):
            found.setdefault(key, []).append(credit)
    return found


def held_by_xero(store: Store) -> dict[str, Any]:
    """Our documents, by key."""
    return {"xero": {key: [_plain(one) for one in found] for key, found in sorted(documents_of(store).items())}}


def held_by_ledger(warehouse: Warehouse) -> dict[str, Any]:
    """Bills, the goods that they take, and the open cases."""
    with warehouse.transaction() as connection:
        bills = connection.sql("select bill_key, state, xero_id is not null from ledger.bills order by 1").fetchall()
        slices = connection.sql(
            "select bill_key, line_id, start_quantity, end_quantity from ledger.allocations order by all"
        ).fetchall()
        cases = connection.sql("select kind, cause from ledger.cases where status = 'open' order by all").fetchall()
    return {"ledger": bills, "allocations": slices, "cases": cases}


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    plain = {name: document.get(name) for name in _FIELDS}
    plain["Contact"] = document["Contact"]["ContactID"]
    plain["Lines"] = [{name: line.get(name) for name in _LINE_FIELDS} for line in document["LineItems"]]
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in plain.items()}
