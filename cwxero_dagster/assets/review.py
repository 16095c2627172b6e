"""What finance reads: the open cases of a cycle, and fully received POs that have no bill.

What belongs here: the assets of group ``review``. What does not: the words of a case (payables/cases).
"""

from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata
from cwxero_dagster.pipeline import reviewing
from cwxero_dagster.resources import Firm, in_words


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
        words = [
            {
                "case": case["case_id"],
                "what_happened": case["what_happened"],
                "amount": case["amount"],
                "currency": case["currency_code"],
                "owner": case["owner"],
                "what_to_do": case["what_to_do"],
            }
            for case in cases
        ]
        return dg.MaterializeResult(metadata={**rows_metadata(words), "full_list": dg.MetadataValue.path(str(path))})

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
        return dg.MaterializeResult(metadata={**rows_metadata(rows), "full_list": dg.MetadataValue.path(str(path))})

    return [open_cases, received_without_a_bill]
