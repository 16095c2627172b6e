"""The parallel run of a cycle: what the sync would bill against what the bookkeeper keyed.

What belongs here: the asset and what it tells of itself. What does not: comparing (payables/comparison).
"""

from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata, table, version_of
from cwxero_dagster.assets.mappings import SEED_ASSET_NAMES
from cwxero_dagster.payables.comparison.signing import standing
from cwxero_dagster.payables.money import amount_text
from cwxero_dagster.pipeline import comparing, comparison_files
from cwxero_dagster.pipeline.comparison_rows import comparison_rows
from cwxero_dagster.resources import Firm, in_words

COLUMNS = (
    "status", "vendor_name", "po_numbers", "sync_number", "keyed_number", "sync_total", "keyed_total", "difference",
    "currency_code", "reason",
)  # fmt: skip
READ = (
    "purchase_order_states", "receipts", "catalog_items", "connectwise_reference", "xero_reference", "xero_contacts",
    "xero_documents",
)  # fmt: skip
PATTERN_COLUMNS = ("words", "kind", "open", "amounts")


def parallel_run_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The asset, for these billing cycles."""

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        partitions_def=cycles,
        deps=[*READ, *SEED_ASSET_NAMES],
        metadata={"dagster/column_schema": column_schema(frames.Comparisons)},
    )
    def parallel_run_comparison(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """The sync's would-be bills against the bookkeeper's bills of the cycle. Nothing is written to either."""
        with in_words():
            compared = comparing.run_comparison(firm.session, context.partition_key)
        comparison = compared.comparison
        rows = comparison_rows(comparison)
        metadata = rows_metadata(
            rows,
            COLUMNS,
            ready=comparison.readiness.ready,
            sign_off=standing(compared.signed, compared.changes),
            set_aside=len(comparison.set_aside),
            files=dg.MetadataValue.path(comparison_files.folder_of(firm.session.settings.home, comparison.cycle)),
        )
        for currency, tie in comparison.tie_outs.items():
            metadata[f"tie_out_{currency}"] = (
                f"yours {amount_text(tie.keyed)} - only yours {amount_text(tie.only_keyed)} + only ours "
                f"{amount_text(tie.only_sync)} + differences {amount_text(tie.differences)} = ours "
                f"{amount_text(tie.sync)}; unexplained {amount_text(tie.unexplained)}"
            )
        if comparison.patterns:
            shown = [
                {
                    "words": each.words,
                    "kind": each.kind,
                    "open": each.open,
                    "amounts": ", ".join(f"{amount_text(amount)} {code}" for code, amount in each.amounts.items()),
                }
                for each in comparison.patterns
            ]
            metadata["patterns"] = table(shown, PATTERN_COLUMNS)
        return dg.MaterializeResult(metadata=metadata, data_version=version_of(rows))

    return [parallel_run_comparison]
