"""One check a table: every row is as the table's contract in ``frames`` says.

What belongs here: reading a table against its Pandera model and grouping what does not fit. What does not: the models.
These checks block: whatever reads a broken table would bill from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
import pandas as pd
from pandera.errors import SchemaErrors

from cwxero_dagster import frames
from cwxero_dagster.checks.declaring import Cycles, check_of_all, check_of_cycle
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.frames import Observation, Table
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session

NAME = "every_row_keeps_its_contract"
STAGED: Mapping[str, type[Observation]] = {
    "purchase_orders": frames.PurchaseOrders,
    "purchase_order_lines": frames.PurchaseOrderLines,
    "vendors": frames.Vendors,
    "catalog_items": frames.CatalogItems,
    "customer_products": frames.CustomerProducts,
    "purchase_links": frames.PurchaseLinks,
    "connectwise_reference": frames.ConnectWiseReference,
    "xero_reference": frames.XeroReference,
    "xero_contacts": frames.XeroContacts,
    "xero_documents": frames.XeroDocuments,
    "xero_purchase_orders": frames.XeroPurchaseOrders,
}
DERIVED: Mapping[str, type[Table]] = {
    "receipts": frames.Receipts,
    "purchase_order_states": frames.PurchaseOrderStates,
    "coverage": frames.Coverage,
    "on_billing": frames.OnBilling,
}
OF_A_CYCLE: Mapping[str, type[Table]] = {
    "bill_headers": frames.BillHeaders,
    "bill_lines": frames.BillLines,
    "held_bills": frames.Holds,
    "publish_plan": frames.Plan,
    "published_bills": frames.PublishedBills,
    "bills_to_key": frames.BillsToKey,
    "parallel_run_comparison": frames.Comparisons,
}
WHAT_TO_DO = (
    "Nothing was billed from this table. The data team restores the last good copy of the warehouse "
    "(`cwxero backup --restore`) or finds out who changed the file."
)
EXAMPLES = 3


def schema_checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """The checks of all tables."""
    return [
        *(_of_staged(asset, model) for asset, model in STAGED.items()),
        *(_of_derived(asset, model) for asset, model in DERIVED.items()),
        *(_of_cycle(asset, model, cycles) for asset, model in OF_A_CYCLE.items()),
    ]


def _of_staged(asset: str, model: type[Observation]) -> dg.AssetChecksDefinition:
    def look(session: Session) -> Checked:
        """The latest observation of every record has the columns, types and values that its contract promises."""
        return against_contract(lambda: session.warehouse.current(model))

    return check_of_all(look, asset=asset, name=NAME, blocking=True)


def _of_derived(asset: str, model: type[Table]) -> dg.AssetChecksDefinition:
    def look(session: Session) -> Checked:
        """Every row has the columns, types and values that its contract promises."""
        return against_contract(lambda: session.warehouse.read(model))

    return check_of_all(look, asset=asset, name=NAME, blocking=True)


def _of_cycle(asset: str, model: type[Table], cycles: Cycles) -> dg.AssetChecksDefinition:
    def look(session: Session, cycle: str) -> Checked:
        """Every row of the billing cycle has the columns, types and values that its contract promises."""
        return against_contract(lambda: session.warehouse.read_cycle(model, cycle))

    return check_of_cycle(look, asset=asset, cycles=cycles, name=NAME, blocking=True)


def against_contract(read: Callable[[], pd.DataFrame]) -> Checked:
    """What of the table that ``read`` gives does not fit; reading validates."""
    try:
        frame = read()
    except SchemaErrors as errors:
        return Checked(counted(len(errors.data), "row"), _grouped(errors.failure_cases))
    return Checked(counted(len(frame), "row"))


def _grouped(cases: pd.DataFrame) -> tuple[Finding, ...]:
    """A finding a column and broken promise, because one wrong type would otherwise name every row."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for case in cases.to_dict("records"):
        groups.setdefault((str(case["column"]), str(case["check"])), []).append(case)
    return tuple(_finding(column, promise, members) for (column, promise), members in groups.items())


def _finding(column: str, promise: str, members: list[dict[str, Any]]) -> Finding:
    where = "the table" if column == "None" else f"column {column}"
    words = PROMISES.get(promise.partition("(")[0], f"it breaks the rule {promise}")
    examples = ", ".join(dict.fromkeys(str(case["failure_case"])[:60] for case in members[:EXAMPLES]))
    such_as = "" if promise == "not_nullable" else f" (such as {examples})"
    return Finding(f"In {where}, {counted(len(members), 'value')}: {words}{such_as}.", WHAT_TO_DO)


PROMISES = {
    "not_nullable": "there has to be one, and there is none",
    "field_uniqueness": "each may occur once, and these occur again",
    "isin": "it is none of the values that are allowed",
    "dtype": "it is of another type",
    "column_in_dataframe": "the column is missing",
    "column_in_schema": "the column does not belong here",
}
"""Pandera's names for broken promises, in words."""
