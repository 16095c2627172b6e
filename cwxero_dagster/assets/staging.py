"""Assets of what was read: ConnectWise's purchasing and Xero's books, as append-only observations.

What belongs here: the assets of groups ``connectwise`` and ``xero``, and what follows from the observations of all POs.
What does not: how systems are read (staging), what receipts and states are (payables).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata, spec, version_of
from cwxero_dagster.pipeline import deriving, reading
from cwxero_dagster.resources import CYCLES_OF_CHANGES, Firm, in_words
from cwxero_dagster.staging.findings import StagingReport
from cwxero_dagster.warehouse.tables import key_of

CONNECTWISE = {
    "purchase_orders": (frames.PurchaseOrders, "Purchase order headers, one row an observation."),
    "purchase_order_lines": (
        frames.PurchaseOrderLines,
        "Purchase order lines; a receipt is the growth between two rows.",
    ),
    "vendors": (frames.Vendors, "Companies with the vendor flag."),
    "catalog_items": (frames.CatalogItems, "Catalog items: what an account is chosen from."),
    "connectwise_reference": (
        frames.ConnectWiseReference,
        "Statuses, terms, tax codes, locations and other short lists.",
    ),
}
XERO = {
    "xero_reference": (frames.XeroReference, "Organisation, accounts, tax rates, tracking categories, currencies."),
    "xero_contacts": (frames.XeroContacts, "Contacts, archived ones included."),
    "xero_documents": (frames.XeroDocuments, "Every bill and supplier credit with its lines, whoever made it."),
    "xero_purchase_orders": (
        frames.XeroPurchaseOrders,
        "Xero's own purchase orders; read only where the lifecycle decision keeps them.",
    ),
}

RECEIPT_COLUMNS = ("po_id", "line_id", "received_on", "quantity", "unit_cost", "packing_slip", "batched_before")
STATE_COLUMNS = ("po_number", "state", "ordered", "received", "cancelled", "fully_received_on", "has_vendor_invoice")


def _specs(group: str, declared: Mapping[str, tuple[type[frames.Observation], str]]) -> list[dg.AssetSpec]:
    return [
        spec(key, model, group=group, owner="data", description=description, kinds={group, "duckdb"})
        for key, (model, description) in declared.items()
    ]


def _results(
    firm: Firm, report: StagingReport | None, declared: Mapping[str, tuple[type[frames.Observation], str]]
) -> Iterator[dg.MaterializeResult[Any]]:
    with firm.session.warehouse.transaction():
        standing = {key: _standing(firm, model) for key, (model, _) in declared.items()}
    for key, (known, version) in standing.items():
        if report is None:
            metadata: dict[str, Any] = {"dagster/row_count": known, "staged": "already, earlier this night"}
        else:
            observed = report.observed.get(key)
            metadata = {
                "dagster/row_count": known,
                "new": observed.new if observed else 0,
                "changed": observed.changed if observed else 0,
                "api_calls": report.calls,
            }
        yield dg.MaterializeResult(asset_key=key, metadata=metadata, data_version=version)


def _standing(firm: Firm, model: type[frames.Observation]) -> tuple[int, dg.DataVersion]:
    """How many records of a table stand now, and the version of what was last seen of all of them."""
    rows = firm.session.warehouse.current_rows(model, (*key_of(model), "fingerprint", "present"))
    return sum(row["present"] for row in rows), version_of(rows)


@dg.multi_asset(specs=_specs("connectwise", CONNECTWISE), name="read_connectwise")
def read_connectwise(firm: Firm) -> Iterator[dg.MaterializeResult[Any]]:
    """Read what changed in ConnectWise."""
    with in_words():
        report = reading.read_connectwise(firm.session, night=firm.night, also=firm.changed_orders)
    yield from _results(firm, report, CONNECTWISE)


@dg.multi_asset(specs=_specs("xero", XERO), name="read_xero")
def read_xero(firm: Firm) -> Iterator[dg.MaterializeResult[Any]]:
    """Read what changed in Xero."""
    with in_words():
        report = reading.read_xero(firm.session, night=firm.night)
    yield from _results(firm, report, XERO)


@dg.asset(
    group_name="bills",
    owners=["team:data"],
    kinds={"duckdb"},
    deps=["purchase_order_lines", "xero_reference"],
    metadata={"dagster/column_schema": column_schema(frames.Receipts)},
)
def receipts(firm: Firm) -> dg.MaterializeResult[Any]:
    """Receipts and reversals, newest first: growth and shrink of received quantities between observations."""
    with in_words():
        rows = deriving.derive_receipts(firm.session)
    reversals = sum(row["reversal"] for row in rows)
    newest = sorted(rows, key=lambda row: row["received_on"], reverse=True)
    return dg.MaterializeResult(
        metadata=rows_metadata(newest, RECEIPT_COLUMNS, reversals=reversals), data_version=version_of(rows)
    )


@dg.asset(
    group_name="bills",
    owners=["team:data"],
    kinds={"duckdb"},
    deps=[receipts, "purchase_orders", "xero_documents"],
    metadata={"dagster/column_schema": column_schema(frames.PurchaseOrderStates)},
)
def purchase_order_states(firm: Firm) -> dg.MaterializeResult[Any]:
    """Where each PO stands: raised, partially received, fully received, cancelled, reversed."""
    with in_words():
        rows = deriving.derive_states(firm.session)
        cycles = reading.note_cycles_with_work(firm.session)
        changes = reading.cycles_of(firm.session, firm.changed_orders) if firm.for_changes else None
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    newest = sorted(rows, key=lambda row: row["po_id"], reverse=True)
    cycles_with_work = ", ".join(cycles) or "none"
    of_changes = {} if changes is None else {CYCLES_OF_CHANGES: " ".join(changes)}
    return dg.MaterializeResult(
        metadata=rows_metadata(newest, STATE_COLUMNS, cycles_with_work=cycles_with_work, **of_changes, **counts),
        data_version=version_of(rows),
    )


STAGING_ASSETS = [read_connectwise, read_xero, receipts, purchase_order_states]
