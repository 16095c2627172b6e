"""The review pack of a cycle in the Dagster UI.

What belongs here: the asset that writes the pack, and what the UI shows of it. What does not: the figures
(pipeline/packing), how the files look (review).
"""

from typing import Any

import dagster as dg

from cwxero_dagster.assets.describing import money_text, table
from cwxero_dagster.payables.reports.bills import PLACES
from cwxero_dagster.pipeline import reporting
from cwxero_dagster.resources import Firm, in_words


def pack_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets, for these billing cycles."""

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"excel"},
        partitions_def=cycles,
        deps=["open_cases"],
    )
    def review_pack(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """One workbook and one page of the cycle: the tie-out line, what is in Xero, held or waiting, and trends."""
        with in_words():
            files = reporting.write_pack(firm.session, context.partition_key)
        return dg.MaterializeResult(metadata=pack_metadata(files))

    return [review_pack]


def pack_metadata(files: reporting.PackFiles) -> dict[str, Any]:
    """What the UI shows of a pack: where the files are, the figures that matter, and the tie-out line."""
    pack = files.pack
    lines = [
        {"currency": line.currency_code, "due": line.due, **line.places, "unexplained": line.unexplained}
        for line in pack.tie_out
    ]
    return {
        "workbook": dg.MetadataValue.path(files.workbook),
        "page": dg.MetadataValue.path(files.page),
        "in_xero": money_text(pack.xero_money) or "nothing",
        "held": money_text(pack.held_money) or "nothing",
        "bills_held": sum(question.bills for question in pack.questions),
        "received_not_billed": money_text(pack.goods_money) or "nothing",
        "tie_out": table(lines, ("currency", "due", *PLACES, "unexplained")),
    }
