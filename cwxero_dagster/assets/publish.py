"""The plan of a cycle, and publishing it.

What belongs here: the assets of group ``publish``. What does not: deciding (payables/planning), writing (publishing). The
publish asset has no retry policy: a lost answer is unknown, not failed, and only the publisher may take it up again.
"""

from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata
from cwxero_dagster.payables.planning import counts
from cwxero_dagster.pipeline import billing, reading, releasing
from cwxero_dagster.resources import Firm, in_words


def publish_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets, for these billing cycles."""

    @dg.asset(
        group_name="publish",
        owners=["team:finance"],
        kinds={"duckdb"},
        partitions_def=cycles,
        deps=["bill_headers", "bill_lines", "held_bills", "xero_documents"],
        metadata={"dagster/column_schema": column_schema(frames.Plan)},
    )
    def publish_plan(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """What a sync of the cycle does to Xero, one action a bill, each with its reason."""
        with in_words():
            actions = billing.make_plan(firm.session, context.partition_key, live=firm.live)
            rows = billing.kept_plan(firm.session, context.partition_key)
        return dg.MaterializeResult(metadata=rows_metadata(rows, **counts(actions)))

    @dg.asset(
        group_name="publish",
        owners=["team:finance"],
        kinds={"xero"},
        partitions_def=cycles,
        deps=[publish_plan],
        metadata={"dagster/column_schema": column_schema(frames.PublishedBills)},
    )
    def published_bills(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """Writes the plan to Xero. In shadow mode nothing leaves. What may be written is worked out again right before."""
        with in_words():
            published = releasing.publish(firm.session, context.partition_key, live=firm.live)
            rows = releasing.published_of(firm.session, context.partition_key)
            reading.note_cycles_with_work(firm.session)
        written = published.report
        return dg.MaterializeResult(
            metadata=rows_metadata(
                rows,
                mode=firm.session.settings.publish_mode,
                confirmed=written.count("confirmed"),
                refused=written.count("refused"),
                unknown=written.count("unknown"),
                **{f"now_{name}": number for name, number in counts(published.actions).items()},
            )
        )

    return [publish_plan, published_bills]
