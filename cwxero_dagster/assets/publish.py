"""The plan of a cycle, and publishing it.

What belongs here: the assets of group ``publish``. What does not: deciding (payables/planning), writing (publishing).
The publish asset has no retry policy: a lost answer is unknown, not failed; only the publisher may take it up again.
"""

from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata, signed, summed
from cwxero_dagster.payables.keys import is_order
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.payables.planning.plan import WRITES, counts
from cwxero_dagster.pipeline import billing, outcomes, reading, releasing
from cwxero_dagster.resources import Firm, in_words

SHOWN_FIRST = ("create", "update", "withdraw", "credit", "refuse", "hold", "exclude", "unchanged")
"""Actions in the order in which people look for them: what is written, what waits for a person, and the rest."""
PLAN_COLUMNS = ("action", "po_numbers", "vendor_name", "number", "amount", "reason")
PUBLISHED_COLUMNS = (
    "bill_key",
    "po_numbers",
    "vendor_name",
    "action",
    "result",
    "total",
    "xero_total",
    "currency_code",
    "xero_status",
    "message",
)


def publish_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets, for these billing cycles."""

    @dg.asset(
        group_name="publish",
        owners=["team:finance"],
        kinds={"duckdb"},
        partitions_def=cycles,
        deps=["bill_headers", "bill_lines", "held_bills", "xero_documents", "xero_purchase_orders"],
        metadata={"dagster/column_schema": column_schema(frames.Plan)},
    )
    def publish_plan(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """What a sync of the cycle does to Xero (in shadow mode: would do), one action a bill, each with its reason."""
        with in_words():
            actions = billing.make_plan(firm.session, context.partition_key, live=firm.live)
            rows = billing.kept_plan(firm.session, context.partition_key)
        # Nobody is owed a purchase order.
        writes = [row for row in rows if row["action"] in WRITES and not is_order(row["bill_key"])]
        to_write = moneys_text(summed([signed(row)] for row in writes))
        shown = [
            {**row, "amount": moneys_text(dict([signed(row)]))}
            for row in sorted(rows, key=lambda row: SHOWN_FIRST.index(row["action"]))
        ]
        return dg.MaterializeResult(metadata=rows_metadata(shown, PLAN_COLUMNS, to_write=to_write, **counts(actions)))

    @dg.asset(
        group_name="publish",
        owners=["team:finance"],
        kinds={"xero"},
        partitions_def=cycles,
        deps=[publish_plan],
        metadata={"dagster/column_schema": column_schema(frames.PublishedBills)},
    )
    def published_bills(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """What became of the plan in Xero, bill by bill; it is worked out anew first. In shadow mode nothing leaves."""
        with in_words():
            published = releasing.publish(firm.session, context.partition_key, live=firm.live)
            rows = outcomes.published_of(firm.session, context.partition_key)
            plan = {row["bill_key"]: row for row in billing.kept_plan(firm.session, context.partition_key)}
            reading.note_cycles_with_work(firm.session)
        written, actions = published.report, counts(published.actions)
        return dg.MaterializeResult(
            metadata=rows_metadata(
                [{**plan[row["bill_key"]], **row} for row in rows],
                PUBLISHED_COLUMNS,
                mode=firm.session.settings.publish_mode,
                confirmed=written.count("confirmed"),
                refused=written.count("refused"),
                unknown=written.count("unknown"),
                held_back=actions.get("hold", 0) + actions.get("refuse", 0),
                unchanged=actions.get("unchanged", 0),
                kept_out=actions.get("exclude", 0),
                **({"customers": published.customers} if published.customers else {}),
            )
        )

    return [publish_plan, published_bills]
