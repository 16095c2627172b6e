"""On-billing: for which customers goods were bought, and cost that no customer was billed for.

What belongs here: the assets of the customer side, which the weekly job reads and no night does. What does not: sharing
cost among customers (payables/customers/on_billing).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata, spec, summed, table
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.pipeline import on_billing as steps
from cwxero_dagster.resources import Firm, in_words

CUSTOMER_SIDE = {
    "customer_products": (frames.CustomerProducts, "What customers were sold, one row an observation."),
    "purchase_links": (frames.PurchaseLinks, "Which purchase order line feeds which customer's product."),
}
WAITING_COLUMNS = ("po_number", "item", "customer", "quantity", "cost", "currency_code", "days", "sales_order")
CUSTOMER_COLUMNS = ("customer", "cost", "not_on_billed", "revenue", "margin", "currency_code", "oldest_days")


@dg.multi_asset(
    specs=[
        spec(
            key,
            model,
            group="connectwise",
            owner="data",
            description=words,
            kinds={"connectwise", "duckdb"},
            deps=["purchase_order_lines"],
        )
        for key, (model, words) in CUSTOMER_SIDE.items()
    ],
    name="read_customer_side",
)
def read_customer_side(firm: Firm) -> Iterator[dg.MaterializeResult[Any]]:
    """Read the customer side of purchasing."""
    with in_words():
        report = steps.read_customer_side(firm.session)
    for key, (model, _) in CUSTOMER_SIDE.items():
        known = firm.session.warehouse.count_current(model)
        remarks = " ".join(report.remarks) or "none"
        yield dg.MaterializeResult(
            asset_key=key, metadata={"dagster/row_count": known, "api_calls": report.calls, "remarks": remarks}
        )


@dg.asset(
    group_name="review",
    owners=["team:finance"],
    kinds={"duckdb"},
    deps=["customer_products", "purchase_links", "purchase_order_states"],
    metadata={"dagster/column_schema": column_schema(frames.OnBilling)},
)
def on_billing(firm: Firm) -> dg.MaterializeResult[Any]:
    """Cost, revenue and margin of received goods by customer; what was never on-billed comes first."""
    with in_words():
        rows, path = steps.keep_on_billing(firm.session)
    waiting = [row for row in rows if row["status"] == "not on-billed"]
    return dg.MaterializeResult(
        metadata={
            **rows_metadata(waiting, WAITING_COLUMNS),
            "not_on_billed": moneys_text(summed([(row["currency_code"], row["cost"])] for row in waiting)),
            "by_customer": table(steps.by_customer(rows)[:20], CUSTOMER_COLUMNS),
            "full_list": dg.MetadataValue.path(path),
        }
    )


ON_BILLING_ASSETS = [read_customer_side, on_billing]
