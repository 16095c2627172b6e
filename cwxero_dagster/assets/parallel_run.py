"""The parallel run of a cycle: what the sync would bill against what the bookkeeper keyed.

What belongs here: the asset and what it tells of itself. What does not: comparing (payables/comparison), the pack that
shows it (pipeline/reporting).
"""

from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata, table, version_of
from cwxero_dagster.assets.mappings import SEED_ASSET_NAMES
from cwxero_dagster.payables.comparison.result import TieOut
from cwxero_dagster.payables.comparison.signing import sign_off_in_words
from cwxero_dagster.payables.money import money_text, moneys_text
from cwxero_dagster.payables.reports.parallel import STATUS
from cwxero_dagster.payables.wording import shortened
from cwxero_dagster.pipeline import comparing, comparison_files, reporting
from cwxero_dagster.pipeline.comparison_rows import comparison_rows
from cwxero_dagster.resources import Firm, in_words

COLUMNS = ("status", "vendor", "po_numbers", "the_sync's", "yours", "difference", "reason")
READ = (
    "purchase_order_states", "receipts", "catalog_items", "connectwise_reference", "xero_reference", "xero_contacts",
    "xero_documents",
)  # fmt: skip
TIE_OUT = ("currency", "yours", "only_yours", "only_the_sync's", "differences", "the_sync's", "unexplained")
"""Yours less only yours plus only the sync's plus differences is the sync's, in the words of page and workbook."""
SHOWN_WORDS = 160
PATTERN_COLUMNS = ("words", "kind", "open", "amounts")


def parallel_run_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The asset, for these billing cycles."""

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        partitions_def=cycles,
        deps=["workbook_answers", *READ, *SEED_ASSET_NAMES],
        metadata={"dagster/column_schema": column_schema(frames.Comparisons)},
    )
    def parallel_run_comparison(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """The sync's would-be bills against the bookkeeper's bills of the cycle, and the pack that shows both."""
        with in_words():
            compared = comparing.run_comparison(firm.session, context.partition_key)
            pack = reporting.write_pack(firm.session, context.partition_key)
        comparison = compared.comparison
        rows = comparison_rows(comparison)
        ready = comparison.readiness
        metadata: dict[str, Any] = {"ready": "yes" if ready.ready else f"not yet: {' '.join(ready.reasons)}"}
        metadata["agree_or_are_decided_percent"] = float(ready.matched_percent)
        metadata["tie_out"] = table([_tie_out(*each) for each in comparison.tie_outs.items()], TIE_OUT)
        metadata |= rows_metadata(
            [_shown(row) for row in rows],
            COLUMNS,
            sign_off=sign_off_in_words(compared.signed, compared.changes),
            set_aside=len(comparison.set_aside),
            workbook=dg.MetadataValue.path(pack.workbook),
            page=dg.MetadataValue.path(pack.page),
            files=dg.MetadataValue.path(comparison_files.folder_of(firm.session.settings.home, comparison.cycle)),
        )
        if comparison.patterns:
            shown = [
                {
                    "words": each.words,
                    "kind": each.kind,
                    "open": each.open,
                    "amounts": moneys_text(each.amounts),
                }
                for each in comparison.patterns
            ]
            metadata["patterns"] = table(shown, PATTERN_COLUMNS)
        return dg.MaterializeResult(metadata=metadata, data_version=version_of(rows))

    return [parallel_run_comparison]


def _tie_out(currency: str, tie: TieOut) -> dict[str, Any]:
    return {
        "currency": currency,
        "yours": tie.keyed,
        "only_yours": tie.only_keyed,
        "only_the_sync's": tie.only_sync,
        "differences": tie.differences,
        "the_sync's": tie.sync,
        "unexplained": tie.unexplained,
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as people read it: each side's bill with its total."""
    code = row["currency_code"]
    return {
        **row,
        "status": STATUS[row["status"]],
        "vendor": row["vendor_name"],
        "reason": shortened(row["reason"], SHOWN_WORDS),
        "the_sync's": f"{row['sync_number']}: {money_text(row['sync_total'], code)}" if row["sync_number"] else "",
        "yours": f"{row['keyed_number']}: {money_text(row['keyed_total'], code)}" if row["keyed_number"] else "",
    }
