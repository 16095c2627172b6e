"""What finance reads: the open cases of a cycle, and fully received POs that have no bill.

What belongs here: the assets of group ``review``. What does not: the words of a case (payables/cases).
"""

from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, money_text, rows_metadata, summed
from cwxero_dagster.pipeline import reviewing
from cwxero_dagster.resources import Firm, in_words

CASE_COLUMNS = ("case_id", "what_happened", "po_numbers", "amount", "currency_code", "owner", "what_to_do")
WITHOUT_BILL_COLUMNS = ("purchase_orders", "vendor", "received_on", "days", "total", "currency", "reason")


def review_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets, for these billing cycles."""

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        partitions_def=cycles,
        deps=["published_bills"],
        metadata={"dagster/column_schema": column_schema(frames.Cases)},
    )
    def open_cases(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """Questions to a person, grouped by cause: one unmapped vendor on twelve POs is one case."""
        with in_words():
            cases, path = reviewing.export_cases(firm.session, context.partition_key)
        return dg.MaterializeResult(
            metadata={**rows_metadata(cases, CASE_COLUMNS), "full_list": dg.MetadataValue.path(path)}
        )

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        deps=["purchase_order_states", "xero_documents"],
    )
    def received_without_a_bill(firm: Firm) -> dg.MaterializeResult[Any]:
        """Fully received POs that have no bill from here, oldest first, with the reason: what a weekly look catches."""
        with in_words():
            rows, path = reviewing.received_without_a_bill(firm.session)
        money = money_text(summed([(row["currency"], row["total"])] for row in rows))
        shown = [{**row, "purchase_orders": row["po_numbers"]} for row in rows]
        return dg.MaterializeResult(
            metadata={
                **rows_metadata(shown, WITHOUT_BILL_COLUMNS, amount=money or "nothing"),
                "full_list": dg.MetadataValue.path(path),
            }
        )

    return [open_cases, received_without_a_bill]
